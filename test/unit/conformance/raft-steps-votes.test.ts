import { describe, expect, it } from 'vitest';
import {
  type Assumed,
  accepts,
  answersVote,
  asksVote,
  become,
  breaks,
  commits,
  enters,
  entriesAfter,
  holds,
  judgeSteps,
  LEGAL,
  n2Leads,
  rejects,
  snapshot,
  votes,
} from './steps.js';
import { append, durable, entry, init, type Line, receive, send } from './trace.js';

const E3 = entry(1, 12);

/** Which rules are broken after the legal beginning, each once, in the order in which they are. */
const broken = async (lines: readonly Line[], assumed?: Assumed) =>
  (await judgeSteps([...LEGAL, ...lines], assumed)).anomalies
    .map(({ kind }) => kind)
    .filter((kind, place, all) => all.indexOf(kind) === place);

describe('pre-votes', () => {
  it('PreVote: a vote that is late is no pre-vote', async () => {
    const preVote = true;
    const granted = receive('n2', 'n3', answersVote(2, true, true));
    const campaign = [become.preCandidate('n2', 1), granted, become.candidate('n2', 2), votes('n2', 2, 'n2')];
    const again = [become.preCandidate('n2', 2), receive('n2', 'n3', answersVote(2, true))];
    const next = [become.candidate('n2', 3), votes('n2', 3, 'n2')];
    const start = await broken(campaign, { preVote });
    const late = await judgeSteps([...LEGAL, ...campaign, ...again, ...next], { preVote });
    const asked = [...campaign, ...again, receive('n2', 'n1', answersVote(3, true, true)), ...next];
    const pre = (await judgeSteps([...LEGAL, ...asked], { preVote })).facts.PreVote;
    // n1 campaigned without, in the beginning.
    expect(start).toEqual(['PreVote']);
    expect([late.facts.PreVote, pre]).toEqual([2, 1]);
  });
});

describe('votes', () => {
  /** n3 is in term 2, and has not voted there. */
  const entered = [receive('n3', 'n1', answersVote(2, false)), enters('n3', 2)];
  const asked = (term: number) => receive('n3', 'n2', asksVote(term, 2, 1));
  const voted = [votes('n3', 2, 'n2'), durable('n3', 2, 'n2', 0)];

  it('HandleRequestVoteRequest: who has not voted in its term votes for the first that asks', async () => {
    const stickToLeader = false;
    await holds([...entered, asked(2), ...voted, send('n3', 'n2', answersVote(2, true))], { stickToLeader });
    const next = [become.candidate('n3', 3), votes('n3', 3, 'n3')];
    for (const other of [next, [send('n3', 'n2', answersVote(2, false))]]) {
      await breaks('HandleRequestVoteRequest', [...entered, asked(2), ...other], { stickToLeader });
      // Unless it hears from the leader of the term before.
      await holds([...entered, asked(2), ...other]);
    }
  });

  it('HandleRequestVoteRequest: who hears from a leader may refuse even the vote that it gave, in its own term', async () => {
    const again = [...entered, asked(2), ...voted, asked(2)];
    await holds([...again, send('n3', 'n2', answersVote(2, false))]);
    await breaks('HandleRequestVoteRequest', [...again, send('n3', 'n2', answersVote(1, false))]);
    await breaks('HandleRequestVoteRequest', [...again, send('n3', 'n2', answersVote(2, false))], {
      stickToLeader: false,
    });
  });

  it('HandleRequestVoteRequest: not in a term that is over', async () => {
    await holds([...entered, asked(1), send('n3', 'n2', answersVote(2, false))]);
    await breaks('HandleRequestVoteRequest', [...entered, asked(1), send('n3', 'n2', answersVote(2, true))]);
    await breaks('HandleRequestVoteRequest', [...entered, asked(1), ...voted]);
  });

  it('HandleRequestVoteRequest: who asks again for the vote that it has is told so, and nobody else', async () => {
    const first = [...entered, asked(2), ...voted];
    await holds([...first, asked(2), send('n3', 'n2', answersVote(2, true)), send('n3', 'n2', answersVote(2, true))]);
    const other = [...first, receive('n3', 'n1', asksVote(2, 2, 1))];
    await holds([...other, send('n3', 'n1', answersVote(2, false))]);
    await breaks('HandleRequestVoteRequest', [...other, send('n3', 'n1', answersVote(2, true))]);
    await breaks('HandleRequestVoteRequest', [...other, votes('n3', 2, 'n1')]);
  });
});

