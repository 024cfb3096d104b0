export { type CheckTransactionsOptions, checkTransactions } from './check.js';
export { transactions } from './checker.js';
export type { TransactionAnomaly } from './finding.js';
export type { TransactionsResult } from './judge.js';
export { type AnomalyKind, ISOLATION_LEVELS, type IsolationLevel } from './levels.js';
export type { MicroOperation, Transaction, TransactionModel } from './transaction.js';
