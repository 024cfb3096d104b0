import { MemoryBudget } from '../budget.js';
import { NEVER } from '../model.js';
import type { SearchOutcome } from '../search.js';
import { linearizationOf, type Transition } from './transitions.js';
import { CAS, NOT, NOTHING, READ, type RegisterHistory, WRITE } from './view.js';

/**
 * Decides any register's history, made for few values: a sweep over its returns that keeps every configuration worth
 * keeping (Lowe's just-in-time linearization, 2017, for registers).
 *
 * A configuration is the value held and, for each operation that is running, whether it is *satisfied*: there has been
 * a moment since its call at which it can be put. A read is when its value was held. A write is when its value was
 * held, or when another write took effect: it goes right before that one, unseen. A failed compare-and-set is when
 * something else was held. So all reads of a value behave alike, and only what changes the register branches:
 * a running write that takes effect visibly (once: it is *used* then), or a compare-and-set.
 *
 * The register changes only when a return needs it: right before the return of an operation that is not satisfied.
 * Of two configurations with the same value, the one that satisfied more and used less dominates; only those that no
 * other dominates are kept.
 *
 * Operations that never returned change the register when called for. They are taken as unlimited at first, by kind;
 * "illegal" is then final. Where a linearization uses a kind more often than it was called, that kind is counted from
 * then on, and the sweep starts again.
 */
export class RegisterSweep {
  /** Configurations made so far. */
  visited = 0;
  private readonly steps: Generator<undefined, SearchOutcome>;
  private outcome: SearchOutcome | undefined;

  private sweep: Sweep | undefined;

  constructor(
    private readonly history: RegisterHistory,
    private readonly options: RegisterSweepOptions = {},
  ) {
    this.steps = this.decide();
  }

  /**
   * Everything that returned before the return with this rank is linearizable. `undefined`: not known, for uses of what
   * never returned are not counted yet.
   */
  get reached(): number | undefined {
    return this.sweep?.reached;
  }

  /** Goes on for about `configurations` more; `undefined` when that did not suffice. */
  run(configurations: number): SearchOutcome | undefined {
    const end = this.visited + configurations;
    while (this.outcome === undefined && this.visited < end) {
      const step = this.steps.next();
      if (step.done) this.outcome = step.value;
    }
    return this.outcome;
  }

  private *decide(): Generator<undefined, SearchOutcome> {
    const counted: number[] = [];
    while (true) {
      this.sweep = new Sweep(this.history, counted, this.options, () => this.visited++);
      const outcome = yield* this.sweep.decide();
      this.sweep.release();
      if (outcome.verdict !== 'overused') return outcome;
      counted.push(...outcome.kinds);
    }
  }
}

export interface RegisterSweepOptions {
  readonly memory?: MemoryBudget;
  /**
   * A rank. The register may hold anything there, not only value 0 at first, and operations that were called before may
   * have taken effect before. A legal outcome then comes without an order.
   */
  readonly since?: number;
}

type SweepOutcome = SearchOutcome | { readonly verdict: 'overused'; readonly kinds: readonly number[] };

/** Calls and returns in time order: op where it was called, −1 − op where it returned. */
function eventsOf({ size, kinds, callRank, returnRank }: RegisterHistory): Int32Array {
  const events: number[] = [];
  for (let op = 0; op < size; op++) {
    if (kinds[op] === NOTHING) continue;
    events.push(op);
    if (returnRank[op] !== NEVER) events.push(-1 - op);
  }
  const rankOf = (event: number) => (event >= 0 ? callRank[event] : returnRank[-1 - event]) as number;
  const ranks = Int32Array.from(events, rankOf);
  const byRank = Int32Array.from(events.keys()).sort(
    (left, right) => (ranks[left] as number) - (ranks[right] as number),
  );
  return byRank.map((index) => events[index] as number);
}

class Sweep {
  private readonly events: Int32Array;
  /** Kinds of updates that never returned: the number of each, its members in the order of their calls. */
  private readonly crashedKinds = new Map<number, number[]>();
  /** Those called by now. */
  private readonly crashedNow: number[] = [];
  private readonly countedIndex = new Map<number, number>();

  /** Slots of the running operations; a slot is a bit. */
  private readonly slotOf: Int32Array;
  private readonly freeSlots: number[] = [];
  private readonly words: number;
  /** By value: the slots that are satisfied while it is held. */
  private readonly satisfiedBy: Int32Array;
  private readonly writeSlots: Int32Array;
  private readonly notSlots: Int32Array;
  /** By value: the slots of running failed compare-and-sets that expected it. */
  private readonly notOf: Int32Array;
  /** Running writes and compare-and-sets, the first to return first. */
  private readonly running: number[] = [];

