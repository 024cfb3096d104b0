import { describe, expect, it } from 'vitest';
import type { Feature } from '../../../../spec/raft/features.js';
import type { RaftMessage } from '../../../../spec/raft/messages.js';
import { raft } from '../../../../spec/raft/raft.js';
import type { Bookkeeping, Entry, Server } from '../../../../spec/raft/server.js';

/*
 * Each action from a state in which it can be taken, with all that it changes, and from states that are one thing short
 * of it. Models count states, and so notice guards; what they do not show is what a step says.
 */

/** What a step changes, sends and is told as. */
interface Taken {
  readonly choice?: string;
  readonly sends?: readonly RaftMessage[];
  readonly [changed: string]: unknown;
}

const BOUNDS = { servers: 3, elections: 2, values: 2, restarts: 1 };

/** The steps of an action of n1, which is a follower of term 1 but for what is told; of each only what it changes. */
function stepsOf(name: string, ...features: Feature[]) {
  const { initial, actions } = raft({ ...BOUNDS, features });
  const action = actions.find((candidate) => candidate.name === name);
  const [first] = initial.nodes as [Server];
  return (over: Partial<Server> = {}, known: Partial<Bookkeeping> = {}): Taken[] => {
    const [node, shared] = [
      { ...first, ...over },
      { ...initial.shared, ...known },
    ];
    return (action?.steps(node, 0, shared) ?? []).map((step) => ({
      ...changes(node, step.node),
      ...(step.shared && changes(shared, step.shared)),
      ...(step.choice !== undefined && { choice: step.choice }),
      ...(step.sends !== undefined && { sends: step.sends }),
    }));
  };
}

function changes(before: object, after: object): object {
  const old = before as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(after).filter(([key, value]) => JSON.stringify(old[key]) !== JSON.stringify(value)),
  );
}

const log = (...terms: number[]): Entry[] => terms.map((term, value) => ({ term, value }));
const toOthers = (message: object) => [1, 2].map((to) => ({ from: 0, to, ...message }));
const leader = { state: 'Leader', currentTerm: 2 } as const;

