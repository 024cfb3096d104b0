import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  type CounterInput,
  type CounterOutput,
  check,
  counter,
  type Operation,
} from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { coreIsIllegal, monitored } from './core.js';
import { anyShape, type CounterHistory, counterHistory, spoilCounter } from './object-histories.js';

const CASES = 3_000;

const families: Record<string, readonly (readonly number[])[]> = {
  'whose adds are all equal': [[1], [1], [1, 0], [-1], [3]],
  'with adds of all kinds': [
    [1, 2],
    [1, -1],
    [5, 1, -3],
    [0.1, 0.2],
  ],
};

function history(seed: number, deltas: readonly (readonly number[])[]): CounterHistory {
  const random = new Random(seed);
  const options = { initial: seed % 3, deltas: random.pick(deltas), told: random.pick([0, 0, 0.5, 1]) };
  const legal = counterHistory(random, anyShape(random, 9), options);
  return random.chance(0.7) ? spoilCounter(random, legal) : legal;
}

/** One operation after another, two units of time each. */
function inTurn(...steps: readonly (readonly [CounterInput, CounterOutput])[]): CounterHistory {
  return steps.map(([input, output], index) => ({ input, output, call: 10 * index, return: 10 * index + 2 }));
}

/** Whether some answer is less than all adds that may have been counted make it, or more. */
function outOfReach(history: CounterHistory, initial: number): boolean {
  return history.some(({ output, call, return: returned }, index) => {
    if (returned === undefined || typeof output !== 'number') return false;
    let [least, greatest] = [initial, initial];
    for (const [other, operation] of history.entries()) {
      const amount = operation.input.f === 'add' ? operation.input.value : 0;
      if (operation.call > returned) continue;
      const sure = other === index || (operation.return ?? Number.POSITIVE_INFINITY) < call;
      least += sure ? amount : Math.min(0, amount);
      greatest += sure ? amount : Math.max(0, amount);
    }
    return output < least || output > greatest;
  });
}

const add = (value: number): CounterInput => ({ f: 'add', value });
const read: CounterInput = { f: 'read' };

