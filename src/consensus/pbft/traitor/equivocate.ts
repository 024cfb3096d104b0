import type { Deceit } from './deceit.js';
import type { Means } from './means.js';
import { Stories } from './stories.js';

/** Tells two stories about one sequence number, and supports both. */
export function equivocate(means: Means): Deceit {
  const stories = new Stories(means);
  return { send: (to, message) => stories.send(to, message), act: (input) => stories.act(input) };
}
