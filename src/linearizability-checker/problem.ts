import { LOOK, type Pulse, unhurried } from './deadline.js';
import { type Model, NEVER, type Operation, type RankedHistory } from './model.js';
import { numbers, sortedBy } from './sorting.js';

/** One partition: operations of one key, with ranks for times. */
export interface Problem<Input, Output> extends RankedHistory<Input, Output> {
  /** Where each operation stands in the caller's list. */
  readonly sources: Int32Array;
}

/**
 * Ranks the times of the chosen operations. Operations that change nothing and of which nobody knows what they
 * saw are left out.
 *
 * @param pulse called now and then; what it throws ends the work
 * @throws RangeError for an operation that returns before its call
 */
export function problemOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  chosen: Int32Array,
  pulse: Pulse = unhurried,
): Problem<Input, Output> {
  let size = 0;
  const sources = new Int32Array(chosen.length);
  const calls = new Float64Array(chosen.length);
  const returns = new Float64Array(chosen.length);
  const inputs = new Array<Input>(chosen.length);
  const outputs = new Array<Output | undefined>(chosen.length);
  for (let index = 0; index < chosen.length; index++) {
    if ((index & LOOK) === 0) pulse();
    const source = chosen[index] as number;
    const { input, output, call, return: end } = operations[source] as Operation<Input, Output>;
    const returned = end === Number.POSITIVE_INFINITY ? undefined : end;
    // It changes nothing, and nobody knows what it saw.
    if ((returned === undefined || output === undefined) && model.readOnly?.(input, undefined)) continue;
    if (Number.isNaN(call)) throw new RangeError(`operation ${source} has no time of its call`);
    if (returned === undefined) {
      outputs[size] = undefined;
      returns[size] = Number.POSITIVE_INFINITY;
    } else {
      // Not "<": what is not a number is not in order either.
      if (!(returned >= call))
        throw new RangeError(`operation ${source} returns at ${returned}, before its call at ${call}`);
      outputs[size] = output;
      returns[size] = returned;
    }
    inputs[size] = input;
    calls[size] = call;
    sources[size++] = source;
  }
  inputs.length = size;
  outputs.length = size;
  return {
    size,
    sources: sources.subarray(0, size),
    inputs,
    outputs,
    ...rank(calls.subarray(0, size), returns.subarray(0, size), pulse),
  };
}

function rank(
  calls: Float64Array,
  returns: Float64Array,
  pulse: Pulse,
): { callRank: Int32Array; returnRank: Int32Array } {
  const size = calls.length;
  const byCall = inOrderOf(calls, pulse);
  const byReturn = inOrderOf(returns, pulse);
  const callRank = new Int32Array(size);
  const returnRank = new Int32Array(size).fill(NEVER);
  let next = 0;
  let called = 0;
  for (let index = 0; index < size; index++) {
    if ((index & LOOK) === 0) pulse();
    const op = byReturn[index] as number;
    const returnedAt = returns[op] as number;
    // Calls at the time of a return come first: the interval is closed.
    while (called < size && (calls[byCall[called] as number] as number) <= returnedAt) {
      callRank[byCall[called++] as number] = next++;
    }
    if (returnedAt !== Number.POSITIVE_INFINITY) returnRank[op] = next++;
  }
  return { callRank, returnRank };
}

/** Indices in the order of their keys; of equal keys in their own order. Recorded times are nearly in order. */
function inOrderOf(keys: Float64Array, pulse: Pulse): Int32Array {
  const order = new Int32Array(keys.length);
  const patience = 64 * keys.length;
  let moves = 0;
  for (let index = 0; index < order.length; index++) {
    if ((index & LOOK) === 0) pulse();
    const key = keys[index] as number;
    let at = index;
    for (; at > 0 && (keys[order[at - 1] as number] as number) > key; at--) order[at] = order[at - 1] as number;
    order[at] = index;
    moves += index - at;
    if (moves > patience) {
      // Infinity minus infinity is not a number, so compare instead of subtracting.
      const compare = (left: number, right: number) => {
        const a = keys[left] as number;
        const b = keys[right] as number;
        return a < b ? -1 : a > b ? 1 : left - right;
      };
      return sortedBy(numbers(keys.length), compare, pulse);
    }
  }
  return order;
}

/** A part of a problem; `members` says which of its operations each one is, in ascending order. */
export interface Part<Input, Output> {
  readonly problem: Problem<Input, Output>;
  readonly members: readonly number[];
}

/** The history as it stood when the return with this rank came: what came later is unknown, or not there at all. */
export function truncate<Input, Output>(
  problem: Problem<Input, Output>,
  lastRank: number,
  pulse: Pulse = unhurried,
): Part<Input, Output> {
  const members: number[] = [];
  for (let op = 0; op < problem.size; op++) {
    if ((op & LOOK) === 0) pulse();
    if ((problem.callRank[op] as number) < lastRank) members.push(op);
  }
  const certain = (op: number) => (problem.returnRank[op] as number) <= lastRank;
  return { members, problem: restrict(problem, members, certain, { pulse }) };
}

/**
 * The same history with the chosen operations only, of which those that are not `certain` may have happened or not:
 * every linearization of the whole is one of the restricted history too, so a restricted one that is illegal
 * condemns the whole. Never drops the ranks' meaning: they keep their gaps.
 */
export function restrict<Input, Output>(
  problem: Problem<Input, Output>,
  chosen: readonly number[],
  certain: (op: number) => boolean,
  { keepAnswers = false, pulse = unhurried }: { readonly keepAnswers?: boolean; readonly pulse?: Pulse } = {},
): Problem<Input, Output> {
  const size = chosen.length;
  const callRank = new Int32Array(size);
  const returnRank = new Int32Array(size);
  const sources = new Int32Array(size);
  const inputs: Input[] = [];
  const outputs: (Output | undefined)[] = [];
  chosen.forEach((op, index) => {
    if ((index & LOOK) === 0) pulse();
    callRank[index] = problem.callRank[op] as number;
    const known = (problem.returnRank[op] as number) !== NEVER && certain(op);
    returnRank[index] = known ? (problem.returnRank[op] as number) : NEVER;
    inputs.push(problem.inputs[op] as Input);
    outputs.push(keepAnswers || known ? problem.outputs[op] : undefined);
    sources[index] = problem.sources[op] as number;
  });
  return { size, sources, inputs, outputs, callRank, returnRank };
}
