import { describe, expect, it } from 'vitest';
import { NO_ROUND } from '../../../src/consensus/raft/messages.js';
import {
  accepts,
  answersVote,
  applies,
  asksVote,
  become,
  breaks,
  commits,
  E1,
  E2,
  enters,
  entriesAfter,
  holds,
  installed,
  judgeSteps,
  LEGAL,
  n2Leads,
  rejects,
  snapshot,
  votes,
} from './steps.js';
import { append, durable, entry, init, type Line, NODES, receive, send } from './trace.js';

const E3 = entry(1, 12);
const E4 = entry(1, 13);

/** n3 hears of term 1 by the first two entries. */
const n3Follows: readonly Line[] = [
  send('n1', 'n3', entriesAfter(1, 0, 0, [E1, E2], 2)),
  receive('n3', 'n1', entriesAfter(1, 0, 0, [E1, E2], 2)),
  enters('n3', 1),
  become.follower('n3', 1, 'n1'),
  append('n3', 1, 1, E1, E2),
  commits('n3', 1, 2),
  applies('n3', 1, E1, E2),
];

describe('raftSteps', () => {
  it('accepts a legal trace, and says how much of it was consumed', async () => {
    const { verdict, facts, summary } = await judgeSteps(LEGAL);
    expect(verdict).toBe('valid');
    expect(summary).toBe(`All ${LEGAL.length} events of 3 nodes are steps of the specification.`);
    expect(facts).toMatchObject({
      consumed: LEGAL.length,
      foreign: 0,
      unobserved: 0,
    });
  });

  it('does not know what a trace is worth that is empty, lacks a node, or in which nothing happened', async () => {
    expect((await judgeSteps([])).verdict).toBe('unknown');
    expect((await judgeSteps(LEGAL.filter(([node]) => node !== 'n3'))).verdict).toBe('unknown');
    expect((await judgeSteps(LEGAL.slice(0, 3))).verdict).toBe('unknown');
    expect((await judgeSteps([...LEGAL.slice(0, 5), durable('n1', 1, 'n1', 0)])).verdict).toBe('unknown');
  });

  it('does not know what a trace is worth that it did not consume whole', async () => {
    const stranger = await judgeSteps([...LEGAL, init('n9')]);
    expect(stranger.verdict).toBe('unknown');
    expect(stranger.facts).toMatchObject({ foreign: 1, consumed: LEGAL.length });
    const other = [...LEGAL, ['n1', { name: 'PrePrepare' }] as unknown as Line];
    expect((await judgeSteps(other)).verdict).toBe('unknown');
  });

  it('tells the node, the event, the state before, what is allowed there, what happened, and the rule', async () => {
    const { anomalies, summary } = await judgeSteps([...LEGAL, append('n3', 0, 1, E1)]);
    expect(summary).toContain('n3 put 1 entry of term 1 at index 1 of its log (its event 2)');
    expect(anomalies[0]?.story).toEqual([
      'Before event 2 of n3, at 0.037 s, it was follower in term 0, no vote, log to index 0 of term 0, commit index 0, applied 0.',
      "The specification allows there: its log to stay as it is, for no message of its term's leader lets it change.",
      'What happened: n3 put 1 entry of term 1 at index 1 of its log.',
      'AcceptAppendEntriesRequest (§5.3): A follower appends what its log lacks, after dropping what conflicts with it, and follows the leader.',
    ]);
  });

  it('takes a node at its word after a divergence, counts all and tells two of each rule', async () => {
    const three = [entry(1, 1), entry(1, 2), entry(1, 3)].map((added, place) => append('n3', 0, place + 1, added));
    const { anomalies, facts } = await judgeSteps([...LEGAL, ...three]);
    expect(anomalies).toHaveLength(2);
    expect(facts.AcceptAppendEntriesRequest).toBe(3);
    expect(anomalies[1]?.story[0]).toContain('log to index 1 of term 1');
  });

  it('judges the same trace with each node read as a whole, in whatever order', async () => {
    for (const order of [NODES, [...NODES].reverse(), ['n2', 'n3', 'n1']]) {
      const all = [...LEGAL, ...n3Follows];
      const { anomalies } = await judgeSteps(order.flatMap((node) => all.filter(([of]) => of === node)));
      expect(anomalies, order.join()).toEqual([]);
    }
  });

  it('begins a process anew: it owes nothing, and has only what was recovered', async () => {
    const again = init('n2', { term: 1, votedFor: 'n1', log: [E1, E2] });
    await holds([receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 2)), again]);
    await breaks('AcceptAppendEntriesRequest', [
      receive('n2', 'n1', entriesAfter(1, 2, 1, [], 0)),
      again,
      send('n2', 'n1', accepts(1, 2)),
    ]);
    await breaks('FollowerCommit', [again, commits('n2', 1, 2)]);
    await breaks('BecomeLeader', [...n2Leads.slice(0, 9), again, become.leader('n2', 1, 'n2', 'n3')].slice(0, 11));
  });
});

/** n1 appends an entry that nobody else has, then learns of n2's term and takes its entry in its place. */
const conflicting: readonly Line[] = [
  append('n1', 1, 3, E3),
  ...n2Leads,
  send('n2', 'n1', entriesAfter(2, 2, 1, [entry(2, 0)], 1)),
  receive('n1', 'n2', entriesAfter(2, 2, 1, [entry(2, 0)], 1)),
  enters('n1', 2),
  become.follower('n1', 2, 'n2'),
  append('n1', 2, 3, entry(2, 0)),
];

