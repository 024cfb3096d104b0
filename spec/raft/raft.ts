import type { Renaming, Specification } from '../specification.js';
import { type RaftBounds, raftActions, volatileState } from './actions.js';
import type { Defect } from './defects.js';
import { raftHandlers } from './handlers.js';
import { RAFT_INVARIANTS, RAFT_STEP_INVARIANTS } from './invariants.js';
import type { Bookkeeping, RaftMessage, Server } from './server.js';
import { RAFT_WORDS } from './words.js';

export type RaftSpecification = Specification<Server, RaftMessage, Bookkeeping>;

/**
 * Raft as a bounded model: elections, replication and commitment over a network that delays, reorders and loses
 * messages. Its reachable states are those of `specifications/standard-raft/Raft.tla` in Vanlightly/raft-tlaplus, one
 * for one, so that TLC's counts check this reading of the paper.
 *
 * @param defect left out on purpose
 */
export function raft(bounds: RaftBounds, defect?: Defect): RaftSpecification {
  const { servers, values } = bounds;
  const server: Server = { currentTerm: 1, votedFor: null, log: [], ...volatileState(servers) };
  return {
    name: 'raft',
    initial: {
      nodes: Array<Server>(servers).fill(server),
      shared: { elections: 0, restarts: 0, acked: Array<null>(values).fill(null) },
    },
    actions: raftActions(bounds, defect),
    handlers: raftHandlers(defect),
    // Else a leader could go on telling nothing for ever.
    sentOnce: (message) =>
      message.type === 'RequestVoteRequest' ||
      (message.type === 'AppendEntriesRequest' && message.entries.length === 0),
    invariants: RAFT_INVARIANTS,
    stepInvariants: RAFT_STEP_INVARIANTS,
    renamed: RENAMED,
    words: RAFT_WORDS,
  };
}

const RENAMED: Renaming<Server, RaftMessage, Bookkeeping> = {
  node: (node, to) => ({
    ...node,
    votedFor: node.votedFor === null ? null : (to[node.votedFor] as number),
    votesGranted: node.votesGranted.map((server) => to[server] as number).sort((left, right) => left - right),
    nextIndex: byNewNumber(node.nextIndex, to),
    matchIndex: byNewNumber(node.matchIndex, to),
    pendingResponse: byNewNumber(node.pendingResponse, to),
  }),
  message: (message, to) => ({ ...message, from: to[message.from] as number, to: to[message.to] as number }),
  shared: (shared) => shared,
};

function byNewNumber<Item>(list: readonly Item[], to: readonly number[]): Item[] {
  const renamed = [...list];
  list.forEach((item, server) => {
    renamed[to[server] as number] = item;
  });
  return renamed;
}
