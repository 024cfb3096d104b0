import { LOOK } from '../deadline.js';
import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import { eventsInOrder } from './events.js';
import { ValueIndex } from './value-index.js';

/** Something is put in, or something is taken out: a value, or `null` for "there was nothing". */
export type ContainerHistory = MonitoredHistory<{ readonly f: string; readonly value?: Scalar }, Scalar>;

/** What an operation of a container's history is. */
export const Kind = { unseen: 0, insertion: 1, removal: 2, emptyAnswer: 3, crashedRemoval: 4 } as const;

/** The history of a container with unique values, sorted out: who put in what was taken out by whom. */
export interface Container {
  /** By operation, one of {@link Kind}. What is unseen did not return, and may as well not have happened. */
  readonly kinds: Uint8Array;
  /** By operation: the removal of an inserted value, the insertion of a removed one, −1 where there is none. */
  readonly partner: Int32Array;
  /** All calls (2·operation) and returns (2·operation + 1) in time order. */
  readonly events: Int32Array;
  /** Insertions whose values nobody is known to have removed, in the order of their returns. */
  readonly lost: readonly number[];
  /** Removals that never returned: each may have taken any one value, or none. In the order of their calls. */
  readonly crashedRemovals: readonly number[];
  /** Removals that found nothing, in the order of their calls. */
  readonly emptyAnswers: readonly number[];
  /** Insertions whose values were removed by operations that never returned, if at all. */
  readonly possiblyRemoved: readonly number[];
}

/**
 * Sorts a container's history out, in linear time. Illegal at once: a value removed that was never inserted, or
 * twice, or before its insertion was called. `undefined` where a value was inserted twice, or an answer is missing.
 *
 * A removal without a return may have an answer all the same: it then took this value, if it happened.
 *
 * @param insertion the `f` of an insertion
 */
export function containerOf(
  history: ContainerHistory,
  insertion: string,
  algorithm: string,
): Container | (MonitorResult & { readonly verdict: 'illegal' }) | undefined {
  const { size, inputs, outputs, callRank, returnRank } = history;
  const insertions = new ValueIndex(size);
  const kinds = new Uint8Array(size);
  let repeated = false;
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) history.pulse();
    const input = inputs[op] as { f: string; value?: Scalar };
    if (input.f !== insertion) {
      kinds[op] = Kind.removal;
      continue;
    }
    if (returnRank[op] !== NEVER) kinds[op] = Kind.insertion;
    if (insertions.get(input.value as Scalar) >= 0) repeated = true;
    else insertions.set(input.value as Scalar, op);
  }
  const partner = new Int32Array(size).fill(-1);
  /** Removals that may have happened, and then took the value that they tell. */
  const possible: number[] = [];
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) history.pulse();
    if (kinds[op] !== Kind.removal) continue;
    const value = outputs[op];
    const returned = returnRank[op] !== NEVER;
    if (value === undefined) {
      if (returned) return undefined;
      kinds[op] = Kind.crashedRemoval;
    } else if (value === null) kinds[op] = returned ? Kind.emptyAnswer : Kind.unseen;
    else if (!returned) {
      kinds[op] = Kind.unseen;
      possible.push(op);
    } else {
      const source = insertions.get(value);
      if (source < 0) return { verdict: 'illegal', algorithm, core: [op] };
      if (repeated) continue;
      const rival = partner[source] as number;
      if (rival >= 0) return { verdict: 'illegal', algorithm, core: [rival, op] };
      if ((returnRank[op] as number) < (callRank[source] as number)) {
        return { verdict: 'illegal', algorithm, core: [op] };
      }
      partner[source] = op;
      partner[op] = source;
      kinds[source] = Kind.insertion;
    }
  }
  if (repeated) return undefined;
  possible.sort((left, right) => (callRank[left] as number) - (callRank[right] as number));
  for (const op of possible) {
    const source = insertions.get(outputs[op] as Scalar);
    // It does no harm where its value was surely inserted; the earliest of several can do what the others can.
    if (kinds[source] !== Kind.insertion || (partner[source] as number) >= 0) continue;
    partner[source] = op;
    partner[op] = source;
    kinds[op] = Kind.removal;
  }

  const events = eventsInOrder(history, history.pulse);
  const lost: number[] = [];
  const crashedRemovals: number[] = [];
  const emptyAnswers: number[] = [];
  for (let index = 0; index < events.length; index++) {
    if ((index & LOOK) === 0) history.pulse();
    const event = events[index] as number;
    const op = event >> 1;
    if ((event & 1) === 1) {
      if (kinds[op] === Kind.insertion && (partner[op] as number) < 0) lost.push(op);
    } else if (kinds[op] === Kind.crashedRemoval) crashedRemovals.push(op);
    else if (kinds[op] === Kind.emptyAnswer) emptyAnswers.push(op);
  }
  const possiblyRemoved = possible.filter((op) => kinds[op] === Kind.removal).map((op) => partner[op] as number);
  return { kinds, partner, events, lost, crashedRemovals, emptyAnswers, possiblyRemoved };
}

/** The rank of the call of what removes an inserted value; {@link NEVER} where nothing does. */
export function removalCall({ callRank }: ContainerHistory, { partner }: Container, insertion: number): number {
  const removal = partner[insertion] as number;
  return removal < 0 ? NEVER : (callRank[removal] as number);
}

/** How many removals without an answer were called before the event with this rank. */
export function crashedBefore({ callRank }: ContainerHistory, { crashedRemovals }: Container, rank: number): number {
  const count = crashedRemovals.findIndex((op) => (callRank[op] as number) > rank);
  return count < 0 ? crashedRemovals.length : count;
}

/** The same, without these values. */
export function withoutValues(container: Container, values: readonly number[]): Container {
  const kinds = container.kinds.slice();
  const partner = container.partner.slice();
  const gone = new Set(values);
  for (const op of gone) {
    const removal = partner[op] as number;
    kinds[op] = Kind.unseen;
    if (removal < 0) continue;
    if (kinds[removal] === Kind.removal) kinds[removal] = Kind.unseen;
    partner[removal] = -1;
    partner[op] = -1;
  }
  return { ...container, kinds, partner, lost: container.lost.filter((op) => !gone.has(op)), possiblyRemoved: [] };
}

/** The same, where the only removal that may have taken this value did not happen: a crashed one may have. */
export function withLost({ returnRank }: ContainerHistory, container: Container, value: number): Container {
  const kinds = container.kinds.slice();
  const partner = container.partner.slice();
  const removal = partner[value] as number;
  kinds[removal] = Kind.unseen;
  partner[removal] = -1;
  partner[value] = -1;
  const byReturn = (left: number, right: number) => (returnRank[left] as number) - (returnRank[right] as number);
  return {
    ...container,
    kinds,
    partner,
    lost: [...container.lost, value].sort(byReturn),
    possiblyRemoved: container.possiblyRemoved.filter((op) => op !== value),
  };
}
