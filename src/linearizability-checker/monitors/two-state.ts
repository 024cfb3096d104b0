import { LOOK } from '../deadline.js';
import { NEVER } from '../model.js';
import { eventsInOrder } from './events.js';
import { FLIPS, IDLE, MAY_SET, REFUSED, SEES, SETS } from './two-state-kinds.js';
import { type Changes, type Configuration, ObjectSweep, Trail } from './two-state-sweep.js';

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
  const events = eventsInOrder(history, history.pulse);
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

/**
 * The linearization where the objects change as told, and every other operation comes as soon as it is called and its
 * object is in the state that it names.
 */
export function linearization(
  { kinds, objects, returnRank, pulse }: Omit<TwoStateHistory, 'objectCount'>,
  events: Int32Array,
  changes: readonly Changes[],
): number[] {
  const order: number[] = [];
  const isChange = new Uint8Array(kinds.length);
  for (const { ops } of changes) for (const op of ops) isChange[op] = 1;
  const next = new Int32Array(changes.length);
  /** Called in the wrong state: they come right after the next change. */
  const waiting: number[][] = changes.map(() => []);
  for (let at = 0; at < events.length; at++) {
    if ((at & LOOK) === 0) pulse();
    const event = events[at] as number;
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
