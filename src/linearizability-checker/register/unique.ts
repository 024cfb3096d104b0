import { LOOK, type Pulse } from '../deadline.js';
import { type MonitorResult, NEVER } from '../model.js';
import { placeObservers } from '../monitors/place-observers.js';
import { CAS, eventsByRank, NOT, READ, type RegisterHistory, WRITE } from './view.js';
import { type ZoneConflict, ZoneTracker } from './zones.js';

export const UNIQUE_WRITES = 'unique-writes monitor';

/**
 * Decides a register whose values can be told apart: none is written again while it can still be read. O(n · c) for c
 * clients. `undefined` when a value is, or when observers (failed compare-and-sets) find no place in the linearization
 * found: another might have one.
 *
 * @see ZoneTracker
 */
export function uniqueWritesMonitor(history: RegisterHistory, pulse: Pulse): MonitorResult | undefined {
  const { size, kinds, values, expected, callRank, returnRank, refused, valueCount } = history;
  const events = eventsByRank(history, pulse);
  pulse();
  const earlierRead = new Int32Array(size);
  const tracker = new ZoneTracker({ capacity: valueCount, earlierRead, pulse });
  const returned = new Uint8Array(size);
  const observers: number[] = [];
  let earliestOpen = 0;
  let openRefused = 0;

  for (let rank = 0; rank < events.length; rank++) {
    const event = events[rank] as number;
    if ((rank & LOOK) === 0) pulse();
    if (event === 0) continue;
    if (event > 0) {
      const op = event - 1;
      const kind = kinds[op];
      if (kind === WRITE || kind === CAS) {
        const replaces = kind === CAS ? (expected[op] as number) : -1;
        if (!tracker.callWrite(op, values[op] as number, replaces, rank)) return undefined;
      } else openRefused += refused[op] as number;
      continue;
    }
    const op = -1 - event;
    returned[op] = 1;
    openRefused -= refused[op] as number;
    const call = callRank[op] as number;
    const value = values[op] as number;
    let conflict: ZoneConflict | undefined;
    switch (kinds[op]) {
      case READ:
        conflict = tracker.returnRead(op, value, call, rank);
        break;
      case WRITE:
      case CAS:
        conflict = tracker.returnWrite(op, value, call, rank);
        break;
      case NOT:
        observers.push(op);
        break;
    }
    if (conflict) {
      return {
        verdict: 'illegal',
        algorithm: UNIQUE_WRITES,
        core: conflict.operations,
        // Failed compare-and-sets are judged last; and of an update that is running nobody knows that it will be refused.
        ...(openRefused === 0 && observers.length === 0 && { failedAt: rank }),
      };
    }
    for (; earliestOpen < rank; earliestOpen++) {
      const open = events[earliestOpen] as number;
      if (open > 0 && returned[open - 1] === 0 && returnRank[open - 1] !== NEVER) break;
    }
    tracker.collect(earliestOpen);
  }

  const order = tracker.linearization(size, pulse);
  if (observers.length === 0) return { verdict: 'legal', algorithm: UNIQUE_WRITES, order };
  const complete = placeObservers(
    history,
    order,
    observers.map((op) => ({ op, forbidden: values[op] as number })),
    {
      initial: 0,
      // What a read found was there already.
      valueAfter: (op) => values[op] as number,
      pinned: (op) => kinds[op] === CAS,
    },
    pulse,
  );
  return complete && { verdict: 'legal', algorithm: UNIQUE_WRITES, order: complete };
}
