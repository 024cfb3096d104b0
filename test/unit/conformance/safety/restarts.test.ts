import { describe, expect, it } from 'vitest';
import {
  accepted,
  after,
  append,
  appendEntries,
  durable,
  entry,
  init,
  judge,
  type Line,
  NODES,
  PROLOGUE,
  receive,
  requestVote,
  send,
} from '../trace.js';

const enters = (node: string, term: number): Line => [node, { name: 'UpdateTerm', term }];
const votes = (node: string, term: number, candidate: string): Line => [node, { name: 'Vote', term, candidate }];
const commits = (node: string, term: number, commitIndex: number): Line => [
  node,
  { name: 'AdvanceCommit', term, commitIndex, leader: false },
];
const BOTH = [entry(1, 0), entry(1, 11)];

describe('a restart', () => {
  it('is counted where a process had been', async () => {
    expect((await judge(PROLOGUE)).facts.restarts).toBe(0);
    expect((await judge([...PROLOGUE, init('n3'), init('n3')])).facts.restarts).toBe(2);
  });

  it('TermMonotonic: the term goes on from what was read', async () => {
    expect(await after(enters('n3', 5), init('n3', { term: 1 }), enters('n3', 2))).toEqual([]);
    expect(await after(init('n3', { term: 3 }), enters('n3', 2))).toEqual(['TermMonotonic']);
  });

  it('TermMonotonic: what was read from the disk is on the disk', async () => {
    expect(await after(enters('n3', 2), init('n3', { term: 2 }), init('n3', { term: 1 }))).toEqual(['TermMonotonic']);
  });

  it('VoteOnce: a vote that was read counts', async () => {
    expect(await after(init('n3', { term: 2, votedFor: 'n1' }), votes('n3', 2, 'n2'))).toEqual(['VoteOnce']);
    const free = [init('n3', { term: 2 }), votes('n3', 2, 'n2'), durable('n3', 2, 'n2', 0)];
    expect(await after(enters('n3', 2), votes('n3', 2, 'n1'), ...free)).toEqual([]);
  });

  it('VoteSurvivesRestart: also of a vote that was not seen to be synced, but read', async () => {
    const again = [init('n3', { term: 2, votedFor: 'n1' }), init('n3', { term: 2 })];
    expect(await after(...again)).toEqual(['VoteSurvivesRestart']);
    const other = [votes('n3', 2, 'n2'), durable('n3', 2, 'n2', 0)];
    expect(await after(...again, ...other)).toEqual(['VoteOnce', 'VoteSurvivesRestart']);
  });

  it('VoteSurvivesRestart: a vote may be read that was not seen to be synced, and none of a later term', async () => {
    expect(await after(init('n3', { term: 1, votedFor: 'n1' }))).toEqual([]);
    expect(await after(init('n2', { term: 2, log: BOTH }))).toEqual([]);
  });

  it('VoteSurvivesRestart: the story says what the node remembered', async () => {
    const story = async (votedFor: string | null) =>
      (await judge([...PROLOGUE, init('n2', { term: 1, votedFor, log: BOTH })])).anomalies
        .filter(({ kind }) => kind === 'VoteSurvivesRestart')
        .map((anomaly) => anomaly.story[1]);
    expect(await story(null)).toEqual(['0.021 s: it restarted in the same term with no vote: it may vote twice.']);
    expect(await story('n3')).toEqual([
      '0.021 s: it restarted in the same term with a vote for n3: it may vote twice.',
    ]);
  });

  it('LogSurvivesRestart: what was read from the disk is on the disk', async () => {
    const unsynced = [enters('n3', 1), append('n3', 1, 1, ...BOTH)];
    expect(await after(...unsynced, init('n3', { term: 1, log: BOTH }), send('n3', 'n1', accepted(1, 2)))).toEqual([]);
    const shorter = [init('n3', { term: 1, log: BOTH }), init('n3', { term: 1, log: [entry(1, 0)] })];
    expect(await after(...unsynced, ...shorter)).toEqual(['LogSurvivesRestart']);
  });

  it('LogSurvivesRestart: the title says what is lost', async () => {
    const { anomalies } = await judge([...PROLOGUE, init('n2', { term: 1, votedFor: 'n1' })]);
    expect(anomalies[0]?.title).toBe('n2 lost entries 1 to 2 in a restart, though they were durable');
  });

  it('takes back what only the former life knew as committed: it may lack the entries by now', async () => {
    const former = [enters('n3', 1), append('n3', 1, 1, ...BOTH), commits('n3', 1, 2), init('n3')];
    const others = [receive('n3', 'n2', appendEntries(0)), append('n3', 0, 1, entry(0, 5), entry(0, 6))];
    const mends = [enters('n3', 1), receive('n3', 'n1', appendEntries(1)), append('n3', 1, 1, ...BOTH)];
    expect(await after(...former, ...others, ...mends)).toEqual([]);
  });

  it('StateMachineSafety: nothing is applied before it is known as committed anew', async () => {
    const restart = init('n1', { term: 1, votedFor: 'n1', log: BOTH });
    const applies: Line = ['n1', { name: 'Apply', from: 1, entries: BOTH }];
    expect(await after(restart, applies)).toEqual(['StateMachineSafety']);
    expect(await after(restart, commits('n1', 1, 2), applies)).toEqual([]);
  });

  it('ends a leadership: then a candidate may move the node', async () => {
    const asked: Line[] = [receive('n1', 'n3', requestVote(2, 2, 1)), enters('n1', 2), votes('n1', 2, 'n3')];
    const restart = init('n1', { term: 1, votedFor: 'n1', log: BOTH });
    const sticky = async (...lines: Line[]) =>
      (await judge([...PROLOGUE, ...lines], NODES, 500_000)).anomalies.map(({ kind }) => kind);
    expect(await sticky(...asked)).toEqual(['LeaderStickiness']);
    expect(await sticky(restart, ...asked)).toEqual([]);
  });
});

describe('a node whose start is not in the trace', () => {
  it('is judged by what follows, and the verdict is unknown', async () => {
    const { anomalies, verdict, summary } = await judge(PROLOGUE.slice(NODES.length));
    expect(anomalies).toEqual([]);
    expect(verdict).toBe('unknown');
    expect(summary).toMatch(/^n1, n2, n3 recorded no start/);
  });
});