describe('terms and roles (§5.1, §5.2)', () => {
  it('UpdateTerm: a term is entered because a message speaks of it, and that one', async () => {
    await holds([receive('n1', 'n3', answersVote(3, false)), enters('n1', 3), become.follower('n1', 3, null)]);
    await breaks('UpdateTerm', [enters('n3', 5)]);
    await breaks('UpdateTerm', [receive('n1', 'n3', answersVote(3, false)), enters('n1', 4)]);
    await breaks('UpdateTerm', [enters('n1', 1)]);
  });

  it('UpdateTerm: a later term must be entered', async () => {
    for (const message of [answersVote(3, false), answersVote(3, false, true), accepts(3, 1), installed(3, 1)]) {
      await breaks('UpdateTerm', [receive('n1', 'n3', message), append('n1', 1, 3, E3)]);
      await holds([receive('n1', 'n3', message)]);
    }
    await breaks('UpdateTerm', [
      receive('n2', 'n3', entriesAfter(2, 2, 1, [])),
      receive('n2', 'n3', entriesAfter(2, 2, 1, [])),
      enters('n2', 2),
      become.follower('n2', 2, 'n3'),
    ]);
  });

  it('UpdateTerm: not so the term of a granted pre-vote', async () => {
    await holds([receive('n1', 'n3', answersVote(2, true, true)), append('n1', 1, 3, E3)]);
    await breaks('UpdateTerm', [receive('n1', 'n3', answersVote(2, true, true)), enters('n1', 2)]);
  });

  it('UpdateTerm: for a candidate only where voters do not stick to their leader', async () => {
    const ignores = [receive('n2', 'n3', asksVote(2, 2, 1)), receive('n2', 'n1', entriesAfter(1, 2, 1, [], 1))];
    await holds(ignores);
    await breaks('UpdateTerm', ignores, { stickToLeader: false });
    await holds([receive('n2', 'n3', asksVote(2, 2, 1)), enters('n2', 2), votes('n2', 2, 'n3')]);
  });

  it('UpdateTerm: whatever a node does, it does in its term', async () => {
    const { anomalies } = await judgeSteps([...LEGAL, commits('n1', 2, 2, true)]);
    expect(anomalies[0]?.kind).toBe('UpdateTerm');
    expect(anomalies[0]?.title).toContain('acted in term 2');
  });

  it('BecomeFollower: of the leader that is heard from', async () => {
    await breaks('BecomeFollower', [become.follower('n2', 1, 'n3')]);
    await breaks('BecomeFollower', [
      receive('n1', 'n3', answersVote(3, false)),
      enters('n1', 3),
      become.follower('n1', 3, 'n3'),
    ]);
    await breaks('BecomeFollower', [become.follower('n3', 0, null)]);
  });

  it('BecomeFollower: a leader may step down, but not follow another of its term', async () => {
    await holds([become.follower('n1', 1, null)]);
    await breaks('BecomeFollower', [receive('n1', 'n2', entriesAfter(1, 2, 1, [])), become.follower('n1', 1, 'n2')]);
  });

  it('BecomeFollower: a candidate that hears from the leader of its term must follow it', async () => {
    const heard = [become.candidate('n3', 1), votes('n3', 1, 'n3'), receive('n3', 'n1', entriesAfter(1, 0, 0, []))];
    await holds([...heard, become.follower('n3', 1, 'n1'), become.candidate('n3', 2), votes('n3', 2, 'n3')]);
    await breaks('BecomeFollower', [...heard, become.candidate('n3', 2), votes('n3', 2, 'n3')]);
  });
});

