import { NEVER } from '../model.js';
import { FLIPS, IDLE, MAY_SET, SETS } from './two-state-kinds.js';

/** One way in which an object may have come to where it is. */
export class Configuration {
  state = 0;
  /** The rank of the return before which the state changed last; −1: never. */
  since = -1;
  /** The last change, in the {@link Trail}. */
  trail = -1;
  /** By the state they set: pending operations that were not used for a change, the first to return first. */
  sets: [number[], number[]] = [[], []];
  flips: [number[], number[]] = [[], []];
  /** By state: how many of the operations that never returned were used. */
  used: [number, number] = [0, 0];

  /** For a change that follows at once: it says what the state is then, and since when. */
  copy(): Configuration {
    const copy = new Configuration();
    copy.trail = this.trail;
    copy.sets = [this.sets[0].slice(), this.sets[1].slice()];
    copy.flips = [this.flips[0].slice(), this.flips[1].slice()];
    copy.used = [this.used[0], this.used[1]];
    return copy;
  }
}

/** One object, from event to event. */
export class ObjectSweep {
  configurations: Configuration[] = [new Configuration()];
  /** Operations that were called and have not returned, in the order of their calls. */
  private readonly pending: number[] = [];
  /** By state: operations that never return, in the order of their calls. */
  private readonly crashed: [number[], number[]] = [[], []];

  constructor(
    private readonly kinds: Uint8Array,
    private readonly callRank: Int32Array,
    private readonly returnRank: Int32Array,
    private readonly trail: Trail,
  ) {}

  called(op: number): void {
    const kind = this.kinds[op] as number;
    const role = kind & ~1;
    const state = (kind & 1) as State;
    if (role === IDLE) return;
    if (role === MAY_SET) {
      this.crashed[state].push(op);
      return;
    }
    this.pending.push(op);
    if (role !== SETS && role !== FLIPS) return;
    for (const configuration of this.configurations) {
      this.queue((role === SETS ? configuration.sets : configuration.flips)[state], op);
    }
  }

  returned(op: number): void {
    const role = (this.kinds[op] as number) & ~1;
    if (role === IDLE || role === MAY_SET) return;
    this.pending.splice(this.pending.indexOf(op), 1);
    const before = this.configurations;
    const only = before[0] as Configuration;
    if (before.length === 1 && this.isServed(only, op)) return;
    const after: Configuration[] = [];
    for (const configuration of before) {
      if (this.isServed(configuration, op)) after.push(configuration);
      else this.serve(configuration, op, after);
    }
    this.configurations = after.length > 1 ? this.best(after) : after;
  }

  /** Whether the operation needs no change and offers none. */
  private isServed(configuration: Configuration, op: number): boolean {
    const kind = this.kinds[op] as number;
    const role = kind & ~1;
    const state = (kind & 1) as State;
    if (role === SETS) return !configuration.sets[state].includes(op);
    if (role === FLIPS) return !configuration.flips[state].includes(op);
    return this.hasSeen(configuration, op);
  }

  /** Whether the object has been, since the call, in the state that the operation names. */
  private hasSeen(configuration: Configuration, op: number): boolean {
    const state = (this.kinds[op] as number) & 1;
    return configuration.state === state || configuration.since > (this.callRank[op] as number);
  }

  /** All that may have happened just before this return; consumes the configuration. */
  private serve(configuration: Configuration, op: number, after: Configuration[]): void {
    const kind = this.kinds[op] as number;
    const role = kind & ~1;
    const state = (kind & 1) as State;
    const rank = this.returnRank[op] as number;
    const change = (from: Configuration, to: State, source: number) => {
      from.state = to;
      from.since = rank;
      from.trail = this.trail.add(rank, this.take(from, to, source), from.trail);
      return from;
    };
    const there = configuration.state === state;
    if (role === SETS) {
      if (there) {
        if (this.isAwaited(configuration, state)) {
          for (const source of this.sources(configuration, other(state))) {
            after.push(change(change(configuration.copy(), other(state), source), state, op));
          }
        }
        remove(configuration.sets[state], op);
        after.push(configuration);
        return;
      }
      after.push(change(configuration.copy(), state, op));
      const flip = configuration.flips[state][0];
      const seen = this.hasSeen(configuration, op);
      remove(configuration.sets[state], op);
      if (seen) after.push(configuration);
      else if (flip !== undefined) after.push(change(configuration, state, flip));
      return;
    }
    if (role === FLIPS) {
      if (!there) after.push(change(configuration, state, op));
      else {
        for (const source of this.sources(configuration, other(state))) {
          after.push(change(change(configuration.copy(), other(state), source), state, op));
        }
      }
      return;
    }
    for (const source of this.sources(configuration, state)) {
      after.push(change(configuration.copy(), state, source));
    }
  }

