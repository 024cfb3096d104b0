import { describe, expect, it } from 'vitest';
import { judgePartial, type TraceLine } from '../../support/partial-traces.js';
import {
  at,
  begins,
  brings,
  election,
  puts,
  receive,
  receiveEach,
  recorded,
  replicated,
  roles,
  send,
  silent,
  starts,
  state,
  told,
} from './partial-steps.js';

const campaigns = (term: number) => at('b', 'BecomeCandidate', { term });
const heard = [recorded('starts', 'roles', 'receives'), ...starts, ...receiveEach({ term: 0, granted: false })];
const acks = (to: string, matchIndex: number) =>
  send('b', to, 'AppendEntriesResponse', { term: 1, success: true, matchIndex });
const asked = (fields: object) => [
  ...told([2], 2),
  receive('b', 'c', 'RequestVote', { term: 3, ...fields }),
  at('b', 'UpdateTerm', { term: 3 }),
  at('b', 'Vote', { term: 3, candidate: 'c' }),
];
const counting = (...kinds: readonly string[]) => [
  recorded('starts', 'roles', 'appends', 'commits', 'receives', ...kinds),
  ...starts,
  campaigns(1),
  at('b', 'BecomeLeader', { term: 1 }),
  puts('b', 1, [1]),
  receive('c', 'a', 'AppendEntriesResponse', { term: 0, success: true, matchIndex: 0 }),
  at('b', 'AdvanceCommit', { commitIndex: 1, leader: true }),
];
const applying = (...lines: readonly TraceLine[]) => [
  ...silent,
  puts('b', 1, [1, 1]),
  state('b', { commitIndex: 2 }),
  ...lines,
];
const applies = (from: number, count: number) => at('b', 'Apply', { from, entries: Array(count).fill({}) });

const kept = [recorded('starts', 'appends', 'durability'), begins('b', [1], 1)];

