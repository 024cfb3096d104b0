import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import { NOBODY, SEVERAL, type TransactionLog } from './log.js';
import type { States } from './states.js';

/**
 * The order of each list's versions, which its longest read shows. Where reads contradict each other, or an element is
 * there twice, only the elements before that are certain.
 */
export interface ListOrder {
  /** Elements of key k: from `offsets[k]` to `offsets[k + 1]`, as versions; {@link NOBODY} where nobody appended it. */
  readonly offsets: Int32Array;
  readonly elements: Int32Array;
  /** How many first elements of each key are certain. */
  readonly certain: Int32Array;
  /** Where each version is in its list, or -1: no read shows it. */
  readonly positions: Int32Array;
  /** State `offsets[k] + k + n` is the first n elements of key k. */
  readonly states: States;
}

export function listOrder(log: TransactionLog, pulse: Pulse = unhurried): ListOrder {
  const { keys } = log;
  const offsets = new Int32Array(keys.length + 1);
  for (const [key, { longest }] of keys.entries()) offsets[key + 1] = (offsets[key] as number) + longest.length;
  const elements = new Int32Array(offsets[keys.length] as number);
  const certain = new Int32Array(keys.length);
  const positions = new Int32Array(log.versionValues.length).fill(-1);
  for (const [key, { longest, versions, agreed }] of keys.entries()) {
    const offset = offsets[key] as number;
    certain[key] = Math.min(agreed, longest.length);
    for (const [position, element] of longest.entries()) {
      if ((position & LOOK) === 0) pulse();
      const version = versions.get(element) ?? NOBODY;
      elements[offset + position] = version;
      if (version === NOBODY) continue;
      if (positions[version] === -1) positions[version] = position;
      else certain[key] = Math.min(certain[key] as number, position);
    }
  }
  const foundBy = (operation: number) => {
    const length = log.valueAt(operation);
    const key = log.keyAt(operation);
    return length < 0 ? -1 : (offsets[key] as number) + key + length;
  };
  return { offsets, elements, certain, positions, states: { count: elements.length + keys.length, foundBy } };
}

/** The element's transaction, if it is known and may have committed. */
export function appender(log: TransactionLog, version: number): number {
  return version === NOBODY ? NOBODY : log.validWriter(version);
}

/** Several transactions append this element, so that nobody can tell whose it is. */
export function isAmbiguous(log: TransactionLog, version: number): boolean {
  return version !== NOBODY && log.versionWriters.at(version) === SEVERAL;
}
