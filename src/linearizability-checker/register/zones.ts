import { LOOK, type Pulse, unhurried } from '../deadline.js';
import { NEVER } from '../model.js';

/** Operations that contradict one another. */
export interface ZoneConflict {
  readonly operations: readonly number[];
}

export interface ZoneOptions {
  /** How many values to expect. */
  readonly capacity: number;
  /**
   * Remembers for each read the one before it of the same value. Given when a linearization is to be built: then
   * nothing is forgotten.
   */
  readonly earlierRead?: Int32Array;
  /** Told of every value that nobody can see any more. Its number may then stand for another value. */
  readonly over?: (value: number) => void;
  /** Called while a linearization's columns are made: what it throws ends that. */
  readonly pulse?: Pulse;
}

const NONE = -1;

/** One number for each cluster. */
type Column = Int32Array;

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
  /** By value: the cluster of those that can still be seen; that is, whose write was called. */
  private clusterOf: Int32Array;

  // A cluster is a value and its operations: what wrote it, and who read it.
  private clusters = 0;
  private readonly freeClusters: number[] = [];
  private value: Column;
  /** NONE for the initial value. */
  private writer: Column;
  private writerCall: Column;
  /** For a value written by a compare-and-set: the value that it replaced; else NONE. */
  private replaces: Column;
  /** Earliest return among the members, and whose it is; NEVER before there is one. */
  private earliestReturn: Column;
  private earliestReturner: Column;
  /** Latest call among the members known to have happened, and whose it is; NONE before there is one. */
  private latestCall: Column;
  private latestCaller: Column;
  /** The read that was added last; {@link ZoneOptions.earlierRead} leads on to the others. */
  private lastRead: Column;
  /** NONE until the value was surely there: until its write returned, or someone saw it. */
  private chainOf: Column;
  private previous: Column;
  private next: Column;

  // A chain is clusters that nothing can come between, each but the first written by a compare-and-set of the one
  // before: a single one, mostly.
  private chains = 0;
  private readonly freeChains: number[] = [];
  private first: Column;
  private last: Column;
  /** The zone, and the clusters it comes from: the earliest return and the latest call. */
  private from: Column;
  private to: Column;
  private earliest: Column;
  private latest: Column;

  /** The chains that a later operation may still contradict. */
  private active: number[] = [];
  /** How many values can still be seen, and at how many to look again for those that are over. */
  private seen = 0;
  private collectAt = 0;
  /** Clusters that are about to join the chain of the one before. */
  private readonly appearing: number[] = [];
  private readonly forgets: boolean;

  constructor(private readonly options: ZoneOptions) {
    const capacity = options.capacity + 1;
    const { pulse = unhurried } = options;
    const column = () => {
      pulse();
      return new Int32Array(capacity);
    };
    this.forgets = options.earlierRead === undefined;
    this.clusterOf = column().fill(NONE);
    this.value = column();
    this.writer = column();
    this.writerCall = column();
    this.replaces = column();
    this.earliestReturn = column();
    this.earliestReturner = column();
    this.latestCall = column();
    this.latestCaller = column();
    this.lastRead = column();
    this.chainOf = column();
    this.previous = column();
    this.next = column();
    this.first = column();
    this.last = column();
    this.from = column();
    this.to = column();
    this.earliest = column();
    this.latest = column();
    const initial = this.newCluster(0, NONE, NONE, NONE);
    this.earliestReturn[initial] = -1;
    this.active.push(this.begin(initial));
  }

  /** False when the value is there already: its operations could then not be told apart. */
  callWrite(op: number, value: number, replaces: number, rank: number): boolean {
    if (this.has(value)) return false;
    this.newCluster(value, op, rank, replaces);
    return true;
  }

  returnWrite(op: number, value: number, call: number, rank: number): ZoneConflict | undefined {
    return this.include(this.clusterOf[value] as number, op, call, rank);
  }

  returnRead(op: number, value: number, call: number, rank: number): ZoneConflict | undefined {
    // Nobody wrote it, or it was over before this read was called.
    if (!this.has(value)) return conflictOf([op]);
    const cluster = this.clusterOf[value] as number;
    if (this.options.earlierRead) this.options.earlierRead[op] = this.lastRead[cluster] as number;
    this.lastRead[cluster] = op;
    return this.include(cluster, op, call, rank);
  }

  /** Whether the value may be there now: its write was called, and it is not over. */
  has(value: number): boolean {
    return value < this.clusterOf.length && this.clusterOf[value] !== NONE;
  }

  /**
   * Whether, by what is known, the register surely held something else than `value` at some moment between `call` and
   * `rank`. False: nobody knows.
   */
  heldOther(value: number, call: number, rank: number): boolean {
    if (!this.has(value)) return true;
    const cluster = this.clusterOf[value] as number;
    if (call < (this.writerCall[cluster] as number)) return true;
    const chain = this.chainOf[cluster] as number;
    if (chain === NONE) return false;
    const from = this.from[chain] as number;
    for (const other of this.active) {
      if (other !== chain && from < (this.to[other] as number) && (this.from[other] as number) < rank) return true;
    }
    for (let next = this.next[cluster] as number; next !== NONE; next = this.next[next] as number) {
      if ((this.earliestReturn[next] as number) < rank) return true;
    }
    return false;
  }

  /** The one value that can still be there, when nothing is running; `undefined` when there are several. */
  get onlyValue(): number | undefined {
    this.collectAt = 0;
    this.collect(NEVER);
    return this.active.length === 1 ? this.value[this.last[this.active[0] as number] as number] : undefined;
  }

  /**
   * Forgets what is over, where there may be enough of it.
   *
   * @param m the earliest call among the operations that have not returned
   */
  collect(m: number): void {
    const { active, from, to } = this;
    if (this.seen < this.collectAt) return;
    // The latest call among the chains that some operation returned from before m, and for its own chain the latest
    // among those behind it: one that stands before it, by its first return, cannot come after it too.
    let latest = -1;
    let latestChain = NONE;
    let second = -1;
    for (const chain of active) {
      if ((from[chain] as number) >= m) continue;
      const call = to[chain] as number;
      if (call > latest) {
        latest = call;
        latestChain = chain;
      } else if (call > second) second = call;
    }
    let kept = 0;
    for (const chain of active) {
      const over = (from[chain] as number) < (chain === latestChain ? second : latest);
      if (over) this.dropUpTo(this.last[chain] as number);
      else this.dropEarlyMembers(chain, m);
      if (over && (from[chain] as number) < m) this.endChain(chain);
      else active[kept++] = chain;
    }
    active.length = kept;
    this.collectAt = this.seen + (this.seen >> 1) + 8;
  }

  /**
   * The operations of all values that were surely there, in the order of a linearization: forward zones (from < to) are
   * disjoint and come in their order; a backward one shrinks to a point outside of them.
   */
  linearization(size: number, pulse: Pulse = unhurried): number[] {
    const { from, to } = this;
    const forward: number[] = [];
    const backward: number[] = [];
    // Chains are numbered as they begin, so both stand in the order of their first returns. A backward one that has to
    // wait behind another, until a forward zone is over, ends later than that, and so may come after it as well.
    for (let chain = 0; chain < this.chains; chain++) {
      if ((chain & LOOK) === 0) pulse();
      ((from[chain] as number) < (to[chain] as number) ? forward : backward).push(chain);
    }
    const order: number[] = [];
    order.length = size;
    let filled = 0;
    let next = 0;
    for (let index = 0; index < forward.length; index++) {
      if ((index & LOOK) === 0) pulse();
      const zone = forward[index] as number;
      while (next < backward.length && (to[backward[next] as number] as number) < (from[zone] as number))
        filled = this.writeChain(backward[next++] as number, order, filled);
      filled = this.writeChain(zone, order, filled);
    }
    while (next < backward.length) filled = this.writeChain(backward[next++] as number, order, filled);
    order.length = filled;
    return order;
  }

  private writeChain(chain: number, order: number[], start: number): number {
    let filled = start;
    const earlierRead = this.options.earlierRead as Int32Array;
    for (let cluster = this.first[chain] as number; cluster !== NONE; cluster = this.next[cluster] as number) {
      if (this.writer[cluster] !== NONE) order[filled++] = this.writer[cluster] as number;
      const firstRead = filled;
      for (let read = this.lastRead[cluster] as number; read >= 0; read = earlierRead[read] as number) {
        order[filled++] = read;
      }
      // In the order of their returns they contradict no one's clock.
      for (let low = firstRead, high = filled - 1; low < high; low++, high--) {
        const read = order[low] as number;
        order[low] = order[high] as number;
        order[high] = read;
      }
    }
    return filled;
  }

  /** Members that are followed by one which was surely there before m. */
  private dropEarlyMembers(chain: number, m: number): void {
    let surely = this.last[chain] as number;
    while (surely !== NONE && (this.earliestReturn[surely] as number) >= m) surely = this.previous[surely] as number;
    if (surely === NONE || this.previous[surely] === NONE) return;
    const dropped = this.previous[surely] as number;
    this.dropUpTo(dropped);
    if (!this.forgets) return;
    // The zone's ends are numbers of their own; only the living end of the chain is needed.
    this.previous[surely] = NONE;
    for (let cluster = dropped; cluster !== NONE; ) {
      const before = this.previous[cluster] as number;
      this.freeClusters.push(cluster);
      cluster = before;
    }
    this.first[chain] = surely;
  }

  /** This cluster and those before it: nobody can see their values any more. */
  private dropUpTo(last: number): void {
    for (let cluster = last; cluster !== NONE; cluster = this.previous[cluster] as number) {
      const value = this.value[cluster] as number;
      if (this.clusterOf[value] !== cluster) return;
      this.clusterOf[value] = NONE;
      this.seen--;
      this.options.over?.(value);
    }
  }

  private endChain(chain: number): void {
    if (!this.forgets) return;
    this.freeChains.push(chain);
    for (let cluster = this.first[chain] as number; cluster !== NONE; cluster = this.next[cluster] as number) {
      this.freeClusters.push(cluster);
    }
  }

  private newCluster(value: number, writer: number, writerCall: number, replaces: number): number {
    const cluster = this.freeClusters.pop() ?? this.clusters++;
    if (cluster >= this.value.length || value >= this.clusterOf.length) this.grow(value);
    this.seen++;
    this.clusterOf[value] = cluster;
    this.value[cluster] = value;
    this.writer[cluster] = writer;
    this.writerCall[cluster] = writerCall;
    this.replaces[cluster] = replaces;
    this.earliestReturn[cluster] = NEVER;
    this.earliestReturner[cluster] = writer;
    this.latestCall[cluster] = -1;
    this.latestCaller[cluster] = writer;
    this.lastRead[cluster] = NONE;
    this.chainOf[cluster] = NONE;
    this.previous[cluster] = NONE;
    this.next[cluster] = NONE;
    return cluster;
  }

  private grow(value: number): void {
    const length = Math.max(2 * this.value.length, 2 * value);
    const larger = (column: Column) => {
      const copy = new Int32Array(length);
      copy.set(column);
      return copy;
    };
    const known = this.clusterOf.length;
    this.clusterOf = larger(this.clusterOf).fill(NONE, known);
    this.value = larger(this.value);
    this.writer = larger(this.writer);
    this.writerCall = larger(this.writerCall);
    this.replaces = larger(this.replaces);
    this.earliestReturn = larger(this.earliestReturn);
    this.earliestReturner = larger(this.earliestReturner);
    this.latestCall = larger(this.latestCall);
    this.latestCaller = larger(this.latestCaller);
    this.lastRead = larger(this.lastRead);
    this.chainOf = larger(this.chainOf);
    this.previous = larger(this.previous);
    this.next = larger(this.next);
    this.first = larger(this.first);
    this.last = larger(this.last);
    this.from = larger(this.from);
    this.to = larger(this.to);
    this.earliest = larger(this.earliest);
    this.latest = larger(this.latest);
  }

  /** A chain of one. There are never more chains than clusters. */
  private begin(cluster: number): number {
    const chain = this.freeChains.pop() ?? this.chains++;
    this.chainOf[cluster] = chain;
    this.first[chain] = cluster;
    this.last[chain] = cluster;
    this.from[chain] = this.earliestReturn[cluster] as number;
    this.to[chain] = this.latestCall[cluster] as number;
    this.earliest[chain] = cluster;
    this.latest[chain] = cluster;
    return chain;
  }

  /** `op`, a member of the cluster, returned. */
  private include(cluster: number, op: number, call: number, rank: number): ZoneConflict | undefined {
    let grown = this.chainOf[cluster] === NONE;
    if (grown) {
      const conflict = this.appear(cluster);
      if (conflict) return conflict;
    }
    const chain = this.chainOf[cluster] as number;
    if (rank < (this.earliestReturn[cluster] as number)) {
      this.earliestReturn[cluster] = rank;
      this.earliestReturner[cluster] = op;
      if (rank < (this.from[chain] as number)) {
        this.from[chain] = rank;
        this.earliest[chain] = cluster;
      }
    }
    if (call > (this.latestCall[cluster] as number)) {
      this.latestCall[cluster] = call;
      this.latestCaller[cluster] = op;
      for (let later = this.last[chain] as number; later !== cluster; later = this.previous[later] as number) {
        if ((this.earliestReturn[later] as number) < call) {
          return conflictOf([this.earliestReturner[later] as number, op, ...this.evidence(cluster, later)]);
        }
      }
      if (call > (this.to[chain] as number)) {
        this.to[chain] = call;
        this.latest[chain] = cluster;
        grown = true;
      }
    }
    return grown ? this.contradiction(chain) : undefined;
  }

  /** The value was surely there: so was, where a compare-and-set wrote it, the one before. */
  private appear(cluster: number): ZoneConflict | undefined {
    this.latestCall[cluster] = this.writerCall[cluster] as number;
    const replaced = this.replaces[cluster] as number;
    if (replaced === NONE) {
      this.active.push(this.begin(cluster));
      return undefined;
    }
    if (!this.has(replaced)) return conflictOf(this.allEvidence([...this.appearing, cluster]));
    const before = this.clusterOf[replaced] as number;
    if (this.chainOf[before] === NONE) {
      // Compare-and-sets in a circle, each of which wants the value of another first.
      if (this.appearing.includes(before)) return conflictOf(this.allEvidence([...this.appearing, cluster]));
      this.appearing.push(cluster);
      const conflict = this.appear(before);
      this.appearing.pop();
      if (conflict) return conflict;
    }
    const rival = this.next[before] as number;
    if (rival !== NONE) return conflictOf(this.allEvidence([...this.appearing, cluster, rival]));
    const chain = this.chainOf[before] as number;
    this.chainOf[cluster] = chain;
    this.next[before] = cluster;
    this.previous[cluster] = before;
    this.last[chain] = cluster;
    if ((this.latestCall[cluster] as number) > (this.to[chain] as number)) {
      this.to[chain] = this.latestCall[cluster] as number;
      this.latest[chain] = cluster;
    }
    return undefined;
  }

  /** Does another chain come both before and after this one? */
  private contradiction(chain: number): ZoneConflict | undefined {
    const { active, from, to } = this;
    const start = from[chain] as number;
    const end = to[chain] as number;
    // They stand in the order of their first returns.
    for (let index = 0; index < active.length; index++) {
      const other = active[index] as number;
      if ((from[other] as number) >= end) break;
      if (start < (to[other] as number) && other !== chain) {
        return conflictOf([...this.zoneEvidence(chain), ...this.zoneEvidence(other)]);
      }
    }
    return undefined;
  }

  /** What makes the zone as wide as it is, and its ends hang together. */
  private zoneEvidence(chain: number): number[] {
    const earliest = this.earliest[chain] as number;
    const latest = this.latest[chain] as number;
    const [first, last] = this.follows(earliest, latest) ? [earliest, latest] : [latest, earliest];
    return [
      this.earliestReturner[earliest] as number,
      this.latestCaller[latest] as number,
      ...(this.forgets ? [] : this.evidence(first, last)),
    ];
  }

  /** What shows that these clusters happened and hang together: the writes, and a read of each. */
  private evidence(first: number, last: number): number[] {
    const operations: number[] = [];
    for (let cluster = first; cluster !== NONE; cluster = this.next[cluster] as number) {
      operations.push(this.writer[cluster] as number, this.lastRead[cluster] as number);
      if (cluster === last) break;
    }
    return operations;
  }

  private allEvidence(clusters: readonly number[]): number[] {
    return clusters.flatMap((cluster) => this.evidence(cluster, cluster));
  }

  private follows(first: number, last: number): boolean {
    for (let cluster = first; cluster !== NONE; cluster = this.next[cluster] as number)
      if (cluster === last) return true;
    return false;
  }
}

function conflictOf(operations: readonly number[]): ZoneConflict {
  return { operations: [...new Set(operations)].filter((op) => op >= 0) };
}
