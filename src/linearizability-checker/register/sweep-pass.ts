import type { MemoryBudget } from '../budget.js';
import { NEVER } from '../model.js';
import { Configurations, SATISFIED, TRAIL, VALUE } from './configurations.js';
import type { CrashedKind } from './crashed-kind.js';
import { Trail } from './trail.js';
import { linearizationOf, type Transition } from './transitions.js';
import { CAS, eventsByRank, NOT, READ, type RegisterHistory, WRITE } from './view.js';

export interface PassSettings {
  readonly memory: MemoryBudget;
  /** Called for each configuration made. */
  readonly visit: () => void;
  /** See `RegisterSweepOptions`. */
  readonly since: number | undefined;
  readonly crashed: readonly CrashedKind[];
  /** Those of which no more are used than were called; uses of the others cost their price. */
  readonly counted: readonly CrashedKind[];
  /** By how much a configuration that is kept may be dearer than the cheapest. */
  readonly slack: number;
}

export type PassOutcome =
  | { readonly verdict: 'legal'; readonly order: readonly number[] }
  /**
   * No configuration is left: final if none was left out as too dear. `reached`: the rank of the return that none
   * reaches, where all uses were counted.
   */
  | { readonly verdict: 'illegal'; readonly reached?: number }
  /** The ranks of the returns before which each kind was used, in ascending order; of some kinds too many. */
  | { readonly verdict: 'overused'; readonly uses: ReadonlyMap<CrashedKind, readonly number[]> };

/** One pass of a {@link RegisterSweep}. */
export class SweepPass {
  private readonly events: Int32Array;
  private readonly kindOf = new Map<number, CrashedKind>();
  /** The crashed kinds of which one has been called by now. */
  private readonly crashedNow: CrashedNow[] = [];

  /** Slots of the running operations; a slot is a bit. */
  private readonly slotOf: Int32Array;
  private readonly freeSlots: number[] = [];
  private readonly words: number;
  /** By value: the slots that are satisfied while it is held. */
  private readonly satisfiedBy: Int32Array;
  private readonly writeSlots: Int32Array;
  private readonly notSlots: Int32Array;
  /** Running writes and compare-and-sets, the first to return first. */
  private readonly running: number[] = [];

  private frontier: Configurations;
  private spare: Configurations;
  private readonly trail: Trail;
  private readonly waiting = new CheapestFirst();
  /** What a configuration may cost at most, of those that are made for the return at hand. */
  private costLimit = Number.POSITIVE_INFINITY;
  private lastReturn = -1;

  constructor(
    private readonly history: RegisterHistory,
    private readonly settings: PassSettings,
  ) {
    const { memory, since, crashed, counted } = settings;
    const { size, returnRank, valueCount } = history;
    this.events = eventsByRank(history);
    let running = 0;
    let most = 1;
    for (const event of this.events) {
      if (event < 0) running--;
      else if (event > 0 && returnRank[event - 1] !== NEVER) most = Math.max(most, ++running);
    }
    this.words = (most + 31) >> 5;
    for (let slot = most - 1; slot >= 0; slot--) this.freeSlots.push(slot);
    this.slotOf = new Int32Array(size);
    for (const kind of crashed) for (const member of kind.members) this.kindOf.set(member, kind);
    this.satisfiedBy = new Int32Array(valueCount * this.words);
    this.writeSlots = new Int32Array(this.words);
    this.notSlots = new Int32Array(this.words);
    this.frontier = new Configurations(this.words, counted.length, memory);
    this.spare = new Configurations(this.words, counted.length, memory);
    this.trail = new Trail(memory);
    for (let value = 0; value < (since === undefined ? 1 : valueCount); value++) this.frontier.addInitial(value);
  }

  /** Everything that returned before the return with this rank is linearizable; `undefined`: not known. */
  get reached(): number | undefined {
    return this.exact ? this.lastReturn : undefined;
  }

  /** Whether every use of what never returned is counted. */
  private get exact(): boolean {
    return this.settings.counted.length === this.settings.crashed.length;
  }

  release(): void {
    this.frontier.release();
    this.spare.release();
    this.trail.release();
  }

