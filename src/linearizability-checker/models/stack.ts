import type { Model } from '../model.js';
import { stackMonitor } from '../monitors/stack.js';
import type { Scalar } from './cas-register.js';
import { hashScalar } from './hash-scalar.js';

/**
 * `null` is how a pop answers that the stack was empty, so a `null` that is pushed can only be removed by a pop that
 * never returned.
 */
export type StackInput =
  | { readonly f: 'push'; readonly key?: string; readonly value: Scalar }
  | { readonly f: 'pop'; readonly key?: string };

/** The value that a pop removed, or `null`: the stack was empty. Nothing of interest for a push. */
export type StackOutput = Scalar;

/** Last-in-first-out stacks, one a key, empty at first. A pop of an empty stack changes nothing. */
export function stack(): Model<Stack, StackInput, StackOutput> {
  return {
    name: 'stack',
    init: EMPTY,
    step(state, input, output) {
      if (input.f === 'push') return push(state, input.value);
      if (output === null) return state.below === undefined ? state : undefined;
      if (state.below === undefined) return output === undefined ? state : undefined;
      return output === undefined || output === state.value ? state.below : undefined;
    },
    hash: (state) => state.hash,
    equals: equalStacks,
    partition: (input) => input.key ?? '',
    readOnly: (input, output) => input.f === 'pop' && output === null,
    describe: (input, output) =>
      input.f === 'push'
        ? `push(${JSON.stringify(input.value)})`
        : `pop() = ${output === null ? 'empty' : (JSON.stringify(output) ?? '?')}`,
    monitor: stackMonitor,
    answersKept: true,
  };
}

/** The value on top and all that is below it, which stacks share. */
interface Stack {
  readonly value: Scalar;
  /** `undefined` only for the empty stack. */
  readonly below: Stack | undefined;
  readonly size: number;
  readonly hash: number;
}

const EMPTY: Stack = { value: null, below: undefined, size: 0, hash: 0 };

function push(below: Stack, value: Scalar): Stack {
  return { value, below, size: below.size + 1, hash: (Math.imul(below.hash, 0x2c1b_3c6d) + hashScalar(value)) | 0 };
}

function equalStacks(left: Stack, right: Stack): boolean {
  if (left.size !== right.size) return false;
  let [one, other]: (Stack | undefined)[] = [left, right];
  while (one !== other && one !== undefined && other !== undefined) {
    if (one.value !== other.value) return false;
    one = one.below;
    other = other.below;
  }
  return true;
}
