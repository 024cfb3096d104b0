import type { SeenVersions } from './interleaving.js';
import type { SessionHistory } from './sessions.js';
import { UNSEEN } from './versions.js';

/** Operations between two looks at the clock. */
const PULSE = 256;
/** Explanations of more steps than this help nobody. */
const MOST_STEPS = 300;

/**
 * What must come before what in every order of the operations, kept as vector clocks: for each operation and each
 * session, how many of the session's operations surely come before it.
 *
 * It begins with the sessions' own order and with "who saw a version comes after its maker", and grows by two rules,
 * where A and B make versions of one key and R saw that of A:
 *
 * - B before R: then B before A, for R saw nothing newer than A;
 * - A before B: then R before B, for afterwards the version is gone.
 *
 * (As in Hangal et al., "TSOtool", 2004, and, for weaker models, Bouajjani et al., 2017.) A compare-and-set saw the
 * version that it replaced. An operation that comes before itself is a contradiction.
 */
export class Precedence {
  private readonly clocks: Int32Array;
  private readonly dirty: number[] = [];
  private readonly isDirty: Uint8Array;
  /** Found orders: for each operation, a linked list of those that come after it. */
  private readonly firstLink: Int32Array;
  private readonly linkTo: number[] = [];
  private readonly linkNext: number[] = [];
  private readonly linkFrom: number[] = [];
  /** Why a link is there: because this operation comes before that one; −1 where nothing else is needed for it. */
  private readonly causeFrom: number[] = [];
  private readonly causeTo: number[] = [];
  /** The first contradiction: this operation comes before that one, which cannot be. */
  private conflict: readonly [number, number] | undefined;
  /** What changed since the beginning, to take it back: places in the clocks and what stood there. */
  private readonly changedSlots: number[] = [];
  private readonly changedFrom: number[] = [];
  private readonly marks: { readonly slots: number; readonly links: number }[] = [];
  private contradiction = false;

  private constructor(
    private readonly history: SessionHistory<unknown, unknown>,
    private readonly seen: SeenVersions,
    private readonly chains: readonly (readonly number[])[],
    private readonly chain: Int32Array,
    private readonly index: Int32Array,
    /** Operations of unknown outcome in the midst of a session come after this one. */
    private readonly parent: Int32Array,
    /** By key and chain: the places of writes in the chain. */
    private readonly writes: readonly (readonly number[])[],
    private readonly pulse: () => void,
  ) {
    this.clocks = new Int32Array(history.size * chains.length);
    this.isDirty = new Uint8Array(history.size);
    this.firstLink = new Int32Array(history.size).fill(-1);
  }

  /**
   * `undefined` when it would take more than so many numbers.
   *
   * @param pulse called now and then; it ends the work by throwing
   */
  static of(
    history: SessionHistory<unknown, unknown>,
    seen: SeenVersions,
    memory: number,
    pulse: () => void,
  ): Precedence | undefined {
    const { size } = history;
    const last = new Int32Array(history.processes).fill(-1);
    for (let op = 0; op < size; op++) if (seen.of[op] !== UNSEEN) last[history.process[op] as number] = op;
    const chains: number[][] = [];
    const chainOfProcess = new Int32Array(history.processes).fill(-1);
    const chain = new Int32Array(size).fill(-1);
    const index = new Int32Array(size);
    const parent = new Int32Array(size).fill(-1);
    for (let op = 0; op < size; op++) {
      if (seen.of[op] === UNSEEN) continue;
      const process = history.process[op] as number;
      let mine = chainOfProcess[process] as number;
      // Nothing waits for an operation of unknown outcome, so in the midst of a session it is a chain of its own.
      if (history.returned[op] === 0 && last[process] !== op) {
        if (mine >= 0) parent[op] = (chains[mine] as number[]).at(-1) as number;
        mine = chains.push([]) - 1;
      } else if (mine < 0) {
        mine = chains.push([]) - 1;
        chainOfProcess[process] = mine;
      }
      chain[op] = mine;
      index[op] = (chains[mine] as number[]).push(op) - 1;
    }
    if (size * chains.length > memory || history.keys * chains.length > memory) return undefined;
    const writes: number[][] = Array.from({ length: history.keys * chains.length }, () => []);
    for (let op = 0; op < size; op++) {
      const version = seen.of[op] as number;
      if (version < 0 || seen.maker[version] !== op) continue;
      (writes[(history.key[op] as number) * chains.length + (chain[op] as number)] as number[]).push(
        index[op] as number,
      );
    }
    return new Precedence(history, seen, chains, chain, index, parent, writes, pulse);
  }

  get width(): number {
    return this.chains.length;
  }

  at(chain: number, index: number): number {
    return (this.chains[chain] as readonly number[])[index] ?? -1;
  }

