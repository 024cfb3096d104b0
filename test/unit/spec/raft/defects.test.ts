import { describe, expect, it } from 'vitest';
import { explore } from '../../../../spec/explore.js';
import { type RaftBounds, volatileState } from '../../../../spec/raft/actions.js';
import { DEFECTS, type Defect } from '../../../../spec/raft/defects.js';
import { type RaftSpecification, raft } from '../../../../spec/raft/raft.js';
import { expectReplay } from '../expect-replay.js';

interface Expected {
  readonly bounds: RaftBounds;
  readonly rule: string;
  /** Steps of a shortest way. */
  readonly shortest: number;
  /** Where to begin, if not at the beginning. */
  readonly from?: RaftSpecification['initial'];
}

/** For each defect the smallest bounds in which a rule is broken. */
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
};

describe('the invariants', () => {
  for (const [defect, { bounds, rule, shortest, from }] of Object.entries(EXPECTED)) {
    const where = `elections: ${bounds.elections}, values: ${bounds.values}, restarts: ${bounds.restarts}`;
    it(`notice the defect ${defect}: ${rule} fails with servers: ${bounds.servers}, ${where}`, () => {
      const whole = raft(bounds, defect as Defect);
      const specification = { ...whole, ...(from && { initial: from }) };
      const { violation } = explore(specification, { symmetry: true });
      expect(violation?.rule).toBe(rule);
      expect(violation?.path.length).toBe(shortest + 1);
      if (violation) expectReplay(specification, violation);
    });
  }

  it('are tried with every defect that there is', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(Object.keys(DEFECTS).sort());
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

/**
 * Figure 8 (b) with three servers: n1 led term 2 and has an entry that nobody else has, then n3 led term 3 and has
 * another. Both have restarted since, and n1 has heard of term 3.
 */
function figure8(values: number): RaftSpecification['initial'] {
  const follower = { currentTerm: 3, votedFor: 2, log: [], ...volatileState(3) };
  return {
    nodes: [
      { ...follower, votedFor: null, log: [{ term: 2, value: 0 }] },
      follower,
      { ...follower, log: [{ term: 3, value: 1 }] },
    ],
    shared: { elections: 2, restarts: 0, acked: [false, false, ...Array<null>(values - 2).fill(null)] },
  };
}
