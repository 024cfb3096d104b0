import { describe, it } from 'vitest';
import {
  at,
  begins,
  brings,
  ends,
  entries,
  expectPair,
  ofTerms,
  type Pair,
  passed,
  puts,
  receive,
  recorded,
  replicated,
  send,
  starts,
  state,
  type Terms,
  told,
  unseen,
} from './partial-steps.js';

/** What comes to b from a. */
const hears = (type: string, message: object) => receive('b', 'a', type, message);
const acks = (matchIndex: number) => send('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex });
const commits = (commitIndex: number) => at('b', 'AdvanceCommit', { commitIndex, leader: false });
const installs = (index: number) => at('b', 'InstallSnapshot', { index, term: 1, log: [] });

/** b leads term 3. What changes its log is not recorded. */
const leading = (terms: Terms) => [
  ...unseen(terms, 2),
  at('b', 'BecomeCandidate', { term: 3 }),
  at('b', 'BecomeLeader', { term: 3 }),
];
const sends = (prevLogIndex: number, prevLogTerm: number, terms: Terms, leaderCommit = 0) =>
  send('b', 'a', 'AppendEntries', { term: 3, prevLogIndex, prevLogTerm, entries: ofTerms(terms), leaderCommit });
const counted = (...acknowledged: Terms) => [
  recorded('starts', 'roles', 'appends', 'commits', 'receives'),
  ...starts,
  at('b', 'BecomeCandidate', { term: 1 }),
  at('b', 'BecomeLeader', { term: 1 }),
  puts('b', 1, [1, 1]),
  ...acknowledged.map((matchIndex) => hears('AppendEntriesResponse', { term: 1, success: true, matchIndex })),
  at('b', 'AdvanceCommit', { commitIndex: 2, leader: true }),
];
/** An entry came to b that it has. */
const matched = [...told([1], 1), brings(1, 1, 1, [])];
const laterTerm = [...replicated, ...passed('c', 'b', 'RequestVote', { term: 2 }), at('b', 'UpdateTerm', { term: 2 })];
const quiet = [recorded('starts'), ...starts];
const elected = (type: string, message: object) => [
  recorded('starts', 'roles', 'receives'),
  ...starts,
  at('b', 'BecomeCandidate', { term: 1 }),
  hears('RequestVoteResponse', { term: 0, granted: false }),
  hears(type, { term: 1, ...message }),
  at('b', 'BecomeLeader', { term: 1 }),
];

/** A leader's message that does not tell all that it brings. */
const sendsLess = (message: object) => send('b', 'a', 'AppendEntries', { term: 3, ...message });
/** b leads term 3. What changes its log is recorded. */
const appending = [...told([1], 2), at('b', 'BecomeCandidate', { term: 3 }), at('b', 'BecomeLeader', { term: 3 })];
/** b has taken two entries of which it was not told the terms, and says of which the last one is. */
const taken = [...unseen([1], 1), brings(3, 1, 1, [undefined, undefined]), ends(3, 3, 2)];
const votersOf = (...voters: readonly string[]) => [
  recorded('starts', 'receives'),
  ...starts,
  state('a', { voters: [voters] }),
];
/** b leads term 1, as its message tells, and adds two entries. */
const sent = [
  recorded('starts', 'appends'),
  begins('b', [], 0),
  send('b', 'a', 'AppendEntries', { term: 1 }),
  puts('b', 1, [1, 1]),
];
const sendsIt = send('b', 'a', 'AppendEntries', { term: 1, prevLogIndex: 1, prevLogTerm: 1, entries: [{ term: 1 }] });
const gets = receive('a', 'b', 'RequestVoteResponse', { term: 1, granted: true });
const leads = send('a', 'b', 'AppendEntries', { term: 1 });
/** It is not told how far the log of b was committed when it began, and not how far it is now. */
const recovered = [
  recorded('starts', 'roles', 'commits'),
  begins('b', [1, 1], 2),
  at('b', 'BecomeCandidate', { term: 3 }),
  at('b', 'BecomeLeader', { term: 3 }),
];
const applies = (count: number) => at('b', 'Apply', { from: 1, entries: ofTerms(Array(count).fill(undefined)) });

const PAIRS: Readonly<Record<string, Pair>> = {
  'entries that come, which are not taken before the node says so': [
    [...told([], 0), brings(1, 0, 0, [1]), puts('b', 1, [1]), ends(1, 1)],
    'AcceptAppendEntriesRequest',
    [...told([], 0), brings(1, 0, 0, [1]), ends(1, 1)],
  ],
  'a snapshot that comes, which is not installed before the node says so': [
    [...told([], 0), hears('InstallSnapshot', { term: 1, lastIncludedIndex: 5 }), installs(5), ends(1, 5)],
    'AcceptAppendEntriesRequest',
    [...told([], 0), hears('InstallSnapshot', { term: 1, lastIncludedIndex: 5 }), ends(1, 5)],
  ],
  'a log that is cut where a snapshot ends': [
    [
      ...told([1, 1, 1, 1], 1),
      brings(1, 0, 0, []),
      hears('InstallSnapshot', { term: 1, lastIncludedIndex: 3 }),
      hears('InstallSnapshot', { term: 1, lastIncludedIndex: 2 }),
      puts('b', 4, []),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...told([1, 1, 1, 1], 1),
      brings(1, 0, 0, []),
      hears('InstallSnapshot', { term: 1, lastIncludedIndex: 2 }),
      hears('InstallSnapshot', { term: 1, lastIncludedIndex: 2 }),
      puts('b', 4, []),
    ],
  ],
  'a snapshot of which the length is not told, and what is committed by it': [
    [
      ...told([1, 1], 1),
      state('b', { term: 1, commitIndex: 0 }),
      brings(1, 0, 0, []),
      hears('InstallSnapshot', { term: 1 }),
      commits(2),
    ],
    'FollowerCommit',
    [
      ...told([1, 1], 1),
      state('b', { term: 1, commitIndex: 0 }),
      brings(1, 0, 0, []),
      hears('InstallSnapshot', { term: 1, lastIncludedIndex: 1 }),
      commits(2),
    ],
  ],
  'entries of which the number is not told': [
    [...told([], 0), hears('AppendEntries', { term: 1, prevLogIndex: 0 }), puts('b', 1, [1])],
    'AcceptAppendEntriesRequest',
    [...told([], 0), hears('AppendEntries', { term: 1, prevLogIndex: 0, entries: [] }), puts('b', 1, [1])],
  ],
  'the longest of several messages': [
    [...told([], 0), brings(1, 0, 0, [1, 1]), brings(1, 0, 0, [1]), puts('b', 1, [1, 1])],
    'AcceptAppendEntriesRequest',
    [...told([], 0), brings(1, 0, 0, [1, 1]), brings(1, 0, 0, [1]), puts('b', 1, [1, 1, 1])],
  ],
  'a heartbeat, which is no reason to acknowledge what it does not reach': [
    [
      ...told([1], 1),
      state('b', { term: 1, commitIndex: 0 }),
      hears('AppendEntries', { term: 1, prevLogIndex: 1, prevLogTerm: 1, entries: [], leaderCommit: 0 }),
      acks(1),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...told([1], 1),
      state('b', { term: 1, commitIndex: 0 }),
      hears('AppendEntries', { term: 1, entries: [], leaderCommit: 0 }),
      acks(1),
    ],
  ],
  'entries that come without a commit index': [
    [...told([], 0), hears('AppendEntries', { term: 1 }), puts('b', 1, [1]), commits(1)],
    'FollowerCommit',
    [...told([], 0), hears('AppendEntries', { term: 1, leaderCommit: 0 }), puts('b', 1, [1]), commits(1)],
  ],
  'a request for a vote, which is no vote': [
    elected('RequestVoteResponse', { granted: true }),
    'BecomeLeader',
    elected('RequestVote', { lastLogIndex: 0, lastLogTerm: 0 }),
  ],
  'a vote of which it is not told whether it was granted': [
    [
      ...quiet,
      receive('b', 'c', 'RequestVoteResponse', { term: 1 }),
      receive('a', 'c', 'RequestVoteResponse', { term: 1 }),
      receive('a', 'b', 'AppendEntries', { term: 1 }),
    ],
    'VoteOnce',
    [
      ...quiet,
      receive('b', 'c', 'RequestVoteResponse', { term: 1, granted: true }),
      receive('a', 'c', 'RequestVoteResponse', { term: 1, granted: true }),
      receive('a', 'b', 'AppendEntries', { term: 1 }),
    ],
  ],
  'the highest of several acknowledgements': [counted(2, 1), 'AdvanceCommitIndex', counted(1, 1)],
  'entries that a leader sends, which its log has': [
    [...leading([]), sends(0, 0, [3, 3]), ends(3, 2)],
    'ClientRequest',
    [...leading([]), sends(0, 0, [3, 3]), ends(3, 1)],
  ],
  'the term before the entries that a leader sends': [
    [...leading([undefined, undefined]), sends(1, 1, []), sends(1, 1, [])],
    'AppendEntries',
    [...leading([undefined, undefined]), sends(1, 1, []), sends(1, 2, [])],
  ],
  'the terms of the entries that a leader sends': [
    [...leading([undefined, undefined]), sends(0, 0, [1, 2]), sends(1, 1, []), sends(2, 2, [])],
    'AppendEntries',
    [...leading([undefined, undefined]), sends(0, 0, [1, 2]), sends(1, 1, []), sends(2, 1, [])],
  ],
  'the term of each of the entries that a leader sends': [
    [...leading([undefined, undefined]), sends(0, 0, [1, 2]), sends(1, 1, [2])],
    'AppendEntries',
    [...leading([undefined, undefined]), sends(0, 0, [1, 2]), sends(1, 2, [2])],
  ],
  'the commit index that a leader sends, which it has': [
    [...leading([1, 1]), sends(0, 0, [], 2), state('b', { term: 3, commitIndex: 2 })],
    'CommitMonotonic',
    [...leading([1, 1]), sends(0, 0, [], 2), state('b', { term: 3, commitIndex: 1 })],
  ],
  'entries that leave when their sender leads no more, where roles are not recorded': [
    [
      ...quiet,
      send('a', 'b', 'AppendEntries', { term: 1 }),
      state('a', { term: 2 }),
      send('a', 'c', 'AppendEntries', { term: 1 }),
    ],
    'TermMonotonic',
    [...quiet, state('a', { term: 2 }), send('a', 'c', 'AppendEntries', { term: 1 })],
  ],
  'a request for votes, by which a node tells its term': [
    [
      ...quiet,
      send('b', 'a', 'RequestVote', { term: 3 }),
      state('b', { term: 3 }),
      receive('a', 'c', 'AppendEntries', { term: 1 }),
    ],
    'TermMonotonic',
    [
      ...quiet,
      send('b', 'a', 'RequestVote', { term: 3 }),
      state('b', { term: 2 }),
      receive('a', 'c', 'AppendEntries', { term: 1 }),
    ],
  ],
  'a request for votes of a term before the trace': [
    [recorded('starts', 'roles'), state('b', { term: 2 }), send('b', 'a', 'RequestVote', { term: 1 })],
    'RequestVote',
    [recorded('starts', 'roles'), begins('b', [], 2), send('b', 'a', 'RequestVote', { term: 1 })],
  ],
  'an answer that leaves in a later term': [
    [...laterTerm, send('b', 'a', 'AppendEntriesResponse', { term: 1, success: false })],
    'UpdateTerm',
    [...laterTerm, send('b', 'a', 'AppendEntriesResponse', { term: 4, success: false })],
  ],
  'an answer of which it is not told whether it rejects': [
    [...matched, send('b', 'a', 'AppendEntriesResponse', { term: 1 })],
    'RejectAppendEntriesRequest',
    [...matched, send('b', 'a', 'AppendEntriesResponse', { term: 1, success: false })],
  ],
  'an answer of which it is not told whether it accepts': [
    [...matched, send('b', 'a', 'AppendEntriesResponse', { term: 1, matchIndex: 5 })],
    'AcceptAppendEntriesRequest',
    [...matched, send('b', 'a', 'AppendEntriesResponse', { term: 1, matchIndex: 5, success: true })],
  ],
  'an acceptance of which it is not told how far it reaches': [
    counted(undefined, 2),
    'AdvanceCommitIndex',
    counted(undefined, 1),
  ],
  'a leader that is known by the first message that it sends': [
    [
      recorded('starts', 'receives'),
      ...starts,
      receive('a', 'b', 'RequestVoteResponse', { term: 1, granted: true }),
      send('a', 'b', 'AppendEntries', { term: 1 }),
    ],
    'BecomeLeader',
    [
      recorded('starts', 'receives'),
      ...starts,
      receive('a', 'b', 'RequestVoteResponse', { term: 1, granted: true }),
      send('a', 'b', 'AppendEntries', { term: 2 }),
    ],
  ],
  'entries that come twice, and are taken once': [
    [...taken, brings(3, 3, 2, [undefined]), ends(3, 4)],
    'AcceptAppendEntriesRequest',
    [...taken, brings(3, 3, 3, [undefined]), ends(3, 4)],
  ],
  'what came before a heartbeat, and was taken then': [
    [...unseen([], 0), brings(1, 0, 0, [1]), hears('AppendEntries', { term: 1, entries: [] }), ends(1, 1)],
    'AcceptAppendEntriesRequest',
    [...unseen([], 0), brings(1, 0, 0, [1]), hears('AppendEntries', { term: 1, entries: [] }), ends(1, 2)],
  ],
  'whose votes count when a leader is elected, and not when they change': [
    [...votersOf('a', 'b', 'c'), gets, leads, state('a', { term: 1, voters: [['a', 'c']] }), leads],
    'BecomeLeader',
    [...votersOf('a', 'c'), gets, leads],
  ],
  'entries of which it is not told where they stand': [
    [...appending, ...[3, 3, 1].map((term, digest) => sendsLess({ entries: entries(term, digest) }))],
    'LogMatching',
    [
      ...appending,
      puts('b', 2, [3]),
      ...[7, 8].map((digest) => sendsLess({ prevLogIndex: 1, entries: entries(3, digest) })),
    ],
  ],
  'a message that tells nothing of the log of its sender': [
    [...leading([]), sendsLess({}), ends(3, 0)],
    'ClientRequest',
    [...leading([1]), sendsLess({}), ends(3, 0)],
  ],
  'the place of entries of which the number is not told': [
    [...appending, sendsLess({ prevLogIndex: 1, prevLogTerm: 1 })],
    'AppendEntries',
    [...appending, sendsLess({ prevLogIndex: 2 })],
  ],
  'the number of entries of which the terms are not told': [
    [...leading([]), sends(0, 0, [undefined, undefined]), ends(3, 2)],
    'ClientRequest',
    [...leading([]), sends(0, 0, [undefined, undefined]), ends(3, 1)],
  ],
  'entries that a leader sends without their terms': [
    [...leading([1, undefined]), sends(1, 1, [undefined]), sends(2, 1, []), sends(2, 1, [])],
    'AppendEntries',
    [...leading([1, undefined]), sends(1, 1, [undefined]), sends(2, 1, []), sends(2, 2, [])],
  ],
  'the terms of entries that follow one of which the term is not told': [
    [...leading([1, 1]), sendsLess({ prevLogIndex: 1, entries: [{ term: 1 }] })],
    'AppendEntries',
    [...leading([1, 1]), sendsLess({ prevLogIndex: 1, entries: [{ term: 2 }] })],
  ],
  'a lower commit index that a leader sends, which is no reason for its own to fall': [
    [...leading([1, 1]), state('b', { term: 3, commitIndex: 2 }), sends(0, 0, [], 1), commits(2)],
    'CommitMonotonic',
    [...leading([1, 1]), state('b', { term: 3, commitIndex: 2 }), sends(0, 0, [], 1), commits(1)],
  ],
  'a message without a commit index, which is no reason for that of its sender to fall': [
    [...leading([1, 1]), state('b', { term: 3, commitIndex: 2 }), sendsLess({}), commits(2)],
    'CommitMonotonic',
    [...leading([1, 1]), state('b', { term: 3, commitIndex: 2 }), sendsLess({}), commits(1)],
  ],
  'a commit index that a leader recovered, and sends later': [
    [...recovered, sends(0, 0, [], 1), applies(2)],
    'Apply',
    [...recovered, sends(0, 0, [], 1), applies(3)],
  ],
  'entries that may leave when their sender leads no more, where roles are not recorded': [
    [...sent, state('b', { commitIndex: 0 }), puts('b', 1, [2]), sendsIt],
    'AppendEntries',
    [...sent.slice(0, -1), state('b', { term: 1, commitIndex: 0 }), puts('b', 1, [1]), sendsIt],
  ],
};

describe('raftPartial and messages', () => {
  it.for(Object.entries(PAIRS))('looks at %s', ([, pair]) => expectPair(pair));
});
