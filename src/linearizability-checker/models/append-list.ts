import type { Model } from '../model.js';
import { appendOnlyMonitor } from '../monitors/append-only.js';
import type { Scalar } from './cas-register.js';

export type ListInput =
  | { readonly f: 'append'; readonly key?: string; readonly value: Scalar }
  | { readonly f: 'read'; readonly key?: string };

/** The whole list, for a read; nothing of interest for an append. */
export type ListOutput = readonly Scalar[];

/** Lists with append and read of the whole, one a key, empty at first. */
export function appendList(): Model<readonly Scalar[], ListInput, ListOutput> {
  return {
    name: 'append-list',
    init: [],
    step(state, input, output) {
      if (input.f === 'append') return [...state, input.value];
      if (output === undefined) return state;
      return output.length === state.length && output.every((value, index) => value === state[index])
        ? state
        : undefined;
    },
    partition: (input) => input.key ?? '',
    readOnly: (input) => input.f === 'read',
    describe: (input, output) =>
      input.f === 'append' ? `append(${JSON.stringify(input.value)})` : `read() = ${JSON.stringify(output)}`,
    monitor: appendOnlyMonitor,
  };
}
