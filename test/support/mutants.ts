import { type Catalogue, executeRun, type RunRecord, runOptions } from 'assay';
import { parsePluginSpec, parsePluginSpecs } from '../../src/cli/plugin-spec.js';
import type { KillHint, Mutant } from '../../src/consensus/mutants/index.js';

type Protocol = Mutant['protocol'];

const NODES: Readonly<Record<Protocol, number>> = { raft: 5, pbft: 4 };

/** The checker that each word for who notices stands for. */
export function checkerOf(protocol: Protocol, noticedBy: KillHint['noticedBy']): string {
  switch (noticedBy) {
    case 'history':
      return 'linearizability';
    case 'trace':
      return `${protocol}-safety`;
    case 'steps':
      return `${protocol}-steps`;
    case 'availability':
      return 'availability';
  }
}

/** One run of a mutant's hint in the simulator: with its bug, or, when `correct`, of the reference implementation. */
export function runHint(
  catalogue: Catalogue,
  { protocol, kill, name }: Mutant,
  seed: number,
  correct?: 'correct',
): Promise<RunRecord> {
  const workload = parsePluginSpec('workload', kill.workload ?? 'register');
  const options = runOptions({
    system: protocol,
    systemOptions: { ...kill.options, ...(correct === undefined && { mutant: name }) },
    nodes: kill.nodes ?? NODES[protocol],
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

/** One of all mutants that run under the same faults with the same options: without its bug they are one run. */
export function oneForEachHint<M extends Mutant>(mutants: readonly M[]): M[] {
  const hints = mutants.map((mutant) => {
    const { nemesis, options, nodes, workload, load } = mutant.kill;
    return [JSON.stringify({ nemesis, options, nodes, workload, load }), mutant] as const;
  });
  return [...new Map(hints).values()];
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