  chainOf(op: number): number {
    return this.chain[op] as number;
  }

  /** How many operations of that chain come before this one. */
  needed(op: number, chain: number): number {
    return this.clocks[op * this.width + chain] as number;
  }

  /** A chain that has not come far enough for this operation; −1 when there is none. */
  firstUnmet(op: number, progress: Int32Array): number {
    const base = op * this.width;
    for (let chain = 0; chain < this.width; chain++) {
      if ((this.clocks[base + chain] as number) > (progress[chain] as number)) return chain;
    }
    return -1;
  }

  /** The writes of a key that could be the next: past this progress, and after no other such. */
  nextWrites(key: number, progress: Int32Array): number[] {
    const firsts: number[] = [];
    for (let chain = 0; chain < this.width; chain++) {
      const places = this.writes[key * this.width + chain] as readonly number[];
      const place = places[countBelow(places, progress[chain] as number)];
      if (place !== undefined) firsts.push(this.at(chain, place));
    }
    return firsts.filter((op) => !firsts.some((other) => other !== op && this.comesBefore(other, op)));
  }

  private comesBefore(left: number, right: number): boolean {
    return this.needed(right, this.chain[left] as number) > (this.index[left] as number);
  }

  /** All that follows. False: a contradiction. */
  saturate(): boolean {
    const { seen, history } = this;
    for (let op = 0; op < history.size && !this.contradiction; op++) {
      if (op % PULSE === 0) this.pulse();
      if ((this.chain[op] as number) < 0) continue;
      const before = this.at(this.chain[op] as number, (this.index[op] as number) - 1);
      if (before >= 0) this.join(op, before);
      const { [op]: parent = -1 } = this.parent;
      if (parent >= 0) this.link(parent, op);
    }
    seen.seers.forEach((seers, version) => {
      const maker = seen.maker[version] as number;
      if (maker >= 0) {
        for (const seer of seers) this.link(maker, seer);
        return;
      }
      const key = seen.initial.indexOf(version);
      for (let chain = 0; chain < this.width; chain++) {
        const first = (this.writes[key * this.width + chain] as readonly number[])[0];
        if (first !== undefined) this.linkSeers(version, this.at(chain, first));
      }
    });
    return this.propagate();
  }

  /** Supposes that this write comes before the others. False: a contradiction follows. */
  assume(write: number, others: readonly number[]): boolean {
    for (const other of others) if (other !== write) this.link(write, other);
    return this.propagate();
  }

  /** A point in time to go back to. */
  mark(): number {
    return this.marks.push({ slots: this.changedSlots.length, links: this.linkTo.length }) - 1;
  }

  undo(mark: number): void {
    const { slots, links } = this.marks[mark] as { slots: number; links: number };
    this.marks.length = mark + 1;
    while (this.changedSlots.length > slots) {
      this.clocks[this.changedSlots.pop() as number] = this.changedFrom.pop() as number;
    }
    while (this.linkTo.length > links) {
      this.firstLink[this.linkFrom.pop() as number] = this.linkNext.pop() as number;
      this.linkTo.pop();
      this.causeFrom.pop();
      this.causeTo.pop();
    }
    for (const op of this.dirty) this.isDirty[op] = 0;
    this.dirty.length = 0;
    this.contradiction = false;
  }

  private propagate(): boolean {
    for (let head = 0; head < this.dirty.length && !this.contradiction; head++) {
      if (head % PULSE === 0) this.pulse();
      const op = this.dirty[head] as number;
      this.isDirty[op] = 0;
      const next = this.at(this.chain[op] as number, (this.index[op] as number) + 1);
      if (next >= 0) this.join(next, op);
      for (let link = this.firstLink[op] as number; link >= 0; link = this.linkNext[link] as number) {
        this.join(this.linkTo[link] as number, op);
      }
    }
    for (const op of this.dirty) this.isDirty[op] = 0;
    this.dirty.length = 0;
    return !this.contradiction;
  }

  /** From now on `left` comes before `right`. */
  private link(left: number, right: number, causeFrom = -1, causeTo = -1): void {
    if (this.comesBefore(left, right)) return;
    this.causeFrom.push(causeFrom);
    this.causeTo.push(causeTo);
    this.linkNext.push(this.firstLink[left] as number);
    this.linkFrom.push(left);
    this.firstLink[left] = this.linkTo.push(right) - 1;
    this.join(right, left);
  }

