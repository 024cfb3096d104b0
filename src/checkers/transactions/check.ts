import { deadlineOf, type JudgeOptions, judge, type TransactionsResult } from './judge.js';
import { TransactionLog } from './log.js';
import type { Transaction, TransactionModel } from './transaction.js';

/** How often the clock is looked at while the log is written, less one: a transaction may be long. */
const EVERY = 0x7f;

export interface CheckTransactionsOptions extends JudgeOptions {
  readonly model: TransactionModel;
}

/**
 * Which isolation levels the transactions' reads exclude, and why: Elle (Kingsbury & Alvaro, VLDB 2020) in time and
 * memory linear in the history. Values must be unique among the writes of their key. Whatever it reports did happen;
 * that it reports nothing proves no level.
 *
 * @throws AssayError `bad-file` when a micro-operation is none of the model's
 *
 * @example
 * const writer = { process: 1, outcome: 'ok', operations: [['append', 'x', 1]], invokeUs: 0, completeUs: 10 } as const;
 * const reader = { process: 2, outcome: 'ok', operations: [['r', 'x', null]], invokeUs: 20, completeUs: 30 } as const;
 * checkTransactions([writer, reader], { model: 'list-append' }).excluded; // ['strict-serializable']
 */
export function checkTransactions(
  transactions: Iterable<Transaction>,
  options: CheckTransactionsOptions,
): TransactionsResult {
  const deadline = deadlineOf(options);
  const log = new TransactionLog(options.model);
  let count = 0;
  for (const transaction of transactions) {
    // Nothing is judged then: what is missing could explain what is there.
    if ((++count & EVERY) === 0 && deadline.passed()) break;
    log.add(transaction);
  }
  return judge(log, options, deadline);
}
