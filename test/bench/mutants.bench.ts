import { loadCatalogue, type RunRecord } from 'assay';
import { RAFT_MUTANTS, type RaftMutant } from '../../src/consensus/mutants/index.js';
import { effectsOf, rulesBroken, runHint, violated } from '../support/mutants.js';

const STEPS = 'raft-steps';
const SAFETY = 'raft-safety';
const HISTORY = 'linearizability';

/**
 * Each known bug under its own hint, so many seeds: in how many runs it took effect, by the nodes' own count; how many
 * of these step conformance, the safety rules and the clients' history rejected; and the rules that were named. Exits
 * with 1 where step conformance does not name the bug's rule in a run in which it took effect, or rejects a run in which
 * it did not, for that is one of the reference Raft.
 *
 * `npm run bench -- mutants [seeds] [part of a name]`
 */
export default async function mutants(args: readonly string[]): Promise<void> {
  const seeds = Number(args[0] ?? 20);
  const chosen = RAFT_MUTANTS.filter(({ name }) => name.includes(args[1] ?? ''));
  const catalogue = await loadCatalogue(process.cwd());
  const before = process.cpuUsage();
  console.log(`${'mutant'.padEnd(42)} runs  effect in  steps safety history  rules that were named`);
  for (const mutant of chosen) {
    const row = new Row(mutant);
    for (let seed = 1; seed <= seeds; seed++) row.add(await runHint(catalogue, mutant, seed));
    for (const line of row.lines()) console.log(line);
    if (!row.holds) process.exitCode = 1;
  }
  const { user, system } = process.cpuUsage(before);
  console.log(`${chosen.length} mutants, ${seeds} seeds each, ${((user + system) / 1e6).toFixed(0)} CPU s`);
}

/** One mutant's runs. */
class Row {
  private runs = 0;
  private tookEffect = 0;
  /** Of the runs in which it took effect: how many each checker rejected, and how often each rule was named. */
  private readonly rejected = new Map<string, number>();
  private readonly rules = new Map<string, number>();
  private readonly unseen: number[] = [];
  private readonly alarms: number[] = [];

  constructor(private readonly mutant: RaftMutant) {}

  add(record: RunRecord): void {
    const { steps } = this.mutant.kill;
    const { seed } = record.options;
    const named = rulesBroken(record, STEPS);
    this.runs++;
    if (effectsOf(record) === 0) {
      if (named.length > 0) this.alarms.push(seed);
      return;
    }
    this.tookEffect++;
    for (const checker of violated(record)) increment(this.rejected, checker);
    for (const rule of new Set([...named, ...rulesBroken(record, SAFETY)])) increment(this.rules, rule);
    if ('rule' in steps && !named.includes(steps.rule)) this.unseen.push(seed);
  }

  get holds(): boolean {
    return this.unseen.length + this.alarms.length === 0;
  }

  lines(): string[] {
    const { name, kill } = this.mutant;
    const counts = [
      this.runs,
      this.tookEffect,
      ...[STEPS, SAFETY, HISTORY].map((each) => this.rejected.get(each) ?? 0),
    ];
    const columns = counts.map((count, place) => String(count).padStart([4, 11, 7, 7, 8][place] ?? 0)).join('');
    const rules = [...this.rules].sort(([, left], [, right]) => right - left).map((rule) => rule.join(' '));
    const lines = [`${name.padEnd(42)} ${columns}  ${rules.join(', ') || 'none'}`];
    if ('blind' in kill.steps) lines.push(`    steps are blind: ${kill.steps.blind}`);
    else if (this.unseen.length > 0)
      lines.push(`    ${kill.steps.rule} is not named for seeds ${this.unseen.join(', ')}`);
    if (this.alarms.length > 0) lines.push(`    no effect, yet not valid: seeds ${this.alarms.join(', ')}`);
    return lines;
  }
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
