import { describe, expect, it } from 'vitest';
import { explore } from '../../../../spec/explore.js';
import { DEFECTS, type Defect } from '../../../../spec/pbft/defects.js';
import { NO_FACTS } from '../../../../spec/pbft/facts.js';
import { type PbftSpecification, pbft } from '../../../../spec/pbft/pbft.js';
import { NEW_REPLICA, type Replica, type Slot } from '../../../../spec/pbft/replica.js';
import type { InvariantRuleName } from '../../../../spec/pbft/rules.js';
import type { PbftBounds } from '../../../../spec/pbft/setting.js';
import type { PreparedCertificate } from '../../../../spec/pbft/view-change.js';
import { expectReplay } from '../expect-replay.js';

interface Expected {
  readonly bounds: PbftBounds;
  readonly rule: InvariantRuleName;
  /** Steps of a shortest way. */
  readonly shortest: number;
  /** Where to begin, if not at the beginning. */
  readonly from?: (whole: PbftSpecification) => PbftSpecification;
}

/** Two requests for one sequence number, so that a traitor can tell one to these and another to those. */
const CONFLICT = { requests: 2, sequences: 1 };
const [PRIMARY, NEXT, BACKUP] = [[0], [1], [3]];

/** For each defect small bounds in which a rule is broken. */
const EXPECTED: Readonly<Record<Defect, Expected>> = {
  'prepares-of-any-digest': { bounds: bounds(PRIMARY, 0, CONFLICT), rule: 'PreparedUnique', shortest: 4 },
  'accepts-second-pre-prepare': { bounds: bounds(PRIMARY, 0, CONFLICT), rule: 'PreparedUnique', shortest: 2 },
  'accepts-unsigned-requests': { bounds: bounds(PRIMARY, 0), rule: 'Validity', shortest: 1 },
  'no-watermarks': { bounds: bounds(PRIMARY, 0, { sequences: 2, window: 1 }), rule: 'WatermarksHold', shortest: 1 },
  'commits-unprepared': { bounds: bounds(BACKUP, 0), rule: 'CommittedImpliesPrepared', shortest: 5 },
  'quorum-of-2f+1': {
    bounds: { ...bounds(PRIMARY, 0, CONFLICT), replicas: 5 },
    ...{ rule: 'PreparedUnique', shortest: 6 },
  },
  'majority-is-a-quorum': {
    bounds: { ...bounds([0, 1], 0, CONFLICT), replicas: 7 },
    ...{ rule: 'CommittedImpliesPrepared', shortest: 5 },
  },
  'executes-prepared': { bounds: bounds(BACKUP, 0), rule: 'CommittedImpliesPrepared', shortest: 3 },
  'executes-out-of-order': { bounds: bounds(PRIMARY, 0, { sequences: 2 }), rule: 'AppliedContiguous', shortest: 6 },
  'executes-requests-twice': { bounds: bounds(PRIMARY, 0, { sequences: 2 }), rule: 'ExactlyOnce', shortest: 12 },
  'client-trusts-f-replies': { bounds: bounds(PRIMARY, 0), rule: 'ReplyCertificate', shortest: 0 },
  'stable-by-itself': { bounds: bounds(BACKUP, 0, { interval: 1 }), rule: 'StableCheckpointCert', shortest: 6 },
  'discards-at-checkpoint': { bounds: bounds(BACKUP, 0, { interval: 1 }), rule: 'WatermarksHold', shortest: 6 },
  'drops-prepared': { bounds: bounds(BACKUP, 1), rule: 'NoVoteAfterViewChange', shortest: 4 },
  'unproved-certificates': { bounds: bounds(NEXT, 1, CONFLICT), rule: 'NewViewJustified', shortest: 8 },
  'lowest-certificate': {
    ...{ bounds: bounds(PRIMARY, 2, CONFLICT), from: preparedTwice },
    ...{ rule: 'NewViewRecomputable', shortest: 3 },
  },
  'no-null-requests': { bounds: bounds(PRIMARY, 1, { sequences: 2 }), rule: 'NewViewRecomputable', shortest: 5 },
  'new-view-of-few': { bounds: bounds(BACKUP, 1), rule: 'NewViewRecomputable', shortest: 2 },
  'unverified-new-view': { bounds: bounds(NEXT, 1), rule: 'NewViewJustified', shortest: 6 },
  'votes-after-view-change': { bounds: bounds(BACKUP, 1), rule: 'NoVoteAfterViewChange', shortest: 3 },
  'view-goes-back': { bounds: bounds(BACKUP, 2, { requests: 0 }), rule: 'ViewMonotonic', shortest: 4 },
};

