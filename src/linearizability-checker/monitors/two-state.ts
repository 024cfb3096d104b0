import { NEVER } from '../model.js';
import { eventsInOrder } from './events.js';

/*
 * What an operation does to an object that is in one of two states, 0 or 1: one of these, plus the state it names.
 */
/** Possible only in that state; changes nothing. */
export const SEES = 0;
/** Like {@link SEES}; but had it not been answered, it might have set that state: an `add` that was refused. */
export const REFUSED = 2;
/** Possible in both states; leaves that one. */
export const SETS = 4;
/** Possible only in the other state; leaves that one. */
export const FLIPS = 6;
/** Never returned: sets that state at some time after its call, or never. */
export const MAY_SET = 8;
/** Always possible; changes nothing. */
export const IDLE = 10;

/** Operations on objects of two states, all 0 at first, that cannot influence one another. */
export interface TwoStateHistory {
  readonly size: number;
  readonly callRank: Int32Array;
  readonly returnRank: Int32Array;
  /** What each operation does: {@link SEES} and so on. */
  readonly kinds: Uint8Array;
  /** The object of each operation, from 0. */
  readonly objects: Int32Array;
  readonly objectCount: number;
  pulse(): void;
}

export type TwoStateDecision =
  | { readonly verdict: 'legal'; readonly order: readonly number[] }
  | {
      readonly verdict: 'illegal';
      readonly core: readonly number[];
      /** The rank of the first return for which there is no place. */
      readonly rank: number;
      /** The same, where the history up to this return, with no knowledge of what came later, is illegal. */
      readonly failedAt?: number;
    };

/** So many configurations of one object, and the question is better left to the search. */
const CONFIGURATIONS = 1024;

/**
 * Decides objects of two states, such as a mutex or one element of a set, in one sweep over the events. Exact;
 * `undefined` only when some object has too many configurations.
 *
 * Every change of state is put off as long as can be: until just before the return of an operation that needs it.
 * That loses nothing. An operation that only sees or sets a state fits anywhere in the time during which the object is
 * in it, so a longer stay harms no one but those who wait for the other state, and they are served when the first of
 * them returns. And two changes that follow each other, there and back, can be made together at any later time, in
 * either state, as long as neither operation has returned and no one who waits for them has. So only these changes
 * need to be tried, and all just before a return:
 *
 * - an operation must see a state that the object is not in, and was not in since its call: change;
 * - one that flips is still waiting: flip, after a change back if the object is in that state already;
 * - one that sets a state has not been used for a change: last chance to use it, or not.
 *
 * Among operations of one kind that can make a change the one that returns first is taken, for two of a kind can
 * trade places; those that never returned come last, for they can always come later. What flips must find its
 * place, and what sets need not, so the first of either is tried. A configuration is the state, the time of the last
 * change, and what has been used; there is nearly always one. Without {@link SETS} there is never more than one.
 */
export function decideTwoState(history: TwoStateHistory): TwoStateDecision | undefined {
  const { kinds, objects, objectCount } = history;
  const events = eventsInOrder(history);
  const sweep = new Sweep(history, kinds, objectCount);
  const outcome = sweep.run(events, objects, history.pulse);
  if (outcome === 'too many') return undefined;
  if (outcome === undefined) return { verdict: 'legal', order: linearization(history, events, sweep.changes()) };

  const { op, rank } = outcome;
  const object = objects[op] as number;
  const past = events.filter((event) => {
    const member = event >> 1;
    return (
      objects[member] === object && ((event & 1 ? history.returnRank : history.callRank)[member] as number) <= rank
    );
  });
  // What is refused later is known to this sweep, but not to the history as it stood then.
  let exact = true;
  for (const event of past) {
    const member = event >> 1;
    if (((kinds[member] as number) & ~1) === REFUSED && (history.returnRank[member] as number) > rank) exact = false;
  }
  const core = contradiction(history, past, op);
  return { verdict: 'illegal', core, rank, ...(exact && { failedAt: rank }) };
}

/**
 * A part of an illegal history that is illegal whatever became of the rest: everything that could bring about the
 * state which `failed` is missing, and as few of the latest other operations as doubling their number can tell.
 */
function contradiction(history: TwoStateHistory, events: Int32Array, failed: number): number[] {
  const { kinds, returnRank } = history;
  const kind = kinds[failed] as number;
  const missing = (kind & ~1) === FLIPS ? (kind & 1) ^ 1 : kind & 1;
  // Refused, it changed nothing; had it not been answered, it might have, even where it is pending still.
  const pending = (op: number) => (returnRank[op] as number) > (returnRank[failed] as number);
  const matters = (op: number) => {
    const role = (kinds[op] as number) & ~1;
    if (role === REFUSED && pending(op)) return true;
    return ((kinds[op] as number) & 1) === missing && (role === REFUSED || role === SETS || role === FLIPS);
  };
  const suppliers = [...events].filter((event) => (event & 1) === 0 && matters(event >> 1)).map((event) => event >> 1);
  const returns = [...events].filter((event) => (event & 1) === 1).map((event) => event >> 1);
  const contradicts = (weakened: Uint8Array) =>
    typeof new Sweep(history, weakened, 1).run(events, undefined, history.pulse) === 'object';
  for (let latest = 1; ; latest *= 4) {
    const certain = new Set([...suppliers, ...returns.slice(-latest)]);
    const weakened = kinds.slice();
    for (const event of events) {
      const op = event >> 1;
      if (!certain.has(op)) weakened[op] = unanswered(kinds[op] as number);
    }
    if (latest >= returns.length || contradicts(weakened)) {
      return [...certain].filter((op) => returnRank[op] !== NEVER);
    }
  }
}

