import { type Model, NEVER, type Operation, type RankedHistory } from './model.js';

/** One partition: operations of one key, with ranks for times. */
export interface Problem<Input, Output> extends RankedHistory<Input, Output> {
  /** Where each operation stands in the caller's list. */
  readonly sources: Int32Array;
}

/**
 * Ranks the times of the chosen operations. Operations that never returned and change nothing are left out: nobody
 * saw them.
 */
export function problemOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  chosen: readonly number[],
): Problem<Input, Output> {
  const kept: number[] = [];
  for (const index of chosen) {
    const operation = operations[index] as Operation<Input, Output>;
    if (operation.return !== undefined || !model.readOnly?.(operation.input, undefined)) kept.push(index);
  }
  const size = kept.length;
  const sources = Int32Array.from(kept);
  const calls = new Float64Array(size);
  const returns = new Float64Array(size);
  const inputs: Input[] = [];
  const outputs: (Output | undefined)[] = [];
  for (let op = 0; op < size; op++) {
    const operation = operations[kept[op] as number] as Operation<Input, Output>;
    const returned = operation.return !== undefined;
    inputs.push(operation.input);
    outputs.push(returned ? operation.output : undefined);
    calls[op] = operation.call;
    returns[op] = returned ? (operation.return as number) : Number.POSITIVE_INFINITY;
  }
  return { size, sources, inputs, outputs, ...rank(calls, returns) };
}

function rank(calls: Float64Array, returns: Float64Array): { callRank: Int32Array; returnRank: Int32Array } {
  const size = calls.length;
  const byCall = sortedBy(calls);
  const byReturn = sortedBy(returns);
  const callRank = new Int32Array(size);
  const returnRank = new Int32Array(size).fill(NEVER);
  let next = 0;
  let called = 0;
  for (let index = 0; index < size; index++) {
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

function sortedBy(keys: Float64Array): Uint32Array {
  const order = new Uint32Array(keys.length);
  let sorted = true;
  for (let index = 0; index < order.length; index++) {
    order[index] = index;
    if (index > 0 && (keys[index] as number) < (keys[index - 1] as number)) sorted = false;
  }
  if (sorted) return order;
  // Infinity minus infinity is not a number, so compare instead of subtracting.
  return order.sort((left, right) => {
    const a = keys[left] as number;
    const b = keys[right] as number;
    return a < b ? -1 : a > b ? 1 : left - right;
  });
}

/** The history as it stood when the return with this rank came: what came later is unknown, or not there at all. */
export function truncate<Input, Output>(problem: Problem<Input, Output>, lastRank: number): Problem<Input, Output> {
  const kept: number[] = [];
  for (let op = 0; op < problem.size; op++) if ((problem.callRank[op] as number) < lastRank) kept.push(op);
  return restrict(problem, kept, (op) => (problem.returnRank[op] as number) <= lastRank);
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
): Problem<Input, Output> {
  const size = chosen.length;
  const callRank = new Int32Array(size);
  const returnRank = new Int32Array(size);
  const sources = new Int32Array(size);
  const inputs: Input[] = [];
  const outputs: (Output | undefined)[] = [];
  chosen.forEach((op, index) => {
    callRank[index] = problem.callRank[op] as number;
    const known = (problem.returnRank[op] as number) !== NEVER && certain(op);
    returnRank[index] = known ? (problem.returnRank[op] as number) : NEVER;
    inputs.push(problem.inputs[op] as Input);
    outputs.push(known ? problem.outputs[op] : undefined);
    sources[index] = problem.sources[op] as number;
  });
  return { size, sources, inputs, outputs, callRank, returnRank };
}
