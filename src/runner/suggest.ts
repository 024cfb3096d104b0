import { distance } from 'fastest-levenshtein';

/** More than these are not all told. */
const MANY = 12;

/**
 * "Did you mean "partition"?", or the choices when nothing is near: all of them, or the nearest of many.
 *
 * @param shownBy the command that shows all of them
 */
export function didYouMean(given: string, choices: Iterable<string>, shownBy = 'assay list'): string {
  const all = [...choices];
  const nearestFirst = all
    .map((choice) => ({ choice, distance: distance(given, choice) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = nearestFirst;
  if (best === undefined) return 'There are none.';
  const isNear = best.distance <= Math.max(2, Math.floor(best.choice.length / 3));
  const meant = isNear ? best.choice : all.find((choice) => given !== '' && choice.startsWith(given));
  if (meant !== undefined) return `Did you mean "${meant}"?`;
  if (all.length <= MANY) return `Choose from: ${all.join(', ')}.`;
  const within = nearestFirst.filter(({ choice }) => choice.includes(given));
  const some = [...within, ...nearestFirst.filter((each) => !within.includes(each))].slice(0, 5);
  return `Nearest are ${some.map(({ choice }) => choice).join(', ')}; \`${shownBy}\` shows all ${all.length}.`;
}
