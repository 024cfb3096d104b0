import { raft } from '../../../spec/raft/raft.js';
import type { Rule } from '../../../spec/specification.js';
import { RULES } from '../steps/rules.js';

const { invariants, stepInvariants } = raft({ servers: 1, elections: 0, values: 0, restarts: 0 });

function property(name: string): Rule {
  const found = [...invariants, ...stepInvariants].find((invariant) => invariant.name === name);
  if (found === undefined) throw new Error(`spec/raft has no invariant ${name}`);
  return { name, section: found.section, statement: found.statement };
}

/** A rule, and what of a trace it looks at: without that it is not checked, and the report says so. */
export interface PartialRule extends Rule {
  readonly needs: string;
}

const of = (rule: Rule, needs: string): PartialRule => ({ ...rule, needs });

/** The rules of whole traces, and the properties of the cluster, as far as a partial trace can be held against them. */
export const PARTIAL_RULES = {
  updateTerm: of(RULES.updateTerm, 'terms and received messages'),
  termMonotonic: of(property('TermMonotonic'), 'terms'),
  requestVote: of(RULES.requestVote, 'candidacies and terms'),
  becomeFollower: of(RULES.becomeFollower, 'each change of role, and roles besides'),
  handleRequestVote: of(RULES.handleRequestVote, 'votes and received requests for votes'),
  voteOnce: of(property('VoteOnce'), 'votes'),
  becomeLeader: of(RULES.becomeLeader, 'elections and received votes'),
  clientRequest: of(RULES.clientRequest, "roles and the log's length"),
  appendEntries: of(RULES.appendEntries, 'sent entries'),
  accept: of(RULES.accept, "received entries and the log's length"),
  reject: of(RULES.reject, 'received entries, the terms before them and rejections'),
  advanceCommitIndex: of(RULES.advanceCommitIndex, 'commit indexes of leaders and received acknowledgements'),
  followerCommit: of(RULES.followerCommit, 'commit indexes of followers and received entries'),
  commitMonotonic: of(
    {
      name: 'CommitMonotonic',
      section: 'Figure 2',
      statement: 'The commit index increases monotonically, and what it reaches stays in the log.',
    },
    'commit indexes and starts',
  ),
  apply: of(RULES.apply, 'applied entries and commit indexes'),
  installSnapshot: of(RULES.installSnapshot, 'received and installed snapshots'),
  durable: of(
    {
      name: 'DurableSurvivesRestart',
      section: 'Figure 2',
      statement: 'Term, vote and log that a sync made durable are there when the process starts again.',
    },
    'completed syncs and recovered state',
  ),
  persistentBeforeAnswer: of(RULES.persistentBeforeAnswer, 'completed syncs and sent answers'),
  receivedWasSent: of(RULES.receivedWasSent, 'sent and received messages'),
  electionSafety: of(property('ElectionSafety'), 'leaders and their terms'),
  leaderCompleteness: of(property('LeaderCompleteness'), "leaders' commit indexes and logs at their elections"),
  logMatching: of(property('LogMatching'), 'terms and digests of entries'),
  stateMachineSafety: of(
    property('StateMachineSafety'),
    'applied entries with terms and digests, or commits of leaders',
  ),
} as const satisfies Record<string, PartialRule>;
