import { closest, distance } from 'fastest-levenshtein';

/** "Did you mean "partition"?", or the choices when nothing is near. */
export function didYouMean(given: string, choices: Iterable<string>): string {
  const all = [...choices];
  if (all.length === 0) return 'There are none.';
  const best = closest(given, all);
  const near = distance(given, best) <= Math.max(2, Math.floor(best.length / 3)) || best.startsWith(given);
  return near ? `Did you mean "${best}"?` : `Choose from: ${all.join(', ')}.`;
}
