import { loadCatalogue } from 'assay';
import { MUTANTS, type Mutant } from '../../src/consensus/mutants/index.js';
import { effectsOf, rulesBroken, runHint, violated } from '../support/mutants.js';

/** What judges the nodes' trace step by step, what judges the whole cluster's, and the clients' view. */
const [STEPS, SAFETY, HISTORY] = ['raft-steps', 'raft-safety', 'linearizability'] as const;

/**
 * Each known bug under its own hint, so many seeds: in how many runs it took effect, by the nodes' own count; how many
 * of these step conformance, the safety rules and the clients' history rejected; and the rules that were named. A run
 * in which the bug took no effect is one of the reference Raft: that step conformance rejects none is checked.
 *
 * `npm run bench -- mutants [seeds] [name]`
 */
export default async function mutants(args: readonly string[]): Promise<void> {
  const seeds = Number(args[0] ?? 20);
  const chosen = MUTANTS.filter(({ name }) => args[1] === undefined || name.includes(args[1]));
  const catalogue = await loadCatalogue(process.cwd());
  const before = process.cpuUsage();
  let alarms = 0;
  console.log(
    `${'mutant'.padEnd(42)} runs  took effect in  rejected of these by steps, safety, history  rules of steps | of safety`,
  );
  for (const mutant of chosen) {
    const row = await rowOf(mutant, seeds, (seed) => runHint(catalogue, mutant.kill, seed, mutant.name));
    alarms += row.alarms.length;
    console.log(row.text);
    if (row.unseen.length > 0) console.log(`    took effect, and steps are valid: seeds ${row.unseen.join(', ')}`);
    if (row.alarms.length > 0)
      console.log(`    took no effect, and steps are not valid: seeds ${row.alarms.join(', ')}`);
  }
  const { user, system } = process.cpuUsage(before);
  console.log(`${chosen.length} mutants, ${seeds} seeds each, ${((user + system) / 1e6).toFixed(0)} CPU s`);
  if (alarms > 0) process.exitCode = 1;
}

async function rowOf({ name }: Mutant, seeds: number, run: (seed: number) => ReturnType<typeof runHint>) {
  const rejected = { [STEPS]: 0, [SAFETY]: 0, [HISTORY]: 0 };
  const rules = { [STEPS]: new Map<string, number>(), [SAFETY]: new Map<string, number>() };
  const unseen: number[] = [];
  const alarms: number[] = [];
  let took = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const record = await run(seed);
    const found = violated(record);
    if (effectsOf(record) === 0) {
      if (found.includes(STEPS)) alarms.push(seed);
      continue;
    }
    took++;
    for (const checker of [STEPS, SAFETY, HISTORY]) if (found.includes(checker)) rejected[checker]++;
    for (const checker of [STEPS, SAFETY] as const) {
      for (const rule of rulesBroken(record, checker)) rules[checker].set(rule, (rules[checker].get(rule) ?? 0) + 1);
    }
    if (!found.includes(STEPS)) unseen.push(seed);
  }
  const counts = [rejected[STEPS], rejected[SAFETY], rejected[HISTORY]].map((times) => String(times).padStart(4));
  const text = `${name.padEnd(42)} ${String(seeds).padStart(4)}  ${String(took).padStart(4)}  ${counts.join(' ')}  ${told(rules[STEPS])} | ${told(rules[SAFETY])}`;
  return { text, unseen, alarms };
}

function told(rules: ReadonlyMap<string, number>): string {
  const most = [...rules].sort(([, left], [, right]) => right - left);
  return most.map(([rule, times]) => `${rule} ${times}`).join(', ') || 'none';
}
