import { NEVER } from '../model.js';

/** All operations of one value: what wrote it, and who read it. */
export interface Cluster {
  readonly value: number;
  /** −1 for the initial value. */
  readonly writer: number;
  readonly writerCall: number;
  /** For a value written by a compare-and-set: the value that it replaced; else −1. */
  readonly replaces: number;
  /** Earliest return among the members, and whose it is; {@link NEVER} before there is one. */
  earliestReturn: number;
  earliestReturner: number;
  /** Latest call among the members known to have happened, and whose it is; −1 before there is one. */
  latestCall: number;
  latestCaller: number;
  /** Set once the value was surely there: its write returned, or someone saw it. */
  chain: Chain | undefined;
  previous: Cluster | undefined;
  next: Cluster | undefined;
  /** The read that was added last; {@link ZoneTracker.earlierRead} leads on to the others. */
  lastRead: number;
}

/**
 * Clusters that nothing can come between, each but the first written by a compare-and-set of the one before: a single
 * one, mostly. Its zone is from the earliest return to the latest call.
 */
export interface Chain {
  first: Cluster;
  last: Cluster;
  /** The zone, and the clusters it comes from: the earliest return ({@link NEVER}: none yet) and the latest call. */
  from: number;
  to: number;
  earliest: Cluster;
  latest: Cluster;
}

/** What contradicts what. */
export interface ZoneConflict {
  readonly operations: readonly number[];
}

/**
 * Decides, event by event, a register where no value is written again while it can still be read: Gibbons & Korach,
 * "Testing shared memories" (1997), online as in Golab, Li & Shah, "Analyzing consistency properties for fun and
 * profit" (2011), with compare-and-set chains and with an end to every value.
 *
 * All operations of a value stand together in a linearization. So value A comes before B as soon as some operation of
 * A returned before some operation of B was called; with l the earliest return and h the latest call of a value, that
 * is l(A) < h(B). A history is linearizable exactly when no two values come before each other, and no operation
 * returns before the value it saw was written. A successful compare-and-set puts its value right behind the expected
 * one: such values make one chain with one zone, in which no member may return before an earlier one is called.
 *
 * Only a member's return makes an h grow, and l is fixed by the first return. So a violation shows at the very return
 * that makes the history illegal. Let m be the earliest call of an operation that has not returned. Every operation
 * that is still to be judged was called at m or later; so a value A is over once some B has l(A) < h(B) and
 * l(B) < m: whoever saw A now would contradict B. A value that is over is forgotten: what is remembered grows with
 * concurrency, not with length.
 */
export class ZoneTracker {
  /** By value: those that can still be read, and those whose write was called. */
  private readonly clusters: (Cluster | undefined)[] = [];
  /** The chains that a later operation may still contradict. */
  private active: Chain[] = [];
  private collectAt = 0;

  constructor(private readonly options: ZoneOptions = {}) {
    const initial = newCluster(0, -1, -1, -1);
    initial.earliestReturn = -1;
    this.clusters[0] = initial;
    this.active.push(this.begin(initial));
  }

  /** False when the value is there already: its operations could then not be told apart. */
  callWrite(op: number, value: number, replaces: number, rank: number): boolean {
    if (this.clusters[value] !== undefined) return false;
    this.clusters[value] = newCluster(value, op, rank, replaces);
    return true;
  }

  returnWrite(op: number, value: number, call: number, rank: number): ZoneConflict | undefined {
    return this.include(this.clusters[value] as Cluster, op, call, rank);
  }

  returnRead(op: number, value: number, call: number, rank: number): ZoneConflict | undefined {
    const cluster = this.clusters[value];
    // Nobody wrote it, or it was over before this read was called.
    if (cluster === undefined) return conflictOf([op]);
    if (this.options.earlierRead) this.options.earlierRead[op] = cluster.lastRead;
    cluster.lastRead = op;
    return this.include(cluster, op, call, rank);
  }

