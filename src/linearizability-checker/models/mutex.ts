import type { Model } from '../model.js';
import { mutexMonitor } from '../monitors/mutex.js';

export interface MutexInput {
  readonly f: 'acquire' | 'release';
  readonly key?: string;
}

/** `false`: refused, for the mutex was held (acquire) or was not held (release). Anything else: done. */
export type MutexOutput = boolean | null;

/** Mutexes that whoever wants may release, one a key, free at first. The state: whether it is held. */
export function mutex(): Model<boolean, MutexInput, MutexOutput> {
  return {
    name: 'mutex',
    init: false,
    finite: true,
    step(held, { f }, output) {
      const possible = held === (f === 'release');
      if (output === false) return possible ? undefined : held;
      return possible ? !held : undefined;
    },
    hash: (held) => Number(held),
    partition: (input) => input.key ?? '',
    readOnly: (_, output) => output === false,
    describe: ({ f }, output) => (output === false ? `${f}() refused` : `${f}()`),
    monitor: mutexMonitor,
    register: {
      valueOf: (held) => held,
      stateOf: (value) => value === true,
      action({ f }, output) {
        const expected = f === 'release';
        return output === false ? { kind: 'not', value: expected } : { kind: 'cas', expected, value: !expected };
      },
    },
  };
}
