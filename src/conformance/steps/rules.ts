import { raft } from '../../../spec/raft/raft.js';
import type { Rule } from '../../../spec/specification.js';

/** The bounded model is asked for nothing but its rules. */
const { actions, handlers } = raft({ servers: 1, elections: 0, values: 0, restarts: 0 });

/** An action or a handler of `spec/raft`. */
export function specified(name: string): Rule {
  const rule = [...actions, ...handlers].find((candidate) => candidate.name === name);
  if (rule === undefined) throw new Error(`spec/raft has no action ${name}`);
  return { name, section: rule.section, statement: rule.statement };
}

/**
 * What a divergence is told as: the actions of `spec/raft` by their names and words, and those of the paper and the
 * dissertation that the bounded model leaves out.
 */
export const RULES = {
  updateTerm: specified('UpdateTerm'),
  becomeFollower: {
    name: 'BecomeFollower',
    section: '§5.2, thesis §6.2',
    statement:
      'A server follows the leader of its term that it hears from; a leader steps down of its own accord only where no majority answers.',
  },
  preVote: {
    name: 'PreVote',
    section: 'thesis §9.6',
    statement:
      'A server that is no leader asks, before it campaigns, whether a quorum would vote for it; whoever is asked answers, and changes nothing.',
  },
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
  apply: {
    name: 'Apply',
    section: 'Figure 2, §5.3',
    statement: 'If commitIndex > lastApplied: increment lastApplied, apply log[lastApplied] to the state machine.',
  },
  takeSnapshot: {
    name: 'TakeSnapshot',
    section: '§7',
    statement: 'A snapshot is of what was applied, and keeps the index and the term of the last entry that it covers.',
  },
  compact: {
    name: 'Compact',
    section: '§7',
    statement: 'A snapshot takes the place of the log up to an entry that was applied.',
  },
  installSnapshot: {
    name: 'InstallSnapshot',
    section: '§7, Figure 13',
    statement:
      "A leader's snapshot that is complete and newer than what is here replaces the state; what follows it in the log is retained where the log contains its last entry, else the log is discarded.",
  },
  durable: {
    name: 'Durable',
    section: 'Figure 2',
    statement: 'What a sync makes durable is the term, the vote and the log that the server had.',
  },
  persistentBeforeAnswer: {
    name: 'PersistentBeforeAnswer',
    section: 'Figure 2',
    statement: 'Persistent state is updated on stable storage before responding to RPCs.',
  },
  readIndex: {
    name: 'ReadIndex',
    section: 'thesis §6.4',
    statement:
      'A leader serves a read without the log once an entry of its term is committed, a majority has answered messages sent after the read arrived, and all that was committed when it arrived is applied.',
  },
  leaseRead: {
    name: 'LeaseRead',
    section: 'thesis §6.4.1',
    statement:
      'A leader whose lease lasts serves a read at once; the lease begins with messages of its term that a majority has answered, and counts once an entry of its term is committed.',
  },
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
