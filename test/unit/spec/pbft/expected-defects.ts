import type { Defect } from '../../../../spec/pbft/defects.js';
import { NO_FACTS } from '../../../../spec/pbft/facts.js';
import type { PbftSpecification } from '../../../../spec/pbft/pbft.js';
import { NEW_REPLICA, type Replica, type Slot } from '../../../../spec/pbft/replica.js';
import type { InvariantRuleName } from '../../../../spec/pbft/rules.js';
import type { PbftBounds } from '../../../../spec/pbft/setting.js';
import type { PreparedCertificate } from '../../../../spec/pbft/view-change.js';

interface Expected {
  readonly bounds: PbftBounds;
  readonly rule: InvariantRuleName;
  /** Steps of a shortest way. */
  readonly shortest: number;
  /** Where to begin, if not at the beginning. */
  readonly from?: (whole: PbftSpecification) => PbftSpecification;
}

/** Two requests for one sequence number, so that a traitor can tell one to these and another to those. */
export const CONFLICT = { requests: 2, sequences: 1 };
/** By whom is a traitor: the first primary, the next, and one that is never primary. */
export const [PRIMARY, NEXT, BACKUP] = [[0], [1], [3]];

/** For each defect small bounds in which a rule is broken. */
export const EXPECTED: Readonly<Record<Defect, Expected>> = {
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
  'believes-f-decisions': { bounds: bounds(BACKUP, 0, { decisions: true }), rule: 'Agreement', shortest: 2 },
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

export function asItIs(whole: PbftSpecification): PbftSpecification {
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

export function bounds(traitors: readonly number[], views: number, more: Partial<PbftBounds> = {}): PbftBounds {
  return { replicas: 4, traitors, views, requests: 1, ...more };
}
