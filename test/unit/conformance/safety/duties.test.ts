import { describe, expect, it } from 'vitest';
import {
  accepted,
  after,
  append,
  appendEntries,
  entry,
  granted,
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
const refuses = (node: string, to: string, term: number) =>
  send(node, to, { type: 'RequestVoteResponse', term, preVote: false, granted: false });
const snapshot = (term: number) => ({ type: 'InstallSnapshot', term, lastIncludedIndex: 2, lastIncludedTerm: 1 });

describe('VoteRefused', () => {
  it('binds whoever is in the term of the candidate already', async () => {
    const asked = [enters('n3', 2), receive('n3', 'n2', requestVote(2, 2, 1))];
    expect(await after(...asked, refuses('n3', 'n2', 2))).toEqual(['VoteRefused']);
    expect(await after(...asked, ['n3', { name: 'Vote', term: 2, candidate: 'n2' }])).toEqual([]);
    expect(await after(enters('n3', 3), receive('n3', 'n2', requestVote(2, 2, 1)), refuses('n3', 'n2', 3))).toEqual([]);
  });

  it('is not said of a pre-vote, nor of a request that does not say where the log ends', async () => {
    const goesOn = [enters('n3', 2), refuses('n3', 'n2', 2)];
    const asks = (message: object) => receive('n3', 'n2', message);
    expect(await after(asks({ ...requestVote(2, 2, 1), preVote: true }), ...goesOn)).toEqual([]);
    const { lastLogIndex, lastLogTerm, ...bare } = requestVote(2, 2, 1);
    expect(await after(asks({ ...bare, lastLogIndex }), ...goesOn)).toEqual([]);
    expect(await after(asks({ ...bare, lastLogTerm }), ...goesOn)).toEqual([]);
  });

  it('is said too when the vote goes to another, unless that was before', async () => {
    const asks = receive('n3', 'n2', requestVote(2, 2, 1));
    const votes: Line = ['n3', { name: 'Vote', term: 2, candidate: 'n1' }];
    expect(await after(enters('n3', 2), asks, votes)).toEqual(['VoteRefused']);
    expect(await after(enters('n3', 2), votes, asks, refuses('n3', 'n2', 2))).toEqual([]);
  });
});

describe('HigherTermEntered', () => {
  it('binds whatever tells of the term: entries, a snapshot, or an answer to either or to a request for votes', async () => {
    const messages = [
      appendEntries(2),
      snapshot(2),
      accepted(2, 1),
      { type: 'InstallSnapshotResponse', term: 2, installed: false },
      { type: 'RequestVoteResponse', term: 2, preVote: false, granted: false },
      { type: 'RequestVoteResponse', term: 2, preVote: true, granted: false },
      granted(2),
    ];
    for (const message of messages) {
      const told = receive('n1', 'n3', message);
      expect(await after(told, send('n1', 'n2', appendEntries(1))), JSON.stringify(message)).toEqual([
        'HigherTermEntered',
      ]);
      expect(await after(told, enters('n1', 2)), JSON.stringify(message)).toEqual([]);
      expect(await after(told, ['n1', { name: 'BecomeFollower', term: 2, leader: null }])).toEqual([]);
    }
  });

  it('a step in a term that is later, but not late enough, is no obedience', async () => {
    expect(await after(receive('n1', 'n3', appendEntries(3)), enters('n1', 2))).toEqual(['HigherTermEntered']);
  });

  it('messages of strangers, and such as tell no term, bind nobody', async () => {
    const goesOn = send('n1', 'n2', appendEntries(1));
    for (const message of [appendEntries(2), requestVote(2, 2, 1), accepted(2, 2), granted(2)]) {
      expect(await after(receive('n1', 'n9', message), goesOn)).toEqual([]);
    }
    const { term, ...bare } = appendEntries(2);
    expect(term).toBe(2);
    expect(await after(receive('n3', 'n1', bare), append('n3', 1, 1, entry(1, 0)))).toEqual([]);
    expect(await after(send('n2', 'n3', { type: 'RequestVote', lastLogIndex: 0, lastLogTerm: 0 }))).toEqual([]);
  });
});

describe('StaleTerm', () => {
  it('looks at the last message only: entries may come after one that was refused', async () => {
    const refused = [enters('n3', 2), receive('n3', 'n1', appendEntries(1))];
    const takes = append('n3', 2, 1, entry(1, 0));
    expect(await after(...refused, takes)).toEqual(['StaleTerm']);
    expect(await after(...refused, receive('n3', 'n2', appendEntries(2)), takes)).toEqual([]);
    expect(await after(...refused, receive('n3', 'n2', snapshot(2)), takes)).toEqual([]);
    expect(await after(...refused, init('n3', { term: 2 }), takes)).toEqual([]);
  });

  it('is not said of a leader that adds to its log after a message of a former one', async () => {
    const elected: Line[] = [
      ['n2', { name: 'BecomeCandidate', term: 2 }],
      receive('n2', 'n3', granted(2)),
      ['n2', { name: 'BecomeLeader', term: 2, voters: ['n2', 'n3'] }],
      receive('n2', 'n1', appendEntries(1)),
    ];
    expect(await after(...elected, append('n2', 2, 3, entry(2, 0)))).toEqual([]);
  });
});

describe('LeaderStickiness', () => {
  // Lines are a millisecond apart; a clock may run a hundred times as fast.
  const sticky = async (...lines: Line[]) => {
    const { anomalies } = await judge([...PROLOGUE, ...lines], NODES, 500_000);
    return anomalies.map(({ kind }) => kind);
  };
  const asks = receive('n2', 'n3', requestVote(2, 2, 1));
  const hears = receive('n2', 'n1', appendEntries(1));
  const moved: Line[] = [asks, enters('n2', 2), ['n2', { name: 'Vote', term: 2, candidate: 'n3' }]];
  const later = (term: number): Line[] => [
    receive('n2', 'n3', requestVote(term, 2, 1)),
    enters('n2', term),
    ['n2', { name: 'Vote', term, candidate: 'n3' }],
  ];
  const waits = (times: number) => Array.from({ length: times }, () => send('n2', 'n1', accepted(1, 1)));

  it('ends with the least election timeout', async () => {
    expect(await sticky(hears, ...waits(3), ...moved)).toEqual(['LeaderStickiness']);
    expect(await sticky(hears, ...waits(4), ...moved)).toEqual([]);
  });

  it('a snapshot of the leader counts as hearing from it; entries of a deposed one do not', async () => {
    expect(await sticky(...waits(6), receive('n2', 'n1', snapshot(1)), ...moved)).toEqual(['LeaderStickiness']);
    expect(await sticky(enters('n2', 3), ...waits(6), hears, ...later(4))).toEqual([]);
    expect(await sticky(enters('n2', 3), ...waits(6), receive('n2', 'n1', appendEntries(3)), ...later(4))).toEqual([
      'LeaderStickiness',
    ]);
  });

  it('lets a node take entries of its own term after the request of a candidate of that term', async () => {
    const late = receive('n2', 'n3', requestVote(1, 0, 0));
    expect(await sticky(hears, late, append('n2', 1, 3, entry(1, 12)))).toEqual([]);
  });

  it('VoteRefused: in its own term, too, a node that hears from a leader may ignore candidates', async () => {
    const refusal = [enters('n2', 2), asks, refuses('n2', 'n3', 2)];
    expect(await sticky(hears, ...refusal)).toEqual([]);
    expect(await sticky(hears, ...waits(9), ...refusal)).toEqual([]);
    expect(await after(hears, ...refusal)).toEqual(['VoteRefused']);
    // n3 has heard from nobody.
    const unled = [enters('n3', 2), receive('n3', 'n2', requestVote(2, 2, 1)), refuses('n3', 'n2', 2)];
    expect(await sticky(...unled)).toEqual(['VoteRefused']);
    // Or does not remember.
    const again = init('n3', { term: 1, votedFor: null, log: [] });
    expect(await sticky(again, ...unled)).toEqual([]);
  });

  it('ends with the life of a node', async () => {
    const restart = init('n2', { term: 1, votedFor: 'n1', log: [entry(1, 0), entry(1, 11)] });
    expect(await sticky(...waits(6), hears, restart, ...moved)).toEqual([]);
  });

  it('the story says whom the node heard from, or that it led', async () => {
    const story = async (...lines: Line[]) =>
      (await judge([...PROLOGUE, ...lines], NODES, 500_000)).anomalies[0]?.story[0];
    expect(await story(hears, ...moved)).toBe('0.021 s: n2 heard from the leader of term 1.');
    expect(await story(receive('n1', 'n3', requestVote(2, 2, 1)), enters('n1', 2))).toBe(
      'n1 was the leader of term 1.',
    );
  });
});
