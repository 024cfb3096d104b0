import { invariant } from '../kernel/errors.js';
import type { Random } from '../kernel/random.js';

/** Draws one of several alternatives by weight. A weight of 0 never comes. */
export function mix<T>(random: Random, alternatives: ReadonlyArray<readonly [weight: number, make: () => T]>): T {
  const total = alternatives.reduce((sum, [weight]) => sum + weight, 0);
  invariant(total > 0, () => 'a mix needs a positive weight');
  let point = random.float() * total;
  for (const [weight, make] of alternatives) {
    point -= weight;
    if (point < 0) return make();
  }
  const last = alternatives[alternatives.length - 1];
  invariant(last, () => 'a mix needs an alternative');
  return last[1]();
}