describe('the actions of plain Raft', () => {
  it('Restart keeps term, vote and log, and nothing else', () => {
    const steps = stepsOf('Restart');
    const node: Partial<Server> = {
      ...leader,
      ...{ votedFor: 0, log: log(1), commitIndex: 1, votesGranted: [0, 1] },
      ...{ nextIndex: [2, 2, 2], matchIndex: [0, 1, 0], pendingResponse: [false, true, false] },
    };
    expect(steps(node)).toEqual([
      {
        ...{ state: 'Follower', commitIndex: 0, votesGranted: [] },
        ...{ nextIndex: [1, 1, 1], matchIndex: [0, 0, 0], pendingResponse: [false, false, false] },
        restarts: 1,
      },
    ]);
    expect(steps(node, { restarts: 1 })).toEqual([]);
  });

  it('RequestVote enters the next term, votes for itself and asks all others', () => {
    const steps = stepsOf('RequestVote');
    for (const state of ['Follower', 'Candidate'] as const) {
      const [step, ...others] = steps({ state, currentTerm: 3, log: log(1, 2), votesGranted: [1] });
      expect(others).toEqual([]);
      expect(step).toMatchObject({
        ...{ currentTerm: 4, votedFor: 0, votesGranted: [0], elections: 1 },
        sends: toOthers({ type: 'RequestVoteRequest', term: 4, lastLogTerm: 2, lastLogIndex: 2 }),
      });
    }
    expect(steps({ log: [] })[0]?.sends).toEqual(
      toOthers({ type: 'RequestVoteRequest', term: 2, lastLogTerm: 0, lastLogIndex: 0 }),
    );
    expect(steps(leader)).toEqual([]);
    expect(steps({}, { elections: 1 })).toHaveLength(1);
    expect(steps({}, { elections: 2 })).toEqual([]);
  });

  it('BecomeLeader takes a quorum of votes, and assumes that the others have its log', () => {
    const steps = stepsOf('BecomeLeader');
    const candidate = { state: 'Candidate', votesGranted: [0, 2], log: log(1, 1) } as const;
    const before = { matchIndex: [1, 1, 1], pendingResponse: [true, true, true] };
    expect(steps({ ...candidate, ...before })).toEqual([
      { state: 'Leader', nextIndex: [3, 3, 3], matchIndex: [0, 0, 0], pendingResponse: [false, false, false] },
    ]);
    expect(steps({ ...candidate, votesGranted: [0] })).toEqual([]);
    expect(steps({ ...candidate, state: 'Follower' })).toEqual([]);
  });

  it('ClientRequest appends a value that nobody asked for yet', () => {
    const steps = stepsOf('ClientRequest');
    const [one, two] = [0, 1].map((value) => [...log(1), { term: 2, value }]);
    expect(steps({ ...leader, log: log(1) })).toEqual([
      { log: one, acked: [false, null], choice: 'v1' },
      { log: two, acked: [null, false], choice: 'v2' },
    ]);
    expect(steps({ ...leader, log: log(1) }, { acked: [true, null] })).toEqual([
      { log: two, acked: [true, false], choice: 'v2' },
    ]);
    expect(steps({ ...leader, log: log(1) }, { acked: [false, true] })).toEqual([]);
    expect(steps({ log: log(1) })).toEqual([]);
  });

  it('AdvanceCommitIndex goes to the highest that a quorum holds, if that is of its own term', () => {
    const steps = stepsOf('AdvanceCommitIndex');
    const known = { acked: [false, null] };
    const node = { ...leader, log: log(2, 2), matchIndex: [0, 1, 0] };
    expect(steps(node, known)).toEqual([{ commitIndex: 1, acked: [true, null] }]);
    // What clients are told is told once, and only of what is committed now.
    expect(steps({ ...node, matchIndex: [0, 2, 0] }, { acked: [false, false] })).toEqual([
      { commitIndex: 2, acked: [true, true] },
    ]);
    expect(steps(node, { acked: [false, false] })).toEqual([{ commitIndex: 1, acked: [true, false] }]);
    expect(steps({ ...node, commitIndex: 1, matchIndex: [0, 2, 1] }, { acked: [false, false] })).toEqual([
      { commitIndex: 2, acked: [false, true] },
    ]);
    expect(steps(node, { acked: [true, null] })).toEqual([{ commitIndex: 1 }]);
    // Its own place in the list is not looked at.
    expect(steps({ ...node, matchIndex: [2, 0, 0] }, known)).toEqual([]);
    expect(steps({ ...node, commitIndex: 1 }, known)).toEqual([]);
    expect(steps({ ...node, log: log(1, 2) }, known)).toEqual([]);
    expect(steps({ ...node, log: log(1, 2), matchIndex: [0, 0, 2] }, known)).toEqual([
      { commitIndex: 2, acked: [true, null] },
    ]);
    expect(steps({ ...node, state: 'Follower' }, known)).toEqual([]);
  });

  it('AppendEntries sends the next entry, or none, with what precedes it', () => {
    const steps = stepsOf('AppendEntries');
    const node: Partial<Server> = { ...leader, log: log(1, 2), commitIndex: 2, nextIndex: [9, 2, 3] };
    const request = { type: 'AppendEntriesRequest', from: 0, term: 2 };
    const [second] = log(1, 2).slice(1);
    expect(steps(node)).toEqual([
      {
        pendingResponse: [false, true, false],
        choice: 'to n2',
        sends: [{ ...request, to: 1, prevLogIndex: 1, prevLogTerm: 1, entries: [second], commitIndex: 2 }],
      },
      {
        pendingResponse: [false, false, true],
        choice: 'to n3',
        sends: [{ ...request, to: 2, prevLogIndex: 2, prevLogTerm: 2, entries: [], commitIndex: 2 }],
      },
    ]);
    const begins = steps({ ...node, nextIndex: [9, 1, 1], pendingResponse: [false, true, false] });
    expect(begins.map(({ choice, sends }) => [choice, sends?.[0]])).toEqual([
      ['to n3', { ...request, to: 2, prevLogIndex: 0, prevLogTerm: 0, entries: log(1), commitIndex: 1 }],
    ]);
    expect(steps({ ...node, state: 'Candidate' })).toEqual([]);
  });
});

