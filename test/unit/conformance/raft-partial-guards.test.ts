import { describe, it } from 'vitest';
import {
  at,
  election,
  entries,
  expectPair,
  first,
  heartbeat,
  type Pair,
  passed,
  receive,
  recorded,
  replicated,
  send,
  silent,
  starts,
  state,
  synced,
} from './partial-steps.js';

const snapshot = (index: number) => ({ term: 1, lastIncludedIndex: index, lastIncludedTerm: 1 });
const ack = (matchIndex: number, term = 1) => ({ term, success: true, matchIndex });
const second = { term: 1, prevLogIndex: 1, prevLogTerm: 1, entries: entries(1, 8), leaderCommit: 0 };

/** Nodes that tell their messages, and now and then where they are: no step besides. */
const quiet = [recorded('starts', 'sends', 'receives', 'roles'), ...starts];
/** b hears from a, the leader of term 1, and follows it. */
const heard = (...messages: readonly object[]) => [
  ...quiet,
  ...messages.map((message) => receive('b', 'a', 'AppendEntries', message)),
  at('b', 'BecomeFollower', { term: 1 }),
];
/** b has a log of these entries, and is a follower. */
const holding = (log: readonly object[], term = 1) => [
  recorded('starts', 'roles', 'appends', 'commits', 'sends', 'receives'),
  at('a', 'InitState', { term, votedFor: null, snapshotIndex: 0, snapshotTerm: 0, log: [] }),
  at('b', 'InitState', { term, votedFor: null, snapshotIndex: 0, snapshotTerm: 0, log }),
];
const rejected = { term: 1, success: false };
const others = { term: 3, prevLogIndex: 1, prevLogTerm: 2, entries: [], leaderCommit: 0 };

