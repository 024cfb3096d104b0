import { describe, expect, it } from 'vitest';
import type { Feature } from '../../../../spec/raft/features.js';
import type { RaftMessage } from '../../../../spec/raft/messages.js';
import { raft } from '../../../../spec/raft/raft.js';
import type { Entry, Server } from '../../../../spec/raft/server.js';

/** Of n2, to n1: a follower of term 3. */
const from = { from: 1, to: 0, term: 3 } as const;
const back = { from: 0, to: 1, term: 3 } as const;
const log = (...terms: number[]): Entry[] => terms.map((term, value) => ({ term, value }));

/** What a rule makes of a message: what it changes, and the answer. Undefined where it has nothing to do with it. */
function made(name: string, ...features: Feature[]) {
  const { initial, handlers } = raft({ servers: 3, elections: 2, values: 2, restarts: 1, features });
  const rule = handlers.find((handler) => handler.name === name);
  return (message: RaftMessage, over: Partial<Server> = {}) => {
    const node = { ...(initial.nodes[0] as Server), currentTerm: 3, ...over };
    const handled = rule?.handle(node, message);
    if (handled === undefined) return undefined;
    const old = node as unknown as Record<string, unknown>;
    const changed = Object.entries(handled.node).filter(
      ([key, value]) => JSON.stringify(old[key]) !== JSON.stringify(value),
    );
    return { ...Object.fromEntries(changed), ...(handled.reply && { reply: handled.reply }) };
  };
}

const asks = (term: number, lastLogIndex = 0, lastLogTerm = 0): RaftMessage => ({
  ...{ ...from, type: 'PreVoteRequest', term },
  ...{ lastLogIndex, lastLogTerm },
});
const asksVote = (term: number): RaftMessage => ({
  ...{ ...from, type: 'RequestVoteRequest', term },
  ...{ lastLogIndex: 0, lastLogTerm: 0 },
});
const preVote = (voteGranted: boolean, term: number): RaftMessage => ({
  ...{ ...from, type: 'PreVoteResponse' },
  ...{ voteGranted, term },
});
const entries = (over: object = {}): RaftMessage => ({
  ...{ ...from, type: 'AppendEntriesRequest' },
  ...{ prevLogIndex: 0, prevLogTerm: 0, entries: [], commitIndex: 0 },
  ...over,
});
const acknowledges = (over: object = {}): RaftMessage => ({
  ...{ ...from, type: 'AppendEntriesResponse' },
  ...{ success: true, matchIndex: 1 },
  ...over,
});

