import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import { numbers, sortedBy } from '../../linearizability-checker/sorting.js';
import { type GraphBuilder, PROCESS, REALTIME } from './graph.js';
import type { TransactionLog } from './log.js';

/**
 * Each process invokes its transactions one after another. One of unknown outcome may take effect after the next ones
 * of its process (and a process ends with it, as in Jepsen), so nothing follows from it.
 */
export function addProcessOrder(log: TransactionLog, graph: GraphBuilder, pulse: Pulse = unhurried): void {
  const last = new Map<number, number>();
  let step = 0;
  for (const transaction of inOrderOfInvocation(log, pulse)) {
    if ((step++ & LOOK) === 0) pulse();
    if (log.isAborted(transaction)) continue;
    const process = log.process(transaction);
    const before = last.get(process);
    if (before !== undefined && ranBefore(log, before, transaction)) graph.add(before, transaction, PROCESS);
    if (log.isCommitted(transaction)) last.set(process, transaction);
  }
}

/** Of two transactions of one process; nobody can tell where both take no time at the same moment. */
export function ranBefore(log: TransactionLog, first: number, second: number): boolean {
  return (
    log.completeUs(first) <= log.invokeUs(second) &&
    (log.invokeUs(first) < log.invokeUs(second) || log.completeUs(first) < log.completeUs(second))
  );
}

/**
 * A transaction that completed comes before all that are invoked after that moment (not at it: two clients' events of
 * one microsecond are concurrent). Of the moments just after an invocation, each is a barrier: completed transactions
 * enter the barrier of the last invocation before them, invoked ones leave the last barrier before them, and barriers
 * form a chain. So the order takes at most three edges a transaction, however many run at once.
 */
export function addRealTimeOrder(log: TransactionLog, graph: GraphBuilder, pulse: Pulse = unhurried): void {
  const invocations = new Float64Array(log.transactions);
  for (let transaction = 0; transaction < log.transactions; transaction++) {
    if ((transaction & LOOK) === 0) pulse();
    invocations[transaction] = log.invokeUs(transaction);
  }
  invocations.sort();
  const barriers = new Int32Array(log.transactions + 1).fill(-1);
  for (let transaction = 0; transaction < log.transactions; transaction++) {
    if ((transaction & LOOK) === 0) pulse();
    if (log.completeUs(transaction) === Number.POSITIVE_INFINITY) continue;
    const moment = countBelow(invocations, log.completeUs(transaction), true);
    if (barriers[moment] === -1) barriers[moment] = graph.auxiliary();
    graph.add(transaction, barriers[moment] as number, REALTIME);
  }
  let before = -1;
  for (let moment = 0; moment < barriers.length; moment++) {
    if ((moment & LOOK) === 0) pulse();
    const barrier = barriers[moment] as number;
    if (barrier === -1) {
      barriers[moment] = before;
      continue;
    }
    if (before !== -1) graph.add(before, barrier, REALTIME);
    before = barrier;
  }
  for (let transaction = 0; transaction < log.transactions; transaction++) {
    if ((transaction & LOOK) === 0) pulse();
    if (log.isAborted(transaction)) continue;
    const barrier = barriers[countBelow(invocations, log.invokeUs(transaction), false)] as number;
    if (barrier !== -1) graph.add(barrier, transaction, REALTIME);
  }
}

/** How many of the sorted times are below this one, or also equal to it. */
function countBelow(times: Float64Array, time: number, orEqual: boolean): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = times[middle] as number;
    if (at < time || (orEqual && at === time)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** By invocation, then completion. A log is mostly in order already: then nothing is sorted. */
export function inOrderOfInvocation(log: TransactionLog, pulse: Pulse = unhurried): Int32Array {
  const compare = (left: number, right: number) => {
    const invoked = log.invokeUs(left) - log.invokeUs(right);
    if (invoked !== 0) return invoked;
    // Infinities leave NaN: then the order of the log stands.
    return log.completeUs(left) - log.completeUs(right) || left - right;
  };
  return sortedBy(numbers(log.transactions), compare, pulse);
}
