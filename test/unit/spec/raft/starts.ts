import type { RaftSpecification } from '../../../../spec/raft/raft.js';
import type { Bookkeeping, Server } from '../../../../spec/raft/server.js';

/** A state to begin with, of three servers where nothing else is said, as far as it is not the initial one. */
export interface Start {
  readonly nodes: readonly Partial<Server>[];
  readonly shared: Partial<Bookkeeping>;
}

/** The same from a state that it would take many steps to reach; what servers have there is on their disks. */
export function startingFrom(specification: RaftSpecification, { nodes, shared }: Start): RaftSpecification {
  const { initial } = specification;
  return {
    ...specification,
    initial: {
      nodes: initial.nodes.map((node, server) => {
        const { currentTerm = 1, votedFor = null, log = [] } = nodes[server] ?? {};
        const disk = node.disk && { disk: { ...node.disk, currentTerm, votedFor, log } };
        return { ...node, ...nodes[server], ...disk };
      }),
      shared: { ...initial.shared, ...shared },
    },
  };
}

/** n1 was elected for term 2 by all. */
export function elected(): Start {
  const voter = { currentTerm: 2, votedFor: 0 };
  return { nodes: [{ ...voter, state: 'Leader', votesGranted: [0, 1, 2] }, voter, voter], shared: { elections: 1 } };
}

/** n1 leads term 2, and has told everybody that the first of two values is committed. */
export function committed(): Start {
  const server = { currentTerm: 2, votedFor: 0, log: [{ term: 2, value: 0 }], commitIndex: 1 };
  const leader = {
    ...server,
    state: 'Leader',
    votesGranted: [0, 1, 2],
    nextIndex: [1, 2, 2],
    matchIndex: [0, 1, 1],
  } as const;
  return { nodes: [leader, server, server], shared: { elections: 1, acked: [true, null] } };
}

/** n1 led term 2, committed a value, and does not know that n2 leads term 3 by now, elected by n3. n2 knows of nothing committed. */
export function anElectionLater(): Start {
  const [leader, server] = committed().nodes;
  const voter = { ...server, currentTerm: 3, votedFor: 1, commitIndex: 0 };
  const newer = { ...voter, state: 'Leader', votesGranted: [1, 2], nextIndex: [2, 2, 2] } as const;
  return { nodes: [leader ?? {}, newer, voter], shared: { elections: 2, acked: [true, null] } };
}

/** n3 leads term 3, and has committed an entry that n2 has; n1 has two entries of term 2 that nobody else ever had. */
export function lagging(): Start {
  const server = { currentTerm: 3, votedFor: 2, log: [{ term: 3, value: 2 }] };
  const old = [
    { term: 2, value: 0 },
    { term: 2, value: 1 },
  ];
  const leader = {
    ...server,
    state: 'Leader',
    votesGranted: [1, 2],
    nextIndex: [1, 2, 1],
    matchIndex: [0, 1, 0],
    commitIndex: 1,
  } as const;
  return {
    nodes: [{ currentTerm: 3, log: old }, server, leader],
    shared: { elections: 2, acked: [false, false, true] },
  };
}

/**
 * Figure 8 (b) with three servers: n1 led term 2 and has an entry that nobody else has, then n3 led term 3 and has
 * another. Both have restarted since, and n1 has heard of term 3.
 */
export function figure8(values: number): Start {
  return {
    nodes: [
      { currentTerm: 3, log: [{ term: 2, value: 0 }] },
      { currentTerm: 3, votedFor: 2 },
      { currentTerm: 3, votedFor: 2, log: [{ term: 3, value: 1 }] },
    ],
    shared: { elections: 2, acked: [false, false, ...Array<null>(values - 2).fill(null)] },
  };
}

/** n1 leads term 3 with two entries of term 2, which the others, who elected it, never had. */
export function ahead(): Start {
  const voter = { currentTerm: 3, votedFor: 0 };
  const log = [
    { term: 2, value: 0 },
    { term: 2, value: 1 },
  ];
  const leader = { ...voter, state: 'Leader', log, votesGranted: [0, 1, 2], nextIndex: [3, 3, 3] } as const;
  return { nodes: [leader, voter, voter], shared: { elections: 2, acked: [false, false] } };
}

/** There are two servers. n1 leads term 3, and both have an entry of term 2 and one of term 3, which are committed. */
export function replicated(): Start {
  const log = [
    { term: 2, value: 0 },
    { term: 3, value: 1 },
  ];
  const server = { currentTerm: 3, votedFor: 0, log, commitIndex: 2 };
  const leader = { ...server, state: 'Leader', votesGranted: [0, 1], nextIndex: [1, 3], matchIndex: [0, 2] } as const;
  return { nodes: [leader, server], shared: { elections: 2, acked: [true, true] } };
}
