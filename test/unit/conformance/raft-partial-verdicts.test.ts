import { describe, expect, it } from 'vitest';
import { brokenRules, judgePartial, type TraceLine } from '../../support/partial-traces.js';
import {
  at,
  brings,
  election,
  ends,
  entries,
  heartbeat,
  NODES,
  type Pair,
  passed,
  receive,
  recorded,
  replicated,
  send,
  silent,
  starts,
  state,
  unseen,
} from './partial-steps.js';
import { LEGAL } from './steps.js';

const header = (over: object): TraceLine => ({ kind: 'header', format: 'assay-trace/1', ...over });
const kinds = ['starts', 'roles', 'appends', 'commits', 'sends', 'receives'];
const campaign = [at('a', 'BecomeCandidate', { term: 1 }), at('a', 'Vote', { term: 1, candidate: 'a' })];
const leads = at('a', 'BecomeLeader', { term: 1 });
/** Messages tell whether votes are granted. */
const refused = receive('c', 'a', 'RequestVoteResponse', { term: 0, granted: false });
const vote = { term: 1, granted: true };
const snapshot = { term: 1, lastIncludedIndex: 5, lastIncludedTerm: 1 };
const follows = [at('b', 'UpdateTerm', { term: 1 }), at('b', 'BecomeFollower', { term: 1, leader: 'a' })];
/** b is told of a snapshot, or not. */
const installs = (fields: object, came = true) => [
  recorded('starts', 'roles', 'appends', 'receives'),
  ...starts,
  receive('c', 'a', 'InstallSnapshot', snapshot),
  ...(came
    ? [receive('b', 'a', 'InstallSnapshot', snapshot)]
    : [receive('b', 'a', 'AppendEntries', { ...heartbeat, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 0 })]),
  ...follows,
  at('b', 'InstallSnapshot', fields),
];

/** b has a message of a, which sent another one; and a goes on. */
const unsent = [
  ...passed('a', 'c', 'RequestVoteResponse', { term: 0, granted: false }),
  receive('b', 'a', 'RequestVoteResponse', { term: 0, granted: false }),
  ...passed('b', 'a', 'RequestVoteResponse', { term: 0, granted: false }),
];

