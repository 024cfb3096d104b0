import type { MonitoredHistory } from '../model.js';

/** An operation that changes nothing and only says which value was not there. */
export interface Observer<Value> {
  readonly op: number;
  readonly forbidden: Value;
}

/**
 * Puts observers into a given linearization, each at a point of its interval where the state is not the forbidden
 * one. Tries the schedule where every operation takes effect as early as it can, then the one where as late.
 * `undefined`: neither holds all; another linearization might.
 *
 * @param valueAfter the state that an operation leaves behind, `undefined` if it changes nothing
 */
export function placeObservers<Value>(
  history: Pick<MonitoredHistory<unknown, unknown>, 'callRank' | 'returnRank'>,
  order: readonly number[],
  observers: readonly Observer<Value>[],
  initial: Value,
  valueAfter: (op: number) => Value | undefined,
): number[] | undefined {
  const { callRank, returnRank } = history;
  const length = order.length;
  // Gap g is before order[g]; its state is states[g], and it lasts from times[g − 1] to times[g].
  const states: Value[] = [initial];
  for (const op of order) {
    const value = valueAfter(op);
    states.push(value === undefined ? (states[states.length - 1] as Value) : value);
  }
  const early = new Int32Array(length);
  for (let index = 0, time = -1; index < length; index++) {
    time = Math.max(time, callRank[order[index] as number] as number);
    early[index] = time;
  }
  const late = new Int32Array(length);
  for (let index = length - 1, time = 0x7fff_ffff; index >= 0; index--) {
    time = Math.min(time, returnRank[order[index] as number] as number);
    late[index] = time;
  }
  return place(early) ?? place(late);

  function place(times: Int32Array): number[] | undefined {
    const inserted = new Map<number, number[]>();
    for (const { op, forbidden } of observers) {
      const called = callRank[op] as number;
      const returned = returnRank[op] as number;
      let gap = firstAtLeast(times, called);
      while (states[gap] === forbidden) {
        if (gap >= length || (times[gap] as number) > returned) return undefined;
        gap++;
      }
      const there = inserted.get(gap);
      if (there) there.push(op);
      else inserted.set(gap, [op]);
    }
    const result: number[] = [];
    for (let gap = 0; gap <= length; gap++) {
      const here = inserted.get(gap);
      if (here)
        for (const op of here.sort((a, b) => (callRank[a] as number) - (callRank[b] as number))) result.push(op);
      if (gap < length) result.push(order[gap] as number);
    }
    return result;
  }
}

/** The first index whose time is at least `time`; the length when there is none. */
function firstAtLeast(times: Int32Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
