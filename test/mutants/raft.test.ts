import { loadCatalogue } from 'assay';
import { describe, expect, it } from 'vitest';
import { type KillHint, MUTANTS, type Mutant } from '../../src/consensus/mutants/index.js';
import { runHint, violated } from '../support/mutants.js';

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

/** The checkers that found a violation, seed after seed, until the one that is to notice did. */
async function noticed({ name, kill }: Mutant): Promise<string[]> {
  const found = new Set<string>();
  for (let seed = 1; seed <= (kill.seeds ?? SEEDS) && !found.has(CHECKERS[kill.noticedBy]); seed++) {
    for (const checker of violated(await runHint(catalogue, kill, seed, name))) found.add(checker);
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
    const record = await runHint(catalogue, kill, 1);
    expect({ seed: 1, violated: violated(record), error: record.error }).toEqual({
      seed: 1,
      violated: [],
      error: undefined,
    });
  });
});