  /** A configuration: value, trail, satisfied words, used words, uses of the counted kinds. */
  private readonly stride: number;
  private frontier: Configurations;
  private spare: Configurations;
  private readonly trail: Trail;
  private lastReturn = -1;

  constructor(
    private readonly history: RegisterHistory,
    private readonly counted: readonly number[],
    private readonly options: RegisterSweepOptions,
    private readonly visit: () => void,
  ) {
    const { memory = new MemoryBudget(), since } = options;
    const { size, kinds, returnRank, valueCount } = history;
    this.events = eventsOf(history);
    for (const [index, kind] of counted.entries()) this.countedIndex.set(kind, index);
    let running = 0;
    let most = 1;
    for (const event of this.events) {
      if (event < 0) running--;
      else if (returnRank[event] !== NEVER) most = Math.max(most, ++running);
    }
    this.words = (most + 31) >> 5;
    for (let slot = most - 1; slot >= 0; slot--) this.freeSlots.push(slot);
    this.slotOf = new Int32Array(size);
    this.satisfiedBy = new Int32Array(valueCount * this.words);
    this.notOf = new Int32Array(valueCount * this.words);
    this.writeSlots = new Int32Array(this.words);
    this.notSlots = new Int32Array(this.words);
    for (const event of this.events) {
      if (event < 0 || returnRank[event] !== NEVER || kinds[event] === NOTHING) continue;
      const members = this.crashedKinds.get(this.kindOf(event));
      if (members) members.push(event);
      else this.crashedKinds.set(this.kindOf(event), [event]);
    }
    this.stride = 2 + 2 * this.words + counted.length;
    this.frontier = new Configurations(this.stride, this.words, memory);
    this.spare = new Configurations(this.stride, this.words, memory);
    this.trail = new Trail(memory);
    for (let value = 0; value < (since === undefined ? 1 : valueCount); value++) {
      this.frontier.addCopy(new Int32Array(this.stride).fill(value, 0, 1).fill(-1, 1, 2), 0);
    }
  }

  get reached(): number | undefined {
    return this.exact ? this.lastReturn : undefined;
  }

  /** Whether every use of what never returned is counted. */
  private get exact(): boolean {
    return this.counted.length === this.crashedKinds.size;
  }

  release(): void {
    this.frontier.release();
    this.spare.release();
    this.trail.release();
  }

  *decide(): Generator<undefined, SweepOutcome> {
    const { events, history } = this;
    let rested = 0;
    for (const event of events) {
      if (event >= 0) {
        if (history.returnRank[event] === NEVER) this.callCrashed(event);
        else this.call(event);
      } else {
        const op = -1 - event;
        const rank = history.returnRank[op] as number;
        this.lastReturn = rank;
        yield* this.return_(op, rank);
        if (this.frontier.count === 0) {
          return { verdict: 'illegal', ...(this.exact && { reached: rank }) };
        }
      }
      rested += this.frontier.count;
      if (rested > 1000) {
        rested = 0;
        yield undefined;
      }
    }
    return this.resolve(this.trail.from(this.frontier.trailOf(0)));
  }

  /** Kinds of crashed updates: a write of v is v, a compare-and-set from a to b is (a + 1) · values + b. */
  private kindOf(op: number): number {
    const { kinds, values, expected, valueCount } = this.history;
    const value = values[op] as number;
    return kinds[op] === WRITE ? value : ((expected[op] as number) + 1) * valueCount + value;
  }

  private callCrashed(op: number): void {
    const kind = this.kindOf(op);
    if (this.crashedKinds.get(kind)?.[0] === op) this.crashedNow.push(kind);
  }

  private call(op: number): void {
    const { history, words, frontier } = this;
    const slot = this.freeSlots.pop() as number;
    this.slotOf[op] = slot;
    const word = slot >> 5;
    const bit = 1 << (slot & 31);
    const value = history.values[op] as number;
    const kind = history.kinds[op];
    if (kind === READ || kind === WRITE) (this.satisfiedBy[value * words + word] as number) |= bit;
    if (kind === WRITE) (this.writeSlots[word] as number) |= bit;
    if (kind === NOT) {
      (this.notSlots[word] as number) |= bit;
      (this.notOf[value * words + word] as number) |= bit;
    }
    if (kind === WRITE || kind === CAS) this.insertRunning(op);
    const early = (history.callRank[op] as number) < (this.options.since ?? 0);
    if (kind === CAS && !early) return;
    const { data, stride, count } = frontier;
    for (let index = 0, at = 0; index < count; index++, at += stride) {
      if (early || (data[at] === value) !== (kind === NOT)) (data[at + 2 + word] as number) |= bit;
    }
  }

