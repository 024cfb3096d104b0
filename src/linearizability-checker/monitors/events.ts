import { LOOK, type Pulse, unhurried } from '../deadline.js';
import { NEVER, type RankedHistory } from '../model.js';

/** Calls and returns in time order; the call of operation `op` is `2 * op`, its return `2 * op + 1`. */
export function eventsInOrder(
  history: Pick<RankedHistory<unknown, unknown>, 'size' | 'callRank' | 'returnRank'>,
  pulse: Pulse = unhurried,
): Int32Array {
  const { size, callRank, returnRank } = history;
  let count = 0;
  let lastRank = -1;
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) pulse();
    const returned = returnRank[op] as number;
    lastRank = Math.max(lastRank, callRank[op] as number, returned === NEVER ? -1 : returned);
    count += returned === NEVER ? 1 : 2;
  }
  const events = new Int32Array(count);
  // Ranks have no gaps but where operations were taken out: then a place for each would be a waste.
  const dense = lastRank < 4 * count + 1024;
  const byRank = dense ? new Int32Array(lastRank + 1).fill(-1) : undefined;
  let next = 0;
  const put = (rank: number, event: number) => {
    if (byRank) byRank[rank] = event;
    else events[next++] = event;
  };
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) pulse();
    put(callRank[op] as number, 2 * op);
    if (returnRank[op] !== NEVER) put(returnRank[op] as number, 2 * op + 1);
  }
  if (byRank) {
    for (let rank = 0; rank <= lastRank; rank++) {
      if ((rank & LOOK) === 0) pulse();
      if (byRank[rank] !== -1) events[next++] = byRank[rank] as number;
    }
    return events;
  }
  const rankOf = (event: number) => (event & 1 ? returnRank : callRank)[event >> 1] as number;
  return events.sort((left, right) => rankOf(left) - rankOf(right));
}
