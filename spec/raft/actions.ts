import { nodeName } from '../specification.js';
import type { Defect } from './defects.js';
import type { RaftAction } from './extend.js';
import type { Feature } from './features.js';
import { isQuorum, lastTerm, ownMatchIndex, type Server, termAt } from './server.js';
import { valueName } from './words.js';

/** How far a bounded model goes. */
export interface RaftBounds {
  readonly servers: number;
  /** How many elections are started in all; the first term is 1. */
  readonly elections: number;
  /** How many values clients ask for in all, each once. */
  readonly values: number;
  readonly restarts: number;
  /** What is modelled besides Raft as it is in the paper's §5. Default: nothing. */
  readonly features?: readonly Feature[];
  /** With `reads` or `leases`: how many reads begin. Default 1. */
  readonly reads?: number;
  /** With `sessions`: how often clients ask again. Default 1. */
  readonly retries?: number;
  /** With `leases`: up to where clocks go. Default 4. */
  readonly ticks?: number;
}

const NOTHING: readonly never[] = [];

/** What servers do of their own accord. */
export function raftActions(bounds: RaftBounds, defect: Defect | undefined): RaftAction[] {
  const { servers } = bounds;
  const all = [...Array(servers).keys()];
  const quorum = (count: number) =>
    defect === 'half-is-a-quorum' ? count >= Math.floor(servers / 2) : isQuorum(count, servers);

  const restart: RaftAction = {
    name: 'Restart',
    section: 'Figure 2',
    statement: 'A server restarts. It keeps its term, its vote and its log, and nothing else.',
    steps(node, _, shared) {
      if (shared.restarts >= bounds.restarts) return NOTHING;
      return [
        {
          node: {
            currentTerm: node.currentTerm,
            votedFor: defect === 'vote-lost-on-restart' ? null : node.votedFor,
            log: node.log,
            ...volatileState(servers),
          },
          shared: { ...shared, restarts: shared.restarts + 1 },
        },
      ];
    },
  };

  /** Timeout and RequestVote of ongardie/raft.tla in one step: the server asks all others at once. */
  const requestVote: RaftAction = {
    name: 'RequestVote',
    section: '§5.2',
    statement: 'A server that is no leader enters the next term as a candidate, votes for itself and asks the others.',
    steps(node, self, shared) {
      if (node.state === 'Leader' || shared.elections >= bounds.elections) return NOTHING;
      const term = node.currentTerm + 1;
      return [
        {
          node: { ...node, state: 'Candidate', currentTerm: term, votedFor: self, votesGranted: [self] },
          sends: all
            .filter((peer) => peer !== self)
            .map((to) => ({
              type: 'RequestVoteRequest',
              from: self,
              to,
              term,
              lastLogTerm: lastTerm(node.log),
              lastLogIndex: node.log.length,
            })),
          shared: { ...shared, elections: shared.elections + 1 },
        },
      ];
    },
  };

  const becomeLeader: RaftAction = {
    name: 'BecomeLeader',
    section: '§5.2',
    statement: 'A candidate with the votes of a quorum becomes leader; it assumes that the others have its log.',
    steps(node) {
      if (node.state !== 'Candidate' || !quorum(node.votesGranted.length)) return NOTHING;
      const log = defect === 'leader-overwrites' ? node.log.slice(0, node.commitIndex) : node.log;
      return [
        {
          node: {
            ...node,
            state: 'Leader',
            log,
            nextIndex: all.map(() => log.length + 1),
            matchIndex: all.map(() => 0),
            pendingResponse: all.map(() => false),
          },
        },
      ];
    },
  };

  const clientRequest: RaftAction = {
    name: 'ClientRequest',
    section: '§5.3',
    statement: 'A leader appends a value that a client asks for to its log.',
    steps(node, _, shared) {
      if (node.state !== 'Leader') return NOTHING;
      return shared.acked.flatMap((known, value) =>
        known !== null
          ? []
          : [
              {
                node: { ...node, log: [...node.log, { term: node.currentTerm, value }] },
                shared: { ...shared, acked: shared.acked.with(value, false) },
                choice: valueName(value),
              },
            ],
      );
    },
  };

  const advanceCommitIndex: RaftAction = {
    name: 'AdvanceCommitIndex',
    section: '§5.3, §5.4.2',
    statement: 'A leader commits up to the highest entry that a quorum holds, if that is of its own term.',
    steps(node, self, shared) {
      if (node.state !== 'Leader') return NOTHING;
      const own = ownMatchIndex(node);
      let agreed = 0;
      for (let index = 1; index <= node.log.length; index++) {
        const holders = all.filter((server) => (server === self ? own : (node.matchIndex[server] as number)) >= index);
        if (quorum(holders.length)) agreed = index;
      }
      const ofThisTerm = termAt(node.log, agreed) === node.currentTerm || defect === 'commits-old-terms';
      if (agreed <= node.commitIndex || !ofThisTerm) return NOTHING;
      const committed = node.log.slice(node.commitIndex, agreed).map(({ value }) => value);
      return [
        {
          node: { ...node, commitIndex: agreed },
          shared: {
            ...shared,
            acked: shared.acked.map((known, value) => (known === false ? committed.includes(value) : known)),
          },
        },
      ];
    },
  };

  const appendEntries: RaftAction = {
    name: 'AppendEntries',
    section: '§5.3',
    statement: 'A leader sends a follower the next entry, or none where there is none, with what precedes it.',
    steps(node, self) {
      if (node.state !== 'Leader') return NOTHING;
      return all
        .filter((peer) => peer !== self && !node.pendingResponse[peer])
        .map((to) => {
          const next = node.nextIndex[to] as number;
          const last = Math.min(node.log.length, next);
          return {
            node: { ...node, pendingResponse: node.pendingResponse.with(to, true) },
            sends: [
              {
                type: 'AppendEntriesRequest',
                from: self,
                to,
                term: node.currentTerm,
                prevLogIndex: next - 1,
                prevLogTerm: termAt(node.log, next - 1),
                entries: node.log.slice(next - 1, last),
                commitIndex: Math.min(node.commitIndex, last),
              },
            ],
            choice: `to ${nodeName(to)}`,
          };
        });
    },
  };

  return [restart, requestVote, becomeLeader, clientRequest, advanceCommitIndex, appendEntries];
}

/** What a server that starts knows besides what is persistent. */
export function volatileState(
  servers: number,
): Pick<Server, 'state' | 'commitIndex' | 'votesGranted' | 'nextIndex' | 'matchIndex' | 'pendingResponse'> {
  return {
    state: 'Follower',
    commitIndex: 0,
    votesGranted: [],
    nextIndex: Array<number>(servers).fill(1),
    matchIndex: Array<number>(servers).fill(0),
    pendingResponse: Array<boolean>(servers).fill(false),
  };
}
