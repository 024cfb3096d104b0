import { describe, it } from 'vitest';
import type { TraceLine } from '../../support/partial-traces.js';
import {
  at,
  begins,
  brings,
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
 * What came to a process in its life, and is not known to the one after it: how many votes and acknowledgements, which
 * entries it may take, how far it may commit.
 */

const hears = (fields: object) => receive('b', 'a', 'AppendEntries', { entries: [], leaderCommit: 0, ...fields });
const acks = (matchIndex: number) => send('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex });
const leads = (term: number, fields: object = {}) => state('b', { term, role: 'leader', ...fields });
const commits = (commitIndex: number, leader: boolean) => at('b', 'AdvanceCommit', { commitIndex, leader });
const asks = (term: number, lastLogIndex: number) =>
  send('b', 'a', 'RequestVote', { term, lastLogIndex, lastLogTerm: 1 });
const wins = [at('b', 'BecomeCandidate', { term: 1 }), at('b', 'BecomeLeader', { term: 1 })];
const counting = [recorded('starts', 'appends', 'receives'), ...starts];
const open = recorded('starts', 'roles', 'receives', 'commits');
const uncommitted = state('b', { term: 1, commitIndex: 0 });
const unfit = brings(1, 5, 1, [1]);

/** b has the vote of c. Starts are recorded now and then only. */
const elected = [
  recorded('receives'),
  ...starts,
  state('b', { term: 1 }),
  receive('b', 'c', 'RequestVoteResponse', { term: 1, granted: true }),
];
const sendsEntries = send('b', 'a', 'AppendEntries', { term: 1 });

/** b begins before what comes to it, which allows what it does at last; or after that. */
const forgets = (
  header: readonly TraceLine[],
  begin: TraceLine,
  came: readonly TraceLine[],
  does: readonly TraceLine[],
  rule: string,
): Pair => [[...header, begin, ...came, ...does], rule, [...header, ...came, begin, ...does]];

const PAIRS: Readonly<Record<string, Pair>> = {
  'acknowledgements that came to the process before': forgets(
    counting,
    begins('b', [1], 1),
    [receive('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 1 })],
    [leads(1), at('b', 'AdvanceCommit', { term: 1, commitIndex: 1, leader: true })],
    'AdvanceCommitIndex',
  ),
  'a term that the process before led, of which no message may leave now': forgets(
    roles,
    begins('b', [], 0),
    wins,
    [at('b', 'UpdateTerm', { term: 2 }), send('b', 'a', 'AppendEntries', { term: 1, entries: [] })],
    'AppendEntries',
  ),
  'a leader that the process before followed': forgets(
    counting,
    begins('b', [1], 1),
    [hears({ term: 3 })],
    [state('b', { term: 3 }), asks(3, 2)],
    'RequestVote',
  ),
  'how far entries reached that came to the process before': forgets(
    [open, begins('c', [], 0), receive('c', 'a', 'AppendEntries', { term: 1, entries: [] })],
    begins('b', [1], 1),
    [brings(1, 0, 0, [1])],
    [uncommitted, acks(1)],
    'AcceptAppendEntriesRequest',
  ),
  'where entries stood that came to the process before': forgets(
    told([], 0),
    begins('b', [], 1),
    [brings(1, 0, 0, [1])],
    [unfit, puts('b', 1, [1])],
    'AcceptAppendEntriesRequest',
  ),
  'a term that the process before entered': [
    [...roles, begins('b', [], 2), state('b', { term: 3 }), at('b', 'BecomeCandidate', { term: 3 })],
    'RequestVote',
    [...roles, state('b', { term: 3 }), begins('b', [], 3), at('b', 'BecomeCandidate', { term: 3 })],
  ],
  'how far the leader of the process before had committed': forgets(
    [recorded('starts', 'roles', 'appends', 'receives'), begins('b', [1], 1)],
    begins('b', [1], 1),
    [hears({ term: 1, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 1 })],
    [hears({ term: 1, prevLogIndex: 1, prevLogTerm: 1 }), uncommitted, commits(1, false)],
    'FollowerCommit',
  ),
  'what the process before told as a leader, which this one may learn as a follower': [
    [
      recorded('starts', 'appends', 'commits'),
      begins('b', [1, 1], 2),
      leads(2, { commitIndex: 1 }),
      begins('b', [1, 1], 2),
    ].concat(leads(2, { commitIndex: 2 })),
    'AdvanceCommitIndex',
    [
      recorded('starts', 'appends', 'commits'),
      begins('b', [1, 1], 2),
      leads(2, { commitIndex: 1 }),
      leads(2, { commitIndex: 2 }),
    ],
  ],
  'votes that came to the process before, where it is seen by its term alone that another began': [
    [...elected, state('b', { term: 1 }), sendsEntries],
    'BecomeLeader',
    [...elected, state('b', { term: 0 }), sendsEntries],
  ],
  'more messages than are remembered, of which any may be taken': [
    [...told([], 0), ...Array(65).fill(unfit), puts('b', 1, [1])],
    'AcceptAppendEntriesRequest',
    [...told([], 0), ...Array(64).fill(unfit), puts('b', 1, [1])],
  ],
  'more messages than are remembered, and others after those': [
    [...told([], 0), ...Array(66).fill(unfit), puts('b', 1, [1])],
    'AcceptAppendEntriesRequest',
    [...told([], 0), ...Array(66).fill(unfit), begins('b', [], 1), unfit, puts('b', 1, [1])],
  ],
  'a message of an earlier term than another, which is not taken any more': [
    [...told([], 0), brings(2, 5, 1, [2]), brings(2, 0, 0, [1]), puts('b', 1, [1])],
    'AcceptAppendEntriesRequest',
    [...told([], 0), brings(2, 5, 1, [2]), brings(1, 0, 0, [1]), puts('b', 1, [1])],
  ],
  'a message after which one of a later term comes': [
    [...told([], 0), brings(2, 0, 0, [1]), brings(2, 5, 1, [2]), puts('b', 1, [1])],
    'AcceptAppendEntriesRequest',
    [...told([], 0), brings(1, 0, 0, [1]), brings(2, 5, 1, [2]), puts('b', 1, [1])],
  ],
  'what one message says of the log, and another of the commit index of its leader': [
    [
      ...told([1], 1),
      uncommitted,
      brings(1, 1, 1, []),
      hears({ term: 1, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 1 }),
    ].concat(commits(1, false)),
    'FollowerCommit',
    [
      ...told([1], 1),
      uncommitted,
      brings(1, 1, 1, []),
      hears({ term: 2, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 1 }),
    ].concat(commits(1, false)),
  ],
  'what a message says of the commit index, and a later one of the log': [
    [
      ...told([1], 1),
      uncommitted,
      hears({ term: 1, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 1 }),
      brings(1, 1, 1, []),
    ].concat(commits(1, false)),
    'FollowerCommit',
    [
      ...told([1], 1),
      uncommitted,
      hears({ term: 1, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 1 }),
      brings(2, 1, 1, []),
    ].concat(commits(1, false)),
  ],
  'a message of an earlier leader, which says nothing of what the later one has': [
    [
      ...told([1], 1),
      uncommitted,
      brings(2, 1, 1, []),
      hears({ term: 2, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 1 }),
    ].concat(commits(1, false)),
    'FollowerCommit',
    [
      ...told([1], 1),
      uncommitted,
      brings(2, 1, 1, []),
      hears({ term: 1, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 1 }),
    ].concat(commits(1, false)),
  ],
};

describe('raftPartial and the lives of processes', () => {
  it.for(Object.entries(PAIRS))('looks at %s', ([, pair]) => expectPair(pair));
});