describe('elections (§5.2, §5.4.1)', () => {
  it('RequestVote: nobody campaigns who leads, or in another term than the next', async () => {
    await holds([become.candidate('n2', 2), votes('n2', 2, 'n2')]);
    await breaks('RequestVote', [become.candidate('n1', 2), votes('n1', 2, 'n1')]);
    await breaks('RequestVote', [become.candidate('n2', 3), votes('n2', 3, 'n2')]);
  });

  it('RequestVote: a candidate votes for itself', async () => {
    await breaks('RequestVote', [become.candidate('n2', 2), become.candidate('n2', 3), votes('n2', 3, 'n2')]);
  });

  it('RequestVote: candidates ask with the log that they campaigned with, if late', async () => {
    const campaigns = [become.candidate('n2', 2), votes('n2', 2, 'n2')];
    await holds([...campaigns, become.candidate('n2', 3), votes('n2', 3, 'n2'), send('n2', 'n1', asksVote(2, 2, 1))]);
    await breaks('RequestVote', [...campaigns, send('n2', 'n1', asksVote(2, 3, 1))]);
    await breaks('RequestVote', [...campaigns, send('n2', 'n1', asksVote(2, 2, 0))]);
    await breaks('RequestVote', [...campaigns, send('n2', 'n1', asksVote(3, 2, 1))]);
    await breaks('RequestVote', [send('n3', 'n1', asksVote(1, 0, 0))]);
  });

  it('HandleRequestVoteRequest: a vote is for whoever asked for it, or oneself', async () => {
    const asked = receive('n3', 'n2', asksVote(2, 2, 1));
    await holds([
      asked,
      enters('n3', 2),
      votes('n3', 2, 'n2'),
      durable('n3', 2, 'n2', 0),
      send('n3', 'n2', answersVote(2, true)),
    ]);
    await breaks('HandleRequestVoteRequest', [votes('n3', 0, 'n1')]);
    await breaks('HandleRequestVoteRequest', [votes('n3', 0, 'n3')]);
    await breaks('HandleRequestVoteRequest', [asked, enters('n3', 2), votes('n3', 2, 'n1')]);
  });

  it('HandleRequestVoteRequest: of which the log is at least as up-to-date as its own', async () => {
    const voted = (index: number, term: number) => [
      receive('n2', 'n3', asksVote(2, index, term)),
      enters('n2', 2),
      votes('n2', 2, 'n3'),
    ];
    await holds(voted(2, 1));
    await holds(voted(1, 2));
    await breaks('HandleRequestVoteRequest', voted(1, 1));
    await breaks('HandleRequestVoteRequest', voted(9, 0));
  });

  it('HandleRequestVoteRequest: once in a term', async () => {
    await breaks('HandleRequestVoteRequest', [receive('n2', 'n3', asksVote(1, 2, 1)), votes('n2', 1, 'n3')]);
    await holds([receive('n2', 'n1', asksVote(1, 0, 0)), send('n2', 'n1', answersVote(1, false))]);
    await breaks('HandleRequestVoteRequest', [
      receive('n3', 'n2', asksVote(2, 2, 1)),
      enters('n3', 2),
      votes('n3', 2, 'n2'),
      votes('n3', 2, 'n2'),
    ]);
  });

  it('HandleRequestVoteRequest: a vote is not refused for no reason', async () => {
    const asked = [receive('n3', 'n2', asksVote(2, 2, 1)), enters('n3', 2)];
    await breaks('HandleRequestVoteRequest', [...asked, receive('n3', 'n2', asksVote(2, 2, 1)), votes('n3', 2, 'n2')]);
    await breaks('HandleRequestVoteRequest', [...asked, votes('n3', 2, 'n2'), send('n3', 'n2', answersVote(2, false))]);
    // Unless it hears from a leader, and stays in its term.
    await holds([receive('n3', 'n2', asksVote(2, 2, 1)), send('n3', 'n2', answersVote(0, false))]);
    await breaks('HandleRequestVoteRequest', [
      receive('n3', 'n2', asksVote(2, 2, 1)),
      send('n3', 'n2', answersVote(2, false)),
    ]);
  });

  it('HandleRequestVoteRequest: no answer is sent that is not owed, or twice', async () => {
    await breaks('HandleRequestVoteRequest', [send('n2', 'n3', answersVote(1, false))]);
    await breaks('HandleRequestVoteRequest', [send('n2', 'n1', answersVote(1, true))]);
    const stale = [receive('n2', 'n3', asksVote(0, 0, 0)), send('n2', 'n3', answersVote(1, false))];
    await holds(stale);
    await breaks('HandleRequestVoteRequest', [...stale, send('n2', 'n3', answersVote(1, false))]);
    await breaks('HandleRequestVoteRequest', [
      receive('n2', 'n3', asksVote(0, 0, 0)),
      send('n2', 'n3', answersVote(0, false)),
    ]);
    await breaks('HandleRequestVoteRequest', [
      receive('n2', 'n3', asksVote(0, 9, 9)),
      send('n2', 'n3', answersVote(1, true)),
    ]);
  });

  it('BecomeLeader: by the votes of a quorum that were granted in this term', async () => {
    await holds(n2Leads);
    const [campaign, election] = [n2Leads.slice(0, 3), n2Leads.slice(0, 10)];
    await breaks('BecomeLeader', [...campaign, become.leader('n2', 2, 'n2', 'n3')]);
    await breaks('BecomeLeader', [...campaign, become.leader('n2', 2, 'n2')]);
    await breaks('BecomeLeader', [...campaign, become.leader('n2', 2, 'n2', 'n2')]);
    await breaks('BecomeLeader', [...election, become.leader('n2', 2, 'n2', 'n1')]);
    await breaks('BecomeLeader', [become.leader('n3', 0, 'n3', 'n1')]);
    await breaks('BecomeLeader', [
      ...campaign,
      receive('n2', 'n3', answersVote(1, true)),
      become.leader('n2', 2, 'n2', 'n3'),
    ]);
    await breaks('BecomeLeader', [
      ...campaign,
      receive('n2', 'n3', answersVote(2, false)),
      become.leader('n2', 2, 'n2', 'n3'),
    ]);
  });

  it('BecomeLeader: votes of an earlier candidacy do not count', async () => {
    await breaks('BecomeLeader', [
      ...n2Leads.slice(0, 10),
      become.candidate('n2', 3),
      votes('n2', 3, 'n2'),
      durable('n2', 3, 'n2', 2),
      become.leader('n2', 3, 'n2', 'n3'),
    ]);
  });

  it("BecomeLeader: a candidate's own vote counts when it is durable", async () => {
    const inMemory = n2Leads.slice(0, 10).filter(([node, { name }]) => node !== 'n2' || name !== 'Durable');
    await breaks('BecomeLeader', [...inMemory, become.leader('n2', 2, 'n2', 'n3')]);
    await holds([...inMemory, receive('n2', 'n1', answersVote(2, true)), become.leader('n2', 2, 'n1', 'n3')]);
  });
});

