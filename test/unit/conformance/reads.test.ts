import { describe, expect, it } from 'vitest';
import { raftSafety } from '../../../src/conformance/raft-safety.js';
import { NO_ROUND } from '../../../src/consensus/raft/messages.js';
import type { ReadHow, TraceEvent } from '../../../src/history/trace.js';
import {
  accepts,
  applies,
  become,
  commits,
  E1,
  E2,
  enters,
  entriesAfter,
  judgeSteps,
  LEGAL,
  n2Leads,
  rejects,
  votes,
} from './steps.js';
import { append, durable, elect, entry, init, type Line, NODES, PROLOGUE, receive, replicate, send } from './trace.js';

const takes = (node: string, term: number, read: number, readIndex: number, round: number): Line => [
  node,
  { name: 'ReadRequest', term, read, readIndex, round },
];
const serves = (node: string, term: number, how: ReadHow, index: number, ...reads: number[]): Line => [
  node,
  { name: 'ServeRead', term, how, reads, index },
];

/** n1, leader of term 1, sends `to` a heartbeat of that round, and has its answer. */
function confirms(to: string, round: number, sentAtUs = 6_000_000_000): Line[] {
  const stamp = { round, sentAtUs };
  const heartbeat = { ...entriesAfter(1, 2, 1, [], 1), ...stamp };
  const answer = { ...accepts(1, 2), ...stamp };
  return [send('n1', to, heartbeat), receive(to, 'n1', heartbeat), send(to, 'n1', answer), receive('n1', to, answer)];
}

