import type { Deceit } from './deceit.js';
import type { Means } from './means.js';

/** Says nothing to some, who must learn everything from the others. */
export function selectivelySilent(means: Means): Deceit {
  return {
    send: (to, message) => (means.isAgainst(to) ? means.withhold() : [{ kind: 'send', to, message }]),
  };
}