describe('pre-votes (thesis §9.6)', () => {
  const preVote = true;
  const asks = [become.preCandidate('n2', 1), send('n2', 'n3', asksVote(2, 2, 1, true))];
  const granted = [
    ...asks,
    receive('n3', 'n2', asksVote(2, 2, 1, true)),
    send('n3', 'n2', answersVote(2, true, true)),
    receive('n2', 'n3', answersVote(2, true, true)),
  ];
  const campaigns = [become.candidate('n2', 2), votes('n2', 2, 'n2')];
  /** The legal beginning, whose candidate did not ask. */
  const after = async (lines: readonly Line[]) => {
    const start = LEGAL.filter(([, { name }]) => name === 'InitState');
    const asked = [become.preCandidate('n1', 0), receive('n1', 'n2', answersVote(1, true, true))];
    const { anomalies } = await judgeSteps([...start, ...asked, ...LEGAL.slice(3), ...lines], { preVote });
    return [...new Set(anomalies.map(({ kind }) => kind))].filter((kind) => kind !== 'ReceivedWasSent');
  };

  it('PreVote: nobody campaigns without the pre-votes of a quorum, of this time', async () => {
    expect(await after([...granted, ...campaigns])).toEqual([]);
    expect(await after(campaigns)).toEqual(['PreVote']);
    expect(await after([...asks, ...campaigns])).toEqual(['PreVote']);
    expect(await after([...granted, become.preCandidate('n2', 1), ...campaigns])).toEqual(['PreVote']);
    expect(await after([...asks, receive('n2', 'n3', answersVote(1, false, true)), ...campaigns])).toEqual(['PreVote']);
    expect(await after([...asks, receive('n2', 'n3', answersVote(3, true, true)), ...campaigns])).toEqual(['PreVote']);
  });

  it('PreVote: a leader does not ask, and nobody where that is not agreed', async () => {
    expect(await after([become.preCandidate('n1', 1)])).toEqual(['PreVote']);
    await breaks('PreVote', [become.preCandidate('n2', 1)]);
  });

  it('PreVote: a pre-candidate asks with its own log, for the next term', async () => {
    for (const asked of [asksVote(1, 2, 1, true), asksVote(2, 3, 1, true), asksVote(2, 2, 2, true)]) {
      expect(await after([become.preCandidate('n2', 1), send('n2', 'n3', asked)])).toEqual(['PreVote']);
    }
    expect(await after([send('n2', 'n3', asksVote(2, 2, 1, true))])).toEqual(['PreVote']);
    await breaks('PreVote', [send('n2', 'n3', asksVote(2, 2, 1, true))]);
  });

  it('PreVote: it is granted to whoever could win a later term, and refused in the own term', async () => {
    const answered = async (asked: object, answer: object) =>
      after([receive('n2', 'n3', asked), send('n2', 'n3', answer)]);
    expect(await answered(asksVote(2, 2, 1, true), answersVote(2, true, true))).toEqual([]);
    // It may hear from a leader.
    expect(await answered(asksVote(2, 2, 1, true), answersVote(1, false, true))).toEqual([]);
    expect(await answered(asksVote(2, 1, 1, true), answersVote(2, true, true))).toEqual(['PreVote']);
    expect(await answered(asksVote(1, 2, 1, true), answersVote(1, true, true))).toEqual(['PreVote']);
    expect(await answered(asksVote(2, 1, 1, true), answersVote(2, false, true))).toEqual(['PreVote']);
    await breaks(
      'PreVote',
      [receive('n2', 'n3', asksVote(2, 2, 1, true)), send('n2', 'n3', answersVote(1, false, true))],
      {
        stickToLeader: false,
      },
    );
  });

  it('PreVote: whoever is asked and does not hear from a leader answers, before anything else', async () => {
    const asked = (term: number) => [become.preCandidate('n3', 0), receive('n2', 'n3', asksVote(term, 0, 0, true))];
    const next = become.preCandidate('n2', 1);
    expect(await after([...asked(1), send('n2', 'n3', answersVote(1, false, true)), next])).toEqual([]);
    expect(await after([...asked(1), next])).toEqual(['PreVote']);
    expect(await after([...asked(1), send('n2', 'n1', answersVote(1, false, true)), next])).toEqual(['PreVote']);
    expect(await after([...asked(2), next])).toEqual([]);
    // A process that was killed answers nobody.
    expect(await after([...asked(1), init('n2', { term: 1, votedFor: 'n1', log: [E1, E2] }), next])).toEqual([]);
  });

  it('who grants a pre-vote neither enters the term nor votes', async () => {
    expect(await after([receive('n3', 'n2', asksVote(2, 2, 1, true)), enters('n3', 2)])).toEqual(['UpdateTerm']);
  });
});

