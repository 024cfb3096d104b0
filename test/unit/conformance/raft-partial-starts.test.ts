import { describe, expect, it } from 'vitest';
import { brokenRules, judgePartial, type TraceLine } from '../../support/partial-traces.js';
import { at, entries, first, heartbeat, type Pair, receive, recorded, send, starts, state } from './partial-steps.js';

/*
 * What a process finds when it begins, and what it does not know: whatever came to the one before it.
 */

const begins = (node: string, over: object = {}) =>
  at(node, 'InitState', { term: 0, votedFor: null, snapshotIndex: 0, snapshotTerm: 0, log: [], ...over });
const untold = (node: string, over: object = {}) => at(node, 'InitState', over);
const synced = (over: object) => at('b', 'Durable', over);
const whole = [recorded('starts', 'roles', 'appends', 'commits', 'sends', 'receives', 'durability'), ...starts];
const quiet = [recorded('starts', 'roles', 'receives'), ...starts];
/** All kinds of messages come, so that whoever enters a term was told of it. */
const told = [
  ...quiet,
  ...['RequestVote', 'RequestVoteResponse', 'AppendEntries', 'AppendEntriesResponse'].map((type) =>
    receive('c', 'a', type, { term: 0 }),
  ),
];
/** b takes an entry of a, which leads term 1. */
const took = [
  receive('b', 'a', 'AppendEntries', first),
  at('b', 'UpdateTerm', { term: 1 }),
  at('b', 'BecomeFollower', { term: 1, leader: 'a' }),
  at('b', 'Append', { term: 1, from: 1, entries: entries(1, 7) }),
];
const recovered = { term: 1, log: entries(1, 7) };
const asks = { term: 1, lastLogIndex: 0, lastLogTerm: 0 };
const granted = { term: 1, granted: true };
const campaign = [at('b', 'BecomeCandidate', { term: 1 }), at('b', 'Vote', { term: 1, candidate: 'b' })];

/** b hears from a that nothing is committed, and takes the first entry for committed. */
const advances = [
  receive('b', 'a', 'AppendEntries', { ...heartbeat, leaderCommit: 0 }),
  at('b', 'AdvanceCommit', { term: 1, commitIndex: 1, leader: false }),
];

/** The same lines, of which the last but one is a start of b: there it is wrong, and not where it comes first. */
const forgets = (
  begin: readonly TraceLine[],
  start: TraceLine,
  came: readonly TraceLine[],
  does: TraceLine,
  rule: string,
) => [[...begin, start, ...came, does], rule, [...begin, ...came, start, does]] as const satisfies Pair;

