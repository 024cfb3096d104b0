import type { MicroOperation, Transaction } from '../../../../src/checkers/transactions/index.js';

type Steps = readonly MicroOperation[];

/** Times in milliseconds. */
export const ok = (process: number, fromMs: number, toMs: number, ...operations: Steps): Transaction => ({
  process,
  operations,
  outcome: 'ok',
  invokeUs: fromMs * 1000,
  completeUs: toMs * 1000,
});
export const fail = (process: number, fromMs: number, toMs: number, ...operations: Steps): Transaction => ({
  ...ok(process, fromMs, toMs, ...operations),
  outcome: 'fail',
});
export const info = (process: number, fromMs: number, ...operations: Steps): Transaction => ({
  process,
  operations,
  outcome: 'info',
  invokeUs: fromMs * 1000,
});

export const append = (key: string, value: number): MicroOperation => ['append', key, value];
export const read = (key: string, ...list: number[]): MicroOperation => ['r', key, list];
export const write = (key: string, value: number): MicroOperation => ['w', key, value];
export const get = (key: string, value: number | null): MicroOperation => ['r', key, value];
