import { describe, expect, it } from 'vitest';
import { brokenRules, judgePartial, levels, type TraceLine } from '../../support/partial-traces.js';
import {
  at,
  entries,
  first,
  heartbeat,
  NODES,
  passed,
  receive,
  replicated,
  send,
  silent,
  starts,
  state,
  synced,
} from './partial-steps.js';
import { LEGAL } from './steps.js';

/** A node that tells its role, its term and its commit index alone, leads and commits. */
const leading = (node: string, term: number) => [
  at(node, 'InitState'),
  at(node, 'BecomeCandidate', { term }),
  at(node, 'BecomeLeader', { term }),
  at(node, 'AdvanceCommit', { term, commitIndex: 1 }),
];

/** Lines that follow, and the rule that the last of them breaks. */
const WRONG: Readonly<Record<string, readonly [rule: string, before: readonly TraceLine[], ...lines: TraceLine[]]>> = {
  'a term that falls': ['TermMonotonic', replicated, at('b', 'UpdateTerm', { term: 0 })],
  'a term that nobody told of': ['UpdateTerm', replicated, at('b', 'UpdateTerm', { term: 3 })],
  'a candidacy in the same term': ['RequestVote', replicated, at('b', 'BecomeCandidate', { term: 1 })],
  "a request for votes with another's log": [
    'RequestVote',
    replicated,
    at('b', 'BecomeCandidate', { term: 2 }),
    send('b', 'c', 'RequestVote', { term: 2, lastLogIndex: 5, lastLogTerm: 1 }),
  ],
  'a vote for who did not ask': [
    'HandleRequestVoteRequest',
    replicated,
    ...passed('c', 'b', 'RequestVote', { term: 2, lastLogIndex: 9, lastLogTerm: 1 }),
    at('b', 'UpdateTerm', { term: 2 }),
    at('b', 'Vote', { term: 2, candidate: 'a' }),
  ],
  'a vote for a shorter log': [
    'HandleRequestVoteRequest',
    replicated,
    at('c', 'BecomeCandidate', { term: 2 }),
    ...passed('c', 'b', 'RequestVote', { term: 2, lastLogIndex: 0, lastLogTerm: 0 }),
    at('b', 'UpdateTerm', { term: 2 }),
    at('b', 'Vote', { term: 2, candidate: 'c' }),
  ],
  'a second vote': [
    'VoteOnce',
    replicated,
    ...passed('c', 'b', 'RequestVote', { term: 1, lastLogIndex: 9, lastLogTerm: 1 }),
    at('b', 'Vote', { term: 1, candidate: 'c' }),
  ],
  'a vote that two have got': [
    'VoteOnce',
    replicated,
    receive('c', 'b', 'RequestVoteResponse', { term: 1, granted: true }),
  ],
  'a leader without a majority': [
    'BecomeLeader',
    replicated,
    at('c', 'BecomeCandidate', { term: 1 }),
    at('b', 'BecomeCandidate', { term: 2 }),
    at('b', 'BecomeLeader', { term: 2, voters: ['b', 'c'] }),
  ],
  'a leader that was no candidate': [
    'BecomeLeader',
    replicated,
    ...passed('c', 'b', 'RequestVote', { term: 2, lastLogIndex: 9, lastLogTerm: 1 }),
    at('b', 'UpdateTerm', { term: 2 }),
    state('b', { role: 'leader' }),
  ],
  'a leader that stepped down without a word': ['BecomeFollower', replicated, state('a', { role: 'follower' })],
  "a leader's log that shrinks": ['ClientRequest', replicated, at('a', 'Append', { from: 1, entries: [{}] })],
  'entries from a follower': ['AppendEntries', replicated, send('b', 'c', 'AppendEntries', { ...heartbeat, term: 2 })],
  'entries that the leader has not': [
    'AppendEntries',
    replicated,
    send('a', 'c', 'AppendEntries', { ...heartbeat, prevLogIndex: 2 }),
  ],
  'a commit index that the leader has not': [
    'AppendEntries',
    replicated,
    send('a', 'c', 'AppendEntries', { ...heartbeat, leaderCommit: 2 }),
  ],
  'entries that nobody sent': [
    'AcceptAppendEntriesRequest',
    replicated,
    at('b', 'Append', { from: 2, entries: entries(1, 9) }),
  ],
  'an acknowledgement of more than came': [
    'AcceptAppendEntriesRequest',
    replicated,
    ...passed('a', 'b', 'AppendEntries', heartbeat),
    send('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 2 }),
  ],
  'a rejection of what matches': [
    'RejectAppendEntriesRequest',
    replicated,
    ...passed('a', 'b', 'AppendEntries', heartbeat),
    send('b', 'a', 'AppendEntriesResponse', { term: 1, success: false, prevLogIndex: 1 }),
  ],
  'a commitment without a majority': [
    'AdvanceCommitIndex',
    replicated,
    at('a', 'Append', { term: 1, from: 2, entries: entries(1, 9) }),
    at('a', 'AdvanceCommit', { term: 1, commitIndex: 2, leader: true }),
  ],
  'a commit index that no leader told': [
    'FollowerCommit',
    replicated,
    at('b', 'AdvanceCommit', { term: 1, commitIndex: 1, leader: false }),
  ],
  'a commit index that falls': ['CommitMonotonic', replicated, state('a', { commitIndex: 0 })],
  'entries applied that are not committed': [
    'Apply',
    replicated,
    at('a', 'Apply', { from: 2, entries: entries(1, 9) }),
  ],
  'entries applied twice': ['Apply', replicated, at('a', 'Apply', { from: 1, entries: entries(1, 7) })],
  'a snapshot that nobody sent': [
    'InstallSnapshot',
    replicated,
    ...passed('a', 'c', 'InstallSnapshot', { term: 1, lastIncludedIndex: 1, lastIncludedTerm: 1 }),
    at('b', 'InstallSnapshot', { index: 9, term: 1, log: [] }),
  ],
  'a start that has lost what was durable': [
    'DurableSurvivesRestart',
    synced,
    at('b', 'InitState', { term: 1, votedFor: null, snapshotIndex: 0, snapshotTerm: 0, log: entries(1, 7) }),
  ],
  'an acknowledgement before the sync': [
    'PersistentBeforeAnswer',
    synced,
    at('a', 'Append', { term: 1, from: 2, entries: entries(1, 9) }),
    ...passed('a', 'b', 'AppendEntries', { ...heartbeat, entries: entries(1, 9) }),
    at('b', 'Append', { term: 1, from: 2, entries: entries(1, 9) }),
    send('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 2 }),
  ],
  'a message that was made up': [
    'ReceivedWasSent',
    replicated,
    receive('b', 'a', 'AppendEntries', { ...heartbeat, leaderCommit: 0 }),
    ...passed('b', 'a', 'RequestVoteResponse', { term: 1, granted: false }),
  ],
  'two leaders of a term': ['ElectionSafety', replicated, receive('c', 'b', 'AppendEntries', heartbeat)],
  'two entries of one index and term': [
    'LogMatching',
    replicated,
    send('a', 'c', 'AppendEntries', { ...first, entries: entries(1, 8) }),
  ],
  'another entry applied': [
    'StateMachineSafety',
    replicated,
    ...passed('a', 'b', 'AppendEntries', heartbeat),
    at('b', 'AdvanceCommit', { commitIndex: 1, leader: false }),
    at('b', 'Apply', { from: 1, entries: entries(2, 8) }),
  ],
};

/** A step that no state allows, another one after it, and the rules that both break. */
const AFTER: Readonly<Record<string, readonly [rules: readonly string[], ...lines: TraceLine[]]>> = {
  'a term that falls': [
    ['TermMonotonic', 'AcceptAppendEntriesRequest'],
    at('b', 'Append', { from: 1, entries: [{}, {}] }),
    state('b', { term: 2 }),
    state('b', { term: 1 }),
    state('b', { term: 1, lastIndex: 3 }),
  ],
  'a commit index that falls': [
    ['CommitMonotonic', 'AcceptAppendEntriesRequest'],
    at('b', 'Append', { from: 1, entries: [{}, {}] }),
    state('b', { commitIndex: 2 }),
    state('b', { commitIndex: 1 }),
    state('b', { lastIndex: 3 }),
  ],
  'terms that fall along a log': [
    ['AcceptAppendEntriesRequest', 'FollowerCommit'],
    state('b', { term: 2, role: 'follower' }),
    at('b', 'Append', { from: 1, entries: [{ term: 2 }, { term: 1 }] }),
    state('b', { commitIndex: 2 }),
    state('b', { commitIndex: 3 }),
  ],
};

describe('raftPartial', () => {
  it('accepts legal traces, whole and with less and less in them', () => {
    expect(judgePartial(replicated)).toMatchObject({ verdict: 'valid', anomalies: [] });
    const whole = LEGAL.map(([node, step], place) => ({ ...step, kind: 'trace', timeUs: place, node }) as const);
    for (const [level, strip] of Object.entries(levels)) {
      const { anomalies } = judgePartial(strip(whole));
      expect({ level, told: anomalies.map(({ title }) => title) }).toEqual({ level, told: [] });
    }
  });

  it.for(Object.entries(WRONG))('finds %s', ([, [rule, before, ...lines]]) => {
    const found = judgePartial([...before, ...lines]);
    expect(brokenRules(found), found.anomalies[0]?.title).toEqual([rule]);
    expect(found.verdict).toBe('invalid');
    expect(brokenRules(judgePartial([...before, ...lines.slice(0, -1)], NODES))).toEqual(
      // The message that shows that the trace goes on, too, is part of what is wrong.
      [],
    );
  });

  it.for(Object.entries(AFTER))('goes on after %s, with what is known besides', ([, [rules, ...lines]]) => {
    expect(brokenRules(judgePartial([...silent, ...lines]))).toEqual(rules);
    expect(brokenRules(judgePartial([...silent, ...lines.slice(0, -1)]))).toEqual(rules.slice(0, 1));
  });

  it('finds a leader that lacks what was committed, by lengths alone, whichever node is read first', () => {
    const lengths = [
      { kind: 'header', format: 'assay-trace/1', recorded: ['starts', 'roles', 'appends', 'commits'] },
      ...NODES.map((node) => at(node, 'InitState', { term: 0, snapshotIndex: 0, log: [] })),
    ];
    const a = [
      at('a', 'BecomeCandidate', { term: 1 }),
      at('a', 'BecomeLeader', { term: 1 }),
      at('a', 'Append', { from: 1, entries: [{}, {}] }),
      at('a', 'AdvanceCommit', { commitIndex: 2 }),
    ];
    const b = [at('b', 'BecomeCandidate', { term: 2 }), at('b', 'BecomeLeader', { term: 2 })];
    expect(brokenRules(judgePartial([...lengths, ...a, ...b]))).toEqual(['LeaderCompleteness']);
    expect(brokenRules(judgePartial([...lengths, ...b, ...a]))).toEqual(['LeaderCompleteness']);
    const grown = at('b', 'Append', { from: 1, entries: [{}, {}] });
    expect(judgePartial([...lengths, ...a, grown, ...b]).verdict).toBe('valid');
  });

  it('finds two leaders that each commit an entry of their own at one index, by roles, terms and commits alone', () => {
    expect(brokenRules(judgePartial([...leading('a', 1), ...leading('b', 2)]))).toEqual(['StateMachineSafety']);
    expect(judgePartial(leading('a', 1)).verdict).toBe('valid');
  });

  it('keeps a state for each choice that the trace leaves open, and tells them', () => {
    // Whether b took the second entry of the first message is not recorded, nor whether the second message replaced it.
    const two = { term: 1, prevLogIndex: 0, prevLogTerm: 0, entries: [{}, {}], leaderCommit: 0 };
    const open = [
      { kind: 'header', format: 'assay-trace/1', recorded: ['starts', 'roles', 'receives'] },
      ...starts.slice(0, 2),
      receive('b', 'a', 'AppendEntries', two),
      at('b', 'BecomeFollower', { term: 1, leader: 'a' }),
      receive('b', 'a', 'AppendEntries', { ...two, entries: [{}] }),
    ];
    for (const lastIndex of [0, 1, 2])
      expect(brokenRules(judgePartial([...open, state('b', { term: 1, lastIndex })]))).toEqual([]);
    const { anomalies } = judgePartial([...open, state('b', { term: 1, lastIndex: 3 })]);
    expect(anomalies[0]?.kind).toBe('AcceptAppendEntriesRequest');
    expect(anomalies[0]?.story[0]).toContain('it was in one of 3 states: follower in term 1, no vote, log to index 0');
    expect(anomalies[0]?.story[1]).toMatch(/a log to index 0, or a log to index/);
  });

  it('tells node, event, line, state before, what is allowed, what happened and the rule', () => {
    const { anomalies, summary } = judgePartial([...replicated, at('b', 'UpdateTerm', { term: 3 })]);
    expect(summary).toContain('Not steps of Raft (UpdateTerm): b was in term 3 (its event 10).');
    expect(anomalies[0]?.story).toEqual([
      'Before event 10 of b (trace.ndjson, line 21), it was follower in term 1, vote for a, log to index 1, commit index 0.',
      'The specification allows there: to stay in term 1, for no message told it of term 3.',
      'What happened: b was in term 3.',
      'UpdateTerm (§5.1): A server that learns of a later term enters it as a follower that has not voted.',
    ]);
  });

  it('tells the state before a line, of which a part was allowed, as it was before the whole line', () => {
    const { anomalies } = judgePartial([
      state('a', { role: 'follower', term: 1, commitIndex: 0 }),
      state('b', { role: 'leader', term: 2, commitIndex: 0 }),
      state('a', { role: 'leader', term: 2, commitIndex: 0 }),
    ]);
    expect(anomalies.map(({ kind, story }) => [kind, story[0]])).toEqual([
      ['ElectionSafety', expect.stringContaining('line 3), it was follower in term 1,')],
    ]);
  });

  it('says what was not recorded and which rules were not checked for it', () => {
    const { summary, facts } = judgePartial(levels['roles, terms, commits']?.(wholeTrace()) ?? []);
    expect(summary).toContain('Not recorded: votes,');
    expect(facts['not checked: VoteOnce']).toBe('it looks at votes');
    expect(facts['checked ElectionSafety']).toBeGreaterThan(0);
  });

  it('does not know what a trace is worth that is empty, lacks a node, was not read whole, or in which nobody led', () => {
    expect(judgePartial([]).verdict).toBe('unknown');
    expect(judgePartial(starts).summary).toContain('matched trivially');
    expect(judgePartial(leading('a', 1), ['a', 'd']).summary).toContain('d recorded nothing');
    expect(judgePartial(replicated, ['a', 'b']).summary).toContain('not consumed whole');
    for (const lines of [starts, replicated.filter(({ node }) => node !== 'c')]) {
      expect(judgePartial(lines, NODES).verdict).toBe('unknown');
    }
  });

  it('allows anything between two events where starts are not recorded', () => {
    const some = [state('a', { role: 'leader', term: 3, commitIndex: 5 }), state('b', { role: 'follower', term: 3 })];
    expect(brokenRules(judgePartial([...some, state('a', { term: 2, commitIndex: 0, role: 'follower' })]))).toEqual([]);
    expect(brokenRules(judgePartial([...some, state('b', { role: 'leader', term: 3 })]))).toEqual(['ElectionSafety']);
  });

  it('allows a request for votes that leaves when its term is over, where roles are not recorded', () => {
    const late = [
      at('a', 'InitState'),
      at('b', 'InitState'),
      state('a', { term: 1 }),
      ...passed('b', 'a', 'AppendEntries', { term: 3 }),
      state('a', { term: 3 }),
      send('a', 'b', 'RequestVote', { term: 2 }),
    ];
    expect(brokenRules(judgePartial(late))).toEqual([]);
  });

  it('believes a header that says what is recorded completely', () => {
    const header = (recorded: string[]) => ({ kind: 'header', format: 'assay-trace/1', recorded });
    const unasked = WRONG['a term that nobody told of']?.slice(2) as TraceLine[];
    const lines = [...replicated, ...unasked];
    expect(brokenRules(judgePartial([header(['starts', 'sends', 'roles']), ...lines]))).toEqual([]);
    expect(brokenRules(judgePartial([header(['starts', 'roles', 'receives']), ...lines]))).toEqual(['UpdateTerm']);
  });
});

function wholeTrace() {
  return LEGAL.map(([node, step], place) => ({ ...step, kind: 'trace', timeUs: place, node }) as const);
}
