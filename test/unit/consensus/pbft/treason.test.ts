import { describe, expect, it } from 'vitest';
import { Random } from '../../../../src/kernel/random.js';
import { BEHAVIOURS } from '../../../../src/ports/corruption.js';
import { runTreason } from './treason.js';

const SEEDS = Array.from({ length: 50 }, (_, index) => index + 1);

describe('a cluster with as many traitors as it can bear, under kills, partitions and loss', () => {
  it.each(BEHAVIOURS)('agrees, executes each request once, fools no client and goes on: %s', (behaviour) => {
    let misdeeds = 0;
    let views = 0;
    let answered = 0;
    for (const seed of SEEDS) {
      const result = runTreason({ seed, behaviours: [behaviour] });
      expect({ seed, violations: result.violations }).toEqual({ seed, violations: [] });
      misdeeds += result.misdeeds;
      views += result.highestView;
      answered += result.answered;
    }
    // A quiet test proves nothing.
    expect(misdeeds).toBeGreaterThan(SEEDS.length);
    expect(views).toBeGreaterThan(SEEDS.length);
    expect(answered).toBeGreaterThan(10 * SEEDS.length);
  });

  it('bears traitors of different kinds side by side', () => {
    for (const seed of SEEDS) {
      const behaviours = new Random(seed).fork('behaviours').shuffle(BEHAVIOURS);
      const { violations } = runTreason({ seed, behaviours, size: 7 });
      expect({ seed, behaviours: behaviours.slice(0, 2), violations }).toMatchObject({ violations: [] });
    }
  });
});

describe('one traitor more than the cluster can bear', () => {
  const CALM = { faults: { loss: 0, kills: false, partitions: false }, faultsMs: 400, recoveryMs: 400 };

  function violationsOf(size: number): Set<string> {
    const found = new Set<string>();
    for (let seed = 1; seed <= 10; seed++) {
      const { violations } = runTreason({ ...CALM, seed, size, behaviours: ['collude'], excess: 1 });
      for (const violation of violations) found.add(violation.slice(0, violation.search(/[: ]/)));
    }
    return found;
  }

  it.each([4, 6, 7])('breaks agreement and fools a client within ten runs, with %d replicas', (size) => {
    const found = violationsOf(size);
    expect(found).toContain('Agreement');
    expect(found).toContain('ClientFooled');
  });

  it('fools a client with 5 replicas, but breaks no agreement: two quorums of 4 share 3', () => {
    const found = violationsOf(5);
    expect(found).toContain('ClientFooled');
    expect(found).not.toContain('Agreement');
  });

  it.each(['equivocate', 'wrong-digest', 'tamper-request'] as const)(
    'is enough also without a plan: %s',
    (behaviour) => {
      const runs = SEEDS.slice(0, 20).map((seed) => runTreason({ ...CALM, seed, behaviours: [behaviour], excess: 1 }));
      expect(runs.some(({ violations }) => violations.some((each) => !each.startsWith('NotRecovered')))).toBe(true);
    },
  );
});
