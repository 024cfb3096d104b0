import { describe, expect, it } from 'vitest';
import {
  acknowledgedIndex,
  grantsPreVote,
  grantsVote,
  isUpToDate,
  viewMessage,
} from '../../../src/conformance/raft-message.js';
import { describeStep } from '../../../src/conformance/steps/describe-step.js';
import {
  dataLength,
  describeMessage,
  readMessage,
  type TracedMessage,
} from '../../../src/conformance/steps/message.js';
import { accepts, answersVote, asksVote, E1, entriesAfter, installed, rejects, snapshot } from './steps.js';

const WHOLE = {
  'a request for a vote': asksVote(1, 2, 1),
  'an answer to one': answersVote(1, true),
  entries: entriesAfter(1, 2, 1, [E1], 2),
  'an acceptance': accepts(1, 2),
  'a refusal': rejects(1, 2, 1, 2),
  'a snapshot': snapshot(1, 2, 1),
  'an answer to a snapshot': installed(1, 2),
};

/** What the rules read of each, besides what may be absent. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  RequestVote: ['type', 'term', 'lastLogIndex', 'lastLogTerm'],
  RequestVoteResponse: ['type', 'term'],
  AppendEntries: ['type', 'term', 'prevLogIndex', 'prevLogTerm', 'leaderCommit', 'entries'],
  AppendEntriesResponse: ['type', 'term'],
  InstallSnapshot: ['type', 'term', 'lastIncludedIndex', 'lastIncludedTerm', 'offset', 'data'],
  InstallSnapshotResponse: ['type', 'term', 'lastIncludedIndex'],
};

describe('a message of a trace', () => {
  it.each(Object.entries(WHOLE))('is read when nothing is missing: %s', (_, message) => {
    expect(readMessage(message)).toBe(message);
    for (const field of NEEDED[message.type] as readonly string[]) {
      expect(readMessage({ ...message, [field]: undefined }), field).toBeUndefined();
      expect(readMessage({ ...message, [field]: { of: 'another kind' } }), field).toBeUndefined();
    }
  });

  it('is none of Raft where it is of another type, or no object', () => {
    for (const content of [{ type: 'Gossip', term: 1 }, 'AppendEntries', 7, null, undefined]) {
      expect(readMessage(content)).toBeUndefined();
      expect(viewMessage(content)).toEqual(typeof content === 'object' && content !== null ? content : {});
    }
  });

  it('that is a piece of a snapshot tells its length, also where a file kept only that', () => {
    const lengthOf = (data: string) => dataLength({ ...snapshot(1, 2, 1), type: 'InstallSnapshot', data });
    expect(lengthOf('state')).toBe(5);
    expect(lengthOf('120 characters')).toBe(120);
    expect(lengthOf('of 120 characters')).toBe(17);
    expect(lengthOf('120 characters, and more')).toBe(24);
  });

  it.each([
    [asksVote(3, 7, 2), 'RequestVote of term 3 with a log to index 7 of term 2'],
    [asksVote(3, 7, 2, true), 'pre-vote RequestVote of term 3 with a log to index 7 of term 2'],
    [answersVote(3, true), 'RequestVoteResponse of term 3 that grants'],
    [answersVote(3, false, true), 'pre-vote RequestVoteResponse of term 3 that refuses'],
    [entriesAfter(3, 7, 2, [E1], 6), 'AppendEntries of term 3 with 1 entries after index 7 of term 2, leaderCommit 6'],
    [accepts(3, 8), 'AppendEntriesResponse of term 3 that accepts up to index 8'],
    [
      rejects(3, 7, 2, 5),
      'AppendEntriesResponse of term 3 that rejects what follows index 7 (round 1; conflict: term 2, index 5)',
    ],
    [snapshot(3, 7, 2), 'InstallSnapshot of term 3 to index 7 of term 2, from character 0'],
    [installed(3, 7), 'InstallSnapshotResponse of term 3 for index 7, installed'],
    [installed(3, 7, 5, false), 'InstallSnapshotResponse of term 3 for index 7, next character 5'],
  ])('is told by what matters of it: %#', (message, words) => {
    expect(describeMessage(message as TracedMessage)).toBe(words);
    const event = { kind: 'trace', timeUs: 0, node: 'n1' } as const;
    expect(describeStep({ ...event, name: 'Send', to: 'n2', message })).toBe(`sent n2 ${words}`);
    expect(describeStep({ ...event, name: 'Receive', from: 'n2', message: { ...message, type: 'Gossip' } })).toBe(
      'received a message of another kind from n2',
    );
  });
});

describe('what the rules read in a message', () => {
  it('how far a log is acknowledged: by an acceptance and by an installed snapshot', () => {
    expect(acknowledgedIndex(accepts(1, 2))).toBe(2);
    expect(acknowledgedIndex(installed(1, 2))).toBe(2);
  });

  it.each([
    ['a refusal', { ...rejects(1, 2, 1, 2), matchIndex: 2 }],
    ['an acceptance that does not say how far', { ...accepts(1, 2), matchIndex: undefined }],
    ['a piece of a snapshot', installed(1, 2, 5, false)],
    ['a snapshot that is not said', { ...installed(1, 2), lastIncludedIndex: undefined }],
    ['entries', { ...entriesAfter(1, 2, 1, []), success: true, matchIndex: 2 }],
    ['a snapshot that is sent', { ...snapshot(1, 2, 1), installed: true }],
  ])('no log is acknowledged by %s', (_, message) => {
    expect(acknowledgedIndex(message)).toBe(0);
  });

  it('who grants a vote, and who a pre-vote', () => {
    const told = (message: object) => [grantsVote(message), grantsPreVote(message)];
    expect(told(answersVote(1, true))).toEqual([true, false]);
    expect(told(answersVote(1, true, true))).toEqual([false, true]);
    expect(told(answersVote(1, false))).toEqual([false, false]);
    expect(told(answersVote(1, false, true))).toEqual([false, false]);
    // An implementation without pre-votes does not speak of them.
    expect(told({ ...answersVote(1, true), preVote: undefined })).toEqual([true, false]);
    expect(told({ ...asksVote(1, 2, 1), granted: true })).toEqual([false, false]);
    expect(told({ ...asksVote(1, 2, 1, true), granted: true })).toEqual([false, false]);
  });

  it('which log is at least as up-to-date: by the last term first, then by the length (§5.4.1)', () => {
    expect(isUpToDate(2, 1, 1, 5)).toBe(true);
    expect(isUpToDate(1, 5, 2, 1)).toBe(false);
    expect(isUpToDate(2, 3, 2, 3)).toBe(true);
    expect(isUpToDate(2, 2, 2, 3)).toBe(false);
  });
});
