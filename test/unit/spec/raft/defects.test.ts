import { describe, expect, it } from 'vitest';
import { explore } from '../../../../spec/explore.js';
import type { RaftBounds } from '../../../../spec/raft/actions.js';
import { DEFECTS, type Defect } from '../../../../spec/raft/defects.js';
import type { Feature } from '../../../../spec/raft/features.js';
import { raft } from '../../../../spec/raft/raft.js';
import { expectReplay } from '../expect-replay.js';
import { anElectionLater, committed, elected, figure8, lagging, type Start, startingFrom } from './starts.js';

interface Expected {
  readonly bounds: RaftBounds;
  readonly rule: string;
  /** Steps of a shortest way. */
  readonly shortest: number;
  /** Where to begin, if not at the beginning. */
  readonly from?: Start;
}

/** For each defect small bounds in which a rule is broken. */
const EXPECTED: Readonly<Record<Defect, Expected>> = {
  'double-vote': { bounds: bounds(2, 2, 0), rule: 'VoteOnce', shortest: 3 },
  'vote-lost-on-restart': { bounds: bounds(2, 1, 0, 1), rule: 'VoteOnce', shortest: 2 },
  'half-is-a-quorum': { bounds: bounds(2, 2, 0), rule: 'ElectionSafety', shortest: 4 },
  'leader-overwrites': { bounds: bounds(2, 2, 1), rule: 'LeaderAppendOnly', shortest: 13 },
  'no-up-to-date-check': { bounds: bounds(3, 2, 1), rule: 'LeaderCompleteness', shortest: 16 },
  'keeps-conflicting-entries': { bounds: bounds(3, 2, 2), rule: 'CommittedEntriesReachMajority', shortest: 17 },
  // These need three and four elections, the first two of which are taken for granted.
  'no-previous-term-check': { bounds: bounds(3, 3, 3), rule: 'LogMatching', shortest: 8, from: figure8(3) },
  'commits-old-terms': { bounds: bounds(3, 4, 2), rule: 'LeaderCompleteness', shortest: 18, from: figure8(2) },

  'pre-vote-raises-terms': { bounds: having(['pre-vote'], 2, 1, 0), rule: 'PreVoteRaisesNoTerm', shortest: 2 },
  'pre-votes-count-as-votes': { bounds: having(['pre-vote'], 3, 2, 0), rule: 'ElectionSafety', shortest: 10 },
  'campaigns-without-pre-votes': { bounds: having(['pre-vote'], 2, 1, 0), rule: 'PreVoteQuorum', shortest: 1 },

  'compacts-uncommitted': { bounds: having(['snapshots'], 2, 1, 1), rule: 'SnapshotIsCommitted', shortest: 7 },
  'snapshot-discards-suffix': {
    ...{ bounds: having(['snapshots'], 3, 1, 2), from: elected() },
    ...{ rule: 'CommittedEntriesReachMajority', shortest: 12 },
  },
  'installs-older-snapshot': {
    ...{ bounds: having(['snapshots'], 3, 1, 2), from: elected() },
    ...{ rule: 'SnapshotMonotonic', shortest: 15 },
  },
  'snapshot-keeps-conflicting-suffix': {
    ...{ bounds: having(['snapshots'], 3, 2, 3), from: lagging() },
    ...{ rule: 'SnapshotFitsLog', shortest: 3 },
  },

  'no-deduplication': { bounds: having(['sessions'], 2, 1, 1), rule: 'ExactlyOnce', shortest: 16 },
  'deduplicates-on-append': { bounds: having(['sessions'], 2, 1, 1), rule: 'ExactlyOnce', shortest: 16 },
  'snapshot-omits-sessions': {
    bounds: having(['sessions', 'snapshots'], 2, 1, 1, 1),
    ...{ rule: 'AppliedStatesAgree', shortest: 14 },
  },

  'reads-leader-locally': {
    ...{ bounds: having(['reads'], 3, 2, 2), from: anElectionLater() },
    ...{ rule: 'LinearizableReads', shortest: 7 },
  },
  'reads-before-term-commit': {
    ...{ bounds: having(['reads'], 3, 2, 2), from: anElectionLater() },
    ...{ rule: 'LinearizableReads', shortest: 5 },
  },
  'counts-old-rounds': {
    ...{ bounds: having(['reads'], 3, 2, 2), from: committed() },
    ...{ rule: 'LinearizableReads', shortest: 15 },
  },

  'no-stickiness': {
    ...{ bounds: having(['leases'], 3, 2, 0), from: elected() },
    ...{ rule: 'LeaseDisjoint', shortest: 8 },
  },
  'lease-from-answer': {
    ...{ bounds: { ...having(['leases'], 3, 2, 0), ticks: 3 }, from: elected() },
    ...{ rule: 'LeaseDisjoint', shortest: 15 },
  },
  'lease-without-drift-bound': {
    ...{ bounds: { ...having(['leases'], 3, 2, 0), ticks: 3 }, from: elected() },
    ...{ rule: 'LeaseDisjoint', shortest: 15 },
  },
  'restart-forgets-leader': {
    ...{ bounds: { ...having(['leases'], 3, 2, 0, 1), ticks: 0 }, from: elected() },
    ...{ rule: 'LeaseDisjoint', shortest: 9 },
  },
  'sticks-to-leader-of-its-term-only': {
    bounds: { ...having(['leases'], 3, 3, 0), ticks: 0 },
    ...{ rule: 'LeaseDisjoint', shortest: 15 },
  },

  'votes-before-sync': { bounds: having(['durability'], 2, 1, 0), rule: 'PersistentBeforeAnswer', shortest: 1 },
  'acknowledges-before-sync': { bounds: having(['durability'], 2, 1, 1), rule: 'PersistentBeforeAnswer', shortest: 10 },
  'counts-unsynced-self': { bounds: having(['durability'], 3, 1, 1), rule: 'CommittedIsDurable', shortest: 13 },
};

