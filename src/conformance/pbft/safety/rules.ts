import { INVARIANT_RULES, type InvariantRuleName, invariantRule } from '../../../../spec/pbft/rules.js';
import type { Rule } from '../../../../spec/specification.js';

/** The invariants of `spec/pbft` that a trace of replicas shows: what clients accept, no trace of replicas does. */
const OF_THE_SPECIFICATION = Object.fromEntries(
  (Object.keys(INVARIANT_RULES) as InvariantRuleName[])
    .filter((name): name is ShownInvariant => name !== 'ReplyCertificate')
    .map((name) => [name, invariantRule(name)]),
) as Record<ShownInvariant, Rule>;

type ShownInvariant = Exclude<InvariantRuleName, 'ReplyCertificate'>;

/** What the invariants rest on, in the words of the paper. */
const BESIDES = {
  StateHash: {
    section: '§4, §4.3',
    statement: 'Replicas that executed the same have the same state, whatever they installed before.',
  },
  DigestBinding: {
    section: '§4.2',
    statement: 'A digest is of one batch of requests: d is the digest of m.',
  },
  OneVotePerPhase: {
    section: '§4.2, thesis §4.1',
    statement:
      'A correct replica votes for one digest in each phase of a view and sequence number, also after a restart.',
  },
  ViewMatch: {
    section: '§4.2',
    statement: 'A replica takes part in the view that it is in, and in no view that has not begun.',
  },
  ViewChangeComplete: {
    section: '§4.4',
    statement: 'A VIEW-CHANGE tells all that prepared at its sender above its stable checkpoint.',
  },
  QuorumDistinct: {
    section: '§4.2',
    statement: 'A certificate is of enough replicas, of the cluster, each once.',
  },
  QuorumAuth: {
    section: '§4.2',
    statement:
      'A request is prepared by the pre-prepare of the primary and by PREPAREs that those whom they name sent, for this view, sequence number and digest.',
  },
  CommitAuthentic: {
    section: '§4.2',
    statement:
      'A request is committed-local by COMMITs that those whom they name sent, for this view, sequence number and digest.',
  },
  DecisionAuthentic: {
    section: '§4.2, Berger et al. 2021',
    statement:
      'What a replica did not commit is decided by the word of f+1 others that executed it, as those whom they name said.',
  },
  CheckpointDigest: {
    section: '§4.3',
    statement: 'Checkpoints of correct replicas with one sequence number have one digest.',
  },
  InstallStable: {
    section: '§4.3, thesis §4.6',
    statement: 'A state that comes from others, or that a view begins with, is a stable checkpoint of the cluster.',
  },
} as const;

/** By name, worst first. */
export const SAFETY_RULES = {
  Agreement: OF_THE_SPECIFICATION.Agreement,
  StateHash: rule('StateHash'),
  ExactlyOnce: OF_THE_SPECIFICATION.ExactlyOnce,
  Validity: OF_THE_SPECIFICATION.Validity,
  AppliedContiguous: OF_THE_SPECIFICATION.AppliedContiguous,
  DigestBinding: rule('DigestBinding'),
  PreparedUnique: OF_THE_SPECIFICATION.PreparedUnique,
  OneVotePerPhase: rule('OneVotePerPhase'),
  NewViewJustified: OF_THE_SPECIFICATION.NewViewJustified,
  ViewChangeComplete: rule('ViewChangeComplete'),
  CommittedImpliesPrepared: OF_THE_SPECIFICATION.CommittedImpliesPrepared,
  QuorumDistinct: rule('QuorumDistinct'),
  QuorumAuth: rule('QuorumAuth'),
  CommitAuthentic: rule('CommitAuthentic'),
  DecisionAuthentic: rule('DecisionAuthentic'),
  StableCheckpointCert: OF_THE_SPECIFICATION.StableCheckpointCert,
  CheckpointDigest: rule('CheckpointDigest'),
  InstallStable: rule('InstallStable'),
  ViewMonotonic: OF_THE_SPECIFICATION.ViewMonotonic,
  NoVoteAfterViewChange: OF_THE_SPECIFICATION.NoVoteAfterViewChange,
  ViewMatch: rule('ViewMatch'),
  WatermarksHold: OF_THE_SPECIFICATION.WatermarksHold,
} as const satisfies Record<string, Rule>;

export type SafetyRule = keyof typeof SAFETY_RULES;

function rule(name: keyof typeof BESIDES): Rule {
  return { name, ...BESIDES[name] };
}
