import type { Model, Operation } from '../../../src/linearizability-checker/index.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
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
  const problem = problemOf(model, operations, Int32Array.from(operations.keys()));
  const result = model.monitor?.({ ...problem, pulse() {} });
  if (result?.verdict !== 'illegal') return undefined;
  const core = new Set(result.core.map((op) => problem.sources[op]));
  // The answer goes along with the input, for brute force takes no answer of what did not return.
  const released = operations.flatMap(({ input, output, call, return: returned }, index) => {
    if (core.has(index) && returned !== undefined) return [{ input: { input, output }, call, return: returned }];
    const answer = model.answersKept && returned !== undefined ? output : undefined;
    return model.readOnly?.(input, answer) ? [] : [{ input: { input, output: answer }, call }];
  });
  const answered: Model<State, { input: Input; output: Output | undefined }, unknown> = {
    name: model.name,
    init: model.init,
    step: (state, { input, output }) => model.step(state, input, output),
  };
  return core.size === result.core.length && !isLinearizable(answered, released);
}
