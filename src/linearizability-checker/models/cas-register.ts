import type { Model } from '../model.js';

/** A value in a register, a list or a set: compared exactly, as `===` does (so `NaN` is none: it equals nothing). */
export type Scalar = null | boolean | number | string;

export type RegisterInput =
  | { readonly f: 'read'; readonly key?: string }
  | { readonly f: 'write'; readonly key?: string; readonly value: Scalar }
  /** Compare-and-set. Answered `false`, it is an observation: the register did not hold `expected`. */
  | { readonly f: 'cas'; readonly key?: string; readonly expected: Scalar; readonly value: Scalar };

/** What a read found; whether a compare-and-set took place; nothing of interest for a write. */
export type RegisterOutput = Scalar;

/** Registers with read, write and compare-and-set, one a key; each holds `initial` at first. */
export function casRegister(initial: Scalar = null): Model<Scalar, RegisterInput, RegisterOutput> {
  return {
    name: 'cas-register',
    init: initial,
    finite: true,
    step(state, input, output) {
      switch (input.f) {
        case 'read':
          return output === undefined || output === state ? state : undefined;
        case 'write':
          return input.value;
        case 'cas': {
          const matches = state === input.expected;
          if (output !== undefined && output !== matches) return undefined;
          return matches ? input.value : state;
        }
      }
    },
    hash: (state) => (typeof state === 'number' ? state : `${typeof state} ${state}`),
    partition: (input) => input.key ?? '',
    readOnly(input, output) {
      if (input.f === 'read') return true;
      return input.f === 'cas' && (output === false || input.expected === input.value);
    },
    blind: (input) => input.f === 'write',
    describe(input, output) {
      switch (input.f) {
        case 'read':
          return `read() = ${JSON.stringify(output)}`;
        case 'write':
          return `write(${JSON.stringify(input.value)})`;
        case 'cas':
          return `cas(${JSON.stringify(input.expected)}, ${JSON.stringify(input.value)}) = ${output ?? '?'}`;
      }
    },
    register: {
      valueOf: (state) => state,
      stateOf: (value) => value,
      action(input, output) {
        switch (input.f) {
          case 'read':
            return { kind: 'read', value: output as Scalar };
          case 'write':
            return { kind: 'write', value: input.value };
          case 'cas':
            return output === false
              ? { kind: 'not', value: input.expected }
              : { kind: 'cas', expected: input.expected, value: input.value };
        }
      },
    },
  };
}
