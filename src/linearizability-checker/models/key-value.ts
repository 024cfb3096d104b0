import type { Model } from '../model.js';
import { growingStringsMonitor } from '../monitors/growing-strings.js';
import type { RegisterAction } from '../register/view.js';
import type { Scalar } from './cas-register.js';

export type KeyValueInput =
  | { readonly f: 'get'; readonly key: string }
  | { readonly f: 'put'; readonly key: string; readonly value: Scalar }
  /** Concatenation: a key that is not there counts as the empty string, any other value as its text. */
  | { readonly f: 'append'; readonly key: string; readonly value: string }
  /** Compare-and-set. Answered `false`, it is an observation: the key did not hold `expected`. */
  | { readonly f: 'cas'; readonly key: string; readonly expected: Scalar; readonly value: Scalar }
  | { readonly f: 'delete'; readonly key: string };

/**
 * What a get found, `null` for a key that is not there; whether a compare-and-set took place; whether a delete found
 * the key, or `null` where it does not tell; nothing of interest for a put and an append.
 */
export type KeyValueOutput = Scalar;

/** A key-value store. Each key holds `initial` at first; `null` means that it is not there. */
export function keyValue({
  initial = null,
}: {
  readonly initial?: Scalar;
} = {}): Model<Scalar, KeyValueInput, KeyValueOutput> {
  return {
    name: 'key-value',
    init: initial,
    step(state, input, output) {
      switch (input.f) {
        case 'get':
          return output === undefined || output === state ? state : undefined;
        case 'put':
          return input.value;
        case 'append':
          return (state === null ? '' : String(state)) + input.value;
        case 'cas': {
          const matches = state === input.expected;
          if (output !== undefined && output !== matches) return undefined;
          return matches ? input.value : state;
        }
        case 'delete':
          return typeof output === 'boolean' && output !== (state !== null) ? undefined : null;
      }
    },
    hash: hashOf,
    equals: (left, right) => left === right,
    partition: (input) => input.key,
    readOnly(input, output) {
      switch (input.f) {
        case 'get':
          return true;
        case 'cas':
          return output === false || input.expected === input.value;
        case 'delete':
          return output === false;
        default:
          return false;
      }
    },
    blind: (input, output) => input.f === 'put' || (input.f === 'delete' && typeof output !== 'boolean'),
    describe,
    monitor: (history) => growingStringsMonitor(history, initial),
    register: { valueOf: (state) => state, stateOf: (value) => value, action },
  };
}

/** `undefined` where a key is more than a register: an append, and a delete that found something. */
function action(input: KeyValueInput, output: KeyValueOutput | undefined): RegisterAction | undefined {
  switch (input.f) {
    case 'get':
      return { kind: 'read', value: output as Scalar };
    case 'put':
      return { kind: 'write', value: input.value };
    case 'cas':
      return output === false
        ? { kind: 'not', value: input.expected }
        : { kind: 'cas', expected: input.expected, value: input.value };
    case 'delete':
      if (output === true) return undefined;
      return { kind: output === false ? 'read' : 'write', value: null };
    case 'append':
      return undefined;
  }
}

/** Long strings by their length and their end: they are appended to, and their text differs there soonest. */
function hashOf(state: Scalar): string | number {
  if (typeof state === 'number') return state;
  if (typeof state !== 'string') return String(state);
  return state.length <= 64 ? `"${state}` : `${state.length}"${state.slice(-48)}`;
}

function describe(input: KeyValueInput, output: KeyValueOutput | undefined): string {
  const answer = output === undefined ? '?' : JSON.stringify(output);
  const key = JSON.stringify(input.key);
  switch (input.f) {
    case 'get':
      return `get(${key}) = ${answer}`;
    case 'put':
    case 'append':
      return `${input.f}(${key}, ${JSON.stringify(input.value)})`;
    case 'cas':
      return `cas(${key}, ${JSON.stringify(input.expected)}, ${JSON.stringify(input.value)}) = ${answer}`;
    case 'delete':
      return output === null ? `delete(${key})` : `delete(${key}) = ${answer}`;
  }
}