describe('the invariants of PBFT', () => {
  for (const [defect, { bounds, rule, shortest, from = asItIs }] of Object.entries(EXPECTED)) {
    it(`notice the defect ${defect}: ${rule} fails with ${JSON.stringify(bounds)}`, () => {
      const specification = from(pbft(bounds, defect as Defect));
      const { violation } = explore(specification, { symmetry: true });
      expect(violation?.rule).toBe(rule);
      expect(violation?.path.length).toBe(shortest + 1);
      if (violation) expectReplay(specification, violation);
    });
  }

  it('are tried with every defect that there is', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(Object.keys(DEFECTS).sort());
  });

  it('hold without a defect as far as they were looked at for one, and further', () => {
    const seen = new Set<string>();
    for (const { bounds, from = asItIs } of Object.values(EXPECTED)) {
      const model = JSON.stringify(bounds);
      if (seen.has(model)) continue;
      seen.add(model);
      const { verdict } = explore(from(pbft(bounds)), { symmetry: true, maxStates: 5000 });
      expect([model, verdict]).not.toEqual([model, 'invalid']);
    }
  });
});

/** What a defect leads to, also where nobody thought of the rules that forbid it. */
describe('Agreement alone', () => {
  const cases: Partial<Record<Defect, PbftBounds>> = {
    'lowest-certificate': bounds(PRIMARY, 2, CONFLICT),
    'prepares-of-any-digest': bounds(PRIMARY, 1, CONFLICT),
    'accepts-second-pre-prepare': bounds(PRIMARY, 0, CONFLICT),
    'quorum-of-2f+1': { ...bounds(PRIMARY, 0, CONFLICT), replicas: 5 },
    'executes-prepared': bounds(BACKUP, 1, CONFLICT),
    'unproved-certificates': bounds(NEXT, 1, CONFLICT),
    'drops-prepared': bounds(NEXT, 1, CONFLICT),
    'new-view-of-few': bounds(NEXT, 1, CONFLICT),
    'unverified-new-view': bounds(NEXT, 1, CONFLICT),
    'votes-after-view-change': bounds(NEXT, 1, CONFLICT),
  };
  for (const [defect, model] of Object.entries(cases)) {
    it(`notices ${defect} with ${JSON.stringify(model)}`, () => {
      const { from = asItIs } = EXPECTED[defect as Defect];
      const specification = agreementAlone(from(pbft(model, defect as Defect)));
      const { violation } = explore(specification, { symmetry: true });
      expect(violation?.rule).toBe('Agreement');
      if (violation) expectReplay(specification, violation);
    });
  }

  it('fails with two traitors among four, without any defect: f is one', () => {
    const { violation } = explore(agreementAlone(pbft(bounds([0, 1], 0, CONFLICT))));
    expect(violation?.what).toBe('n3 has r1 as request 1, and n4 has r2');
    // Each of two accepts its pre-prepare, and traitors do the rest.
    expect(violation?.path.slice(1).map(({ action }) => action)).toEqual([
      ...['TraitorPrePrepare', 'TraitorVotes', 'TraitorVotes', 'TraitorPrePrepare', 'TraitorVotes', 'TraitorVotes'],
    ]);
  });

  it('holds with two traitors among seven, who are f', () => {
    const specification = agreementAlone(pbft({ ...bounds([0, 1], 0, CONFLICT), replicas: 7 }));
    expect(explore(specification, { symmetry: true }).verdict).toBe('valid');
  });
});

function asItIs(whole: PbftSpecification): PbftSpecification {
  return whole;
}

/**
 * The first primary told n3 and n4 of r1, which prepared at n3. Nobody told n2, the primary of view 1, of that: there r2
 * committed at n2 and prepared at n4, and n3 has accepted it.
 */
function preparedTwice(whole: PbftSpecification): PbftSpecification {
  const [sequence, first, second] = [1, { view: 0, digest: 0 }, { view: 1, digest: 1 }];
  const r2 = { sequence, ...second };
  const node = (prepared: PreparedCertificate<number>, phase: Slot['phase']): Replica => ({
    ...{ ...NEW_REPLICA, view: 1, prepared: [prepared] },
    slots: [{ sequence, digest: second.digest, phase, votes: [] }],
  });
  return {
    ...whole,
    initial: {
      nodes: [
        null,
        { ...node(r2, 'committed'), executed: [r2], service: [second.digest] },
        node({ sequence, ...first }, 'pre-prepared'),
        node(r2, 'prepared'),
      ],
      shared: {
        ...NO_FACTS,
        proposals: [
          { view: first.view, sequence, digest: first.digest, replicas: [2, 3] },
          { view: second.view, sequence, digest: second.digest, replicas: [1, 2, 3] },
        ],
      },
    },
  };
}

function agreementAlone(whole: PbftSpecification): PbftSpecification {
  return {
    ...whole,
    invariants: whole.invariants.filter(({ name }) => name === 'Agreement'),
    stepInvariants: [],
  };
}

function bounds(traitors: readonly number[], views: number, more: Partial<PbftBounds> = {}): PbftBounds {
  return { replicas: 4, traitors, views, requests: 1, ...more };
}
