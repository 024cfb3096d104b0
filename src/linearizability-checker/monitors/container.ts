import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import { ValueIndex } from './value-index.js';

/** Something is put in, or something is taken out: a value, or `null` for "there was nothing". */
export type ContainerHistory = MonitoredHistory<{ readonly f: string; readonly value?: Scalar }, Scalar>;

/** What an operation of a container's history is. */
export const Kind = { unseenInsertion: 0, insertion: 1, removal: 2, emptyAnswer: 3, crashedRemoval: 4 } as const;

/** The history of a container with unique values, sorted out: who put in what was taken out by whom. */
export interface Container {
  /** By operation, one of {@link Kind}. An unseen insertion never returned, and nobody removed its value. */
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
}

/**
 * Sorts a container's history out, in linear time. Illegal at once: a value removed that was never inserted, or
 * twice, or before its insertion was called. `undefined` where a value was inserted twice, or an answer is missing.
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
    if ((op & 1023) === 0) history.pulse();
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
  for (let op = 0; op < size; op++) {
    if (kinds[op] !== Kind.removal) continue;
    if ((op & 1023) === 0) history.pulse();
    const value = outputs[op];
    if (returnRank[op] === NEVER) kinds[op] = Kind.crashedRemoval;
    else if (value === undefined) return undefined;
    else if (value === null) kinds[op] = Kind.emptyAnswer;
    else {
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

  const events = eventsOf(history);
  const lost: number[] = [];
  const crashedRemovals: number[] = [];
  const emptyAnswers: number[] = [];
  for (const event of events) {
    const op = event >> 1;
    if ((event & 1) === 1) {
      if (kinds[op] === Kind.insertion && (partner[op] as number) < 0) lost.push(op);
    } else if (kinds[op] === Kind.crashedRemoval) crashedRemovals.push(op);
    else if (kinds[op] === Kind.emptyAnswer) emptyAnswers.push(op);
  }
  return { kinds, partner, events, lost, crashedRemovals, emptyAnswers };
}

function eventsOf({ size, callRank, returnRank }: ContainerHistory): Int32Array {
  let last = -1;
  for (let op = 0; op < size; op++) {
    const returned = returnRank[op] as number;
    last = Math.max(last, callRank[op] as number, returned === NEVER ? -1 : returned);
  }
  const slots = new Int32Array(last + 1);
  for (let op = 0; op < size; op++) {
    slots[callRank[op] as number] = 2 * op + 1;
    if (returnRank[op] !== NEVER) slots[returnRank[op] as number] = 2 * op + 2;
  }
  // Ranks have gaps where operations were left out.
  let length = 0;
  for (let rank = 0; rank <= last; rank++) {
    const event = slots[rank] as number;
    if (event > 0) slots[length++] = event - 1;
  }
  return slots.subarray(0, length);
}

/** The rank of the call of what removes an inserted value; {@link NEVER} where nothing does. */
export function removalCall({ callRank }: ContainerHistory, { partner }: Container, insertion: number): number {
  const removal = partner[insertion] as number;
  return removal < 0 ? NEVER : (callRank[removal] as number);
}

/**
 * These values, inserted and never seen again, were gone by the return of the last witness, and there are more of
 * them than removals without an answer that were called by then. The core of that contradiction: the values, the
 * witnesses, and every removal that could have been the one, had it not answered otherwise.
 */
export function lossCore(
  history: ContainerHistory,
  { kinds }: Container,
  values: readonly number[],
  witnesses: readonly number[],
): number[] {
  let until = -1;
  for (const op of witnesses) {
    const returned = history.returnRank[op] as number;
    if (returned !== NEVER) until = Math.max(until, returned);
  }
  const core = new Set([...values, ...witnesses]);
  for (let op = 0; op < history.size; op++) {
    if (kinds[op] === Kind.removal && (history.callRank[op] as number) < until) core.add(op);
  }
  return [...core];
}

/** How many removals without an answer were called before the event with this rank. */
export function crashedBefore({ callRank }: ContainerHistory, { crashedRemovals }: Container, rank: number): number {
  const count = crashedRemovals.findIndex((op) => (callRank[op] as number) > rank);
  return count < 0 ? crashedRemovals.length : count;
}