describe('a counter', () => {
  for (const [family, deltas] of Object.entries(families)) {
    it(`${family} is judged as by trying every order`, () => {
      const census = compareWithBruteForce(
        CASES,
        (seed) => counter(seed % 3),
        (seed) => history(seed, deltas),
      );
      expect(census.legal).toBeGreaterThan(CASES / 4);
      expect(census.illegal).toBeGreaterThan(CASES / 10);
      if (family === 'whose adds are all equal') expect(census.monitored).toBe(CASES);
      else expect(census.monitored).toBeGreaterThan(CASES / 10);
    });

    it(`${family} is condemned by operations that contradict each other`, () => {
      let cores = 0;
      for (let seed = 1; seed <= CASES / 2; seed++) {
        const verdict = coreIsIllegal(counter(seed % 3), history(seed, deltas));
        if (verdict === false) expect.fail(`seed ${seed}: what is named is no contradiction`);
        if (verdict === true) cores++;
      }
      expect(cores).toBeGreaterThan(CASES / 20);
    });
  }

  it('of thousands of concurrent increments is decided without a search', () => {
    const random = new Random(5);
    const shape = { operations: 5_000, clients: 30, crashes: 0.01, times: 90 };
    const result = check(counter(), counterHistory(random, shape, { initial: 0, deltas: [1], told: 0.3 }));
    expect(result.verdict).toBe('legal');
    expect(result.effort.algorithms).toEqual({ 'counter monitor': 1 });
  });

  it('does not lose an add that was acknowledged', () => {
    const result = check(counter(), inTurn([add(1), null], [add(1), null], [read, 1], [add(1), null]));
    expect(result.partitions[0]?.violation?.operations).toEqual([0, 1, 2]);
  });

  it('does not count what was not called yet', () => {
    const result = check(counter(), inTurn([add(1), null], [read, 2], [add(1), null]));
    expect(result.partitions[0]?.violation?.operations).toEqual([1]);
  });

  it('does not go backwards', () => {
    const history: Operation<CounterInput, CounterOutput>[] = [
      { input: add(1), call: 0 },
      { input: read, output: 1, call: 10, return: 12 },
      { input: read, output: 0, call: 20, return: 22 },
    ];
    expect(check(counter(), history).partitions[0]?.violation?.operations).toEqual([1, 2]);
  });

  it('does not answer two increments alike', () => {
    const history: Operation<CounterInput, CounterOutput>[] = [
      { input: add(1), output: 1, call: 0, return: 10 },
      { input: add(1), output: 1, call: 0, return: 10 },
      { input: add(1), output: 2, call: 0, return: 10 },
    ];
    expect(check(counter(), history).partitions[0]?.violation?.operations).toEqual([0, 1]);
  });

  it('with ups and downs is out of reach where no order explains a read', () => {
    const history = inTurn([add(5), null], [add(-2), null], [read, 5]);
    const result = check(counter(), history);
    expect(result.partitions[0]?.algorithm).toBe('counter monitor');
    expect(result.partitions[0]?.violation?.operations).toEqual([1, 2]);
  });

  it('with ups and downs is condemned by its monitor when some answer is out of reach, and only then', () => {
    let condemned = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const operations = history(seed, [
        [1, 2],
        [1, -1],
        [5, 1, -3],
      ]);
      const amounts = new Set(operations.flatMap(({ input }) => (input.f === 'add' ? [input.value] : [])));
      if (amounts.size < 2) continue;
      const { result } = monitored(counter(seed % 3), operations);
      const illegal = outOfReach(operations, seed % 3);
      expect(result?.verdict, `seed ${seed}`).toBe(illegal ? 'illegal' : undefined);
      if (illegal) condemned++;
    }
    expect(condemned).toBeGreaterThan(CASES / 10);
  });

  it('with ups and downs is condemned by the largest adds that suffice', () => {
    const core = (...steps: readonly (readonly [CounterInput, CounterOutput])[]) =>
      monitored(counter(), inTurn(...steps)).result;
    const sums = [1, 10, 2].map((value) => [add(value), null] as const);
    expect(core(...sums, [read, 4])).toMatchObject({ verdict: 'illegal', core: [3, 1] });
    expect(core(...sums, [read, 10])).toMatchObject({ verdict: 'illegal', core: [3, 1, 2] });
    const differences = [-1, -10, -2].map((value) => [add(value), null] as const);
    expect(core(...differences, [read, -4])).toMatchObject({ verdict: 'illegal', core: [3, 1] });
    expect(core(...differences, [read, -10])).toMatchObject({ verdict: 'illegal', core: [3, 1, 2] });
  });

  it('that counts with fractions is left to the search, for their sums depend on the order', () => {
    expect(monitored(counter(), inTurn([add(0.5), null], [add(1), null], [read, 100])).result).toBeUndefined();
    expect(monitored(counter(), inTurn([add(0.5), null], [add(0.5), null], [read, 100])).result).toBeUndefined();
    expect(monitored(counter(0.5), inTurn([add(2), null], [add(1), null], [read, 100])).result).toBeUndefined();
  });

  it('of which someone saw more than can have been added names who answered later', () => {
    const history: CounterHistory = [
      { input: add(1), output: 2, call: 0, return: 10 },
      { input: read, output: 1, call: 2, return: 4 },
      { input: add(1), output: null, call: 20, return: 22 },
      { input: add(1), output: 3, call: 20, return: 22 },
    ];
    expect(monitored(counter(), history).result).toMatchObject({ verdict: 'illegal', core: [1, 0] });
    expect(coreIsIllegal(counter(), history)).toBe(true);
  });

  it('of which someone saw less than had been added names all adds that must have come before', () => {
    const both: CounterHistory = [
      { input: add(1), output: null, call: 5, return: 7 },
      { input: add(1), output: null, call: 5, return: 8 },
      { input: read, output: 2, call: 10, return: 12 },
    ];
    // One that someone saw by then, and one that says itself that it came first, though both returned late.
    const seen: CounterHistory = [
      { input: add(1), output: null, call: 0, return: 30 },
      { input: read, output: 1, call: 3, return: 4 },
    ];
    const numbered: CounterHistory = [{ input: add(1), output: 1, call: 0, return: 30 }];
    const named = (...history: CounterHistory) => {
      const { result } = monitored(counter(), history);
      expect(coreIsIllegal(counter(), history)).toBe(true);
      return result?.verdict === 'illegal' && [...result.core].sort();
    };
    expect(monitored(counter(), both).result?.verdict).toBe('legal');
    expect(named(...both, ...seen)).toEqual([0, 1, 2, 4]);
    expect(named(...both, ...numbered)).toEqual([0, 1, 2, 3]);
    expect(named(...both, { input: add(1), output: null, call: 6, return: 9 })).toEqual([0, 1, 2, 3]);
  });

  it('starts where it is told, for each key', () => {
    const history: Operation<CounterInput, CounterOutput>[] = [
      { input: { f: 'add', key: 'a', value: 2 }, output: 9, call: 0, return: 1 },
      { input: { f: 'read', key: 'b' }, output: 7, call: 2, return: 3 },
    ];
    expect(check(counter(7), history).verdict).toBe('legal');
    expect(check(counter(), history).partitions.map(({ verdict }) => verdict)).toContain('illegal');
  });
});