describe('steps of reads', () => {
  const holds = async (lines: readonly Line[]) => {
    const { anomalies, verdict } = await judgeSteps([...LEGAL, ...lines]);
    expect(anomalies.map(({ title }) => title)).toEqual([]);
    expect(verdict).toBe('valid');
  };
  const breaks = async (rule: string, lines: readonly Line[]) => {
    const { anomalies } = await judgeSteps([...LEGAL, ...lines]);
    expect([...new Set(anomalies.map(({ kind }) => kind))], anomalies[0]?.title).toEqual([rule]);
  };

  it('ReadIndex: a read is served after a majority has answered a round that began after it arrived', async () => {
    const read = takes('n1', 1, 1, 2, 2);
    await holds([read, ...confirms('n2', 2), serves('n1', 1, 'read-index', 2, 1)]);
    await holds([read, takes('n1', 1, 2, 2, 2), ...confirms('n2', 3), serves('n1', 1, 'read-index', 2, 1, 2)]);
    // n2 has answered round 1, which was before; or only a message of it.
    await breaks('ReadIndex', [read, serves('n1', 1, 'read-index', 2, 1)]);
    await breaks('ReadIndex', [read, ...confirms('n2', 1), serves('n1', 1, 'read-index', 2, 1)]);
    await breaks('ReadIndex', [read, ...confirms('n2', 2).slice(0, 3), serves('n1', 1, 'read-index', 2, 1)]);
  });

  it('ReadIndex: a round that began before the read arrived confirms nothing', async () => {
    await breaks('ReadIndex', [takes('n1', 1, 1, 2, 1)]);
    const [heartbeat, ...answered] = confirms('n2', 2);
    await breaks('ReadIndex', [heartbeat as Line, takes('n1', 1, 1, 2, 2), ...answered]);
    await holds([heartbeat as Line, takes('n1', 1, 1, 2, 3), ...answered]);
  });

  it('ReadIndex: nor does the refusal of a message that the leader sent in a former life', async () => {
    const old = { ...entriesAfter(1, 2, 1, [], 1), round: 7 };
    const begins = { ...entriesAfter(2, 2, 1, [entry(2, 0)], 0), round: 1, sentAtUs: 9_000_000_000 };
    const stamp = { round: 1, sentAtUs: 9_000_000_000 };
    const again: readonly Line[] = [
      send('n1', 'n2', old),
      init('n1', { term: 1, votedFor: 'n1', log: [E1, E2] }),
      become.candidate('n1', 2),
      votes('n1', 2, 'n1'),
      durable('n1', 2, 'n1', 2),
      send('n1', 'n2', { type: 'RequestVote', term: 2, preVote: false, lastLogIndex: 2, lastLogTerm: 1 }),
      receive('n2', 'n1', { type: 'RequestVote', term: 2, preVote: false, lastLogIndex: 2, lastLogTerm: 1 }),
      enters('n2', 2),
      votes('n2', 2, 'n1'),
      durable('n2', 2, 'n1', 2),
      send('n2', 'n1', { type: 'RequestVoteResponse', term: 2, preVote: false, granted: true }),
      receive('n1', 'n2', { type: 'RequestVoteResponse', term: 2, preVote: false, granted: true }),
      become.leader('n1', 2, 'n1', 'n2'),
      append('n1', 2, 3, entry(2, 0)),
      durable('n1', 2, 'n1', 3),
      send('n1', 'n2', begins),
      receive('n2', 'n1', begins),
      append('n2', 2, 3, entry(2, 0)),
      durable('n2', 2, 'n1', 3),
      send('n2', 'n1', { ...accepts(2, 3), ...stamp }),
      receive('n1', 'n2', { ...accepts(2, 3), ...stamp }),
      commits('n1', 2, 3, true),
      applies('n1', 1, E1, E2, entry(2, 0)),
      takes('n1', 2, 1, 3, 2),
    ];
    const refusal = { ...rejects(2, 2, 0, 0), round: NO_ROUND };
    const refused = [receive('n2', 'n1', old), send('n2', 'n1', refusal), receive('n1', 'n2', refusal)];
    await breaks('ReadIndex', [...again, ...refused, serves('n1', 2, 'read-index', 3, 1)]);
    const next = { ...entriesAfter(2, 3, 2, [], 0), round: 2, sentAtUs: 9_000_000_001 };
    const accepted = { ...accepts(2, 3), round: 2, sentAtUs: 9_000_000_001 };
    await holds([
      ...again,
      ...refused,
      send('n1', 'n2', next),
      receive('n2', 'n1', next),
      send('n2', 'n1', accepted),
      receive('n1', 'n2', accepted),
      serves('n1', 2, 'read-index', 3, 1),
    ]);
  });

  it('ReadIndex: the index is what is committed, and in the term of the leader', async () => {
    await breaks('ReadIndex', [takes('n1', 1, 1, 1, 2)]);
    // n2 knows only index 1 as committed, and its no-op will stand at index 3.
    await breaks('ReadIndex', [...n2Leads, takes('n2', 2, 1, 2, 1)]);
    await holds([...n2Leads, takes('n2', 2, 1, 3, 1)]);
  });

  it('ReadIndex: a read waits until its index is applied', async () => {
    const early = [takes('n1', 1, 1, 3, 2), ...confirms('n2', 2), serves('n1', 1, 'read-index', 2, 1)];
    await breaks('ReadIndex', early);
  });

  it('ReadIndex: a read is served once, having been taken, by the leader that took it', async () => {
    await breaks('ReadIndex', [...confirms('n2', 2), serves('n1', 1, 'read-index', 2, 1)]);
    const served = [takes('n1', 1, 1, 2, 2), ...confirms('n2', 2), serves('n1', 1, 'read-index', 2, 1)];
    await breaks('ReadIndex', [...served, serves('n1', 1, 'read-index', 2, 1)]);
    await breaks('ReadIndex', [takes('n2', 1, 1, 1, 2)]);
    await breaks('ReadIndex', [serves('n2', 1, 'read-index', 1)]);
  });

  it('LeaseRead: a leader serves at once, having committed an entry of its term that a majority answered', async () => {
    await holds([serves('n1', 1, 'lease', 2, 1)]);
    await breaks('LeaseRead', [serves('n2', 1, 'lease', 1, 1)]);
    await breaks('LeaseRead', [...n2Leads, serves('n2', 2, 'lease', 1, 1)]);
  });

  it('LeaseRead: not where nobody has answered, be its entry committed or not', async () => {
    const told = { ...entriesAfter(2, 2, 1, [entry(2, 0)], 1), sentAtUs: 9_000_000_000 };
    const answer = { ...accepts(2, 0), sentAtUs: 9_000_000_000 };
    const commitsAlone = [durable('n2', 2, 'n2', 3), commits('n2', 2, 3, true), applies('n2', 2, E2, entry(2, 0))];
    const kinds = async (...answered: Line[]) => {
      const lease = serves('n2', 2, 'lease', 3, 1);
      const { anomalies } = await judgeSteps([...LEGAL, ...n2Leads, ...commitsAlone, ...answered, lease]);
      return anomalies.map(({ kind }) => kind);
    };
    expect(await kinds()).toEqual(['AdvanceCommitIndex', 'LeaseRead']);
    expect(await kinds(send('n2', 'n3', told), receive('n2', 'n3', answer))).toEqual(['AdvanceCommitIndex']);
  });

  it('FollowerRead: any node answers, but from what it has applied', async () => {
    await holds([serves('n2', 1, 'follower', 1, 1)]);
    await breaks('FollowerRead', [serves('n2', 1, 'follower', 2, 1)]);
    await breaks('LeaseRead', [serves('n1', 1, 'lease', 1, 1)]);
  });

  it('are told with the section, and what would have been allowed', async () => {
    const { anomalies } = await judgeSteps([...LEGAL, takes('n1', 1, 4, 2, 2), serves('n1', 1, 'read-index', 2, 4)]);
    expect(anomalies[0]?.title).toBe('n1 served a read by read-index at index 2 (its event 21)');
    expect(anomalies[0]?.story[1]).toBe(
      'The specification allows there: read 4 to wait until 2 have answered round 2 or a later one; 1 had, itself included.',
    );
    expect(anomalies[0]?.story[3]).toMatch(/^ReadIndex \(thesis §6\.4\): A leader serves a read/);
  });
});

