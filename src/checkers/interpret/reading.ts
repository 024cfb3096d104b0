import type { Value } from '../../history/events.js';
import { CAS_MISMATCH } from '../../history/importers/dialects.js';
import type { PairedOperation } from '../../history/pairing.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import { AssayError } from '../../kernel/errors.js';
import type { Operation, Scalar } from '../../linearizability-checker/index.js';
import { STRUCTURED } from '../wording.js';

/**
 * What one pair of events says about an object: its input, and its output where one is known. A failed operation has
 * no output, save a compare-and-set's `false`: the others surely did not happen and are not for the checker.
 *
 * @throws AssayError `bad-file` when the object has no such operation
 */
export type Interpretation<Input, Output> = (pair: PairedOperation) => Operation<Input, Output>;

/**
 * The operation with the interval that the pair gives it. `answer` is asked only for one that is `ok`, or is a
 * compare-and-set that found another value.
 */
export function operationOf<Input, Output>(
  { invoke, completion }: PairedOperation,
  input: Input,
  answer: (value: Value, mismatch: boolean) => Output,
): Operation<Input, Output> {
  const call = invoke.timeUs;
  if (completion === undefined || completion.kind === 'info') return { input, call };
  const mismatch = completion.kind === 'fail' && completion.error === CAS_MISMATCH;
  if (completion.kind === 'fail' && !mismatch) return { input, call, return: completion.timeUs };
  return { input, output: answer(completion.value ?? null, mismatch), call, return: completion.timeUs };
}

/** Structured values are compared by their JSON text, in which the keys of a map are in order, for it has none itself. */
export function scalar(value: Value | undefined): Scalar {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? `${STRUCTURED}${canonicalJson(value)}` : value;
}

/** The value of a compare-and-set: `[expected, new]`. */
export function expectedAndNew({ invoke }: PairedOperation): { readonly expected: Scalar; readonly value: Scalar } {
  if (!Array.isArray(invoke.value) || invoke.value.length !== 2) {
    throw unreadable(invoke.timeUs, 'a cas needs the value [expected, new]');
  }
  const [expected, value] = invoke.value as readonly Value[];
  return { expected: scalar(expected), value: scalar(value) };
}

export function unknownOperation({ invoke }: PairedOperation, object: string, operations: string): AssayError {
  return unreadable(invoke.timeUs, `${object} has no operation "${invoke.f}", only ${operations}`);
}

export function unreadable(timeUs: number, what: string): AssayError {
  return new AssayError(
    'bad-file',
    `The history does not fit its model: at ${Math.round(timeUs)} µs, ${what}`,
    'Choose another model with --model, or the one that the workload was made for.',
  );
}
