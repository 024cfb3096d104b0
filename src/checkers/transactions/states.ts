import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import type { TransactionLog } from './log.js';
import type { Touches } from './touches.js';

/** The states that reads can find, numbered over all keys. */
export interface States {
  readonly count: number;
  /** The state that this read found, or -1 where that is unknown or says nothing. */
  readonly foundBy: (operation: number) => number;
}

/** Transactions that read each state: of state s, from `offsets[s]` to `offsets[s + 1]`. */
export interface Readers {
  readonly offsets: Int32Array;
  readonly transactions: Int32Array;
}

export function readersOf(log: TransactionLog, touches: Touches, states: States, pulse: Pulse = unhurried): Readers {
  const offsets = new Int32Array(states.count + 1);
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    const state = log.writesAt(operation) ? -1 : states.foundBy(operation);
    if (state >= 0) (offsets[state + 1] as number)++;
  }
  for (let state = 0; state < states.count; state++) (offsets[state + 1] as number) += offsets[state] as number;
  const next = offsets.slice(0, states.count);
  const transactions = new Int32Array(offsets[states.count] as number);
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    const state = log.writesAt(operation) ? -1 : states.foundBy(operation);
    if (state >= 0) transactions[(next[state] as number)++] = touches.transaction[operation] as number;
  }
  return { offsets, transactions };
}
