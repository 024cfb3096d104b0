import { executeRun, loadCatalogue, type RunOptions, type RunRecord, runOptions } from 'assay';
import { describe, expect, it } from 'vitest';
import { effectsOf, violated } from '../../support/mutants.js';

const catalogue = await loadCatalogue(process.cwd());

const NEMESES = ['clock', 'kill', 'packet', 'partition', 'pause', 'power'].map((name) => ({ name, options: {} }));
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

function run(seed: number, given: Partial<RunOptions>): Promise<RunRecord> {
  const options = runOptions({
    system: 'raft',
    workload: 'transfer',
    nemeses: NEMESES,
    timeLimitMs: 30_000,
    operationTimeoutMs: 2000,
    seed,
    ...given,
  });
  return executeRun(options, { catalogue, signal: new AbortController().signal, onProgress: () => {} });
}

function checkOf({ checks }: RunRecord, name: string) {
  const found = checks.find(({ checker }) => checker === name);
  if (found === undefined) throw new Error(`no checker ${name}`);
  return found;
}

function expectSound(record: RunRecord): void {
  expect(violated(record)).toEqual([]);
  expect(checkOf(record, 'linearizability').verdict).toBe('valid');
  expect(checkOf(record, 'ledgers').verdict).toBe('valid');
  const { reads, transfers, refused, ledgers } = checkOf(record, 'ledgers').facts;
  expect(transfers).toBeGreaterThan(1000);
  expect(reads).toBeGreaterThan(500);
  expect(refused).toBeGreaterThan(100);
  expect(ledgers).toBeGreaterThan(10);
}

describe('transfers between accounts, under all nemeses at once,', () => {
  it.for(SEEDS)('are carried out once by Raft, and nothing is lost: seed %i', async (seed) => {
    expectSound(await run(seed, { nodes: 5, systemOptions: { retries: seed % 2 === 0 } }));
  });

  it.for(SEEDS.slice(0, 3))('are carried out once by PBFT, and nothing is lost: seed %i', async (seed) => {
    expectSound(await run(seed, { system: 'pbft', nodes: 4 }));
  });

  it.for(['session-no-dedup', 'session-dedup-only-on-leader'])(
    'are carried out twice by %s, and both checkers see it',
    async (mutant) => {
      const records = await Promise.all(SEEDS.slice(0, 3).map((seed) => run(seed, { systemOptions: { mutant } })));
      expect(records.reduce((sum, record) => sum + effectsOf(record), 0)).toBeGreaterThan(0);
      expect(records.flatMap(violated)).toEqual(expect.arrayContaining(['ledgers', 'linearizability']));
      const kinds = records.flatMap((record) => checkOf(record, 'ledgers').anomalies.map(({ kind }) => kind));
      expect(kinds).toContain('executed-twice');
    },
  );
});