describe('replication (§5.3)', () => {
  it('ClientRequest: a leader appends entries of its own term at the end', async () => {
    await holds([append('n1', 1, 3, E3, E4)]);
    await breaks('ClientRequest', [append('n1', 1, 2, E3)]);
    await breaks('ClientRequest', [append('n1', 1, 4, E3)]);
    await breaks('ClientRequest', [append('n1', 1, 3, entry(0, 9))]);
  });

  it('AppendEntries: a leader tells what is in its log, and what it knows as committed', async () => {
    const told = (message: object) => [append('n1', 1, 3, E3), send('n1', 'n3', message)];
    await holds(told(entriesAfter(1, 1, 1, [E2, E3], 2)));
    await holds(told(entriesAfter(1, 3, 1, [], 0)));
    await breaks('AppendEntries', told(entriesAfter(1, 1, 1, [E2, E3], 3)));
    await breaks('AppendEntries', told(entriesAfter(1, 1, 0, [E2, E3], 2)));
    await breaks('AppendEntries', told(entriesAfter(1, 1, 1, [E2, E4], 2)));
    await breaks('AppendEntries', told(entriesAfter(1, 1, 1, [entry(2, E2.digest)], 2)));
    await breaks('AppendEntries', told(entriesAfter(1, 2, 1, [E3, E4], 2)));
    await breaks('AppendEntries', told(entriesAfter(1, 4, 1, [], 2)));
    await breaks('AppendEntries', told(entriesAfter(1, 0, 1, [], 2)));
    await breaks('AppendEntries', told(entriesAfter(2, 2, 1, [E3], 2)));
    await breaks('AppendEntries', [send('n2', 'n3', entriesAfter(1, 1, 1, [E2], 1))]);
  });

  it('AcceptAppendEntriesRequest: a follower appends exactly what it lacks', async () => {
    const told = (...steps: Line[]) => [receive('n2', 'n1', entriesAfter(1, 1, 1, [E2, E3, E4], 1)), ...steps];
    await holds(told(append('n2', 1, 3, E3, E4)));
    await breaks('AcceptAppendEntriesRequest', told(append('n2', 1, 3, E3)));
    await breaks('AcceptAppendEntriesRequest', told(append('n2', 1, 3, E4, E3)));
    await breaks('AcceptAppendEntriesRequest', told(append('n2', 1, 2, E2, E3, E4)));
    await breaks('AcceptAppendEntriesRequest', told(append('n2', 1, 3, E3, E4), append('n2', 1, 5, E4)));
    await breaks('AcceptAppendEntriesRequest', told(receive('n2', 'n1', entriesAfter(1, 1, 1, [], 1))));
    await breaks('AcceptAppendEntriesRequest', [append('n2', 1, 3, E3)]);
  });

  it('AcceptAppendEntriesRequest: what conflicts is dropped with all that follows it', async () => {
    await holds(conflicting);
    const n1Takes = conflicting.slice(0, -1);
    await breaks('AcceptAppendEntriesRequest', [...n1Takes, append('n1', 2, 4, entry(2, 0))]);
    await breaks('AcceptAppendEntriesRequest', [...n1Takes, become.candidate('n1', 3), votes('n1', 3, 'n1')]);
  });

  it('AcceptAppendEntriesRequest: a leader of a former term changes nothing', async () => {
    const stale = [...n2Leads, receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 2))];
    const refusal = { ...rejects(2, 2, 0, 0), round: NO_ROUND };
    await holds([...stale, send('n2', 'n1', refusal)]);
    await breaks('RejectAppendEntriesRequest', [...stale, send('n2', 'n1', { ...refusal, term: 1 })]);
    // Nor does it confirm the leader's round.
    await breaks('RejectAppendEntriesRequest', [...stale, send('n2', 'n1', { ...refusal, round: 1 })]);
    await breaks('AcceptAppendEntriesRequest', [...stale, send('n2', 'n1', accepts(1, 3))]);
    await breaks('AcceptAppendEntriesRequest', [
      ...n2Leads.slice(0, 9),
      receive('n3', 'n1', entriesAfter(1, 0, 0, [E1], 0)),
      append('n3', 2, 1, E1),
    ]);
  });

  it('AcceptAppendEntriesRequest: what is acknowledged is what the message reached to, once', async () => {
    const told = [receive('n2', 'n1', entriesAfter(1, 0, 0, [E1], 1))];
    await holds([...told, send('n2', 'n1', accepts(1, 1))]);
    await breaks('AcceptAppendEntriesRequest', [...told, send('n2', 'n1', accepts(1, 2))]);
    await breaks('AcceptAppendEntriesRequest', [...told, send('n2', 'n1', accepts(1, 0))]);
    await breaks('AcceptAppendEntriesRequest', [...told, send('n2', 'n1', accepts(2, 1))]);
    await breaks('AcceptAppendEntriesRequest', [...told, send('n2', 'n3', accepts(1, 1))]);
    await breaks('AcceptAppendEntriesRequest', [...told, send('n2', 'n1', { ...accepts(1, 1), round: 2 })]);
    await breaks('AcceptAppendEntriesRequest', [
      ...told,
      send('n2', 'n1', accepts(1, 1)),
      send('n2', 'n1', accepts(1, 1)),
    ]);
    await breaks('RejectAppendEntriesRequest', [...told, send('n2', 'n1', rejects(1, 0, 0, 3))]);
  });

  it('answers may leave late, in another order, or never', async () => {
    await holds([
      receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 1)),
      append('n2', 1, 3, E3),
      receive('n2', 'n1', { ...entriesAfter(1, 3, 1, [E4], 1), round: 2 }),
      append('n2', 1, 4, E4),
      receive('n2', 'n1', { ...entriesAfter(1, 4, 1, [], 1), round: 3 }),
      become.candidate('n2', 2),
      votes('n2', 2, 'n2'),
      send('n2', 'n1', { ...accepts(1, 4), round: 2 }),
      send('n2', 'n1', accepts(1, 3)),
    ]);
  });

  it('RejectAppendEntriesRequest: entries whose predecessor is not there are rejected, with true hints', async () => {
    const gap = receive('n2', 'n1', entriesAfter(1, 4, 1, [E4], 2));
    await holds([gap, send('n2', 'n1', rejects(1, 4, 0, 3))]);
    await breaks('RejectAppendEntriesRequest', [gap, send('n2', 'n1', rejects(1, 4, 0, 2))]);
    await breaks('RejectAppendEntriesRequest', [gap, send('n2', 'n1', rejects(1, 4, 1, 3))]);
    await breaks('RejectAppendEntriesRequest', [gap, send('n2', 'n1', rejects(1, 3, 0, 3))]);
    await breaks('AcceptAppendEntriesRequest', [gap, send('n2', 'n1', accepts(1, 5))]);
    await breaks('AcceptAppendEntriesRequest', [gap, append('n2', 1, 3, E4)]);
    const other = [
      receive('n2', 'n3', entriesAfter(3, 2, 2, [entry(3, 1)], 2)),
      enters('n2', 3),
      become.follower('n2', 3, 'n3'),
    ];
    await holds([...other, send('n2', 'n3', rejects(3, 2, 1, 1))]);
    await breaks('RejectAppendEntriesRequest', [...other, send('n2', 'n3', rejects(3, 2, 1, 2))]);
    await breaks('AcceptAppendEntriesRequest', [...other, append('n2', 3, 3, entry(3, 1))]);
    await breaks('FollowerCommit', [...other, commits('n2', 3, 2)]);
  });
});

