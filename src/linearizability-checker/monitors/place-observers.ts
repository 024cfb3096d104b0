import { LOOK, type Pulse } from '../deadline.js';
import type { RankedHistory } from '../model.js';

/** An operation that changes nothing and only says which value was not there. */
export interface Observer<Value> {
  readonly op: number;
  readonly forbidden: Value;
}

/** What the operations of a linearization do to the state. */
export interface Updates<Value> {
  readonly initial: Value;
  /** The state that an operation leaves behind. */
  valueAfter(op: number): Value;
  /** Whether it must stay right behind what wrote the state before, as a compare-and-set. */
  pinned(op: number): boolean;
}

/**
 * Puts observers into a given linearization, each at a point of its interval where the state is not the forbidden
 * one. `undefined`: found no such places; another order of the updates might have some.
 *
 * The states follow one another in segments, and segment k begins at a time t(k) between the latest call before it and
 * the earliest return after it. An observer of a segment's value, from c to r, wants t(k) ≥ c or t(k + 1) ≤ r. So start
 * with the earliest times; wherever t(k + 1) > r already, t(k) ≥ c is forced. These are Horn clauses: what is forced
 * in this way, and nothing else, is necessary for this order of the segments.
 *
 * Where segment k cannot begin so late, something else must come between it and r: a segment that now comes before it,
 * but need not, trades places with it.
 */
export function placeObservers<Value>(
  history: Pick<RankedHistory<unknown, unknown>, 'callRank' | 'returnRank'>,
  linearization: readonly number[],
  observers: readonly Observer<Value>[],
  updates: Updates<Value>,
  pulse: Pulse,
): number[] | undefined {
  const { callRank, returnRank } = history;
  const segments = new Segments(history, linearization, updates, pulse);
  const forbidden = new Set(observers.map((observer) => observer.forbidden));
  const places = new Int32Array(observers.length);
  let trades = 4 * observers.length + 16;
  for (let moved = true; moved; ) {
    moved = false;
    pulse();
    for (let index = 0; index < observers.length; index++) {
      if ((index & LOOK) === LOOK) pulse();
      const observer = observers[index] as Observer<Value>;
      const called = callRank[observer.op] as number;
      places[index] = segments.placeOf(observer);
      if (places[index] !== -1) continue;
      if (!segments.postpone(called)) {
        const returned = returnRank[observer.op] as number;
        if (--trades < 0 || !segments.trade(called, returned, forbidden)) return undefined;
      }
      moved = true;
    }
  }
  return merge(segments.order, observers, places, callRank, pulse);
}

/** How many segments away to look for a segment to trade places with. */
const TRADE_WITHIN = 64;

class Segments<Value> {
  readonly order: Int32Array;
  /** When each operation of the order takes effect, and when it must have done so at the latest. */
  private readonly times: Int32Array;
  private readonly limits: Int32Array;
  /** Segment k begins with order[begins[k]]; the first one was always there. */
  private readonly begins: number[] = [-1];
  private readonly values: Value[];

  constructor(
    private readonly history: Pick<RankedHistory<unknown, unknown>, 'callRank' | 'returnRank'>,
    linearization: readonly number[],
    private readonly updates: Updates<Value>,
    private readonly pulse: Pulse,
  ) {
    this.order = Int32Array.from(linearization);
    this.times = new Int32Array(this.order.length);
    this.limits = new Int32Array(this.order.length);
    this.values = [updates.initial];
    this.schedule(0, this.order.length);
    for (let index = 0; index < this.order.length; index++) {
      if ((index & LOOK) === 0) pulse();
      const value = updates.valueAfter(this.order[index] as number);
      if (value === this.values[this.values.length - 1]) continue;
      this.begins.push(index);
      this.values.push(value);
    }
  }

  /** The place in the order before which an observer can stand; −1: there is none at these times. */
  placeOf({ op, forbidden }: Observer<Value>): number {
    const place = firstAtLeast(this.times, this.history.callRank[op] as number);
    const segment = this.segmentBefore(place);
    if (this.values[segment] !== forbidden) return place;
    const next = this.begins[segment + 1];
    if (next === undefined || (this.times[next] as number) > (this.history.returnRank[op] as number)) return -1;
    return next + 1;
  }

  /** Lets the segment that lasts at this time begin no earlier than then. False: it must have begun before. */
  postpone(time: number): boolean {
    const begin = this.begins[this.segmentAt(time)] as number;
    if (begin < 0 || (this.limits[begin] as number) < time) return false;
    for (let at = begin; at < this.times.length && (this.times[at] as number) < time; at++) this.times[at] = time;
    return true;
  }

  /**
   * Has another segment, with all that is pinned to it, begin between the one that lasts at `from` and `to`. Rather a
   * later one, which then comes right behind; else an earlier one, the nearest that no clock and no pin keeps from it,
   * rather one that nobody observes.
   */
  trade(from: number, to: number, observed: ReadonlySet<Value>): boolean {
    const segment = this.segmentAt(from);
    if (this.isPinned(segment + 1)) return false;
    return this.bringForward(segment, to) || this.putBack(segment, observed);
  }

  private bringForward(segment: number, until: number): boolean {
    const { begins, order, history } = this;
    let earliestReturn = 0x7fff_ffff;
    const end = Math.min(begins.length, segment + TRADE_WITHIN);
    for (let first = segment + 1; first < end; ) {
      let last = first;
      while (this.isPinned(last + 1)) last++;
      const block = this.bounds(first, last);
      const writer = order[begins[first] as number] as number;
      if ((history.callRank[writer] as number) <= until && block.latestCall < earliestReturn && first > segment + 1) {
        return this.moveBehind(segment + 1, first - 1, last);
      }
      earliestReturn = Math.min(earliestReturn, block.earliestReturn);
      first = last + 1;
    }
    return false;
  }

