import type { Outcome, Value } from '../../history/events.js';
import { hash32, mix32 } from '../../kernel/hash.js';

/**
 * The state as 31 bits that the trace shows, which is what V8 keeps without allocating: the sum, modulo 2³¹, of one hash
 * for each key with what it holds and for each session with what it remembers. A change costs what it changes: the old
 * item's hash off, the new one's on. The order of items does not matter, so the order in which sessions would be
 * forgotten is not covered.
 */
export type StateHash = number;

/** Of the empty state. */
export const EMPTY_HASH: StateHash = 0;

/** A list's, before its first item. */
export const EMPTY_LIST_HASH = 0x7f4a7c15;

export function changed(total: StateHash, removed: number, added: number): StateHash {
  return (total - removed + added) & 0x7fffffff;
}

/** Of two hashes in this order. */
export function combine(left: number, right: number): number {
  return mix32((Math.imul(left, 0x9e3779b1) + right) | 0) | 0;
}

export function hashText(text: string, basis?: number): number {
  return hash32(text, basis) | 0;
}

/** Equal for values that JSON writes the same, as a snapshot does. */
export function hashValue(value: Value): number {
  if (typeof value === 'number') {
    const low = value | 0;
    return low === value ? mix32(low ^ 0x2545f491) | 0 : hashText(String(value), 0x1b873593);
  }
  return typeof value === 'string' ? hashText(value) : hashText(JSON.stringify(value), 0x85ebca77);
}

export function hashOutcome(outcome: Outcome): number {
  switch (outcome.type) {
    case 'ok':
      return outcome.value === undefined ? 1 : combine(1, hashValue(outcome.value));
    case 'fail':
      return combine(2, hashText(outcome.error));
    case 'info':
      return combine(3, hashText(outcome.error));
  }
}
