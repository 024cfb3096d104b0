import { type Catalogue, executeRun, type RunRecord, runOptions } from 'assay';
import { parsePluginSpec, parsePluginSpecs } from '../../src/cli/plugin-spec.js';
import type { KillHint } from '../../src/consensus/mutants/index.js';

/** One run of a hint in the simulator: with its mutant, or of the reference Raft. */
export function runHint(catalogue: Catalogue, kill: KillHint, seed: number, mutant?: string): Promise<RunRecord> {
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

/** The checkers that found a violation. */
export function violated(record: RunRecord): string[] {
  return record.checks.filter(({ verdict }) => verdict === 'invalid').map(({ checker }) => checker);
}

/** The rules that a checker names in what it found. */
export function rulesBroken(record: RunRecord, checker: string): string[] {
  const found = record.checks.find((check) => check.checker === checker)?.anomalies ?? [];
  return [...new Set(found.map(({ kind }) => kind))];
}

/** How often the mutant's bug took effect, over all nodes. */
export function effectsOf(record: RunRecord): number {
  return Object.values(record.counts.bugEffects ?? {}).reduce((sum, times) => sum + times, 0);
}
