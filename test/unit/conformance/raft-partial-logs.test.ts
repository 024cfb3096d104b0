import { describe, it } from 'vitest';
import {
  at,
  begins,
  brings,
  election,
  ends,
  entries,
  expectPair,
  first,
  ofTerms,
  type Pair,
  puts,
  receive,
  recorded,
  send,
  silent,
  starts,
  state,
  told,
  unseen,
} from './partial-steps.js';

const snapshot = (lastIncludedIndex: number, lastIncludedTerm?: number) =>
  receive('b', 'a', 'InstallSnapshot', { term: 3, lastIncludedIndex, lastIncludedTerm });
const applies = (node: string, from: number, applied: readonly object[]) =>
  at(node, 'Apply', { from, entries: applied });
const campaigned = [recorded('starts', 'roles', 'appends'), ...starts, at('b', 'BecomeCandidate')];
/** Nothing is known of b's log but that it has an entry. */
const unknown = [
  recorded('starts', 'appends', 'commits'),
  at('b', 'InitState', { term: 2 }),
  state('b', { term: 2, commitIndex: 1 }),
];
const leadsAfter = (prevLogTerm: number) => [
  state('b', { term: 2, role: 'leader' }),
  send('b', 'a', 'AppendEntries', { term: 2, prevLogIndex: 1, prevLogTerm, entries: [] }),
];
const leadsWith = (term: number, commitIndex: number) => state('b', { term, role: 'leader', commitIndex });
/** a commits an entry of term 1 as its leader. */
const committed = [
  ...silent,
  state('a', { term: 1, role: 'leader' }),
  puts('a', 1, [1]),
  at('a', 'AdvanceCommit', { commitIndex: 1, leader: true }),
];
/** Entries came to b of which it is not told how many. */
const opened = [...unseen([], 0), receive('b', 'a', 'AppendEntries', { term: 1, leaderCommit: 3 })];
/** Entries came, and none to b, which begins in term 1. */
const unsent = [
  recorded('starts', 'appends', 'receives'),
  begins('b', [], 1),
  receive('c', 'a', 'AppendEntries', { term: 0, entries: [] }),
];
/** a leads, and b has acknowledged its entry. */
const counted = [
  recorded('starts', 'roles', 'appends', 'commits', 'receives', 'durability'),
  ...election.filter(({ name }) => name !== 'Send'),
  puts('a', 1, [1]),
  receive('a', 'b', 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 1 }),
];