  /** What can change the object to that state: operations, or −1 for one that never returned. */
  private sources(configuration: Configuration, state: State): number[] {
    const sets = configuration.sets[state][0];
    const flips = configuration.flips[state][0];
    if (sets !== undefined) return flips === undefined ? [sets] : [sets, flips];
    if (flips !== undefined) return [flips];
    return configuration.used[state] < this.crashed[state].length ? [-1] : [];
  }

  /** Takes a source out of the configuration, and says which operation it is. */
  private take(configuration: Configuration, state: State, source: number): number {
    if (source < 0) return this.crashed[state][configuration.used[state]++] as number;
    remove(
      ((this.kinds[source] as number) & ~1) === SETS ? configuration.sets[state] : configuration.flips[state],
      source,
    );
    return source;
  }

  /** Whether a visit to the other state would serve anyone. */
  private isAwaited(configuration: Configuration, state: State): boolean {
    if (configuration.flips[other(state)].length > 0) return true;
    return this.pending.some((op) => ((this.kinds[op] as number) & 1) !== state && !this.hasSeen(configuration, op));
  }

  /** Leaves out what another configuration can do as well. */
  private best(configurations: readonly Configuration[]): Configuration[] {
    // Who was called after the last change does not care when it was.
    const oldest = this.pending.length > 0 ? (this.callRank[this.pending[0] as number] as number) : NEVER;
    const kept: Configuration[] = [];
    for (const candidate of configurations) {
      if (candidate.since < oldest) candidate.since = -1;
      if (kept.some((other) => this.dominates(other, candidate))) continue;
      for (let index = kept.length - 1; index >= 0; index--) {
        if (this.dominates(candidate, kept[index] as Configuration)) kept.splice(index, 1);
      }
      kept.push(candidate);
    }
    return kept;
  }

  /**
   * Whether all that can come of `right` can come of `left`: it is in the same state and left the other no earlier, so
   * that no one waits in it who does not wait in `right`; it owes no flip that `right` does not owe; and for each
   * source of `right` it has one that lasts as long.
   */
  private dominates(left: Configuration, right: Configuration): boolean {
    if (left.state !== right.state || left.since < right.since) return false;
    return this.lasts(left, right, 0) && this.lasts(left, right, 1);
  }

  /** Whether, for each source of that state that `right` has, `left` has another that returns no earlier. */
  private lasts(left: Configuration, right: Configuration, state: State): boolean {
    const mine = left.sets[state];
    const theirs = right.sets[state];
    const owed = right.flips[state];
    // So many more of those that never return.
    let free = right.used[state] - left.used[state];
    if (free < 0) return false;
    for (const flip of left.flips[state]) if (!owed.includes(flip)) return false;
    // Both from the last to return to the first.
    let index = mine.length - 1;
    let set = theirs.length - 1;
    let flip = owed.length - 1;
    while (true) {
      while (flip >= 0 && left.flips[state].includes(owed[flip] as number)) flip--;
      if (set < 0 && flip < 0) return true;
      const setReturns = set < 0 ? -1 : (this.returnRank[theirs[set] as number] as number);
      const flipReturns = flip < 0 ? -1 : (this.returnRank[owed[flip] as number] as number);
      if (setReturns > flipReturns) set--;
      else flip--;
      if (free > 0) free--;
      else if (index < 0 || (this.returnRank[mine[index--] as number] as number) < Math.max(setReturns, flipReturns)) {
        return false;
      }
    }
  }

  private queue(ops: number[], op: number): void {
    const deadline = this.returnRank[op] as number;
    let place = ops.length;
    while (place > 0 && (this.returnRank[ops[place - 1] as number] as number) > deadline) place--;
    ops.splice(place, 0, op);
  }
}

type State = 0 | 1;

function other(state: State): State {
  return state === 0 ? 1 : 0;
}

function remove(ops: number[], op: number): void {
  ops.splice(ops.indexOf(op), 1);
}

/** The changes of one object, there and back, each just before the return of this rank. */
export interface Changes {
  readonly ops: readonly number[];
  readonly ranks: readonly number[];
}

/** The changes of all configurations, each linked to the one before it. */
export class Trail {
  /** Three numbers a change: rank, operation, the change before. */
  private entries = new Int32Array(3 << 8);
  private used = 0;

  add(rank: number, op: number, previous: number): number {
    if (this.used === this.entries.length) {
      const larger = new Int32Array(2 * this.entries.length);
      larger.set(this.entries);
      this.entries = larger;
    }
    const entry = this.used;
    this.entries[entry] = rank;
    this.entries[entry + 1] = op;
    this.entries[entry + 2] = previous;
    this.used += 3;
    return entry;
  }

  /** From the first change to this one. */
  read(last: number): Changes {
    const ranks: number[] = [];
    const ops: number[] = [];
    for (let entry = last; entry >= 0; entry = this.entries[entry + 2] as number) {
      ranks.push(this.entries[entry] as number);
      ops.push(this.entries[entry + 1] as number);
    }
    return { ranks: ranks.reverse(), ops: ops.reverse() };
  }
}
