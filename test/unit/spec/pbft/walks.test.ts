import { describe, expect, it } from 'vitest';
import { pbft } from '../../../../spec/pbft/pbft.js';
import type { PbftBounds } from '../../../../spec/pbft/setting.js';
import { simulate } from '../../../../spec/simulate.js';
import { Random } from '../../../../src/kernel/random.js';

/** Six views, so that every replica leads one; checkpoints, and watermarks that are closer than sequence numbers go. */
const LARGE = { replicas: 4, views: 5, requests: 2, sequences: 3, interval: 1, window: 2 };
const LARGER = { replicas: 7, views: 3, requests: 3, sequences: 4, interval: 2, window: 4 };

/** Long, so only where it is asked for. */
const nightly = process.env.ASSAY_NIGHTLY === '1';
const reason = nightly ? '' : ' (skipped: it takes some minutes; set ASSAY_NIGHTLY=1)';

describe('walks through a larger model of PBFT', () => {
  it('keep every invariant, whoever is the traitor, and take every action', () => {
    const taken = new Set([0, 1, 2, 3].flatMap((traitor) => walk({ ...LARGE, traitors: [traitor] }, 40)));
    const { actions, handlers } = pbft({ ...LARGE, traitors: [0] });
    expect([...actions, ...handlers].map(({ name }) => name).filter((name) => !taken.has(name))).toEqual([]);
  });
});

describe.skipIf(!nightly)(`many walks through larger models of PBFT${reason}`, () => {
  for (const traitors of [[], [0], [1], [2], [3]]) {
    it(`keep every invariant with traitors: ${traitors}`, { timeout: 900_000 }, () => {
      expect(walk({ ...LARGE, traitors }, 2000)).toContain('HandleNewView');
    });
  }

  it('keep every invariant with two traitors among seven', { timeout: 900_000 }, () => {
    expect(walk({ ...LARGER, traitors: [1, 4] }, 200)).toContain('TraitorNewView');
  });
});

/** The actions that were taken on the way. */
function walk(bounds: PbftBounds, walks: number): string[] {
  const random = new Random(1).fork('walks');
  const { verdict, violation, coverage } = simulate(pbft(bounds), { walks, steps: 150, random: () => random.float() });
  expect([verdict, violation?.rule, violation?.what]).toEqual(['valid', undefined, undefined]);
  return coverage.flatMap(({ name, generated }) => (generated > 0 ? name : []));
}
