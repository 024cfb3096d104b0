import { describe, expect, it } from 'vitest';
import {
  type Assumed,
  answersVote,
  asksVote,
  become,
  breaks,
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
import { append, durable, entry, type Line, receive, send } from './trace.js';

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
  it('a leader that stepped down is no leader', async () => {
    const stepsDown = become.follower('n1', 1, null);
    await holds([stepsDown, become.candidate('n1', 2), votes('n1', 2, 'n1')]);
    await breaks('AcceptAppendEntriesRequest', [stepsDown, append('n1', 1, 3, E3)]);
    await breaks('AppendEntries', [stepsDown, send('n1', 'n3', entriesAfter(1, 2, 1, [], 2))]);
    await breaks('InstallSnapshot', [stepsDown, send('n1', 'n3', snapshot(1, 2, 1))]);
  });

  it('BecomeLeader: a candidate that follows another wins no more', async () => {
    const campaign = n2Leads.slice(0, 10);
    const follows = [receive('n2', 'n1', entriesAfter(2, 2, 1, [])), become.follower('n2', 2, 'n1')];
    await breaks('BecomeLeader', [...campaign, ...follows, become.leader('n2', 2, 'n2', 'n3')]);
  });
});
