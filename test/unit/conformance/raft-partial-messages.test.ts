import { describe, expect, it } from 'vitest';
import { brokenRules, judgePartial } from '../../support/partial-traces.js';
import {
  at,
  begins,
  brings,
  ends,
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
};

describe('raftPartial and messages', () => {
  it.for(Object.entries(PAIRS))('looks at %s', ([, [legal, rule, wrong]]) => {
    expect(judgePartial(legal).anomalies.map(({ story }) => story)).toEqual([]);
    expect(brokenRules(judgePartial(wrong))).toEqual([rule]);
  });
});
