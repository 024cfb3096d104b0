import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { casRegister, type Operation } from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { type Problem, problemOf, restrict, truncate } from '../../../src/linearizability-checker/problem.js';
import { registerHistory } from './histories.js';

type Times = Pick<Operation<unknown, unknown>, 'call' | 'return'>;

const never = Number.POSITIVE_INFINITY;

/** The dumb twin: one list of all events, in order. */
function ranks(operations: readonly Times[]): Pick<Problem<unknown, unknown>, 'callRank' | 'returnRank'> {
  const events = operations.flatMap(({ call, return: returned = never }, op) => [
    { op, kind: 0, time: call },
    ...(returned === never ? [] : [{ op, kind: 1, time: returned }]),
  ]);
  events.sort((left, right) => left.time - right.time || left.kind - right.kind || left.op - right.op);
  const callRank = new Int32Array(operations.length);
  const returnRank = new Int32Array(operations.length).fill(NEVER);
  for (const [rank, { op, kind }] of events.entries()) (kind === 0 ? callRank : returnRank)[op] = rank;
  return { callRank, returnRank };
}

const problemFor = <Input, Output>(operations: Operation<Input, Output>[], pulse?: () => void) =>
  problemOf<unknown, Input, Output>(
    { name: 'anything', init: 0, step: () => 0 },
    operations,
    Int32Array.from(operations.keys()),
    pulse,
  );

const write = (call: number, returned?: number) => ({
  input: { f: 'write', value: call } as const,
  call,
  ...(returned !== undefined && { return: returned }),
});

describe('the ranks of a history', () => {
  it('are the places of its events, calls before returns at equal times', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const shape = { operations: random.int(0, 30), clients: 5, crashes: 0.2, times: random.int(2, 40) };
      const history = random.shuffle(registerHistory(seed, { ...shape, values: 0, cas: 0 }));
      const { callRank, returnRank } = problemFor(history);
      expect({ callRank, returnRank }, `seed ${seed}`).toEqual(ranks(history));
    }
  });

  it('are those also where the operations stand in no order at all', () => {
    const random = new Random(1);
    const history = Array.from({ length: 500 }, () => {
      const call = random.int(0, 300);
      return write(call, random.chance(0.2) ? undefined : call + random.int(0, 300));
    });
    const backwards = Array.from({ length: 200 }, (_, index) => write(1000 - index, 2000 - index));
    for (const operations of [history, backwards, [...backwards, ...history]]) {
      const { callRank, returnRank } = problemFor(operations);
      expect({ callRank, returnRank }).toEqual(ranks(operations));
    }
  });

  it('take an infinite time for none', () => {
    const { returnRank, outputs } = problemFor([{ ...write(0, never), output: 1 }]);
    expect([...returnRank]).toEqual([NEVER]);
    expect(outputs).toEqual([undefined]);
  });

  it('are refused to times that are none', () => {
    expect(() => problemFor([write(Number.NaN)])).toThrow('operation 0 has no time of its call');
    expect(() => problemFor([write(0, 1), write(5, Number.NaN)])).toThrow('operation 1 returns at NaN');
    expect(() => problemFor([write(5, 4)])).toThrow('operation 0 returns at 4, before its call at 5');
    expect(problemFor([write(5, 5)]).size).toBe(1);
  });
});

describe('a problem', () => {
  it('leaves out what changes nothing and of which nobody knows what it saw', () => {
    const read = { input: { f: 'read' } as const, call: 0 };
    const history = [
      { ...read, return: 1 },
      { ...read, output: 3 },
      { ...read, output: 3, return: 1 },
      { ...write(0), output: null },
      { ...write(0, 1) },
      { input: { f: 'cas', expected: 1, value: 2 } as const, output: false, call: 0, return: 1 },
    ];
    const { sources, inputs, outputs } = problemOf(casRegister(), history, Int32Array.from(history.keys()));
    expect([...sources]).toEqual([2, 3, 4, 5]);
    expect(inputs).toEqual([2, 3, 4, 5].map((op) => history[op]?.input));
    expect(outputs).toEqual([3, undefined, undefined, false]);
  });

  it('is made of the chosen operations', () => {
    const history = [write(0, 9), write(1, 8), write(2, 7)];
    const { sources, callRank, returnRank } = problemOf(casRegister(), history, Int32Array.of(2, 0));
    expect([...sources]).toEqual([2, 0]);
    expect([...callRank]).toEqual([1, 0]);
    expect([...returnRank]).toEqual([2, 3]);
  });

  it('looks at the clock on the way, but not at every operation', () => {
    const pulses = (size: number) => {
      let count = 0;
      problemFor(
        Array.from({ length: size }, (_, index) => write(index, index)),
        () => count++,
      );
      return count;
    };
    // Four passes, each with a look at its beginning and after every 2048 operations.
    expect([pulses(100), pulses(40_000)]).toEqual([4, 4 * 20]);
  });
});

describe('a part of a problem', () => {
  const history = [write(0, 3), { ...write(1, 5), output: 7 }, write(2), write(4, 6)];
  const problem = problemFor<unknown, unknown>(history);

  it('is the history as it stood at a return', () => {
    const { members, problem: part } = truncate(problem, problem.returnRank[1] as number);
    expect(members).toEqual([0, 1, 2, 3]);
    expect([...part.returnRank]).toEqual([problem.returnRank[0], problem.returnRank[1], NEVER, NEVER]);
    const earlier = truncate(problem, problem.returnRank[0] as number);
    expect(earlier.members).toEqual([0, 1, 2]);
    expect([...earlier.problem.returnRank]).toEqual([problem.returnRank[0], NEVER, NEVER]);
    expect(earlier.problem.outputs).toEqual([undefined, undefined, undefined]);
  });

  it('keeps ranks, and answers of what is certain, or all when told to', () => {
    const part = restrict(problem, [1, 3], (op) => op === 3);
    expect(part.size).toBe(2);
    expect([...part.sources]).toEqual([1, 3]);
    expect(part.inputs).toEqual([history[1]?.input, history[3]?.input]);
    expect([...part.callRank]).toEqual([problem.callRank[1], problem.callRank[3]]);
    expect([...part.returnRank]).toEqual([NEVER, problem.returnRank[3]]);
    expect(part.outputs).toEqual([undefined, undefined]);
    expect(restrict(problem, [1, 3], () => false, { keepAnswers: true }).outputs).toEqual([7, undefined]);
    expect(restrict(problem, [1, 3], () => true).outputs).toEqual([7, undefined]);
  });
});
