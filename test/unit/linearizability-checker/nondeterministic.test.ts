import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { check, nondeterministic, type Operation } from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { legalHistory } from './histories.js';

type Input = { readonly f: 'read' } | { readonly f: 'write'; readonly value: number };

/** A register whose writes may be lost. */
const steps = (state: number, input: Input, output: number | undefined): number[] =>
  input.f === 'write' ? [state, input.value] : output === undefined || output === state ? [state] : [];
const lossy = nondeterministic<number, Input, number>({ name: 'lossy register', init: 0, steps });

/** Tries every order and every outcome, one state at a time: the sets are not used. */
function possible(operations: readonly Operation<Input, number>[]): boolean {
  const visit = (state: number, done: ReadonlySet<number>): boolean => {
    const waiting = operations.filter(({ return: returned }, index) => returned !== undefined && !done.has(index));
    if (waiting.length === 0) return true;
    const firstReturn = Math.min(...waiting.map((operation) => operation.return as number));
    return operations.some(({ input, output, call, return: returned }, index) => {
      if (done.has(index) || call > firstReturn) return false;
      const answer = returned === undefined ? undefined : output;
      return steps(state, input, answer).some((next) => visit(next, new Set([...done, index])));
    });
  };
  return visit(0, new Set());
}

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
        const random = new Random(seed);
        let state = 0;
        const shape = { operations: random.int(3, 7), clients: 3, crashes: random.pick([0, 0.2]), times: 20 };
        const history = legalHistory<Input, number>(random, shape, (take) => {
          if (random.chance(0.5))
            return { input: { f: 'read' }, output: random.chance(0.9) ? state : random.int(0, 3) };
          const value = random.int(1, 3);
          if (take && random.chance(0.6)) state = value;
          return { input: { f: 'write', value } };
        });
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