describe('commitment (§5.3, §5.4.2)', () => {
  const third = [append('n1', 1, 3, E3)];
  const acknowledged = [...third, receive('n1', 'n3', accepts(1, 3))];

  it('AdvanceCommitIndex: to what a quorum holds durably, and no further', async () => {
    await holds([...acknowledged, durable('n1', 1, 'n1', 3), commits('n1', 1, 3, true), applies('n1', 3, E3)]);
    await breaks('AdvanceCommitIndex', [...acknowledged, commits('n1', 1, 3, true)]);
    await breaks('AdvanceCommitIndex', [...third, durable('n1', 1, 'n1', 3), commits('n1', 1, 3, true)]);
    await breaks('AdvanceCommitIndex', [
      ...third,
      receive('n1', 'n3', rejects(1, 3, 0, 1)),
      durable('n1', 1, 'n1', 3),
      commits('n1', 1, 3, true),
    ]);
    await breaks('AdvanceCommitIndex', [commits('n1', 1, 2, true)]);
  });

  it('AdvanceCommitIndex: to the highest such entry', async () => {
    const two = [append('n1', 1, 3, E3, E4), durable('n1', 1, 'n1', 4), receive('n1', 'n3', accepts(1, 4))];
    await holds([...two, commits('n1', 1, 4, true)]);
    await breaks('AdvanceCommitIndex', [...two, commits('n1', 1, 3, true)]);
  });

  it('AdvanceCommitIndex: by entries of its own term, by answers of its own term', async () => {
    const leads = [...n2Leads, durable('n2', 2, 'n2', 3)];
    await holds([...leads, receive('n2', 'n3', accepts(2, 3)), commits('n2', 2, 3, true)]);
    await breaks('AdvanceCommitIndex', [...leads, receive('n2', 'n3', accepts(2, 2)), commits('n2', 2, 2, true)]);
    await breaks('AdvanceCommitIndex', [...leads, receive('n2', 'n3', accepts(1, 3)), commits('n2', 2, 3, true)]);
  });

  it('AdvanceCommitIndex: a leader commits as leader, a follower as follower', async () => {
    await breaks('AdvanceCommitIndex', [...acknowledged, durable('n1', 1, 'n1', 3), commits('n1', 1, 3)]);
    await breaks('AdvanceCommitIndex', [commits('n2', 1, 2, true)]);
  });

  it('FollowerCommit: to the lesser of leaderCommit and the last new entry, once that is appended', async () => {
    const told = receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 9));
    await holds([told, append('n2', 1, 3, E3), commits('n2', 1, 3), applies('n2', 2, E2, E3)]);
    await holds([receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 2)), append('n2', 1, 3, E3), commits('n2', 1, 2)]);
    await breaks('FollowerCommit', [told, append('n2', 1, 3, E3), commits('n2', 1, 2)]);
    await breaks('FollowerCommit', [told, append('n2', 1, 3, E3), receive('n2', 'n1', entriesAfter(1, 3, 1, [], 1))]);
    await breaks('FollowerCommit', [receive('n2', 'n1', entriesAfter(1, 1, 1, [], 2)), commits('n2', 1, 2)]);
    await breaks('FollowerCommit', [told, commits('n2', 1, 3), append('n2', 1, 3, E3)]);
    await breaks('FollowerCommit', [commits('n2', 1, 2)]);
  });

  it('Apply: its own entries in order, up to the commit index', async () => {
    const committed = [receive('n2', 'n1', entriesAfter(1, 2, 1, [], 2)), commits('n2', 1, 2)];
    await holds([...committed, applies('n2', 2, E2)]);
    await breaks('Apply', [...committed, applies('n2', 2, E3)]);
    await breaks('Apply', [...committed, applies('n2', 1, E1, E2)]);
    await breaks('Apply', [...committed, applies('n2', 3, E2)]);
    await breaks('Apply', [applies('n2', 2, E2)]);
  });
});

/** n3 gets n1's snapshot to index 2. */
function installs(...kept: { term: number; digest: number }[]): Line[] {
  return [
    send('n1', 'n3', snapshot(1, 2, 1)),
    receive('n3', 'n1', snapshot(1, 2, 1)),
    enters('n3', 1),
    become.follower('n3', 1, 'n1'),
    ['n3', { name: 'InstallSnapshot', index: 2, term: 1, log: kept }],
    durable('n3', 1, null, 2 + kept.length),
    send('n3', 'n1', installed(1, 2)),
  ];
}

