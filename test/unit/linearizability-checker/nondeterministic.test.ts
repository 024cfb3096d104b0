import { describe, expect, it } from 'vitest';
import { check, nondeterministic, type Operation } from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { type LossyInput as Input, lossy, lossyHistory, possible } from './lossy-register.js';

const op = (input: Input, call: number, output?: number): Operation<Input, number> => ({
  input,
  call,
  return: call + 1,
  ...(output !== undefined && { output }),
});

describe('a nondeterministic model', () => {
  it('accepts every outcome that it allows, and no other', () => {
    const write = (value: number, call: number) => op({ f: 'write', value }, call);
    const read = (value: number, call: number) => op({ f: 'read' }, call, value);
    expect(check(lossy, [write(1, 0), read(0, 10)]).verdict).toBe('legal');
    expect(check(lossy, [write(1, 0), read(1, 10)]).verdict).toBe('legal');
    expect(check(lossy, [write(1, 0), read(0, 10), read(1, 20)]).verdict).toBe('illegal');
  });

  it('has for its state all that is possible, each once and in any order', () => {
    const write = (value: number) => ({ f: 'write', value }) as const;
    const step = (states: readonly number[] | undefined, input: Input) =>
      states && lossy.step(states, input, undefined);
    expect(step(lossy.init, write(1))).toEqual([0, 1]);
    expect(step(step(lossy.init, write(1)), write(1))).toEqual([0, 1]);
    expect(lossy.step([0, 1], { f: 'read' }, 1)).toEqual([1]);
    expect(lossy.step([0, 1], { f: 'read' }, 2)).toBe(undefined);
    expect(lossy.hash?.([10, 9])).toBe(lossy.hash?.([9, 10]));
    expect(lossy.hash?.([1, 12])).not.toBe(lossy.hash?.([11, 2]));
    expect([lossy.equals?.([1, 2], [2, 1]), lossy.equals?.([1, 2], [1]), lossy.equals?.([1], [1, 2])]).toEqual([
      true,
      false,
      false,
    ]);
    expect(lossy.equals?.([1, 2], [1, 3])).toBe(false);
    expect([lossy.partition, lossy.describe]).toEqual([undefined, undefined]);
  });

  it('hashes, compares, divides and describes as it is told to', () => {
    const parity = nondeterministic<number, number, number>({
      name: 'parity',
      init: 0,
      steps: (state, input) => [state + input, state - input, state + input + 10, state - input - 10],
      hash: (state) => Math.abs(state) % 2,
      equals: (left, right) => left % 10 === right % 10,
      partition: (input) => `${input}`,
      describe: (input, output) => `${input} = ${output}`,
    });
    // 1, −1, 11 and −11 have one hash; 1 and 11 are equal, and so are −1 and −11.
    expect(parity.step([0], 1, undefined)).toEqual([1, -1]);
    expect([parity.hash?.([1]), parity.hash?.([2, 3])]).toEqual(['1', '0\n1']);
    expect([parity.equals?.([1], [11]), parity.equals?.([1], [-1])]).toEqual([true, false]);
    // Equal by its own comparison, but the hash says that they are not.
    const odd = nondeterministic<number, number, number>({
      name: 'odd',
      init: 0,
      steps: (state) => [state],
      hash: (state) => state,
      equals: () => true,
    });
    expect(odd.equals?.([1], [2])).toBe(false);
    expect([parity.partition?.(4), parity.describe?.(1, 2)]).toEqual(['4', '1 = 2']);
  });

  it('agrees with trying every order and every outcome', () => {
    const histories = new Map<number, Operation<Input, number>[]>();
    const census = compareWithBruteForce(
      3000,
      () => lossy,
      (seed) => {
        const history = lossyHistory(seed);
        histories.set(seed, history);
        return history;
      },
    );
    expect(census.legal).toBeGreaterThan(1000);
    expect(census.illegal).toBeGreaterThan(150);
    for (const history of histories.values()) {
      expect(check(lossy, history).verdict === 'legal').toBe(possible(history));
    }
  });
});
