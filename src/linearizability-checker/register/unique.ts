import { type MonitorResult, NEVER } from '../model.js';
import { placeObservers } from '../monitors/place-observers.js';
import { CAS, NOT, NOTHING, READ, type RegisterHistory, WRITE } from './view.js';
import { type Chain, type Cluster, type ZoneConflict, ZoneTracker } from './zones.js';

export const UNIQUE_WRITES = 'unique-writes monitor';

/**
 * Decides a register whose values can be told apart: none is written again while it can still be read. O(n · c) for c
 * clients. `undefined` when a value is, or when observers (failed compare-and-sets) find no place in the linearization
 * found: another might have one.
 *
 * @see ZoneTracker
 */
export function uniqueWritesMonitor(history: RegisterHistory, pulse: () => void): MonitorResult | undefined {
  const { size, kinds, values, expected, callRank, returnRank } = history;
  const events = eventsOf(history);
  const earlierRead = new Int32Array(size);
  const chains: Chain[] = [];
  const tracker = new ZoneTracker({ earlierRead, ended: (chain) => chains.push(chain) });
  const returned = new Uint8Array(size);
  const observers: number[] = [];
  let earliestOpen = 0;
  let openObservers = 0;

  for (let rank = 0; rank < events.length; rank++) {
    const event = events[rank] as number;
    if (event === 0) continue;
    if ((rank & 0x3fff) === 0) pulse();
    if (event > 0) {
      const op = event - 1;
      const kind = kinds[op];
      if (kind === WRITE || kind === CAS) {
        const replaces = kind === CAS ? (expected[op] as number) : -1;
        if (!tracker.callWrite(op, values[op] as number, replaces, rank)) return undefined;
      } else if (kind === NOT) openObservers++;
      continue;
    }
    const op = -1 - event;
    returned[op] = 1;
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
        openObservers--;
        observers.push(op);
        break;
    }
    if (conflict) {
      return {
        verdict: 'illegal',
        algorithm: UNIQUE_WRITES,
        core: conflict.operations,
        // Failed compare-and-sets are judged last; and of one that is running nobody knows yet that it will fail.
        ...(openObservers === 0 && observers.length === 0 && { failedAt: rank }),
      };
    }
    for (; earliestOpen < rank; earliestOpen++) {
      const open = events[earliestOpen] as number;
      if (open > 0 && returned[open - 1] === 0 && returnRank[open - 1] !== NEVER) break;
    }
    tracker.collect(earliestOpen);
  }
  tracker.finish();

  const order = inOrder(chains, earlierRead, size);
  if (observers.length === 0) return { verdict: 'legal', algorithm: UNIQUE_WRITES, order };
  const complete = placeObservers(
    history,
    order,
    observers.map((op) => ({ op, forbidden: values[op] as number })),
    0,
    (op) => (kinds[op] === READ ? undefined : (values[op] as number)),
  );
  return complete && { verdict: 'legal', algorithm: UNIQUE_WRITES, order: complete };
}

/** By rank: 1 + op where it was called, −1 − op where it returned, 0 where nothing of interest happened. */
function eventsOf({ size, kinds, callRank, returnRank }: RegisterHistory): Int32Array {
  let last = -1;
  for (let op = 0; op < size; op++) {
    if (returnRank[op] !== NEVER) last = Math.max(last, returnRank[op] as number);
    last = Math.max(last, callRank[op] as number);
  }
  const events = new Int32Array(last + 1);
  for (let op = 0; op < size; op++) {
    if (kinds[op] === NOTHING) continue;
    events[callRank[op] as number] = 1 + op;
    if (returnRank[op] !== NEVER) events[returnRank[op] as number] = -1 - op;
  }
  return events;
}

/**
 * A linearization: forward zones (from < to) are disjoint and come in their order; a backward one shrinks to a point
 * outside of them.
 */
function inOrder(chains: readonly Chain[], earlierRead: Int32Array, size: number): number[] {
  const forward = sortedBy(
    chains.filter((chain) => chain.from < chain.to),
    (chain) => chain.from,
  );
  const backward = sortedBy(
    chains.filter((chain) => chain.from >= chain.to),
    (chain) => (isInitial(chain) ? -1 : chain.to),
  );
  const order: number[] = [];
  order.length = size;
  let filled = 0;
  const reads: number[] = [];
  const emit = (chain: Chain) => {
    for (let cluster: Cluster | undefined = chain.first; cluster; cluster = cluster.next) {
      if (cluster.writer >= 0) order[filled++] = cluster.writer;
      reads.length = 0;
      for (let read = cluster.lastRead; read >= 0; read = earlierRead[read] as number) reads.push(read);
      // They were added in the order of their returns; so put, no one of them contradicts another's clock.
      for (let index = reads.length - 1; index >= 0; index--) order[filled++] = reads[index] as number;
    }
  };
  let next = 0;
  for (const zone of forward) {
    // A backward zone that reaches into this one's time, but not beyond its start, goes before it; else after.
    while (next < backward.length && goesBefore(backward[next] as Chain, zone)) emit(backward[next++] as Chain);
    emit(zone);
  }
  while (next < backward.length) emit(backward[next++] as Chain);
  order.length = filled;
  return order;
}

function goesBefore(backward: Chain, forward: Chain): boolean {
  return isInitial(backward) || backward.to < forward.from;
}

function isInitial(chain: Chain): boolean {
  return chain.first.writer < 0;
}

/** Insertion sort: the chains end nearly in order. Many that do not are left to the library's sort. */
function sortedBy(chains: Chain[], key: (chain: Chain) => number): Chain[] {
  const patience = 64 * chains.length;
  let moves = 0;
  for (let index = 1; index < chains.length; index++) {
    const chain = chains[index] as Chain;
    const place = key(chain);
    let at = index;
    while (at > 0 && key(chains[at - 1] as Chain) > place) {
      chains[at] = chains[at - 1] as Chain;
      at--;
      moves++;
    }
    chains[at] = chain;
    if (moves > patience) return chains.sort((left, right) => key(left) - key(right));
  }
  return chains;
}