  /** Yields now and then. */
  *run(): Generator<undefined, PassOutcome> {
    const { events, history } = this;
    let rested = 0;
    for (let rank = 0; rank < events.length; rank++) {
      const event = events[rank] as number;
      if (event > 0) {
        const op = event - 1;
        if (history.returnRank[op] === NEVER) this.callCrashed(op);
        else this.call(op);
      } else if (event < 0) {
        this.lastReturn = rank;
        yield* this.return_(-1 - event, rank);
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
    return this.resolve(this.trail.from(this.frontier.trailOf(this.cheapest())));
  }

  private callCrashed(op: number): void {
    const kind = this.kindOf.get(op) as CrashedKind;
    const known = this.crashedNow.find((each) => each.kind === kind);
    if (known) known.called++;
    else this.crashedNow.push({ kind, countedAt: this.settings.counted.indexOf(kind), called: 1 });
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
    if (kind === NOT) (this.notSlots[word] as number) |= bit;
    if (kind === WRITE || kind === CAS) this.insertRunning(op);
    const early = (history.callRank[op] as number) < (this.settings.since ?? 0);
    if (kind === CAS && !early) return;
    const { data, stride, count } = frontier;
    for (let at = 0; at < count * stride; at += stride) {
      if (early || (data[at + VALUE] === value) !== (kind === NOT)) (data[at + SATISFIED + word] as number) |= bit;
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
    const { frontier } = this;
    const { stride, usedAt } = frontier;
    const slot = this.slotOf[op] as number;
    const word = slot >> 5;
    const bit = 1 << (slot & 31);
    const satisfied = ({ data }: Configurations, at: number) => ((data[at + SATISFIED + word] as number) & bit) !== 0;

    // A satisfied update that was not used may be used now or never.
    const isUpdate = this.history.kinds[op] === WRITE || this.history.kinds[op] === CAS;
    const doneAt = (isUpdate ? usedAt : SATISFIED) + word;
    const done = ({ data }: Configurations, at: number) => ((data[at + doneAt] as number) & bit) !== 0;
    let waiting = false;
    for (let at = 0; at < frontier.count * stride && !waiting; at += stride) waiting = !done(frontier, at);
    if (waiting) {
      const closure = this.spare;
      closure.clear();
      this.waiting.clear();
      this.costLimit = Number.POSITIVE_INFINITY;
      for (let at = 0; at < frontier.count * stride; at += stride) {
        const place = closure.add(frontier, at);
        this.keep(closure, place, satisfied(frontier, at));
      }
      let rested = 0;
      for (let at = this.waiting.take(); at !== undefined; at = this.waiting.take()) {
        if (closure.costOf(at) > this.costLimit) break;
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
    const over = (at: number) => from.isDead(at) || (waiting && !from.isResult(at)) || !satisfied(from, at);
    let cheapest = Number.POSITIVE_INFINITY;
    for (let at = 0; at < from.count * stride; at += stride) {
      if (!over(at)) cheapest = Math.min(cheapest, from.costOf(at));
    }
    for (let at = 0; at < from.count * stride; at += stride) {
      if (over(at) || from.costOf(at) > cheapest + this.settings.slack) continue;
      (from.data[at + SATISFIED + word] as number) &= ~bit;
      (from.data[at + usedAt + word] as number) &= ~bit;
      (from.data[at + from.costAt] as number) -= cheapest;
      to.add(from, at);
      to.keepLast(true);
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
    if (kind === NOT) (this.notSlots[word] as number) &= ~bit;
    if (kind === WRITE || kind === CAS) this.running.splice(this.running.indexOf(op), 1);
    this.freeSlots.push(slot);
  }

  /** Adds every configuration that one change of the register makes of this one. */
  private expand(closure: Configurations, at: number, rank: number, returning: number): void {
    const { kinds, values, expected } = this.history;
    const { usedAt, costAt, countsAt } = closure;
    const held = closure.data[at + VALUE] as number;
    for (const op of this.running) {
      const slot = this.slotOf[op] as number;
      const word = slot >> 5;
      const bit = 1 << (slot & 31);
      if (((closure.data[at + usedAt + word] as number) & bit) !== 0) continue;
      const value = values[op] as number;
      if (kinds[op] === WRITE ? value === held : expected[op] !== held) continue;
      if (this.hasEarlierTwin(closure, at, op)) continue;
      const made = closure.copy(at);
      (closure.data[made + usedAt + word] as number) |= bit;
      (closure.data[made + SATISFIED + word] as number) |= bit;
      this.change(closure, at, made, { value, byWrite: kinds[op] === WRITE, move: op, rank, returning });
    }
    for (const { kind, countedAt, called } of this.crashedNow) {
      const { isWrite, value, expected: found } = kind;
      if (isWrite ? value === held : found !== held) continue;
      const count = countsAt + countedAt;
      if (countedAt >= 0 && !kind.allows(closure.data[at + count] as number, rank)) continue;
      const price = kind.priceAfter(called);
      if (closure.costOf(at) + price > this.costLimit) continue;
      const made = closure.copy(at);
      if (countedAt >= 0) (closure.data[made + count] as number)++;
      (closure.data[made + costAt] as number) += price;
      const move = -1 - this.settings.crashed.indexOf(kind);
      this.change(closure, at, made, { value, byWrite: isWrite, move, rank, returning });
    }
  }

  /** Of two alike the first to return is used first: the other can wait longer. */
  private hasEarlierTwin(closure: Configurations, at: number, op: number): boolean {
    const { kinds, values, expected } = this.history;
    for (const other of this.running) {
      if (other === op) return false;
      if (kinds[other] !== kinds[op] || values[other] !== values[op] || expected[other] !== expected[op]) continue;
      const slot = this.slotOf[other] as number;
      if (((closure.data[at + closure.usedAt + (slot >> 5)] as number) & (1 << (slot & 31))) === 0) return true;
    }
    return false;
  }

  /** The register holds another value now: who is satisfied by that? */
  private change(closure: Configurations, at: number, made: number, change: Change): void {
    const { data } = closure;
    const { words } = this;
    const { value, byWrite, move, rank, returning } = change;
    data[made + VALUE] = value;
    for (let word = 0; word < words; word++) {
      (data[made + SATISFIED + word] as number) |=
        (this.satisfiedBy[value * words + word] as number) |
        // Before or after the change something else was held than the value that it did not find.
        (this.notSlots[word] as number) |
        (byWrite ? (this.writeSlots[word] as number) : 0);
    }
    this.settings.visit();
    const slot = this.slotOf[returning] as number;
    const wordAt = SATISFIED + (slot >> 5);
    const bit = 1 << (slot & 31);
    const result =
      ((data[made + wordAt] as number) & bit) !== 0 &&
      (move === returning || ((data[at + wordAt] as number) & bit) === 0);
    if (this.keep(closure, made, result)) {
      data[made + TRAIL] = this.trail.push(data[made + TRAIL] as number, { move, rank });
    }
  }

  /** Keeps what was added last, if it is worth keeping: it waits for its own turn to change. */
  private keep(closure: Configurations, place: number, result: boolean): boolean {
    const cost = closure.costOf(place);
    if (result) this.costLimit = Math.min(this.costLimit, cost + this.settings.slack);
    const kept = closure.keepLast(result);
    if (kept) this.waiting.add(place, cost);
    return kept;
  }

  /** The index of the cheapest configuration. */
  private cheapest(): number {
    const { frontier } = this;
    let best = 0;
    for (let index = 1; index < frontier.count; index++) {
      if (frontier.costOf(index * frontier.stride) < frontier.costOf(best * frontier.stride)) best = index;
    }
    return best;
  }

  /** Names an operation for every use of a crashed kind, and puts everything else around the changes. */
  private resolve(path: readonly Transition[]): PassOutcome {
    const uses = new Map<CrashedKind, number[]>();
    let honest = true;
    const changes = path.map(({ move, rank }): Transition => {
      if (move >= 0) return { move, rank };
      const kind = this.settings.crashed[-1 - move] as CrashedKind;
      const ranks = uses.get(kind) ?? [];
      uses.set(kind, ranks);
      if (!kind.allows(ranks.length, rank)) honest = false;
      ranks.push(rank);
      return { move: kind.members[ranks.length - 1] ?? -1, rank };
    });
    if (!honest) return { verdict: 'overused', uses };
    const order = this.settings.since === undefined ? linearizationOf(this.history, changes) : [];
    return { verdict: 'legal', order };
  }
}

interface CrashedNow {
  readonly kind: CrashedKind;
  /** Where its uses are counted, among the counts; below 0: nowhere. */
  readonly countedAt: number;
  called: number;
}

/** What changes the register to `value`: `move` is an operation, or −1 − the number of a crashed kind. */
interface Change extends Transition {
  readonly value: number;
  readonly byWrite: boolean;
  /** The operation that is about to return. */
  readonly returning: number;
}

/** Places of configurations, the cheapest first; of those that cost the same the first to come. */
class CheapestFirst {
  private readonly levels: number[][] = [];
  private cost = 0;
  private taken = 0;

  clear(): void {
    for (const level of this.levels) level.length = 0;
    this.cost = 0;
    this.taken = 0;
  }

  /** @param cost not below that of the last one taken */
  add(place: number, cost: number): void {
    for (let more = this.levels.length; more <= cost; more++) this.levels.push([]);
    this.levels[cost]?.push(place);
  }

  take(): number | undefined {
    for (; this.cost < this.levels.length; this.cost++, this.taken = 0) {
      const place = this.levels[this.cost]?.[this.taken];
      if (place === undefined) continue;
      this.taken++;
      return place;
    }
    return undefined;
  }
}
