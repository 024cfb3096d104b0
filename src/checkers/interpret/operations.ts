import type { Value } from '../../history/events.js';
import type { PairedOperation } from '../../history/pairing.js';
import type {
  CounterInput,
  CounterOutput,
  FencedLockInput,
  FencedLockOutput,
  KeyValueInput,
  KeyValueOutput,
  ListInput,
  ListOutput,
  LockInput,
  LockOutput,
  MutexInput,
  MutexOutput,
  Operation,
  QueueInput,
  QueueOutput,
  RegisterInput,
  RegisterOutput,
  Scalar,
  SetInput,
  SetOutput,
  StackInput,
  StackOutput,
} from '../../linearizability-checker/index.js';
import { expectedAndNew, operationOf, scalar, unknownOperation, unreadable } from './reading.js';

/** What a register's client saw. */
export function registerOperation(pair: PairedOperation): Operation<RegisterInput, RegisterOutput> {
  const key = pair.invoke.key ?? '';
  switch (pair.invoke.f) {
    case 'read':
    case 'get':
      return operationOf(pair, { f: 'read', key }, (value) => scalar(value));
    case 'write':
    case 'put':
      return operationOf(pair, { f: 'write', key, value: scalar(pair.invoke.value) }, done);
    case 'cas':
      return operationOf(pair, { f: 'cas', key, ...expectedAndNew(pair) }, done);
    default:
      throw unknownOperation(pair, 'a register', 'read, write and cas');
  }
}

/** The same for a key-value store's client. */
export function keyValueOperation(pair: PairedOperation): Operation<KeyValueInput, KeyValueOutput> {
  const key = pair.invoke.key ?? '';
  switch (pair.invoke.f) {
    case 'get':
    case 'read':
      return operationOf(pair, { f: 'get', key }, (value) => scalar(value));
    case 'put':
    case 'write':
      return operationOf(pair, { f: 'put', key, value: scalar(pair.invoke.value) }, done);
    case 'append':
      return operationOf(pair, { f: 'append', key, value: String(scalar(pair.invoke.value) ?? '') }, done);
    case 'cas':
      return operationOf(pair, { f: 'cas', key, ...expectedAndNew(pair) }, done);
    case 'delete':
      return operationOf(pair, { f: 'delete', key }, (value) => (typeof value === 'boolean' ? value : null));
    default:
      throw unknownOperation(pair, 'a key-value store', 'get, put, append, cas and delete');
  }
}

/** The same for a list's client. */
export function listOperation(pair: PairedOperation): Operation<ListInput, ListOutput> {
  const key = pair.invoke.key ?? '';
  switch (pair.invoke.f) {
    case 'append':
      // An append answers nothing of interest.
      return withoutOutput(operationOf(pair, { f: 'append', key, value: scalar(pair.invoke.value) }, () => []));
    case 'read':
      return operationOf(pair, { f: 'read', key }, (value) => listOf(pair, value, 'list').map(scalar));
    default:
      throw unknownOperation(pair, 'a list', 'read and append');
  }
}

/** The same for a set's client. Jepsen repeats the value in the answer to an add: only true and false tell something. */
export function setOperation(pair: PairedOperation): Operation<SetInput, SetOutput> {
  const key = pair.invoke.key ?? '';
  const value = scalar(pair.invoke.value);
  const changed = (answer: Value) => (typeof answer === 'boolean' && answer !== value ? answer : null);
  switch (pair.invoke.f) {
    case 'add':
    case 'broadcast':
      return operationOf(pair, { f: 'add', key, value }, changed);
    case 'remove':
    case 'delete':
      return operationOf(pair, { f: 'remove', key, value }, changed);
    case 'contains':
      return operationOf(pair, { f: 'contains', key, value }, (answer) => {
        if (typeof answer === 'boolean') return answer;
        throw unreadable(pair.invoke.timeUs, 'contains must answer true or false');
      });
    case 'read':
      return operationOf(pair, { f: 'read', key }, (answer) => listOf(pair, answer, 'set').map(scalar));
    default:
      throw unknownOperation(pair, 'a set', 'add, remove, contains and read');
  }
}

/** The same for a queue's client; nothing dequeued means that the queue was empty. */
export function queueOperation(pair: PairedOperation): Operation<QueueInput, QueueOutput> {
  const key = pair.invoke.key ?? '';
  switch (pair.invoke.f) {
    case 'enqueue':
      return operationOf(pair, { f: 'enqueue', key, value: scalar(pair.invoke.value) }, done);
    case 'dequeue':
      return operationOf(pair, { f: 'dequeue', key }, (value) => scalar(value));
    default:
      throw unknownOperation(pair, 'a queue', 'enqueue, dequeue and drain');
  }
}

/**
 * A drain is as many dequeues as it answered values, all within its time (Knossos expands it likewise). One that gave
 * no answer may have taken any number of values.
 *
 * @throws AssayError `bad-file` for a drain of unknown outcome
 */
