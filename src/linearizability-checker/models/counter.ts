import type { Model } from '../model.js';
import { counterMonitor } from '../monitors/counter.js';

export type CounterInput =
  /** An increment adds 1, a decrement −1. */
  { readonly f: 'add'; readonly key?: string; readonly value: number } | { readonly f: 'read'; readonly key?: string };

/** What a read found; for an add, the sum after it, or null when the counter did not tell. */
export type CounterOutput = number | null;

/** Counters with add and read, one a key; each holds `initial` at first. */
export function counter(initial = 0): Model<number, CounterInput, CounterOutput> {
  return {
    name: 'counter',
    init: initial,
    step(state, input, output) {
      const next = input.f === 'add' ? state + input.value : state;
      return output === undefined || output === null || output === next ? next : undefined;
    },
    hash: (state) => state,
    partition: (input) => input.key ?? '',
    readOnly: (input) => input.f === 'read' || input.value === 0,
    describe(input, output) {
      const call = input.f === 'add' ? `add(${input.value})` : 'read()';
      return (output ?? undefined) === undefined ? call : `${call} = ${output}`;
    },
    monitor: (history) => counterMonitor(history, initial),
  };
}
