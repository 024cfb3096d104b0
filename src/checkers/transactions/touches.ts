import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import type { TransactionLog } from './log.js';

/** How the micro-operations of each transaction follow one another on a key. */
export interface Touches {
  /** The transaction's previous micro-operation on the same key, or -1: then a read is external. */
  readonly previous: Int32Array;
  /** 1 for a transaction's last write of a key: what it installs (Adya 1999, §3.1). */
  readonly final: Uint8Array;
  /** Which transaction each micro-operation belongs to. */
  readonly transaction: Int32Array;
}

export function touchesOf(log: TransactionLog, pulse: Pulse = unhurried): Touches {
  const previous = new Int32Array(log.operations).fill(-1);
  const final = new Uint8Array(log.operations);
  const transactionOf = new Int32Array(log.operations);
  const last = new Int32Array(log.keys.length).fill(-1);
  for (let transaction = 0; transaction < log.transactions; transaction++) {
    if ((transaction & LOOK) === 0) pulse();
    const start = log.start(transaction);
    const end = log.start(transaction + 1);
    for (let operation = start; operation < end; operation++) {
      const key = log.keyAt(operation);
      transactionOf[operation] = transaction;
      const before = last[key] as number;
      if (before >= start) previous[operation] = before;
      last[key] = operation;
    }
    // Backwards, with the same array as a mark below every start: the first write met is the last.
    for (let operation = end - 1; operation >= start; operation--) {
      const key = log.keyAt(operation);
      if (!log.writesAt(operation) || last[key] === -1) continue;
      final[operation] = 1;
      last[key] = -1;
    }
  }
  return { previous, final, transaction: transactionOf };
}

/** The transaction's write of the key before this operation, or -1. */
export function previousWrite(log: TransactionLog, touches: Touches, operation: number): number {
  let before = touches.previous[operation] as number;
  while (before !== -1 && !log.writesAt(before)) before = touches.previous[before] as number;
  return before;
}
