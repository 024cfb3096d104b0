export { type CheckTransactionsOptions, checkTransactions } from './check.js';
export { transactions } from './checker.js';
export type { AnomalyKind, IsolationLevel } from './levels.js';
export type { MicroOperation, Transaction, TransactionModel } from './transaction.js';
