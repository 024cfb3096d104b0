import { describe, expect, it } from 'vitest';
import { judgePartial, type TraceLine } from '../../support/partial-traces.js';
import {
  at,
  begins,
  brings,
  ends,
  passed,
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

/*
 * A rule counts as checked where the trace has something to hold against it, and only there: else a trace that tells
 * nothing would look as good as one that was found right.
 */

/** All kinds of messages come, and changes of roles are recorded. */
const told0 = [recorded('starts', 'roles', 'receives'), ...starts, ...receiveEach({ term: 0 })];
const enters = (term: number) => at('b', 'UpdateTerm', { term });
const votes = (candidate: string) => at('b', 'Vote', { term: 1, candidate });
const wins = (node: string, term: number) => [
  at(node, 'BecomeCandidate', { term }),
  at(node, 'BecomeLeader', { term }),
];
const commits = (node: string, commitIndex: number, leader?: boolean) =>
  at(node, 'AdvanceCommit', { commitIndex, leader });
const asks = (fields: object) => send('b', 'a', 'RequestVote', { term: 2, ...fields });
const sends = (fields: object) => send('b', 'a', 'AppendEntries', { term: 2, ...fields });
const lengths = [recorded('starts', 'roles', 'appends', 'commits'), ...starts];
const middle = recorded('starts', 'appends');
const acks = send('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 1 });
const rejects = send('b', 'a', 'AppendEntriesResponse', { term: 1, success: false });
const granted = [votes('c'), send('b', 'c', 'RequestVoteResponse', { term: 1, granted: true })];
const durable = [
  recorded('starts', 'durability'),
  ...starts,
  at('b', 'Durable', { term: 1, votedFor: 'c', lastIndex: 0 }),
];
/** b leads term 1 with an entry, and hears how far the others are, or where its log stands. */
const leading = (...kinds: readonly string[]) => [
  recorded('starts', 'roles', 'appends', ...kinds),
  ...starts,
  ...wins('b', 1),
  puts('b', 1, [1]),
  ...['a', 'c'].map((node) => receive('b', node, 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 1 })),
];
const hears = { term: 1, prevLogIndex: 0, prevLogTerm: 0, entries: [{ term: 1 }], leaderCommit: 1 };
const following = (...kinds: readonly string[]) => [
  recorded('starts', 'roles', 'appends', ...kinds),
  ...starts,
  receive('b', 'a', 'AppendEntries', hears),
  enters(1),
  puts('b', 1, [1]),
];

/** The rule; traces in which it is checked, and others in which there is nothing to hold against it. */
type Row = readonly [
  rule: string,
  checked: Readonly<Record<string, readonly TraceLine[]>>,
  unchecked: Readonly<Record<string, readonly TraceLine[]>>,
];

const ROWS: readonly Row[] = [
  [
    'TermMonotonic',
    { 'a second term': [middle, state('b', { term: 1 }), state('b', { term: 1 })] },
    { 'a first term': [middle, state('b', { term: 1 })] },
  ],
  [
    'UpdateTerm',
    {
      'a new term, where all messages are recorded': [
        ...told0,
        receive('b', 'a', 'AppendEntries', { term: 3 }),
        enters(3),
      ],
    },
    { 'a new term, where not all messages are': [...roles, enters(3)], 'the same term': [...told0, enters(0)] },
  ],
  [
    'HandleRequestVoteRequest',
    {
      'a vote, where requests are recorded': [
        ...told0,
        receive('b', 'c', 'RequestVote', { term: 1 }),
        enters(1),
        votes('c'),
      ],
    },
    {
      'a vote, where requests are not recorded': [...roles, enters(1), votes('c')],
      'that there is no vote': [
        ...told0,
        receive('b', 'c', 'RequestVote', { term: 1 }),
        enters(1),
        state('b', { term: 1, votedFor: null }),
      ],
      'a vote for itself': [...told0, at('b', 'BecomeCandidate', { term: 1 }), votes('b')],
    },
  ],
  [
    'VoteOnce',
    { 'a vote that is told twice': [...roles, enters(1), votes('c'), votes('c')] },
    { 'a first vote': [...roles, enters(1), votes('c')] },
  ],
  [
    'LeaderCompleteness',
    {
      'a leader that is elected after a commitment': [
        ...lengths,
        ...wins('a', 1),
        commits('a', 0, true),
        puts('a', 1, [1]),
      ].concat(commits('a', 1, true), puts('b', 1, [1]), ...wins('b', 2)),
      'a commitment of one of two leaders': [...lengths, puts('b', 1, [0]), ...wins('b', 2), ...wins('a', 1)].concat(
        puts('a', 1, [1]),
        commits('a', 1, true),
      ),
    },
    {
      'leaders where nothing is committed': [...lengths, ...wins('a', 1), ...wins('b', 2)],
      'the commitment of the only leader': [...lengths, ...wins('a', 1), puts('a', 1, [1]), commits('a', 1, true)],
    },
  ],
  [
    'StateMachineSafety',
    {
      'what is committed where a leader has': [
        ...lengths,
        ...wins('a', 1),
        puts('a', 1, [1]),
        commits('a', 1, true),
      ].concat(puts('b', 1, [1]), state('b', { term: 1, commitIndex: 1 })),
      'what is applied twice': ['a', 'b'].map((node) => at(node, 'Apply', { from: 1, entries: [{ term: 1 }] })),
    },
    {
      'what one leader committed': [...lengths, ...wins('a', 1), puts('a', 1, [1]), commits('a', 1, true)],
      'what is applied once': [at('a', 'Apply', { from: 1, entries: [{ term: 1 }] })],
    },
  ],
  [
    'ClientRequest',
    { 'entries of a leader': [...lengths, ...wins('a', 1), puts('a', 1, [1])] },
    { 'entries of a follower': [...silent, puts('b', 1, [1])] },
  ],
  [
    'AcceptAppendEntriesRequest',
    {
      'entries after what is committed': [...silent, puts('b', 1, [1, 1]), commits('b', 1), puts('b', 2, [1])],
      'entries, where messages are recorded': [...told([], 0), brings(1, 0, 0, [1]), puts('b', 1, [1])],
      'where a log ends that is known': [...silent, ends(1, 0)],
      'where a log ends that has what is committed': [middle, state('b', { term: 1, commitIndex: 1 }), ends(1, 5)],
      'where a log ends that was acknowledged': [middle, state('b', { term: 1 }), acks, ends(1, 5)],
      'the last term of a log of which one is known': [
        ...silent,
        puts('b', 1, [1]),
        state('b', { term: 1, lastTerm: 1 }),
      ],
      'an acknowledgement, where messages are recorded': [...told([1], 1), brings(1, 1, 1, []), acks],
    },
    {
      'entries, where nothing is committed': [...silent, puts('b', 1, [1])],
      'where a log ends of which nothing is known': [middle, ends(1, 5)],
      'the last term of a log of which nothing is known': [middle, state('b', { term: 1, lastTerm: 1 })],
      'an acknowledgement, where messages are not recorded': [middle, state('b', { term: 1 }), acks],
    },
  ],
  [
    'CommitMonotonic',
    { 'a second commit index': [middle, state('b', { commitIndex: 1 }), state('b', { commitIndex: 1 })] },
    { 'a first commit index': [middle, state('b', { commitIndex: 1 })] },
  ],
  [
    'FollowerCommit',
    { 'a commit index, where entries are recorded that come': [...following('commits', 'receives'), commits('b', 1)] },
    {
      'a commit index, where entries are not recorded that come': [...following('commits'), commits('b', 1)],
      'the same commit index': [...following('commits', 'receives'), commits('b', 0)],
    },
  ],
  [
    'AdvanceCommitIndex',
    { 'what a leader counts': [...leading('commits', 'receives'), commits('b', 1, true)] },
    {
      'what a leader counts, where acknowledgements are not recorded': [...leading('commits'), commits('b', 1, true)],
      'what a leader may have learnt as a follower': [
        ...leading('commits', 'receives'),
        state('b', { term: 1, commitIndex: 1 }),
      ],
      'the same commit index': [...leading('commits', 'receives'), commits('b', 0, true)],
    },
  ],
  [
    'Apply',
    {
      'what is applied, where the commit index is known': [...silent, state('b', { applied: 0 })],
      'what is applied after more': [middle, state('b', { applied: 1 }), state('b', { applied: 1 })],
    },
    { 'what is applied first': [middle, state('b', { applied: 1 })] },
  ],
  [
    'DurableSurvivesRestart',
    {
      'a term that is recovered': [...durable, at('b', 'InitState', { term: 1 })],
      'a vote that is recovered': [...durable, at('b', 'InitState', { votedFor: 'c' })],
      'a log that is recovered': [...durable, at('b', 'InitState', { snapshotIndex: 0, log: [] })],
    },
    {
      'a start that tells nothing': [...durable, at('b', 'InitState')],
      'a start before any sync': [recorded('starts'), ...starts, ...starts],
    },
  ],
  [
    'PersistentBeforeAnswer',
    {
      'an acknowledgement, where syncs are recorded': [
        recorded('starts', 'durability'),
        begins('b', [1], 1),
        state('b', { term: 1 }),
        acks,
      ],
      'a vote, where syncs are recorded': [...durable, enters(1), ...granted],
    },
    {
      'an acknowledgement, where syncs are not recorded': replicated,
      'a vote, where syncs are not recorded': [...roles, enters(1), ...granted],
    },
  ],
  [
    'AppendEntries',
    {
      'where the entries stand that a leader sends': [middle, begins('b', [1], 1), sends({ prevLogIndex: 1 })],
      'how far a leader says that it has committed': [middle, begins('b', [1], 1), sends({ leaderCommit: 0 })],
      'who sends entries': [...roles, ...wins('b', 2), sends({})],
    },
    { 'entries that tell nothing, where roles are not recorded': [middle, begins('b', [1], 1), sends({})] },
  ],
  [
    'RequestVote',
    {
      'where the log of a candidate ends': [
        recorded('starts', 'appends', 'receives'),
        begins('b', [1], 1),
        asks({ lastLogIndex: 1 }),
      ],
    },
    {
      'a request that does not tell where the log ends': [
        recorded('starts', 'appends', 'receives'),
        begins('b', [1], 1),
        asks({}),
      ],
    },
  ],
  [
    'RejectAppendEntriesRequest',
    { 'a rejection of what does not match': [...told([], 1), brings(1, 1, 1, []), rejects] },
    {
      'a rejection after an entry of which the term is not told': [
        ...told([], 1),
        brings(1, 1, undefined, []),
        rejects,
      ],
      'an acceptance': [...told([1], 1), brings(1, 1, 1, []), acks],
    },
  ],
  [
    'ReceivedWasSent',
    { 'a message that came': [...starts, ...passed('a', 'b', 'RequestVoteResponse', { term: 0, granted: false })] },
    {
      'messages that came to nobody': [...starts, send('a', 'b', 'RequestVoteResponse', { term: 0, granted: false })],
      'messages that came from another': [
        ...starts,
        send('a', 'b', 'RequestVoteResponse', { term: 0, granted: false }),
        receive('b', 'c', 'RequestVoteResponse', { term: 0, granted: false }),
      ],
    },
  ],
];

const cases = (place: 1 | 2) =>
  ROWS.flatMap((row) => Object.entries(row[place]).map(([what, lines]) => [row[0], what, lines] as const));

describe('a rule of raftPartial', () => {
  it.each(cases(1))('counts as checked: %s by %s', (rule, _, lines) => {
    const { facts, anomalies, summary } = judgePartial(lines);
    expect(anomalies.map(({ story }) => story)).toEqual([]);
    expect(facts[`checked ${rule}`]).toBeGreaterThan(0);
    expect(facts).not.toHaveProperty(`not checked: ${rule}`);
    expect(summary.split('Not checked:')[1] ?? '').not.toContain(` ${rule}`);
  });

  it.each(cases(2))('does not count as checked: %s by %s', (rule, _, lines) => {
    const { facts, anomalies, summary } = judgePartial(lines);
    expect(anomalies.map(({ story }) => story)).toEqual([]);
    expect(facts).not.toHaveProperty(`checked ${rule}`);
    expect(facts[`not checked: ${rule}`]).toMatch(/^it looks at /);
    expect(summary.split('Not checked:')[1]).toContain(` ${rule}`);
  });

  it('counts once for each step, and once for each that breaks it', () => {
    const lead = (term: number, ...nodes: string[]) =>
      judgePartial([middle, ...nodes.map((node) => state(node, { term, role: 'leader' }))]);
    expect(lead(1, 'a', 'a', 'a').facts).toMatchObject({ 'checked ElectionSafety': 3 });
    expect(lead(1, 'a', 'b', 'b').facts).toMatchObject({ 'checked ElectionSafety': 3, ElectionSafety: 2 });
    const { facts } = judgePartial([...told0, enters(3)]);
    expect(facts).toMatchObject({ 'checked UpdateTerm': 1, UpdateTerm: 1 });
    const applies = (node: string, value: number) =>
      at(node, 'Apply', { from: 1, entries: [{ term: value, digest: value }] });
    const twice = judgePartial([middle, ...['a', 'b'].map(applies)]);
    expect(twice.facts).toMatchObject({ StateMachineSafety: 1 });
  });
});
