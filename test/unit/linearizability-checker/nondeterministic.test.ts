import { describe, expect, it } from 'vitest';
import { check, type Operation } from '../../../src/linearizability-checker/index.js';
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