  /** The write surely did not take place: a conflict if someone saw it. */
  withdrawWrite(value: number): ZoneConflict | undefined {
    const cluster = this.clusters[value];
    if (cluster?.chain) return conflictOf(evidence(cluster, cluster));
    this.clusters[value] = undefined;
    return undefined;
  }

  /**
   * Whether, by what is known, the register surely held something else than `value` at some moment between `call` and
   * `rank`. False: nobody knows.
   */
  heldOther(value: number, call: number, rank: number): boolean {
    const cluster = this.clusters[value];
    if (cluster === undefined || call < cluster.writerCall) return true;
    const { chain } = cluster;
    if (chain === undefined) return false;
    for (const other of this.active) {
      if (other !== chain && chain.from < other.to && other.from < rank) return true;
    }
    for (let next = cluster.next; next; next = next.next) if (next.earliestReturn < rank) return true;
    return false;
  }

  /** Forgets what is over, if there may be enough of it. @param m the earliest call among operations that have not returned */
  collect(m: number): void {
    if (this.active.length < this.collectAt) return;
    // The two latest calls among the chains that some operation returned from before m.
    let latest = -1;
    let latestChain: Chain | undefined;
    let second = -1;
    for (const chain of this.active) {
      if (chain.from >= m) continue;
      if (chain.to > latest) {
        second = latest;
        latest = chain.to;
        latestChain = chain;
      } else if (chain.to > second) second = chain.to;
    }
    let kept = 0;
    for (const chain of this.active) {
      const over = chain.from < (chain === latestChain ? second : latest);
      if (over) this.dropFrom(chain.last);
      else this.dropEarlyMembers(chain, m);
      if (over && chain.from < m) this.options.ended?.(chain);
      else this.active[kept++] = chain;
    }
    this.active.length = kept;
    this.collectAt = kept + (kept >> 1) + 8;
  }

  /** At the end of the history: every chain ends. */
  finish(): void {
    for (const chain of this.active) this.options.ended?.(chain);
    this.active = [];
  }

  /** Members that are followed by one which was surely there before m. */
  private dropEarlyMembers(chain: Chain, m: number): void {
    let surely: Cluster | undefined = chain.last;
    while (surely && surely.earliestReturn >= m) surely = surely.previous;
    if (surely?.previous === undefined) return;
    this.dropFrom(surely.previous);
    // Without a linearization to build, only the living end of a chain is kept.
    if (this.options.earlierRead) return;
    for (let cluster: Cluster | undefined = surely.previous; cluster; ) {
      const { previous }: Cluster = cluster;
      cluster.previous = undefined;
      cluster.next = undefined;
      cluster = previous;
    }
    surely.previous = undefined;
    chain.first = surely;
  }

  /** This cluster and those before it: nobody can see their values any more. */
  private dropFrom(last: Cluster): void {
    for (let cluster: Cluster | undefined = last; cluster; cluster = cluster.previous) {
      if (this.clusters[cluster.value] !== cluster) return;
      this.clusters[cluster.value] = undefined;
      this.options.over?.(cluster.value);
    }
  }

  private begin(cluster: Cluster): Chain {
    const { earliestReturn: from, latestCall: to } = cluster;
    const chain = { first: cluster, last: cluster, from, to, earliest: cluster, latest: cluster };
    cluster.chain = chain;
    return chain;
  }

  /** `op`, a member of the cluster, returned. */
  private include(cluster: Cluster, op: number, call: number, rank: number): ZoneConflict | undefined {
    let grown = cluster.chain === undefined;
    if (grown) {
      const conflict = this.appear(cluster);
      if (conflict) return conflict;
    }
    const chain = cluster.chain as Chain;
    if (rank < cluster.earliestReturn) {
      cluster.earliestReturn = rank;
      cluster.earliestReturner = op;
      if (rank < chain.from) {
        chain.from = rank;
        chain.earliest = cluster;
        grown = true;
      }
    }
    if (call > cluster.latestCall) {
      cluster.latestCall = call;
      cluster.latestCaller = op;
      for (let later = chain.last; later !== cluster; later = later.previous as Cluster) {
        if (later.earliestReturn < call) return conflictOf([later.earliestReturner, op, ...evidence(cluster, later)]);
      }
      if (call > chain.to) {
        chain.to = call;
        chain.latest = cluster;
        grown = true;
      }
    }
    return grown ? this.contradiction(chain) : undefined;
  }

