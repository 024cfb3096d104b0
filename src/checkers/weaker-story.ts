import type { WeakerModelResult } from '../linearizability-checker/index.js';

/** Which weaker models a history that is not linearizable still fulfils, in a sentence or three. */
export function whatStillHolds(results: readonly WeakerModelResult[]): string[] {
  const named = (verdict: WeakerModelResult['verdict']) => results.filter((result) => result.verdict === verdict);
  const holding = named('holds').map(nameOf);
  const lines = [
    holding.length > 0
      ? `Over the whole history there still holds: ${holding.join(', ')}.`
      : 'Of the weaker models none is known to hold over the whole history.',
  ];
  for (const [reason, names] of byReason(named('violated')))
    lines.push(`Violated as well: ${names.join(', ')}: ${reason}.`);
  for (const [reason, names] of byReason(named('unknown'))) lines.push(`Not known: ${names.join(', ')}: ${reason}.`);
  return lines;
}

function byReason(results: readonly WeakerModelResult[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const result of results) names.set(result.reason, [...(names.get(result.reason) ?? []), nameOf(result)]);
  return names;
}

function nameOf({ model, scope }: WeakerModelResult): string {
  return model === 'sequential consistency' ? `${model} of ${scope}` : model;
}
