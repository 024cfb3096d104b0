import { describe, expect, it } from 'vitest';
import { explore } from '../../../../spec/explore.js';
import type { RaftBounds } from '../../../../spec/raft/actions.js';
import { raft } from '../../../../spec/raft/raft.js';
import { ahead, anElectionLater, figure8, lagging, replicated, type Start, startingFrom } from './starts.js';

/**
 * Small models in which together every guard of plain Raft lets something through and holds something back: a guard
 * more or less, and one of the counts is another. The numbers are our own, but for the last: a sixth of TLC's 37,345.
 */
const COUNTED = [
  { servers: 1, elections: 2, values: 2, restarts: 1, distinct: 98, generated: 111 },
  { servers: 2, elections: 2, values: 1, restarts: 1, distinct: 6023, generated: 10_121 },
  { servers: 2, elections: 2, values: 2, restarts: 0, distinct: 19_937, generated: 30_789 },
  { servers: 2, elections: 3, values: 1, restarts: 0, distinct: 39_339, generated: 67_871 },
  { servers: 3, elections: 2, values: 0, restarts: 0, distinct: 36_538, generated: 126_718 },
  { servers: 3, elections: 1, values: 1, restarts: 0, distinct: 6247, generated: 15_570 },
] as const;

const FROM: readonly (readonly [string, Start, Partial<RaftBounds>])[] = [
  ['lagging', lagging(), {}],
  ['figure8', figure8(2), { elections: 3 }],
  ['anElectionLater', anElectionLater(), {}],
  ['ahead', ahead(), {}],
  ['replicated', replicated(), { servers: 2, elections: 4, restarts: 2 }],
];

describe('plain Raft', () => {
  for (const { distinct, generated, ...bounds } of COUNTED) {
    const { servers, elections, values, restarts } = bounds;
    it(`has ${distinct} states up to names with servers: ${servers}, elections: ${elections}, values: ${values}, restarts: ${restarts}`, () => {
      expect(explore(raft(bounds), { symmetry: true })).toMatchObject({ verdict: 'valid', distinct, generated });
    });
  }

  it('has so many states where logs differ already, which takes many steps', () => {
    const counts = FROM.map(([name, start, bounds]) => {
      const values = start.shared.acked?.length ?? 0;
      const whole = raft({ servers: 3, elections: start.shared.elections ?? 0, restarts: 0, ...bounds, values });
      const { verdict, distinct, generated } = explore(startingFrom(whole, start), { symmetry: true });
      return [name, verdict, distinct, generated];
    });
    expect(counts).toEqual([
      ['lagging', 'valid', 28, 46],
      ['figure8', 'valid', 501, 1207],
      ['anElectionLater', 'valid', 25_564, 73_684],
      ['ahead', 'valid', 91, 169],
      // Late refusals make a leader send again what the other has, with an entry after it.
      ['replicated', 'valid', 29_038, 60_115],
    ]);
  });

  it('takes every action with two servers and two elections, one value and one restart', () => {
    const [, all] = COUNTED;
    const { coverage } = explore(raft(all), { symmetry: true });
    expect(coverage.filter(({ generated }) => generated === 0)).toEqual([]);
  });
});
