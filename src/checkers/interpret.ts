import type { Value } from '../history/events.js';
import type { PairedOperation } from '../history/pairing.js';
import { AssayError } from '../kernel/errors.js';
import type {
  ListInput,
  ListOutput,
  Operation,
  RegisterInput,
  RegisterOutput,
  Scalar,
} from '../linearizability-checker/index.js';

/** The `error` of a compare-and-set that was carried out and found another value: a fact about the register. */
export const CAS_MISMATCH = 'cas-mismatch';

/**
 * What a register's client saw, for the checker. A failed operation has no output, save a compare-and-set's `false`:
 * the others surely did not happen and are not for the checker.
 */
export function registerOperation(pair: PairedOperation): Operation<RegisterInput, RegisterOutput> {
  const { invoke, completion } = pair;
  const mismatch = invoke.f === 'cas' && completion?.kind === 'fail' && completion.error === CAS_MISMATCH;
  const input = registerInput(pair);
  const call = invoke.timeUs;
  if (completion === undefined || completion.kind === 'info') return { input, call };
  if (completion.kind === 'fail' && !mismatch) return { input, call, return: completion.timeUs };
  const output = input.f === 'read' ? scalar(completion.value) : !mismatch;
  return { input, output, call, return: completion.timeUs };
}

function registerInput({ invoke }: PairedOperation): RegisterInput {
  const key = invoke.key ?? '';
  switch (invoke.f) {
    case 'read':
      return { f: 'read', key };
    case 'write':
      return { f: 'write', key, value: scalar(invoke.value) };
    case 'cas': {
      if (!Array.isArray(invoke.value) || invoke.value.length !== 2) {
        throw unreadable(invoke.timeUs, 'a cas needs the value [expected, new]');
      }
      const [expected, value] = invoke.value as readonly Value[];
      return { f: 'cas', key, expected: scalar(expected), value: scalar(value) };
    }
    default:
      throw unreadable(invoke.timeUs, `a register has no operation "${invoke.f}", only read, write and cas`);
  }
}

/** The same for a list's client. */
export function listOperation(pair: PairedOperation): Operation<ListInput, ListOutput> {
  const { invoke, completion } = pair;
  const key = invoke.key ?? '';
  const call = invoke.timeUs;
  const ended = completion !== undefined && completion.kind !== 'info' ? { return: completion.timeUs } : {};
  switch (invoke.f) {
    case 'append': {
      const input: ListInput = { f: 'append', key, value: scalar(invoke.value) };
      return { input, call, ...ended };
    }
    case 'read': {
      if (completion?.kind !== 'ok') return { input: { f: 'read', key }, call, ...ended };
      const found = completion.value ?? [];
      if (!Array.isArray(found)) throw unreadable(completion.timeUs, 'a read of a list must answer a list');
      return { input: { f: 'read', key }, output: found.map(scalar), call, return: completion.timeUs };
    }
    default:
      throw unreadable(invoke.timeUs, `a list has no operation "${invoke.f}", only read and append`);
  }
}

/** Structured values are compared by their JSON text, marked so that no string can be taken for one. */
function scalar(value: Value | undefined): Scalar {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? `json:${JSON.stringify(value)}` : value;
}

function unreadable(timeUs: number, what: string): AssayError {
  return new AssayError(
    'bad-file',
    `The history does not fit its model: at ${timeUs} µs, ${what}`,
    'Choose the model that the workload was made for.',
  );
}
