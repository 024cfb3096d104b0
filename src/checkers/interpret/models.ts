import type { Value } from '../../history/events.js';
import type { PairedOperation } from '../../history/pairing.js';
import { AssayError } from '../../kernel/errors.js';
import {
  appendList,
  type Balances,
  bank,
  casRegister,
  counter,
  fencedLock,
  fifoQueue,
  keyValue,
  type Model,
  mutex,
  reentrantLock,
  type Scalar,
  set,
  stack,
} from '../../linearizability-checker/index.js';
import { balancesOf, bankOperation } from './bank.js';
import { etcdStore } from './etcd.js';
import {
  counterOperation,
  expandDrain,
  fencedLockOperation,
  keyValueOperation,
  listOperation,
  lockOperation,
  mutexOperation,
  queueOperation,
  registerOperation,
  setOperation,
  stackOperation,
} from './operations.js';
import type { Interpretation } from './reading.js';

/** An object's model, and how pairs of events become its operations. */
export interface Judged<State, Input, Output> {
  readonly model: Model<State, Input, Output>;
  readonly interpret: Interpretation<Input, Output>;
  /** Where one pair can stand for several operations. */
  readonly expand?: (pair: PairedOperation) => readonly PairedOperation[];
  /** Once all operations were interpreted: what a reader of the verdict must know. */
  readonly remarks?: () => readonly string[];
}

/** Something to do with a model whatever its states, inputs and outputs are. */
export type WithModel<Result> = <
  State,
  Input extends { readonly f: string; readonly key?: string },
  Output extends Answer,
>(
  judged: Judged<State, Input, Output>,
) => Result;

/** What operations answer; never `undefined`, which means that nobody knows. */
export type Answer = Scalar | readonly Scalar[] | object;

interface ObjectKind {
  /** For people. */
  readonly what: string;
  /** Other names that the same thing has elsewhere. */
  readonly aliases?: readonly string[];
  /** @throws AssayError `bad-argument` for an initial value that it cannot have */
  judge<Result>(use: WithModel<Result>, initial: Value | undefined): Result;
}

/**
 * What can be judged for linearizability, by name: the command line, the workloads' checkers and the documentation
 * draw on this table.
 */
const OBJECTS = {
  'cas-register': {
    what: 'registers with read, write and compare-and-set',
    aliases: ['register'],
    judge: (use, initial) => use({ model: casRegister(scalarOf(initial)), interpret: registerOperation }),
  },
  'key-value': {
    what: 'a store with get, put, append (to text), compare-and-set and delete',
    aliases: ['kv', 'kv-append', 'lin-kv'],
    judge: (use, initial) => use({ model: keyValue({ initial: scalarOf(initial) }), interpret: keyValueOperation }),
  },
  'append-list': {
    what: 'lists with append and read of the whole',
    judge: (use, initial) => use({ model: startingEmpty(appendList(), initial), interpret: listOperation }),
  },
  set: {
    what: 'sets with add, remove, contains and read of the whole',
    aliases: ['g-set', 'set-full'],
    judge: (use, initial) => use({ model: startingEmpty(set(), initial), interpret: setOperation }),
  },
  'fifo-queue': {
    what: 'first-in-first-out queues with enqueue, dequeue and drain',
    aliases: ['queue'],
    judge: (use, initial) =>
      use({ model: startingEmpty(fifoQueue(), initial), interpret: queueOperation, expand: expandDrain }),
  },
  stack: {
    what: 'stacks with push and pop',
    judge: (use, initial) => use({ model: startingEmpty(stack(), initial), interpret: stackOperation }),
  },
  counter: {
    what: 'counters with add, increment, decrement and read',
    aliases: ['pn-counter', 'g-counter'],
    judge: (use, initial) => use({ model: counter(numberOf(initial)), interpret: counterOperation }),
  },
  mutex: {
    what: 'locks with acquire and release, by whomever',
    aliases: ['lock'],
    judge: (use, initial) => use({ model: startingEmpty(mutex(), initial), interpret: mutexOperation }),
  },
  'reentrant-lock': {
    what: 'locks that their owner may acquire again, and must release as often; the owner is the client',
    judge: (use, initial) => use({ model: startingEmpty(reentrantLock(), initial), interpret: lockOperation }),
  },
  'fenced-lock': {
    what: 'locks whose acquires answer a fencing token that always grows',
    judge: (use, initial) => use({ model: startingEmpty(fencedLock(), initial), interpret: fencedLockOperation }),
  },
  bank: {
    what: 'ledgers of accounts with open, transfer and read of all balances',
    aliases: ['transfer'],
    judge: (use, initial) => use({ model: bank(balancesFrom(initial)), interpret: bankOperation }),
  },
  etcd: {
    what: "etcd's store with ranges, puts, deletes, transactions, leases and revisions",
    judge: (use, initial) => {
      const { model, interpret, remarks } = etcdStore();
      return use({ model: startingEmpty(model, initial), interpret, remarks });
    },
  },
} as const satisfies Readonly<Record<string, ObjectKind>>;

export type ObjectName = keyof typeof OBJECTS;

export const OBJECT_NAMES = Object.keys(OBJECTS) as ObjectName[];

export function describeObject(name: ObjectName): string {
  return OBJECTS[name].what;
}

/** The object of this name, also by a name that it has elsewhere. */
export function objectNamed(name: string): ObjectName | undefined {
  return OBJECT_NAMES.find((each) => {
    const { aliases = [] }: ObjectKind = OBJECTS[each];
    return each === name || aliases.includes(name);
  });
}

/**
 * @param initial what the object holds at first; absent: nothing
 * @throws AssayError `bad-argument` for an initial value that it cannot have
 */
export function judgeAs<Result>(name: ObjectName, initial: Value | undefined, use: WithModel<Result>): Result {
  const kind: ObjectKind = OBJECTS[name];
  return kind.judge(use, initial);
}

function scalarOf(initial: Value | undefined): Scalar {
  if (initial === undefined) return null;
  if (typeof initial === 'object' && initial !== null) {
    throw badInitial(initial, 'it is one value: null, true, a number or a text.');
  }
  return initial;
}

function numberOf(initial: Value | undefined): number {
  if (initial === undefined || initial === null) return 0;
  if (typeof initial !== 'number') throw badInitial(initial, 'a counter begins with a number.');
  return initial;
}

function balancesFrom(initial: Value | undefined): Balances | null {
  if (initial === undefined || initial === null) return null;
  const balances = balancesOf(initial);
  if (balances === undefined)
    throw badInitial(initial, 'a ledger begins with numbers by account: {"a1":100,"a2":100}.');
  return balances;
}

/** Knossos' mutex begins as `false`, lists as `[]`. */
function startingEmpty<T extends { readonly name: string }>(model: T, initial: Value | undefined): T {
  const empty =
    initial === undefined || initial === null || initial === false || initial === '' || isEmptyList(initial);
  if (!empty) throw badInitial(initial, `${model.name} begins empty, or free: leave it out.`);
  return model;
}

function isEmptyList(value: Value): boolean {
  return Array.isArray(value) && value.length === 0;
}

function badInitial(initial: Value, wayOut: string): AssayError {
  return new AssayError('bad-argument', `the first value cannot be ${JSON.stringify(initial)}`, `Here ${wayOut}`);
}
