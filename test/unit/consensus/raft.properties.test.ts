import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runChaos } from './chaos.js';

describe('a Raft cluster under loss, duplication, reordering, cuts and power failures', () => {
  it('keeps every safety property, loses no acknowledged append, and serves again when healed', () => {
    const sum = {
      leaders: 0,
      committed: 0,
      acknowledged: 0,
      reads: 0,
      snapshotsInstalled: 0,
      truncations: 0,
      crashes: 0,
    };
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(3, 4, 5),
        fc.constantFrom('read-index' as const, 'log' as const, 'lease' as const),
        fc.boolean(),
        fc.boolean(),
        (seed, nodes, reads, preVote, checkQuorum) => {
          const report = runChaos(seed, nodes, 3000, { reads, preVote, checkQuorum: checkQuorum || reads === 'lease' });
          expect(report.violations).toEqual([]);
          for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += report[name];
        },
      ),
      { numRuns: 25 },
    );
    // A quiet test proves nothing: all of it happened.
    expect(sum.leaders).toBeGreaterThan(40);
    expect(sum.acknowledged).toBeGreaterThan(1000);
    expect(sum.reads).toBeGreaterThan(700);
    expect(sum.snapshotsInstalled).toBeGreaterThan(5);
    expect(sum.truncations).toBeGreaterThan(5);
    expect(sum.crashes).toBeGreaterThan(100);
  }, 60_000);
});
