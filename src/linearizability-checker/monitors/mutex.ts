import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { MutexInput, MutexOutput } from '../models/mutex.js';
import { decideTwoState } from './two-state.js';
import { FLIPS, MAY_SET, REFUSED } from './two-state-kinds.js';

const ALGORITHM = 'mutex monitor';

/** Decides mutexes, always, in O(n log n) for a given number of clients: see {@link decideTwoState}. */
export function mutexMonitor(history: MonitoredHistory<MutexInput, MutexOutput>): MonitorResult | undefined {
  const { size, inputs, outputs, returnRank } = history;
  const kinds = new Uint8Array(size);
  for (let op = 0; op < size; op++) {
    const held = (inputs[op] as MutexInput).f === 'acquire' ? 1 : 0;
    const role = returnRank[op] === NEVER ? MAY_SET : outputs[op] === false ? REFUSED : FLIPS;
    kinds[op] = role | held;
  }
  const decision = decideTwoState({ ...history, kinds, objects: new Int32Array(size), objectCount: 1 });
  return decision && { ...decision, algorithm: ALGORITHM };
}
