import type { Model, Operation } from '../../../src/linearizability-checker/index.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { isLinearizable } from './brute-force.js';

/**
 * Whether the operations that a monitor names contradict each other when all others count as "called, and nobody
 * knows what became of it"; `undefined` when it does not say "illegal".
 */
export function coreIsIllegal<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): boolean | undefined {
  const problem = problemOf(model, operations, Int32Array.from(operations.keys()));
  const result = model.monitor?.({ ...problem, pulse() {} });
  if (result?.verdict !== 'illegal') return undefined;
  const core = new Set(result.core.map((op) => problem.sources[op]));
  const released = operations.flatMap((operation, index) => {
    if (core.has(index)) return [operation];
    const { input, call } = operation;
    return model.readOnly?.(input, operation.output) ? [] : [{ input, call }];
  });
  return core.size === result.core.length && !isLinearizable(model, released);
}