  /** What comes before `left`, and `left` itself, comes before `right`. */
  private join(right: number, left: number): void {
    const { clocks, width } = this;
    const [from, to] = [left * width, right * width];
    const own = this.chain[left] as number;
    const grown: number[] = [];
    for (let chain = 0; chain < width; chain++) {
      const count = chain === own ? (this.index[left] as number) + 1 : (clocks[from + chain] as number);
      const known = clocks[to + chain] as number;
      if (count <= known) continue;
      this.changedSlots.push(to + chain);
      this.changedFrom.push(known);
      clocks[to + chain] = count;
      grown.push(chain);
    }
    if (grown.length === 0) return;
    if ((clocks[to + (this.chain[right] as number)] as number) > (this.index[right] as number)) {
      this.contradicts(right, right);
      return;
    }
    if (this.isDirty[right] === 0) {
      this.isDirty[right] = 1;
      this.dirty.push(right);
    }
    this.derive(right, grown);
  }

  /** The two rules, for what came before an operation anew. */
  private derive(op: number, grown: readonly number[]): void {
    const { seen, history, width } = this;
    const version = seen.of[op] as number;
    if (version < 0) return;
    const key = history.key[op] as number;
    const makes = seen.maker[version] === op;
    const observed = makes ? (seen.previous[version] as number) : version;
    for (const chain of grown) {
      if (this.contradiction) return;
      const places = this.writes[key * width + chain] as readonly number[];
      const place = places[countBelow(places, this.needed(op, chain)) - 1];
      if (place === undefined) continue;
      const write = this.at(chain, place);
      const written = seen.of[write] as number;
      if (observed >= 0 && written !== observed) {
        const maker = seen.maker[observed] as number;
        if (maker < 0) this.contradicts(write, op);
        else this.link(write, maker, write, op);
      }
      if (makes && !this.contradiction) this.linkSeers(written, op, write);
    }
  }

  /** `maker`: what made the version, and comes before the write; −1 for the initial version. */
  private linkSeers(version: number, write: number, maker = -1): void {
    for (const seer of this.seen.seers[version] as readonly number[]) {
      if (seer !== write) this.link(seer, write, maker, maker < 0 ? -1 : write);
    }
  }

  private contradicts(left: number, right: number): void {
    this.contradiction = true;
    this.conflict ??= [left, right];
  }

  /**
   * Operations from which the contradiction of {@link saturate} follows: those on a shortest way from one operation to
   * itself (or from a write to a read of the initial value), and on those that are the reasons for its steps. Empty
   * where that would be too many.
   */
  explain(): number[] {
    if (this.conflict === undefined) return [];
    const operations = new Set<number>();
    const explained = new Set<number>();
    const open: [from: number, to: number, before: number][] = [[...this.conflict, this.linkTo.length]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const link of this.way(...next)) {
        if (explained.has(link)) continue;
        if (explained.add(link).size > MOST_STEPS) return [];
        operations.add(this.linkFrom[link] as number).add(this.linkTo[link] as number);
        const cause = this.causeFrom[link] as number;
        if (cause >= 0) {
          operations.add(cause).add(this.causeTo[link] as number);
          open.push([cause, this.causeTo[link] as number, link]);
        }
      }
      operations.add(next[0]).add(next[1]);
    }
    return [...operations];
  }

  /** The links on a way with the fewest of them, among those found before this one. */
  private way(from: number, to: number, before: number): number[] {
    const arrivedBy = new Map<number, number>();
    const previous = new Map<number, number>();
    const passed = new Uint8Array(this.history.size);
    let level = [from];
    while (level.length > 0) {
      const later: number[] = [];
      for (let op = level.pop(); op !== undefined; op = level.pop()) {
        if (passed[op] === 1) continue;
        passed[op] = 1;
        const visit = (next: number, link: number): boolean => {
          if (next !== to && previous.has(next) && (link >= 0 || passed[next] === 1)) return false;
          previous.set(next, op as number);
          arrivedBy.set(next, link);
          return next === to;
        };
        const next = this.at(this.chain[op] as number, (this.index[op] as number) + 1);
        if (next >= 0) {
          if (visit(next, -1)) return this.trace(from, to, previous, arrivedBy);
          level.push(next);
        }
        for (let link = this.firstLink[op] as number; link >= 0; link = this.linkNext[link] as number) {
          if (link >= before) continue;
          const target = this.linkTo[link] as number;
          if (passed[target] === 1 && target !== to) continue;
          if (visit(target, link)) return this.trace(from, to, previous, arrivedBy);
          later.push(target);
        }
      }
      level = later;
    }
    return [];
  }

  private trace(
    from: number,
    to: number,
    previous: ReadonlyMap<number, number>,
    arrivedBy: ReadonlyMap<number, number>,
  ): number[] {
    const links: number[] = [];
    let op = to;
    do {
      const link = arrivedBy.get(op) as number;
      if (link >= 0) links.push(link);
      op = previous.get(op) as number;
    } while (op !== from);
    return links;
  }
}

/** How many of the ascending numbers are below the limit. */
function countBelow(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