describe('pre-votes', () => {
  it('HandlePreVoteRequest: are granted of a later term, to a log that is as up-to-date', () => {
    const answers = made('HandlePreVoteRequest', 'pre-vote');
    const reply = (voteGranted: boolean, term: number) => ({
      reply: { ...back, type: 'PreVoteResponse', term, voteGranted },
    });
    expect(answers(asks(4))).toEqual(reply(true, 4));
    expect(answers(asks(3))).toEqual(reply(false, 3));
    expect(answers(asks(2))).toEqual(reply(false, 3));
    expect(answers(asks(4, 1, 1), { log: log(1, 1) })).toEqual(reply(false, 3));
    expect(answers(asks(4, 2, 1), { log: log(1, 1) })).toEqual(reply(true, 4));
    expect(answers(asksVote(4))).toBeUndefined();
  });

  it('HandlePreVoteResponse: are counted by a pre-candidate, of the next term', () => {
    const counts = made('HandlePreVoteResponse', 'pre-vote');
    const asking = { state: 'PreCandidate', preVotesGranted: [0, 2] } as const;
    expect(counts(preVote(true, 4), asking)).toEqual({ preVotesGranted: [0, 1, 2] });
    expect(counts(preVote(true, 4), { ...asking, preVotesGranted: [0, 1] })).toEqual({});
    expect(counts(preVote(true, 3), asking)).toBeUndefined();
    expect(counts(preVote(false, 4), asking)).toBeUndefined();
    expect(counts(preVote(true, 4), { ...asking, state: 'Candidate' })).toBeUndefined();
    expect(counts({ ...from, type: 'RequestVoteResponse', term: 4, voteGranted: true }, asking)).toBeUndefined();
  });

  it('IgnoreVoteRequest: may be refused by who follows or leads, in its own term', () => {
    const ignores = made('IgnoreVoteRequest', 'pre-vote');
    const refused = { term: 3, voteGranted: false };
    for (const state of ['Follower', 'Leader'] as const) {
      expect(ignores(asks(4), { state })).toEqual({ reply: { ...back, type: 'PreVoteResponse', ...refused } });
      expect(ignores(asksVote(4), { state })).toEqual({ reply: { ...back, type: 'RequestVoteResponse', ...refused } });
      expect(ignores(asksVote(3), { state })).toBeDefined();
      expect(ignores(asksVote(2), { state })).toBeUndefined();
      expect(ignores(entries({ term: 4 }), { state })).toBeUndefined();
    }
    for (const state of ['Candidate', 'PreCandidate'] as const) expect(ignores(asks(4), { state })).toBeUndefined();
  });

  it('UpdateTerm: tell no term that anybody is in, but where they are refused', () => {
    const enters = made('UpdateTerm', 'pre-vote');
    const asking = { state: 'PreCandidate', preVotesGranted: [0], votedFor: 0 } as const;
    const entered = { currentTerm: 4, state: 'Follower', votedFor: null, preVotesGranted: [] };
    expect(enters(preVote(false, 4), asking)).toEqual(entered);
    expect(enters(asksVote(4), asking)).toEqual(entered);
    expect(enters(preVote(true, 4), asking)).toBeUndefined();
    expect(enters(asks(4), asking)).toBeUndefined();
  });

  it('AcceptAppendEntriesRequest, RejectAppendEntriesRequest: towards a leader, a pre-candidate is a follower', () => {
    const asking = { state: 'PreCandidate', preVotesGranted: [0] } as const;
    expect(made('AcceptAppendEntriesRequest', 'pre-vote')(entries(), asking)).toMatchObject({
      ...{ state: 'Follower', preVotesGranted: [] },
      reply: { success: true },
    });
    const rejects = made('RejectAppendEntriesRequest', 'pre-vote');
    const unfit = entries({ prevLogIndex: 1, prevLogTerm: 1 });
    expect(rejects(unfit, asking)).toMatchObject({ state: 'Follower', preVotesGranted: [], reply: { success: false } });
    expect(rejects(unfit, { state: 'Candidate' })).toBeUndefined();
    expect(rejects(entries(), asking)).toBeUndefined();
  });
});

describe('snapshots', () => {
  const snapshot = (index: number, over: object = {}): RaftMessage => ({
    ...{ ...from, type: 'InstallSnapshotRequest' },
    ...{ lastIncludedIndex: index, lastIncludedTerm: 2, snapshot: log(1, 2).slice(0, index) },
    ...over,
  });
  const answer = (lastIncludedIndex: number) => ({
    reply: { ...back, type: 'InstallSnapshotResponse', lastIncludedIndex },
  });

  it('RejectSnapshot: of a former term are rejected', () => {
    const rejects = made('RejectSnapshot', 'snapshots');
    expect(rejects(snapshot(2, { term: 2 }))).toEqual(answer(0));
    expect(rejects(snapshot(2))).toBeUndefined();
    expect(rejects(entries({ term: 2 }))).toBeUndefined();
  });

  it('InstallSnapshot: replace what is older, and keep what follows where the log has their last entry', () => {
    const installs = made('InstallSnapshot', 'snapshots');
    const installed = { log: log(1, 2), snapshotIndex: 2, commitIndex: 2, ...answer(2) };
    expect(installs(snapshot(2))).toEqual(installed);
    expect(installs(snapshot(2), { state: 'Candidate' })).toEqual({ ...installed, state: 'Follower' });
    const { log: _, ...besides } = installed;
    expect(installs(snapshot(2), { log: log(1, 2, 3) })).toEqual(besides);
    expect(installs(snapshot(2), { log: log(1, 1, 3) })).toEqual(installed);
    expect(installs(snapshot(2), { log: log(1, 2), commitIndex: 2, state: 'Candidate' })).toEqual({
      ...{ state: 'Follower' },
      ...answer(2),
    });
    expect(installs(snapshot(2), { state: 'Leader' })).toBeUndefined();
    expect(installs(snapshot(2, { term: 2 }))).toBeUndefined();
    expect(installs(entries())).toBeUndefined();
  });

  it('HandleInstallSnapshotResponse: tell the leader how far the follower is, and never less', () => {
    const learns = made('HandleInstallSnapshotResponse', 'snapshots');
    const told = (lastIncludedIndex: number, term = 3): RaftMessage => ({
      ...{ ...from, type: 'InstallSnapshotResponse', term },
      ...{ lastIncludedIndex },
    });
    const node = { nextIndex: [1, 1, 1], matchIndex: [0, 0, 0] };
    expect(learns(told(2), node)).toEqual({ nextIndex: [1, 3, 1], matchIndex: [0, 2, 0] });
    expect(learns(told(2), { nextIndex: [1, 5, 1], matchIndex: [0, 4, 0] })).toEqual({});
    expect(learns(told(2, 2), node)).toBeUndefined();
    expect(learns(acknowledges(), node)).toBeUndefined();
  });

  it('AcceptAppendEntriesRequest: are behind what is looked at, and what was sent is acknowledged', () => {
    const accepts = made('AcceptAppendEntriesRequest', 'snapshots');
    const node = { log: log(1, 2), snapshotIndex: 2, commitIndex: 2 };
    // Of what is in the snapshot, neither terms nor values are compared.
    const sent = { prevLogIndex: 1, prevLogTerm: 7, entries: [{ term: 7, value: 7 }] };
    expect(accepts(entries(sent), node)).toEqual({
      reply: { ...back, type: 'AppendEntriesResponse', success: true, matchIndex: 2 },
    });
    expect(accepts(entries({ prevLogIndex: 0 }), node)).toMatchObject({ reply: { matchIndex: 0 } });
    expect(accepts(entries({ prevLogIndex: 2, prevLogTerm: 2, entries: log(3), commitIndex: 3 }), node)).toMatchObject({
      ...{ log: [...log(1, 2), ...log(3)], commitIndex: 3 },
      reply: { matchIndex: 3 },
    });
  });
});