describe('what was sent', () => {
  const read: Line = ['n1', { name: 'ReadRequest', term: 1, read: 1, readIndex: 2, round: 2 }];

  it.each<[string, object]>([
    ['entries', { ...entriesAfter(1, 2, 1, [], 2), round: 2 }],
    ['a snapshot', snapshot(1, 2, 1, { round: 2 })],
  ])('ReadIndex: a round of which %s went out before the read does not confirm it', async (_what, message) => {
    await breaks('ReadIndex', [send('n1', 'n3', message), read]);
    await holds([send('n1', 'n3', { ...message, round: 1 }), read]);
  });

  it('PreVote: an answer to another question, or to another node, is none', async () => {
    const assumed = { stickToLeader: false, preVote: true };
    const asked = receive('n2', 'n3', asksVote(1, 2, 1, true));
    const next = become.preCandidate('n2', 1);
    const former = [receive('n2', 'n3', asksVote(0, 2, 0)), receive('n2', 'n3', entriesAfter(0, 0, 0, []))];
    const answer = send('n2', 'n3', answersVote(1, false, true));
    const start = (await judgeSteps(LEGAL, assumed)).facts.PreVote;
    const others = [send('n2', 'n3', answersVote(1, false)), send('n2', 'n3', rejects(1, 0, 0, 0))];
    const ofPreVotes = async (...lines: Line[]) =>
      Number((await judgeSteps([...LEGAL, ...former, asked, ...lines, next], assumed)).facts.PreVote) - Number(start);
    expect(await ofPreVotes(...others, answer)).toBe(0);
    for (const other of others) expect(await ofPreVotes(other)).toBe(1);
  });

  it('RequestVote: requests of the last 64 candidacies are judged, those of older ones not', async () => {
    const campaigns = Array.from({ length: 65 }, (_, place) => [
      become.candidate('n3', place + 1),
      votes('n3', place + 1, 'n3'),
    ]).flat();
    await breaks('RequestVote', [...campaigns.slice(0, 4), send('n3', 'n1', asksVote(1, 7, 1))]);
    await breaks('RequestVote', [...campaigns.slice(0, 128), send('n3', 'n1', asksVote(1, 7, 1))]);
    await breaks('RequestVote', [...campaigns, send('n3', 'n1', asksVote(2, 7, 1))]);
    await holds([...campaigns, send('n3', 'n1', asksVote(1, 7, 1)), send('n3', 'n1', asksVote(2, 0, 0))]);
    await breaks('RequestVote', [...campaigns, send('n3', 'n1', asksVote(66, 0, 0))]);
  });
});

