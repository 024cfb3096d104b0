import { describe, expect, it } from 'vitest';
import { brokenRules, judgePartial } from '../../support/partial-traces.js';
import { at, entries, type Pair, receive, recorded, silent, state } from './partial-steps.js';

/** Undefined: not told. */
type Terms = readonly (number | undefined)[];

const ofTerms = (terms: Terms) => terms.map((term) => ({ term }));
const begins = (node: string, terms: Terms, term: number) =>
  at(node, 'InitState', { term, votedFor: null, snapshotIndex: 0, snapshotTerm: 0, log: ofTerms(terms) });
/** b begins with a log of these terms. What changes it is not recorded: only what comes to it. */
const unseen = (terms: Terms, term: number) => [recorded('starts', 'roles', 'receives'), begins('b', terms, term)];
/** Its leader a sends it entries of these terms. */
const brings = (term: number, prevLogIndex: number, prevLogTerm: number | undefined, terms: Terms) =>
  receive('b', 'a', 'AppendEntries', { term, prevLogIndex, prevLogTerm, entries: ofTerms(terms), leaderCommit: 0 });
const snapshot = (lastIncludedIndex: number, lastIncludedTerm?: number) =>
  receive('b', 'a', 'InstallSnapshot', { term: 3, lastIncludedIndex, lastIncludedTerm });
const ends = (term: number, lastIndex: number, lastTerm?: number) => state('b', { term, lastIndex, lastTerm });
const puts = (node: string, from: number, terms: Terms) => at(node, 'Append', { from, entries: ofTerms(terms) });

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
};

describe('raftPartial and the logs of nodes', () => {
  it.for(Object.entries(TAKEN))('looks at %s', ([, [legal, rule, wrong]]) => {
    expect(judgePartial(legal).anomalies.map(({ story }) => story)).toEqual([]);
    expect(brokenRules(judgePartial(wrong))).toEqual([rule]);
  });
});