/** What a trace ends with that is no step; what happened, and what is allowed instead. */
const WORDS: readonly (readonly [did: string, allowed: string, lines: readonly TraceLine[]])[] = [
  ['b campaigned in term 3', 'to campaign in term 4 at least', [...roles, campaigns(3), campaigns(3)]],
  ['b campaigned in term 3', 'to campaign in term 1', [...heard, campaigns(3)]],
  [
    'b became leader of term 1',
    'a candidate to lead term 1 by the votes of a majority; it had those of no peer and its own',
    [...heard, campaigns(1), at('b', 'BecomeLeader', { term: 1 })],
  ],
  [
    'a became leader of term 1 by the votes of a, b, c',
    'a candidate to lead term 1 by the votes of a majority; it had those of b and its own',
    [...election.slice(0, -1), at('a', 'BecomeLeader', { term: 1, voters: ['a', 'b', 'c'] })],
  ],
  [
    'a led term 1, as b did',
    'no leader of term 1 but b',
    ['b', 'a'].map((node) => state(node, { role: 'leader', term: 1 })),
  ],
  [
    'c heard from b as leader of term 1, as a was',
    'no leader of term 1 but a',
    [...replicated, receive('c', 'b', 'AppendEntries', { term: 1 })],
  ],
  [
    'b voted for c',
    'no vote for c, whose log ends at index unknown of term 1, before its own at index 1 of term 2 or later',
    asked({ lastLogTerm: 1 }),
  ],
  [
    'b voted for c',
    'no vote for c, whose log ends at index 4 of term 1, before its own at index 1 of term 2 or later',
    asked({ lastLogTerm: 1, lastLogIndex: 4 }),
  ],
  [
    'b had not voted',
    'no vote in term 0 but the one for c',
    [...roles, at('b', 'Vote', { term: 0, candidate: 'c' }), state('b', { term: 0, votedFor: null })],
  ],
  [
    'b put 1 entry at index 3 of its log',
    'a leader to append entries of its term from index 1 on',
    [...silent, state('b', { term: 1, role: 'leader' }), at('b', 'Append', { term: 1, from: 3, entries: [{}] })],
  ],
  [
    'b put 1 entry at index 3 of its log',
    'a leader to append entries of its term from index at least 1 on',
    [
      recorded('starts', 'roles', 'appends'),
      at('b', 'InitState', { term: 0 }),
      campaigns(1),
      at('b', 'BecomeLeader'),
      at('b', 'Append', { from: 3, entries: [{ term: 0 }] }),
    ],
  ],
  [
    'b put 1 entry at index 1 of its log',
    'to append what was sent to it, from index 2 on',
    [...told([1, 1], 2), brings(2, 2, 1, [2]), brings(2, 1, 1, [2]), puts('b', 1, [2])],
  ],
  [
    'b put 1 entry at index 3 of its log',
    'to reject what follows index 4, which its log lacks',
    [...told([1, 1], 2), brings(2, 3, 2, [2]), brings(2, 4, undefined, [2]), puts('b', 3, [2])],
  ],
  [
    'b put 1 entry at index 3 of its log',
    'to reject what follows index 3 of term 2, which its log lacks',
    [...told([1, 1], 2), brings(2, 3, 2, [2]), puts('b', 3, [2])],
  ],
  [
    'b acknowledged its log up to index 1 to a',
    'no such answer, for nothing came from a',
    [
      ...told([1], 1),
      state('b', { term: 1, commitIndex: 0 }),
      receive('c', 'a', 'AppendEntries', { term: 1 }),
      acks('a', 1),
    ],
  ],
  [
    'b acknowledged its log up to index 1 to a',
    'to acknowledge up to index 0, where the entries of a end',
    [
      ...told([1], 1),
      state('b', { term: 1, commitIndex: 0 }),
      receive('b', 'a', 'AppendEntries', { term: 1, entries: [], leaderCommit: 0 }),
      acks('a', 1),
    ],
  ],
  [
    'b had the commit index 1',
    'a commit index that a majority acknowledged; index 1 was, as far as it knows, by b',
    counting(),
  ],
  [
    'b had the commit index 1',
    'a commit index that a majority acknowledged; index 1 was, as far as it knows, by nobody',
    counting('durability'),
  ],

  [
    'b had applied up to index 3',
    'to apply up to index 2, where its commit index is',
    applying(state('b', { commitIndex: 2, applied: 3 })),
  ],
  [
    'b applied index 3 to 3',
    'to apply up to index 2, where its commit index is',
    applying(applies(1, 1), applies(3, 1)),
  ],
  ['b applied index 1 to 1', 'to apply from index 3 on', applying(applies(1, 2), applies(1, 1))],
  [
    'b sent a AppendEntries of term 2',
    'entries from a leader of their term only',
    [...replicated, send('b', 'a', 'AppendEntries', { term: 2 })],
  ],
  [
    'b sent a InstallSnapshot of term 2',
    'entries from a leader of their term only',
    [...replicated, send('b', 'a', 'InstallSnapshot', { term: 2 })],
  ],
  [
    'b sent a AppendEntries of term 2 (prevLogIndex 0, entries 2 in number)',
    'entries from a leader of their term only',
    [...replicated, send('b', 'a', 'AppendEntries', { term: 2, prevLogIndex: 0, entries: [{}, {}] })],
  ],
  [
    'b started in term 0 with a log to index 1',
    'to have term 1 again, which was durable',
    [...kept, begins('b', [0], 0)],
  ],
  ['b started in term 0', 'to have term 1 again, which was durable', [...kept, at('b', 'InitState', { term: 0 })]],
  [
    'b started in term unknown with a log to index 0',
    'to have the log up to index 1 again, which was durable',
    [...kept, at('b', 'InitState', { snapshotIndex: 0, log: [] })],
  ],
  [
    'b had entries of terms 2, unknown, 1 after index 0 of term 0',
    'a log along which terms do not fall',
    [...silent, begins('b', [2, undefined, 1], 2)],
  ],
  [
    'b had entries of terms 2, 1 after index 3 of term unknown',
    'a log along which terms do not fall',
    [...silent, at('b', 'InitState', { snapshotIndex: 3, log: [{ term: 2 }, { term: 1 }] })],
  ],
];

describe('what raftPartial says', () => {
  it.each(WORDS)('is what happened, and what the specification allows: %s', (did, allowed, lines) => {
    const { anomalies } = judgePartial(lines);
    expect(anomalies[0]?.title).toMatch(/ \(its event \d+\)$/);
    expect(anomalies[0]?.title?.replace(/ \(its event \d+\)$/, '')).toBe(did);
    expect(anomalies[0]?.story[1]).toBe(`The specification allows there: ${allowed}.`);
    expect(anomalies[0]?.story[2]).toBe(`What happened: ${did}.`);
  });
});
