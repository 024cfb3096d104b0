import { executeRun, loadCatalogue, type RunRecord, runOptions } from 'assay';
import { describe, expect, it } from 'vitest';
import { parsePluginSpec, parsePluginSpecs } from '../../src/cli/plugin-spec.js';
import { type KillHint, MUTANTS, type Mutant } from '../../src/consensus/mutants/index.js';

/** Where a hint says who notices, these checkers are meant. */
const CHECKERS: Readonly<Record<KillHint['noticedBy'], string>> = {
  history: 'linearizability',
  trace: 'raft-safety',
  availability: 'availability',
};
const SEEDS = 5;
/** For a busy machine: each takes a second or two on a quiet one. */
const TIMEOUT_MS = 60_000;

/** Mutants that their table excuses: named here as well, so that none joins them unseen. */
const EXCUSED = ['repl-heartbeat-leader-prevlog', 'repl-reply-from-old-leadership-counted'];

const catalogue = await loadCatalogue(process.cwd());

/** One run of a hint in the simulator: with its mutant, or of the reference Raft. */
function runHint(kill: KillHint, seed: number, mutant?: string): Promise<RunRecord> {
  const workload = parsePluginSpec('workload', kill.workload ?? 'register');
  const options = runOptions({
    system: 'raft',
    systemOptions: { ...kill.options, ...(mutant !== undefined && { mutant }) },
    nodes: kill.nodes ?? 5,
    workload: workload.name,
    workloadOptions: workload.options,
    nemeses: parsePluginSpecs('nemesis', kill.nemesis),
    timeLimitMs: 30_000,
    recoveryMs: 10_000,
    operationTimeoutMs: 2000,
    checkBudgetMs: 5000,
    ...kill.load,
    seed,
  });
  return executeRun(options, { catalogue, signal: new AbortController().signal, onProgress: () => {} });
}

function violated(record: RunRecord): string[] {
  return record.checks.filter(({ verdict }) => verdict === 'invalid').map(({ checker }) => checker);
}

/** The checkers that found a violation, seed after seed, until the one that is to notice did. */
async function noticed({ name, kill }: Mutant): Promise<string[]> {
  const found = new Set<string>();
  for (let seed = 1; seed <= (kill.seeds ?? SEEDS) && !found.has(CHECKERS[kill.noticedBy]); seed++) {
    for (const checker of violated(await runHint(kill, seed, name))) found.add(checker);
  }
  return [...found];
}

const expected = MUTANTS.filter(({ kill }) => kill.notYet === undefined);
const excused = MUTANTS.filter(({ kill }) => kill.notYet !== undefined);

describe('known bugs of Raft in the simulator', () => {
  it.for(expected)('$name is noticed by the $kill.noticedBy', { timeout: TIMEOUT_MS }, async (mutant) => {
    expect(await noticed(mutant)).toContain(CHECKERS[mutant.kill.noticedBy]);
  });

  it('few are out of the reach of random faults, and each of these says why', () => {
    expect(excused.map(({ name }) => name)).toEqual(EXCUSED);
    for (const { kill } of excused) expect(kill.notYet).toMatch(/\w+ \w+ \w+/);
  });
});

describe('the reference Raft under the same faults', () => {
  it.for(MUTANTS)('is valid where $name is not', { timeout: TIMEOUT_MS }, async ({ kill }) => {
    const record = await runHint(kill, 1);
    expect({ seed: 1, violated: violated(record), error: record.error }).toEqual({
      seed: 1,
      violated: [],
      error: undefined,
    });
  });
});