const PAIRS: Readonly<Record<string, Pair>> = {
  'votes of whom a node did not name as voters yet': [
    [recorded(...kinds), ...starts, refused, ...campaign, leads, state('b', { voters: [['a']] })],
    'BecomeLeader',
    [recorded(...kinds), ...starts, refused, ...campaign, leads, state('b', { term: 0 })],
  ],
  'votes of nodes that are no members': [
    [
      header({ recorded: kinds, nodes: NODES }),
      ...starts,
      refused,
      ...campaign,
      leads,
      receive('c', 'd', 'AppendEntries', { term: 0 }),
    ],
    'BecomeLeader',
    [
      header({ recorded: kinds, nodes: NODES }),
      ...starts,
      refused,
      ...campaign,
      leads,
      receive('c', 'b', 'AppendEntries', { term: 0 }),
    ],
  ],
  'votes that make a majority of those that a node names': [
    [
      recorded(...kinds),
      ...starts,
      state('a', { voters: [['a', 'b']] }),
      ...campaign,
      receive('a', 'b', 'RequestVoteResponse', vote),
      leads,
    ],
    'BecomeLeader',
    [
      recorded(...kinds),
      ...starts,
      state('a', { voters: [['a', 'b']] }),
      ...campaign,
      receive('a', 'c', 'RequestVoteResponse', vote),
      leads,
    ],
  ],
  'votes that make a majority of both lists while members change': [
    [
      recorded(...kinds),
      ...starts,
      state('a', { voters: [['a'], ['b']] }),
      ...campaign,
      receive('a', 'b', 'RequestVoteResponse', vote),
      leads,
    ],
    'BecomeLeader',
    [
      recorded(...kinds),
      ...starts,
      state('a', { voters: [['a'], ['b']] }),
      ...campaign,
      receive('a', 'c', 'RequestVoteResponse', vote),
      leads,
    ],
  ],
  'a snapshot that came': [
    installs({ index: 5, term: 1, log: [] }),
    'InstallSnapshot',
    installs({ index: 5, term: 1, log: [] }, false),
  ],
  'a snapshot that reaches as far as one that came': [
    installs({ index: 4, term: 1, log: [] }),
    'InstallSnapshot',
    installs({ index: 6, term: 1, log: [] }),
  ],
  'a snapshot after what is committed': [
    [...installs({ index: 3, term: 1, log: [] }), at('b', 'InstallSnapshot', { index: 5, term: 1, log: [] })],
    'InstallSnapshot',
    [...installs({ index: 5, term: 1, log: [] }), at('b', 'InstallSnapshot', { index: 4, term: 1, log: [] })],
  ],
  'where a log ends that a snapshot begins': [
    [...installs({ index: 5, term: 1, log: entries(1, 9) }), state('b', { lastIndex: 6 })],
    'AcceptAppendEntriesRequest',
    [...installs({ index: 5, term: 1, log: entries(1, 9) }), state('b', { lastIndex: 5 })],
  ],
  'where a log ends that a snapshot begins, though it does not tell what follows': [
    [...installs({ index: 5, term: 1 }), state('b', { lastIndex: 6 })],
    'AcceptAppendEntriesRequest',
    [...installs({ index: 5, term: 1 }), state('b', { lastIndex: 4 })],
  ],
  'what a snapshot has committed': [
    [...installs({ index: 5, term: 1, log: entries(1, 9) }), state('b', { commitIndex: 5 })],
    'CommitMonotonic',
    [...installs({ index: 5, term: 1, log: entries(1, 9) }), state('b', { commitIndex: 4 })],
  ],
  'what a snapshot has applied': [
    [...installs({ index: 5, term: 1, log: [] }), state('b', { applied: 5 })],
    'Apply',
    [...installs({ index: 5, term: 1, log: [] }), state('b', { applied: 4 })],
  ],
  'a snapshot that does not tell how far it reaches, after which less may be applied': [
    [...installs({ index: 5, term: 1, log: [] }), at('b', 'InstallSnapshot'), state('b', { applied: 9, lastIndex: 9 })],
    'CommitMonotonic',
    [...installs({ index: 5, term: 1, log: [] }), at('b', 'InstallSnapshot'), state('b', { commitIndex: 4 })],
  ],
  'a follower that says by whom it is led': [
    [...replicated, at('c', 'BecomeFollower', { term: 1, leader: 'a' })],
    'ElectionSafety',
    [recorded('starts'), ...replicated, at('c', 'BecomeFollower', { term: 1, leader: 'b' })],
  ],
  'messages of a process that began anew, which may have sent more than it recorded': [
    [
      ...replicated,
      at('a', 'InitState', { term: 1, votedFor: 'a' }),
      receive('b', 'a', 'AppendEntries', heartbeat),
      ...passed('b', 'a', 'RequestVoteResponse', { term: 1, granted: false }),
    ],
    'ReceivedWasSent',
    [
      ...replicated,
      receive('b', 'a', 'AppendEntries', heartbeat),
      ...passed('b', 'a', 'RequestVoteResponse', { term: 1, granted: false }),
    ],
  ],
  'messages of a node whose trace begins in the middle': [
    [...starts.slice(1), ...unsent],
    'ReceivedWasSent',
    [...starts, ...unsent],
  ],
};

describe('raftPartial and what it knows of the cluster', () => {
  it.for(Object.entries(PAIRS))('allows %s, and finds what looks like it', ([, [legal, rule, wrong]]) => {
    expect(judgePartial(legal).anomalies.map(({ story }) => story)).toEqual([]);
    expect(brokenRules(judgePartial(wrong))).toEqual([rule]);
  });
});

