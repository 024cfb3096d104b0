import type { Model, Operation } from '../../../src/linearizability-checker/index.js';

/**
 * The dumb twin: tries every order. No hashing, no shortcuts, no model but `step`; only for a handful of operations.
 */
export function isLinearizable<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): boolean {
  const done = new Set<number>();
  const visit = (state: State): boolean => {
    const waiting = operations.filter((operation, index) => !done.has(index) && operation.return !== undefined);
    if (waiting.length === 0) return true;
    const firstReturn = Math.min(...waiting.map((operation) => operation.return as number));
    return operations.some((operation, index) => {
      if (done.has(index) || operation.call > firstReturn) return false;
      const output = operation.return === undefined ? undefined : operation.output;
      const next = model.step(state, operation.input, output);
      if (next === undefined) return false;
      done.add(index);
      const legal = visit(next);
      done.delete(index);
      return legal;
    });
  };
  return visit(model.init);
}
