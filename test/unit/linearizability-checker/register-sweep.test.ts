import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { MemoryBudget } from '../../../src/linearizability-checker/budget.js';
import {
  casRegister,
  type Operation,
  type RegisterInput,
  type Scalar,
} from '../../../src/linearizability-checker/index.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { CrashedKind } from '../../../src/linearizability-checker/register/crashed-kind.js';
import { RegisterSweep } from '../../../src/linearizability-checker/register/sweep.js';
import {
  type RegisterHistory as History,
  registerHistory,
} from '../../../src/linearizability-checker/register/view.js';
import { Search } from '../../../src/linearizability-checker/search.js';
import { CompiledModel } from '../../../src/linearizability-checker/states.js';
import { isLinearization } from '../../../src/linearizability-checker/witness.js';
import { registers } from '../../support/history-families/cells.js';
import { generate } from '../../support/history-families/generate.js';
import { isLinearizable } from './brute-force.js';
import { answered } from './core.js';
import { type RegisterHistory, registerHistory as randomHistory, spoilRegister } from './histories.js';
import { prefix } from './prefix.js';

const model = casRegister();

function sweepOf(operations: readonly Operation<RegisterInput, Scalar>[]) {
  const problem = problemOf(model, operations, Int32Array.from(operations.keys()));
  return { problem, sweep: new RegisterSweep(registerHistory(problem, model) as History) };
}

/** Where half of the operations crashed, or none did. */
function crashedHistory(seed: number): RegisterHistory {
  const random = new Random(seed);
  const history = randomHistory(seed, {
    operations: random.int(4, 8),
    clients: random.int(2, 4),
    crashes: random.pick([0, 0.5]),
    times: random.int(4, 40),
    values: random.int(1, 3),
    cas: random.pick([0, 0.3, 0.5]),
  });
  return random.chance(0.6) ? spoilRegister(seed, history) : history;
}

/** Whoever records a history lists it in any order. */
function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, place: random.float() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item);
}