describe('snapshots (§7)', () => {
  const compacts = (node: string, index: number, term: number): Line => [node, { name: 'Compact', index, term }];

  it('Compact: to an entry that was applied, by its term, and forwards', async () => {
    await holds([compacts('n1', 1, 1), compacts('n1', 2, 1)]);
    await breaks('Compact', [compacts('n1', 1, 0)]);
    await breaks('Compact', [compacts('n2', 2, 1)]);
    await breaks('Compact', [compacts('n1', 1, 1), compacts('n1', 1, 1)]);
  });

  it('what a snapshot took the place of is not looked for', async () => {
    const compacted = compacts('n1', 2, 1);
    await holds([
      compacted,
      append('n1', 1, 3, E3),
      send('n1', 'n3', entriesAfter(1, 0, 0, [E1, E2, E3], 2)),
      send('n1', 'n3', entriesAfter(1, 2, 1, [E3], 2)),
    ]);
    await holds([
      ...installs(),
      receive('n3', 'n1', entriesAfter(1, 0, 0, [E1, E2, E3], 2)),
      append('n3', 1, 3, E3),
      durable('n3', 1, null, 3),
      send('n3', 'n1', accepts(1, 3)),
    ]);
  });

  it('InstallSnapshot: one that arrived whole and is newer than what is committed', async () => {
    await holds(installs());
    const told = (message: object, ...steps: Line[]): Line[] => [
      receive('n3', 'n1', message),
      enters('n3', 1),
      become.follower('n3', 1, 'n1'),
      ...steps,
    ];
    const install: Line = ['n3', { name: 'InstallSnapshot', index: 2, term: 1, log: [] }];
    const part = snapshot(1, 2, 1, { done: false });
    const rest = snapshot(1, 2, 1, { offset: 5 });
    await holds(told(part, receive('n3', 'n1', rest), install, send('n3', 'n1', installed(1, 2, 5, false))));
    await holds(told(rest, send('n3', 'n1', installed(1, 2, 0, false))));
    await breaks('InstallSnapshot', told(part, install));
    await breaks('InstallSnapshot', told(rest, install));
    await breaks('InstallSnapshot', told(snapshot(1, 2, 1), receive('n3', 'n1', entriesAfter(1, 0, 0, [], 0))));
    await breaks('InstallSnapshot', told(snapshot(1, 3, 1), install));
    await breaks('InstallSnapshot', told(snapshot(1, 2, 0), install));
    await breaks('InstallSnapshot', told(part, send('n3', 'n1', installed(1, 2, 5, true))));
    await breaks('InstallSnapshot', told(part, send('n3', 'n1', installed(1, 2, 4, false))));
    await breaks('InstallSnapshot', told(part, send('n3', 'n1', installed(1, 3, 5, false))));
    await breaks('InstallSnapshot', [...installs(), send('n3', 'n1', installed(1, 2))]);
  });

  it('InstallSnapshot: an older one changes nothing and counts as installed', async () => {
    const old = receive('n2', 'n1', snapshot(1, 1, 1));
    await holds([old, send('n2', 'n1', installed(1, 1))]);
    await breaks('InstallSnapshot', [old, ['n2', { name: 'InstallSnapshot', index: 1, term: 1, log: [E2] }]]);
  });

  it('InstallSnapshot: the log after it is retained where it contains its last entry (Figure 13)', async () => {
    const takes = (...log: { term: number; digest: number }[]): Line[] => [
      receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 1)),
      append('n2', 1, 3, E3),
      receive('n2', 'n1', snapshot(1, 2, 1)),
      ['n2', { name: 'InstallSnapshot', index: 2, term: 1, log }],
    ];
    await holds(takes(E3));
    await breaks('InstallSnapshot', takes());
    await breaks('InstallSnapshot', takes(E4));
    await breaks('InstallSnapshot', installs(E3));
  });

  it('InstallSnapshot: a leader sends what it has applied', async () => {
    await breaks('InstallSnapshot', [append('n1', 1, 3, E3), send('n1', 'n3', snapshot(1, 3, 1))]);
    await breaks('InstallSnapshot', [send('n1', 'n3', snapshot(1, 2, 0))]);
    await breaks('InstallSnapshot', [send('n1', 'n3', snapshot(0, 2, 1))]);
    await breaks('InstallSnapshot', [send('n2', 'n3', snapshot(1, 1, 1))]);
  });
});