describe('the invariants', () => {
  for (const [defect, { bounds, rule, shortest, from }] of Object.entries(EXPECTED)) {
    const { servers, elections, values, restarts, features } = bounds;
    const where = `elections: ${elections}, values: ${values}, restarts: ${restarts}`;
    it(`notice the defect ${defect}: ${rule} fails with servers: ${servers}, ${where}${features ? `, ${features}` : ''}`, () => {
      const whole = raft(bounds, defect as Defect);
      const specification = from ? startingFrom(whole, from) : whole;
      const { violation } = explore(specification, { symmetry: true });
      expect(violation?.rule).toBe(rule);
      expect(violation?.path.length).toBe(shortest + 1);
      if (violation) expectReplay(specification, violation);
    });
  }

  it('are tried with every defect that there is, and each with the features that it is of', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(Object.keys(DEFECTS).sort());
    for (const [name, defect] of Object.entries(DEFECTS) as [Defect, { of?: Feature; with?: Feature }][]) {
      const needed = [defect.of, defect.with].filter((feature) => feature !== undefined);
      expect(EXPECTED[name].bounds.features ?? []).toEqual(needed);
    }
  });

  it('hold without a defect, in a model in which one was noticed', () => {
    expect(explore(raft(bounds(3, 2, 0)), { symmetry: true }).verdict).toBe('valid');
    expect(explore(raft(bounds(2, 2, 1, 1)), { symmetry: true }).verdict).toBe('valid');
  });

  it('are broken up to the names of nodes if and only if they are broken', () => {
    for (const defect of ['double-vote', 'half-is-a-quorum', 'leader-overwrites'] as const) {
      const specification = raft(EXPECTED[defect].bounds, defect);
      const [one, other] = [false, true].map((symmetry) => explore(specification, { symmetry }));
      expect(one?.violation?.path.length).toBe(other?.violation?.path.length);
      expect(one?.verdict).toBe('invalid');
      expect(other?.verdict).toBe('invalid');
    }
  });
});

function bounds(servers: number, elections: number, values: number, restarts = 0): RaftBounds {
  return { servers, elections, values, restarts };
}

function having(
  features: readonly Feature[],
  servers: number,
  elections: number,
  values: number,
  restarts = 0,
): RaftBounds {
  return { ...bounds(servers, elections, values, restarts), features };
}