describe('what goes back with answers', () => {
  it('is the round of the message, but where that is of a former term', () => {
    const accepts = made('AcceptAppendEntriesRequest', 'reads');
    const rejects = made('RejectAppendEntriesRequest', 'reads');
    expect(accepts(entries({ round: 5 }))).toMatchObject({ reply: { success: true, round: 5 } });
    expect(accepts(entries())).toMatchObject({ reply: { round: 0 } });
    const unfit = { prevLogIndex: 1, prevLogTerm: 1, round: 5 };
    expect(rejects(entries(unfit))).toMatchObject({ reply: { success: false, round: 5 } });
    expect(rejects(entries({ ...unfit, term: 2 }))).toMatchObject({ reply: { success: false, round: 0 } });
  });

  it('is counted by the leader: the newest that each has answered', () => {
    const counts = made('HandleAppendEntriesResponse', 'reads');
    expect(counts(acknowledges({ round: 5 }), { echoedRound: [0, 4, 9] })).toMatchObject({ echoedRound: [0, 5, 9] });
    expect(counts(acknowledges({ round: 3 }), { echoedRound: [0, 4, 9] })).not.toHaveProperty('echoedRound');
    expect(counts(acknowledges({ round: 5, success: false }))).toMatchObject({ echoedRound: [0, 5, 0] });
    expect(counts(acknowledges({ round: 5, term: 2 }))).toBeUndefined();
    expect(counts(acknowledges())).not.toHaveProperty('echoedRound');
  });

  it('is forgotten with the term, and reads that wait', () => {
    const reads = [{ readIndex: 1, round: 2, mustSee: [] }];
    expect(made('UpdateTerm', 'reads')(asksVote(4), { round: 2, echoedRound: [0, 2, 2], reads })).toMatchObject({
      ...{ round: 0, echoedRound: [0, 0, 0] },
      reads: [],
    });
    expect(made('UpdateTerm', 'leases')(asksVote(4), { clock: 3, echoedSentAt: [0, 2, 2] })).toMatchObject({
      echoedSentAt: [-3, -3, -3],
    });
  });

  it('is when it was sent, and who answers has heard the leader', () => {
    const accepts = made('AcceptAppendEntriesRequest', 'leases');
    expect(accepts(entries({ sentAt: 1 }), { clock: 2 })).toMatchObject({ heardAt: 2, reply: { sentAt: 1 } });
    expect(accepts(entries(), { clock: 2 })).toMatchObject({ heardAt: 2, reply: { sentAt: -3 } });
    const rejects = made('RejectAppendEntriesRequest', 'leases');
    const unfit = { prevLogIndex: 1, prevLogTerm: 1, sentAt: 1 };
    expect(rejects(entries(unfit), { clock: 2 })).toMatchObject({ heardAt: 2, reply: { success: false, sentAt: 1 } });
    const former = rejects(entries({ ...unfit, term: 2 }), { clock: 2 });
    expect(former).toMatchObject({ reply: { sentAt: -3 } });
    expect(former).not.toHaveProperty('heardAt');
    const counts = made('HandleAppendEntriesResponse', 'leases');
    const node = { clock: 3, echoedSentAt: [-3, 1, -3] };
    expect(counts(acknowledges({ sentAt: 2 }), node)).toMatchObject({ echoedSentAt: [-3, 2, -3] });
    expect(counts(acknowledges({ sentAt: 0 }), node)).not.toHaveProperty('echoedSentAt');
    expect(counts(acknowledges(), node)).not.toHaveProperty('echoedSentAt');
  });
});

