import { describe, expect, it } from 'vitest';
import { raft } from '../../../../spec/raft/raft.js';
import type { Bookkeeping, Entry, Server } from '../../../../spec/raft/server.js';

const { initial, invariants, stepInvariants } = raft({ servers: 3, elections: 9, values: 2, restarts: 9 });

/** The invariants that are broken in a state, which is the initial one but for what is told. */
function broken(nodes: readonly Partial<Server>[], shared: Partial<Bookkeeping> = {}): string[] {
  const state = {
    nodes: initial.nodes.map((node, server) => ({ ...node, ...nodes[server] })),
    shared: { ...initial.shared, ...shared },
  };
  return invariants.filter(({ violation }) => violation(state) !== undefined).map(({ name }) => name);
}

/** The invariants that one step of n1 breaks. */
function brokenBy(before: Partial<Server>, after: Partial<Server>): string[] {
  const [node] = initial.nodes as [Server];
  return stepInvariants
    .filter(({ violation }) => violation({ ...node, ...before }, { ...node, ...after }, 0, []) !== undefined)
    .map(({ name }) => name);
}

/** Entries of these terms; what a client asked for is told apart by its value. */
const log = (...terms: number[]): Entry[] => terms.map((term) => ({ term, value: 0 }));
const other: Entry = { term: 2, value: 1 };
const leads = (currentTerm: number): Partial<Server> => ({ state: 'Leader', currentTerm });

describe('the invariants of states', () => {
  it('hold where nothing has happened', () => {
    expect(broken([])).toEqual([]);
  });

  it('ElectionSafety: no two lead one term', () => {
    expect(broken([leads(2), {}, leads(2)])).toEqual(['ElectionSafety']);
    expect(broken([{}, leads(2), leads(2)])).toEqual(['ElectionSafety']);
    expect(broken([leads(2), leads(3), leads(4)])).toEqual([]);
    expect(broken([leads(2), { currentTerm: 2 }, { currentTerm: 2, state: 'Candidate' }])).toEqual([]);
  });

  it('LogMatching: one index and one term are one entry, and one log before it', () => {
    expect(broken([{ log: log(1, 2) }, { log: [log(1)[0] as Entry, other] }])).toEqual(['LogMatching']);
    expect(broken([{ log: log(1, 2, 2) }, {}, { log: log(2, 2) }])).toEqual(['LogMatching']);
    expect(broken([{ log: [other] }, { log: log(2) }])).toEqual(['LogMatching']);
    expect(broken([{ log: log(1, 2, 2) }, { log: log(1, 2) }, { log: log(1, 3) }])).toEqual([]);
    // The same prefix, then others, of other terms.
    expect(broken([{ log: log(1, 2) }, { log: log(1, 3, 3) }])).toEqual([]);
  });

  it('StateMachineSafety: no two take different entries for committed', () => {
    const [one, two] = [
      { log: log(1, 2), commitIndex: 2 },
      { log: log(1, 3), commitIndex: 2 },
    ];
    expect(broken([one, two])).toEqual(['StateMachineSafety']);
    expect(broken([one, { ...two, commitIndex: 1 }])).toEqual([]);
    expect(broken([{ ...one, commitIndex: 1 }, two])).toEqual([]);
    expect(broken([{ log: log(2), commitIndex: 1 }, {}, { log: log(3), commitIndex: 1 }])).toEqual([
      'StateMachineSafety',
    ]);
  });

  it('LeaderCompleteness: a leader has what is known as committed in no later term', () => {
    const knows = (currentTerm: number): Partial<Server> => ({ currentTerm, log: log(2), commitIndex: 1 });
    expect(broken([leads(3), knows(3)])).toEqual(['LeaderCompleteness']);
    expect(broken([leads(3), {}, knows(2)])).toEqual(['LeaderCompleteness']);
    expect(broken([{ ...leads(3), log: log(1) }, knows(2)])).toEqual(['LeaderCompleteness']);
    expect(broken([leads(3), knows(4)])).toEqual([]);
    expect(broken([{ ...leads(3), log: log(2) }, knows(2)])).toEqual([]);
    expect(broken([{ currentTerm: 3, state: 'Candidate' }, knows(2)])).toEqual([]);
  });

  it('CommittedEntriesReachMajority: some leader has its last committed entry on a majority', () => {
    const leader = { ...leads(2), log: log(2, 2), commitIndex: 2 };
    expect(broken([leader, { log: log(2) }])).toEqual(['CommittedEntriesReachMajority']);
    expect(broken([leader, { log: log(2, 2) }])).toEqual([]);
    expect(broken([{ ...leader, commitIndex: 1 }, { log: log(2) }])).toEqual([]);
    expect(broken([{ ...leader, commitIndex: 0 }])).toEqual([]);
    expect(broken([{ ...leader, commitIndex: 1 }])).toEqual(['CommittedEntriesReachMajority']);
    // A leader of a former term that has committed nothing does not speak for the other.
    expect(broken([leader, leads(1)])).toEqual(['CommittedEntriesReachMajority']);
    expect(broken([{ ...leader, state: 'Follower' }])).toEqual([]);
    // A former leader knows of an entry that it is alone with; the newer one's is on a majority.
    const newer = { ...leads(3), log: log(2, 2, 3), commitIndex: 3 };
    expect(broken([leader, newer, { log: log(2, 2, 3) }])).toEqual([]);
  });

  it('LeaderHasAllAckedValues: the newest leader has what clients were told', () => {
    expect(broken([leads(3)], { acked: [true, null] })).toEqual(['LeaderHasAllAckedValues']);
    expect(broken([{ currentTerm: 1 }, { currentTerm: 3 }, leads(3)], { acked: [null, true] })).toEqual([
      'LeaderHasAllAckedValues',
    ]);
    expect(broken([{ ...leads(3), log: log(3) }], { acked: [true, true] })).toEqual(['LeaderHasAllAckedValues']);
    expect(broken([{ ...leads(3), log: log(3) }], { acked: [true, null] })).toEqual([]);
    expect(broken([leads(3)], { acked: [false, null] })).toEqual([]);
    expect(broken([leads(3), { currentTerm: 4 }], { acked: [true, null] })).toEqual([]);
    expect(broken([{ currentTerm: 3 }], { acked: [true, null] })).toEqual([]);
  });

  it('tell what is wrong, and where', () => {
    const told = (nodes: readonly Partial<Server>[], shared: Partial<Bookkeeping> = {}) => {
      const state = {
        nodes: initial.nodes.map((node, server) => ({ ...node, ...nodes[server] })),
        shared: { ...initial.shared, ...shared },
      };
      return invariants.flatMap(({ violation }) => violation(state) ?? []);
    };
    expect(told([{ log: log(1, 2, 2) }, {}, { log: log(2, 2) }])).toEqual([
      'logs of n1 and n3 have the same term at index 2, but differ at index 1',
    ]);
    expect(told([leads(3), {}, { currentTerm: 2, log: log(2), commitIndex: 1 }])).toEqual([
      'n1 leads term 3 without entry 1, which n3 takes for committed',
    ]);
  });
});