export function expandDrain(pair: PairedOperation): readonly PairedOperation[] {
  const { invoke, completion } = pair;
  if (invoke.f !== 'drain') return [pair];
  if (completion?.kind === 'fail') return [];
  if (completion?.kind !== 'ok') {
    throw unreadable(invoke.timeUs, 'a drain of unknown outcome may have taken any number of values');
  }
  return listOf(pair, completion.value ?? null, 'queue').map((value) => ({
    invoke: { ...invoke, f: 'dequeue' },
    completion: { ...completion, f: 'dequeue', value },
  }));
}

/** The same for a stack's client; nothing popped means that the stack was empty. */
export function stackOperation(pair: PairedOperation): Operation<StackInput, StackOutput> {
  const key = pair.invoke.key ?? '';
  switch (pair.invoke.f) {
    case 'push':
      return operationOf(pair, { f: 'push', key, value: scalar(pair.invoke.value) }, done);
    case 'pop':
      return operationOf(pair, { f: 'pop', key }, (value) => scalar(value));
    default:
      throw unknownOperation(pair, 'a stack', 'push and pop');
  }
}

/** The same for a counter's client. The answer to an add is not taken for the sum: Jepsen repeats the value there. */
export function counterOperation(pair: PairedOperation): Operation<CounterInput, CounterOutput> {
  const key = pair.invoke.key ?? '';
  const by = (sign: number): CounterInput => {
    const value = pair.invoke.value ?? 1;
    if (typeof value !== 'number') throw unreadable(pair.invoke.timeUs, 'a counter adds numbers');
    return { f: 'add', key, value: sign * value };
  };
  switch (pair.invoke.f) {
    case 'add':
    case 'increment':
    case 'inc':
      return operationOf(pair, by(1), () => null);
    case 'decrement':
    case 'dec':
      return operationOf(pair, by(-1), () => null);
    case 'read':
      return operationOf(pair, { f: 'read', key }, (value) => {
        if (typeof value === 'number' || value === null) return value;
        throw unreadable(pair.invoke.timeUs, 'a read of a counter must answer a number');
      });
    default:
      throw unknownOperation(pair, 'a counter', 'add, increment, decrement and read');
  }
}

/** The same for a mutex's client. One that was refused did not happen: it says nothing. */
export function mutexOperation(pair: PairedOperation): Operation<MutexInput, MutexOutput> {
  return operationOf(pair, { f: lockFunction(pair, 'a mutex'), key: pair.invoke.key ?? '' }, () => null);
}

/** The same for a client of a lock that has an owner: whom its value names, else the client itself. */
export function lockOperation(pair: PairedOperation): Operation<LockInput, LockOutput> {
  const key = pair.invoke.key ?? '';
  const f = lockFunction(pair, 'a reentrant lock');
  return operationOf(pair, { f, owner: ownerOf(pair), key }, () => null);
}

/** The same where an acquire answers a token, which a release may show: as a number, or as `token` or `fence`. */
export function fencedLockOperation(pair: PairedOperation): Operation<FencedLockInput, FencedLockOutput> {
  const key = pair.invoke.key ?? '';
  const f = lockFunction(pair, 'a fenced lock');
  const owner = ownerOf(pair);
  if (f === 'acquire') return operationOf(pair, { f, owner, key }, (value) => tokenOf(value) ?? true);
  const token = tokenOf(pair.invoke.value);
  return operationOf(pair, { f, owner, key, ...(token !== undefined && { token }) }, () => null);
}

function lockFunction(pair: PairedOperation, object: string): 'acquire' | 'release' {
  switch (pair.invoke.f) {
    case 'acquire':
    case 'lock':
      return 'acquire';
    case 'release':
    case 'unlock':
      return 'release';
    default:
      throw unknownOperation(pair, object, 'acquire and release');
  }
}

/** `{:client "n1-3"}`, `{:owner 3}`, a text; a bare number is a token. */
function ownerOf({ invoke }: PairedOperation): Scalar {
  const { value } = invoke;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return invoke.process;
  const { owner, client } = value as { readonly [key: string]: Value };
  return scalar(owner ?? client ?? invoke.process);
}

/** The fencing token in the answer to an acquire, or in a release. */
export function tokenOf(value: Value | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { token, fence } = value as { readonly [key: string]: Value };
  const found = token ?? fence;
  return typeof found === 'number' ? found : undefined;
}

/** That it took place: a compare-and-set that found another value did not. */
function done(_: Value, mismatch: boolean): boolean {
  return !mismatch;
}

function listOf({ invoke }: PairedOperation, value: Value, object: string): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  if (value === null) return [];
  throw unreadable(invoke.timeUs, `a ${invoke.f} of a ${object} must answer a list`);
}

function withoutOutput<Input, Output>(operation: Operation<Input, Output>): Operation<Input, Output> {
  const { input, call, return: returned } = operation;
  return returned === undefined ? { input, call } : { input, call, return: returned };
}
