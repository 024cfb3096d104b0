import type { Specification } from '../specification.js';
import { type RaftBounds, raftActions, volatileState } from './actions.js';
import type { Defect } from './defects.js';
import { FEATURES, type Feature } from './features.js';
import { raftHandlers } from './handlers.js';
import { RAFT_INVARIANTS, RAFT_STEP_INVARIANTS } from './invariants.js';
import type { RaftMessage } from './messages.js';
import { RAFT_RENAMED } from './renaming.js';
import type { Bookkeeping, Server } from './server.js';
import { RAFT_WORDS } from './words.js';

export type RaftSpecification = Specification<Server, RaftMessage, Bookkeeping>;

/**
 * Raft as a bounded model, with the features that its bounds ask for.
 *
 * @param defect left out on purpose; those of a feature are noticed only where that is on
 */
export function raft(bounds: RaftBounds, defect?: Defect): RaftSpecification {
  const { features = [] } = bounds;
  const wanted = (Object.keys(FEATURES) as Feature[]).filter((name) => features.includes(name));
  return wanted.reduce((raft, name) => FEATURES[name].extend(raft, { bounds, defect }), plainRaft(bounds, defect));
}

/**
 * Raft as a bounded model: elections, replication and commitment over a network that delays, reorders and loses
 * messages. Its reachable states are those of `specifications/standard-raft/Raft.tla` in Vanlightly/raft-tlaplus, one
 * for one, so that TLC's counts check this reading of the paper.
 */
function plainRaft(bounds: RaftBounds, defect: Defect | undefined): RaftSpecification {
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
    renamed: RAFT_RENAMED,
    words: RAFT_WORDS,
  };
}
