import type { ProcessId, Value } from '../../history/events.js';
import type { Micros } from '../../kernel/units.js';

/** What the keys hold: lists that grow by appends, or registers that are overwritten. Both begin as null. */
export type TransactionModel = 'list-append' | 'rw-register';

/**
 * One step of a transaction, as Elle writes it: `["append", key, element]` and `["r", key, [element, …]]` for lists,
 * `["w", key, value]` and `["r", key, value]` for registers. A read that found nothing has null.
 */
export type MicroOperation = readonly [f: string, key: Value, value: Value];

export interface Transaction {
  readonly process: ProcessId;
  /** In the order of execution; of a transaction that did not end `ok`, what was asked. */
  readonly operations: readonly MicroOperation[];
  /** Committed; surely aborted; nobody knows. */
  readonly outcome: 'ok' | 'fail' | 'info';
  readonly invokeUs: Micros;
  /** When the client learnt the outcome; absent where it never did. Only that of an `ok` says anything. */
  readonly completeUs?: Micros;
}
