import { describe, expect, it } from 'vitest';
import { brokenRules, judgePartial, type TraceLine } from '../../support/partial-traces.js';
import {
  at,
  election,
  entries,
  expectPair,
  heartbeat,
  type Pair,
  passed,
  receive,
  replicated,
  send,
  starts,
  state,
  synced,
} from './partial-steps.js';

const header = (recorded: readonly string[], more: object = {}): TraceLine => ({
  kind: 'header',
  format: 'assay-trace/1',
  recorded,
  ...more,
});
const more = (from: number, count: number) => ({
  term: 1,
  prevLogIndex: from - 1,
  prevLogTerm: from === 1 ? 0 : 1,
  entries: entries(1, ...Array.from({ length: count }, (_, place) => 10 + from + place)),
  leaderCommit: 1,
});
const leaderAdds = (from: number, count: number) =>
  at('a', 'Append', { term: 1, from, entries: more(from, count).entries });
const batched = [
  ...replicated,
  leaderAdds(2, 3),
  ...passed('a', 'b', 'AppendEntries', more(2, 1)),
  ...passed('a', 'b', 'AppendEntries', more(3, 2)),
];

/** c has two entries of term 1 that nobody else has; a leads term 2 with others. */
const diverged = [
  header(['starts', 'roles', 'appends', 'commits', 'sends', 'receives']),
  ...starts.slice(0, 2),
  at('c', 'InitState', { term: 1, votedFor: 'c', snapshotIndex: 0, snapshotTerm: 0, log: entries(1, 1, 2) }),
];

