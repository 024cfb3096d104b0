import type { Random } from '../../../src/kernel/random.js';
import type { Model, Operation } from '../../../src/linearizability-checker/index.js';
import { type MonitorResult, NEVER } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { isLinearization } from '../../../src/linearizability-checker/witness.js';
import { isLinearizable } from './brute-force.js';

/**
 * Whether the operations that a monitor names contradict each other when every other was called, and nobody knows
 * what became of it (or, where the model keeps answers: happened with the answer that it gave, or not at all);
 * `undefined` when it does not say "illegal".
 */
export function coreIsIllegal<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): boolean | undefined {
  const { problem, result } = monitored(model, operations);
  if (result?.verdict !== 'illegal') return undefined;
  const core = new Set(result.core.map((op) => problem.sources[op]));
  // The answer goes along with the input, for brute force takes no answer of what did not return.
  const released = operations.flatMap(({ input, output, call, return: returned }, index) => {
    if (core.has(index) && returned !== undefined) return [{ input: { input, output }, call, return: returned }];
    const answer = model.answersKept && returned !== undefined ? output : undefined;
    return model.readOnly?.(input, answer) ? [] : [{ input: { input, output: answer }, call }];
  });
  if (!result.core.every((op) => op >= 0 && op < problem.size)) return false;
  return core.size === result.core.length && !isLinearizable(answered(model), released);
}

/** What the model's monitor says of a history with one key, and how often it looked at the clock. */
export function monitored<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
) {
  const problem = problemOf(model, operations, Int32Array.from(operations.keys()));
  let looks = 0;
  const result = model.monitor?.({ ...problem, pulse: () => void looks++ });
  return { problem, result, looks };
}

/** The model, with the answer beside the input: brute force takes no answer of what did not return. */
export function answered<State, Input, Output>(
  model: Model<State, Input, Output>,
): Model<State, { input: Input; output: Output | undefined }, unknown> {
  return { name: model.name, init: model.init, step: (state, { input, output }) => model.step(state, input, output) };
}

/**
 * What a monitor says when some operations of a history have answers but no return (they happened so, or not at all),
 * and others claim to have found what someone else found, after a comparison with trying every order; throws where it
 * is wrong.
 */
export function judgedWithoutReturns<State, Input, Output>(
  random: Random,
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): MonitorResult['verdict'] | undefined {
  const found = history.filter(({ output }) => output !== null && output !== undefined && random.chance(0.2));
  const claims = found.map((operation) => ({ ...operation, call: operation.call - random.int(0, 5) }));
  const operations = random.shuffle([...history, ...claims]);
  const lost = new Set(operations.filter((operation) => random.chance(0.3) || claims.includes(operation)));
  return judgedWithout(model, operations, lost);
}

/** The same, for these operations without a return. */
export function judgedWithout<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  lost: ReadonlySet<Operation<Input, Output>>,
): MonitorResult['verdict'] | undefined {
  const problem = problemOf(model, operations, Int32Array.from(operations.keys()));
  const isLost = (op: number) => lost.has(operations[problem.sources[op] as number] as Operation<Input, Output>);
  const returnRank = problem.returnRank.map((rank, op) => (isLost(op) ? NEVER : rank));
  const result = model.monitor?.({ ...problem, returnRank, pulse() {} });
  const twin = Array.from(problem.sources, (source, op) => {
    const { input, output, call, return: returned } = operations[source] as Operation<Input, Output>;
    return { input: { input, output }, call, ...(returned !== undefined && !isLost(op) && { return: returned }) };
  });
  const honest = result?.verdict !== 'legal' || isLinearization(model, { ...problem, returnRank }, result.order);
  if (result && (!honest || (result.verdict === 'legal') !== isLinearizable(answered(model), twin))) {
    throw new Error(`not ${result.verdict}: ${JSON.stringify(twin)}`);
  }
  return result?.verdict;
}