  private insertRunning(op: number): void {
    const { running } = this;
    const { returnRank } = this.history;
    let at = running.length;
    while (at > 0 && (returnRank[running[at - 1] as number] as number) > (returnRank[op] as number)) at--;
    running.splice(at, 0, op);
  }

  private *return_(op: number, rank: number): Generator<undefined, void> {
    const { words, stride } = this;
    const slot = this.slotOf[op] as number;
    const word = slot >> 5;
    const bit = 1 << (slot & 31);
    const satisfied = ({ data }: Configurations, at: number) => ((data[at + 2 + word] as number) & bit) !== 0;

    // A satisfied update that was not used may be used now or never.
    const isUpdate = this.history.kinds[op] === WRITE || this.history.kinds[op] === CAS;
    const usedAt = 2 + words + word;
    const done = ({ data }: Configurations, at: number) =>
      ((data[at + (isUpdate ? usedAt : 2 + word)] as number) & bit) !== 0;
    const { frontier } = this;
    let waiting = false;
    for (let at = 0; at < frontier.count * stride && !waiting; at += stride) waiting = !done(frontier, at);
    if (waiting) {
      const closure = this.spare;
      closure.clear();
      for (let at = 0; at < frontier.count * stride; at += stride) {
        closure.add(frontier.data, at, satisfied(frontier, at));
      }
      for (let at = 0, rested = 0; at < closure.count * stride; at += stride) {
        if (closure.isDead(at) || done(closure, at)) continue;
        this.expand(closure, at, rank, op);
        if (++rested === 200) {
          rested = 0;
          yield undefined;
        }
      }
      this.spare = frontier;
      this.frontier = closure;
    }

    // The operation is over: its slot means nothing any more.
    const from = this.frontier;
    const to = this.spare;
    to.clear();
    for (let at = 0; at < from.count * stride; at += stride) {
      if (from.isDead(at) || (waiting && !from.isResult(at)) || !satisfied(from, at)) continue;
      (from.data[at + 2 + word] as number) &= ~bit;
      (from.data[at + usedAt] as number) &= ~bit;
      to.add(from.data, at, true);
    }
    to.sweepDead();
    this.frontier = to;
    this.spare = from;
    this.freeSlot(op, word, bit, slot);
    if (this.trail.crowded) this.trail.compact(to);
  }

  private freeSlot(op: number, word: number, bit: number, slot: number): void {
    const { kinds, values } = this.history;
    const { words } = this;
    const value = values[op] as number;
    const kind = kinds[op];
    if (kind === READ || kind === WRITE) (this.satisfiedBy[value * words + word] as number) &= ~bit;
    if (kind === WRITE) (this.writeSlots[word] as number) &= ~bit;
    if (kind === NOT) {
      (this.notSlots[word] as number) &= ~bit;
      (this.notOf[value * words + word] as number) &= ~bit;
    }
    if (kind === WRITE || kind === CAS) this.running.splice(this.running.indexOf(op), 1);
    this.freeSlots.push(slot);
  }

  /** Adds every configuration that one change of the register makes of this one. */
  private expand(closure: Configurations, at: number, rank: number, returning: number): void {
    const { history, words } = this;
    const { kinds, values, expected, valueCount } = history;
    const state = closure.data[at] as number;
    for (const op of this.running) {
      const slot = this.slotOf[op] as number;
      const word = slot >> 5;
      const bit = 1 << (slot & 31);
      if (((closure.data[at + 2 + words + word] as number) & bit) !== 0) continue;
      const value = values[op] as number;
      if (kinds[op] === WRITE ? value === state : expected[op] !== state) continue;
      if (this.hasEarlierTwin(closure, at, op)) continue;
      const made = closure.copy(at);
      (closure.data[made + 2 + words + word] as number) |= bit;
      if (kinds[op] === CAS) (closure.data[made + 2 + word] as number) |= bit;
      this.change(closure, at, made, value, kinds[op] === WRITE, op, rank, returning);
    }
    for (const kind of this.crashedNow) {
      const isWrite = kind < valueCount;
      const value = isWrite ? kind : kind % valueCount;
      if (isWrite ? value === state : Math.floor(kind / valueCount) - 1 !== state) continue;
      const counter = this.countedIndex.get(kind);
      if (counter !== undefined) {
        const uses = closure.data[at + 2 + 2 * words + counter] as number;
        const member = this.crashedKinds.get(kind)?.[uses];
        if (member === undefined || (history.callRank[member] as number) > rank) continue;
      }
      const made = closure.copy(at);
      if (counter !== undefined) (closure.data[made + 2 + 2 * words + counter] as number)++;
      this.change(closure, at, made, value, isWrite, -1 - kind, rank, returning);
    }
  }