/** What nodes of others do that ours do not, and what looks like it and is wrong. */
const PAIRS: Readonly<Record<string, Pair>> = {
  'a follower that takes several messages at once': [
    [...batched, at('b', 'Append', { term: 1, from: 2, entries: more(2, 3).entries })],
    'AcceptAppendEntriesRequest',
    [...batched, at('b', 'Append', { term: 1, from: 2, entries: more(2, 4).entries })],
  ],
  'a follower that takes one of several messages after another': [
    [
      ...batched,
      at('b', 'Append', { term: 1, from: 2, entries: more(2, 1).entries }),
      at('b', 'Append', { term: 1, from: 3, entries: more(3, 1).entries }),
      at('b', 'Append', { term: 1, from: 4, entries: more(4, 1).entries }),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...batched,
      at('b', 'Append', { term: 1, from: 2, entries: more(2, 1).entries }),
      at('b', 'Append', { term: 1, from: 4, entries: more(4, 1).entries }),
    ],
  ],
  'a follower that drops what conflicts before it takes anything': [
    [
      ...diverged,
      receive('c', 'a', 'AppendEntries', {
        term: 2,
        prevLogIndex: 0,
        prevLogTerm: 0,
        entries: entries(2, 3),
        leaderCommit: 0,
      }),
      at('c', 'UpdateTerm', { term: 2 }),
      at('c', 'Append', { term: 2, from: 1, entries: [] }),
      at('c', 'Append', { term: 2, from: 1, entries: entries(2, 3) }),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...diverged,
      receive('c', 'a', 'AppendEntries', {
        term: 2,
        prevLogIndex: 0,
        prevLogTerm: 0,
        entries: entries(1, 1),
        leaderCommit: 0,
      }),
      at('c', 'UpdateTerm', { term: 2 }),
      // Nothing conflicts: the second entry must stay (§5.3).
      at('c', 'Append', { term: 2, from: 1, entries: entries(1, 1) }),
    ],
  ],
  'a leader whose messages leave when it leads no more': [
    [
      ...replicated,
      ...passed('c', 'a', 'RequestVote', { term: 2, lastLogIndex: 0, lastLogTerm: 0 }),
      at('a', 'UpdateTerm', { term: 2 }),
      send('a', 'c', 'AppendEntries', heartbeat),
      send('a', 'c', 'InstallSnapshot', { term: 1, lastIncludedIndex: 1 }),
    ],
    'AppendEntries',
    [
      ...replicated,
      ...passed('c', 'a', 'RequestVote', { term: 2, lastLogIndex: 0, lastLogTerm: 0 }),
      at('a', 'UpdateTerm', { term: 2 }),
      send('a', 'c', 'AppendEntries', { ...heartbeat, term: 2 }),
    ],
  ],
  'a leader that steps down of its own accord': [
    [...replicated, at('a', 'BecomeFollower', { term: 1, leader: null }), at('a', 'BecomeCandidate', { term: 2 })],
    'RequestVote',
    [...replicated, at('a', 'BecomeCandidate', { term: 2 })],
  ],
  'a node that tells its new term and its vote before its candidacy': [
    [
      ...replicated,
      at('b', 'UpdateTerm', { term: 2 }),
      at('b', 'Vote', { term: 2, candidate: 'b' }),
      at('b', 'BecomeCandidate', { term: 2 }),
    ],
    'RequestVote',
    [
      ...replicated,
      at('b', 'UpdateTerm', { term: 2 }),
      at('b', 'BecomeCandidate', { term: 2 }),
      at('b', 'BecomeFollower', { term: 2, leader: null }),
      at('b', 'BecomeCandidate', { term: 2 }),
    ],
  ],
  'a sync that says nothing of the log': [
    [
      ...synced,
      at('b', 'Durable', { term: 1, votedFor: 'a' }),
      send('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 1 }),
    ],
    'DurableSurvivesRestart',
    [
      ...synced,
      at('b', 'Durable', { term: 1, votedFor: 'a' }),
      at('b', 'InitState', { term: 1, votedFor: 'a', snapshotIndex: 0, snapshotTerm: 0, log: [] }),
    ],
  ],
  'a sync that says nothing of the vote': [
    [...synced, at('b', 'InitState', { term: 1, votedFor: 'a' })],
    'DurableSurvivesRestart',
    [...synced, at('b', 'InitState', { term: 1, votedFor: 'c' })],
  ],
  'a follower that compacts its log, and begins again with a snapshot of unknown term': [
    [
      ...replicated,
      at('a', 'Compact', { index: 1 }),
      at('a', 'InitState', { term: 1, votedFor: 'a', snapshotIndex: 1, log: [{ term: 1 }] }),
      at('a', 'BecomeCandidate', { term: 2 }),
      send('a', 'b', 'RequestVote', { term: 2, lastLogIndex: 2, lastLogTerm: 1 }),
    ],
    'RequestVote',
    [
      ...replicated,
      at('a', 'InitState', { term: 1, votedFor: 'a', snapshotIndex: 1, log: [{ term: 1 }] }),
      at('a', 'BecomeCandidate', { term: 2 }),
      send('a', 'b', 'RequestVote', { term: 2, lastLogIndex: 3, lastLogTerm: 1 }),
    ],
  ],
  'a start that does not say where its log begins': [
    [
      ...replicated,
      at('b', 'InitState', { term: 1, log: entries(1, 7) }),
      at('b', 'BecomeCandidate', { term: 2 }),
      send('b', 'a', 'RequestVote', { term: 2, lastLogIndex: 9, lastLogTerm: 1 }),
    ],
    'RequestVote',
    [
      ...replicated,
      at('b', 'InitState', { term: 1, snapshotIndex: 0, log: entries(1, 7) }),
      at('b', 'BecomeCandidate', { term: 2 }),
      send('b', 'a', 'RequestVote', { term: 2, lastLogIndex: 9, lastLogTerm: 1 }),
    ],
  ],
  'a follower that remembers how far its leader has committed': [
    [
      ...replicated,
      leaderAdds(2, 2),
      at('a', 'AdvanceCommit', { commitIndex: 1 }),
      ...passed('a', 'b', 'AppendEntries', { ...more(2, 1), leaderCommit: 1 }),
      at('b', 'Append', { from: 2, entries: more(2, 1).entries }),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
      // A heartbeat that stands further back comes late.
      ...passed('a', 'b', 'AppendEntries', { term: 1, prevLogIndex: 0, prevLogTerm: 0, entries: [], leaderCommit: 1 }),
    ],
    'FollowerCommit',
    [
      ...replicated,
      leaderAdds(2, 2),
      ...passed('a', 'b', 'AppendEntries', { ...more(2, 1), leaderCommit: 1 }),
      at('b', 'Append', { from: 2, entries: more(2, 1).entries }),
      at('b', 'AdvanceCommit', { commitIndex: 2, leader: false }),
    ],
  ],
  'a node that recovers its commit index': [
    [
      ...replicated,
      at('b', 'InitState', { term: 1, snapshotIndex: 0, log: entries(1, 7) }),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
    ],
    'FollowerCommit',
    [
      ...replicated,
      at('b', 'InitState', { term: 1, snapshotIndex: 0, log: entries(1, 7) }),
      ...passed('a', 'b', 'AppendEntries', first0()),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
    ],
  ],
  'answers that do not say that they are acceptances': [
    [
      ...replicated,
      leaderAdds(2, 1),
      receive('a', 'c', 'AppendEntriesResponse', { term: 1, matchIndex: 2 }),
      at('a', 'AdvanceCommit', { term: 1, commitIndex: 2, leader: true }),
    ],
    'AdvanceCommitIndex',
    [
      ...replicated,
      leaderAdds(2, 1),
      receive('a', 'c', 'AppendEntriesResponse', { term: 1, success: false, matchIndex: 2 }),
      at('a', 'AdvanceCommit', { term: 1, commitIndex: 2, leader: true }),
    ],
  ],
  'a pre-vote by which a node learns of the term that its sender is in': [
    [
      ...replicated,
      ...passed('c', 'b', 'RequestVote', { term: 4, preVote: true, lastLogIndex: 0, lastLogTerm: 0 }),
      at('b', 'UpdateTerm', { term: 3 }),
    ],
    'UpdateTerm',
    [
      ...replicated,
      ...passed('c', 'b', 'RequestVote', { term: 4, preVote: true, lastLogIndex: 0, lastLogTerm: 0 }),
      at('b', 'UpdateTerm', { term: 4 }),
    ],
  ],
  'messages of kinds that Raft has not': [
    [
      ...replicated,
      ...passed('c', 'b', 'TimeoutNow', { term: 3 }),
      at('b', 'UpdateTerm', { term: 3 }),
      at('b', 'BecomeCandidate', { term: 4 }),
    ],
    'UpdateTerm',
    [...replicated, ...passed('c', 'b', 'TimeoutNow', { term: 3 }), at('b', 'UpdateTerm', { term: 4 + 1 })],
  ],
  'heartbeats that say nothing of the log': [
    [
      ...replicated,
      ...passed('a', 'b', 'AppendEntries', { term: 1, entries: [], leaderCommit: 1 }),
      at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
    ],
    'AcceptAppendEntriesRequest',
    [
      ...replicated,
      ...passed('a', 'b', 'AppendEntries', { term: 1, entries: [], leaderCommit: 1 }),
      at('b', 'Append', { from: 2, entries: [{}] }),
    ],
  ],
  'learners, whose votes do not count': [
    [
      ...['a', 'b', 'c']
        .map((node) => state(node, { voters: [['a', 'b', 'c']] }))
        .flatMap((line, place) => [starts[place] as TraceLine, line]),
      ...replicated.slice(3),
      ...passed('a', 'd', 'AppendEntries', heartbeat),
      ...passed('a', 'e', 'AppendEntries', heartbeat),
    ],
    'BecomeLeader',
    [
      ...['a', 'b', 'c']
        .map((node) =>
          state(node, {
            voters: [
              ['a', 'b', 'c'],
              ['a', 'd', 'e'],
            ],
          }),
        )
        .flatMap((line, place) => [starts[place] as TraceLine, line]),
      ...election.slice(3),
      ...passed('a', 'd', 'AppendEntries', { ...heartbeat, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 0 }),
    ],
  ],
};

function first0() {
  return { term: 1, prevLogIndex: 0, prevLogTerm: 0, entries: entries(1, 7), leaderCommit: 0 };
}

describe('raftPartial and nodes of others', () => {
  it.for(Object.entries(PAIRS))('allows %s, and finds what looks like it', ([, pair]) => expectPair(pair));

  it('concludes nothing from roles where some change of them is recorded nowhere', () => {
    const elected = [...starts, at('a', 'BecomeLeader', { term: 1 }), state('b', { role: 'follower', term: 1 })];
    expect(brokenRules(judgePartial(elected))).toEqual([]);
    expect(brokenRules(judgePartial([header(['roles', 'starts']), ...elected]))).toEqual(['BecomeLeader']);
  });

  it('concludes nothing from what a trace that begins in the middle does not have', () => {
    const middle = [
      // a leads, by votes and with acknowledgements that came before; it starts again later.
      send('a', 'b', 'AppendEntries', { ...heartbeat, leaderCommit: 1 }),
      state('a', { role: 'leader', term: 1, commitIndex: 1 }),
      at('a', 'AdvanceCommit', { term: 1, commitIndex: 2, leader: true }),
      at('b', 'InitState', { term: 1 }),
      receive('b', 'a', 'AppendEntries', heartbeat),
      ...passed('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 1 }),
      at('a', 'InitState', { term: 1 }),
      at('b', 'BecomeCandidate', { term: 2 }),
      ...passed('b', 'a', 'RequestVote', { term: 2, lastLogIndex: 9, lastLogTerm: 1 }),
      ...passed('a', 'b', 'RequestVoteResponse', { term: 2, granted: true }),
    ];
    expect(brokenRules(judgePartial(middle))).toEqual([]);
  });

  it('does not take for committed by a leader what it committed unseen before it led', () => {
    const unseen = [
      ...['a', 'b'].map((node) => at(node, 'InitState')),
      // a led term 1, and committed index 2 in it; b learnt of it before it led term 2, and says so after.
      state('a', { term: 1, role: 'leader', commitIndex: 1 }),
      at('a', 'AdvanceCommit', { term: 1, commitIndex: 2 }),
      state('b', { term: 1, role: 'follower', commitIndex: 1 }),
      state('b', { term: 2, role: 'leader' }),
      state('b', { term: 2, role: 'leader', commitIndex: 2 }),
    ];
    expect(brokenRules(judgePartial(unseen))).toEqual([]);
  });

  it('does not know what steps of nodes mean that the header does not name', () => {
    const { verdict, summary } = judgePartial([
      header(['starts'], { nodes: ['a', 'b', 'c'] }),
      ...replicated,
      at('x', 'InitState'),
    ]);
    expect({ verdict, summary }).toMatchObject({ verdict: 'unknown' });
    expect(summary).toContain('1 event are no steps of this cluster (they are of x)');
  });

  it('allows messages that are received, of a kind that nobody records when it sends it', () => {
    const lines = replicated.filter(
      ({ name, message }) => !(name === 'Send' && (message as { type: string }).type === 'AppendEntries'),
    );
    const tail = passed('b', 'a', 'RequestVoteResponse', { term: 1, granted: false });
    expect(brokenRules(judgePartial([...lines, ...tail]))).toEqual([]);
  });
});