describe('who hears from a leader', () => {
  const heard = { clock: 2, heardAt: 0 };
  const longAgo = { clock: 3, heardAt: 0 };

  it.each(['UpdateTerm', 'HandleRequestVoteRequest', 'HandlePreVoteRequest'])(
    '%s: takes no notice of candidates for an election timeout',
    (name) => {
      const handles = made(name, 'pre-vote', 'leases');
      const message = name === 'HandlePreVoteRequest' ? asks(4) : asksVote(name === 'UpdateTerm' ? 4 : 3);
      expect(handles(message, heard)).toBeUndefined();
      expect(handles(message, longAgo)).toBeDefined();
    },
  );

  it('enters the term of whoever is no candidate', () => {
    expect(made('UpdateTerm', 'leases')(entries({ term: 4 }), heard)).toMatchObject({ currentTerm: 4 });
  });

  it.each(['RequestVote', 'PreVote'])('%s: does not campaign', (name) => {
    const { initial, actions } = raft({
      servers: 1,
      elections: 2,
      values: 0,
      restarts: 0,
      features: ['pre-vote', 'leases'],
    });
    const action = actions.find((candidate) => candidate.name === name);
    const asking = { state: 'PreCandidate', preVotesGranted: [0] } as const;
    const steps = (over: Partial<Server>) =>
      action?.steps({ ...(initial.nodes[0] as Server), ...asking, ...over }, 0, initial.shared);
    expect(steps(heard)).toEqual([]);
    expect(steps(longAgo)).toHaveLength(1);
  });
});

describe('what a restart leaves', () => {
  const restarts = (over: Partial<Server>, ...features: Feature[]) => {
    const { initial, actions } = raft({ servers: 2, elections: 2, values: 2, restarts: 1, features });
    const restart = actions.find(({ name }) => name === 'Restart');
    return restart?.steps({ ...(initial.nodes[0] as Server), ...over }, 0, initial.shared)[0]?.node;
  };

  it('of pre-votes and reads is nothing', () => {
    expect(restarts({ preVotesGranted: [0, 1] }, 'pre-vote')?.preVotesGranted).toEqual([]);
    const reads = [{ readIndex: 1, round: 2, mustSee: [] }];
    expect(restarts({ round: 2, echoedRound: [0, 2], reads }, 'reads')).toMatchObject({
      round: 0,
      echoedRound: [0, 0],
      reads: [],
    });
  });

  it('of snapshots is all, and what they hold is committed and applied', () => {
    const node = {
      log: log(1, 1, 1),
      snapshotIndex: 2,
      commitIndex: 3,
      lastApplied: 3,
      executed: [0, 1, 2],
      sessions: [0, 1, 2],
    };
    expect(restarts(node, 'snapshots', 'sessions')).toMatchObject({
      ...{ snapshotIndex: 2, commitIndex: 2 },
      ...{ lastApplied: 2, executed: [0, 1], sessions: [0, 1] },
    });
  });

  it('of leases is the clock: it may have answered a leader just before', () => {
    expect(restarts({ clock: 2, heardAt: 0, echoedSentAt: [1, 1] }, 'leases')).toMatchObject({
      ...{ clock: 2, heardAt: 2 },
      echoedSentAt: [-3, -3],
    });
  });

  it('of what is in memory is what is on the disk', () => {
    const disk = { currentTerm: 1, votedFor: 1, log: log(1) };
    const held = [asksVote(2)];
    expect(restarts({ currentTerm: 2, votedFor: 0, log: log(1, 2), disk, held }, 'durability')).toMatchObject({
      ...disk,
      disk,
      held: [],
    });
  });
});

