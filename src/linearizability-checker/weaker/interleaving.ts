import type { Deadline } from '../deadline.js';
import { Precedence } from './precedence.js';
import type { SessionHistory } from './sessions.js';
import type { Decision } from './version-order.js';
import { REFUSED, UNSEEN, type Versions } from './versions.js';

/** Clocks of more numbers than this would take too much memory. */
const MEMORY = 1 << 26;
/** Between two looks at the clock. */
const SLICE = 256;

/**
 * Sequential consistency over several keys whose versions are known. That is NP-complete (Gibbons & Korach, "Testing
 * shared memories", 1997), so in two steps:
 *
 * 1. Saturation: from the sessions and from who saw whose version, the order that every explanation must have (see
 *    {@link Precedence}). A circle in it is a violation.
 * 2. Otherwise operations are put in an order that respects it, those that only see at once. Where several writes of a
 *    key could be the next, one is chosen, saturation goes on with what follows from that, and a circle takes the
 *    choice back. When no choice is left, there is no order.
 *
 * `undefined` at the deadline, and where a compare-and-set that found another value leaves open what happened.
 */
export function interleave(
  history: SessionHistory<unknown, unknown>,
  places: readonly (readonly number[])[],
  versions: readonly Versions[],
  deadline: Deadline,
): Decision | undefined {
  const seen = joinVersions(history, places, versions);
  const pulse = () => {
    if (deadline.passed()) throw new OutOfTime();
  };
  try {
    const precedence = Precedence.of(history, seen, MEMORY, pulse);
    if (precedence === undefined) return undefined;
    if (!precedence.saturate()) return { verdict: 'violated', operations: precedence.explain() };
    return new Schedule(history, seen, precedence).run(deadline);
  } catch (error) {
    if (error instanceof OutOfTime) return undefined;
    throw error;
  }
}

class OutOfTime extends Error {}

/** The versions of all keys, numbered through. */
export interface SeenVersions {
  /** Of each operation: the version it made or else observed; or {@link REFUSED}, or {@link UNSEEN}. */
  readonly of: Int32Array;
  readonly not: Int32Array;
  readonly maker: readonly number[];
  readonly previous: readonly number[];
  /** Who observed each version without replacing it, and the compare-and-set that replaced it. */
  readonly seers: readonly (readonly number[])[];
  /** Of each key: its initial version. */
  readonly initial: readonly number[];
}

function joinVersions(
  history: SessionHistory<unknown, unknown>,
  places: readonly (readonly number[])[],
  versions: readonly Versions[],
): SeenVersions {
  const of = new Int32Array(history.size).fill(UNSEEN);
  const not = new Int32Array(history.size).fill(-1);
  const maker: number[] = [];
  const previous: number[] = [];
  const initial: number[] = [];
  versions.forEach((own, key) => {
    const mine = places[key] as readonly number[];
    const offset = maker.length;
    initial.push(offset);
    for (let version = 0; version < own.count; version++) {
      const op = own.maker[version] as number;
      const before = own.previous[version] as number;
      maker.push(op < 0 ? -1 : (mine[op] as number));
      previous.push(before < 0 ? -1 : before + offset);
    }
    mine.forEach((op, index) => {
      const version = own.of[index] as number;
      const unwanted = own.not[index] as number;
      of[op] = version < 0 ? version : version + offset;
      not[op] = unwanted < 0 ? -1 : unwanted + offset;
    });
  });
  const seers: number[][] = Array.from({ length: maker.length }, () => []);
  for (let op = 0; op < history.size; op++) {
    const version = of[op] as number;
    if (version < 0) continue;
    if (maker[version] !== op) (seers[version] as number[]).push(op);
    else if ((previous[version] as number) >= 0) (seers[previous[version] as number] as number[]).push(op);
  }
  return { of, not, maker, previous, seers, initial };
}

/** A key whose next write was chosen, and what else could have been. */
interface Choice {
  readonly candidates: readonly number[];
  cursor: number;
  readonly mark: number;
  readonly put: number;
}

class Schedule {
  private readonly order: number[] = [];
  private readonly choices: Choice[] = [];
  /** Of each chain: how many are in the order. */
  private readonly progress: Int32Array;
  /** Of each chain: the chain that its next operation was last found to wait for, and how far. */
  private readonly blockingChain: Int32Array;
  private readonly blockedUntil: Int32Array;
  /** Of each key: the versions that it went through. */
  private readonly states: number[][];
  private total = 0;
  /** A compare-and-set that found another value may need that a write waits for it, or one that nobody saw. */
  private uncertain = false;