/** The same operation when nobody knows what became of it. */
function unanswered(kind: number): number {
  const role = kind & ~1;
  return role === SEES || role === IDLE ? IDLE : MAY_SET + (kind & 1);
}

/** All objects of a history, side by side. */
class Sweep {
  private readonly trail = new Trail();
  private readonly returnRank: Int32Array;
  private readonly sweeps: readonly ObjectSweep[];

  constructor(
    { callRank, returnRank }: Pick<TwoStateHistory, 'callRank' | 'returnRank'>,
    kinds: Uint8Array,
    objectCount: number,
  ) {
    this.returnRank = returnRank;
    this.sweeps = Array.from({ length: objectCount }, () => new ObjectSweep(kinds, callRank, returnRank, this.trail));
  }

  /** The operation that found no place, and the rank of its return; `undefined` when all did. */
  run(
    events: Int32Array,
    objects: Int32Array | undefined,
    pulse: () => void,
  ): { op: number; rank: number } | 'too many' | undefined {
    for (let index = 0; index < events.length; index++) {
      if ((index & 0x7ff) === 0) pulse();
      const event = events[index] as number;
      const op = event >> 1;
      const sweep = this.sweeps[objects ? (objects[op] as number) : 0] as ObjectSweep;
      if ((event & 1) === 0) sweep.called(op);
      else {
        sweep.returned(op);
        const { length } = sweep.configurations;
        if (length === 0) return { op, rank: this.returnRank[op] as number };
        if (length > CONFIGURATIONS) return 'too many';
        if (length > 100) pulse();
      }
    }
    return undefined;
  }

  /** Once the run found a place for all: the changes of each object. */
  changes(): Changes[] {
    return this.sweeps.map((sweep) => this.trail.read((sweep.configurations[0] as Configuration).trail));
  }
}

/** The changes of one object, there and back, each just before the return of this rank. */
export interface Changes {
  readonly ops: readonly number[];
  readonly ranks: readonly number[];
}

/**
 * The linearization where the objects change as told, and every other operation comes as soon as it is called and its
 * object is in the state that it names.
 */
export function linearization(
  { kinds, objects, returnRank }: Omit<TwoStateHistory, 'pulse'>,
  events: Int32Array,
  changes: readonly Changes[],
): number[] {
  const order: number[] = [];
  const isChange = new Uint8Array(kinds.length);
  for (const { ops } of changes) for (const op of ops) isChange[op] = 1;
  const next = new Int32Array(changes.length);
  /** Called in the wrong state: they come right after the next change. */
  const waiting: number[][] = changes.map(() => []);
  for (const event of events) {
    const op = event >> 1;
    const object = objects[op] as number;
    const done = next[object] as number;
    if ((event & 1) === 0) {
      if (isChange[op] === 1 || returnRank[op] === NEVER) continue;
      const kind = kinds[op] as number;
      if ((kind & ~1) === IDLE || (done & 1) === (kind & 1)) order.push(op);
      else (waiting[object] as number[]).push(op);
      continue;
    }
    const { ops, ranks } = changes[object] as Changes;
    let index = done;
    for (; index < ops.length && ranks[index] === returnRank[op]; index++) {
      order.push(ops[index] as number);
      for (const other of waiting[object] as number[]) order.push(other);
      (waiting[object] as number[]).length = 0;
    }
    next[object] = index;
  }
  return order;
}

/** One way in which an object may have come to where it is. */
class Configuration {
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

  copy(): Configuration {
    const copy = new Configuration();
    copy.state = this.state;
    copy.since = this.since;
    copy.trail = this.trail;
    copy.sets = [this.sets[0].slice(), this.sets[1].slice()];
    copy.flips = [this.flips[0].slice(), this.flips[1].slice()];
    copy.used = [this.used[0], this.used[1]];
    return copy;
  }
}

/** One object, from event to event. */
class ObjectSweep {
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
    return this.pending.some(
      (op) =>
        ((this.kinds[op] as number) & ~1) !== FLIPS &&
        ((this.kinds[op] as number) & 1) !== state &&
        !this.hasSeen(configuration, op),
    );
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
    const extra = owed.length - left.flips[state].length;
    if (free < 0 || extra < 0 || mine.length + free < theirs.length + extra) return false;
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

/** The changes of all configurations, each linked to the one before it. */
class Trail {
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
