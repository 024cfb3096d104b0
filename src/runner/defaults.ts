import type { RunOptions } from '../store/run-record.js';

/** What a run is made of where nobody says otherwise: the command line's defaults, and the library's. */
export const RUN_DEFAULTS = {
  backend: 'sim',
  nodes: 5,
  workload: 'register',
  nemeses: 'partition,kill,pause',
  timeLimitMs: 60_000,
  recoveryMs: 15_000,
  concurrency: 10,
  rate: 200,
  operationTimeoutMs: 5000,
  checkBudgetMs: 60_000,
} as const;

/** Complete options from the few that matter: no faults and seed 1 unless given. */
export function runOptions(given: Pick<RunOptions, 'system'> & Partial<RunOptions>): RunOptions {
  return { ...RUN_DEFAULTS, systemOptions: {}, workloadOptions: {}, seed: 1, ...given, nemeses: given.nemeses ?? [] };
}
