import { nodeName } from '../specification.js';
import { type Extension, extend, type RaftAction, type RaftHandler, type Setting } from './extend.js';
import type { RaftMessage } from './messages.js';
import type { RaftSpecification } from './raft.js';
import { acknowledged, answered, committedInTerm, LINEARIZABLE_READS, missedInWords } from './reads.js';
import { byNewNumber } from './renaming.js';
import { appliedIndex, isQuorum, type Server } from './server.js';
import { byServer } from './words.js';

export interface LeaseVariables {
  /** In ticks. A restart does not change it. */
  readonly clock: number;
  /** By its clock, when it last heard from a leader. */
  readonly heardAt: number;
  /** Of a leader: by server, when the newest message was sent that it answered. */
  readonly echoedSentAt: readonly number[];
}

export interface ClocksBookkeeping {
  /** Of all servers: none gets away from another by more than the drift. */
  readonly clocks: readonly number[];
  readonly readsBegun: number;
  readonly missed: readonly number[];
}

/** In ticks. */
const ELECTION_TIMEOUT = 3;
const DRIFT = 1;
/** Two clocks that may each be before the other by the drift measure one time with twice that difference. */
const LEASE = ELECTION_TIMEOUT - 2 * DRIFT;
const LONG_AGO = -ELECTION_TIMEOUT;

/**
 * Leases (thesis §6.4.1): once a quorum has answered a leader, nobody else is elected for a while, and the leader
 * answers reads alone. It rests on §4.2.3: for an election timeout, who hears from a leader does not vote.
 */
