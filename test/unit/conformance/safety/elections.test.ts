import { describe, expect, it } from 'vitest';
import {
  accepted,
  after,
  append,
  durable,
  elect,
  entry,
  granted,
  init,
  judge,
  type Line,
  PROLOGUE,
  receive,
  send,
} from '../trace.js';

const campaigns = (node: string, term: number): Line => [node, { name: 'BecomeCandidate', term }];
const votes = (node: string, term: number, candidate: string): Line => [node, { name: 'Vote', term, candidate }];
const leads = (node: string, term: number, ...voters: string[]): Line => [node, { name: 'BecomeLeader', term, voters }];
const enters = (node: string, term: number): Line => [node, { name: 'UpdateTerm', term }];
const BOTH = [entry(1, 0), entry(1, 11)];

describe('votes', () => {
  const wins = [campaigns('n2', 2), receive('n2', 'n3', granted(2)), leads('n2', 2, 'n2', 'n3')];

  it('VoteOnce: a vote that the winner counted is not given again, though its voter never synced it', async () => {
    const again = [enters('n3', 2), votes('n3', 2, 'n1'), durable('n3', 2, 'n1', 0)];
    expect(await after(...wins, ...again)).toEqual(['VoteOnce']);
    expect(await after(...wins, enters('n3', 2), votes('n3', 2, 'n2'), durable('n3', 2, 'n2', 0))).toEqual([]);
  });

  it('VoteOnce: nor is the vote of the winner for itself', async () => {
    const restart = init('n2', { term: 1, votedFor: 'n1', log: BOTH });
    const again = [restart, enters('n2', 2), votes('n2', 2, 'n3'), durable('n2', 2, 'n3', 2)];
    expect(await after(...wins, ...again)).toEqual(['VoteOnce']);
  });

  it('VoteOnce: a voter that the winner names, but had no vote of, is free', async () => {
    const named = [...wins.slice(0, 2), leads('n2', 2, 'n2', 'n3', 'n1')];
    expect(await after(...named, enters('n1', 2), votes('n1', 2, 'n3'), durable('n1', 2, 'n3', 2))).toEqual([]);
  });

  it('VoteOnce: a vote may come after a term was synced without one', async () => {
    const synced = [enters('n3', 2), durable('n3', 2, null, 0)];
    expect(await after(...synced, votes('n3', 2, 'n2'), durable('n3', 2, 'n2', 0))).toEqual([]);
  });

  it('VoteImpliesUpToDate: a candidate that lost the end of its log in a crash may campaign in the same term', async () => {
    const campaign = [campaigns('n2', 2), votes('n2', 2, 'n2')];
    const crash = init('n2', { term: 1, votedFor: 'n1', log: BOTH });
    expect(await after(append('n2', 1, 3, entry(1, 12)), ...campaign, crash, ...campaign)).toEqual([]);
  });

  it('VoteImpliesUpToDate: a wrong vote is told once, whoever campaigns after', async () => {
    const wrong = [campaigns('n3', 2), votes('n2', 2, 'n3')];
    const { facts } = await judge([...PROLOGUE, ...wrong, campaigns('n1', 2)]);
    expect(facts.VoteImpliesUpToDate).toBe(1);
  });

  it('VoteImpliesDurable: what is durable must be the vote of that term, for that candidate', async () => {
    const grants = (term: number) => send('n3', 'n2', granted(term));
    const syncs = (term: number, candidate: string | null) => durable('n3', term, candidate, 0);
    const voted = [enters('n3', 2), votes('n3', 2, 'n2')];
    const missing = ['VoteImpliesDurable'];
    expect(await after(...voted, syncs(2, 'n2'), grants(2))).toEqual([]);
    expect(await after(...voted, syncs(2, null), grants(2))).toEqual(missing);
    expect(await after(...voted, syncs(2, 'n2'), enters('n3', 3), votes('n3', 3, 'n2'), grants(3))).toEqual(missing);
    // A vote of a term that is over by the time that its answer leaves.
    expect(await after(...voted, syncs(2, 'n2'), enters('n3', 3), syncs(3, null), grants(2))).toEqual([]);
  });

  it('VoteImpliesDurable: the story says what was durable', async () => {
    const told = async (...lines: Line[]) =>
      (await judge([...PROLOGUE, ...lines, send('n3', 'n2', granted(3))])).anomalies.map(({ story }) => story[0]);
    expect(await told()).toEqual(['n3 had synced no term.']);
    expect(await told(durable('n3', 2, null, 0))).toEqual(['n3 had synced term 2 with no vote.']);
    expect(await told(durable('n3', 2, 'n1', 0))).toEqual(['n3 had synced term 2 with a vote for n1.']);
  });
});

