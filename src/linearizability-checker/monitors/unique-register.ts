import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { RegisterInput, RegisterOutput, Scalar } from '../models/cas-register.js';
import { placeObservers } from './place-observers.js';

const ALGORITHM = 'unique-register monitor';

/** All operations of one value: what wrote it, and who read it. */
interface Cluster {
  /** −1 for the initial value. */
  readonly writer: number;
  readonly reads: number[];
  /** The compare-and-set that replaced this very value, where one did. */
  successor: number;
  /** Earliest return and latest call among the members, and whose they are. */
  earliestReturn: number;
  earliestReturner: number;
  latestCall: number;
  latestCaller: number;
}

/** Clusters that nothing can come between: each but the first was written by a compare-and-set of the one before. */
interface Chain {
  readonly clusters: readonly Cluster[];
  /** The chain's zone: from the earliest return to the latest call. */
  readonly from: Extreme;
  readonly to: Extreme;
}

interface Extreme {
  readonly rank: number;
  readonly op: number;
}

/**
 * Decides registers where every value is written at most once, in O(n log n): Gibbons & Korach, "Testing shared
 * memories" (1997), with compare-and-set chains. `undefined` when some value is written twice, or is the initial one.
 *
 * All operations of a value stand together in a linearization. So value A must come before B as soon as some
 * operation of A returned before some operation of B was called; with l the earliest return and h the latest call of
 * a value, that is l(A) < h(B). The history is linearizable exactly when no read returns before its write is called,
 * no two forward zones (l < h) overlap, and no backward zone (h < l) lies inside a forward one. A successful
 * compare-and-set puts its value right behind the expected one: such values make one chain with one zone, in which
 * no member may return before an earlier one is called.
 *
 * A failed compare-and-set says only what the register did *not* hold. It is checked against the time during which
 * the expected value is surely there, then placed into the linearization found; if that fails, the question is left
 * to the search.
 */
