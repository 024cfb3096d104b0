import { LOOK } from '../deadline.js';
import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import type { QueueInput } from '../models/fifo-queue.js';
import { type Container, containerOf, crashedBefore, Kind, removalCall, withLost, withoutValues } from './container.js';
import { type PlacedAnswer, placeEmptyAnswers } from './empty-answers.js';

const ALGORITHM = 'fifo-queue monitor';

type QueueHistory = MonitoredHistory<QueueInput, Scalar>;

/**
 * Decides FIFO queues where every value is enqueued at most once, in linear time once the times are ranks: the four
 * violations of Henzinger, Sezgin & Vafeiadis, "Aspect-oriented linearizability proofs" (CONCUR 2013), which Lee &
 * Mathur (arXiv 2410.04581) find in O(n log n): a value dequeued that was not enqueued by then; one dequeued twice; an
 * order inversion; "empty" while something was surely inside. `undefined` when a value is enqueued twice.
 *
 * Value A must come before B when the enqueue of A returned before that of B was called, or the dequeue of A returned
 * before that of B was called. Both are interval orders, so a cycle made of both contains a cycle of two values (one
 * order each). Without one, any order of the values that respects both gives a linearization.
 *
 * Enqueues that never returned and that nobody saw did not happen. Dequeues that never returned are worth most, one
 * by one in the order of their calls, to the values that nobody dequeued, in the order in which their enqueues
 * returned: of two such values, the one enqueued first has the earlier deadline (of the dequeues of values surely
 * enqueued later, the earliest return), and must also be gone for every "empty" for which the other must be. So this
 * matching is as good as any, and no case is left undecided.
 */
export function queueMonitor(history: QueueHistory): MonitorResult | undefined {
  const container = containerOf(history, 'enqueue', ALGORITHM);
  if (container === undefined || 'verdict' in container) return container;
  return decided(history, container);
}

const isAmbiguous = ({ possiblyRemoved, crashedRemovals }: Container) =>
  possiblyRemoved.length > 0 && crashedRemovals.length > 0;

function decided(history: QueueHistory, container: Container): MonitorResult | undefined {
  const illegal = (core: readonly number[]): MonitorResult => ({ verdict: 'illegal', algorithm: ALGORITHM, core });

  const { lost, crashedRemovals, partner } = container;
  // Asked again, more values are lost, never fewer: no removal is left without one that had one.
  for (const op of lost) partner[op] = -1;
  for (let index = 0; index < Math.min(lost.length, crashedRemovals.length); index++) {
    partner[lost[index] as number] = crashedRemovals[index] as number;
    partner[crashedRemovals[index] as number] = lost[index] as number;
  }
  const answers = placeEmptyAnswers(history, container);
  if ('answer' in answers) {
    if (!isAmbiguous(container)) return illegal(emptyCore(container, answers.answer, answers.inside));
    const without = decided(history, withoutValues(container, container.possiblyRemoved));
    return without?.verdict === 'illegal' ? without : undefined;
  }
  const values = valueOrder(history, container);
  if ('earlier' in values) {
    if (isAmbiguous(container) && container.possiblyRemoved.includes(values.earlier)) {
      return decided(history, withLost(history, container, values.earlier));
    }
    return illegal(inversionCore(history, container, values.earlier, values.later));
  }
  return { verdict: 'legal', algorithm: ALGORITHM, order: linearization(history, container, values, answers) };
}

/**
 * Enqueues in an order of their values that respects the order of enqueues and the order of dequeues, or two values
 * where these contradict each other.
 */
