import { loadCatalogue, type RunRecord } from 'assay';
import { describe, expect, it } from 'vitest';
import { RAFT_MUTANTS, type RaftMutant } from '../../src/consensus/mutants/index.js';
import { checkerOf, effectsOf, oneForEachHint, rulesBroken, runHint, violated } from '../support/mutants.js';

const SEEDS = 5;
/** What steps say is looked at in so many runs at least. */
const SEEDS_AT_LEAST = 3;
/** For a busy machine: each takes a second or two on a quiet one. */
const TIMEOUT_MS = 60_000;

/** Mutants that their table excuses: named here as well, so that none joins them unseen. */
const EXCUSED = [
  'repl-heartbeat-leader-prevlog',
  'repl-reply-from-old-leadership-counted',
  'lease-stickiness-to-later-terms-only',
];

const catalogue = await loadCatalogue(process.cwd());

/** Step conformance names the mutant's rule where the bug took effect, and nothing where it did not. */
function expectSteps({ kill: { steps } }: RaftMutant, record: RunRecord): void {
  const { seed } = record.options;
  const tookEffect = effectsOf(record) > 0;
  const rules = rulesBroken(record, 'raft-steps');
  if ('rule' in steps && tookEffect) expect(rules, `seed ${seed}`).toContain(steps.rule);
  else expect({ seed, rules }).toEqual({ seed, rules: [] });
  if ('safety' in steps && tookEffect)
    expect(rulesBroken(record, 'raft-safety'), `seed ${seed}`).toContain(steps.safety);
}

const expected = RAFT_MUTANTS.filter(({ kill }) => kill.notYet === undefined);
const excused = RAFT_MUTANTS.filter(({ kill }) => kill.notYet !== undefined);

describe('known bugs of Raft in the simulator', () => {
  it.for(expected)(
    '$name is noticed by the $kill.noticedBy, and by steps in the runs in which it took effect',
    { timeout: TIMEOUT_MS },
    async (mutant) => {
      const { kill } = mutant;
      const checker = checkerOf('raft', kill.noticedBy);
      const found = new Set<string>();
      let effects = 0;
      for (let seed = 1; seed <= (kill.seeds ?? SEEDS); seed++) {
        if (seed > SEEDS_AT_LEAST && found.has(checker)) break;
        const record = await runHint(catalogue, mutant, seed);
        for (const each of violated(record)) found.add(each);
        effects += effectsOf(record);
        expect(record.narrative[2]).toMatch(
          /^The known bug that was switched on (took effect [\d,]+ times?|never took effect)/,
        );
        expectSteps(mutant, record);
      }
      expect([...found]).toContain(checker);
      expect(effects).toBeGreaterThan(0);
    },
  );

  it.for(excused)('$name breaks no step where it takes no effect', { timeout: TIMEOUT_MS }, async (mutant) => {
    expectSteps(mutant, await runHint(catalogue, mutant, 1));
  });

  it('few are out of the reach of random faults, and each of these says why', () => {
    expect(excused.map(({ name }) => name)).toEqual(EXCUSED);
    for (const { kill } of excused) expect(kill.notYet).toMatch(/\w+ \w+ \w+/);
  });
});

describe('the reference Raft under the same faults', () => {
  it.for(oneForEachHint(RAFT_MUTANTS))('is valid where $name is not', { timeout: TIMEOUT_MS }, async (mutant) => {
    const record = await runHint(catalogue, mutant, 1, 'correct');
    expect({ seed: 1, violated: violated(record), error: record.error, effects: record.counts.bugEffects }).toEqual({
      seed: 1,
      violated: [],
      error: undefined,
      effects: undefined,
    });
  });
});
