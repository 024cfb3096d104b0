import { describe, expect, it } from 'vitest';
import {
  type Assumed,
  accepts,
  answersVote,
  asksVote,
  become,
  breaks,
  E1,
  E2,
  enters,
  entriesAfter,
  holds,
  installed,
  judgeSteps,
  LEGAL,
  rejects,
  snapshot,
} from './steps.js';
import { init, type Line, receive, send } from './trace.js';

/** n2 hears from its leader in round after round. */
const rounds = (from: number, to: number): Line[] =>
  Array.from({ length: to - from + 1 }, (_, place) =>
    receive('n2', 'n1', { ...entriesAfter(1, 2, 1, [], 1), round: from + place }),
  );
const accepted = (round: number) => send('n2', 'n1', { ...accepts(1, 2), round });
const RULE = 'AcceptAppendEntriesRequest';

/** What the last answer should have been, as it is told. */
async function allowed(lines: readonly Line[], assumed?: Assumed): Promise<string | undefined> {
  const { anomalies } = await judgeSteps([...LEGAL, ...lines], assumed);
  expect(anomalies).toHaveLength(1);
  return anomalies[0]?.story[1]?.replace('The specification allows there: ', '');
}

describe('the answers that a node owes', () => {
  it('are given once each, in whatever order', async () => {
    await holds([...rounds(2, 5), accepted(3), accepted(4), accepted(2), accepted(5)]);
    await breaks(RULE, [...rounds(2, 5), accepted(3), accepted(3)]);
    await breaks(RULE, [...rounds(2, 5), accepted(2), accepted(2)]);
    await breaks(RULE, [...rounds(2, 5), accepted(5), accepted(5)]);
  });

  it('are those of the latest 256 messages: who owes more may answer anything', async () => {
    await breaks(RULE, [...rounds(2, 257), accepted(999)]);
    await holds([...rounds(2, 258), accepted(999), accepted(2), accepted(3), accepted(258)]);
    const again = init('n2', { term: 1, votedFor: 'n1', log: [E1, E2] });
    await breaks(RULE, [...rounds(2, 258), again, accepted(999)]);
  });

  it('are owed for the very message that is answered', async () => {
    const heartbeat = receive('n2', 'n1', entriesAfter(1, 2, 1, [], 1));
    const gap = receive('n2', 'n1', entriesAfter(1, 4, 1, [], 1));
    const old = receive('n2', 'n1', snapshot(1, 1, 1));
    await holds([heartbeat, send('n2', 'n1', accepts(1, 2))]);
    await holds([gap, send('n2', 'n1', rejects(1, 4, 0, 3))]);
    await holds([old, send('n2', 'n1', installed(1, 1))]);
    for (const other of [{ round: 2 }, { sentAtUs: 1 }]) {
      await breaks(RULE, [heartbeat, send('n2', 'n1', { ...accepts(1, 2), ...other })]);
      await breaks('RejectAppendEntriesRequest', [gap, send('n2', 'n1', { ...rejects(1, 4, 0, 3), ...other })]);
      await breaks('InstallSnapshot', [old, send('n2', 'n1', { ...installed(1, 1), ...other })]);
    }
    await breaks('InstallSnapshot', [heartbeat, send('n2', 'n1', installed(1, 1))]);
    await breaks(RULE, [old, send('n2', 'n1', accepts(1, 1))]);
  });

  it('are of the kind that was asked for: a vote is no pre-vote', async () => {
    const asked = (preVote: boolean) => receive('n2', 'n3', asksVote(0, 2, 0, preVote));
    const refused = (preVote: boolean) => send('n2', 'n3', answersVote(1, false, preVote));
    await holds([asked(false), refused(false)]);
    await holds([asked(true), refused(true)]);
    await breaks('PreVote', [asked(false), refused(true)]);
    await breaks('HandleRequestVoteRequest', [asked(true), refused(true), refused(false)]);
  });

  it('are in the term that the message left the node in', async () => {
    const later = [receive('n2', 'n3', entriesAfter(3, 9, 3, [])), enters('n2', 3), become.follower('n2', 3, 'n3')];
    await holds([...later, send('n2', 'n3', rejects(3, 9, 0, 3))]);
    await breaks('RejectAppendEntriesRequest', [...later, send('n2', 'n3', rejects(1, 9, 0, 3))]);
    const piece = [receive('n2', 'n3', snapshot(3, 9, 3, { done: false })), ...later.slice(1)];
    await holds([...piece, send('n2', 'n3', installed(3, 9, 5, false))]);
    await breaks('InstallSnapshot', [...piece, send('n2', 'n3', installed(1, 9, 5, false))]);
    const asked = [receive('n2', 'n3', asksVote(3, 0, 0)), enters('n2', 3)];
    await holds([...asked, send('n2', 'n3', answersVote(3, false))]);
    await breaks('HandleRequestVoteRequest', [...asked, send('n2', 'n3', answersVote(2, false))]);
  });

  it('are given by a wrong answer as well: that is told once, with what was owed', async () => {
    const wrong = send('n2', 'n1', { ...accepts(1, 1), round: 2 });
    expect(await allowed([...rounds(2, 3), wrong, accepted(3)])).toBe(
      'to accept in term 1 and round 2, up to index 2.',
    );
    const twice = await judgeSteps([...LEGAL, ...rounds(2, 3), wrong, wrong]);
    expect(twice.facts[RULE]).toBe(2);
    expect(await allowed([accepted(2)])).toBe('no such answer, for none is owed.');
  });

  it.each<[string, Line, object, Assumed?]>([
    [
      'to reject in term 1 and round 1, with the conflicting term 0 and index 3.',
      receive('n2', 'n1', entriesAfter(1, 4, 1, [], 1)),
      rejects(1, 4, 0, 2),
    ],
    [
      'to tell in term 1 and round 1 that the snapshot is installed.',
      receive('n2', 'n1', snapshot(1, 1, 1)),
      installed(1, 1, 0, false),
    ],
    [
      'to ask in term 1 and round 1 for the snapshot from character 5.',
      receive('n2', 'n1', snapshot(1, 2, 1, { done: false })),
      installed(1, 2, 4, false),
    ],
    ['to refuse the vote in term 0, in term 1.', receive('n2', 'n1', asksVote(0, 0, 0)), answersVote(1, true)],
    [
      'to refuse the pre-vote in term 2, in term 1.',
      receive('n2', 'n1', asksVote(2, 0, 0, true)),
      answersVote(2, true, true),
    ],
    [
      'to grant the vote in term 2, or to refuse it in term 1.',
      receive('n2', 'n1', asksVote(2, 2, 1)),
      answersVote(2, false),
    ],
    [
      'to grant the vote in term 1.',
      receive('n2', 'n1', asksVote(1, 2, 1)),
      answersVote(1, false),
      { stickToLeader: false },
    ],
  ])('are told in words: %s', async (words, request, answer, assumed) => {
    expect(await allowed([request, send('n2', 'n1', answer)], assumed)).toBe(words);
  });
});
