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
  send,
  silent,
  starts,
  state,
  type Terms,
  told,
  unseen,
} from './partial-steps.js';

const hears = (message: object) => receive('b', 'a', 'AppendEntries', message);
const acks = (matchIndex: number) => send('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex });
const commits = (node: string, commitIndex: number, leader: boolean) =>
  at(node, 'AdvanceCommit', { commitIndex, leader });
const applies = (node: string, from: number, ...entries: readonly object[]) => at(node, 'Apply', { from, entries });
const elected = (term: number) => [at('b', 'BecomeCandidate', { term }), at('b', 'BecomeLeader', { term })];
/** b leads term 3, and records what it adds to its log. */
const leading = (terms: Terms) => [recorded('starts', 'roles', 'appends'), begins('b', terms, 1), ...elected(3)];
const sends = (prevLogIndex: number, prevLogTerm: number, entries: readonly object[] = []) =>
  send('b', 'a', 'AppendEntries', { term: 3, prevLogIndex, prevLogTerm, entries });
/** b has been sent an entry, and had not taken it when it said where its log ends. */
const waiting = [...unseen([], 1), brings(1, 0, 0, [1]), ends(1, 0)];
const replacing = [...unseen([1, 1], 1), brings(2, 0, 0, [2, 2])];
const open = state('b', { term: 1, lastIndex: 0, commitIndex: 0 });
const isLeader = (node: string, term: number) => state(node, { term, role: 'leader' });
/** b leads term 3, with a log of three entries, and gets a message of its own. */
const itself = [
  ...unseen([1, 1, 1], 1),
  ...elected(3),
  receive('b', 'b', 'AppendEntries', { term: 3, prevLogIndex: 0, prevLogTerm: 0, entries: [{}] }),
];
const extended = [
  ...unseen([1, undefined], 1),
  brings(2, 2, undefined, [undefined]),
  ends(2, 3),
  brings(3, 2, 1, [undefined, undefined]),
  ends(3, 4),
];
const applying = [recorded('starts'), ...starts];
const applied = (commitIndex: number) => state('b', { term: 1, commitIndex, applied: 1 });

const PAIRS: Readonly<Record<string, Pair>> = {
  'entries that take the place of as many others, after the node told of those': [
    [...replacing, ends(2, 2, 1), ends(2, 2, 2)],
    'AcceptAppendEntriesRequest',
    [...replacing, ends(2, 2, 2), ends(2, 2, 1)],
  ],
  'the term of the last entry, which is another one when entries were taken': [
    [...replacing, ...[1, 2].map((lastTerm) => state('b', { term: 2, lastTerm }))],
    'AcceptAppendEntriesRequest',
    [...replacing, ...[2, 1].map((lastTerm) => state('b', { term: 2, lastTerm }))],
  ],
  'an acknowledgement of entries that were taken since the node told of its log': [
    [...waiting, acks(1)],
    'AcceptAppendEntriesRequest',
    [...waiting, acks(2)],
  ],
  'a request for votes with entries that were taken since the node told of its log': [
    [
      ...waiting,
      at('b', 'BecomeCandidate', { term: 2 }),
      send('b', 'a', 'RequestVote', { term: 2, lastLogIndex: 1, lastLogTerm: 1 }),
    ],
    'RequestVote',
    [
      ...waiting,
      at('b', 'BecomeCandidate', { term: 2 }),
      send('b', 'a', 'RequestVote', { term: 2, lastLogIndex: 2, lastLogTerm: 1 }),
    ],
  ],
  'a commit index that reaches entries that were taken since the node told of its log': [
    [
      ...unseen([], 1),
      hears({ term: 1, prevLogIndex: 0, prevLogTerm: 0, entries: [{ term: 1 }], leaderCommit: 1 }),
      open,
      state('b', { term: 1, commitIndex: 1 }),
    ],
    'FollowerCommit',
    [
      ...unseen([], 1),
      hears({ term: 1, prevLogIndex: 0, prevLogTerm: 0, entries: [{ term: 1 }], leaderCommit: 0 }),
      open,
      state('b', { term: 1, commitIndex: 1 }),
    ],
  ],
  'entries of which it is not told after which they come': [
    [...unseen([1], 1), hears({ term: 1, entries: [{}] }), ends(1, 5)],
    'AcceptAppendEntriesRequest',
    [...unseen([1], 1), hears({ term: 1, prevLogIndex: 1, entries: [{}] }), ends(1, 5)],
  ],
  'entries of which it is not told how many come': [
    [...unseen([1], 1), hears({ term: 1, prevLogIndex: 1 }), ends(1, 5)],
    'AcceptAppendEntriesRequest',
    [...unseen([1], 1), hears({ term: 1, prevLogIndex: 1, entries: [] }), ends(1, 5)],
  ],
  'a message of a leader to itself, which takes nothing from its log': [
    [...itself, ends(3, 3)],
    'ClientRequest',
    [...itself, ends(3, 1)],
  ],
  'entries that are applied after a snapshot that was taken unseen': [
    [
      ...unseen([1], 1),
      applied(1),
      receive('b', 'a', 'InstallSnapshot', { term: 1, lastIncludedIndex: 4 }),
      applies('b', 5, {}),
    ],
    'Apply',
    [
      ...unseen([1], 1),
      applied(1),
      receive('b', 'a', 'InstallSnapshot', { term: 1, lastIncludedIndex: 4 }),
      applies('b', 6, {}),
    ],
  ],
  'what is committed where less is applied': [
    [...unseen([1, 1], 1), applied(2), brings(1, 2, 1, [1]), state('b', { term: 1, commitIndex: 2 })],
    'FollowerCommit',
    [...unseen([1, 1], 1), applied(2), brings(1, 2, 1, [1]), state('b', { term: 1, commitIndex: 3 })],
  ],
  'the terms of the entries that a follower appends, which do not fall': [
    [...silent, state('b', { term: 3, role: 'follower' }), puts('b', 1, [1, undefined, 2])],
    'AcceptAppendEntriesRequest',
    [...silent, state('b', { term: 3, role: 'follower' }), puts('b', 1, [2, undefined, 1])],
  ],
  'the terms of the entries before those that a follower appends': [
    [...silent, state('b', { term: 3, role: 'follower' }), puts('b', 1, [2]), puts('b', 2, [2])],
    'AcceptAppendEntriesRequest',
    [...silent, state('b', { term: 3, role: 'follower' }), puts('b', 1, [2]), puts('b', 2, [1])],
  ],
  'the terms of the entries that a leader of an unknown term adds': [
    [...leading([1]).slice(0, 2), at('b', 'BecomeCandidate'), at('b', 'BecomeLeader'), puts('b', 2, [4, 4])],
    'ClientRequest',
    [...leading([1]).slice(0, 2), at('b', 'BecomeCandidate'), at('b', 'BecomeLeader'), puts('b', 2, [5, 4])],
  ],
  'a leader that adds nothing, whose last entry is as old as before': [
    [...leading([undefined]), puts('b', 2, []), sends(1, 1)],
    'AppendEntries',
    [...leading([undefined]), puts('b', 2, [undefined]), sends(1, 1), sends(2, 1)],
  ],
  'a message that matches, of which it is not told how many entries it brings': [
    [...told([1], 1), hears({ term: 1, prevLogIndex: 1, prevLogTerm: 1 }), puts('b', 2, [1])],
    'AcceptAppendEntriesRequest',
    [...told([1], 1), hears({ term: 1, prevLogIndex: 2, prevLogTerm: 1 }), puts('b', 2, [1])],
  ],
  'a message of which it is not told where it stands, beside one that does not match': [
    [...told([], 0), brings(1, 3, 1, [1]), hears({ term: 1, prevLogTerm: 1, entries: [{}] }), puts('b', 1, [1])],
    'AcceptAppendEntriesRequest',
    [...told([], 0), brings(1, 3, 1, [1]), brings(1, 1, 1, [1]), puts('b', 1, [1])],
  ],
  'more messages than are remembered, of which the first one may be taken': [
    [...told([], 0), brings(1, 0, 0, [1]), ...Array(64).fill(brings(1, 5, 1, [1])), puts('b', 1, [1])],
    'AcceptAppendEntriesRequest',
    [...told([], 0), ...Array(64).fill(brings(1, 5, 1, [1])), puts('b', 1, [1])],
  ],
  'an index that one leader commits twice, as far as it is told': [
    [
      recorded('commits'),
      isLeader('b', 1),
      commits('b', 1, true),
      state('b', { term: 1, commitIndex: 0 }),
      isLeader('b', 1),
      commits('b', 1, true),
    ],
    'StateMachineSafety',
    [recorded('commits'), isLeader('b', 1), commits('b', 1, true), isLeader('a', 2), commits('a', 1, true)],
  ],
  'the terms of entries that were applied first by a node that does not tell them': [
    [
      ...applying,
      applies('a', 1, { digest: 7 }),
      applies('b', 1, { term: 1 }),
      applies('c', 1, { term: 1, digest: 7 }),
    ],
    'StateMachineSafety',
    [
      ...applying,
      applies('a', 1, { digest: 7 }),
      applies('b', 1, { term: 1 }),
      applies('c', 1, { term: 2, digest: 7 }),
    ],
  ],
  'the digests of entries that were applied first by a node that does not tell them': [
    [...applying, applies('a', 1, { term: 1 }), applies('b', 1, { digest: 7 }), applies('c', 1, { digest: 7 })],
    'StateMachineSafety',
    [...applying, applies('a', 1, { term: 1 }), applies('b', 1, { digest: 7 }), applies('c', 1, { digest: 8 })],
  ],
  'the term of an entry after which others came, though it was not told then': [
    [...extended, brings(3, 2, 1, [undefined, undefined, undefined]), ends(3, 5)],
    'AcceptAppendEntriesRequest',
    [...extended, brings(3, 2, 2, [undefined, undefined, undefined]), ends(3, 5)],
  ],
};

describe('raftPartial and what is taken into a log', () => {
  it.for(Object.entries(PAIRS))('looks at %s', ([, pair]) => expectPair(pair));
});
