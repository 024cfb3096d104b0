import { expect } from 'vitest';
import type { Model, Operation } from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import type { OnlineDecider } from '../../../src/linearizability-checker/stream.js';
import { isLinearizable } from './brute-force.js';
import { answered } from './core.js';
import { prefix } from './prefix.js';

/** The states that a history can end in; every order is tried. */
function ends<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): State[] {
  const states: State[] = [];
  const isKnown = (state: State) => states.some((other) => model.equals?.(other, state) ?? other === state);
  const visit = (state: State, left: readonly Operation<Input, Output>[]): void => {
    if (left.every((operation) => operation.return === undefined) && !isKnown(state)) states.push(state);
    const firstReturn = Math.min(...left.map((operation) => operation.return ?? Number.POSITIVE_INFINITY));
    for (const operation of left.filter(({ call }) => call <= firstReturn)) {
      const others = left.filter((other) => other !== operation);
      const next = model.step(state, operation.input, operation.return === undefined ? undefined : operation.output);
      if (next !== undefined) visit(next, others);
    }
  };
  visit(model.init, operations);
  return states;
}

/** What a decider said on the way. */
export interface Followed {
  illegal: number;
  certain: number;
  uncertain: number;
  gaveUp: number;
}

/** Tells a decider of a small history event by event, and tries every order at every return. */
export function follow<State, Input, Output>(
  model: Model<State, Input, Output>,
  decider: OnlineDecider<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  seen: Followed,
  words: string,
): void {
  const problem = problemOf(model, history, Int32Array.from(history.keys()));
  const { callRank, returnRank } = problem;
  // What is running happened as it answers later, or not yet.
  const inputs = problem.inputs.map((input, op) => ({ input, output: problem.outputs[op] }));
  const events = [...problem.sources.keys()].flatMap((op) => [
    { op, ends: false, rank: callRank[op] as number },
    ...(returnRank[op] === NEVER ? [] : [{ op, ends: true, rank: returnRank[op] as number }]),
  ]);
  events.sort((left, right) => left.rank - right.rank);
  const slots = new Map<number, number>();
  for (const { op, ends: isReturn, rank } of events) {
    const {
      input,
      output,
      call,
      return: returned,
    } = history[problem.sources[op] as number] as (typeof history)[number];
    if (!isReturn) {
      const slot = decider.call({
        input,
        call,
        ...(returned !== undefined && { return: returned, ...(output !== undefined && { output }) }),
      });
      if (slot === 'gave up') {
        seen.gaveUp++;
        return;
      }
      slots.set(op, slot);
      continue;
    }
    const legal = isLinearizable(answered(model), prefix({ ...problem, inputs }, rank));
    const judged = decider.return_(slots.get(op) as number);
    if (judged === 'gave up') {
      seen.gaveUp++;
      return;
    }
    expect(judged, `${words}, rank ${rank}`).toBe(legal ? 'legal' : 'illegal');
    if (!legal) {
      seen.illegal++;
      return;
    }
    const soFar = prefix(problem, rank);
    const possible = ends(model, soFar);
    const closed = soFar.every((operation) => operation.return !== undefined) && possible.length === 1;
    const [state] = closed ? possible : [];
    const { onlyState } = decider;
    expect(
      onlyState === state || (onlyState && state && model.equals?.(onlyState, state)),
      `${words}, rank ${rank}`,
    ).toBe(true);
    seen[closed ? 'certain' : 'uncertain']++;
  }
  expect(decider.end(), words).toBe('legal');
}
