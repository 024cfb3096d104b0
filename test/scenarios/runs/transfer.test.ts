import { loadCatalogue, type RunRecord } from 'assay';
import { describe, expect, it } from 'vitest';
import { effectsOf, runHint, violated } from '../../support/mutants.js';

const catalogue = await loadCatalogue(process.cwd());

const NEMESES = [...catalogue.nemeses.keys()].join();
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

function run(seed: number, options: Readonly<Record<string, string | boolean>>, mutant?: string): Promise<RunRecord> {
  return runHint(catalogue, { nemesis: NEMESES, workload: 'transfer', options, noticedBy: 'history' }, seed, mutant);
}

const factsOf = ({ checks }: RunRecord, name: string) => checks.find(({ checker }) => checker === name)?.facts ?? {};

describe('transfers between accounts', () => {
  it.for(SEEDS)('are carried out once and lose nothing under all nemeses at once, seed %i', async (seed) => {
    const record = await run(seed, { retries: seed % 2 === 0 });
    expect({ verdict: record.verdict, violated: violated(record) }).toEqual({ verdict: 'valid', violated: [] });
    const { reads, transfers, refused, ledgers } = factsOf(record, 'ledgers') as Record<string, number>;
    expect(transfers).toBeGreaterThan(1000);
    expect(reads).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(100);
    expect(ledgers).toBeGreaterThan(10);
  });

  it.for(['session-no-dedup', 'session-dedup-only-on-leader'])(
    'are carried out twice by %s, and both checkers see it',
    async (mutant) => {
      const found = new Set<string>();
      const kinds = new Set<string>();
      let effects = 0;
      for (const seed of SEEDS.slice(0, 3)) {
        const record = await run(seed, {}, mutant);
        effects += effectsOf(record);
        for (const checker of violated(record)) found.add(checker);
        for (const { checker, anomalies } of record.checks) {
          if (checker === 'ledgers') for (const { kind } of anomalies) kinds.add(kind);
        }
      }
      expect(effects).toBeGreaterThan(0);
      expect([...found]).toEqual(expect.arrayContaining(['ledgers', 'linearizability']));
      expect([...kinds]).toContain('executed-twice');
    },
  );
});
