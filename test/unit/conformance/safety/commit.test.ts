import { describe, expect, it } from 'vitest';
import { accepted, after, append, durable, elect, entry, init, judge, type Line, PROLOGUE, receive } from '../trace.js';

const commits = (node: string, term: number, commitIndex: number, leader = false): Line => [
  node,
  { name: 'AdvanceCommit', term, commitIndex, leader },
];
const installs = (index: number, term: number): Line => ['n3', { name: 'InstallSnapshot', index, term, log: [] }];
const stray = entry(1, 12);

describe('what is known as committed', () => {
  it('StateMachineSafety: is in the log, or in its snapshot', async () => {
    expect(await after(commits('n3', 1, 1))).toEqual(['StateMachineSafety']);
    expect(await after(append('n3', 1, 1, entry(1, 0)), commits('n3', 1, 2))).toEqual(['StateMachineSafety']);
    expect(await after(append('n3', 1, 1, entry(1, 0)), commits('n3', 1, 1))).toEqual([]);
    expect(await after(installs(2, 1), commits('n3', 1, 1))).toEqual([]);
  });

  it('StateMachineSafety: is the same everywhere, from the first entry on, and a difference is told once', async () => {
    expect(await after(append('n3', 2, 1, entry(2, 7)), commits('n3', 2, 1))).toEqual(['StateMachineSafety']);
    const two = [append('n3', 2, 1, entry(2, 7), entry(2, 8)), commits('n3', 2, 2)];
    const { facts, anomalies } = await judge([...PROLOGUE, ...two]);
    expect(facts.StateMachineSafety).toBe(1);
    expect(anomalies[0]?.title).toBe('n1 and n3 take different entries at index 1 for committed');
    expect(anomalies[0]?.story).toEqual([
      '0.019 s: n1 took index 1 of term 1 (digest 0) for committed.',
      '0.022 s: n3 took index 1 of term 2 (digest 7) for committed.',
    ]);
  });

  it('is counted up to the highest that any node knows', async () => {
    const lines = [...PROLOGUE, append('n3', 1, 1, entry(1, 0)), commits('n3', 1, 1)];
    expect((await judge(lines)).facts.committed).toBe(2);
  });
});

describe('CommitQuorum', () => {
  it('the story says what the leader had of itself and of the others', async () => {
    const { anomalies } = await judge([...PROLOGUE, append('n1', 1, 3, stray), commits('n1', 1, 3, true)]);
    expect(anomalies[0]?.title).toBe('n1, leader of term 1, committed index 3 with 0 of the 2 durable copies it needs');
    expect(anomalies[0]?.story.slice(0, 3)).toEqual([
      'n1 had synced its own log up to index 2.',
      'n2 had acknowledged up to index 2 in this term.',
      'n3 had acknowledged up to index 0 in this term.',
    ]);
  });
});

describe('LeaderCompleteness', () => {
  const leads = (node: string, term: number): Line[] => [
    [node, { name: 'BecomeCandidate', term }],
    receive(node, 'n2', { type: 'RequestVoteResponse', term, preVote: false, granted: true }),
    [node, { name: 'BecomeLeader', term, voters: [node, 'n2'] }],
  ];

  it('a later leader has the committed entry itself, not another in its place', async () => {
    const other = append('n3', 2, 1, entry(1, 0), entry(2, 9));
    expect(await after(other, ...leads('n3', 3))).toEqual(['LeaderCompleteness']);
    expect(await after(append('n3', 2, 1, entry(1, 0), entry(1, 11)), ...leads('n3', 3))).toEqual([]);
    // A snapshot hides what stands there.
    expect(await after(installs(4, 2), ...leads('n3', 3))).toEqual([]);
  });

  it('a leader that tells a lower commit index again has committed the higher one all the same', async () => {
    const again = [commits('n1', 1, 1, true), append('n3', 1, 1, entry(1, 0))];
    expect(await after(...again, ...leads('n3', 2))).toEqual(['LeaderCompleteness']);
  });

  it('what a leader committed binds all later ones, also where one between them committed less', async () => {
    const more = [
      append('n1', 1, 3, stray, entry(1, 13)),
      durable('n1', 1, 'n1', 4),
      receive('n1', 'n2', accepted(1, 4)),
      commits('n1', 1, 4, true),
    ];
    const less = [
      append('n3', 1, 1, entry(1, 0), entry(1, 11)),
      ...leads('n3', 2),
      append('n3', 2, 3, entry(2, 0)),
      durable('n3', 2, 'n3', 3),
      receive('n3', 'n2', accepted(2, 3)),
      commits('n3', 2, 3, true),
    ];
    const { facts } = await judge([...PROLOGUE, ...more, ...less, ...leads('n3', 5)]);
    expect(facts.LeaderCompleteness).toBe(2);
  });

  it('the story says what the leader had instead, and the time is when both were known', async () => {
    const told = async (...lines: Line[]) => {
      const { anomalies } = await judge([...PROLOGUE, ...lines, ...leads('n3', 3)]);
      return anomalies.map(({ story, fromUs }) => [story[1], fromUs]);
    };
    expect(await told()).toEqual([['0.023 s: n3 became leader of term 3; its log ended at index 0.', 23_000]]);
    expect(await told(append('n3', 2, 1, entry(1, 0), entry(2, 9)))).toEqual([
      ['0.024 s: n3 became leader of term 3; its log held index 2 of term 2 (digest 9) instead.', 24_000],
    ]);
  });
});

describe('a leader of a former term', () => {
  it('leads no more as soon as any step shows a later term', async () => {
    const deposed = [append('n1', 1, 3, stray), append('n1', 2, 3, entry(2, 0))];
    expect(await after(...deposed)).toEqual([]);
    expect(await after(...elect('n2', 2, 'n3', { n2: 2 }), ...deposed)).toEqual([]);
  });

  it('leads no more after a restart in its term', async () => {
    const restart = init('n1', { term: 1, votedFor: 'n1', log: [entry(1, 0), entry(1, 11)] });
    expect(await after(restart, append('n1', 1, 3, stray))).toEqual([]);
  });
});