export function leases(base: RaftSpecification, { bounds, defect }: Setting): RaftSpecification {
  const { servers, reads: mostReads = 1, ticks = 4 } = bounds;
  const all = [...Array(servers).keys()];
  const lease = defect === 'lease-without-drift-bound' ? ELECTION_TIMEOUT : LEASE;

  /** For a tick less than a lease since a time at which a quorum took it for their leader. */
  const holdsLease = ({ state, clock = 0, echoedSentAt = [] }: Server, self: number) => {
    const valid = all.filter((server) => server === self || clock - (echoedSentAt[server] as number) < lease);
    return state === 'Leader' && isQuorum(valid.length, servers);
  };

  const tick: RaftAction = {
    name: 'Tick',
    section: 'thesis §6.4.1',
    statement: 'A clock goes on, but does not get away from the others by more than the bound on drift.',
    steps(node, self, shared) {
      const clock = (node.clock ?? 0) + 1;
      const { clocks = [] } = shared;
      if (clock > ticks || clock - Math.min(...clocks) > DRIFT) return [];
      return [{ node: { ...node, clock }, shared: { ...shared, clocks: clocks.with(self, clock) } }];
    },
  };

  const leaseRead: RaftAction = {
    name: 'LeaseRead',
    section: 'thesis §6.4.1',
    statement:
      'A leader whose lease lasts serves a read at once; the lease begins with messages of its term that a majority has answered, and counts once an entry of its term is committed.',
    steps(node, self, shared) {
      const { readsBegun = 0 } = shared;
      if (readsBegun >= mostReads || !holdsLease(node, self) || !committedInTerm(node)) return [];
      if (appliedIndex(node) < node.commitIndex) return [];
      const begun = { ...shared, readsBegun: readsBegun + 1 };
      return [{ node, shared: answered(begun, node, acknowledged(shared)) }];
    },
  };

  const ignores = (node: Server, { type }: RaftMessage) =>
    (type === 'RequestVoteRequest' || type === 'PreVoteRequest') && hearsLeader(node) && defect !== 'no-stickiness';

  const ignoreVotes =
    (handle: RaftHandler['handle']): RaftHandler['handle'] =>
    (node, message) =>
      ignores(node, message) ? undefined : handle(node, message);

  /** A message of a leader of its term: it is heard, and its time goes back with the answer. */
  const hear =
    (handle: RaftHandler['handle']): RaftHandler['handle'] =>
    (node, message) => {
      const handled = handle(node, message);
      if (handled?.reply?.type !== 'AppendEntriesResponse' || message.type !== 'AppendEntriesRequest') return handled;
      // Who refuses a message of a former term promises nothing.
      if (message.term !== handled.node.currentTerm)
        return { ...handled, reply: { ...handled.reply, sentAt: LONG_AGO } };
      const { sentAt = LONG_AGO } = message;
      return { node: { ...handled.node, heardAt: handled.node.clock ?? 0 }, reply: { ...handled.reply, sentAt } };
    };

  const hasPreVote = base.actions.some(({ name }) => name === 'PreVote');
  const electing =
    (steps: RaftAction['steps']): RaftAction['steps'] =>
    (node, self, shared) =>
      hearsLeader(node) ? [] : steps(node, self, shared);

  const never = all.map(() => LONG_AGO);
  const extension: Extension = {
    restarted: ({ clock }) => ({
      clock: clock ?? 0,
      // It may have answered a leader just before, and does not remember.
      heardAt: clock === undefined || defect === 'restart-forgets-leader' ? LONG_AGO : clock,
      echoedSentAt: never,
    }),
    shared: { clocks: all.map(() => 0), readsBegun: 0, missed: [] },
    actions: [tick, leaseRead],
    changedActions: {
      RequestVote: electing,
      ...(hasPreVote && { PreVote: electing }),
      BecomeLeader: (steps) => (node, self, shared) =>
        steps(node, self, shared).map((step) => ({ ...step, node: { ...step.node, echoedSentAt: never } })),
      AppendEntries: (steps) => (node, self, shared) =>
        steps(node, self, shared).map((step) => ({
          ...step,
          sends: step.sends?.map((message) => ({ ...message, sentAt: node.clock ?? 0 })) ?? [],
        })),
    },
    changedHandlers: {
      UpdateTerm: (handle) => (node, message) => {
        const handled = ignores(node, message) ? undefined : handle(node, message);
        return handled && { ...handled, node: { ...handled.node, echoedSentAt: never } };
      },
      // Also in the term that it is in by now: it may have entered that by another message since it heard the leader.
      HandleRequestVoteRequest: (handle) =>
        defect === 'sticks-to-leader-of-its-term-only' ? handle : ignoreVotes(handle),
      ...(hasPreVote && { HandlePreVoteRequest: ignoreVotes }),
      RejectAppendEntriesRequest: hear,
      AcceptAppendEntriesRequest: hear,
      HandleAppendEntriesResponse: (handle) => (node, message) => {
        const handled = handle(node, message);
        if (handled === undefined || message.type !== 'AppendEntriesResponse') return handled;
        const { clock = 0, echoedSentAt = [] } = handled.node;
        const since = defect === 'lease-from-answer' ? clock : (message.sentAt ?? LONG_AGO);
        const newest = Math.max(echoedSentAt[message.from] as number, since);
        return { ...handled, node: { ...handled.node, echoedSentAt: echoedSentAt.with(message.from, newest) } };
      },
    },
    invariants: [
      ...(base.invariants.includes(LINEARIZABLE_READS) ? [] : [LINEARIZABLE_READS]),
      {
        name: 'LeaseDisjoint',
        section: 'thesis §6.4.1',
        statement: 'While a leader holds a lease, nobody leads a later term.',
        violation({ nodes }) {
          for (const [holder, node] of nodes.entries()) {
            if (!holdsLease(node, holder)) continue;
            const newer = nodes.findIndex(
              ({ state, currentTerm }) => state === 'Leader' && currentTerm > node.currentTerm,
            );
            if (newer < 0) continue;
            return `${nodeName(holder)} holds a lease of term ${node.currentTerm}, while ${nodeName(newer)} leads term ${nodes[newer]?.currentTerm}`;
          }
          return undefined;
        },
      },
    ],
    renamed: {
      node: ({ echoedSentAt = [] }, to) => ({ echoedSentAt: byNewNumber(echoedSentAt, to) }),
      shared: ({ clocks = [] }, to) => ({ clocks: byNewNumber(clocks, to) }),
    },
    words: {
      node: ({ clock, heardAt, echoedSentAt = [] }) => ({
        clock: `${clock}`,
        heardAt: time(heardAt),
        ...byServer('echoedSentAt', echoedSentAt.map(time)),
      }),
      shared: missedInWords,
      message: (message) => ('sentAt' in message ? `sent at ${time(message.sentAt)}` : undefined),
    },
  };
  return extend(base, extension);
}

function hearsLeader({ clock = 0, heardAt = LONG_AGO }: Server): boolean {
  return clock - heardAt < ELECTION_TIMEOUT;
}

function time(ticks: number = LONG_AGO): string {
  return ticks === LONG_AGO ? 'long ago' : `${ticks}`;
}
