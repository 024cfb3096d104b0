import { describe, expect, it } from 'vitest';
import { explore } from '../../../../spec/explore.js';
import type { RaftBounds } from '../../../../spec/raft/actions.js';
import type { Feature } from '../../../../spec/raft/features.js';
import { raft } from '../../../../spec/raft/raft.js';
import { anElectionLater, committed, elected, lagging, replicated, type Start, startingFrom } from './starts.js';

const STARTS = {
  elected: elected(),
  committed: committed(),
  anElectionLater: anElectionLater(),
  lagging: lagging(),
  replicated: replicated(),
} satisfies Record<string, Start>;

type Bounds = Omit<RaftBounds, 'features'>;
type Counted = readonly [Bounds, from: keyof typeof STARTS | 'the beginning', distinct: number, generated: number];

const of = (servers: number, elections: number, values: number, restarts = 0): Bounds => ({
  ...{ servers, elections, values, restarts },
});

/**
 * Small models in which together every guard of a feature lets something through and holds something back: a guard
 * more or less, and one of the counts is another. The numbers are our own.
 */
const COUNTED: Readonly<Partial<Record<string, readonly Counted[]>>> = {
  'pre-vote': [
    [of(1, 2, 1, 1), 'the beginning', 35, 47],
    [of(2, 1, 1, 1), 'the beginning', 1005, 1803],
    [of(2, 2, 0, 1), 'the beginning', 35_638, 75_526],
    [of(3, 2, 2), 'lagging', 28, 46],
    [of(2, 3, 2, 1), 'replicated', 1496, 2404],
  ],
  snapshots: [
    [of(1, 2, 2, 1), 'the beginning', 168, 209],
    [of(2, 2, 1), 'the beginning', 6196, 12_772],
    [of(3, 2, 3), 'lagging', 1296, 4657],
    [of(3, 1, 1), 'elected', 21_944, 77_294],
  ],
  sessions: [
    [of(1, 2, 2, 1), 'the beginning', 614, 1023],
    [of(2, 1, 1, 1), 'the beginning', 3870, 9702],
    [{ ...of(2, 1, 2), retries: 0 }, 'the beginning', 2737, 5606],
    [{ ...of(2, 1, 1), retries: 2 }, 'the beginning', 20_841, 49_592],
    [{ ...of(3, 1, 2), retries: 0 }, 'committed', 11_856, 41_321],
  ],
  'snapshots, sessions': [
    [of(1, 2, 2, 1), 'the beginning', 1206, 2333],
    [of(2, 1, 1), 'the beginning', 15_281, 46_672],
    [{ ...of(2, 1, 1, 1), retries: 0 }, 'the beginning', 830, 1820],
  ],
  reads: [
    [of(1, 2, 2, 1), 'the beginning', 186, 247],
    [of(2, 1, 1, 1), 'the beginning', 350, 520],
    [of(2, 2, 1), 'the beginning', 2516, 3808],
    [{ ...of(2, 1, 1), reads: 2 }, 'the beginning', 261, 356],
    [of(3, 1, 2), 'committed', 17_020, 37_194],
    [of(3, 1, 1), 'elected', 4790, 9214],
    [of(2, 3, 2, 1), 'replicated', 1202, 1867],
  ],
  leases: [
    [{ ...of(1, 1, 1, 1), ticks: 1 }, 'the beginning', 27, 34],
    [{ ...of(2, 1, 1, 1), ticks: 1 }, 'the beginning', 3972, 7633],
    [{ ...of(2, 2, 1), ticks: 0 }, 'the beginning', 927, 1583],
    [of(1, 1, 1), 'the beginning', 30, 50],
    [{ ...of(2, 1, 1), ticks: 0, reads: 3 }, 'the beginning', 105, 160],
    [{ ...of(3, 2, 0), ticks: 0 }, 'elected', 1817, 5575],
    [{ ...of(2, 3, 2, 1), ticks: 0 }, 'replicated', 124, 215],
    [{ ...of(2, 2, 0), ticks: 3 }, 'the beginning', 8317, 18_073],
    [{ ...of(3, 2, 2), ticks: 0 }, 'anElectionLater', 45_404, 147_236],
    [{ ...of(3, 1, 1), ticks: 0 }, 'elected', 1366, 3006],
  ],
  'pre-vote, leases': [[{ ...of(2, 1, 1), ticks: 1 }, 'the beginning', 6174, 12_935]],
  'reads, leases': [[{ ...of(2, 1, 1), ticks: 1 }, 'the beginning', 2214, 3830]],
  'sessions, reads': [[{ ...of(2, 1, 1), retries: 0 }, 'the beginning', 241, 440]],
  'sessions, leases': [[{ ...of(2, 1, 1), retries: 0, ticks: 0 }, 'the beginning', 109, 176]],
  durability: [
    [of(1, 2, 2, 1), 'the beginning', 215, 254],
    [of(2, 2, 0, 1), 'the beginning', 937, 1758],
    [of(2, 2, 1, 1), 'the beginning', 10_638, 19_185],
    [of(2, 1, 2, 1), 'the beginning', 4753, 8044],
    [of(3, 1, 1), 'elected', 1252, 2663],
    [of(3, 2, 0), 'elected', 7576, 23_951],
    [of(3, 2, 3), 'lagging', 32, 53],
  ],
  'snapshots, durability': [
    [of(2, 1, 1, 1), 'the beginning', 1545, 3812],
    [of(3, 2, 3), 'lagging', 5840, 26_108],
  ],
};

describe('a small model with', () => {
  for (const [features, models = []] of Object.entries(COUNTED)) {
    for (const [bounds, from, distinct, generated] of models) {
      it(`${features} has ${distinct} states up to names, from ${from}, with ${titleOf(bounds)}`, () => {
        const whole = raft({ ...bounds, features: features.split(', ') as Feature[] });
        const specification = from === 'the beginning' ? whole : startingFrom(whole, STARTS[from]);
        expect(explore(specification, { symmetry: true })).toMatchObject({ verdict: 'valid', distinct, generated });
      });
    }
  }
});

function titleOf(bounds: Bounds): string {
  return Object.entries(bounds)
    .map(([name, most]) => `${name}: ${most}`)
    .join(', ');
}
