import { Random } from '../../../src/kernel/random.js';
import { nondeterministic, type Operation } from '../../../src/linearizability-checker/index.js';
import { legalHistory } from './histories.js';

export type LossyInput = { readonly f: 'read' } | { readonly f: 'write'; readonly value: number };

/** A register whose writes may be lost. */
const steps = (state: number, input: LossyInput, output: number | undefined): number[] =>
  input.f === 'write' ? [state, input.value] : output === undefined || output === state ? [state] : [];
export const lossy = nondeterministic<number, LossyInput, number>({ name: 'lossy register', init: 0, steps });

/** Tries every order and every outcome, one state at a time: the sets are not used. */
export function possible(operations: readonly Operation<LossyInput, number>[]): boolean {
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

/** Small; about one in ten is illegal. */
export function lossyHistory(seed: number): Operation<LossyInput, number>[] {
  const random = new Random(seed);
  let state = 0;
  const shape = { operations: random.int(3, 7), clients: 3, crashes: random.pick([0, 0.2]), times: 20 };
  return legalHistory<LossyInput, number>(random, shape, (take) => {
    if (random.chance(0.5)) return { input: { f: 'read' }, output: random.chance(0.9) ? state : random.int(0, 3) };
    const value = random.int(1, 3);
    if (take && random.chance(0.6)) state = value;
    return { input: { f: 'write', value } };
  });
}
