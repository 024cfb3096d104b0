import { describe, it } from 'vitest';
import {
  at,
  begins,
  brings,
  ends,
  expectPair,
  type Pair,
  puts,
  receive,
  recorded,
  roles,
  send,
  starts,
  state,
  told,
} from './partial-steps.js';

/*
 * Each kind of step, with what it tells and without: a term, a vote, a commit index, where a snapshot ends.
 */

const enters = (term?: number) => at('b', 'UpdateTerm', { term });
const acks = (matchIndex: number) => send('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex });
const votes = (fields: object) => at('b', 'Vote', fields);
const campaigns = (term: number) => at('b', 'BecomeCandidate', { term });
const rejects = send('b', 'a', 'AppendEntriesResponse', { term: 1, success: false });
const logs = [recorded('starts', 'roles', 'appends'), begins('b', [1, 1], 1)];
const durable = [recorded('starts', 'roles', 'durability'), begins('b', [], 1)];
const dropped = puts('b', 1, [undefined]);
const follows = at('b', 'BecomeFollower', { term: 1, leader: null });
const compacts = (index?: number) => at('b', 'Compact', { index, term: 1 });
const installs = (index: number) => at('b', 'InstallSnapshot', { index, term: 1, log: [] });
const applies = at('b', 'Apply', { from: 1, entries: [{}] });
const committed = state('b', { term: 1, commitIndex: 2 });
/** b tells a step without its term, and lost then what it acknowledges: its answer may leave in a later term. */
const late = (step: object): Pair => [
  [...logs, { ...enters(), ...step }, dropped, acks(2)],
  'TermMonotonic',
  [...logs, { ...enters(), ...step }, enters(0)],
];
/** Of a step that tells its term. */
const termOf = (name: string, fields: object = {}): Pair => [
  [...logs, enters(2), at('b', name, { term: 2, ...fields })],
  'TermMonotonic',
  [...logs, enters(2), at('b', name, { term: 1, ...fields })],
];
const snapshot = (node: string) => receive(node, 'a', 'InstallSnapshot', { term: 1, lastIncludedIndex: 5 });
const heard = brings(1, 0, 0, []);
const beginsWith = (node: string, digest: number) =>
  at(node, 'InitState', { term: 1, snapshotIndex: 0, log: [{ term: 1, digest }] });
/** b leads term 1 with an entry, which a acknowledges up to this index. */
const counted = (matchIndex: number) => [
  recorded('starts', 'roles', 'appends', 'receives'),
  ...starts,
  campaigns(1),
  at('b', 'BecomeLeader', { term: 1 }),
  puts('b', 1, [1]),
  receive('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex }),
  at('b', 'AdvanceCommit', { commitIndex: 1, leader: true }),
];
const asks = send('b', 'a', 'RequestVote', { term: 2, lastLogIndex: 1, lastLogTerm: 1 });
/** b asks for votes in term 2, installs a snapshot of a leader of this term, and asks with the log that it had. */
const askedBefore = (term: number) => [
  recorded('starts', 'appends', 'receives'),
  begins('b', [1], 1),
  asks,
  receive('b', 'a', 'InstallSnapshot', { term, lastIncludedIndex: 5 }),
  at('b', 'InstallSnapshot', { index: 5, term: 1, log: [] }),
  asks,
];
/** b leads term 3, with an entry of that term after one of term 1. */
const appending = [...told([1], 2), campaigns(3), at('b', 'BecomeLeader', { term: 3 }), puts('b', 2, [3])];
const sendsIt = (fields: object) => send('b', 'a', 'AppendEntries', { term: 3, entries: [{ term: 1 }], ...fields });
/** a leads term 2 and commits three entries, where b has others. */
const elsewhere = [
  recorded('appends', 'commits'),
  state('a', { term: 2, role: 'leader' }),
  puts('a', 1, [2, 2, 2]),
  at('a', 'AdvanceCommit', { commitIndex: 3, leader: true }),
  state('b', { term: 1, role: 'follower', lastIndex: 0 }),
  puts('b', 1, [1, 1, 1, 1, 1]),
];

const PAIRS: Readonly<Record<string, Pair>> = {
  'a new term that is not told': late({ name: 'UpdateTerm' }),
  'a follower that does not tell its term': late({ name: 'BecomeFollower' }),
  'a vote of which the term is not told': late({ name: 'Vote', candidate: 'c' }),
  'the term of a pre-candidate': termOf('BecomePreCandidate'),
  'the term of a vote': termOf('Vote', { candidate: 'c' }),
  'the term in which entries are appended': termOf('Append', { from: 3, entries: [{}] }),
  'the term in which a commit index advances': termOf('AdvanceCommit', { commitIndex: 1, leader: false }),
  'a pre-candidate that does not tell its term': [
    [...roles, enters(2), at('b', 'BecomePreCandidate'), state('b', { term: 2, role: 'pre-candidate' })],
    'TermMonotonic',
    [...roles, enters(2), at('b', 'BecomePreCandidate'), state('b', { term: 1 })],
  ],
  'a pre-candidate, which is in its old term': [
    [...logs, at('b', 'BecomePreCandidate', { term: 1 }), state('b', { term: 1, role: 'pre-candidate' })],
    'BecomeFollower',
    [...roles, campaigns(1), at('b', 'BecomeLeader', { term: 1 }), at('b', 'BecomePreCandidate', { term: 1 })],
  ],
  'the term of which a node becomes leader, in which it was a candidate': [
    [...roles, campaigns(1), at('b', 'BecomeLeader', { term: 1 })],
    'BecomeLeader',
    [...roles, campaigns(1), at('b', 'BecomeLeader', { term: 2 })],
  ],
  'a leader that does not tell its term, which stays leader in it': [
    [...roles, campaigns(1), at('b', 'BecomeLeader'), follows, campaigns(2)],
    'RequestVote',
    [...roles, campaigns(1), at('b', 'BecomeLeader'), campaigns(2)],
  ],
  'a vote of which it is not told whose it is': [
    [...logs, votes({ term: 1, candidate: 'c' }), votes({ term: 1 }), votes({ term: 1, candidate: 'c' })],
    'VoteOnce',
    [...logs, votes({ term: 1, candidate: 'c' }), votes({ term: 1 }), votes({ term: 1, candidate: 'a' })],
  ],
  'a vote, which changes no log': [
    [...logs, votes({ term: 1, candidate: 'c' }), ends(1, 2)],
    'AcceptAppendEntriesRequest',
    [...logs, votes({ term: 1, candidate: 'c' }), ends(1, 3)],
  ],
  'an advance of which it is not told how far': [
    [...logs, committed, at('b', 'AdvanceCommit', { term: 1 }), state('b', { term: 1, commitIndex: 2 })],
    'CommitMonotonic',
    [...logs, committed, at('b', 'AdvanceCommit', { term: 1 }), state('b', { term: 1, commitIndex: 1 })],
  ],
  'entries that are applied, of which nothing is durable by that': [
    [recorded('starts'), begins('b', [1], 2), applies, begins('b', [1], 2), begins('b', [1], 1)],
    'DurableSurvivesRestart',
    [recorded('starts', 'durability'), begins('b', [1], 2), applies, begins('b', [1], 2), begins('b', [1], 1)],
  ],
  'an acknowledgement of what was compacted, which a snapshot covers': [
    [...durable, compacts(2), acks(2)],
    'PersistentBeforeAnswer',
    [...durable, compacts(2), acks(3)],
  ],
  'the most that was compacted': [
    [...durable, compacts(2), compacts(1), acks(2)],
    'PersistentBeforeAnswer',
    [...durable, compacts(1), compacts(1), acks(2)],
  ],
  'a log that was compacted, it is not told how far': [
    [...durable, compacts(2), compacts(), acks(2)],
    'PersistentBeforeAnswer',
    [...durable, compacts(), acks(1)],
  ],
  'a log that is compacted, of which the rest stays': [
    [...logs, committed, compacts(1), ends(1, 2)],
    'AcceptAppendEntriesRequest',
    [...logs, committed, compacts(1), ends(1, 1)],
  ],
  'a start that does not tell where its snapshot ends': [
    [...durable.slice(0, 1), at('b', 'InitState', { term: 1 }), at('b', 'Durable', { lastIndex: 1 }), acks(1)],
    'PersistentBeforeAnswer',
    [...durable.slice(0, 1), at('b', 'InitState', { term: 1 }), at('b', 'Durable', { lastIndex: 0 }), acks(1)],
  ],
  'a trace that does not begin with a start, where its snapshot ends': [
    [recorded('starts', 'durability'), state('b', { term: 1 }), at('b', 'Durable', { lastIndex: 1 }), acks(1)],
    'PersistentBeforeAnswer',
    [recorded('starts', 'durability'), state('b', { term: 1 }), at('b', 'Durable', { lastIndex: 0 }), acks(1)],
  ],
  'a snapshot that a process lost when it began anew': [
    [...durable, installs(2), acks(2)],
    'PersistentBeforeAnswer',
    [...durable, installs(2), begins('b', [], 1), acks(2)],
  ],
  'what is applied where a start does not tell where its snapshot ends': [
    [recorded('starts'), at('b', 'InitState', { term: 1 }), at('b', 'Apply', { from: 5, entries: [{}] })],
    'Apply',
    [
      recorded('starts'),
      begins('b', [], 1),
      state('b', { term: 1, applied: 0 }),
      at('b', 'Apply', { from: 5, entries: [{}] }),
    ],
  ],
  'where entries stand that a node begins with': [
    [recorded('starts'), beginsWith('a', 7), at('b', 'Append', { from: 1, entries: [{ term: 1, digest: 7 }] })],
    'LogMatching',
    [recorded('starts'), beginsWith('a', 7), at('b', 'Append', { from: 1, entries: [{ term: 1, digest: 8 }] })],
  ],
  'a start that does not tell its log, before another one': [
    [
      recorded('starts', 'appends', 'durability'),
      begins('b', [1], 1),
      at('b', 'InitState', { term: 1 }),
      begins('b', [1], 1),
    ],
    'DurableSurvivesRestart',
    [
      recorded('starts', 'appends', 'durability'),
      begins('b', [1], 1),
      at('b', 'InitState', { term: 1 }),
      begins('b', [], 1),
    ],
  ],
  'a start that tells its vote, and not the term of that': [
    [...durable, at('b', 'InitState', { votedFor: 'c' }), at('b', 'InitState', { term: 1, votedFor: 'c' })],
    'DurableSurvivesRestart',
    [...durable, at('b', 'InitState', { votedFor: 'c' }), at('b', 'InitState', { term: 1, votedFor: 'a' })],
  ],
  'a snapshot that may have come, where not all messages are recorded': [
    [recorded('starts', 'roles'), begins('b', [], 1), snapshot('c'), heard, installs(5)],
    'InstallSnapshot',
    [recorded('starts', 'roles', 'receives'), begins('b', [], 1), snapshot('c'), heard, installs(5)],
  ],
  'a snapshot that may have come, where none is recorded that comes': [
    [recorded('starts', 'roles', 'receives'), begins('b', [], 1), heard, installs(5)],
    'InstallSnapshot',
    [recorded('starts', 'roles', 'receives'), begins('b', [], 1), heard, snapshot('c'), installs(5)],
  ],
  'a snapshot of what is committed': [
    [...logs, committed, installs(2)],
    'InstallSnapshot',
    [...logs, committed, installs(1)],
  ],
  'an acknowledgement of nothing': [counted(1), 'AdvanceCommitIndex', counted(0)],
  'a request for votes that leaves when its sender has a snapshot of the leader of that term': [
    askedBefore(2),
    'RequestVote',
    askedBefore(1),
  ],
  'a rejection of what another leader sent': [
    [...told([1], 1), brings(1, 1, 1, []), send('b', 'c', 'AppendEntriesResponse', { term: 1, success: false })],
    'RejectAppendEntriesRequest',
    [...told([1], 1), brings(1, 1, 1, []), rejects],
  ],
  'a rejection of what is not recorded': [
    [...logs, rejects],
    'RejectAppendEntriesRequest',
    [...logs, brings(1, 2, 1, []), rejects],
  ],
  'entries of which it is not told where they stand, after others of a later term': [
    [...appending, sendsIt({})],
    'AppendEntries',
    [...appending, sendsIt({ prevLogIndex: 1 })],
  ],
  'what is committed in a log that may be another one, where a start is not recorded': [
    [...elsewhere, state('b', { commitIndex: 5 }), state('b', { commitIndex: 3 })],
    'StateMachineSafety',
    [...elsewhere, state('b', { commitIndex: 2 }), state('b', { commitIndex: 3 })],
  ],
};

describe('raftPartial and what steps tell', () => {
  it.for(Object.entries(PAIRS))('looks at %s', ([, pair]) => expectPair(pair));
});
