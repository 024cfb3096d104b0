import type { Operation } from '../linearizability-checker/index.js';

/** Operations in a form that is cheap to send: times go as they are, and there is no object for each operation. */
export interface Columns {
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
  readonly calls: Float64Array;
  /** Infinity where nobody knows. */
  readonly returns: Float64Array;
}

/** Without the processes: only the weaker models ask for them. */
export function columnsOf(operations: readonly Operation<unknown, unknown>[], members: Int32Array): Columns {
  const inputs: unknown[] = [];
  const outputs: unknown[] = [];
  const calls = new Float64Array(members.length);
  const returns = new Float64Array(members.length);
  for (let index = 0; index < members.length; index++) {
    const operation = operations[members[index] as number] as Operation<unknown, unknown>;
    inputs.push(operation.input);
    outputs.push(operation.output);
    calls[index] = operation.call;
    returns[index] = operation.return ?? Number.POSITIVE_INFINITY;
  }
  return { inputs, outputs, calls, returns };
}

export function operationsIn({ inputs, outputs, calls, returns }: Columns): Operation<unknown, unknown>[] {
  return inputs.map((input, index) => ({
    input,
    output: outputs[index],
    call: calls[index] as number,
    return: returns[index] as number,
  }));
}