describe('the invariants of steps', () => {
  it('TermMonotonic: a term does not fall', () => {
    expect(brokenBy({ currentTerm: 2 }, { currentTerm: 1 })).toEqual(['TermMonotonic']);
    expect(brokenBy({ currentTerm: 2 }, { currentTerm: 2 })).toEqual([]);
    expect(brokenBy({ currentTerm: 2 }, { currentTerm: 3 })).toEqual([]);
  });

  it('VoteOnce: a vote stays while its term does', () => {
    const voted = { currentTerm: 2, votedFor: 1 };
    expect(brokenBy(voted, { ...voted, votedFor: 2 })).toEqual(['VoteOnce']);
    expect(brokenBy(voted, { ...voted, votedFor: null })).toEqual(['VoteOnce']);
    expect(brokenBy(voted, voted)).toEqual([]);
    expect(brokenBy(voted, { currentTerm: 3, votedFor: 2 })).toEqual([]);
    expect(brokenBy({ currentTerm: 2, votedFor: null }, voted)).toEqual([]);
  });

  it('LeaderAppendOnly: a leader keeps what it has', () => {
    const before = { ...leads(2), log: log(1, 2) };
    expect(brokenBy(before, { ...before, log: log(1) })).toEqual(['LeaderAppendOnly']);
    expect(brokenBy(before, { ...before, log: [other, other] })).toEqual(['LeaderAppendOnly']);
    expect(brokenBy(before, { ...before, log: log(1, 2, 2) })).toEqual([]);
    expect(brokenBy(before, { ...before, state: 'Follower', log: log(1) })).toEqual([]);
  });

  it('tell who voted for whom', () => {
    const [node] = initial.nodes as [Server];
    const [, voteOnce] = stepInvariants;
    const voted = { ...node, currentTerm: 2, votedFor: 1 };
    expect(voteOnce?.violation(voted, { ...voted, votedFor: null }, 0, [])).toMatch(
      /n2 in term 2, and now has forgotten/,
    );
    expect(voteOnce?.violation(voted, { ...voted, votedFor: 2 }, 0, [])).toMatch(
      /n2 in term 2, and now has voted for n3/,
    );
  });
});