function valueOrder(history: QueueHistory, container: Container): Int32Array | { earlier: number; later: number } {
  const { callRank, returnRank } = history;
  const { events, kinds, partner } = container;
  const removalReturn = (op: number) => {
    const removal = partner[op] as number;
    return removal < 0 ? NEVER : (returnRank[removal] as number);
  };
  // A value is inside at the latest when it has been dequeued, and is dequeued at the earliest when it is enqueued.
  const enqueuedBy = (op: number) => Math.min(returnRank[op] as number, removalReturn(op));
  const dequeuedFrom = (op: number) => Math.max(callRank[op] as number, removalCall(history, container, op));

  // The values by each of the four times. Those without a time come last.
  let count = 0;
  for (const kind of kinds) if (kind === Kind.insertion) count++;
  const byEnqueueCall = new Int32Array(count);
  const byEnqueued = new Int32Array(count);
  const byDequeueCall = new Int32Array(count);
  const byDequeued = new Int32Array(count);
  let [called, enqueued, removing, removed] = [0, 0, 0, 0];
  const calledOnce = new Uint8Array(history.size);
  const returnedOnce = new Uint8Array(history.size);
  for (let index = 0; index < events.length; index++) {
    if ((index & LOOK) === 0) history.pulse();
    const event = events[index] as number;
    const op = event >> 1;
    const inserts = kinds[op] === Kind.insertion;
    const value = inserts ? op : (partner[op] as number);
    if (value < 0) continue;
    if ((event & 1) === 1) {
      if (returnedOnce[value] === 0) byEnqueued[enqueued++] = value;
      returnedOnce[value] = 1;
      if (!inserts) byDequeued[removed++] = value;
    } else {
      if (inserts) byEnqueueCall[called++] = value;
      if (calledOnce[value] === 1) byDequeueCall[removing++] = value;
      calledOnce[value] = 1;
    }
  }
  for (let index = 0; index < byEnqueueCall.length; index++) {
    if ((index & LOOK) === 0) history.pulse();
    const value = byEnqueueCall[index] as number;
    if ((partner[value] as number) < 0) byDequeueCall[removing++] = value;
    if (removalReturn(value) === NEVER) byDequeued[removed++] = value;
  }

  // A value can be next when no value that is left was surely enqueued before it, nor dequeued before it.
  const order = new Int32Array(count);
  const ready = calledOnce.fill(0);
  const placed = new Uint8Array(history.size);
  let [found, firstEnqueued, firstDequeued] = [0, 0, 0];
  called = 0;
  removing = 0;
  for (let next = 0; next < count; next++) {
    if ((next & LOOK) === 0) history.pulse();
    while (placed[byEnqueued[firstEnqueued] as number] === 1) firstEnqueued++;
    while (placed[byDequeued[firstDequeued] as number] === 1) firstDequeued++;
    const earlier = byEnqueued[firstEnqueued] as number;
    const later = byDequeued[firstDequeued] as number;
    for (const limit = enqueuedBy(earlier); called < count; called++) {
      const value = byEnqueueCall[called] as number;
      if ((callRank[value] as number) > limit) break;
      ready[value] = (ready[value] as number) + 1;
      if (ready[value] === 2) order[found++] = value;
    }
    for (const limit = removalReturn(later); removing < count; removing++) {
      const value = byDequeueCall[removing] as number;
      if (dequeuedFrom(value) > limit) break;
      ready[value] = (ready[value] as number) + 1;
      if (ready[value] === 2) order[found++] = value;
    }
    if (found === next) return { earlier, later };
    placed[order[next] as number] = 1;
  }
  return order;
}

/** All that happened, in an order in which it can have happened: each operation as early as the values' order allows. */
function linearization(
  history: QueueHistory,
  container: Container,
  values: Int32Array,
  answers: readonly PlacedAnswer[],
): number[] {
  const { callRank } = history;
  const { partner } = container;
  const dequeuedFrom = (op: number) => Math.max(callRank[op] as number, removalCall(history, container, op));
  const order: number[] = [];
  let answer = 0;
  for (const segment of segmentsOf(values, answers, dequeuedFrom)) {
    // The values of a segment come after the answer "empty" before it, and are gone by the next.
    let enqueue = 0;
    let dequeue = 0;
    while (dequeue < segment.length) {
      if ((order.length & LOOK) === 0) history.pulse();
      // The next dequeue waits for all enqueues that were called by then: its own is one of them.
      const following = dequeuedFrom(segment[dequeue] as number);
      const op = segment[enqueue];
      if (op !== undefined && (callRank[op] as number) <= following) {
        order.push(op);
        enqueue++;
        continue;
      }
      // What is left stays inside for ever.
      if (following === NEVER) break;
      order.push(partner[segment[dequeue++] as number] as number);
    }
    const gap = answers[answer]?.gap;
    while (answer < answers.length && answers[answer]?.gap === gap) order.push((answers[answer++] as PlacedAnswer).op);
  }
  return order;
}

/** The values between one moment with answers "empty" and the next, each as early as it can be gone. */
function segmentsOf(
  values: Int32Array,
  answers: readonly PlacedAnswer[],
  dequeuedFrom: (op: number) => number,
): (Int32Array | number[])[] {
  if (answers.length === 0) return [values];
  const gaps: number[] = [];
  for (const { gap } of answers) if (gaps[gaps.length - 1] !== gap) gaps.push(gap);
  const segments: number[][] = Array.from({ length: gaps.length + 1 }, () => []);
  for (const value of values) {
    const from = dequeuedFrom(value);
    let low = 0;
    let high = gaps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((gaps[middle] as number) < from) low = middle + 1;
      else high = middle;
    }
    segments[low]?.push(value);
  }
  return segments;
}

/** Why `later` cannot have been dequeued before `earlier` was, though it was enqueued after it. */
function inversionCore(history: QueueHistory, container: Container, earlier: number, later: number): number[] {
  const { kinds, partner, lost } = container;
  const witness = partner[later] as number;
  const removal = partner[earlier] as number;
  if (kinds[removal] === Kind.removal) return [earlier, removal, witness];
  const crashed = crashedBefore(history, container, history.returnRank[witness] as number);
  return [...lost.slice(0, crashed + 1), witness];
}

/** Why something was inside all the time until this answer "empty": the values one after another. */
function emptyCore(container: Container, answer: number, inside: readonly number[]): number[] {
  const { kinds, partner, lost } = container;
  const core = [answer];
  let latest = -1;
  for (const op of inside) {
    core.push(op);
    const removal = partner[op] as number;
    if (kinds[removal] === Kind.removal) core.push(removal);
    else latest = op;
  }
  // With fewer of them, what never returned could have taken the others.
  return [...new Set([...core, ...lost.slice(0, lost.indexOf(latest) + 1)])];
}