  /** Of two alike the first to return is used first: the other can wait longer. */
  private hasEarlierTwin(closure: Configurations, at: number, op: number): boolean {
    const { kinds, values, expected } = this.history;
    for (const other of this.running) {
      if (other === op) return false;
      if (kinds[other] !== kinds[op] || values[other] !== values[op] || expected[other] !== expected[op]) continue;
      const slot = this.slotOf[other] as number;
      if (((closure.data[at + 2 + this.words + (slot >> 5)] as number) & (1 << (slot & 31))) === 0) return true;
    }
    return false;
  }

  /** The register holds `value` now: who is satisfied by that? */
  private change(
    closure: Configurations,
    at: number,
    made: number,
    value: number,
    byWrite: boolean,
    move: number,
    rank: number,
    returning: number,
  ): void {
    const { data } = closure;
    const { words } = this;
    data[made] = value;
    for (let word = 0; word < words; word++) {
      (data[made + 2 + word] as number) |=
        (this.satisfiedBy[value * words + word] as number) |
        ((this.notSlots[word] as number) & ~(this.notOf[value * words + word] as number)) |
        (byWrite ? (this.writeSlots[word] as number) : 0);
    }
    this.visit();
    const slot = this.slotOf[returning] as number;
    const wordOf = 2 + (slot >> 5);
    const bit = 1 << (slot & 31);
    const result =
      ((data[made + wordOf] as number) & bit) !== 0 &&
      (move === returning || ((data[at + wordOf] as number) & bit) === 0);
    if (closure.keepLast(result)) data[made + 1] = this.trail.push(data[made + 1] as number, move, rank);
  }

  /** Names an operation for every use of a crashed kind, and puts everything else around the changes. */
  private resolve(path: readonly Transition[]): SweepOutcome {
    const uses = new Map<number, number>();
    const overused = new Set<number>();
    const changes = path.map(({ move, rank }): Transition => {
      if (move >= 0) return { move, rank };
      const kind = -1 - move;
      const use = uses.get(kind) ?? 0;
      uses.set(kind, use + 1);
      const member = this.crashedKinds.get(kind)?.[use];
      if (member === undefined || (this.history.callRank[member] as number) > rank) {
        overused.add(kind);
        return { move: -1, rank };
      }
      return { move: member, rank };
    });
    if (overused.size > 0) return { verdict: 'overused', kinds: [...overused] };
    return { verdict: 'legal', order: this.options.since !== undefined ? [] : linearizationOf(this.history, changes) };
  }
}

/** Configurations side by side in one array. */
class Configurations {
  data: Int32Array;
  count = 0;
  private results: Uint8Array;
  /** By value: the places of the living. */
  private readonly byState = new Map<number, number[]>();

  constructor(
    readonly stride: number,
    private readonly words: number,
    private readonly memory: MemoryBudget,
  ) {
    this.data = memory.array(64 * stride);
    this.results = new Uint8Array(64);
  }

  release(): void {
    this.memory.release(this.data);
  }

  clear(): void {
    this.count = 0;
    for (const places of this.byState.values()) places.length = 0;
  }

  trailOf(index: number): number {
    return this.data[index * this.stride + 1] as number;
  }

  isDead(at: number): boolean {
    return (this.data[at] as number) < 0;
  }

  addCopy(from: Int32Array, at: number): number {
    const { stride } = this;
    const place = this.count * stride;
    if (place + stride > this.data.length) {
      const larger = this.memory.grown(this.data, this.data.length + stride);
      // A copy of an own configuration is read from where it still is.
      if (from === this.data) from = larger;
      this.data = larger;
      const results = new Uint8Array(Math.ceil(larger.length / stride));
      results.set(this.results);
      this.results = results;
    }
    const { data } = this;
    for (let index = 0; index < stride; index++) data[place + index] = from[at + index] as number;
    this.count++;
    return place;
  }