describe('the disk and the network', () => {
  it('PersistentBeforeAnswer: what is acknowledged is durable, and what is granted', async () => {
    const takes = [receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 1)), append('n2', 1, 3, E3)];
    await holds([...takes, durable('n2', 1, 'n1', 3), send('n2', 'n1', accepts(1, 3))]);
    await breaks('PersistentBeforeAnswer', [...takes, send('n2', 'n1', accepts(1, 3))]);
    const grants = [receive('n3', 'n2', asksVote(2, 2, 1)), enters('n3', 2), votes('n3', 2, 'n2')];
    await breaks('PersistentBeforeAnswer', [...grants, send('n3', 'n2', answersVote(2, true))]);
    const forNobody = durable('n3', 2, null, 0);
    await breaks('PersistentBeforeAnswer', [...grants, forNobody, send('n3', 'n2', answersVote(2, true))]);
    const isInstalled = installs().filter(([node, { name }]) => node !== 'n3' || name !== 'Durable');
    await breaks('PersistentBeforeAnswer', isInstalled);
  });

  it('PersistentBeforeAnswer: what was replaced is no more durable', async () => {
    const replaced = [...conflicting, send('n1', 'n2', accepts(2, 3))];
    await breaks('PersistentBeforeAnswer', [append('n1', 1, 3, E3), durable('n1', 1, 'n1', 3), ...replaced.slice(1)]);
    await holds([...conflicting, durable('n1', 2, null, 3), send('n1', 'n2', accepts(2, 3))]);
  });

  it('PersistentBeforeAnswer: an answer may leave in a later term, or behind a snapshot', async () => {
    const takes = [receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 1)), append('n2', 1, 3, E3)];
    await holds([...takes, become.candidate('n2', 2), votes('n2', 2, 'n2'), send('n2', 'n1', accepts(1, 3))]);
    const voted = [receive('n3', 'n2', asksVote(2, 2, 1)), enters('n3', 2), votes('n3', 2, 'n2')];
    await holds([
      ...voted,
      become.candidate('n3', 3),
      votes('n3', 3, 'n3'),
      durable('n3', 3, 'n3', 0),
      send('n3', 'n2', answersVote(2, true)),
    ]);
    await holds([
      receive('n3', 'n1', entriesAfter(1, 0, 0, [E1], 0)),
      enters('n3', 1),
      durable('n3', 1, null, 0),
      append('n3', 1, 1, E1),
      receive('n3', 'n1', snapshot(1, 2, 1)),
      ['n3', { name: 'InstallSnapshot', index: 2, term: 1, log: [] }],
      send('n3', 'n1', accepts(1, 1)),
    ]);
  });

  it('Durable: what a node had, if not its latest vote', async () => {
    await holds([
      receive('n3', 'n2', asksVote(2, 2, 1)),
      enters('n3', 2),
      votes('n3', 2, 'n2'),
      durable('n3', 2, null, 0),
    ]);
    await breaks('Durable', [durable('n3', 1, null, 0)]);
    await breaks('Durable', [durable('n2', 1, 'n3', 2)]);
    await breaks('Durable', [durable('n2', 1, 'n1', 3)]);
  });

  it('Durable: a term that is durable stays so, and a vote as long as its term', async () => {
    await breaks('Durable', [durable('n2', 1, null, 2)]);
    await breaks('Durable', [durable('n2', 0, null, 2)]);
    await holds([receive('n2', 'n3', asksVote(2, 0, 0)), enters('n2', 2), durable('n2', 2, null, 2)]);
  });

  it('PersistentBeforeAnswer: the term of an acknowledgement is durable first', async () => {
    const accepted = [...n3Follows, send('n3', 'n1', accepts(1, 2))];
    await breaks('PersistentBeforeAnswer', [...n3Follows, durable('n3', 0, null, 2), send('n3', 'n1', accepts(1, 2))]);
    await breaks('PersistentBeforeAnswer', accepted);
    await holds([...n3Follows, durable('n3', 1, null, 2), send('n3', 'n1', accepts(1, 2))]);
  });

  it('ReceivedWasSent: a message is received as it was sent, perhaps twice or late', async () => {
    const heartbeat = entriesAfter(1, 2, 1, [], 1);
    const heard = [send('n1', 'n2', heartbeat), receive('n2', 'n1', heartbeat), receive('n2', 'n1', heartbeat)];
    const later = append('n1', 1, 3, E3);
    await holds([...heard, later]);
    await breaks('ReceivedWasSent', [...heard.slice(1), later]);
    const changed: object[] = [
      { ...heartbeat, round: 2 },
      { ...heartbeat, sentAtUs: heartbeat.sentAtUs + 1 },
      { ...heartbeat, sentAtUs: heartbeat.sentAtUs + 2 ** 32 },
      { ...heartbeat, leaderCommit: 0 },
      entriesAfter(1, 1, 1, [], 1),
    ];
    for (const other of changed) {
      await breaks('ReceivedWasSent', [send('n1', 'n2', heartbeat), receive('n2', 'n1', other), later]);
    }
    // Late: a trace is read node by node.
    await holds([receive('n2', 'n1', heartbeat), send('n1', 'n2', heartbeat), later]);
    await breaks('ReceivedWasSent', [send('n1', 'n3', heartbeat), receive('n2', 'n1', heartbeat), later]);
  });

  it('ReceivedWasSent: every field of every message counts', async () => {
    const pairs: [object, object][] = [
      [accepts(1, 1), accepts(1, 2)],
      [rejects(1, 1, 0, 2), rejects(1, 1, 0, 1)],
      [rejects(1, 1, 0, 2), rejects(1, 1, 1, 2)],
      [rejects(1, 1, 0, 2), rejects(1, 2, 0, 2)],
      [asksVote(1, 0, 0), asksVote(1, 1, 0)],
      [asksVote(1, 0, 0), asksVote(1, 0, 1)],
      [asksVote(1, 0, 0), asksVote(1, 0, 0, true)],
      [answersVote(1, true), answersVote(1, false)],
      [answersVote(1, true, true), answersVote(1, true)],
      [answersVote(1, true), answersVote(1, false, true)],
      [entriesAfter(1, 0, 0, [E1]), entriesAfter(1, 0, 0, [E2])],
      [entriesAfter(1, 0, 0, [E1]), entriesAfter(1, 0, 0, [entry(2, E1.digest)])],
      [snapshot(1, 2, 1), snapshot(1, 3, 1)],
      [snapshot(1, 2, 1), snapshot(1, 2, 1, { done: false })],
      [snapshot(1, 2, 1), snapshot(1, 2, 1, { offset: 1 })],
      [installed(1, 2), installed(1, 2, 4)],
      [installed(1, 2), installed(1, 2, 5, false)],
    ];
    const unsent = async (sent: object, received: object) => {
      const { facts } = await judgeSteps([
        ...LEGAL,
        send('n1', 'n3', sent),
        receive('n3', 'n1', received),
        become.follower('n1', 1, null),
      ]);
      return facts.ReceivedWasSent;
    };
    for (const [one, other] of pairs) {
      expect(await unsent(one, one)).toBeUndefined();
      expect(await unsent(one, other), JSON.stringify([one, other])).toBe(1);
      expect(await unsent(other, one)).toBe(1);
    }
  });

  it('ReceivedWasSent: the end of the trace of a process that was killed may be missing', async () => {
    const heartbeat = receive('n2', 'n1', entriesAfter(1, 2, 1, [], 1));
    const noEnd = await judgeSteps([...LEGAL, heartbeat]);
    expect([noEnd.verdict, noEnd.facts.unobserved]).toEqual(['valid', 1]);
    const killed = await judgeSteps([...LEGAL, heartbeat, init('n1', { term: 1, votedFor: 'n1', log: [E1, E2] })]);
    expect([killed.verdict, killed.facts.unobserved]).toEqual(['valid', 1]);
  });

  it('messages that are none of Raft are counted, not judged', async () => {
    const { verdict, facts } = await judgeSteps([
      ...LEGAL,
      send('n1', 'n2', { type: 'Ping', term: 1 }),
      receive('n2', 'n1', { type: 'AppendEntries', term: 1 }),
      receive('n2', 'n1', { type: 'InstallSnapshot', term: 1, lastIncludedIndex: 2, lastIncludedTerm: 1, offset: 0 }),
      send('n1', 'n9', asksVote(1, 0, 0)),
    ]);
    expect([verdict, facts.unobserved]).toEqual(['valid', 4]);
  });
});
