import { describe, expect, it } from 'vitest';
import type { Feature } from '../../../../spec/raft/features.js';
import type { RaftMessage } from '../../../../spec/raft/messages.js';
import { raft } from '../../../../spec/raft/raft.js';
import type { Bookkeeping, Entry, Server } from '../../../../spec/raft/server.js';

const featured = (...features: Feature[]) => raft({ servers: 3, elections: 9, values: 3, restarts: 9, features });

/** What an invariant of states says of one, which is the initial one but for what is told. */
function says(feature: Feature, rule: string) {
  const { initial, invariants } = featured(feature);
  const invariant = invariants.find(({ name }) => name === rule);
  return (nodes: readonly Partial<Server>[], shared: Partial<Bookkeeping> = {}) =>
    invariant?.violation({
      nodes: initial.nodes.map((node, server) => ({ ...node, ...nodes[server] })),
      shared: { ...initial.shared, ...shared },
    });
}

/** What an invariant of steps says of one of n1. */
function saysOfStep(feature: Feature, rule: string) {
  const { initial, stepInvariants } = featured(feature);
  const invariant = stepInvariants.find(({ name }) => name === rule);
  const [node] = initial.nodes as [Server];
  return (before: Partial<Server>, after: Partial<Server>, sent: readonly RaftMessage[] = []) =>
    invariant?.violation({ ...node, ...before }, { ...node, ...after }, 0, sent);
}

const log = (...terms: number[]): Entry[] => terms.map((term) => ({ term, value: 0 }));

describe('the invariants of states that features add', () => {
  it('PreVoteRaisesNoTerm: no server is in a term in which nobody campaigned', () => {
    const said = says('pre-vote', 'PreVoteRaisesNoTerm');
    expect(said([{}, { currentTerm: 3 }], { elections: 2 })).toBeUndefined();
    expect(said([{ currentTerm: 2 }, { currentTerm: 4 }], { elections: 2 })).toBe(
      'a server is in term 4, but there were only 2 campaigns since term 1',
    );
  });

  it('SnapshotIsCommitted: a snapshot holds nothing but what is committed', () => {
    const said = says('snapshots', 'SnapshotIsCommitted');
    const fits = { log: log(1, 1), snapshotIndex: 1, commitIndex: 1 };
    expect(said([fits, { ...fits, commitIndex: 2 }])).toBeUndefined();
    const early = { ...fits, commitIndex: 0 };
    const what = 'has a snapshot up to entry 1, but knows only 0 as committed';
    expect(said([early])).toBe(`n1 ${what}`);
    expect(said([fits, early])).toBe(`n2 ${what}`);
  });

  it('SnapshotFitsLog: what follows a snapshot is of no earlier term', () => {
    const said = says('snapshots', 'SnapshotFitsLog');
    expect(
      said([
        { log: log(2, 2), snapshotIndex: 1 },
        { log: log(2, 3), snapshotIndex: 1 },
      ]),
    ).toBeUndefined();
    expect(
      said([
        { log: log(2), snapshotIndex: 1 },
        { log: log(2), snapshotIndex: 0 },
      ]),
    ).toBeUndefined();
    const unfit = { log: log(1, 2, 1), snapshotIndex: 2 };
    expect(said([{ log: log(2), snapshotIndex: 1 }, unfit])).toBe(
      'in the log of n2 term 1 follows a snapshot whose last term is 2',
    );
  });

  it('ExactlyOnce: no state machine executes a request twice', () => {
    const said = says('sessions', 'ExactlyOnce');
    expect(said([{ executed: [0, 1] }, { executed: [0, 1] }])).toBeUndefined();
    expect(said([{ executed: [0, 1] }, { executed: [0, 1, 1] }])).toBe('n2 executed v2 twice');
    expect(said([{ executed: [0, 1, 0] }])).toBe('n1 executed v1 twice');
  });

  it('AppliedStatesAgree: who applied equally many entries is in the same state', () => {
    const said = says('sessions', 'AppliedStatesAgree');
    const state = { lastApplied: 2, executed: [0, 1], sessions: [0, 1] };
    expect(said([state, { ...state, lastApplied: 3, executed: [0] }, state])).toBeUndefined();
    const differ = 'n1 and n3 applied 2 entries and are in different states';
    expect(said([state, {}, { ...state, executed: [1, 0] }])).toBe(differ);
    expect(said([state, {}, { ...state, sessions: [0] }])).toBe(differ);
  });

  it('LinearizableReads: a read sees what was acknowledged before it began', () => {
    const said = says('reads', 'LinearizableReads');
    expect(said([], { missed: [] })).toBeUndefined();
    expect(said([], { missed: [0, 2] })).toBe('a read did not see v1, v3, acknowledged before it began');
  });
});