describe('reads against what the rest of the cluster did', () => {
  const judge = (lines: readonly Line[], inOrder = true) => {
    const checker = raftSafety({ nodes: NODES, inOrder });
    lines.forEach(([node, step], index) => {
      checker.observe({ ...step, kind: 'trace', timeUs: index * 1000, node } as TraceEvent);
    });
    return checker.conclude(1000);
  };
  const broken = async (lines: readonly Line[]) => [
    ...new Set((await judge([...PROLOGUE, ...lines])).anomalies.map(({ kind }) => kind)),
  ];
  /** n2 leads term 2 and has committed index 3; n1 knows nothing of it. */
  const othersGoOn: readonly Line[] = [
    ...elect('n2', 2, 'n3', { n2: 2 }),
    append('n3', 2, 1, entry(1, 0), entry(1, 11)),
    ...replicate('n2', 'n3', 2, 3, entry(2, 0)).filter(([, { name }]) => name !== 'Apply'),
  ];

  it('ReadFreshness: a read sees what was committed when it arrived, by whomever', async () => {
    const arrives = takes('n1', 1, 1, 2, 2);
    const served = serves('n1', 1, 'read-index', 2, 1);
    expect(await broken([arrives, served])).toEqual([]);
    // It arrived before: an old answer is allowed.
    expect(await broken([arrives, ...othersGoOn, served])).toEqual([]);
    expect(await broken([...othersGoOn, arrives, served])).toEqual(['ReadFreshness']);
  });

  it('ReadFreshness: what a former life took is forgotten, and a read that nobody took is left to the steps', async () => {
    const [arrives, served] = [takes('n1', 1, 1, 2, 2), serves('n1', 1, 'read-index', 2, 1)];
    const restarted = init('n1', { term: 1, votedFor: 'n1', log: [entry(1, 0), entry(1, 11)] });
    expect(await broken([...othersGoOn, arrives, restarted, served])).toEqual([]);
    expect(await broken([...othersGoOn, served])).toEqual([]);
  });

  it('ReadFreshness: one of several reads that wait', async () => {
    const served = serves('n1', 1, 'read-index', 2, 1);
    expect(await broken([...othersGoOn, takes('n1', 1, 1, 2, 2), takes('n1', 1, 2, 2, 2), served])).toEqual([
      'ReadFreshness',
    ]);
    expect(await broken([takes('n1', 1, 1, 2, 2), ...othersGoOn, takes('n1', 1, 2, 2, 2), served])).toEqual([]);
  });

  it('ReadFreshness: what a former leadership took is forgotten', async () => {
    const caughtUp = [
      ...othersGoOn,
      takes('n1', 1, 1, 2, 2),
      append('n1', 2, 3, entry(2, 0)),
      durable('n1', 2, null, 3),
    ];
    const again = [...elect('n1', 3, 'n2', { n1: 3, n2: 3 }), serves('n1', 3, 'read-index', 2, 1)];
    expect(await broken([...caughtUp, ...again])).toEqual([]);
    expect(await broken([...caughtUp, takes('n1', 2, 1, 2, 2), ...again.slice(-1)])).toEqual(['ReadFreshness']);
  });

  it('LeaseDisjoint: no read by lease once a later term has a leader, though nothing be committed yet', async () => {
    const served = serves('n1', 1, 'lease', 2, 1);
    expect(await broken([served, ...elect('n2', 2, 'n3', { n2: 2 })])).toEqual([]);
    expect(await broken([...elect('n2', 2, 'n3', { n2: 2 }), served])).toEqual(['LeaseDisjoint']);
    expect(await broken([...othersGoOn, served])).toEqual(['ReadFreshness', 'LeaseDisjoint']);
  });

  it('LeaseDisjoint: it is the term that is later, not the election', async () => {
    // n1 hears of its election in term 2 after n3 has gone on to elect n2 in term 3.
    const [vote, led] = elect('n1', 2, 'n3', { n1: 2 }).slice(-2) as [Line, Line];
    const electedLate = [
      ...elect('n1', 2, 'n3', { n1: 2 }).slice(0, -2),
      ...elect('n2', 3, 'n3', { n2: 2 }),
      vote,
      led,
    ];
    expect(await broken(electedLate)).toEqual([]);
    expect(await broken([...electedLate, serves('n1', 2, 'lease', 2, 1)])).toEqual(['LeaseDisjoint']);
    expect(await broken([...electedLate, serves('n2', 3, 'lease', 2, 1)])).toEqual([]);
  });

  it('reads from followers may be old, and are judged by neither', async () => {
    expect(await broken([...othersGoOn, serves('n1', 1, 'follower', 2, 1)])).toEqual([]);
  });

  it('without one order of all events nothing is said of either, and the facts say so', async () => {
    const lines = [...PROLOGUE, ...othersGoOn, serves('n1', 1, 'lease', 2, 1)];
    const unordered = await judge(lines, false);
    expect(unordered.verdict).toBe('valid');
    expect(unordered.facts['reads served']).toBe(1);
    expect(unordered.facts['reads held against the rest of the cluster']).toMatch(/not judged/);
    expect((await judge(lines)).facts['reads held against the rest of the cluster']).toBe(1);
    expect((await judge(PROLOGUE)).facts['reads served']).toBe('none in the trace');
  });

  it('each read is judged once, however it was taken', async () => {
    const taken = [...PROLOGUE, takes('n1', 1, 1, 2, 2)];
    const judged = async (...served: Line[]) =>
      (await judge([...taken, ...served])).facts['reads held against the rest of the cluster'];
    expect(await judged(serves('n1', 1, 'lease', 2, 1))).toBe(1);
    expect(await judged(serves('n1', 1, 'read-index', 2, 1), serves('n1', 1, 'read-index', 2, 1))).toBe(1);
  });

  it('the story says what the read lacks, where that is remembered', async () => {
    const lines = [...PROLOGUE, ...othersGoOn, takes('n1', 1, 1, 2, 2), serves('n1', 1, 'read-index', 2, 1)];
    const [stale] = (await judge(lines)).anomalies;
    expect(stale?.title).toBe('n1 served a read at index 2, though index 3 was committed before the read arrived');
    expect(stale?.nodes).toEqual(['n1', 'n2']);
    expect(stale?.story).toEqual([
      '0.038 s: n2 committed index 3 of term 2.',
      '0.039 s: a read arrived at n1.',
      '0.040 s: n1 served it by read-index from the state after index 2: what was written later, it does not see (§8).',
    ]);
  });

  it('the story names both leaders, both terms and the times', async () => {
    const { anomalies } = await judge([...PROLOGUE, ...othersGoOn, serves('n1', 1, 'lease', 2, 1)]);
    const disjoint = anomalies.find(({ kind }) => kind === 'LeaseDisjoint');
    expect(disjoint?.title).toBe('n1 served a read by the lease of term 1, though n2 led term 2 by then');
    expect(disjoint?.nodes).toEqual(['n1', 'n2']);
  });
});