const TAKEN: Readonly<Record<string, Pair>> = {
  'entries that conflict, which are dropped with all that follows them': [
    [...unseen([1, 2, 3, 3], 3), brings(4, 1, 1, [2, 4]), ends(4, 3, 4)],
    'AcceptAppendEntriesRequest',
    [...unseen([1, 2, 3, 3], 3), brings(4, 1, 1, [2, 3]), ends(4, 3)],
  ],
  'entries of unknown term, which may conflict with a later one': [
    [...unseen([1, undefined, 3], 3), brings(3, 1, 1, [3]), ends(3, 2)],
    'AcceptAppendEntriesRequest',
    [...unseen([1, 3, 3], 3), brings(3, 1, 1, [3]), ends(3, 2)],
  ],
  'entries of unknown term, which may conflict with an earlier one': [
    [...unseen([1, undefined, 3], 3), brings(3, 1, 1, [1]), ends(3, 2)],
    'AcceptAppendEntriesRequest',
    [...unseen([1, 1, 3], 3), brings(3, 1, 1, [1]), ends(3, 2)],
  ],
  'entries that are sent without their terms, which may conflict': [
    [...unseen([1, 1, 1], 1), brings(3, 1, 1, [undefined]), ends(3, 2)],
    'AcceptAppendEntriesRequest',
    [...unseen([1, 1, 1], 1), brings(3, 1, 1, [1]), ends(3, 2)],
  ],
  'entries that are committed, which no message drops': [
    [
      ...unseen([1, 1, 1, 1], 1),
      state('b', { term: 1, commitIndex: 2 }),
      brings(3, 0, 0, [undefined, undefined, undefined]),
      ends(3, 3),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...unseen([1, 1, 1, 1], 1),
      state('b', { term: 1, commitIndex: 2 }),
      brings(3, 0, 0, [undefined, undefined]),
      ends(3, 2),
    ],
  ],
  'the terms of what is committed, which stays where what follows is dropped': [
    [
      ...unseen([1, 1, 2], 2),
      state('b', { term: 2, commitIndex: 2 }),
      brings(3, 0, 0, [undefined, undefined, undefined]),
      brings(3, 2, 1, [undefined, undefined]),
      ends(3, 4),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...unseen([1, 1, 2], 2),
      state('b', { term: 2, commitIndex: 2 }),
      brings(3, 0, 0, [undefined, undefined, undefined]),
      brings(3, 2, 3, [undefined, undefined]),
      ends(3, 4),
    ],
  ],
  'the terms of what matches, which stays where what follows is dropped': [
    [...unseen([1, 1, 2], 2), brings(3, 2, 1, [3]), brings(3, 1, 1, [undefined, undefined, undefined]), ends(3, 4)],
    'AcceptAppendEntriesRequest',
    [...unseen([1, 1, 2], 2), brings(3, 2, 1, [3]), brings(3, 1, 2, [undefined, undefined, undefined]), ends(3, 4)],
  ],
  'entries whose terms do not fall': [
    [...unseen([1, 1], 1), brings(3, 1, 1, [2, 3]), ends(3, 3)],
    'AcceptAppendEntriesRequest',
    [...unseen([1, 1], 1), brings(3, 1, 1, [3, 2]), ends(3, 3)],
  ],
  'entries after the end of the log, where the term before them is not told': [
    [...unseen([undefined], 1), brings(2, 1, undefined, [undefined]), ends(2, 2, 1)],
    'AcceptAppendEntriesRequest',
    [...unseen([undefined], 1), brings(2, 2, undefined, [undefined]), ends(2, 3)],
  ],
  'what came before a message, and was taken after the node had said where its log ends': [
    [...unseen([], 0), brings(1, 0, 0, [1]), ends(1, 0), brings(1, 1, 1, [1]), ends(1, 2)],
    'AcceptAppendEntriesRequest',
    [...unseen([], 0), brings(1, 0, 0, [1]), ends(1, 0), brings(1, 2, 1, [1]), ends(1, 3)],
  ],
  'a snapshot of more than is committed': [
    [...unseen([1, 1, 1, 1, 1], 1), state('b', { term: 1, commitIndex: 3 }), snapshot(4, 1), ends(3, 4)],
    'AcceptAppendEntriesRequest',
    [...unseen([1, 1, 1, 1, 1], 1), state('b', { term: 1, commitIndex: 3 }), snapshot(3, 1), ends(3, 3)],
  ],
  'what a snapshot that is taken unseen applies': [
    [
      ...unseen([1], 1),
      state('b', { term: 1, commitIndex: 1, applied: 1 }),
      snapshot(4, 1),
      state('b', { term: 3, lastIndex: 4, commitIndex: 4, applied: 4 }),
    ],
    'Apply',
    [
      ...unseen([1], 1),
      state('b', { term: 1, commitIndex: 1, applied: 1 }),
      snapshot(4, 1),
      state('b', { term: 3, lastIndex: 4, commitIndex: 4, applied: 5 }),
    ],
  ],
  'the term of the last entry of a snapshot that is taken unseen': [
    [...unseen([1], 1), snapshot(4, 2), brings(3, 4, 2, [undefined]), ends(3, 5)],
    'AcceptAppendEntriesRequest',
    [...unseen([1], 1), snapshot(4, 2), brings(3, 4, 3, [undefined]), ends(3, 5)],
  ],
  'a snapshot without a term, after which a term is not known': [
    [...unseen([1], 1), snapshot(4), brings(3, 4, 3, [undefined]), ends(3, 5)],
    'AcceptAppendEntriesRequest',
    [...unseen([1], 1), snapshot(4), brings(3, 5, 3, [undefined]), ends(3, 6)],
  ],
  'a snapshot of no earlier term than what is committed': [
    [...unseen([2], 2), state('b', { term: 2, commitIndex: 1 }), snapshot(4, 2), ends(3, 4)],
    'AcceptAppendEntriesRequest',
    [...unseen([2], 2), state('b', { term: 2, commitIndex: 1 }), snapshot(4, 1), ends(3, 4)],
  ],
  'what follows the last entry of a snapshot, which is retained where that is there': [
    [
      recorded('starts', 'roles', 'receives', 'commits'),
      begins('b', [1, 1, 1, 1], 1),
      state('b', { term: 1, commitIndex: 0 }),
      snapshot(2, 1),
      state('b', { term: 3, applied: 2 }),
      ends(3, 4),
    ],
    'AcceptAppendEntriesRequest',
    [
      recorded('starts', 'roles', 'receives', 'commits'),
      begins('b', [1, 2, 2, 2], 2),
      state('b', { term: 2, commitIndex: 0 }),
      snapshot(2, 1),
      state('b', { term: 3, applied: 2 }),
      ends(3, 4),
    ],
  ],
  'entries that a node puts into its log': [
    [
      ...silent,
      at('a', 'Append', { from: 1, entries: entries(1, 7) }),
      at('b', 'Append', { from: 1, entries: entries(1, 7) }),
    ],
    'LogMatching',
    [
      ...silent,
      at('a', 'Append', { from: 1, entries: entries(1, 7) }),
      at('b', 'Append', { from: 1, entries: entries(1, 8) }),
    ],
  ],
  'the terms of a log with which a node begins, which do not fall': [
    [...silent, begins('b', [1, 2], 2), ends(2, 2, 2)],
    'AcceptAppendEntriesRequest',
    [...silent, begins('b', [2, 1], 2)],
  ],
  'the terms of what follows a snapshot, which do not fall': [
    [...silent, at('b', 'InstallSnapshot', { index: 3, term: 2, log: ofTerms([2]) }), ends(2, 4, 2)],
    'AcceptAppendEntriesRequest',
    [...silent, at('b', 'InstallSnapshot', { index: 3, term: 2, log: ofTerms([1]) }), ends(2, 4)],
  ],
  'a gap in the log of a leader, which it cannot have in any role': [
    [...silent, state('b', { term: 1, role: 'leader' }), puts('b', 1, [1])],
    'ClientRequest',
    [...silent, state('b', { term: 1, role: 'leader' }), puts('b', 5, [1])],
  ],
  'entries of a node that led a later term than it told, where roles are not recorded': [
    [...unsent, puts('b', 1, [2])],
    'AcceptAppendEntriesRequest',
    [...unsent, puts('b', 1, [1])],
  ],
  'entries that take the place of others, and their terms': [
    [...silent, puts('b', 1, [1, 1]), puts('b', 2, [3, 3]), puts('b', 3, [4]), ends(4, 3, 4)],
    'AcceptAppendEntriesRequest',
    [...silent, puts('b', 1, [1, 1]), puts('b', 2, [3, 3]), puts('b', 3, [4]), ends(4, 3, 1)],
  ],
  'a change of the log of which the entries are not told': [
    [...silent, at('b', 'Append', { from: 1 }), ends(1, 9)],
    'AcceptAppendEntriesRequest',
    [...silent, puts('b', 1, [1]), ends(1, 9)],
  ],
  'entries that are appended again, which are no reason to drop what follows': [
    [...told([1, 1], 1), brings(1, 1, 1, [1]), puts('b', 2, [1])],
    'AcceptAppendEntriesRequest',
    [...told([1, 1, 1], 1), brings(1, 1, 1, [1]), puts('b', 2, [1])],
  ],
  'a follower that drops what conflicts, though the message does not match': [
    [...told([1, 1, 2], 3), brings(3, 2, 3, [3]), puts('b', 2, [])],
    'AcceptAppendEntriesRequest',
    [...told([1, 1, 2], 3), brings(3, 2, 3, [3]), puts('b', 2, [3])],
  ],
  'the term of what a leader adds': [
    [...silent, state('b', { term: 2, role: 'leader' }), puts('b', 1, [undefined]), ends(2, 1, 2)],
    'AcceptAppendEntriesRequest',
    [...silent, state('b', { term: 2, role: 'leader' }), puts('b', 1, [undefined]), ends(2, 1, 1)],
  ],
  'the term of what a leader adds before it tells its own': [
    [...campaigned, at('b', 'BecomeLeader'), puts('b', 1, [undefined]), ends(4, 1, 4)],
    'AcceptAppendEntriesRequest',
    [...campaigned, at('b', 'BecomeLeader'), puts('b', 1, [undefined]), ends(4, 1, 5)],
  ],
  'the length of the log of a leader that records what it adds': [
    [...silent, state('b', { term: 2, role: 'leader' }), puts('b', 1, [2]), ends(2, 1)],
    'ClientRequest',
    [...silent, state('b', { term: 2, role: 'leader' }), puts('b', 1, [2]), ends(2, 2)],
  ],
  'the log of a leader that took entries unseen before': [
    [
      ...unseen([1], 1),
      receive('b', 'a', 'AppendEntries', { term: 1 }),
      at('b', 'BecomeCandidate', { term: 2 }),
      at('b', 'BecomeLeader', { term: 2 }),
      ends(2, 3, 1),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...unseen([1], 1),
      receive('b', 'a', 'AppendEntries', { term: 1 }),
      at('b', 'BecomeCandidate', { term: 2 }),
      at('b', 'BecomeLeader', { term: 2 }),
      ends(2, 3, 3),
    ],
  ],
  'what came last, and was taken after the node had said where its log ends': [
    [...unseen([], 0), brings(1, 0, 0, [1]), ends(1, 0), ends(1, 1)],
    'AcceptAppendEntriesRequest',
    [...unseen([], 0), brings(1, 0, 0, [1]), ends(1, 0), ends(1, 2)],
  ],
  'the term of a last entry of which the index is known': [
    [...unknown, state('b', { term: 2, lastTerm: 2 }), ...leadsAfter(1)],
    'AppendEntries',
    [...unknown, ends(2, 1, 2), ...leadsAfter(1)],
  ],
  'a leader that tells what it committed as a follower': [
    [...silent, puts('b', 1, [1, 1]), ...[1, 1].map((index) => leadsWith(2, index))],
    'AdvanceCommitIndex',
    [...silent, puts('b', 1, [1, 1]), ...[1, 2].map((index) => leadsWith(2, index))],
  ],
  'a node that says that it has recovered its commit index': [
    [...unseen([1], 1), brings(1, 0, 0, [1]), state('b', { term: 1, commitIndex: 1 })],
    'FollowerCommit',
    [
      ...unseen([1], 1),
      state('b', { term: 1, commitIndex: 0 }),
      brings(1, 0, 0, [1]),
      state('b', { term: 1, commitIndex: 1 }),
    ],
  ],
  'a follower that commits where no entries are recorded that come': [
    [
      recorded('starts', 'receives', 'appends'),
      ...starts,
      receive('b', 'a', 'RequestVote', { term: 1 }),
      puts('b', 1, [1]),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
    ],
    'FollowerCommit',
    [
      recorded('starts', 'receives', 'appends'),
      ...starts,
      brings(1, 0, 0, [1]),
      puts('b', 1, [1]),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
    ],
  ],
  'what a follower commits in a later term, which is not of that term': [
    [
      ...committed,
      puts('b', 1, [1]),
      state('b', { term: 2 }),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
    ],
    'StateMachineSafety',
    [
      ...committed,
      puts('b', 1, [undefined]),
      state('b', { term: 2, role: 'leader' }),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: true }),
    ],
  ],
  'a log that reaches what is committed': [
    [...opened, state('b', { term: 1, commitIndex: 3 }), ends(1, 4)],
    'AcceptAppendEntriesRequest',
    [...opened, state('b', { term: 1, commitIndex: 3 }), ends(1, 2)],
  ],
  'entries of a leader that it counts once they are durable': [
    [
      ...counted,
      at('a', 'Durable', { lastIndex: 1 }),
      at('a', 'AdvanceCommit', { term: 1, commitIndex: 1, leader: true }),
    ],
    'AdvanceCommitIndex',
    [...counted, at('a', 'AdvanceCommit', { term: 1, commitIndex: 1, leader: true })],
  ],
  'what is applied where the commit index advances unseen': [
    [...unseen([1, 1], 1), state('b', { term: 1, commitIndex: 1 }), state('b', { term: 1, applied: 2 })],
    'Apply',
    [...unseen([1, 1], 1), state('b', { term: 1, commitIndex: 1, applied: 2 })],
  ],
  'entries that are applied where the commit index advances unseen': [
    [
      ...unseen([1, 1], 1),
      state('b', { term: 1, commitIndex: 1, applied: 1 }),
      at('b', 'Apply', { from: 2, entries: [{}] }),
    ],
    'Apply',
    [
      recorded('starts', 'roles', 'receives', 'commits'),
      begins('b', [1, 1], 1),
      state('b', { term: 1, commitIndex: 1, applied: 1 }),
      at('b', 'Apply', { from: 2, entries: [{}] }),
    ],
  ],
  'a commit index that reaches what is applied': [
    [...unseen([1, 1], 1), state('b', { term: 1, applied: 2 }), state('b', { term: 1, commitIndex: 2 })],
    'CommitMonotonic',
    [...unseen([1, 1], 1), state('b', { term: 1, applied: 2 }), state('b', { term: 1, commitIndex: 1 })],
  ],
  'entries that are applied, which are those that were sent': [
    [recorded('starts'), ...starts, receive('b', 'a', 'AppendEntries', first), applies('b', 1, entries(1, 7))],
    'LogMatching',
    [recorded('starts'), ...starts, receive('b', 'a', 'AppendEntries', first), applies('b', 1, entries(1, 8))],
  ],
  'the terms of entries that are applied': [
    [recorded('starts'), ...starts, applies('a', 1, ofTerms([1, 2])), applies('b', 2, ofTerms([2]))],
    'StateMachineSafety',
    [recorded('starts'), ...starts, applies('a', 1, ofTerms([1, 2])), applies('b', 2, ofTerms([3]))],
  ],
  'entries that are applied before others of which the terms are told': [
    [
      recorded('starts'),
      ...starts,
      applies('a', 1, [{}]),
      applies('b', 1, ofTerms([1])),
      at('c', 'Apply', { from: 1 }),
    ],
    'StateMachineSafety',
    [
      recorded('starts'),
      ...starts,
      applies('a', 1, [{}]),
      applies('b', 1, ofTerms([1])),
      applies('c', 1, ofTerms([2])),
    ],
  ],
};

describe('raftPartial and the logs of nodes', () => {
  it.for(Object.entries(TAKEN))('looks at %s', ([, pair]) => expectPair(pair));
});