  copy(at: number): number {
    return this.addCopy(this.data, at);
  }

  isResult(at: number): boolean {
    return this.results[at / this.stride] === 1;
  }

  add(from: Int32Array, at: number, result: boolean): void {
    this.addCopy(from, at);
    this.keepLast(result);
  }

  /**
   * Keeps the configuration added last unless another dominates it; ends those that it dominates. One that stands in
   * for a result is a result.
   */
  keepLast(result: boolean): boolean {
    const place = (this.count - 1) * this.stride;
    const state = this.data[place] as number;
    let places = this.byState.get(state);
    if (places === undefined) {
      places = [];
      this.byState.set(state, places);
    }
    for (const other of places) {
      if (this.dominates(other, place)) {
        this.count--;
        if (result) this.results[other / this.stride] = 1;
        return false;
      }
    }
    this.results[this.count - 1] = result ? 1 : 0;
    let kept = 0;
    for (const other of places) {
      if (this.dominates(place, other)) {
        this.data[other] = -1;
        if (this.isResult(other)) this.results[this.count - 1] = 1;
      } else places[kept++] = other;
    }
    places.length = kept;
    places.push(place);
    return true;
  }

  /** Removes the ended ones. */
  sweepDead(): void {
    const { stride, data } = this;
    let kept = 0;
    for (let at = 0; at < this.count * stride; at += stride) {
      if ((data[at] as number) < 0) continue;
      const to = kept++ * stride;
      if (to !== at) data.copyWithin(to, at, at + stride);
    }
    this.count = kept;
  }

  private dominates(left: number, right: number): boolean {
    const { data, words, stride } = this;
    for (let word = 2; word < 2 + words; word++) {
      if (((data[right + word] as number) & ~(data[left + word] as number)) !== 0) return false;
      if (((data[left + words + word] as number) & ~(data[right + words + word] as number)) !== 0) return false;
    }
    for (let use = 2 + 2 * words; use < stride; use++) {
      if ((data[left + use] as number) > (data[right + use] as number)) return false;
    }
    return true;
  }
}

/** The changes that led to each configuration, as linked lists. */
class Trail {
  /** For each: the one before, move, rank. */
  private links: Int32Array;
  private used = 0;
  private crowdedAt = 1 << 20;

  constructor(private readonly memory: MemoryBudget) {
    this.links = memory.array(3 * 1024);
  }

  release(): void {
    this.memory.release(this.links);
  }

  push(previous: number, move: number, rank: number): number {
    if (3 * this.used + 3 > this.links.length) this.links = this.memory.grown(this.links, 3 * this.used + 3);
    this.links[3 * this.used] = previous;
    this.links[3 * this.used + 1] = move;
    this.links[3 * this.used + 2] = rank;
    return this.used++;
  }

  get crowded(): boolean {
    return this.used >= this.crowdedAt;
  }

  /** Forgets what led to no configuration that is left. */
  compact(configurations: Configurations): void {
    const renumbered = new Int32Array(this.used).fill(-1);
    const { data, stride, count } = configurations;
    for (let at = 0; at < count * stride; at += stride) {
      for (let link = data[at + 1] as number; link >= 0 && renumbered[link] === -1; ) {
        renumbered[link] = 0;
        link = this.links[3 * link] as number;
      }
    }
    let kept = 0;
    for (let link = 0; link < this.used; link++) {
      if (renumbered[link] === -1) continue;
      const previous = this.links[3 * link] as number;
      this.links[3 * kept] = previous < 0 ? previous : (renumbered[previous] as number);
      this.links[3 * kept + 1] = this.links[3 * link + 1] as number;
      this.links[3 * kept + 2] = this.links[3 * link + 2] as number;
      renumbered[link] = kept++;
    }
    for (let at = 0; at < count * stride; at += stride) {
      const link = data[at + 1] as number;
      if (link >= 0) data[at + 1] = renumbered[link] as number;
    }
    this.used = kept;
    this.crowdedAt = Math.max(1 << 20, 2 * kept);
  }

  from(link: number): Transition[] {
    const path: Transition[] = [];
    for (let at = link; at >= 0; at = this.links[3 * at] as number) {
      path.push({ move: this.links[3 * at + 1] as number, rank: this.links[3 * at + 2] as number });
    }
    return path.reverse();
  }
}