describe('the invariants of steps that features add', () => {
  it('PreVoteQuorum: a server campaigns only once a quorum would vote for it', () => {
    const said = saysOfStep('pre-vote', 'PreVoteQuorum');
    const before = { currentTerm: 1, state: 'PreCandidate', preVotesGranted: [0, 2] } as const;
    const after = { currentTerm: 2, state: 'Candidate' } as const;
    expect(said(before, after)).toBeUndefined();
    expect(said({ ...before, preVotesGranted: [0] }, after)).toBe('n1 campaigns in term 2 with the pre-votes of n1');
    expect(said({ ...before, preVotesGranted: [] }, after)).toBe('n1 campaigns in term 2 with the pre-votes of none');
    expect(said({ ...before, state: 'Candidate' }, after)).toBe('n1 campaigns in term 2 with the pre-votes of n1, n3');
    // What is no campaign.
    const alone = { ...before, preVotesGranted: [0] };
    expect(said(alone, { currentTerm: 2, state: 'Follower' })).toBeUndefined();
    expect(said({ ...alone, ...after }, after)).toBeUndefined();
  });

  it('SnapshotMonotonic: what a snapshot holds is not given up again', () => {
    const said = saysOfStep('snapshots', 'SnapshotMonotonic');
    expect(said({ snapshotIndex: 1 }, { snapshotIndex: 1 })).toBeUndefined();
    expect(said({ snapshotIndex: 1 }, { snapshotIndex: 2 })).toBeUndefined();
    expect(said({ snapshotIndex: 2 }, { snapshotIndex: 1 })).toBe('n1 went from a snapshot up to entry 2 back to 1');
  });

  const envelope = { from: 0, to: 1, term: 2 } as const;
  const acknowledges = (matchIndex: number, success = true): RaftMessage => ({
    ...{ ...envelope, type: 'AppendEntriesResponse' },
    ...{ success, matchIndex },
  });
  const disk = { currentTerm: 2, votedFor: 1, log: log(1, 2) };

  it.each<[what: string, message: RaftMessage, lacks: string, kept: Partial<Server['disk']>]>([
    ['its vote', { ...envelope, type: 'RequestVoteResponse', voteGranted: true }, 'its vote', { votedFor: null }],
    ['its term', { ...envelope, type: 'RequestVoteResponse', voteGranted: false }, 'its term', { currentTerm: 1 }],
    ['its term', acknowledges(0, false), 'its term', { currentTerm: 1 }],
    ['entries', acknowledges(2), 'what it acknowledges', { log: log(1) }],
    ['its own entries', acknowledges(2), 'what it acknowledges', { log: log(1, 1) }],
    [
      'a snapshot',
      { ...envelope, type: 'InstallSnapshotResponse', lastIncludedIndex: 2 },
      'what it acknowledges',
      { log: log(1) },
    ],
    [
      'a vote for itself',
      { ...envelope, type: 'RequestVoteRequest', from: 1, lastLogIndex: 0, lastLogTerm: 0 },
      'its own vote',
      { votedFor: 0 },
    ],
  ])('PersistentBeforeAnswer: %s is on the disk first', (_, message, lacks, kept) => {
    const said = saysOfStep('durability', 'PersistentBeforeAnswer');
    const after = { currentTerm: 2, votedFor: 1, log: log(1, 2) };
    expect(said(after, { ...after, disk }, [message])).toBeUndefined();
    expect(said(after, { ...after, disk: { ...disk, ...kept } }, [message])).toBe(
      `n1 sends ${message.type} before ${lacks} is on its disk`,
    );
    // In a later term, all of it is past.
    expect(said(after, { ...after, disk: { ...disk, ...kept, currentTerm: 3 } }, [message])).toBeUndefined();
  });

  it('PersistentBeforeAnswer: what promises nothing need not wait', () => {
    const said = saysOfStep('durability', 'PersistentBeforeAnswer');
    const after = { currentTerm: 2, votedFor: 1, log: log(1, 2), disk: { currentTerm: 1, votedFor: null, log: [] } };
    const upTo = { lastIncludedIndex: 1, lastIncludedTerm: 1, snapshot: log(1) };
    const last = { lastLogIndex: 0, lastLogTerm: 0 };
    const entries = { prevLogIndex: 0, prevLogTerm: 0, entries: [], commitIndex: 0 };
    const free: readonly RaftMessage[] = [
      { ...envelope, type: 'AppendEntriesRequest', ...entries },
      { ...envelope, type: 'InstallSnapshotRequest', ...upTo },
      { ...envelope, type: 'PreVoteRequest', ...last },
      { ...envelope, type: 'PreVoteResponse', voteGranted: true },
    ];
    expect(said(after, after, free)).toBeUndefined();
    const inTerm = { ...after, disk: { ...after.disk, currentTerm: 2 } };
    const none = [acknowledges(2, false), { ...envelope, type: 'RequestVoteResponse', voteGranted: false } as const];
    expect(said(after, inTerm, none)).toBeUndefined();
    expect(said(after, inTerm, [...free, ...none, acknowledges(2)])).toMatch(/^n1 sends AppendEntriesResponse before/);
  });

  it('TermMonotonic, VoteOnce and SnapshotMonotonic are asked of the disk: what was not there, nobody knows', () => {
    const [before, after] = [
      { currentTerm: 3, votedFor: 1 },
      { currentTerm: 2, votedFor: 2 },
    ];
    const onDisk = (currentTerm: number, votedFor: number | null) => ({ disk: { currentTerm, votedFor, log: [] } });
    const term = saysOfStep('durability', 'TermMonotonic');
    expect(term({ ...before, ...onDisk(2, null) }, { ...after, ...onDisk(2, null) })).toBeUndefined();
    expect(term({ ...after, ...onDisk(3, null) }, { ...before, ...onDisk(2, null) })).toBeDefined();
    const vote = saysOfStep('durability', 'VoteOnce');
    const voted = { currentTerm: 2, votedFor: 1 };
    expect(vote({ ...voted, ...onDisk(2, null) }, { ...voted, votedFor: 2, ...onDisk(2, null) })).toBeUndefined();
    expect(vote({ ...voted, ...onDisk(2, 1) }, { ...voted, ...onDisk(2, 2) })).toBeDefined();
  });
});

