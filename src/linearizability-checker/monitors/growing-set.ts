import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import type { SetInput, SetOutput } from '../models/set.js';

const ALGORITHM = 'growing-set monitor';

/** One value, and everyone who added it. */
interface Element {
  /** The add that was called first: it is as good as any other for the one that takes effect. */
  first: number;
  readonly adds: number[];
  /** Whether some read of those looked at has it. */
  seen: boolean;
  /** The latest read that has it, of those looked at. */
  read: number;
}

/**
 * Decides sets with nothing but adds and reads of the whole (Jepsen's "set-full"), in time linear in the lengths of
 * the lists read, but for sorting. Sets that only grow contain one another, so reads show their order: the shorter
 * first. Values that appear with the same read were all added after the reads before and ahead of this one; values
 * that nobody saw come after all reads. It is a linearization exactly when no operation returned before one of an
 * earlier group was called. Where a value is added several times, the add that was called first is the one that
 * counts for its group; all others must only not come before.
 *
 * `undefined` when there are other operations, when an add was refused, or when one of several adds of a value was
 * not; and when nothing was read.
 */
export function growingSetMonitor(history: MonitoredHistory<SetInput, SetOutput>): MonitorResult | undefined {
  const { size, inputs, outputs, callRank, returnRank, pulse } = history;
  const called = (op: number) => callRank[op] as number;
  const returned = (op: number) => returnRank[op] as number;
  const byCall = (left: number, right: number) => called(left) - called(right);
  const illegal = (...core: number[]): MonitorResult => ({
    verdict: 'illegal',
    algorithm: ALGORITHM,
    core: [...new Set(core)],
  });

  const elements = new Map<Scalar, Element>();
  const reads: number[] = [];
  /** Reads that nobody knows the answer of. */
  const idle: number[] = [];
  for (let op = 0; op < size; op++) {
    const input = inputs[op] as SetInput;
    const output = outputs[op] ?? undefined;
    if (input.f === 'read') {
      if (output !== undefined && !Array.isArray(output)) return undefined;
      if (returned(op) !== NEVER) (output === undefined ? idle : reads).push(op);
    } else if (input.f !== 'add' || output === false) return undefined;
  }
  if (reads.length === 0) return undefined;
  for (let op = 0; op < size; op++) {
    const input = inputs[op] as SetInput;
    if (input.f === 'read') continue;
    const element = elements.get(input.value);
    if (element === undefined) elements.set(input.value, { first: op, adds: [op], seen: false, read: -1 });
    else {
      element.adds.push(op);
      if (called(op) < called(element.first)) element.first = op;
    }
  }
  for (const { adds } of elements.values()) {
    if (adds.length > 1 && adds.some((op) => outputs[op] === true)) return undefined;
  }

  const listOf = (read: number) => outputs[read] as readonly Scalar[];
  reads.sort((left, right) => listOf(left).length - listOf(right).length || byCall(left, right));
  /** Each read, and the values that are new in it. */
  const steps: { readonly read: number; readonly fresh: Element[] }[] = [];
  let before: number | undefined;
  for (const read of reads) {
    pulse();
    const list = listOf(read);
    const known = before === undefined ? [] : listOf(before);
    const fresh: Element[] = [];
    let old = 0;
    // Most reads are the one before with more behind it.
    while (old < known.length && list[old] === known[old]) old++;
    for (let index = old === known.length ? old : 0; index < list.length; index++) {
      const element = elements.get(list[index] as Scalar);
      if (element === undefined || element.read === read || called(element.first) > returned(read)) {
        return illegal(read);
      }
      // All of the read before is at the front already.
      if (element.seen && old === known.length) return illegal(read);
      element.read = read;
      if (!element.seen) fresh.push(element);
    }
    // Something that an earlier read has is missing.
    if (before !== undefined && list.length - fresh.length < known.length) return illegal(before, read);
    for (const element of fresh) element.seen = true;
    steps.push({ read, fresh });
    before = read;
  }
  const unseen = [...elements.values()].filter(({ seen }) => !seen);

  // Who was called last so far, and a read that proves that it comes before all that follow.
  let latestCall = -1;
  let proof: number[] = [];
  const order: number[] = [];
  /** How late each place in the order is at least: ever growing. */
  const times: number[] = [];
  /** Adds of values that were there already: they follow the place, but not before their call. */
  const repeated: { readonly place: number; readonly op: number }[] = [];
  const append = (op: number) => {
    order.push(op);
    times.push(Math.max(times[times.length - 1] ?? -1, called(op)));
  };
  for (const { read, fresh } of steps) {
    for (const { adds } of fresh) {
      for (const op of adds) if (returned(op) < latestCall) return illegal(op, ...proof);
    }
    fresh.sort((left, right) => byCall(left.first, right.first));
    for (const { first, adds } of fresh) {
      append(first);
      for (const op of adds) if (op !== first && returned(op) !== NEVER) repeated.push({ place: order.length - 1, op });
    }
    const latestAdd = fresh[fresh.length - 1]?.first;
    if (latestAdd !== undefined && called(latestAdd) > latestCall) {
      latestCall = called(latestAdd);
      proof = [read];
    }
    if (returned(read) < latestCall) return illegal(read, ...proof);
    append(read);
    if (called(read) > latestCall) {
      latestCall = called(read);
      proof = [read];
    }
  }
  const last = unseen.flatMap(({ adds }) => adds.filter((op) => returned(op) !== NEVER)).sort(byCall);
  for (const op of last) {
    if (returned(op) < latestCall) return illegal(op, ...proof);
  }
  for (const op of last) append(op);
  for (const op of idle) repeated.push({ place: -1, op });
  return { verdict: 'legal', algorithm: ALGORITHM, order: inserted(order, times, repeated, called) };
}

/** The order with each of the operations after its place, and after all that is early enough for its call. */
function inserted(
  order: readonly number[],
  times: readonly number[],
  operations: readonly { readonly place: number; readonly op: number }[],
  called: (op: number) => number,
): readonly number[] {
  if (operations.length === 0) return order;
  const after = new Map<number, number[]>();
  for (const { place, op } of operations) {
    let low = place + 1;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] as number) <= called(op)) low = middle + 1;
      else high = middle;
    }
    const there = after.get(low - 1);
    if (there) there.push(op);
    else after.set(low - 1, [op]);
  }
  const result: number[] = [];
  for (let place = -1; place < order.length; place++) {
    if (place >= 0) result.push(order[place] as number);
    const here = after.get(place);
    if (here) result.push(...here.sort((left, right) => called(left) - called(right)));
  }
  return result;
}