  /** The value was surely there: so was, where a compare-and-set wrote it, the one before. */
  private appear(cluster: Cluster): ZoneConflict | undefined {
    cluster.latestCall = cluster.writerCall;
    cluster.latestCaller = cluster.writer;
    const own = this.begin(cluster);
    if (cluster.replaces < 0) {
      this.active.push(own);
      return undefined;
    }
    const before = this.clusters[cluster.replaces];
    if (before === undefined) return conflictOf(evidence(cluster, cluster));
    if (before.chain === undefined) {
      const conflict = this.appear(before);
      if (conflict) return conflict;
    }
    // Replaced already; or compare-and-sets in a circle, each of which wants the value of another first.
    const rival = before.next ?? (before.chain === own ? before : undefined);
    if (rival) return conflictOf([...evidence(cluster, cluster), ...evidence(rival, rival)]);
    const chain = before.chain as Chain;
    before.next = cluster;
    cluster.previous = before;
    cluster.chain = chain;
    chain.last = cluster;
    if (cluster.latestCall > chain.to) {
      chain.to = cluster.latestCall;
      chain.latest = cluster;
    }
    return undefined;
  }

  /** Does another chain come both before and after this one? */
  private contradiction(chain: Chain): ZoneConflict | undefined {
    const { from, to, active } = { from: chain.from, to: chain.to, active: this.active };
    for (let index = 0; index < active.length; index++) {
      const other = active[index] as Chain;
      if (from < other.to && other.from < to && other !== chain) {
        return conflictOf([...zoneEvidence(chain), ...zoneEvidence(other)]);
      }
    }
    return undefined;
  }
}

export interface ZoneOptions {
  /** Remembers for each read the one before it of the same value. Given when a linearization is to be built. */
  readonly earlierRead?: Int32Array;
  /** Told of every chain that no later operation can contradict, in no special order. */
  readonly ended?: (chain: Chain) => void;
  /** Told of every value that nobody can see any more. Its number may then stand for another value. */
  readonly over?: (value: number) => void;
}

function newCluster(value: number, writer: number, writerCall: number, replaces: number): Cluster {
  return {
    value,
    writer,
    writerCall,
    replaces,
    earliestReturn: NEVER,
    earliestReturner: writer,
    latestCall: -1,
    latestCaller: writer,
    chain: undefined,
    previous: undefined,
    next: undefined,
    lastRead: -1,
  };
}

function conflictOf(operations: readonly number[]): ZoneConflict {
  return { operations: [...new Set(operations)].filter((op) => op >= 0) };
}

/** What makes the zone as wide as it is, and its ends hang together. */
function zoneEvidence({ earliest, latest }: Chain): number[] {
  const links = connected(earliest, latest) ? evidence(earliest, latest) : evidence(latest, earliest);
  return [earliest.earliestReturner, latest.latestCaller, ...links];
}

/** What shows that these clusters happened and hang together: the writes, and a read of each. */
function evidence(first: Cluster, last: Cluster): number[] {
  const operations: number[] = [];
  for (let cluster: Cluster | undefined = first; cluster; cluster = cluster.next) {
    operations.push(cluster.writer, cluster.lastRead);
    if (cluster === last) break;
  }
  return operations;
}

function connected(first: Cluster, last: Cluster): boolean {
  for (let cluster: Cluster | undefined = first; cluster; cluster = cluster.next) if (cluster === last) return true;
  return false;
}
