import type { Random } from '../../../src/kernel/random.js';

/** What a history is like: C clients, each with one operation outstanding at a time. */
export interface Shape {
  readonly operations: number;
  readonly clients: number;
  /** Heavy: a client thinks for 5 ms on average between its operations; light: for 45 ms. */
  readonly overlap: 'heavy' | 'light';
  /** Unique: no value is written twice. Few: values are drawn from five. Only for objects to which this matters. */
  readonly values?: 'unique' | 'few';
  /** Chosen uniformly, for objects that have keys. Default: one object without a key. */
  readonly keys?: number;
  /** Updates whose outcome nobody knows, spread evenly. Half take effect, some time after their call. Default 0. */
  readonly crashed?: number;
  readonly fault?: Fault;
}

/**
 * What is wrong with one operation, at 99 % of the history.
 *
 * - `dead`: its answer was right once, but an update that began after that and ended before this one began has surely
 *   made it wrong;
 * - `never`: nothing can ever have made it right;
 * - `subtle`: its answer is another that was right at about that time: the history may be legal or not.
 */
export type Fault = 'dead' | 'never' | 'subtle';

/** How long after its call a crashed update takes effect, on average, if it does. */
export const CRASHED_DELAY_MEAN_US = 100_000;

const THINK_MEAN_US = { heavy: 5_000, light: 45_000 };
const LATENCY_MEDIAN_US = 5_000;
const LATENCY_SIGMA = 0.6;

/** At least 1 µs: a process that calls at the very time of its last return would be concurrent with itself. */
export function thinkUs({ overlap }: Shape, random: Random): number {
  return 1 + Math.round(random.exponential(THINK_MEAN_US[overlap]));
}

/** Lognormal. */
export function latencyUs(random: Random): number {
  return 1 + Math.round(LATENCY_MEDIAN_US * Math.exp(LATENCY_SIGMA * normal(random)));
}

/** Standard normal (Box & Muller 1958, one of the two). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
}

/** Unique name of a family, in the notes' words: `register s-H 10k c20, 100 crashed, never`. */
export function nameOf(subject: { readonly name: string }, shape: Shape): string {
  const { operations, clients, keys, crashed, fault } = shape;
  const values = shape.values && `${shape.values === 'few' ? 's' : 'u'}-`;
  return [
    `${subject.name} ${values ?? ''}${shape.overlap === 'heavy' ? 'H' : 'L'} ${short(operations)} c${clients}`,
    ...(keys === undefined ? [] : [`${keys} keys`]),
    ...(crashed === undefined ? [] : [`${crashed} crashed`]),
    ...(fault === undefined ? [] : [fault]),
  ].join(', ');
}

function short(operations: number): string {
  if (operations % 1_000_000 === 0) return `${operations / 1_000_000}M`;
  return operations % 1000 === 0 ? `${operations / 1000}k` : String(operations);
}