  private putBack(segment: number, observed: ReadonlySet<Value>): boolean {
    const start = this.firstOfBlock(segment);
    let latestCall = this.bounds(start, segment).latestCall;
    let chosen: readonly [first: number, last: number] | undefined;
    for (let last = start - 1; start - last <= TRADE_WITHIN; ) {
      const first = this.firstOfBlock(last);
      if (first < 1) break;
      const block = this.bounds(first, last);
      if (block.earliestReturn > latestCall) {
        const free = !observed.has(this.values[last] as Value);
        if (free || chosen === undefined) chosen = [first, last];
        if (free) break;
      }
      latestCall = Math.max(latestCall, block.latestCall);
      last = first - 1;
    }
    return chosen !== undefined && this.moveBehind(chosen[0], chosen[1], segment);
  }

  /**
   * Puts the segments from `first` to `last` right behind the segment `target`. False, and nothing is changed, where
   * two segments of one value would become one.
   */
  private moveBehind(first: number, last: number, target: number): boolean {
    const { order, begins, values } = this;
    if (values[last + 1] === values[first - 1] || values[first] === values[target]) return false;
    if (values[target + 1] === values[last]) return false;
    const from = begins[first] as number;
    const to = begins[last + 1] as number;
    const end = begins[target + 1] ?? order.length;
    const block = order.slice(from, to);
    order.copyWithin(from, to, end);
    order.set(block, end - block.length);
    this.schedule(from, end);
    const moved = begins.splice(first, last + 1 - first).map((begin) => begin + end - to);
    const passed = begins.splice(first, target - last).map((begin) => begin - block.length);
    begins.splice(first, 0, ...passed, ...moved);
    values.splice(target + 1 - moved.length, 0, ...values.splice(first, moved.length));
    return true;
  }

  /** Times and limits for this part of the order, from what is around it. */
  private schedule(from: number, to: number): void {
    const { order, times, limits } = this;
    const { callRank, returnRank } = this.history;
    let time = from === 0 ? -1 : (times[from - 1] as number);
    for (let index = from; index < to; index++) {
      if ((index & LOOK) === LOOK) this.pulse();
      time = Math.max(time, callRank[order[index] as number] as number);
      times[index] = time;
    }
    // Of what comes behind nothing returns before a time at which one of these segments lasts.
    let limit = 0x7fff_ffff;
    for (let index = to - 1; index >= from; index--) {
      if ((index & LOOK) === LOOK) this.pulse();
      limit = Math.min(limit, returnRank[order[index] as number] as number);
      limits[index] = limit;
    }
  }

  private bounds(first: number, last: number): { earliestReturn: number; latestCall: number } {
    const { callRank, returnRank } = this.history;
    let earliestReturn = 0x7fff_ffff;
    let latestCall = -1;
    const end = this.begins[last + 1] ?? this.order.length;
    for (let index = this.begins[first] as number; index < end; index++) {
      const op = this.order[index] as number;
      earliestReturn = Math.min(earliestReturn, returnRank[op] as number);
      latestCall = Math.max(latestCall, callRank[op] as number);
    }
    return { earliestReturn, latestCall };
  }

  private isPinned(segment: number): boolean {
    const begin = this.begins[segment];
    return begin !== undefined && begin >= 0 && this.updates.pinned(this.order[begin] as number);
  }

  private firstOfBlock(segment: number): number {
    let first = segment;
    while (this.isPinned(first)) first--;
    return first;
  }

  private segmentAt(time: number): number {
    return this.segmentBefore(firstAtLeast(this.times, time));
  }

  /** The segment that lasts at this place of the order: the last one that begins before it. */
  private segmentBefore(place: number): number {
    let low = 1;
    let high = this.begins.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.begins[middle] as number) < place) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function merge<Value>(
  order: Int32Array,
  observers: readonly Observer<Value>[],
  places: Int32Array,
  callRank: Int32Array,
  pulse: Pulse,
): number[] {
  const sorted = byPlace(observers, places, callRank);
  const merged = new Array<number>(order.length + sorted.length);
  let filled = 0;
  let next = 0;
  for (let place = 0; place <= order.length; place++) {
    if ((place & LOOK) === 0) pulse();
    for (; places[sorted[next] as number] === place; next++) {
      merged[filled++] = (observers[sorted[next] as number] as Observer<Value>).op;
    }
    if (place < order.length) merged[filled++] = order[place] as number;
  }
  return merged;
}

/** Observers by place, then by call: by insertion, for they come nearly so; where they do not, by the library's sort. */
function byPlace<Value>(observers: readonly Observer<Value>[], places: Int32Array, callRank: Int32Array): Int32Array {
  const called = (index: number) => callRank[(observers[index] as Observer<Value>).op] as number;
  const sorted = new Int32Array(observers.length);
  let patience = 64 * observers.length;
  for (let index = 0; index < sorted.length; index++) {
    const place = places[index] as number;
    const call = called(index);
    let at = index;
    for (; at > 0; at--) {
      const before = sorted[at - 1] as number;
      const placeBefore = places[before] as number;
      if (placeBefore < place || (placeBefore === place && called(before) < call)) break;
      sorted[at] = before;
    }
    sorted[at] = index;
    patience -= index - at;
    if (patience < 0) {
      return Int32Array.from(observers.keys()).sort(
        (left, right) => (places[left] as number) - (places[right] as number) || called(left) - called(right),
      );
    }
  }
  return sorted;
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
