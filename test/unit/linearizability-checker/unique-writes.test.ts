import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { casRegister } from '../../../src/linearizability-checker/index.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { uniqueWritesMonitor } from '../../../src/linearizability-checker/register/unique.js';
import { registerHistory as viewOf } from '../../../src/linearizability-checker/register/view.js';
import { isLinearizable } from './brute-force.js';
import { registerHistory, spoilRegister } from './histories.js';
import { prefix } from './prefix.js';

const CASES = 3000;

describe('the monitor of unique writes', () => {
  it('names the return at which a history became illegal, and not an earlier or later one', () => {
    let named = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const random = new Random(seed);
      const shape = { operations: random.int(3, 9), clients: random.int(2, 4), times: random.int(4, 40), values: 0 };
      const rates = { crashes: random.pick([0, 0.15, 0.4]), cas: random.pick([0, 0.25, 0.4]) };
      const history = spoilRegister(seed, registerHistory(seed, { ...shape, ...rates }));
      const problem = problemOf(casRegister(), history, Int32Array.from(history.keys()));
      const view = viewOf(problem, casRegister());
      const result = view && uniqueWritesMonitor(view, () => {});
      if (result?.verdict !== 'illegal' || result.failedAt === undefined) continue;
      named++;
      const legal = [result.failedAt - 1, result.failedAt].map((rank) =>
        isLinearizable(casRegister(), prefix(problem, rank)),
      );
      expect(legal, `seed ${seed}`).toEqual([true, false]);
    }
    expect(named).toBeGreaterThan(CASES / 10);
  });
});
