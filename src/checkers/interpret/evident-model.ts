import type { RunEvent, Value } from '../../history/events.js';
import type { TransactionModel } from '../transactions/transaction.js';
import type { ObjectName } from './models.js';
import { tokenOf } from './operations.js';

/** What a history can be judged as. */
export type ModelName = ObjectName | TransactionModel;

/** What the first operations of a history say about its model. */
export interface ModelEvidence {
  /** The only model that fits, if there is one. */
  readonly model?: ModelName;
  /** What its objects seem to hold at first, where an answer shows it. */
  readonly initial?: Value;
  /** Why none is evident, or what speaks for the one found. */
  readonly because: string;
  /** The operations that were seen. */
  readonly functions: readonly string[];
}

interface Seen {
  readonly functions: ReadonlySet<string>;
  /** Answers to reads and gets. */
  readonly reads: readonly Value[];
  /** Of microtransactions. */
  readonly steps: ReadonlySet<string>;
  readonly valuesRead: readonly Value[];
  /** Answers to acquires. */
  readonly tokens: boolean;
  /** A number was added more than once, as nobody does to a set that only grows. */
  readonly repeatedSums: boolean;
}

/**
 * The model of a history, from the names of its operations and the shapes of their answers; none where several would
 * fit, or none does. Registers are taken where there are only reads of single values.
 */
export function evidentModel(events: Iterable<RunEvent>): ModelEvidence {
  const seen = look(events);
  return { ...decide(seen), functions: [...seen.functions].sort() };
}

function decide(seen: Seen): Omit<ModelEvidence, 'functions'> {
  const { functions, reads } = seen;
  const has = (...names: string[]) => names.some((name) => functions.has(name));
  const only = (...names: string[]) => [...functions].every((name) => names.includes(name));
  const lists = reads.some(Array.isArray);
  const numbers = reads.some((value) => typeof value === 'number');
  if (functions.size === 0) return { because: 'there is no operation' };
  if (only('txn')) return ofTransactions(seen);
  if (only('range', 'txn', 'leaseGrant', 'leaseRevoke', 'defragment', 'compact') && !has('read')) {
    return { model: 'etcd', because: "the requests are etcd's" };
  }
  if (only('acquire', 'release', 'lock', 'unlock')) {
    if (seen.tokens) return { model: 'fenced-lock', because: 'acquires answer numbers: fencing tokens' };
    return { model: 'mutex', because: 'locks that say no owner' };
  }
  if (only('enqueue', 'dequeue', 'drain')) return { model: 'fifo-queue', because: 'enqueue and dequeue' };
  if (only('push', 'pop')) return { model: 'stack', because: 'push and pop' };
  if (only('increment', 'inc', 'decrement', 'dec', 'read') && !only('read')) {
    return { model: 'counter', because: 'increments' };
  }
  if (only('add', 'remove', 'contains', 'read') && has('add', 'remove', 'contains')) {
    if (has('remove', 'contains') || lists) return { model: 'set', because: 'values are added, and all are read' };
    if (numbers) return { model: 'counter', because: 'numbers are added, and one is read' };
    if (seen.repeatedSums) return { model: 'counter', because: 'the same number is added again and again' };
    return { because: 'additions may be to a set or to a counter, and no read that was answered tells which' };
  }
  if (has('append') && only('append', 'read', 'get', 'put', 'delete', 'cas', 'write')) {
    if (!has('get', 'put', 'delete', 'cas', 'write') && (lists || !reads.some((value) => typeof value === 'string'))) {
      return { model: 'append-list', because: 'values are appended, and lists are read' };
    }
    return { model: 'key-value', because: 'texts are appended', ...emptyText(reads) };
  }
  if (only('get', 'put', 'delete', 'cas') || (has('delete') && only('read', 'write', 'cas', 'delete'))) {
    return { model: 'key-value', because: 'get and put', ...emptyText(reads) };
  }
  if (has('open') && only('open', 'transfer', 'read')) {
    return { model: 'bank', because: 'ledgers are opened, and money is transferred' };
  }
  if (only('read', 'write', 'cas')) {
    if (lists && !has('write', 'cas')) return { because: 'lists are read, and nothing says how they came about' };
    return { model: 'cas-register', because: 'read and write' };
  }
  return { because: WITHOUT_MODEL.find(([name]) => functions.has(name))?.[1] ?? 'no model has all these operations' };
}

/** Workloads of Jepsen and Maelstrom that are known, and why they are not judged by themselves. */
const WITHOUT_MODEL: readonly (readonly [f: string, because: string])[] = [
  [
    'transfer',
    'transfers do not say what the accounts held at first: --model bank --initial \'{"a1":100,"a2":100}\' does',
  ],
  ['generate', 'unique ids have no model: they need no order, only to be different'],
  ['broadcast', 'a broadcast promises no linearizable set; --model set asks whether it is one all the same'],
  ['send', "a log's send and poll (kafka) have no model"],
  ['poll', "a log's send and poll (kafka) have no model"],
];

function ofTransactions({ steps, valuesRead }: Seen): Omit<ModelEvidence, 'functions'> {
  if (steps.has('append') && steps.has('w')) return { because: 'transactions both append and write' };
  if (steps.has('append')) return { model: 'list-append', because: 'transactions append' };
  if (steps.has('w')) return { model: 'rw-register', because: 'transactions write' };
  if (valuesRead.some(Array.isArray)) return { model: 'list-append', because: 'transactions read lists' };
  return { because: 'transactions only read' };
}

/** Who reads an empty text from a store that was never written has stores of texts: Porcupine's begin so. */
function emptyText(reads: readonly Value[]): { readonly initial?: Value } {
  return reads.includes('') && !reads.includes(null) ? { initial: '' } : {};
}

function look(events: Iterable<RunEvent>): Seen {
  const functions = new Set<string>();
  const reads: Value[] = [];
  const steps = new Set<string>();
  const valuesRead: Value[] = [];
  let tokens = false;
  const added = new Set<Value | undefined>();
  let repeatedSums = false;
  for (const event of events) {
    if (event.kind !== 'invoke' && event.kind !== 'ok') continue;
    functions.add(event.f);
    const { value } = event;
    if (event.f === 'txn' && Array.isArray(value)) {
      for (const step of value as readonly Value[]) {
        if (!Array.isArray(step)) continue;
        steps.add(String(step[0]));
        if (step[0] === 'r') valuesRead.push((step[2] ?? null) as Value);
      }
    }
    if (event.kind === 'invoke') {
      if (event.f === 'add') {
        repeatedSums ||= typeof value === 'number' && added.has(value);
        added.add(value);
      }
      continue;
    }
    if (event.f === 'read' || event.f === 'get') reads.push(value ?? null);
    if (event.f === 'acquire' || event.f === 'lock') tokens ||= tokenOf(value) !== undefined;
  }
  return { functions, reads, steps, valuesRead, tokens, repeatedSums };
}
