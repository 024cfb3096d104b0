import { describe, expect, it } from 'vitest';
import { type Scalar, type StackInput, stack } from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { containerOf, Kind } from '../../../src/linearizability-checker/monitors/container.js';
import { deadlinesOf } from '../../../src/linearizability-checker/monitors/stack-deadlines.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { stackHistory, tangledHistory } from './container-histories.js';

const push = (value: Scalar): StackInput => ({ f: 'push', value });

describe('the deadlines of lost values in a stack', () => {
  it('are the earliest returns that prove them gone, in the order of the returns of their pushes', () => {
    let compared = 0;
    let proved = 0;
    let byAnswer = 0;
    for (let seed = 1; seed <= 4000; seed++) {
      const histories = [
        stackHistory(seed, { operations: 12, clients: 3, crashes: 0.3, times: 20, values: 0, insertions: 0.5 }),
        tangledHistory<StackInput>(seed, 14, push, { f: 'pop' }),
      ];
      for (const operations of histories) {
        const problem = problemOf(stack(), operations, Int32Array.from(operations.keys()));
        const history = { ...problem, pulse() {} };
        const container = containerOf(history, 'push', 'test');
        if (container === undefined || 'verdict' in container) continue;
        const { kinds, partner } = container;
        const { size, callRank, returnRank } = history;
        const ops = [...Array(size).keys()];
        const returned = (op: number) => returnRank[op] as number;
        const called = (op: number) => callRank[op] as number;
        const lost = ops.filter(
          (op) =>
            kinds[op] === Kind.insertion &&
            returned(op) !== NEVER &&
            ((partner[op] as number) < 0 || returned(partner[op] as number) === NEVER),
        );
        const expected = lost
          .sort((left, right) => returned(left) - returned(right))
          .map((value) => {
            const answers = ops.filter((op) => kinds[op] === Kind.emptyAnswer && called(op) > returned(value));
            const pops = ops
              .filter((op) => kinds[op] === Kind.insertion && (partner[op] as number) >= 0)
              .filter((op) => returned(op) < called(value) && called(partner[op] as number) > returned(value))
              .map((op) => partner[op] as number);
            if (Math.min(...answers.map(returned)) < Math.min(NEVER, ...pops.map(returned))) byAnswer++;
            return { value, rank: Math.min(NEVER, ...answers.map(returned), ...pops.map(returned)) };
          });
        const found = deadlinesOf(history, container);
        expect(
          found.map(({ value, rank }) => ({ value, rank })),
          `seed ${seed}`,
        ).toEqual(expected);
        for (const { rank, witnesses } of found) {
          expect(witnesses.length > 0).toBe(rank !== NEVER);
          if (rank !== NEVER) proved++;
          if (rank !== NEVER) expect(witnesses.some((op) => returned(op) === rank)).toBe(true);
        }
        compared += found.length;
      }
    }
    expect(compared).toBeGreaterThan(1000);
    expect(proved).toBeGreaterThan(300);
    expect(byAnswer).toBeGreaterThan(50);
  });
});
