import { expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/runner/catalogue.js';
import { runOptions } from '../../../src/runner/defaults.js';
import { executeRun } from '../../../src/runner/run.js';
import type { RunOptions, RunRecord } from '../../../src/store/run-record.js';

const FAULTS = ['partition', 'kill', 'pause', 'power', 'clock', 'packet'];

async function run(given: Partial<RunOptions>): Promise<RunRecord> {
  const nemeses = FAULTS.map((name) => ({ name, options: {} }));
  const options = runOptions({ system: 'pbft', nodes: 4, nemeses, rate: 50, timeLimitMs: 12_000, seed: 1, ...given });
  return executeRun(options, {
    catalogue: await loadCatalogue(process.cwd()),
    signal: new AbortController().signal,
    onProgress: () => {},
    hashed: true,
  });
}

it.each<[string, Partial<RunOptions>]>([
  ['with signatures', {}],
  ['with MAC vectors, reading from a quorum', { systemOptions: { authentication: 'macs', reads: 'read-only' } }],
  ['of seven, appending to lists', { nodes: 7, workload: 'append' }],
  ['of five, which is no 3f+1', { nodes: 5, systemOptions: { authentication: 'macs' } }],
])('PBFT %s stays correct and comes back under crashes, partitions and bad networks', async (_, given) => {
  const record = await run(given);
  expect(record.verdict, record.narrative.join(' ')).toBe('valid');
  expect(record.counts.leaderChanges).toBeGreaterThan(0);
  expect(record.narrative.join(' ')).toMatch(/ \d+ view changes?\./);
  expect(record.checks.map(({ checker }) => checker)).toContain('pbft-safety');
});

it('a run of PBFT is replayed exactly by its seed, keys and all', async () => {
  const [first, again, other] = [await run({}), await run({}), await run({ seed: 2 })];
  expect(again.streamHash).toBe(first.streamHash);
  expect(other.streamHash).not.toBe(first.streamHash);
});
