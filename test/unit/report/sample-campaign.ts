import type { CampaignRecord } from '../../../src/store/campaign-record.js';
import type { RunRecord } from '../../../src/store/run-record.js';

/** A campaign over these runs, as `assay certify` writes it. */
export function sampleCampaign(runs: readonly RunRecord[], overrides: Partial<CampaignRecord> = {}): CampaignRecord {
  const verdicts = runs.map(({ verdict }) => verdict);
  return {
    format: 1,
    id: '20261123T140000-certify-raft-quick-7',
    system: 'raft',
    backends: ['sim'],
    profile: 'quick',
    seed: 7,
    startedAt: '2026-11-23T14:00:00.000Z',
    finished: true,
    wallMs: 5300,
    verdict: verdicts.includes('invalid') ? 'invalid' : verdicts.includes('unknown') ? 'unknown' : 'valid',
    runs: runs.map((run, index) => ({
      runId: run.id,
      title: `${run.options.workload} × ${index % 2 === 0 ? 'partition' : 'kill'} (${run.options.backend})`,
      workload: run.options.workload,
      nemesis: index % 2 === 0 ? 'partition' : 'kill',
      backend: run.options.backend,
      seed: run.options.seed,
      verdict: run.verdict,
      headline: run.checks[0]?.summary ?? '',
      checks: run.checks.map(({ checker, verdict, summary }) => ({ checker, verdict, summary })),
      replay: run.replay,
      durationUs: run.durationUs,
      wallMs: run.wallMs,
      counts: run.counts,
    })),
    leftOut: [],
    command: 'npx assay certify raft --profile quick --seed 7',
    ...overrides,
  };
}
