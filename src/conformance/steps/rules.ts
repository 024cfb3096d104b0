import { FEATURES, type Feature } from '../../../spec/raft/features.js';
import { raft } from '../../../spec/raft/raft.js';
import type { Rule } from '../../../spec/specification.js';

/** The bounded model is asked for nothing but its rules. */
const { actions, handlers, stepInvariants } = raft({
  ...{ servers: 1, elections: 0, values: 0, restarts: 0 },
  features: Object.keys(FEATURES) as Feature[],
});

/** An action, a handler or an invariant of steps of `spec/raft`, of whichever feature. */
export function specified(name: string): Rule {
  const rule = [...actions, ...handlers, ...stepInvariants].find((candidate) => candidate.name === name);
  if (rule === undefined) throw new Error(`spec/raft has no rule ${name}`);
  return { name, section: rule.section, statement: rule.statement };
}

/**
 * What a divergence is told as: the rules of `spec/raft` by their names and words, and those that the bounded model has
 * no step of a node for: there, a follower learns the commit index in the step that accepts entries, say.
 */
export const RULES = {
  updateTerm: specified('UpdateTerm'),
  becomeFollower: {
    name: 'BecomeFollower',
    section: '§5.2, thesis §6.2',
    statement:
      'A server follows the leader of its term that it hears from; a leader steps down of its own accord only where no majority answers.',
  },
  preVote: specified('PreVote'),
  requestVote: specified('RequestVote'),
  handleRequestVote: specified('HandleRequestVoteRequest'),
  becomeLeader: specified('BecomeLeader'),
  clientRequest: specified('ClientRequest'),
  appendEntries: specified('AppendEntries'),
  accept: specified('AcceptAppendEntriesRequest'),
  reject: specified('RejectAppendEntriesRequest'),
  advanceCommitIndex: specified('AdvanceCommitIndex'),
  followerCommit: {
    name: 'FollowerCommit',
    section: 'Figure 2',
    statement: 'If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry).',
  },
  apply: specified('Apply'),
  takeSnapshot: {
    name: 'TakeSnapshot',
    section: '§7',
    statement: 'A snapshot is of what was applied, and keeps the index and the term of the last entry that it covers.',
  },
  compact: specified('Compact'),
  installSnapshot: specified('InstallSnapshot'),
  durable: specified('Durable'),
  persistentBeforeAnswer: specified('PersistentBeforeAnswer'),
  readIndex: specified('ReadIndex'),
  leaseRead: specified('LeaseRead'),
  followerRead: {
    name: 'FollowerRead',
    section: 'thesis §6.4',
    statement: 'A server answers from what it has applied.',
  },
  receivedWasSent: {
    name: 'ReceivedWasSent',
    section: '§2',
    statement: 'The network delays, loses, reorders and duplicates messages; it makes none up and changes none.',
  },
} as const satisfies Record<string, Rule>;

export type StepRule = (typeof RULES)[keyof typeof RULES];
