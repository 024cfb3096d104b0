import { describe, expect, it } from 'vitest';
import type { Rarity, Reached } from '../../../src/plugin/coverage.js';
import { CampaignCoverage, campaignEvidence } from '../../../src/runner/campaign-coverage.js';
import type { CampaignReach } from '../../../src/store/campaign-record.js';

const reached = (name: string, times: number, rarity?: Rarity): Reached => ({
  kind: 'state',
  name,
  statement: `It was in ${name}.`,
  source: '§5.2',
  times,
  ...(rarity !== undefined && { rarity, by: 'kill:target=leader' }),
});

/** What runs come upon that came upon these: each list is a run's. */
function reachOf(...runs: Reached[][]): CampaignReach | undefined {
  const coverage = new CampaignCoverage();
  for (const [index, classes] of runs.entries()) {
    const check = { checker: 'raft-steps', verdict: 'valid' as const, summary: '', anomalies: [], facts: {} };
    coverage.add({ id: `run-${index + 1}`, checks: [check, { ...check, coverage: classes }] });
  }
  return coverage.summary();
}

describe('what the runs of a campaign came upon', () => {
  it('is how often in all, in how many runs, and in which first', () => {
    const reach = reachOf(
      [reached('split vote', 0, 'rare'), reached('leader change', 2, 'common')],
      [reached('split vote', 3, 'rare'), reached('leader change', 1, 'common')],
      [reached('split vote', 1, 'rare'), reached('leader change', 0, 'common')],
    );
    expect(reach?.runs).toBe(3);
    expect(reach?.classes).toMatchObject([
      { name: 'split vote', times: 4, runs: 2, example: 'run-2', rarity: 'rare' },
      { name: 'leader change', times: 3, runs: 2, example: 'run-1' },
    ]);
  });

  it('is not known where no run left a trace', () => {
    expect(reachOf([], [])).toBeUndefined();
    const { verdict, summary } = campaignEvidence('thorough', undefined);
    expect(verdict).toBe('valid');
    expect(summary).toBe('What its nodes came upon is not known: no run left a trace of their steps.');
  });

  it('keeps classes of one name apart that are of different kinds', () => {
    const reach = reachOf([reached('Restart', 1), { ...reached('Restart', 2), kind: 'action' }]);
    expect(reach?.classes.map(({ kind, times }) => [kind, times])).toEqual([
      ['state', 1],
      ['action', 2],
    ]);
  });
});

describe('the evidence of a campaign', () => {
  const without = (...missing: string[]) =>
    reachOf([
      reached('leader change', missing.includes('leader change') ? 0 : 1, 'common'),
      reached('two leaders', missing.includes('two leaders') ? 0 : 1, 'uncommon'),
      reached('split vote', missing.includes('split vote') ? 0 : 1, 'rare'),
      reached('grant repeated', 0),
    ]);

  it('is enough where all was reached that any profile requires', () => {
    expect(campaignEvidence('thorough', without())).toEqual({
      verdict: 'valid',
      summary: 'The runs came upon 3 of 4 actions, outcomes and states, among them all that any profile requires.',
    });
  });

  it('is enough where nothing is required, as of a cluster of two', () => {
    expect(campaignEvidence('thorough', reachOf([reached('split vote', 0), reached('leader change', 1)]))).toEqual({
      verdict: 'valid',
      summary: 'The runs came upon 1 of 2 actions, outcomes and states.',
    });
  });

  it('is enough for a short profile without what only longer ones require, and names that', () => {
    expect(campaignEvidence('quick', without('two leaders', 'split vote'))).toEqual({
      verdict: 'valid',
      summary:
        'The runs came upon 1 of 4 actions, outcomes and states. Never reached, and so never tested: ' +
        'two leaders, split vote (profile thorough requires them).',
    });
    expect(campaignEvidence('quick', without('two leaders')).summary).toMatch(
      /two leaders \(profile standard requires it\)/,
    );
  });

  it('is unknown without what its profile requires, and says what leads there', () => {
    expect(campaignEvidence('thorough', without('split vote'))).toEqual({
      verdict: 'unknown',
      summary: 'Inconclusive. Never reached, and so never tested: split vote (profile thorough requires it).',
      wayOut:
        'Certify again with another --seed, which makes other runs. ' +
        'To look at split vote alone, try `assay run` with --nemesis kill:target=leader.',
    });
  });

  it.each([
    ['quick', 'leader change', 'unknown'],
    ['quick', 'two leaders', 'valid'],
    ['quick', 'split vote', 'valid'],
    ['standard', 'two leaders', 'unknown'],
    ['standard', 'split vote', 'valid'],
    ['thorough', 'two leaders', 'unknown'],
  ] as const)('of profile %s without a %s is %s', (profile, missing, verdict) => {
    expect(campaignEvidence(profile, without(missing)).verdict).toBe(verdict);
  });
});