describe('the verdict of raftPartial', () => {
  it('counts what was read: steps by their names, and what was not', () => {
    const { facts, summary, verdict } = judgePartial(replicated);
    expect(verdict).toBe('valid');
    expect(facts).toMatchObject({ consumed: 21 - 1, foreign: 0, 'step InitState': 3, 'step BecomeLeader': 1 });
    expect(summary).toMatch(/^All 20 steps of 3 nodes are steps of the specification, as far as they tell\./);
  });

  it('names what is missing, and what was not checked for it', () => {
    const { summary, facts } = judgePartial(election);
    expect(summary).toContain(" Not recorded: roles, the log's length, commit indexes,");
    expect(facts['not recorded: commit indexes']).toBe('');
    expect(summary).toMatch(/ Not checked: .*ClientRequest.*\.$/);
    const wrong = judgePartial([...election, at('b', 'UpdateTerm', { term: 0 }), at('b', 'UpdateTerm', { term: 0 })]);
    expect(wrong.summary).toMatch(
      /^Not steps of Raft \(TermMonotonic\): b was in term 0 .*\. Not recorded: .*Not checked: /,
    );
  });

  it('is in doubt where nothing could be held against a rule', () => {
    const { verdict, summary } = judgePartial(NODES.map((node) => at(node, 'Compact', { index: 1 })));
    expect([verdict, summary]).toEqual(['unknown', expect.stringContaining('No rule could be held against the trace')]);
    const led = judgePartial(
      starts.flatMap((line) => [line, send(line.node as string, 'a', 'RequestVoteResponse', { term: 0 })]),
    );
    expect(led.verdict).toBe('unknown');
  });

  it('counts the lines of a node, not the steps that are read from one', () => {
    const ready = (name: string, term: number): TraceLine => ({
      ...{ name, nid: '1', role: 'StateFollower', log: 2 },
      state: { term, vote: '0', commit: 1 },
    });
    // The third line says what the second had loaded, and where the node is by then.
    const lines = [ready('InitState', 0), ready('BecomeFollower', 2), ready('Ready', 2), ready('Ready', 1)];
    expect(judgePartial(lines).anomalies.map(({ title }) => title)).toEqual(['n1 was in term 1 (its event 3)']);
  });

  it('tells who is not of the cluster', () => {
    const given = judgePartial(
      [...replicated, at('y', 'InitState'), at('x', 'InitState'), at('x', 'InitState')],
      NODES,
    );
    expect(given.summary).toContain('3 events are no steps of this cluster (they are of x, y), so the trace');
    expect(given.facts).toMatchObject({ foreign: 3, consumed: 20 });
  });

  it('counts the lines that say something that is not known', () => {
    const line = (name: string): TraceLine => ({
      ...{ name, nid: '1', role: 'StateFollower', log: 2 },
      state: { term: 0, vote: '0', commit: 1 },
    });
    const { facts, summary, verdict } = judgePartial([line('InitState'), line('Ready'), line('Mystery')]);
    expect(verdict).toBe('unknown');
    expect(facts).toMatchObject({ consumed: 2, foreign: 1 });
    expect(summary).toMatch(/^1 event are no steps of this cluster, so the trace was not consumed whole\./);
  });

  it('tells the states before a line, with what may have been taken since the one before', () => {
    const { anomalies } = judgePartial([...unseen([], 0), brings(1, 0, 0, [1]), ends(1, 0), ends(1, 2)]);
    expect(anomalies).toHaveLength(1);
    expect(anomalies[0]?.story[0]).toMatch(/it was in one of 2 states: .*log to index 0, .*; or .*log to index 1,/);
  });

  it('tells when something happened where the trace does, and from which part of the specification the rule is', () => {
    const fell = (fields: object) =>
      judgePartial([...election, { ...at('b', 'UpdateTerm', { term: 0 }), ...fields }]).anomalies[0];
    expect(fell({ timeUs: 1_500_000 })).toMatchObject({ fromUs: 1_500_000, toUs: 1_500_000 });
    expect(fell({ timeUs: 1_500_000 })?.story[0]).toMatch(
      /\(trace\.ndjson, line \d+, at 1\.5\d* s by its clock\), it was/,
    );
    expect(fell({})).not.toHaveProperty('fromUs');
    expect(fell({})?.story[0]).toMatch(/\(trace\.ndjson, line \d+\), it was/);
    expect(fell({})?.story[3]).toBe("TermMonotonic (§5.1): A server's term never falls.");
  });

  it('says why it is in doubt, and in no doubt what it took for steps', () => {
    expect(judgePartial([]).summary).toMatch(/^The trace is empty, so no step was checked\./);
    const led = [...silent, at('b', 'Append', { from: 1, entries: [{}] }), state('b', { lastIndex: 1 })];
    expect(judgePartial(led).summary).toMatch(
      /^Nobody led in the trace \(5 steps of 3 nodes\), so it matched trivially\./,
    );
    expect(judgePartial(led).verdict).toBe('unknown');
    // Nothing is named as missing where nothing is.
    expect(judgePartial(LEGAL.map(([node, step]) => at(node, step.name, step))).summary).toMatch(
      /^All 37 steps of 3 nodes are steps of the specification, as far as they tell\. Not checked: /,
    );
  });
});