describe('what waits for the disk', () => {
  const empty = { currentTerm: 3, votedFor: null, log: [] };
  const granted = { type: 'RequestVoteResponse', ...back, voteGranted: true } as const;

  it('HandleRequestVoteRequest: is the answer that grants a vote, and not one that refuses', () => {
    const handles = made('HandleRequestVoteRequest', 'durability');
    expect(handles(asksVote(3))).toEqual({ votedFor: 1, held: [granted] });
    expect(handles(asksVote(3), { disk: empty })).toEqual({ votedFor: 1, held: [granted] });
    expect(handles(asksVote(3), { votedFor: 1, disk: { ...empty, votedFor: 1 } })).toEqual({ reply: granted });
    expect(handles(asksVote(3), { votedFor: 2, disk: empty })).toEqual({ reply: { ...granted, voteGranted: false } });
    expect(handles(asksVote(2), { disk: { ...empty, currentTerm: 2 } })).toEqual({
      held: [{ ...granted, voteGranted: false }],
    });
  });

  it('AcceptAppendEntriesRequest: is the acknowledgement of what is not there, behind what waits already', () => {
    const accepts = made('AcceptAppendEntriesRequest', 'durability');
    const held = [granted];
    const answer = { ...back, type: 'AppendEntriesResponse', success: true, matchIndex: 1 };
    const one = entries({ entries: log(3) });
    expect(accepts(one, { disk: empty, held })).toEqual({ log: log(3), held: [answer, granted] });
    expect(accepts(one, { log: log(3), disk: { ...empty, log: log(3) }, held })).toEqual({ reply: answer });
    expect(accepts(entries(), { disk: empty })).toEqual({ reply: { ...answer, matchIndex: 0 } });
  });

  const stepsOf = (name: string) => {
    const { initial, actions } = raft({ servers: 3, elections: 2, values: 2, restarts: 1, features: ['durability'] });
    const action = actions.find((candidate) => candidate.name === name);
    return (over: Partial<Server>) =>
      action?.steps({ ...(initial.nodes[0] as Server), currentTerm: 3, ...over }, 0, initial.shared) ?? [];
  };

  it('RequestVote, BecomeLeader: are the requests of a candidate, and its leadership', () => {
    const [step] = stepsOf('RequestVote')({ disk: empty });
    expect([step?.sends, step?.node.held?.map(({ type, to }) => [type, to])]).toEqual([
      [],
      [
        ['RequestVoteRequest', 1],
        ['RequestVoteRequest', 2],
      ],
    ]);
    const becomes = stepsOf('BecomeLeader');
    const node = { state: 'Candidate', votedFor: 0, votesGranted: [0, 1] } as const;
    expect(becomes({ ...node, disk: { ...empty, votedFor: 0 } })).toHaveLength(1);
    expect(becomes({ ...node, disk: empty })).toEqual([]);
    expect(becomes({ ...node, disk: { ...empty, currentTerm: 2, votedFor: 0 } })).toEqual([]);
  });

  it('AppendEntries, AdvanceCommitIndex: is no entry that a leader sends, but one that it counts', () => {
    const node: Partial<Server> = { state: 'Leader', votedFor: 0, log: log(3), nextIndex: [1, 1, 1] };
    const sent = stepsOf('AppendEntries')({ ...node, disk: { ...empty, votedFor: 0 } });
    expect(sent.map(({ sends }) => sends?.length)).toEqual([1, 1]);
    const commits = stepsOf('AdvanceCommitIndex');
    const held = { ...node, matchIndex: [0, 1, 0] };
    expect(commits({ ...held, disk: empty })).toEqual([]);
    const [step] = commits({ ...held, disk: { ...empty, log: log(3) } });
    expect([step?.node.commitIndex, step?.node.disk]).toEqual([1, { ...empty, log: log(3) }]);
  });
});