describe('the actions that features add', () => {
  it('PreVote asks all others, of the next term', () => {
    const steps = stepsOf('PreVote', 'pre-vote');
    for (const state of ['Follower', 'Candidate', 'PreCandidate'] as const) {
      expect(steps({ state, currentTerm: 3, log: log(1, 2), preVotesGranted: [0, 1] })[0]).toMatchObject({
        preVotesGranted: [0],
        sends: toOthers({ type: 'PreVoteRequest', term: 4, lastLogTerm: 2, lastLogIndex: 2 }),
      });
    }
    expect(steps({ currentTerm: 3 })[0]).toMatchObject({ state: 'PreCandidate' });
    expect(steps(leader)).toEqual([]);
    expect(steps({}, { elections: 2 })).toEqual([]);
  });

  it('RequestVote follows pre-votes, which are no votes', () => {
    const steps = stepsOf('RequestVote', 'pre-vote');
    const node = { state: 'PreCandidate', preVotesGranted: [0, 2] } as const;
    expect(steps(node)).toMatchObject([{ state: 'Candidate', votesGranted: [0], preVotesGranted: [] }]);
    expect(steps({ ...node, preVotesGranted: [0] })).toEqual([]);
    expect(steps({ ...node, state: 'Candidate' })).toEqual([]);
  });

  it('Compact puts what was applied into a snapshot', () => {
    const steps = stepsOf('Compact', 'snapshots');
    expect(steps({ log: log(1, 1, 1), commitIndex: 2 })).toEqual([
      { snapshotIndex: 1, choice: 'up to entry 1' },
      { snapshotIndex: 2, choice: 'up to entry 2' },
    ]);
    expect(steps({ log: log(1, 1, 1), commitIndex: 2, snapshotIndex: 1 })).toEqual([
      { snapshotIndex: 2, choice: 'up to entry 2' },
    ]);
    expect(steps({ log: log(1, 1, 1), commitIndex: 2, snapshotIndex: 2 })).toEqual([]);
    expect(steps({ log: log(1, 1, 1), commitIndex: 2, lastApplied: 1 })).toHaveLength(1);
  });

  it('SendSnapshot sends each follower what a snapshot holds', () => {
    const steps = stepsOf('SendSnapshot', 'snapshots');
    const node = { ...leader, log: log(1, 2), snapshotIndex: 1 };
    const upTo = { lastIncludedIndex: 1, lastIncludedTerm: 1, snapshot: log(1) };
    expect(steps(node)).toEqual(
      toOthers({ type: 'InstallSnapshotRequest', term: 2, ...upTo }).map((message) => ({
        sends: [message],
        choice: `to n${message.to + 1}`,
      })),
    );
    expect(steps({ ...node, snapshotIndex: 0 })).toEqual([]);
    expect(steps({ ...node, state: 'Follower' })).toEqual([]);
  });

  it('AppendEntries does not send what is in a snapshot, nor what follows what is behind its last entry', () => {
    const steps = stepsOf('AppendEntries', 'snapshots');
    const node: Partial<Server> = { ...leader, log: log(1, 2), snapshotIndex: 1, commitIndex: 1, nextIndex: [3, 1, 2] };
    expect(steps(node).map(({ choice }) => choice)).toEqual(['to n3']);
    expect(steps({ ...node, snapshotIndex: 0 }).map(({ choice }) => choice)).toEqual(['to n2', 'to n3']);
  });

  it('ClientRetry appends once more what was asked for', () => {
    const steps = stepsOf('ClientRetry', 'sessions');
    const node = { ...leader, log: log(2) };
    expect(steps(node, { acked: [false, null] })).toEqual([
      { log: [...log(2), { term: 2, value: 0 }], retries: 1, choice: 'v1' },
    ]);
    expect(steps(node, { acked: [null, true] })).toMatchObject([{ choice: 'v2' }]);
    expect(steps(node, { acked: [false, null], retries: 1 })).toEqual([]);
    expect(steps({ ...node, state: 'Follower' }, { acked: [false, null] })).toEqual([]);
  });

  it('ReadRequest begins a round, for what is committed', () => {
    const steps = stepsOf('ReadRequest', 'reads');
    const node = { ...leader, log: log(2), commitIndex: 1, round: 3 };
    expect(steps(node, { acked: [true, false] })).toEqual([
      { round: 4, reads: [{ readIndex: 1, round: 4, mustSee: [0] }], readsBegun: 1 },
    ]);
    expect(steps({ ...node, log: log(1) })).toEqual([]);
    expect(steps({ ...node, state: 'Follower' })).toEqual([]);
    expect(steps(node, { readsBegun: 1 })).toEqual([]);
  });

  it('ReadIndex serves each read that a quorum has confirmed', () => {
    const steps = stepsOf('ReadIndex', 'reads');
    const [one, two] = [2, 3].map((round) => ({ readIndex: 1, round, mustSee: [0, 1] })) as [never, never];
    const node = { ...leader, log: log(2, 2), commitIndex: 1, reads: [one, two], echoedRound: [0, 2, 0] };
    // The second value is not there yet.
    expect(steps(node)).toEqual([{ reads: [two], missed: [1], choice: 'of index 1' }]);
    expect(steps({ ...node, echoedRound: [0, 0, 3] }).map(({ reads }) => reads)).toEqual([[two], [one]]);
    expect(steps({ ...node, echoedRound: [9, 1, 1] })).toEqual([]);
    expect(steps({ ...node, commitIndex: 0 })).toEqual([]);
    expect(steps({ ...node, commitIndex: 2 })).toEqual([{ reads: [two], choice: 'of index 1' }]);
    expect(steps(node, { missed: [0] })).toMatchObject([{ missed: [0, 1] }]);
  });

  it('Tick moves a clock, not far from the others and not for ever', () => {
    const steps = stepsOf('Tick', 'leases');
    expect(steps({ clock: 1 }, { clocks: [1, 1, 1] })).toEqual([{ clock: 2, clocks: [2, 1, 1] }]);
    expect(steps({ clock: 1 }, { clocks: [1, 0, 1] })).toEqual([]);
    expect(steps({ clock: 3 }, { clocks: [3, 3, 3] })).toHaveLength(1);
    expect(steps({ clock: 4 }, { clocks: [4, 4, 4] })).toEqual([]);
  });

  it('LeaseRead serves at once while a lease lasts', () => {
    const steps = stepsOf('LeaseRead', 'leases');
    const node = { ...leader, log: log(2, 2), commitIndex: 1, clock: 2, echoedSentAt: [-3, 2, -3] };
    expect(steps(node, { acked: [true, true] })).toEqual([{ readsBegun: 1, missed: [1] }]);
    expect(steps({ ...node, echoedSentAt: [2, 1, 1] })).toEqual([]);
    expect(steps({ ...node, state: 'Follower' })).toEqual([]);
    expect(steps({ ...node, log: log(1, 2) })).toEqual([]);
    expect(steps({ ...node, lastApplied: 0 })).toEqual([]);
    expect(steps(node, { readsBegun: 1 })).toEqual([]);
  });

  it('Durable puts what is in memory on the disk, and sends what waited for it', () => {
    const steps = stepsOf('Durable', 'durability');
    const disk = { currentTerm: 1, votedFor: null, log: [] };
    const node = { currentTerm: 2, votedFor: 0, log: log(2), disk };
    const now = { currentTerm: 2, votedFor: 0, log: log(2) };
    expect(steps(node)).toEqual([{ disk: now, sends: [] }]);
    for (const lacks of [{ currentTerm: 1 }, { votedFor: null }, { log: [] }, { log: log(1) }, { log: log(2, 2) }]) {
      expect(steps({ ...node, disk: { ...now, ...lacks } })).toHaveLength(1);
    }
    expect(steps({ ...node, disk: now })).toEqual([]);
    const held = [{ type: 'RequestVoteResponse', from: 0, to: 1, term: 2, voteGranted: true }] as const;
    expect(steps({ ...node, disk: now, held })).toEqual([{ held: [], sends: held }]);
  });
});