describe('roles', () => {
  /** What the specification allows there, of the first that it does not. */
  const allowed = async (lines: readonly Line[], assumed?: Assumed) => {
    const [first] = (await judgeSteps([...LEGAL, ...lines], assumed)).anomalies;
    return `${first?.title.replace(/ \(its event \d+\)/, '')}: ${first?.story[1]?.replace('The specification allows there: ', '')}`;
  };

  it.each<[does: string, lines: readonly Line[]]>([
    ['n3 entered term 2: to stay in term 0, for no message told it of a later one.', [enters('n3', 2)]],
    [
      'n3 entered term 3: to enter term 2, of which n1 told it.',
      [receive('n3', 'n1', answersVote(2, false)), enters('n3', 3)],
    ],
    [
      'n2 became a follower of nobody: to stay follower, or to follow whom it hears from; it heard from n1.',
      [receive('n2', 'n1', entriesAfter(1, 2, 1, [])), become.follower('n2', 1, null)],
    ],
    [
      'n3 became a follower of n1: to stay follower, or to follow whom it hears from; it heard from no leader.',
      [become.follower('n3', 0, 'n1')],
    ],
    ['n2 asked for pre-votes as follower: to campaign without asking before.', [become.preCandidate('n2', 1)]],
    ['n1 campaigned in term 2: a leader to stay leader.', [become.candidate('n1', 2)]],
    ['n2 campaigned in term 3: to campaign in term 2.', [become.candidate('n2', 3)]],
    ['n2 voted for n3 in term 1: no vote in term 1 but the one for n1.', [votes('n2', 1, 'n3')]],
    [
      'n3 voted for n1 in term 2: a vote for n2 in term 2.',
      [receive('n3', 'n2', asksVote(2, 2, 1)), enters('n3', 2), votes('n3', 2, 'n1')],
    ],
    [
      'n3 voted for n1 in term 0: no vote, for nobody whose log is at least as up-to-date asked for one in term 0.',
      [votes('n3', 0, 'n1')],
    ],
    [
      'n3 became leader of term 0 by the votes of nobody: a candidate to become leader; it was follower.',
      [become.leader('n3', 0)],
    ],
    [
      'n2 became leader of term 2 by the votes of n2: a candidate to lead term 2 by 2 votes of no peer and not its own, which is not durable.',
      [become.candidate('n2', 2), votes('n2', 2, 'n2'), become.leader('n2', 2, 'n2')],
    ],
    [
      'n2 became leader of term 2 by the votes of n2, n1: a candidate to lead term 2 by 2 votes of n3 and its own.',
      [...n2Leads.slice(0, 10), become.leader('n2', 2, 'n2', 'n1')],
    ],
  ])('are told with what would have been allowed: %s', async (does, lines) => {
    expect(await allowed(lines)).toBe(does);
  });

  it('pre-votes are told with what would have been allowed', async () => {
    const begun = [init('n2', { term: 1 }), become.preCandidate('n2', 1)];
    const told = async (...lines: Line[]) =>
      (await judgeSteps([...begun, ...lines], { preVote: true })).anomalies.map(({ title, story }) => [
        title,
        story[1],
      ]);
    const allows = 'The specification allows there: to campaign once 2 pre-votes for term 2 are granted.';
    expect(await told(become.candidate('n2', 2))).toEqual([
      ['n2 campaigned in term 2 with 1 pre-votes, its own included (its event 3)', allows],
    ]);
    const alone = await judgeSteps([init('n2', { term: 1 }), become.candidate('n2', 2)], { preVote: true });
    expect(alone.anomalies.map(({ title, story }) => [title, story[1]])).toEqual([
      ['n2 campaigned in term 2 without asking for pre-votes (its event 2)', allows],
    ]);
    const leads = await judgeSteps([...LEGAL, become.preCandidate('n1', 1)], { preVote: true });
    expect(leads.anomalies.at(-1)?.story[1]).toBe('The specification allows there: a leader to stay leader.');
  });

  it('a leader that stepped down is no leader', async () => {
    const stepsDown = become.follower('n1', 1, null);
    await holds([stepsDown, become.candidate('n1', 2), votes('n1', 2, 'n1')]);
    await breaks('AcceptAppendEntriesRequest', [stepsDown, append('n1', 1, 3, E3)]);
    await breaks('AppendEntries', [stepsDown, send('n1', 'n3', entriesAfter(1, 2, 1, [], 2))]);
    await breaks('InstallSnapshot', [stepsDown, send('n1', 'n3', snapshot(1, 2, 1))]);
  });

  /** n1 steps down, and wins term 2 by the vote of n2. */
  const n1Again = (...synced: Line[]): Line[] => [
    become.follower('n1', 1, null),
    become.candidate('n1', 2),
    votes('n1', 2, 'n1'),
    ...synced,
    receive('n1', 'n2', answersVote(2, true)),
    become.leader('n1', 2, 'n1', 'n2'),
  ];

  it('BecomeLeader: its own vote counts once it is durable, with the term', async () => {
    await holds(n1Again(durable('n1', 2, 'n1', 2)));
    // What is durable is its vote in term 1, or term 2 without a vote.
    await breaks('BecomeLeader', n1Again());
    const entered: Line[] = [
      receive('n1', 'n3', answersVote(2, false)),
      enters('n1', 2),
      durable('n1', 2, null, 2),
      become.candidate('n1', 3),
      votes('n1', 3, 'n1'),
      receive('n1', 'n2', answersVote(3, true)),
    ];
    await breaks('BecomeLeader', [...entered, become.leader('n1', 3, 'n1', 'n2')]);
    await holds([...entered, durable('n1', 3, 'n1', 2), become.leader('n1', 3, 'n1', 'n2')]);
  });

  it('AdvanceCommitIndex: what was acknowledged in a former leadership is not, in this', async () => {
    const far = receive('n1', 'n3', accepts(1, 9));
    const again = [
      far,
      ...n1Again(durable('n1', 2, 'n1', 2)),
      append('n1', 2, 3, entry(2, 0)),
      durable('n1', 2, 'n1', 3),
    ];
    const commit = commits('n1', 2, 3, true);
    await breaks('AdvanceCommitIndex', [...again, commit]);
    await holds([...again, receive('n1', 'n3', accepts(2, 3)), commit]);
  });

  it('BecomeLeader: a candidate that follows another wins no more', async () => {
    const campaign = n2Leads.slice(0, 10);
    const follows = [receive('n2', 'n1', entriesAfter(2, 2, 1, [])), become.follower('n2', 2, 'n1')];
    await breaks('BecomeLeader', [...campaign, ...follows, become.leader('n2', 2, 'n2', 'n3')]);
  });
});