describe('the variables of features', () => {
  const renamed = (feature: Feature, over: Partial<Server>) => {
    const { initial, renamed } = featured(feature);
    return renamed.node({ ...(initial.nodes[0] as Server), ...over }, [2, 0, 1]);
  };
  const inWords = (feature: Feature, over: Partial<Server>) => {
    const { initial, words } = featured(feature);
    return words.node({ ...(initial.nodes[0] as Server), ...over });
  };

  it('go with the names of servers', () => {
    expect(renamed('pre-vote', { preVotesGranted: [0, 1] }).preVotesGranted).toEqual([0, 2]);
    expect(renamed('reads', { echoedRound: [5, 6, 7] }).echoedRound).toEqual([6, 7, 5]);
    expect(renamed('leases', { echoedSentAt: [5, 6, 7] }).echoedSentAt).toEqual([6, 7, 5]);
    const { initial, renamed: names } = featured('leases');
    expect(names.shared({ ...initial.shared, clocks: [5, 6, 7] }, [2, 0, 1]).clocks).toEqual([6, 7, 5]);
    const asks = { type: 'RequestVoteRequest', from: 0, term: 2, lastLogIndex: 0, lastLogTerm: 0 } as const;
    const held = [1, 2].map((to) => ({ ...asks, to }));
    const disk = { currentTerm: 2, votedFor: 1, log: log(1) };
    const { disk: moved, held: waits } = renamed('durability', { disk, held });
    expect(moved).toEqual({ ...disk, votedFor: 0 });
    expect(waits).toEqual([0, 1].map((to) => ({ ...asks, from: 2, to })));
    expect(renamed('durability', { disk: { ...disk, votedFor: null } }).disk?.votedFor).toBeNull();
  });

  it('are told in words', () => {
    expect(inWords('pre-vote', { preVotesGranted: [0, 1] }).preVotesGranted).toBe('n1, n2');
    expect(inWords('pre-vote', {}).preVotesGranted).toBe('none');
    expect(inWords('snapshots', { snapshotIndex: 2 }).snapshotIndex).toBe('2');
    expect(inWords('sessions', { lastApplied: 2, executed: [1, 0], sessions: [0, 1] })).toMatchObject({
      lastApplied: '2',
      executed: 'v2 v1',
      sessions: 'v1 v2',
    });
    expect(inWords('sessions', {})).toMatchObject({ lastApplied: '0', executed: 'nothing', sessions: 'none' });
    const reads = [2, 3].map((round) => ({ readIndex: 1, round, mustSee: [] }));
    expect(inWords('reads', { round: 3, echoedRound: [0, 2, 1], reads })).toMatchObject({
      round: '3',
      'echoedRound[n2]': '2',
      reads: 'of index 1 in round 2, of index 1 in round 3',
    });
    expect(inWords('reads', {})).toMatchObject({ round: '0', 'echoedRound[n1]': '0', reads: 'none' });
    expect(inWords('leases', { clock: 2, heardAt: 1, echoedSentAt: [0, 1, -3] })).toMatchObject({
      ...{ clock: '2', heardAt: '1' },
      ...{ 'echoedSentAt[n2]': '1', 'echoedSentAt[n3]': 'long ago' },
    });
    expect(inWords('leases', {})).toMatchObject({ clock: '0', heardAt: 'long ago' });
    const asks = { type: 'RequestVoteRequest', from: 0, to: 1, term: 2, lastLogIndex: 0, lastLogTerm: 0 } as const;
    const disk = { currentTerm: 2, votedFor: 1, log: log(1) };
    expect(inWords('durability', { disk, held: [asks, { ...asks, to: 2 }] })).toMatchObject({
      'on disk': 'term 2, vote for n2, [1:v1]',
      held: 'RequestVoteRequest to n2, RequestVoteRequest to n3',
    });
    expect(inWords('durability', { disk: { ...disk, votedFor: null, snapshotIndex: 1 } })).toMatchObject({
      'on disk': 'term 2, vote for nobody, [1:v1], snapshot up to entry 1',
      held: 'nothing',
    });
  });

  it('and what is kept of reads and on messages', () => {
    const { initial, words } = featured('reads');
    const missed = (values: readonly number[]) => words.shared({ ...initial.shared, missed: values });
    expect(missed([0, 2])['missed by reads']).toBe('v1, v3');
    expect(missed([])['missed by reads']).toBe('nothing');
    const leased = featured('leases').words;
    const none = { prevLogIndex: 0, prevLogTerm: 0, entries: [], commitIndex: 0 } as const;
    const heartbeat = { type: 'AppendEntriesRequest', from: 0, to: 1, term: 2, ...none } as const;
    const content = 'term 2, no entries after entry 0 of term 0, commitIndex 0';
    expect(leased.message(heartbeat).content).toBe(content);
    expect(leased.message({ ...heartbeat, sentAt: 2 }).content).toBe(`${content}, sent at 2`);
    expect(leased.message({ ...heartbeat, sentAt: -3 }).content).toBe(`${content}, sent at long ago`);
  });
});
