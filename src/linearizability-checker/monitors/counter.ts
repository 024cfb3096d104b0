import { LOOK } from '../deadline.js';
import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { CounterInput, CounterOutput } from '../models/counter.js';
import { eventsInOrder } from './events.js';

const ALGORITHM = 'counter monitor';

type CounterHistory = MonitoredHistory<CounterInput, CounterOutput>;

/**
 * Decides counters where all adds that change anything add the same, in O(n log n). Of others it only says when an
 * answer is out of reach, be the adds in whatever order (what Jepsen's counter checker tells); whether it is a sum of
 * the right ones is as hard as any problem of sums.
 */
export function counterMonitor(history: CounterHistory, initial: number): MonitorResult | undefined {
  let step = 0;
  let equal = Number.isSafeInteger(initial);
  for (const input of history.inputs) {
    if (input.f !== 'add' || input.value === 0) continue;
    if (step === 0) step = input.value;
    if (input.value !== step || !Number.isSafeInteger(step)) equal = false;
  }
  return equal ? equalSteps(history, initial, step === 0 ? 1 : step) : outOfReach(history, initial);
}

/**
 * Counts in steps. The k-th step leaves k behind, so an answer tells the steps before and after it: the first step
 * that a read of k does not see must not be before the call of that read, the k-th not after its return. This gives
 * each step a window, from the latest call of those who saw fewer to the earliest return of those who saw as many or
 * more, and both ends only ever grow with k. An add that answered is its step, by number. The others are dealt out to
 * the other steps: to each step, among those whose interval touches its window, the add that returns first, which is
 * exact for windows in such an order (it is a matching in a convex graph: Glover 1967). The windows grow, so the adds
 * taken in the order of their steps are a linearization.
 */
function equalSteps(history: CounterHistory, initial: number, step: number): MonitorResult {
  const { size, inputs, outputs, callRank, returnRank, pulse } = history;
  const called = (op: number) => callRank[op] as number;
  const returned = (op: number) => returnRank[op] as number;
  const byCall = (left: number, right: number) => called(left) - called(right);
  const illegal = (core: readonly number[]): MonitorResult => ({
    verdict: 'illegal',
    algorithm: ALGORITHM,
    core: [...new Set(core)],
  });

  const adds: number[] = [];
  /** Answers of the sum that are no step: reads, and adds of nothing. */
  const reads: number[] = [];
  const idle: number[] = [];
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) pulse();
    const input = inputs[op] as CounterInput;
    if (input.f === 'add' && input.value !== 0) adds.push(op);
    else if (returned(op) !== NEVER) ((outputs[op] ?? undefined) === undefined ? idle : reads).push(op);
  }

  const count = (op: number) => ((outputs[op] as number) - initial) / step;
  const ends = adds.length + 2;
  /** By step, from 1: the add that answered with it; −1 where none did. */
  const fixed = new Int32Array(ends).fill(-1);
  /** By number of steps seen: the reads. */
  const readers: (number[] | undefined)[] = [];
  /** By step: the latest call of those who saw fewer, the earliest return of those who saw as many; and whose. */
  const from = new Int32Array(ends).fill(-1);
  const fromWhom = new Int32Array(ends);
  const to = new Int32Array(ends).fill(NEVER);
  const toWhom = new Int32Array(ends);
  let steps = 0;
  const saw = (op: number, fewest: number, most: number) => {
    if (called(op) > (from[fewest + 1] as number)) {
      from[fewest + 1] = called(op);
      fromWhom[fewest + 1] = op;
    }
    if (returned(op) < (to[most] as number)) {
      to[most] = returned(op);
      toWhom[most] = op;
    }
    steps = Math.max(steps, most);
  };
  for (let index = 0; index < reads.length; index++) {
    if ((index & LOOK) === 0) pulse();
    const op = reads[index] as number;
    const seen = count(op);
    if (!Number.isInteger(seen) || seen < 0 || seen > adds.length) return illegal([op]);
    const there = readers[seen];
    if (there) there.push(op);
    else readers[seen] = [op];
    saw(op, seen, seen);
  }
  const waiting: number[] = [];
  for (let index = 0; index < adds.length; index++) {
    if ((index & LOOK) === 0) pulse();
    const op = adds[index] as number;
    if ((outputs[op] ?? undefined) === undefined) {
      waiting.push(op);
      continue;
    }
    const seen = count(op);
    if (!Number.isInteger(seen) || seen < 1 || seen > adds.length) return illegal([op]);
    if ((fixed[seen] as number) >= 0) return illegal([op, fixed[seen] as number]);
    fixed[seen] = op;
    saw(op, seen - 1, seen);
  }
  // The starts need no such care: an add that is too early for one step is found there, before any later step.
  for (let k = adds.length; k > 0; k--) {
    if ((k & LOOK) === 0) pulse();
    if ((to[k + 1] as number) >= (to[k] as number)) continue;
    to[k] = to[k + 1] as number;
    toWhom[k] = toWhom[k + 1] as number;
  }

  waiting.sort(byCall);
  const ready = new Earliest(returnRank);
  const taken: number[] = [-1];
  let next = 0;
  for (let k = 1; k <= steps; k++) {
    if ((k & LOOK) === 0) pulse();
    if ((from[k] as number) > (to[k] as number)) return illegal([fromWhom[k] as number, toWhom[k] as number]);
    while (next < waiting.length && called(waiting[next] as number) <= (to[k] as number)) {
      ready.push(waiting[next++] as number);
    }
    const first = ready.first();
    if (first !== undefined && returned(first) < (from[k] as number)) return illegal(tooMany(k, first));
    if ((fixed[k] as number) >= 0) taken.push(fixed[k] as number);
    else if (first === undefined) return illegal(tooFew(k));
    else {
      taken.push(first);
      ready.pop();
    }
  }
  const rest: number[] = [];
  for (; next < waiting.length; next++) ready.push(waiting[next] as number);
  for (let first = ready.first(); first !== undefined; first = ready.first()) {
    if (returned(first) < (from[steps + 1] as number)) return illegal(tooMany(steps + 1, first));
    if (returned(first) === NEVER) break;
    rest.push(first);
    ready.pop();
  }

  const order: number[] = [];
  idle.sort(byCall);
  let nextIdle = 0;
  let time = -1;
  const append = (op: number) => {
    time = Math.max(time, called(op));
    while (nextIdle < idle.length && called(idle[nextIdle] as number) < time) order.push(idle[nextIdle++] as number);
    order.push(op);
  };
  for (let k = 0; k <= steps; k++) {
    if ((k & LOOK) === 0) pulse();
    if (k > 0) append(taken[k] as number);
    for (const op of readers[k]?.sort(byCall) ?? []) append(op);
  }
  for (const op of rest.sort(byCall)) append(op);
  for (; nextIdle < idle.length; nextIdle++) order.push(idle[nextIdle] as number);
  return { verdict: 'legal', algorithm: ALGORITHM, order };

  /** Someone saw k steps or more before enough adds had been called: other than those that answered a later step. */
  function tooFew(k: number): number[] {
    const later: number[] = [];
    for (let j = k + 1; j <= steps; j++) {
      const op = fixed[j] as number;
      if (op >= 0 && called(op) <= (to[k] as number)) later.push(op);
    }
    return [toWhom[k] as number, ...later];
  }

  /**
   * More adds had returned when someone saw fewer than k steps: those dealt out to the steps before k that had to be,
   * back to a step for which none of these had been called yet.
   */
  function tooMany(k: number, extra: number): number[] {
    const urgent = [extra];
    let j = k - 1;
    for (; j > 0; j--) {
      const op = taken[j] as number;
      if (op !== fixed[j] && returned(op) >= (from[k] as number)) break;
      urgent.push(op);
    }
    return [fromWhom[k] as number, ...(j > 0 ? [toWhom[j] as number] : []), ...urgent];
  }
}