const STARTS: Readonly<Record<string, Pair>> = {
  'the term that was durable': [
    [...whole, synced({ term: 1, votedFor: null, lastIndex: 0 }), begins('b', { term: 1 })],
    'DurableSurvivesRestart',
    [...whole, synced({ term: 1, votedFor: null, lastIndex: 0 }), begins('b')],
  ],
  'a later term than the one that was durable': [
    [...whole, synced({ term: 1, votedFor: 'a', lastIndex: 0 }), begins('b', { term: 2 })],
    'DurableSurvivesRestart',
    [...whole, synced({ term: 1, votedFor: 'a', lastIndex: 0 }), begins('b', { term: 1 })],
  ],
  'the vote that was durable': [
    [...whole, synced({ term: 1, votedFor: 'a', lastIndex: 0 }), begins('b', { term: 1, votedFor: 'a' })],
    'DurableSurvivesRestart',
    [...whole, synced({ term: 1, votedFor: 'a', lastIndex: 0 }), begins('b', { term: 1, votedFor: 'c' })],
  ],
  'a vote that it may have, for it does not tell': [
    [...whole, synced({ term: 1, votedFor: 'a', lastIndex: 0 }), begins('b', { term: 1, votedFor: undefined })],
    'DurableSurvivesRestart',
    [...whole, synced({ term: 1, votedFor: 'a', lastIndex: 0 }), begins('b', { term: 0, votedFor: undefined })],
  ],
  'a vote that may be durable though none was': [
    [...whole, synced({ term: 1, votedFor: null, lastIndex: 0 }), begins('b', { term: 1, votedFor: 'a' })],
    'DurableSurvivesRestart',
    [
      ...whole,
      synced({ term: 1, votedFor: null, lastIndex: 0 }),
      begins('b', { term: 1, votedFor: 'a' }),
      begins('b', { term: 1, votedFor: null }),
    ],
  ],
  'the log that was durable': [
    [...whole, ...took, synced({ term: 1, votedFor: null, lastIndex: 1 }), begins('b', recovered)],
    'DurableSurvivesRestart',
    [...whole, ...took, synced({ term: 1, votedFor: null, lastIndex: 1 }), begins('b', { term: 1 })],
  ],
  'a log that was durable, of which a part is in a snapshot now': [
    [
      ...whole,
      ...took,
      synced({ term: 1, votedFor: null, lastIndex: 1 }),
      begins('b', { term: 1, snapshotIndex: 1, snapshotTerm: 1 }),
    ],
    'DurableSurvivesRestart',
    [...whole, ...took, synced({ term: 1, votedFor: null, lastIndex: 2 }), begins('b', recovered)],
  ],
  'a log that may be durable, for it does not tell where it begins': [
    [
      ...whole,
      ...took,
      synced({ term: 1, votedFor: null, lastIndex: 1 }),
      begins('b', { term: 1, snapshotIndex: undefined, log: [] }),
    ],
    'DurableSurvivesRestart',
    [
      ...whole,
      ...took,
      synced({ term: 1, votedFor: null, lastIndex: 1 }),
      begins('b', { term: 0, snapshotIndex: undefined, log: [] }),
    ],
  ],
  'a log that was durable, which may have been replaced unseen': [
    [recorded('starts', 'durability'), ...starts, synced({ lastIndex: 1 }), begins('b', { term: 1 })],
    'DurableSurvivesRestart',
    [recorded('starts', 'durability'), ...starts, synced({ term: 2, lastIndex: 1 }), begins('b', { term: 1 })],
  ],
  'what it began with, which is durable where syncs are recorded': [
    [recorded('starts'), begins('b', { term: 3, votedFor: 'a' }), begins('b', { term: 2 })],
    'DurableSurvivesRestart',
    [recorded('starts', 'durability'), begins('b', { term: 3, votedFor: 'a' }), begins('b', { term: 2 })],
  ],
  'the vote with which it began': [
    [recorded('starts', 'durability'), begins('b', { term: 3 }), begins('b', { term: 3, votedFor: 'a' })],
    'DurableSurvivesRestart',
    [recorded('starts', 'durability'), begins('b', { term: 3, votedFor: 'a' }), begins('b', { term: 3 })],
  ],
  'the log with which it began': [
    [recorded('starts', 'durability', 'appends'), begins('b', recovered), begins('b', recovered)],
    'DurableSurvivesRestart',
    [recorded('starts', 'durability', 'appends'), begins('b', recovered), begins('b', { term: 1 })],
  ],
  'what it began with the second time': [
    [
      recorded('starts', 'durability', 'appends'),
      ...[begins('b'), begins('b', recovered), begins('b', { term: 1, log: entries(1, 7, 8) })],
    ],
    'DurableSurvivesRestart',
    [recorded('starts', 'durability', 'appends'), ...[begins('b'), begins('b', recovered), begins('b', { term: 1 })]],
  ],
  'what was durable before, of which a second start tells nothing': [
    [recorded('starts', 'durability'), begins('b', { term: 3 }), untold('b'), begins('b', { term: 3 })],
    'DurableSurvivesRestart',
    [recorded('starts', 'durability'), begins('b', { term: 3 }), untold('b'), begins('b', { term: 2 })],
  ],
  'entries that a node begins with': [
    [recorded('starts'), begins('a', recovered), begins('b', recovered)],
    'LogMatching',
    [recorded('starts'), begins('a', recovered), begins('b', { term: 1, log: entries(1, 8) })],
  ],
  'entries that a node begins with behind its snapshot': [
    [
      recorded('starts'),
      begins('a', { term: 1, log: entries(1, 7, 8) }),
      begins('b', { term: 1, snapshotIndex: 1, snapshotTerm: 1, log: entries(1, 8) }),
    ],
    'LogMatching',
    [
      recorded('starts'),
      begins('a', { term: 1, log: entries(1, 7, 8) }),
      begins('b', { term: 1, snapshotIndex: 1, snapshotTerm: 1, log: entries(1, 7) }),
    ],
  ],
  'entries that a node begins with, it does not say where': [
    [
      recorded('starts'),
      begins('a', recovered),
      begins('b', { term: 1, snapshotIndex: undefined, log: entries(1, 8) }),
    ],
    'LogMatching',
    [recorded('starts'), begins('a', recovered), begins('b', { term: 1, snapshotIndex: 0, log: entries(1, 8) })],
  ],
  'the log that it recovered': [
    [...whole, begins('b', recovered), state('b', { lastIndex: 1, lastTerm: 1 })],
    'AcceptAppendEntriesRequest',
    [...whole, begins('b', recovered), state('b', { lastIndex: 2 })],
  ],
  'a commit index within what it recovered': [
    [...whole, begins('b', recovered), state('b', { commitIndex: 1 })],
    'FollowerCommit',
    [...whole, begins('b', recovered), state('b', { commitIndex: 2 })],
  ],
  'the commit index of its snapshot': [
    [...whole, begins('b', { term: 1, snapshotIndex: 2, snapshotTerm: 1 }), state('b', { commitIndex: 2 })],
    'CommitMonotonic',
    [...whole, begins('b', { term: 1, snapshotIndex: 2, snapshotTerm: 1 }), state('b', { commitIndex: 1 })],
  ],
  'what its snapshot had applied': [
    [...whole, begins('b', { term: 1, snapshotIndex: 2, snapshotTerm: 1 }), state('b', { applied: 2 })],
    'Apply',
    [...whole, begins('b', { term: 1, snapshotIndex: 2, snapshotTerm: 1 }), state('b', { applied: 1 })],
  ],
  'a follower, as which it begins': [
    [...whole, begins('b'), state('b', { role: 'follower' })],
    'BecomeLeader',
    [...whole, begins('b'), at('b', 'BecomeLeader', { term: 0 })],
  ],
  'the term that it recovered': [
    [...told, begins('b', { term: 2 }), state('b', { term: 2 })],
    'UpdateTerm',
    [...told, begins('b', { term: 2 }), state('b', { term: 4 })],
  ],
  'the vote that it recovered': [
    [...whole, begins('b', { term: 2, votedFor: 'a' }), state('b', { term: 2, votedFor: 'a' })],
    'VoteOnce',
    [...whole, begins('b', { term: 2, votedFor: 'a' }), state('b', { term: 2, votedFor: 'c' })],
  ],
  'a term that it heard of': forgets(
    told,
    begins('b'),
    [receive('b', 'a', 'AppendEntries', { term: 3 })],
    at('b', 'UpdateTerm', { term: 3 }),
    'UpdateTerm',
  ),
  'who asked for its vote': forgets(
    quiet,
    begins('b', { term: 1 }),
    [receive('b', 'c', 'RequestVote', asks), at('b', 'UpdateTerm', { term: 1 })].slice(0, 1),
    at('b', 'Vote', { term: 1, candidate: 'c' }),
    'HandleRequestVoteRequest',
  ),
  'who granted it a vote': [
    [...quiet, begins('b'), ...campaign, receive('b', 'c', 'RequestVoteResponse', granted), at('b', 'BecomeLeader')],
    'BecomeLeader',
    [...quiet, receive('b', 'c', 'RequestVoteResponse', granted), begins('b'), ...campaign, at('b', 'BecomeLeader')],
  ],
  'in which terms it campaigned': [
    [...quiet, begins('b'), ...campaign, send('b', 'a', 'RequestVote', asks)],
    'RequestVote',
    [...quiet, ...campaign, begins('b', { term: 1, votedFor: 'b' }), send('b', 'a', 'RequestVote', asks)],
  ],
  'how far a leader has sent it entries': forgets(
    [recorded('starts', 'roles', 'receives', 'sends'), ...starts],
    begins('b', { term: 1 }),
    [receive('b', 'a', 'AppendEntries', first)],
    send('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 1 }),
    'AcceptAppendEntriesRequest',
  ),
  // Before anything comes to it, it may tell a commit index that it recovered.
  'how far a leader has committed': [
    [...quiet, begins('b', recovered), receive('b', 'a', 'AppendEntries', heartbeat), ...advances],
    'FollowerCommit',
    [...quiet, receive('b', 'a', 'AppendEntries', heartbeat), begins('b', recovered), ...advances],
  ],
  'which entries came that it may still take': forgets(
    quiet,
    begins('b', { term: 1 }),
    [receive('b', 'a', 'AppendEntries', first)],
    state('b', { lastIndex: 1 }),
    'AcceptAppendEntriesRequest',
  ),
};

describe('raftPartial and the starts of processes', () => {
  it.for(Object.entries(STARTS))('know %s', ([, [legal, rule, wrong]]) => {
    expect(judgePartial(legal).anomalies.map(({ story }) => story)).toEqual([]);
    expect(brokenRules(judgePartial(wrong))).toEqual([rule]);
  });
});
