import type { KeyValueInput, Operation, Scalar } from '../../../src/linearizability-checker/index.js';
import { generate } from '../../support/history-families/generate.js';
import { lists } from '../../support/history-families/lists.js';
import type { Shape } from '../../support/history-families/shape.js';

/** Who called each: the first client that was free then. */
export function withProcesses<Input, Output>(operations: readonly Operation<Input, Output>[]) {
  const busyUntil: number[] = [];
  return operations.map((operation) => {
    const free = busyUntil.findIndex((until) => until < operation.call);
    const process = free < 0 ? busyUntil.length : free;
    busyUntil[process] = operation.return ?? Number.POSITIVE_INFINITY;
    return { ...operation, process };
  });
}

/** Append-only lists as strings that grow. */
export function growingStrings(shape: Shape, seed: number): Operation<KeyValueInput, Scalar>[] {
  return generate(lists, shape, seed).map(({ input, output, ...times }): Operation<KeyValueInput, Scalar> => {
    const { key = '' } = input;
    if (input.f === 'append') return { ...times, input: { f: 'append', key, value: `${input.value} ` }, output: null };
    return { ...times, input: { f: 'get', key }, output: output?.map((value) => `${value} `).join('') ?? null };
  });
}
