import type { Deceit } from './deceit.js';
import type { Means } from './means.js';

/** Says nothing, to replicas and clients alike: what a crash looks like from outside, though it hears everything. */
export function silent(means: Means): Deceit {
  return { send: () => means.withhold(), reply: () => means.withhold() };
}
