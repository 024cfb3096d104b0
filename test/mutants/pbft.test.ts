import { loadCatalogue } from 'assay';
import { describe, expect, it } from 'vitest';
import { PBFT_MUTANTS } from '../../src/consensus/mutants/index.js';
import { checkerOf, oneForEachHint, runHint, violated } from '../support/mutants.js';

const SEEDS = 5;
/** For a busy machine: each takes a few seconds on a quiet one. */
const TIMEOUT_MS = 120_000;

/** Mutants that their table excuses: named here as well, so that none joins them unseen. */
const EXCUSED = [
  'pbft-mac-attack',
  'pbft-vc-not-highest-view-certificate',
  'pbft-vc-quorum-counted-on-wrong-set',
  'pbft-vc-missing-request-body',
  'pbft-vc-lock-without-unlock',
  'pbft-ckpt-gc-during-view-change',
];

const catalogue = await loadCatalogue(process.cwd());

const expected = PBFT_MUTANTS.filter(({ kill }) => kill.notYet === undefined);
const excused = PBFT_MUTANTS.filter(({ kill }) => kill.notYet !== undefined);

describe('known bugs of PBFT in the simulator', () => {
  it.for(expected)('$name is noticed by the $kill.noticedBy', { timeout: TIMEOUT_MS }, async (mutant) => {
    const { seeds = SEEDS, noticedBy } = mutant.kill;
    const checker = checkerOf('pbft', noticedBy);
    const found = new Set<string>();
    for (let seed = 1; seed <= seeds && !found.has(checker); seed++) {
      const record = await runHint(catalogue, mutant, seed);
      expect(record.error).toBeUndefined();
      for (const each of violated(record)) found.add(each);
    }
    expect([...found]).toContain(checker);
  });

  it('few are out of the reach of random faults, and each of these says why', () => {
    expect(excused.map(({ name }) => name)).toEqual(EXCUSED);
    for (const { kill } of excused) expect(kill.notYet).toMatch(/\w+ \w+ \w+/);
  });
});

describe('the reference PBFT under the same faults', () => {
  it.for(oneForEachHint(PBFT_MUTANTS))('breaks nothing where $name does', { timeout: TIMEOUT_MS }, async (mutant) => {
    const record = await runHint(catalogue, mutant, 1, 'correct');
    expect({ violated: violated(record), error: record.error }).toEqual({ violated: [], error: undefined });
  });
});
