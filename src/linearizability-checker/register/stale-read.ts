import { LOOK, type Pulse, unhurried } from '../deadline.js';
import { NEVER } from '../model.js';
import { CAS, eventsByRank, NOT, READ, type RegisterHistory, WRITE } from './view.js';

/** An operation found a value that nobody wrote, or one that was surely gone. */
export interface StaleRead {
  readonly op: number;
  /**
   * It found or wrote something else, after every operation that can have written the value had returned, and returned
   * before `op` was called. Absent: nobody wrote the value.
   */
  readonly witness?: number;
}

/**
 * Finds, in linear time, an operation whose answer contradicts one other: enough for most of what goes wrong in
 * practice, however many clients there are and however few values. `undefined` proves nothing.
 */
export function findStaleRead(history: RegisterHistory, pulse: Pulse = unhurried): StaleRead | undefined {
  const { kinds, values, expected, callRank, returnRank, valueCount } = history;
  const events = eventsByRank(history, pulse);
  const end = events.length;

  // From each rank on: of the operations called later, the first to return, and the first that shows another value.
  const first = new Int32Array(end + 1).fill(-1);
  const second = new Int32Array(end + 1).fill(-1);
  const returned = (op: number) => (op < 0 ? NEVER : (returnRank[op] as number));
  for (let rank = end - 1; rank >= 0; rank--) {
    if ((rank & LOOK) === 0) pulse();
    let best = first[rank + 1] as number;
    let other = second[rank + 1] as number;
    const op = (events[rank] as number) - 1;
    if (op >= 0 && kinds[op] !== NOT && returnRank[op] !== NEVER) {
      if (returned(op) < returned(best)) {
        if (best >= 0 && values[best] !== values[op]) other = best;
        best = op;
      } else if (values[op] !== values[best] && returned(op) < returned(other)) other = op;
    }
    first[rank] = best;
    second[rank] = other;
  }

  // By value: when the last of its writers so far returns. The initial value needs none.
  const lastReturn = new Int32Array(valueCount).fill(-2);
  lastReturn[0] = -1;
  for (let rank = 0; rank < end; rank++) {
    if ((rank & LOOK) === 0) pulse();
    const event = events[rank] as number;
    if (event > 0) {
      const op = event - 1;
      if (kinds[op] !== WRITE && kinds[op] !== CAS) continue;
      const value = values[op] as number;
      lastReturn[value] = Math.max(lastReturn[value] as number, returnRank[op] as number);
    } else if (event < 0) {
      const op = -1 - event;
      if (kinds[op] !== READ && kinds[op] !== CAS) continue;
      const value = (kinds[op] === READ ? values[op] : expected[op]) as number;
      const over = lastReturn[value] as number;
      if (over === -2) return { op };
      if (over >= (callRank[op] as number)) continue;
      const candidate = first[over + 1] as number;
      const witness = candidate >= 0 && values[candidate] === value ? (second[over + 1] as number) : candidate;
      if (returned(witness) < (callRank[op] as number)) return { op, witness };
    }
  }
  return undefined;
}