  constructor(
    private readonly history: SessionHistory<unknown, unknown>,
    private readonly seen: SeenVersions,
    private readonly precedence: Precedence,
  ) {
    this.progress = new Int32Array(precedence.width);
    this.blockingChain = new Int32Array(precedence.width).fill(-1);
    this.blockedUntil = new Int32Array(precedence.width);
    this.states = seen.initial.map((version) => [version]);
    for (const version of seen.of) {
      if (version !== UNSEEN) this.total++;
      if (version === REFUSED) this.uncertain = true;
    }
  }

  run(deadline: Deadline): Decision | undefined {
    for (let step = 1; ; step++) {
      if (step % SLICE === 0 && deadline.passed()) return undefined;
      if (this.order.length === this.total) return { verdict: 'holds', order: [...this.order] };
      if (this.putReady() || this.choose()) continue;
      if (!this.takeBack()) return this.uncertain ? undefined : { verdict: 'violated', operations: [] };
    }
  }

  /** Puts all that can be observed now, else the first write that excludes no other. */
  private putReady(): boolean {
    let found = false;
    let write = -1;
    for (let chain = 0; chain < this.precedence.width; chain++) {
      let op = this.ready(chain);
      for (; op >= 0 && !this.isWrite(op) && this.isSeen(op); op = this.ready(chain)) {
        this.put(op);
        found = true;
      }
      if (!found && op >= 0 && this.isWrite(op) && (write < 0 || op < write) && this.excludesNone(op)) write = op;
    }
    if (found || write < 0) return found;
    this.put(write);
    return true;
  }

  private isWrite(op: number): boolean {
    const version = this.seen.of[op] as number;
    return version >= 0 && this.seen.maker[version] === op;
  }

  private isSeen(op: number): boolean {
    const state = this.stateOf(op);
    const version = this.seen.of[op] as number;
    return version === REFUSED ? this.seen.not[op] !== state : version === state;
  }

  private excludesNone(op: number): boolean {
    const before = this.seen.previous[this.seen.of[op] as number] as number;
    if (before >= 0 && before !== this.stateOf(op)) return false;
    return this.precedence.nextWrites(this.history.key[op] as number, this.progress).length === 1;
  }

  private stateOf(op: number): number {
    return (this.states[this.history.key[op] as number] as number[]).at(-1) as number;
  }

  /** The next operation of a chain, when everything before it is in the order; else −1. */
  private ready(chain: number): number {
    const { precedence, progress } = this;
    const op = precedence.at(chain, progress[chain] as number);
    if (op < 0) return -1;
    const blocking = this.blockingChain[chain] as number;
    if (blocking >= 0 && (progress[blocking] as number) < (this.blockedUntil[chain] as number)) return -1;
    const blocker = precedence.firstUnmet(op, progress);
    this.blockingChain[chain] = blocker;
    if (blocker < 0) return op;
    this.blockedUntil[chain] = precedence.needed(op, blocker);
    return -1;
  }

  private put(op: number): void {
    const chain = this.precedence.chainOf(op);
    this.progress[chain] = (this.progress[chain] as number) + 1;
    this.blockingChain[chain] = -1;
    if (this.isWrite(op)) (this.states[this.history.key[op] as number] as number[]).push(this.seen.of[op] as number);
    this.order.push(op);
  }

  /** Chooses the next write of the key whose ready write was called first. */
  private choose(): boolean {
    let first = -1;
    for (let chain = 0; chain < this.precedence.width; chain++) {
      const op = this.ready(chain);
      if (op < 0 || (first >= 0 && op > first)) continue;
      if (!this.isWrite(op)) continue;
      if (this.precedence.nextWrites(this.history.key[op] as number, this.progress).length > 1) first = op;
    }
    if (first < 0) return false;
    const others = this.precedence.nextWrites(this.history.key[first] as number, this.progress);
    const candidates = [first, ...others.filter((op) => op !== first).sort((left, right) => left - right)];
    this.choices.push({ candidates, cursor: 0, mark: this.precedence.mark(), put: this.order.length });
    return this.tryNext();
  }

  private tryNext(): boolean {
    const choice = this.choices.at(-1);
    if (choice === undefined) return false;
    while (choice.cursor < choice.candidates.length) {
      const next = choice.candidates[choice.cursor++] as number;
      if (this.precedence.assume(next, choice.candidates)) return true;
      this.precedence.undo(choice.mark);
    }
    this.choices.pop();
    return false;
  }

  private takeBack(): boolean {
    while (this.choices.length > 0) {
      const choice = this.choices.at(-1) as Choice;
      while (this.order.length > choice.put) this.unput();
      this.blockingChain.fill(-1);
      this.precedence.undo(choice.mark);
      if (this.tryNext()) return true;
    }
    return false;
  }

  private unput(): void {
    const op = this.order.pop() as number;
    const chain = this.precedence.chainOf(op);
    this.progress[chain] = (this.progress[chain] as number) - 1;
    if (this.isWrite(op)) (this.states[this.history.key[op] as number] as number[]).pop();
  }
}
