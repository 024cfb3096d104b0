import { describe, expect, it } from 'vitest';
import { explore } from '../../../../spec/explore.js';
import { pbft } from '../../../../spec/pbft/pbft.js';
import type { PbftBounds } from '../../../../spec/pbft/setting.js';
import { exploreNaively } from '../twin.js';

interface Counted {
  readonly bounds: PbftBounds;
  readonly distinct: number;
  readonly generated: number;
}

/** By whom of the four is a traitor: nobody, the first primary, the next, and one that is never primary. */
const [NOBODY, PRIMARY, NEXT, BACKUP] = [[], [0], [1], [3]];

/**
 * Small models in which together every guard lets something through and holds something back: a guard more or less, and
 * one of the counts is another. The numbers are our own.
 */
const COUNTED: readonly Counted[] = [
  { bounds: bounds(NOBODY, 0, 1), distinct: 551, generated: 3125 },
  { bounds: { ...bounds(NOBODY, 0, 1), interval: 1 }, distinct: 7319, generated: 48_096 },
  { bounds: bounds(NOBODY, 1, 0), distinct: 155, generated: 653 },
  { bounds: bounds(PRIMARY, 0, 1), distinct: 28, generated: 85 },
  { bounds: { ...bounds(PRIMARY, 0, 2), sequences: 1 }, distinct: 72, generated: 213 },
  { bounds: bounds(PRIMARY, 0, 2), distinct: 8347, generated: 45_049 },
  { bounds: { ...bounds(PRIMARY, 0, 1), sequences: 2, interval: 1, window: 1 }, distinct: 1166, generated: 4361 },
  { bounds: { ...bounds(BACKUP, 0, 2), interval: 1, window: 1 }, distinct: 4825, generated: 18_061 },
  { bounds: { ...bounds(PRIMARY, 0, 1), decisions: true }, distinct: 86, generated: 273 },
  {
    bounds: { ...bounds(PRIMARY, 0, 1), sequences: 2, interval: 1, window: 1, decisions: true },
    ...{ distinct: 38_985, generated: 187_761 },
  },
  { bounds: { ...bounds(PRIMARY, 1, 1), decisions: true }, distinct: 64_878, generated: 253_620 },
  { bounds: bounds(PRIMARY, 2, 0), distinct: 465, generated: 1404 },
  { bounds: bounds(PRIMARY, 1, 1), distinct: 18_603, generated: 67_933 },
  { bounds: bounds(NEXT, 1, 1), distinct: 13_586, generated: 52_726 },
  { bounds: bounds(BACKUP, 1, 1), distinct: 29_323, generated: 108_619 },
  { bounds: { ...bounds(PRIMARY, 1, 2), sequences: 1 }, distinct: 63_786, generated: 223_961 },
  { bounds: { ...bounds(PRIMARY, 1, 1), interval: 1 }, distinct: 96_097, generated: 415_897 },
  { bounds: { ...bounds(PRIMARY, 0, 2), replicas: 5, sequences: 1 }, distinct: 723, generated: 3971 },
  { bounds: { ...bounds([0, 1], 0, 2), replicas: 7, sequences: 1 }, distinct: 3821, generated: 34_041 },
];

describe('PBFT', () => {
  const taken = new Set<string>();
  for (const { bounds, distinct, generated } of COUNTED) {
    it(`has ${distinct} states up to names, and all invariants hold in them: ${JSON.stringify(bounds)}`, () => {
      const found = explore(pbft(bounds), { symmetry: true });
      expect(found).toMatchObject({ verdict: 'valid', distinct, generated });
      for (const action of found.coverage) if (action.generated > 0) taken.add(action.name);
    });
  }

  it('takes every action in these models together', () => {
    const { actions, handlers } = pbft({ ...bounds(PRIMARY, 0, 0), decisions: true });
    expect([...actions, ...handlers].map(({ name }) => name).filter((name) => !taken.has(name))).toEqual([]);
  });

  const plain: readonly PbftBounds[] = [
    bounds(NOBODY, 1, 0),
    { ...bounds(PRIMARY, 0, 2), sequences: 1 },
    { ...bounds(BACKUP, 0, 1), interval: 1 },
    bounds(NEXT, 2, 0),
    { ...bounds(PRIMARY, 0, 2), sequences: 1, decisions: true },
  ];
  for (const small of plain) {
    it(`has what a plain search finds, up to the names of nodes and not: ${JSON.stringify(small)}`, () => {
      for (const symmetry of [false, true]) {
        const { broken, ...counts } = exploreNaively(pbft(small), symmetry);
        expect(explore(pbft(small), { symmetry })).toMatchObject({ ...counts, verdict: 'valid' });
        expect(broken).toEqual([]);
      }
    });
  }

  it('has the same states twice where two replicas are told apart that are never primaries, but for those alike', () => {
    const [told, alike] = [false, true].map((symmetry) => explore(pbft(bounds(NEXT, 1, 1)), { symmetry }).distinct);
    expect([told, alike]).toEqual([26_544, 13_586]);
  });
});

function bounds(traitors: readonly number[], views: number, requests: number): PbftBounds {
  return { replicas: 4, traitors, views, requests };
}