describe('leaders', () => {
  it('a second leader of a term does not take the place of the first: what the first lacked is still seen', async () => {
    const first = [campaigns('n3', 2), receive('n3', 'n1', granted(2)), leads('n3', 2, 'n3', 'n1')];
    const second = [campaigns('n2', 2), receive('n2', 'n1', granted(2)), leads('n2', 2, 'n2', 'n1')];
    expect(await after(...first, ...second)).toEqual(['ElectionSafety', 'LeaderCompleteness', 'VoteOnce']);
    expect(await after(...second)).toEqual([]);
  });

  it('ElectionQuorum: a vote of a former candidacy does not count', async () => {
    const former = [campaigns('n2', 2), receive('n2', 'n3', granted(2))];
    expect(await after(...former, campaigns('n2', 3), leads('n2', 3, 'n2', 'n3'))).toEqual(['ElectionQuorum']);
    const counted = [...former, campaigns('n2', 3), receive('n2', 'n3', granted(3)), leads('n2', 3, 'n2', 'n3')];
    expect(await after(...counted)).toEqual([]);
  });

  it('ElectionQuorum: the story says whose votes were granted', async () => {
    const { anomalies } = await judge([...PROLOGUE, campaigns('n2', 2), leads('n2', 2, 'n3')]);
    expect(anomalies[0]?.story[1]).toBe('Votes that were granted in this term: none.');
  });

  it('CommitQuorum: what followers acknowledged to a leader in a former term of its own does not count', async () => {
    const appended = [append('n1', 1, 3, entry(1, 12)), durable('n1', 1, 'n1', 3), receive('n1', 'n2', accepted(1, 4))];
    const reelected = [...elect('n1', 2, 'n3', { n1: 3 }), append('n1', 2, 4, entry(2, 0)), durable('n1', 2, 'n1', 4)];
    const commits: Line = ['n1', { name: 'AdvanceCommit', term: 2, commitIndex: 4, leader: true }];
    expect(await after(...appended, ...reelected, commits)).toEqual(['CommitQuorum']);
    expect(await after(...appended, ...reelected, receive('n1', 'n2', accepted(2, 4)), commits)).toEqual([]);
  });

  it('CommitQuorum: nor in a former life, and an acknowledgement that comes late takes none back', async () => {
    const appended = [append('n1', 1, 3, entry(1, 12)), durable('n1', 1, 'n1', 3)];
    const commits: Line = ['n1', { name: 'AdvanceCommit', term: 1, commitIndex: 3, leader: true }];
    const acknowledged = receive('n1', 'n2', accepted(1, 3));
    expect(await after(...appended, acknowledged, receive('n1', 'n2', accepted(1, 2)), commits)).toEqual([]);
    const restart = init('n1', { term: 1, votedFor: 'n1', log: [...BOTH, entry(1, 12)] });
    expect(await after(...appended, acknowledged, restart, commits)).toEqual(['CommitQuorum']);
  });

  it('CandidateLog: a request for votes that does not say where the log ends is left to others', async () => {
    const request = { type: 'RequestVote', term: 2, preVote: false };
    expect(await after(campaigns('n2', 2), send('n2', 'n3', request))).toEqual([]);
    expect(await after(campaigns('n2', 2), send('n2', 'n3', { ...request, lastLogIndex: 2 }))).toEqual([]);
    expect(await after(campaigns('n2', 2), send('n2', 'n3', { ...request, lastLogTerm: 1 }))).toEqual([]);
  });
});
