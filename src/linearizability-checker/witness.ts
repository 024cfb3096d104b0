import { LOOK, type Pulse, unhurried } from './deadline.js';
import { type Model, NEVER } from './model.js';
import type { Problem } from './problem.js';

/**
 * Confirms a linearization by replaying it: every operation that returned is there once, the order contradicts no
 * return before a call, and the model answers what was answered. A "legal" verdict is given on nothing less.
 */
export function isLinearization<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  order: readonly number[],
  pulse: Pulse = unhurried,
): boolean {
  const present = new Uint8Array(problem.size);
  let state = model.init;
  let latestCall = -1;
  for (let index = 0; index < order.length; index++) {
    if ((index & LOOK) === 0) pulse();
    const op = order[index] as number;
    if (present[op] === 1) return false;
    present[op] = 1;
    if ((problem.returnRank[op] as number) < latestCall) return false;
    latestCall = Math.max(latestCall, problem.callRank[op] as number);
    const next = model.step(state, problem.inputs[op] as Input, problem.outputs[op]);
    if (next === undefined) return false;
    state = next;
  }
  for (let op = 0; op < problem.size; op++) {
    if (present[op] === 0 && problem.returnRank[op] !== NEVER) return false;
  }
  return true;
}