describe('a register sweep', () => {
  it('agrees with trying every order, where half of the operations crashed', () => {
    const count = { legal: 0, illegal: 0 };
    for (let seed = 1; seed <= 3000; seed++) {
      const history = shuffled(new Random(seed), crashedHistory(seed));
      const { problem, sweep } = sweepOf(history);
      const outcome = sweep.run(Number.POSITIVE_INFINITY);
      const expected = isLinearizable(model, history) ? 'legal' : 'illegal';
      expect(outcome?.verdict, `seed ${seed}`).toBe(expected);
      if (outcome?.verdict === 'legal')
        expect(isLinearization(model, problem, outcome.order), `seed ${seed}`).toBe(true);
      count[expected]++;
    }
    expect(Math.min(count.legal, count.illegal)).toBeGreaterThan(500);
  });

  it('knows, where it says so, which return it cannot get past', () => {
    let told = 0;
    for (let seed = 1; seed <= 3000; seed++) {
      const { problem, sweep } = sweepOf(crashedHistory(seed));
      const outcome = sweep.run(Number.POSITIVE_INFINITY);
      if (outcome?.verdict !== 'illegal' || outcome.reached === undefined) continue;
      told++;
      expect(sweep.reached).toBe(outcome.reached);
      expect(isLinearizable(model, prefix(problem, outcome.reached - 1)), `seed ${seed}`).toBe(true);
      // What was running then happened as it answered later, or not yet.
      const inputs = problem.inputs.map((input, op) => ({ input, output: problem.outputs[op] }));
      const running = prefix({ ...problem, inputs }, outcome.reached);
      expect(isLinearizable(answered(model), running), `seed ${seed}`).toBe(false);
    }
    expect(told).toBeGreaterThan(100);
  });

  it('uses hundreds of crashed updates of few values no more often than they were called, with little effort', () => {
    const shape = { operations: 2000, clients: 10, crashed: 150, overlap: 'heavy', values: 'few' } as const;
    for (const seed of [1, 2, 3]) {
      const { problem, sweep } = sweepOf(generate(registers, shape, seed));
      const outcome = sweep.run(400_000);
      expect(outcome?.verdict).toBe('legal');
      expect(outcome?.verdict === 'legal' && isLinearization(model, problem, outcome.order)).toBe(true);
      // No use was counted for that.
      expect(sweep.reached).toBeUndefined();
    }
  });

  it('agrees with the search where more operations run at once than a word has bits', () => {
    const count = { legal: 0, illegal: 0 };
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const shape = { operations: 150, clients: random.pick([33, 40, 70]), crashes: 0, times: 9, values: 3, cas: 0.1 };
      const history = spoilRegister(seed, randomHistory(seed, { ...shape, reads: 0.85 }));
      const { problem, sweep } = sweepOf(history);
      const outcome = sweep.run(10_000);
      const expected = new Search(problem, new CompiledModel(model, problem)).run(10_000);
      if (outcome === undefined || expected === undefined) continue;
      expect(outcome.verdict, `seed ${seed}`).toBe(expected.verdict);
      count[outcome.verdict]++;
    }
    expect(Math.min(count.legal, count.illegal)).toBeGreaterThan(3);
  });

  it('gives back the memory that it held', () => {
    const shape = { operations: 2000, clients: 10, crashed: 40, overlap: 'heavy', values: 'few' } as const;
    const { problem } = sweepOf(generate(registers, shape, 1));
    const history = registerHistory(problem, model) as History;
    const memory = new MemoryBudget(4_000_000);
    expect(new RegisterSweep(history, { memory }).run(Number.POSITIVE_INFINITY)?.verdict).toBe('legal');
    expect(memory.array(1_000_000)).toHaveLength(1_000_000);
  });

  it('stops when it has made as many configurations as it may, and goes on from there', () => {
    const shape = { operations: 600, clients: 30, crashed: 10, overlap: 'heavy', values: 'few' } as const;
    const { sweep } = sweepOf(generate(registers, shape, 1));
    let rests = 0;
    let most = 0;
    for (let outcome = sweep.run(1); outcome === undefined; rests++) {
      const before = sweep.visited;
      outcome = sweep.run(1);
      most = Math.max(most, sweep.visited - before);
    }
    expect(rests).toBeGreaterThan(20);
    expect(most).toBeLessThan(8000);
    expect(sweep.run(1)?.verdict).toBe('legal');
  });

  it('does not take it for illegal when what was left out as too dear was needed', () => {
    const write = (value: number, call: number, end: number): Operation<RegisterInput, Scalar> => ({
      input: { f: 'write', value },
      output: null,
      call,
      return: end,
    });
    const read = (output: number, call: number): Operation<RegisterInput, Scalar> => ({
      input: { f: 'read' },
      output,
      call,
      return: call + 1,
    });
    const crashed = (input: RegisterInput, call: number): Operation<RegisterInput, Scalar> => ({ input, call });
    const history = [
      // At first 1 can be made by a write once, by a compare-and-set once: which is used up shows only with prices.
      crashed({ f: 'write', value: 1 }, 0),
      crashed({ f: 'cas', expected: 2, value: 1 }, 0),
      write(2, 2, 3),
      read(1, 4),
      write(2, 6, 7),
      read(1, 8),
      // 3 is made of 5 by the compare-and-set, for the write of 3 is needed after 7; to use it at once is cheaper.
      crashed({ f: 'cas', expected: 5, value: 3 }, 10),
      write(5, 11, 12),
      write(3, 13, 100),
      read(3, 20),
      write(7, 30, 31),
      read(3, 40),
    ];
    const { problem, sweep } = sweepOf(history);
    const outcome = sweep.run(Number.POSITIVE_INFINITY);
    expect(isLinearizable(model, history)).toBe(true);
    expect(outcome?.verdict).toBe('legal');
    expect(outcome?.verdict === 'legal' && isLinearization(model, problem, outcome.order)).toBe(true);
  });

  it('takes the other way where prices say that the first is used up', () => {
    // To read 1 again there is one write and one compare-and-set; either is as good as the other, the first time.
    const history: Operation<RegisterInput, Scalar>[] = [
      { input: { f: 'write', value: 1 }, call: 0 },
      { input: { f: 'cas', expected: 2, value: 1 }, call: 0 },
      ...[1, 2, 1, 2, 1].map(
        (value, index): Operation<RegisterInput, Scalar> =>
          value === 1
            ? { input: { f: 'read' }, output: 1, call: 10 * index + 1, return: 10 * index + 2 }
            : { input: { f: 'write', value }, output: null, call: 10 * index + 1, return: 10 * index + 2 },
      ),
    ];
    const { sweep } = sweepOf(history);
    expect(sweep.run(Number.POSITIVE_INFINITY)?.verdict).toBe('illegal');
    const enough = sweepOf([...history, { input: { f: 'cas', expected: 2, value: 1 }, call: 0 }]);
    expect(enough.sweep.run(Number.POSITIVE_INFINITY)?.verdict).toBe('legal');
  });
});

describe('crashed updates of one kind', () => {
  const kind = () =>
    new CrashedKind(
      true,
      0,
      1,
      [7, 8, 9],
      Int32Array.from({ length: 10 }, (_, op) => 10 * (op - 6)),
    );

  it('allow no more uses before a return than had been called by then', () => {
    expect([9, 10, 11].map((rank) => kind().allows(0, rank))).toEqual([false, false, true]);
    expect([20, 21].map((rank) => kind().allows(1, rank))).toEqual([false, true]);
    expect(kind().allows(2, 31)).toBe(true);
    expect(kind().allows(3, 100)).toBe(false);
  });

  it('become dearer up to the call before which there were too many uses, by how many there were too many', () => {
    const raised = kind();
    raised.setPrice(4);
    // Three uses before the second was called: two too many; four before the third was called: two too many as well.
    raised.raisePrices([11, 12, 13, 21]);
    expect([1, 2, 3].map((called) => raised.priceAfter(called))).toEqual([6, 4, 4]);
    raised.raisePrices([11, 21, 31, 32, 33, 34]);
    expect([1, 2, 3].map((called) => raised.priceAfter(called))).toEqual([9, 7, 7]);
  });

  it('become dearer already by one use too many', () => {
    const raised = kind();
    raised.setPrice(4);
    raised.raisePrices([11, 12, 21]);
    expect([1, 2, 3].map((called) => raised.priceAfter(called))).toEqual([5, 4, 4]);
  });

  it('keep their prices where no limit was exceeded', () => {
    const kept = kind();
    kept.setPrice(4);
    kept.raisePrices([11, 21, 31]);
    expect([1, 2, 3].map((called) => kept.priceAfter(called))).toEqual([4, 4, 4]);
  });
});