/** Whether some answer is less than the least sum there can have been then, or more than the greatest. */
function outOfReach(history: CounterHistory, initial: number): MonitorResult | undefined {
  const { size, inputs, outputs, callRank, returnRank, pulse } = history;
  const amount = (op: number) => {
    const input = inputs[op] as CounterInput;
    return input.f === 'add' ? input.value : 0;
  };
  // Sums of other numbers depend on their order, if only a little.
  for (let op = 0; op < size; op++) if (!Number.isSafeInteger(amount(op))) return undefined;
  if (!Number.isSafeInteger(initial)) return undefined;

  /** What the adds amount to that were called, or that returned, so far: those below zero, those above. */
  const called = [0, 0] as [number, number];
  const returned = [0, 0] as [number, number];
  /** What had surely been added when an operation was called. */
  const surelyLess = new Float64Array(size);
  const surelyMore = new Float64Array(size);
  let events = 0;
  for (const event of eventsInOrder(history, history.pulse)) {
    if ((events++ & 0x7ff) === 0) pulse();
    const op = event >> 1;
    const own = amount(op);
    const sign = own < 0 ? 0 : 1;
    if ((event & 1) === 0) {
      called[sign] += own;
      surelyLess[op] = returned[0];
      surelyMore[op] = returned[1];
      continue;
    }
    returned[sign] += own;
    const answer = outputs[op] ?? undefined;
    if (answer === undefined) continue;
    const least = initial + (surelyMore[op] as number) + called[0] + (sign === 1 ? own : 0);
    const greatest = initial + (surelyLess[op] as number) + called[1] + (sign === 0 ? own : 0);
    if (answer >= least && answer <= greatest) continue;
    // The largest adds that had surely taken place, until they suffice.
    let gap =
      answer < least ? least - (surelyMore[op] as number) - answer : answer - greatest + (surelyLess[op] as number);
    const wanted = answer < least ? 1 : -1;
    const sure: number[] = [];
    for (let other = 0; other < size; other++) {
      if (Math.sign(amount(other)) === wanted && (returnRank[other] as number) < (callRank[op] as number))
        sure.push(other);
    }
    sure.sort((left, right) => wanted * (amount(right) - amount(left)));
    const core = [op];
    for (const other of sure) {
      if (gap > 0) break;
      gap += wanted * amount(other);
      core.push(other);
    }
    return { verdict: 'illegal', algorithm: ALGORITHM, core };
  }
  return undefined;
}

/** A heap of operations, the one that returns first on top. */
class Earliest {
  private readonly heap: number[] = [];

  constructor(private readonly returnRank: Int32Array) {}

  first(): number | undefined {
    return this.heap[0];
  }

  push(op: number): void {
    const { heap } = this;
    let place = heap.length;
    heap.push(op);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.at(parent) <= this.at(place)) return;
      this.swap(place, parent);
      place = parent;
    }
  }

  pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let place = 0; ; ) {
      let least = place;
      if (this.at(2 * place + 1) < this.at(least)) least = 2 * place + 1;
      if (this.at(2 * place + 2) < this.at(least)) least = 2 * place + 2;
      if (least === place) return;
      this.swap(place, least);
      place = least;
    }
  }

  private at(place: number): number {
    return place < this.heap.length
      ? (this.returnRank[this.heap[place] as number] as number)
      : Number.POSITIVE_INFINITY;
  }

  private swap(left: number, right: number): void {
    const op = this.heap[left] as number;
    this.heap[left] = this.heap[right] as number;
    this.heap[right] = op;
  }
}