export function uniqueRegisterMonitor(
  history: MonitoredHistory<RegisterInput, RegisterOutput>,
  initial: Scalar,
): MonitorResult | undefined {
  const { size, inputs, outputs, callRank, returnRank } = history;
  const called = (op: number) => callRank[op] as number;
  const returned = (op: number) => (op < 0 ? -1 : (returnRank[op] as number));
  const illegal = (core: readonly number[]): MonitorResult => ({
    verdict: 'illegal',
    algorithm: ALGORITHM,
    core: [...new Set(core)].filter((op) => op >= 0),
  });

  // Who writes which value.
  const writers = new Map<Scalar, number>();
  const failedCas: number[] = [];
  for (let op = 0; op < size; op++) {
    const input = inputs[op] as RegisterInput;
    if (input.f === 'read') continue;
    if (input.f === 'cas') {
      if (outputs[op] === false) {
        failedCas.push(op);
        continue;
      }
      if (input.expected === input.value) return undefined;
    }
    if (input.value === initial || writers.has(input.value)) return undefined;
    writers.set(input.value, op);
  }

  // Which writes happened: those that returned, and what these and the reads make necessary.
  const clusters = new Map<Scalar, Cluster>();
  const initialCluster = newCluster(-1);
  initialCluster.earliestReturn = -1;
  clusters.set(initial, initialCluster);
  const clusterOf = (value: Scalar): Cluster | undefined => {
    const known = clusters.get(value);
    if (known) return known;
    const writer = writers.get(value);
    if (writer === undefined) return undefined;
    const cluster = newCluster(writer);
    include(cluster, writer, called(writer), returned(writer));
    clusters.set(value, cluster);
    happened.push(writer);
    return cluster;
  };
  const happened: number[] = [];
  for (let op = 0; op < size; op++) {
    const input = inputs[op] as RegisterInput;
    if (returned(op) === NEVER) continue;
    if (input.f === 'read') {
      const cluster = clusterOf(outputs[op] as Scalar);
      if (cluster === undefined) return illegal([op]);
      if (cluster.writer >= 0 && returned(op) < called(cluster.writer)) return illegal([op]);
      cluster.reads.push(op);
      include(cluster, op, called(op), returned(op));
    } else if (input.f === 'write' || outputs[op] !== false) clusterOf(input.value);
  }
  for (let index = 0; index < happened.length; index++) {
    const op = happened[index] as number;
    const input = inputs[op] as RegisterInput;
    if (input.f !== 'cas') continue;
    const expected = clusterOf(input.expected);
    if (expected === undefined) return illegal([op, ...readsOf(clusters, input.value)]);
    if (expected.successor >= 0) {
      const rival = inputs[expected.successor] as RegisterInput & { readonly f: 'cas' };
      return illegal([op, expected.successor, ...readsOf(clusters, input.value), ...readsOf(clusters, rival.value)]);
    }
    expected.successor = op;
  }

  // Chains, in the order of their compare-and-sets.
  const chains: Chain[] = [];
  let chained = 0;
  for (const first of clusters.values()) {
    if (first.writer >= 0 && (inputs[first.writer] as RegisterInput).f === 'cas') continue;
    const members = [first];
    let earliest: Extreme = { rank: first.earliestReturn, op: first.earliestReturner };
    let latest: Extreme = { rank: first.latestCall, op: first.latestCaller };
    for (let cas = first.successor; cas >= 0; ) {
      const cluster = clusters.get((inputs[cas] as RegisterInput & { readonly f: 'cas' }).value) as Cluster;
      members.push(cluster);
      if (cluster.earliestReturn < latest.rank) {
        return illegal([cluster.earliestReturner, latest.op, ...evidence(members)]);
      }
      if (cluster.earliestReturn < earliest.rank) {
        earliest = { rank: cluster.earliestReturn, op: cluster.earliestReturner };
      }
      if (cluster.latestCall > latest.rank) latest = { rank: cluster.latestCall, op: cluster.latestCaller };
      cas = cluster.successor;
    }
    chained += members.length;
    chains.push({ clusters: members, from: earliest, to: latest });
  }
  if (chained < clusters.size) {
    // Compare-and-sets in a circle: each wants the value of another first.
    const inChains = new Set(chains.flatMap((chain) => chain.clusters));
    return illegal(evidence([...clusters.values()].filter((cluster) => !inChains.has(cluster))));
  }

  // Zones.
  const forward = chains
    .filter((chain) => chain.from.rank < chain.to.rank)
    .sort((left, right) => left.from.rank - right.from.rank);
  const conflict = (left: Chain, right: Chain) =>
    illegal([left, right].flatMap((chain) => [chain.from.op, chain.to.op, ...evidence(chain.clusters)]));
  for (let index = 1; index < forward.length; index++) {
    const before = forward[index - 1] as Chain;
    const after = forward[index] as Chain;
    if (after.from.rank < before.to.rank) return conflict(before, after);
  }
  const placed: { at: number; chain: Chain }[] = [];
  for (const chain of chains) {
    const { from, to } = chain;
    if (from.rank < to.rank || chain.clusters[0]?.writer === -1) {
      placed.push({ at: from.rank, chain });
      continue;
    }
    // A backward zone shrinks to a point outside all forward zones.
    const around = lastStartingBefore(forward, to.rank);
    if (around === undefined || around.to.rank < to.rank) placed.push({ at: to.rank, chain });
    else if (around.to.rank < from.rank) placed.push({ at: around.to.rank + 0.5, chain });
    else return conflict(around, chain);
  }
  placed.sort((left, right) => left.at - right.at);

  const order: number[] = [];
  for (const { chain } of placed) {
    for (const cluster of chain.clusters) {
      if (cluster.writer >= 0) order.push(cluster.writer);
      cluster.reads.sort((left, right) => called(left) - called(right));
      for (const read of cluster.reads) order.push(read);
    }
  }
  if (failedCas.length === 0) return { verdict: 'legal', algorithm: ALGORITHM, order };

  // Failed compare-and-sets.
  for (const op of failedCas) {
    const cluster = clusters.get((inputs[op] as RegisterInput & { readonly f: 'cas' }).expected);
    if (cluster === undefined || cluster.earliestReturn > called(op)) continue;
    const last = Math.max(cluster.latestCall, cluster.successor < 0 ? -1 : called(cluster.successor));
    if (returned(op) >= last) continue;
    const held = cluster.latestCall > returned(op) ? cluster.latestCaller : cluster.successor;
    return illegal([op, cluster.earliestReturner, held, ...evidence([cluster])]);
  }
  const observers = failedCas.map((op) => ({
    op,
    forbidden: (inputs[op] as RegisterInput & { readonly f: 'cas' }).expected,
  }));
  const valueAfter = (op: number): Scalar | undefined => {
    const input = inputs[op] as RegisterInput;
    return input.f === 'read' ? undefined : input.value;
  };
  const complete = placeObservers(history, order, observers, initial, valueAfter);
  return complete && { verdict: 'legal', algorithm: ALGORITHM, order: complete };
}

function newCluster(writer: number): Cluster {
  return {
    writer,
    reads: [],
    successor: -1,
    earliestReturn: NEVER,
    earliestReturner: writer,
    latestCall: -1,
    latestCaller: writer,
  };
}

function include(cluster: Cluster, op: number, called: number, returned: number): void {
  if (returned < cluster.earliestReturn) {
    cluster.earliestReturn = returned;
    cluster.earliestReturner = op;
  }
  if (called > cluster.latestCall) {
    cluster.latestCall = called;
    cluster.latestCaller = op;
  }
}

function readsOf(clusters: ReadonlyMap<Scalar, Cluster>, value: Scalar): readonly number[] {
  return clusters.get(value)?.reads.slice(0, 1) ?? [];
}

/** What shows that these clusters happened and hang together: the links, and a read of each. */
function evidence(clusters: readonly Cluster[]): number[] {
  return clusters.flatMap((cluster) => [cluster.writer, ...cluster.reads.slice(0, 1)]);
}

/** The last of these disjoint zones, sorted, that starts before `rank`. */
function lastStartingBefore(forward: readonly Chain[], rank: number): Chain | undefined {
  let low = 0;
  let high = forward.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((forward[middle] as Chain).from.rank < rank) low = middle + 1;
    else high = middle;
  }
  return forward[low - 1];
}