const GUARDS: Readonly<Record<string, Pair>> = {
  'what a follower received and took later': [
    [...heard(first, { ...second, entries: [] }), state('b', { term: 1, lastIndex: 1 })],
    'AcceptAppendEntriesRequest',
    [...heard(first, { ...second, entries: [] }), state('b', { term: 1, lastIndex: 2 })],
  ],
  'a log that a second message makes longer': [
    [...heard(first, second), state('b', { term: 1, lastIndex: 2, lastTerm: 1 })],
    'AcceptAppendEntriesRequest',
    [...heard(first, { ...second, prevLogIndex: 3 }), state('b', { term: 1, lastIndex: 4 })],
  ],
  'messages of a term before its own': [
    [
      ...quiet,
      state('b', { term: 0, lastIndex: 0 }),
      receive('b', 'a', 'AppendEntries', first),
      state('b', { term: 1, lastIndex: 1 }),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...quiet,
      receive('b', 'c', 'AppendEntries', { term: 2, entries: [] }),
      state('b', { term: 2, lastIndex: 0 }),
      receive('b', 'a', 'AppendEntries', first),
      state('b', { term: 2, lastIndex: 1 }),
    ],
  ],
  'entries that arrive': [
    [...replicated, receive('c', 'a', 'AppendEntries', first)],
    'LogMatching',
    [
      ...replicated.filter(({ name }) => name !== 'Send'),
      receive('c', 'a', 'AppendEntries', { ...first, entries: entries(1, 8) }),
    ],
  ],
  'a snapshot that is taken unseen': [
    [
      ...quiet,
      receive('b', 'a', 'InstallSnapshot', snapshot(5)),
      state('b', { term: 1, lastIndex: 5, commitIndex: 5 }),
    ],
    'AcceptAppendEntriesRequest',
    [...quiet, receive('b', 'a', 'InstallSnapshot', snapshot(5)), state('b', { term: 1, lastIndex: 6 })],
  ],
  'a snapshot of unknown length that is taken unseen': [
    [
      ...quiet,
      receive('b', 'a', 'InstallSnapshot', { term: 1 }),
      state('b', { term: 1, lastIndex: 9, commitIndex: 9 }),
    ],
    'CommitMonotonic',
    [
      ...quiet,
      receive('b', 'a', 'InstallSnapshot', snapshot(5)),
      state('b', { term: 1, lastIndex: 5, commitIndex: 5 }),
      receive('b', 'a', 'InstallSnapshot', { term: 1 }),
      state('b', { term: 1, lastIndex: 5, commitIndex: 4 }),
    ],
  ],
  'a snapshot that is sent by who leads': [
    [...replicated, ...passed('a', 'c', 'InstallSnapshot', snapshot(1))],
    'AppendEntries',
    [...replicated, send('b', 'c', 'InstallSnapshot', { ...snapshot(1), term: 2 })],
  ],
  'a snapshot that comes from who leads': [
    [...replicated, receive('c', 'a', 'InstallSnapshot', snapshot(1))],
    'ElectionSafety',
    [...replicated, receive('c', 'b', 'InstallSnapshot', snapshot(1))],
  ],
  'an installed snapshot that came': [
    [
      ...replicated,
      ...passed('a', 'c', 'InstallSnapshot', snapshot(1)),
      at('c', 'UpdateTerm', { term: 1 }),
      at('c', 'InstallSnapshot', { index: 1, term: 1, log: [] }),
      send('c', 'a', 'AppendEntriesResponse', ack(1)),
    ],
    'InstallSnapshot',
    [
      ...replicated,
      ...passed('a', 'b', 'AppendEntries', heartbeat),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
      ...passed('a', 'b', 'InstallSnapshot', snapshot(1)),
      at('b', 'InstallSnapshot', { index: 0, term: 0, log: [] }),
    ],
  ],
  'an acknowledgement after a snapshot': [
    [
      ...replicated,
      ...passed('a', 'c', 'InstallSnapshot', snapshot(4)),
      at('c', 'UpdateTerm', { term: 1 }),
      at('c', 'InstallSnapshot', { index: 4 }),
      send('c', 'a', 'AppendEntriesResponse', ack(4)),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...replicated,
      ...passed('a', 'c', 'InstallSnapshot', snapshot(4)),
      at('c', 'UpdateTerm', { term: 1 }),
      at('c', 'InstallSnapshot', { index: 4 }),
      send('c', 'a', 'AppendEntriesResponse', ack(5)),
    ],
  ],
  'an acknowledgement to who sent entries': [
    [...replicated, send('b', 'a', 'AppendEntriesResponse', ack(1))],
    'AcceptAppendEntriesRequest',
    [...replicated, send('b', 'c', 'AppendEntriesResponse', ack(1))],
  ],
  'an acknowledgement of what its log has': [
    [
      ...holding(entries(1, 1)),
      receive('b', 'a', 'AppendEntries', heartbeat),
      send('b', 'a', 'AppendEntriesResponse', ack(1)),
    ],
    'AcceptAppendEntriesRequest',
    [...holding([]), receive('b', 'a', 'AppendEntries', heartbeat), send('b', 'a', 'AppendEntriesResponse', ack(1))],
  ],
  'an acknowledgement of what is committed, though less was sent': [
    [
      recorded('starts', 'roles', 'receives', 'sends'),
      ...starts,
      receive('b', 'a', 'AppendEntries', { ...first, leaderCommit: 1 }),
      receive('b', 'c', 'AppendEntries', { term: 2, prevLogIndex: 0, prevLogTerm: 0, entries: [], leaderCommit: 0 }),
      at('b', 'UpdateTerm', { term: 2 }),
      send('b', 'c', 'AppendEntriesResponse', ack(1, 2)),
    ],
    'AcceptAppendEntriesRequest',
    [
      recorded('starts', 'roles', 'receives', 'sends'),
      ...starts,
      receive('b', 'a', 'AppendEntries', first),
      receive('b', 'c', 'AppendEntries', { term: 2, prevLogIndex: 0, prevLogTerm: 0, entries: [], leaderCommit: 0 }),
      at('b', 'UpdateTerm', { term: 2 }),
      send('b', 'c', 'AppendEntriesResponse', ack(1, 2)),
    ],
  ],
  'an acknowledgement of what it committed as a leader': [
    [
      recorded('starts', 'roles', 'receives', 'sends'),
      ...election,
      receive('a', 'b', 'AppendEntriesResponse', ack(1)),
      receive('a', 'c', 'AppendEntries', { term: 2, prevLogIndex: 0, prevLogTerm: 0, entries: [], leaderCommit: 0 }),
      at('a', 'UpdateTerm', { term: 2 }),
      send('a', 'c', 'AppendEntriesResponse', ack(1, 2)),
    ],
    'AcceptAppendEntriesRequest',
    [
      recorded('starts', 'roles', 'receives', 'sends', 'commits'),
      ...election,
      receive('a', 'b', 'AppendEntriesResponse', ack(1)),
      receive('a', 'c', 'AppendEntries', { term: 2, prevLogIndex: 0, prevLogTerm: 0, entries: [], leaderCommit: 0 }),
      at('a', 'UpdateTerm', { term: 2 }),
      send('a', 'c', 'AppendEntriesResponse', ack(1, 2)),
    ],
  ],
  'an answer in a term that was told': [
    [
      ...replicated,
      ...passed('c', 'b', 'RequestVote', { term: 2, lastLogIndex: 0, lastLogTerm: 0 }),
      send('b', 'c', 'RequestVoteResponse', { term: 2, granted: false }),
    ],
    'UpdateTerm',
    [...replicated, send('b', 'c', 'RequestVoteResponse', { term: 3, granted: false })],
  ],
  'a rejection in a term that was told': [
    [
      ...replicated,
      ...passed('c', 'b', 'RequestVote', { term: 3, lastLogIndex: 0, lastLogTerm: 0 }),
      send('b', 'a', 'AppendEntriesResponse', { term: 3, success: false }),
    ],
    'UpdateTerm',
    [...replicated, send('b', 'a', 'AppendEntriesResponse', { term: 3, success: false })],
  ],
  'an answer to a snapshot in a term that was told': [
    [...replicated, send('b', 'a', 'InstallSnapshotResponse', { term: 1 })],
    'UpdateTerm',
    [...replicated, send('b', 'a', 'InstallSnapshotResponse', { term: 3 })],
  ],
  'a vote that is known by its answer alone': [
    [...replicated, send('b', 'a', 'RequestVoteResponse', { term: 1, granted: true })],
    'VoteOnce',
    [...replicated, send('b', 'c', 'RequestVoteResponse', { term: 1, granted: true })],
  ],
  'a pre-vote, which is no vote': [
    [
      ...replicated,
      send('b', 'c', 'RequestVoteResponse', { term: 5, granted: true, preVote: true }),
      send('b', 'c', 'RequestVote', { term: 2, preVote: true, lastLogIndex: 1, lastLogTerm: 1 }),
    ],
    'RequestVote',
    [...replicated, send('b', 'c', 'RequestVote', { term: 2, lastLogIndex: 1, lastLogTerm: 1 })],
  ],
  'a vote that is durable before its answer': [
    [...synced, send('b', 'a', 'RequestVoteResponse', { term: 1, granted: true })],
    'PersistentBeforeAnswer',
    [
      ...synced,
      ...passed('c', 'b', 'RequestVote', { term: 2, lastLogIndex: 5, lastLogTerm: 1 }),
      at('b', 'UpdateTerm', { term: 2 }),
      at('b', 'Vote', { term: 2, candidate: 'c' }),
      send('b', 'c', 'RequestVoteResponse', { term: 2, granted: true }),
    ],
  ],
  'entries that are durable again after they were replaced': [
    [
      ...synced,
      ...passed('a', 'b', 'AppendEntries', { ...second, entries: [{}] }),
      at('a', 'Append', { from: 2, entries: [{}] }),
    ].filter(
      ({ name, node, message }) =>
        !(
          node === 'a' &&
          name === 'Send' &&
          (message as { entries?: unknown[] }).entries?.length === 1 &&
          (message as { prevLogIndex?: number }).prevLogIndex === 1
        ),
    ),
    'PersistentBeforeAnswer',
    [
      ...synced,
      receive('b', 'c', 'AppendEntries', {
        term: 2,
        prevLogIndex: 0,
        prevLogTerm: 0,
        entries: entries(2, 5),
        leaderCommit: 0,
      }),
      at('b', 'UpdateTerm', { term: 2 }),
      at('b', 'Append', { from: 1, entries: entries(2, 5) }),
      send('b', 'c', 'AppendEntriesResponse', ack(1, 2)),
    ],
  ],
  'entries that leave in order of a log': [
    [...replicated, send('a', 'c', 'AppendEntries', heartbeat)],
    'AppendEntries',
    [...replicated, send('a', 'c', 'AppendEntries', { ...heartbeat, prevLogTerm: 0 })],
  ],
  "a leader's entries of their terms": [
    [...replicated, send('a', 'c', 'AppendEntries', { ...first, entries: [{ term: 1 }] })],
    'AppendEntries',
    [...replicated, send('a', 'c', 'AppendEntries', { ...first, entries: [{ term: 0 }] })],
  ],
  'the first leader of a term that is known by what it sends': [
    [
      recorded('starts'),
      ...starts,
      send('a', 'b', 'AppendEntries', { term: 1 }),
      send('a', 'c', 'AppendEntries', { term: 1 }),
    ],
    'ElectionSafety',
    [
      recorded('starts'),
      ...starts,
      send('a', 'b', 'AppendEntries', { term: 1 }),
      send('c', 'b', 'AppendEntries', { term: 1 }),
    ],
  ],
  'a leader known by what it sends, and its votes': [
    [
      recorded('starts', 'receives'),
      ...starts,
      receive('a', 'b', 'RequestVoteResponse', { term: 1, granted: true }),
      send('a', 'b', 'AppendEntries', { term: 1 }),
      send('a', 'c', 'AppendEntries', { term: 1 }),
    ],
    'BecomeLeader',
    [
      recorded('starts', 'receives'),
      ...starts,
      receive('a', 'b', 'RequestVoteResponse', { term: 1, granted: true }),
      send('a', 'b', 'AppendEntries', { term: 2 }),
      send('a', 'c', 'AppendEntries', { term: 2 }),
    ],
  ],
  'a rejection of what does not match': [
    [
      ...holding(entries(1, 1), 3),
      receive('b', 'a', 'AppendEntries', others),
      send('b', 'a', 'AppendEntriesResponse', { ...rejected, term: 3 }),
    ],
    'RejectAppendEntriesRequest',
    [
      ...holding(entries(2, 1), 3),
      receive('b', 'a', 'AppendEntries', others),
      send('b', 'a', 'AppendEntriesResponse', { ...rejected, term: 3 }),
    ],
  ],
  'a rejection of a leader of an earlier term': [
    [
      ...holding(entries(2, 1), 4),
      receive('b', 'a', 'AppendEntries', others),
      send('b', 'a', 'AppendEntriesResponse', { ...rejected, term: 4 }),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...holding(entries(2, 1), 3),
      receive('b', 'a', 'AppendEntries', others),
      send('b', 'a', 'AppendEntriesResponse', ack(2, 3)),
    ],
  ],
  'entries that follow what matches': [
    [
      ...holding(entries(2, 1), 3),
      receive('b', 'a', 'AppendEntries', { ...others, entries: [{}] }),
      at('b', 'Append', { from: 2, entries: [{}] }),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...holding(entries(1, 1), 3),
      receive('b', 'a', 'AppendEntries', { ...others, entries: [{}] }),
      at('b', 'Append', { from: 2, entries: [{}] }),
    ],
  ],
  'entries from where the message begins': [
    [
      ...holding(entries(2, 1, 2), 3),
      receive('b', 'a', 'AppendEntries', { ...others, entries: [{}] }),
      at('b', 'Append', { from: 2, entries: [{}] }),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...holding(entries(2, 1, 2), 3),
      receive('b', 'a', 'AppendEntries', { ...others, entries: [{}] }),
      at('b', 'Append', { from: 1, entries: [{}, {}] }),
    ],
  ],
  'entries after which no gap is': [
    [...silent, at('b', 'Append', { from: 1, entries: [{}] }), at('b', 'Append', { from: 2, entries: [{}] })],
    'AcceptAppendEntriesRequest',
    [...silent, at('b', 'Append', { from: 1, entries: [{}] }), at('b', 'Append', { from: 3, entries: [{}] })],
  ],
  'entries after what is committed': [
    [
      ...silent,
      at('b', 'Append', { from: 1, entries: [{}, {}] }),
      at('b', 'AdvanceCommit', { commitIndex: 1 }),
      at('b', 'Append', { from: 2, entries: [{}] }),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...silent,
      at('b', 'Append', { from: 1, entries: [{}, {}] }),
      at('b', 'AdvanceCommit', { commitIndex: 1 }),
      at('b', 'Append', { from: 1, entries: [{}] }),
    ],
  ],
  'a change of the log of which nothing is told': [
    [...silent, at('b', 'Append'), state('b', { lastIndex: 9 })],
    'AcceptAppendEntriesRequest',
    [...silent, at('b', 'Append', { from: 1, entries: [{}] }), state('b', { lastIndex: 9 })],
  ],
  'the term of the last entry': [
    [
      ...silent,
      at('b', 'Append', { from: 1, entries: [{ term: 1 }, { term: 2 }] }),
      state('b', { term: 2, lastTerm: 2 }),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...silent,
      at('b', 'Append', { from: 1, entries: [{ term: 1 }, { term: 2 }] }),
      state('b', { term: 2, lastTerm: 1 }),
    ],
  ],
  'the term of the last entry, which is remembered': [
    [
      ...silent,
      at('b', 'Append', { from: 1, entries: [{}] }),
      state('b', { term: 2, lastTerm: 1 }),
      state('b', { term: 2, lastTerm: 1 }),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...silent,
      at('b', 'Append', { from: 1, entries: [{}] }),
      state('b', { term: 2, lastTerm: 1 }),
      state('b', { term: 2, lastTerm: 2 }),
    ],
  ],
  'a commit index within the log': [
    [
      ...silent,
      at('b', 'Append', { from: 1, entries: [{}] }),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
    ],
    'FollowerCommit',
    [
      ...silent,
      at('b', 'Append', { from: 1, entries: [{}] }),
      at('b', 'AdvanceCommit', { commitIndex: 2, leader: false }),
    ],
  ],
  'entries of its own term that a leader counts': [
    [
      ...silent,
      at('b', 'Append', { from: 1, entries: [{ term: 1 }, { term: 2 }] }),
      state('b', { term: 2, role: 'leader' }),
      at('b', 'AdvanceCommit', { commitIndex: 2, leader: true }),
    ],
    'AdvanceCommitIndex',
    [
      ...silent,
      at('b', 'Append', { from: 1, entries: [{ term: 1 }, { term: 2 }] }),
      state('b', { term: 2, role: 'leader' }),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: true }),
    ],
  ],
  'entries of its own term that a leader adds': [
    [...replicated, at('a', 'Append', { from: 2, entries: [{ term: 1 }] })],
    'ClientRequest',
    [...replicated, at('a', 'Append', { from: 2, entries: [{ term: 0 }] })],
  ],
  'one who advances its commit index as a leader': [
    [...replicated, at('a', 'AdvanceCommit', { commitIndex: 1, leader: true })],
    'BecomeLeader',
    [recorded('starts', 'roles', 'commits'), ...starts, at('b', 'AdvanceCommit', { commitIndex: 0, leader: true })],
  ],
  'the entry that a leader committed': [
    [
      ...replicated,
      state('b', { term: 1, commitIndex: 0 }),
      ...passed('a', 'b', 'AppendEntries', heartbeat),
      state('b', { commitIndex: 1 }),
    ],
    'StateMachineSafety',
    [
      ...silent,
      state('a', { term: 2, role: 'leader' }),
      at('a', 'Append', { from: 1, entries: [{ term: 2 }] }),
      at('a', 'AdvanceCommit', { commitIndex: 1, leader: true }),
      at('b', 'Append', { from: 1, entries: [{ term: 1 }] }),
      state('b', { term: 2, commitIndex: 1 }),
    ],
  ],
  'what was applied, which stays applied': [
    [...replicated, state('a', { commitIndex: 1, applied: 1 })],
    'Apply',
    [...replicated, state('a', { commitIndex: 1, applied: 0 })],
  ],
  'what is applied, which is committed': [
    [...replicated, ...passed('a', 'b', 'AppendEntries', heartbeat), state('b', { commitIndex: 1, applied: 1 })],
    'Apply',
    [...replicated, state('a', { commitIndex: 1, applied: 2 })],
  ],
  'a term that does not fall': [
    [recorded('starts'), ...starts, state('b', { term: 2 }), state('b', { term: 2 })],
    'TermMonotonic',
    [recorded('starts'), ...starts, state('b', { term: 2 }), state('b', { term: 1 })],
  ],
  'a term that a campaign or a message entered, where roles are not recorded': [
    [
      recorded('starts', 'receives'),
      ...starts,
      state('b', { term: 2 }),
      state('b', { term: 2, role: 'leader', votedFor: 'b' }),
    ],
    'VoteOnce',
    [
      recorded('starts', 'receives'),
      ...starts,
      state('b', { term: 2, votedFor: 'b' }),
      state('b', { term: 2, votedFor: 'c' }),
    ],
  ],
  'a vote of a term that is not told': [
    [...starts, state('b', { term: 1, votedFor: 'b' }), state('b', { votedFor: 'c' })],
    'VoteOnce',
    [...starts, state('b', { term: 1, votedFor: 'b' }), state('b', { term: 1, votedFor: 'c' })],
  ],
  'a campaign of which the term is not told': [
    [recorded('starts'), ...starts, state('b', { term: 1 }), at('b', 'BecomeCandidate'), state('b', { term: 2 })],
    'TermMonotonic',
    [recorded('starts'), ...starts, state('b', { term: 1 }), at('b', 'BecomeCandidate'), state('b', { term: 1 })],
  ],
  'a campaign in the term after those that were told': [
    [
      ...replicated,
      ...passed('c', 'b', 'RequestVote', { term: 4, lastLogIndex: 0, lastLogTerm: 0 }),
      at('b', 'BecomeCandidate', { term: 5 }),
    ],
    'RequestVote',
    [
      ...replicated,
      ...passed('c', 'b', 'RequestVote', { term: 4, lastLogIndex: 0, lastLogTerm: 0 }),
      at('b', 'BecomeCandidate', { term: 4 }),
    ],
  ],
  'a vote of a candidate for itself': [
    [...replicated, at('b', 'BecomeCandidate', { term: 2 }), at('b', 'Vote', { term: 2, candidate: 'b' })],
    'HandleRequestVoteRequest',
    [
      ...replicated,
      ...passed('c', 'b', 'RequestVote', { term: 2, lastLogIndex: 0, lastLogTerm: 0 }),
      at('b', 'UpdateTerm', { term: 2 }),
      at('b', 'Vote', { term: 2, candidate: 'b' }),
    ],
  ],
  'a vote for a log of which the end is not told': [
    [
      ...holding(entries(1, 1, 2), 1),
      receive('b', 'c', 'RequestVote', { term: 2 }),
      at('b', 'UpdateTerm', { term: 2 }),
      at('b', 'Vote', { term: 2, candidate: 'c' }),
    ],
    'HandleRequestVoteRequest',
    [
      ...holding(entries(1, 1, 2), 1),
      receive('b', 'c', 'RequestVote', { term: 2, lastLogTerm: 1, lastLogIndex: 1 }),
      at('b', 'UpdateTerm', { term: 2 }),
      at('b', 'Vote', { term: 2, candidate: 'c' }),
    ],
  ],
  'a vote for a log that ends with a later term': [
    [
      ...holding(entries(1, 1, 2), 1),
      receive('b', 'c', 'RequestVote', { term: 3, lastLogTerm: 2, lastLogIndex: 1 }),
      at('b', 'UpdateTerm', { term: 3 }),
      at('b', 'Vote', { term: 3, candidate: 'c' }),
    ],
    'HandleRequestVoteRequest',
    [
      ...holding(entries(2, 1, 2), 2),
      receive('b', 'c', 'RequestVote', { term: 3, lastLogTerm: 1, lastLogIndex: 9 }),
      at('b', 'UpdateTerm', { term: 3 }),
      at('b', 'Vote', { term: 3, candidate: 'c' }),
    ],
  ],
  'a pre-candidate that says what it is': [
    [...replicated, state('b', { role: 'pre-candidate' }), at('b', 'BecomeCandidate', { term: 2 })],
    'BecomeFollower',
    [...replicated, state('a', { role: 'pre-candidate' })],
  ],
  'a leader that says what it is': [
    [recorded('starts'), ...starts, state('a', { role: 'leader', term: 1 }), state('b', { role: 'follower', term: 1 })],
    'ElectionSafety',
    [recorded('starts'), ...starts, state('a', { role: 'leader', term: 1 }), state('b', { role: 'leader', term: 1 })],
  ],
  'what followers advance to, where roles are not recorded': [
    [...silent, state('b', { role: 'leader', term: 1 }), at('b', 'Append', { from: 1, entries: [{ term: 0 }] })]
      .slice(0, -1)
      .concat(
        at('b', 'Append', { from: 1, entries: [{}] }),
        at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
      ),
    'ElectionSafety',
    [
      ...silent,
      state('a', { role: 'leader', term: 1 }),
      at('b', 'Append', { from: 1, entries: [{}] }),
      state('b', { term: 1 }),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: true }),
    ],
  ],
  'a leader whose entries came before it knew its term': [
    [
      recorded('starts', 'roles', 'appends'),
      ...starts,
      at('b', 'BecomeCandidate'),
      at('b', 'BecomeLeader'),
      at('b', 'Append', { from: 1, entries: [{ term: 4 }] }),
    ],
    'ClientRequest',
    [
      recorded('starts', 'roles', 'appends'),
      ...starts,
      at('b', 'BecomeCandidate'),
      at('b', 'BecomeLeader'),
      at('b', 'Append', { from: 1, entries: [{ term: 0 }] }),
    ],
  ],
  'a request for a vote, which a pre-vote is not': [
    [
      ...replicated,
      receive('b', 'a', 'RequestVote', { term: 2, lastLogIndex: 9, lastLogTerm: 1 }),
      at('b', 'UpdateTerm', { term: 2 }),
      receive('b', 'c', 'RequestVote', { term: 2, preVote: false, lastLogIndex: 9, lastLogTerm: 1 }),
      at('b', 'Vote', { term: 2, candidate: 'c' }),
    ],
    'HandleRequestVoteRequest',
    [
      ...replicated,
      receive('b', 'a', 'RequestVote', { term: 2, lastLogIndex: 9, lastLogTerm: 1 }),
      at('b', 'UpdateTerm', { term: 2 }),
      receive('b', 'c', 'RequestVote', { term: 2, preVote: true, lastLogIndex: 9, lastLogTerm: 1 }),
      at('b', 'Vote', { term: 2, candidate: 'c' }),
    ],
  ],
  'a vote that was granted': [
    [
      recorded('starts', 'roles', 'receives'),
      ...starts,
      at('c', 'BecomeCandidate', { term: 1 }),
      receive('c', 'b', 'RequestVoteResponse', { term: 1, granted: true }),
      at('c', 'BecomeLeader', { term: 1 }),
    ],
    'BecomeLeader',
    [
      recorded('starts', 'roles', 'receives'),
      ...starts,
      at('c', 'BecomeCandidate', { term: 1 }),
      receive('c', 'b', 'RequestVoteResponse', { term: 1, granted: false }),
      at('c', 'BecomeLeader', { term: 1 }),
    ],
  ],
  'a vote, which a granted pre-vote is not': [
    [
      recorded('starts', 'roles', 'receives'),
      ...starts,
      at('c', 'BecomeCandidate', { term: 1 }),
      receive('c', 'b', 'RequestVoteResponse', { term: 1, granted: true, preVote: false }),
      at('c', 'BecomeLeader', { term: 1 }),
    ],
    'BecomeLeader',
    [
      recorded('starts', 'roles', 'receives'),
      ...starts,
      at('c', 'BecomeCandidate', { term: 1 }),
      receive('c', 'b', 'RequestVoteResponse', { term: 1, granted: true, preVote: true }),
      at('c', 'BecomeLeader', { term: 1 }),
    ],
  ],
  'an installed snapshot, which acknowledges': [
    [
      ...election,
      at('a', 'Append', { term: 1, from: 1, entries: [{}] }),
      receive('a', 'c', 'AppendEntriesResponse', { term: 1, success: false, matchIndex: 1 }),
      receive('a', 'b', 'InstallSnapshotResponse', { term: 1, lastIncludedIndex: 1, installed: true }),
      at('a', 'AdvanceCommit', { term: 1, commitIndex: 1, leader: true }),
    ],
    'AdvanceCommitIndex',
    [
      ...election,
      at('a', 'Append', { term: 1, from: 1, entries: [{}] }),
      receive('a', 'c', 'AppendEntriesResponse', { term: 1, success: false, matchIndex: 1 }),
      receive('a', 'b', 'InstallSnapshotResponse', { term: 1, lastIncludedIndex: 1, installed: false }),
      at('a', 'AdvanceCommit', { term: 1, commitIndex: 1, leader: true }),
    ],
  ],
  'the term of a rejected pre-vote, which a granted one does not tell': [
    [
      ...replicated,
      receive('b', 'c', 'RequestVoteResponse', { term: 3, preVote: true, granted: false }),
      at('b', 'UpdateTerm', { term: 3 }),
    ],
    'UpdateTerm',
    [
      ...replicated,
      receive('b', 'c', 'RequestVoteResponse', { term: 3, preVote: true, granted: true }),
      at('b', 'UpdateTerm', { term: 3 }),
    ],
  ],
  'a message to itself': [
    [...replicated, send('b', 'b', 'RequestVote', { term: 9 })],
    'RequestVote',
    [...replicated, send('b', 'a', 'RequestVote', { term: 9 })],
  ],
};

describe('the guards of raftPartial', () => {
  it.for(Object.entries(GUARDS))('look at %s', ([, pair]) => expectPair(pair));
});
