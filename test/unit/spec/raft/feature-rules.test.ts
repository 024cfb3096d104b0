import { describe, expect, it } from 'vitest';
import { type Extension, extend } from '../../../../spec/raft/extend.js';
import type { Feature } from '../../../../spec/raft/features.js';
import { raft } from '../../../../spec/raft/raft.js';
import type { Bookkeeping, Server } from '../../../../spec/raft/server.js';

describe('a state machine with sessions', () => {
  it('executes what is committed in the order of the log, and once each', () => {
    const { initial, actions } = alone('sessions');
    const apply = actions.find(({ name }) => name === 'Apply');
    const values = [2, 0, 2, 1];
    const log = values.map((value) => ({ term: 1, value }));
    let node: Server = { ...(initial.nodes[0] as Server), log, commitIndex: 3 };
    const states: unknown[] = [];
    for (;;) {
      const [step] = apply?.steps(node, 0, initial.shared as Bookkeeping) ?? [];
      if (step === undefined) break;
      node = step.node;
      states.push([node.lastApplied, node.executed, node.sessions]);
    }
    expect(states).toEqual([
      [1, [2], [2]],
      [2, [2, 0], [0, 2]],
      [3, [2, 0], [0, 2]],
    ]);
  });
});

describe('PersistentBeforeAnswer', () => {
  // In a model both are set in one step, and synced in one: a disk may have the one without the other.
  it('asks for the vote of a candidate on its disk, and not only for its term', () => {
    const { initial, stepInvariants } = alone('durability');
    const rule = stepInvariants.find(({ name }) => name === 'PersistentBeforeAnswer');
    const asks = { type: 'RequestVoteRequest', from: 0, to: 1, term: 2, lastLogTerm: 0, lastLogIndex: 0 } as const;
    const saysWith = (votedFor: number | null) => {
      const before = initial.nodes[0] as Server;
      const after: Server = { ...before, currentTerm: 2, votedFor: 0, disk: { currentTerm: 2, votedFor, log: [] } };
      return rule?.violation(before, after, 0, [asks]);
    };
    expect(saysWith(0)).toBeUndefined();
    expect(saysWith(null)).toBe('n1 sends RequestVoteRequest before its own vote is on its disk');
  });
});

describe('CommittedIsDurable', () => {
  it('asks leaders that have committed something, and nobody else', () => {
    const { initial, invariants } = alone('durability');
    const rule = invariants.find(({ name }) => name === 'CommittedIsDurable');
    const [server] = initial.nodes as [Server];
    const having = (value: number): Partial<Server> => ({ log: [{ term: 2, value }], commitIndex: 1 });
    const onDisk = (value: number) => ({ disk: { currentTerm: 2, votedFor: null, log: [{ term: 2, value }] } });
    const leader: Server = { ...server, state: 'Leader', ...having(0) };
    const says = (...others: readonly Server[]) =>
      rule?.violation({ nodes: [leader, ...others], shared: initial.shared });
    const lost = 'no leader has its last committed entry on the disks of a majority';
    expect(says({ ...server, state: 'Leader' })).toBe(lost);
    expect(says({ ...server, ...having(1), ...onDisk(1) }, { ...server, ...onDisk(1) })).toBe(lost);
    expect(says({ ...server, ...onDisk(0) }, { ...server, ...onDisk(0) })).toBeUndefined();
  });
});

describe('LeaseDisjoint', () => {
  it('looks for a newer leader among all servers, also where the first is one', () => {
    const { initial, invariants } = alone('leases');
    const rule = invariants.find(({ name }) => name === 'LeaseDisjoint');
    const [server] = initial.nodes as [Server];
    const holder: Server = { ...server, state: 'Leader', currentTerm: 2, clock: 0, echoedSentAt: [0, 0] };
    const newer: Server = { ...server, state: 'Leader', currentTerm: 3 };
    const says = (...nodes: readonly Server[]) => rule?.violation({ nodes, shared: initial.shared });
    expect(says(newer, holder)).toBe('n2 holds a lease of term 2, while n1 leads term 3');
    expect(says(holder, newer)).toBe('n1 holds a lease of term 2, while n2 leads term 3');
    expect(says({ ...newer, currentTerm: 2 }, holder)).toBeUndefined();
  });
});

describe('a feature', () => {
  it('cannot change a rule that is not there', () => {
    const changed: Extension = {
      restarted: () => ({}),
      changedActions: { Nap: (steps) => steps },
      words: { node: () => ({}) },
    };
    expect(() => extend(alone('reads'), changed)).toThrow('there is no rule Nap to change');
  });

  it('adds to the words of a message what it put on it, and nothing to those of others', () => {
    const { words } = alone('reads');
    const refusal = { type: 'AppendEntriesResponse', from: 0, to: 1, term: 2, success: false, matchIndex: 0 } as const;
    expect(words.message(refusal).content).toBe('term 2, rejected');
    expect(words.message({ ...refusal, round: 7 }).content).toBe('term 2, rejected, round 7');
  });
});

function alone(feature: Feature) {
  return raft({ servers: 2, elections: 1, values: 3, restarts: 0, features: [feature] });
}
