import { describe, expect, it } from 'vitest';
import type { TracedMessage } from '../../../src/conformance/steps/message.js';
import { SentMessages } from '../../../src/conformance/steps/sent-messages.js';
import { accepts, answersVote, asksVote, entriesAfter, installed, rejects, snapshot } from './steps.js';
import { entry } from './trace.js';

const message = (matchIndex: number) => accepts(1, matchIndex) as TracedMessage;
/** The receiver's traces are read before the senders': all wait. */
const receiveAll = (sent: SentMessages, from: number, to: number) => {
  for (let index = from; index <= to; index++) sent.receive(0, 1, message(index), index, index);
};
const MOST = 2 ** 17;

describe('the set of sent messages', () => {
  it('has what was sent, whether the receipt is read before the sending or after it', () => {
    const sent = new SentMessages();
    sent.send(0, 1, message(1));
    receiveAll(sent, 1, 2);
    expect(sent.unsent().map(({ eventNumber }) => eventNumber)).toEqual([2]);
    sent.send(0, 1, message(2));
    expect(sent.unsent()).toEqual([]);
  });

  it('tells nodes apart, and the two directions between them', () => {
    const sent = new SentMessages();
    sent.send(0, 1, message(1));
    for (const [from, to] of [
      [1, 0],
      [0, 2],
      [2, 1],
      [0, 0],
    ] as const) {
      sent.receive(from, to, message(1), 7, 9);
    }
    expect(sent.unsent().map(({ from, to, eventNumber, timeUs }) => [from, to, eventNumber, timeUs])).toEqual([
      [1, 0, 7, 9],
      [0, 2, 7, 9],
      [2, 1, 7, 9],
      [0, 0, 7, 9],
    ]);
  });

  it.each([
    asksVote(3, 7, 2),
    answersVote(3, true),
    entriesAfter(3, 7, 2, [entry(3, 40), entry(3, 41)], 6),
    accepts(3, 7),
    rejects(3, 7, 2, 5),
    snapshot(3, 7, 2, { done: false }),
    installed(3, 7),
  ])('tells messages apart by each of their fields: $type', (message: object) => {
    const sent = new SentMessages();
    sent.send(0, 1, message as TracedMessage);
    const others = Object.entries(message).flatMap(([field, value]): object[] => {
      if (field === 'type') return [];
      if (field === 'sentAtUs') return [1, 2 ** 32].map((later) => ({ ...message, [field]: value + later }));
      if (typeof value === 'number') return [{ ...message, [field]: value + 1 }];
      return [{ ...message, [field]: typeof value === 'boolean' ? !value : field === 'data' ? 'a longer one' : [] }];
    });
    for (const other of others) sent.receive(0, 1, other as TracedMessage, 1, 1);
    expect(sent.unsent().map((unsent) => unsent.message)).toEqual(others);
    sent.receive(0, 1, { ...message } as TracedMessage, 1, 1);
    expect(sent.unsent()).toHaveLength(others.length);
  });

  it('tells entries apart by their terms, their digests and their order', () => {
    const sent = new SentMessages();
    const [one, other] = [entry(3, 40), entry(2, 2 ** 40 + 41)];
    const of = (...entries: { term: number; digest: number }[]) => entriesAfter(3, 7, 2, entries) as TracedMessage;
    sent.send(0, 1, of(one, other));
    const others = [
      [other, one],
      [one, { ...other, term: 3 }],
      [one, { ...other, digest: 41 }],
      [one],
      [one, other, other],
    ];
    for (const entries of others) sent.receive(0, 1, of(...entries), 1, 1);
    expect(sent.unsent()).toHaveLength(others.length);
  });

  it('lets some receipts wait for their sendings, and gives up the oldest half of those that wait too long', () => {
    const sent = new SentMessages();
    receiveAll(sent, 1, MOST);
    expect([sent.dropped, sent.unsent().length]).toEqual([0, MOST]);
    receiveAll(sent, MOST + 1, MOST + 1);
    expect(sent.dropped).toBe(MOST / 2);
    const left = sent.unsent().map(({ eventNumber }) => eventNumber);
    expect([left.length, left[0], left.at(-1)]).toEqual([MOST / 2 + 1, MOST / 2 + 1, MOST + 1]);
  });

  it('gives up none where the sendings of half of them were read meanwhile', () => {
    const sent = new SentMessages();
    receiveAll(sent, 1, MOST);
    for (let index = 1; index <= MOST / 2; index++) sent.send(0, 1, message(index));
    receiveAll(sent, MOST + 1, MOST + 1);
    expect(sent.dropped).toBe(0);
    // A few of them look as if they were sent.
    expect(sent.unsent().length).toBeGreaterThan(0.95 * (MOST / 2));
  });

  it('says how likely it is that a message which was made up goes unnoticed', () => {
    const sent = new SentMessages();
    expect(sent.chanceUnnoticed).toBe(0);
    sent.send(0, 1, message(1));
    expect(sent.chanceUnnoticed).toBe((2 / 32) ** 2 / 2 ** 18);
    for (let index = 2; index <= 2 ** 19; index++) sent.send(0, 1, message(index));
    const madeUp = 50_000;
    receiveAll(sent, 2 ** 19 + 1, 2 ** 19 + madeUp);
    const unnoticed = 1 - sent.unsent().length / madeUp;
    expect(unnoticed).toBeGreaterThan(0.9 * sent.chanceUnnoticed);
    expect(unnoticed).toBeLessThan(1.1 * sent.chanceUnnoticed);
    expect(sent.chanceUnnoticed).toBeGreaterThan(0.01);
  });
});
