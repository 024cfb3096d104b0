import { loadCatalogue, type RunRecord } from 'assay';
import { PBFT_MUTANTS } from '../../src/consensus/mutants/index.js';
import { checkerOf, effectsOf, rulesBroken, runHint, violated } from '../support/mutants.js';

/**
 * Each known bug of PBFT under its own hint, so many seeds: in how many runs it took effect, by the nodes' own count; how
 * many runs each checker rejected; and the rules that were named. Exits with 1 where the checker that the hint names
 * rejected none.
 *
 * `npm run bench -- pbft-mutants [seeds] [part of a name] [correct]`: with `correct` the reference PBFT runs instead.
 */
export default async function pbftMutants(args: readonly string[]): Promise<void> {
  const seeds = Number(args[0] ?? 5);
  const chosen = PBFT_MUTANTS.filter(({ name }) => name.includes(args[1] ?? ''));
  const correct = args[2] === 'correct' ? 'correct' : undefined;
  const catalogue = await loadCatalogue(process.cwd());
  let missed = 0;
  for (const mutant of chosen) {
    const rejected = new Map<string, number>();
    const rules = new Map<string, number>();
    let effects = 0;
    let errors = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const record: RunRecord = await runHint(catalogue, mutant, seed, correct);
      if (effectsOf(record) > 0) effects++;
      if (record.error !== undefined) errors++;
      for (const checker of violated(record)) increment(rejected, checker);
      for (const checker of ['pbft-safety', 'pbft-steps']) {
        for (const rule of rulesBroken(record, checker)) increment(rules, rule);
      }
    }
    const by = checkerOf('pbft', mutant.kill.noticedBy);
    const isMissed = correct === undefined && mutant.kill.notYet === undefined && !rejected.has(by);
    if (isMissed) missed++;
    console.log(
      `${isMissed ? 'MISSED ' : ''}${mutant.name.padEnd(40)} effect in ${effects} of ${seeds}${errors > 0 ? `, ${errors} errors` : ''}` +
        ` | ${told(rejected) || 'no checker'} | ${told(rules) || 'no rule'}`,
    );
  }
  console.log(`${chosen.length} mutants, ${seeds} seeds each, ${missed} missed by the checker of their hint`);
  if (missed > 0) process.exitCode = 1;
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function told(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([, left], [, right]) => right - left);
  return sorted.map((entry) => entry.join(' ')).join(', ');
}
