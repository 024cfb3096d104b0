import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import { type GraphBuilder, WR, WW } from './graph.js';
import { appender, type ListOrder } from './list-order.js';
import { NOBODY, ODD, type TransactionLog } from './log.js';
import { readersOf } from './states.js';
import { previousWrite, type Touches } from './touches.js';

/**
 * Dependencies of list-append transactions (Kingsbury & Alvaro, VLDB 2020, §4.2 and §5). Elements of aborted
 * transactions and of nobody are stepped over: Adya's version order has committed versions only.
 *
 * - ww: two neighbours in a list; and a committed append that no read shows comes after the longest read.
 * - wr: a list's last element comes from the transaction that its reader depends on.
 * - rw: who read a list comes before the transaction that appended the next element.
 */
export function addListDependencies(
  log: TransactionLog,
  touches: Touches,
  order: ListOrder,
  graph: GraphBuilder,
  pulse: Pulse = unhurried,
): void {
  const unseen = unseenAppends(log, touches, order, pulse);
  const readers = readersOf(log, touches, order.states, pulse);
  let first = 0;
  for (let key = 0; key < log.keys.length; key++) {
    pulse();
    const appenders = appendersOf(log, order, key);
    const length = appenders.length;
    const certain = order.certain[key] as number;
    // Positions of the next element of another transaction; `length` where there is none, or it is not certain.
    const next = new Int32Array(length + 1).fill(length);
    const following = new Int32Array(length + 1).fill(length);
    for (let position = certain - 1; position >= 0; position--) {
      const appended = appenders[position] as number;
      const after = next[position + 1] as number;
      following[position] = after < length && appenders[after] === appended ? (following[after] as number) : after;
      next[position] = appended === NOBODY ? after : position;
      if (appended === NOBODY) continue;
      const successor = following[position] as number;
      if (successor === after && after < length) graph.add(appended, appenders[after] as number, WW, key);
    }
    const last: number[] = [];
    let before = NOBODY;
    for (let state = 0; state <= length; state++) {
      if ((state & LOOK) === LOOK) pulse();
      const from = readers.offsets[first + state] as number;
      const to = readers.offsets[first + state + 1] as number;
      const producer = state === 0 ? NOBODY : (appenders[state - 1] as number);
      if (producer !== NOBODY) before = producer;
      const successor = producer === NOBODY ? (next[state] as number) : (following[state - 1] as number);
      for (let index = from; index < to; index++) {
        const reader = readers.transactions[index] as number;
        if (before !== NOBODY) graph.add(before, reader, WR, key);
        if (state <= certain && successor >= length) last.push(reader);
      }
      if (state > certain || successor >= length) continue;
      const others = readers.transactions.subarray(from, to).filter((reader) => reader !== producer);
      graph.antiDependencies(others, [appenders[successor] as number], key);
    }
    if (certain === length) {
      const appends = unseen[key] ?? [];
      graph.antiDependencies(last, appends, key);
      if (before !== NOBODY) {
        for (const transaction of appends) if (log.isCommitted(transaction)) graph.add(before, transaction, WW, key);
      }
    }
    first += length + 1;
  }
  addOddReads(log, touches, graph, pulse);
}

function appendersOf(log: TransactionLog, { offsets, elements }: ListOrder, key: number): Int32Array {
  const appenders = elements.slice(offsets[key] as number, offsets[key + 1] as number);
  for (let position = 0; position < appenders.length; position++) {
    appenders[position] = appender(log, appenders[position] as number);
  }
  return appenders;
}

/**
 * By key, the transactions with an append that may have happened and that no read shows. Where the longest list
 * ends with an earlier append of the same transaction, its reader read an intermediate state: that is G1b, and no
 * dependency of its own.
 */
function unseenAppends(log: TransactionLog, touches: Touches, { positions }: ListOrder, pulse: Pulse): number[][] {
  const unseen: number[][] = [];
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    if (!log.writesAt(operation)) continue;
    const transaction = touches.transaction[operation] as number;
    const version = log.valueAt(operation);
    if (positions[version] !== -1 || log.validWriter(version) !== transaction) continue;
    const key = log.keyAt(operation);
    const earlier = previousWrite(log, touches, operation);
    if (earlier !== -1 && positions[log.valueAt(earlier)] === log.key(key).longest.length - 1) continue;
    const ofKey = unseen[key];
    if (!ofKey) unseen[key] = [transaction];
    else if (ofKey.at(-1) !== transaction) ofKey.push(transaction);
  }
  return unseen;
}

/** A list that contradicts the longest says whom its reader depends on, but not what came next. */
function addOddReads(log: TransactionLog, touches: Touches, graph: GraphBuilder, pulse: Pulse): void {
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    if (log.writesAt(operation) || log.valueAt(operation) > ODD) continue;
    const key = log.keyAt(operation);
    const { list } = log.listAt(operation);
    const version = log.key(key).versions.get(list.at(-1) ?? null) ?? NOBODY;
    const writer = appender(log, version);
    if (writer !== NOBODY) graph.add(writer, touches.transaction[operation] as number, WR, key);
  }
}
