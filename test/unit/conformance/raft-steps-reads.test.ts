import { describe, it } from 'vitest';
import type { ReadHow } from '../../../src/history/trace.js';
import {
  accepts,
  answersVote,
  applies,
  become,
  breaks,
  commits,
  E2,
  entriesAfter,
  holds,
  n2Leads,
  votes,
} from './steps.js';
import { append, durable, entry, type Line, receive, send } from './trace.js';

/*
 * Which answers confirm that a leader still leads (thesis §6.4): those to messages that it sent in this leadership, in
 * the round of the read or later, whenever they come.
 */

const takes = (node: string, term: number, readIndex: number, round: number): Line => [
  node,
  { name: 'ReadRequest', term, read: 1, readIndex, round },
];
const serves = (node: string, term: number, index: number, how: ReadHow = 'read-index'): Line => [
  node,
  { name: 'ServeRead', term, how, reads: [1], index },
];
const heartbeat = (round: number, sentAtUs = 6_000_000_000) => ({ ...entriesAfter(1, 2, 1, [], 1), round, sentAtUs });
const sends = (round: number, sentAtUs?: number) => send('n1', 'n2', heartbeat(round, sentAtUs));
/** n2 hears the heartbeat of this round, and its answer arrives. */
const answers = (round: number, sentAtUs = 6_000_000_000): Line[] => {
  const answer = { ...accepts(1, 2), round, sentAtUs };
  return [receive('n2', 'n1', heartbeat(round, sentAtUs)), send('n2', 'n1', answer), receive('n1', 'n2', answer)];
};

describe('what confirms a read', () => {
  it('ReadIndex: an answer to an early message of its round, though later ones have left', async () => {
    const read = takes('n1', 1, 2, 2);
    await holds([read, sends(2), sends(3, 7_000_000_000), ...answers(2), serves('n1', 1, 2)]);
    await breaks('ReadIndex', [read, sends(2), sends(3, 7_000_000_000), serves('n1', 1, 2)]);
  });

  it('ReadIndex: an answer to a later round, though one to an earlier comes behind it', async () => {
    await holds([sends(2), takes('n1', 1, 2, 3), sends(3), ...answers(3), ...answers(2), serves('n1', 1, 2)]);
    await breaks('ReadIndex', [sends(2), takes('n1', 1, 2, 3), sends(3), ...answers(2), serves('n1', 1, 2)]);
  });

  it('ReadIndex: not a round that had begun, though a message of an earlier one left behind it', async () => {
    await breaks('ReadIndex', [sends(5), sends(2), takes('n1', 1, 2, 4)]);
    await holds([sends(5), sends(2), takes('n1', 1, 2, 6)]);
  });

  /** n1 leads term 1 up to round 7, and then term 2 as well. */
  const leadsAgain = (...before: Line[]): readonly Line[] => {
    const begins = { ...entriesAfter(2, 2, 1, [entry(2, 0)], 2), round: 1, sentAtUs: 9_000_000_000 };
    const answer = { ...accepts(2, 3), round: 1, sentAtUs: 9_000_000_000 };
    return [
      ...before,
      sends(7),
      ...answers(7),
      become.follower('n1', 1, null),
      become.candidate('n1', 2),
      votes('n1', 2, 'n1'),
      durable('n1', 2, 'n1', 2),
      receive('n1', 'n2', answersVote(2, true)),
      become.leader('n1', 2, 'n1', 'n2'),
      append('n1', 2, 3, entry(2, 0)),
      durable('n1', 2, 'n1', 3),
      send('n1', 'n2', begins),
      receive('n1', 'n2', answer),
      commits('n1', 2, 3, true),
      applies('n1', 3, entry(2, 0)),
    ];
  };

  it('ReadIndex: no answer that came in a former leadership', async () => {
    const read = takes('n1', 2, 3, 2);
    await breaks('ReadIndex', [...leadsAgain(), read, serves('n1', 2, 3)]);
    const next = { ...entriesAfter(2, 3, 2, [], 3), round: 2, sentAtUs: 9_000_000_001 };
    const answer = { ...accepts(2, 3), round: 2, sentAtUs: 9_000_000_001 };
    await holds([...leadsAgain(), read, send('n1', 'n2', next), receive('n1', 'n2', answer), serves('n1', 2, 3)]);
  });

  it('ReadIndex: a read that was taken in a former leadership is not served in this', async () => {
    await breaks('ReadIndex', [...leadsAgain(takes('n1', 1, 2, 2)), serves('n1', 2, 3)]);
    const stamp = { round: 2, sentAtUs: 9_000_000_001 };
    const confirmed = [
      send('n1', 'n2', { ...entriesAfter(2, 3, 2, [], 3), ...stamp }),
      receive('n1', 'n2', { ...accepts(2, 3), ...stamp }),
    ];
    await breaks('ReadIndex', [...leadsAgain(takes('n1', 1, 2, 2)), ...confirmed, serves('n1', 2, 3)]);
    await holds([...leadsAgain(takes('n1', 1, 2, 2)), takes('n1', 2, 3, 2), ...confirmed, serves('n1', 2, 3)]);
  });

  it('LeaseRead: serves what this leadership has applied', async () => {
    await holds([...leadsAgain(), serves('n1', 2, 3, 'lease')]);
    await breaks('LeaseRead', [...leadsAgain().slice(0, -1), serves('n1', 2, 2, 'lease')]);
  });

  it('ReadIndex: nobody has answered a leader that is new', async () => {
    const stamp = { round: 1, sentAtUs: 9_000_000_000 };
    const begun: readonly Line[] = [
      ...n2Leads,
      durable('n2', 2, 'n2', 3),
      send('n2', 'n3', { ...entriesAfter(2, 2, 1, [entry(2, 0)], 1), ...stamp }),
      receive('n2', 'n3', { ...accepts(2, 3), ...stamp }),
      commits('n2', 2, 3, true),
      applies('n2', 2, E2, entry(2, 0)),
      takes('n2', 2, 3, 2),
    ];
    await breaks('ReadIndex', [...begun, serves('n2', 2, 3)]);
    await breaks('ReadIndex', [...n2Leads, takes('n2', 2, 3, 0)]);
    await holds([...n2Leads, takes('n2', 2, 3, 1)]);
    const next = { ...stamp, round: 2 };
    await holds([
      ...begun,
      send('n2', 'n1', { ...entriesAfter(2, 3, 2, [], 1), ...next }),
      receive('n2', 'n1', { ...accepts(2, 0), ...next }),
      serves('n2', 2, 3),
    ]);
  });
});
