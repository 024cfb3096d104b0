import type { Invariant } from '../specification.js';
import { type Extension, extend, type RaftAction, type RaftHandler, type Setting } from './extend.js';
import type { RaftSpecification } from './raft.js';
import { byNewNumber } from './renaming.js';
import { appliedIndex, type Bookkeeping, isQuorum, type Server, termAt } from './server.js';
import { byServer, valueName } from './words.js';

export interface ReadVariables {
  /** Of a leader: which round of messages is its newest. */
  readonly round: number;
  /** By server, the newest round that it answered. */
  readonly echoedRound: readonly number[];
  /** Of a leader: reads that wait. */
  readonly reads: readonly Read[];
}

interface Read {
  readonly readIndex: number;
  /** Which a quorum has to answer. */
  readonly round: number;
  /** What was acknowledged before it began. */
  readonly mustSee: readonly number[];
}

export interface ReadsBookkeeping {
  /** How many reads began. */
  readonly readsBegun: number;
  /** Values that were acknowledged before a read began that did not see them. In ascending order. */
  readonly missed: readonly number[];
}

/** Reads that bypass the log (thesis §6.4): after a round of messages that shows that the leader is still the leader. */
export function reads(base: RaftSpecification, { bounds, defect }: Setting): RaftSpecification {
  const { servers, reads: most = 1 } = bounds;
  const all = [...Array(servers).keys()];

  const readRequest: RaftAction = {
    name: 'ReadRequest',
    section: 'thesis §6.4',
    statement:
      'A leader that has committed an entry of its term saves its commit index for a read, and begins a round of messages.',
    steps(node, _, shared) {
      const { readsBegun = 0 } = shared;
      const { state, commitIndex, round: before = 0, reads = [] } = node;
      if (state !== 'Leader' || readsBegun >= most) return [];
      if (!committedInTerm(node) && defect !== 'reads-before-term-commit') return [];
      const round = before + 1;
      const read: Read = { readIndex: commitIndex, round, mustSee: acknowledged(shared) };
      return [{ node: { ...node, round, reads: [...reads, read] }, shared: { ...shared, readsBegun: readsBegun + 1 } }];
    },
  };

  const readIndex: RaftAction = {
    name: 'ReadIndex',
    section: 'thesis §6.4',
    statement:
      'A leader serves a read without the log once an entry of its term is committed, a majority has answered messages sent after the read arrived, and all that was committed when it arrived is applied.',
    steps(node, self, shared) {
      const { reads = [], echoedRound = [] } = node;
      return reads.flatMap((read, place) => {
        const { round, mustSee } = read;
        const confirmed = all.filter((server) => server === self || (echoedRound[server] as number) >= round);
        const isLeader = isQuorum(confirmed.length, servers) || defect === 'reads-leader-locally';
        if (!isLeader || appliedIndex(node) < read.readIndex) return [];
        return [
          {
            node: { ...node, reads: reads.toSpliced(place, 1) },
            shared: answered(shared, node, mustSee),
            choice: `of index ${read.readIndex}`,
          },
        ];
      });
    },
  };

  const none = { round: 0, echoedRound: all.map(() => 0), reads: [] } as const;
  const echoes =
    (handle: RaftHandler['handle']): RaftHandler['handle'] =>
    (node, message) => {
      const handled = handle(node, message);
      if (handled?.reply?.type !== 'AppendEntriesResponse' || message.type !== 'AppendEntriesRequest') return handled;
      // Who refuses a message of a former term may be led by its sender by now, in rounds that begin anew.
      const { round = 0 } = message.term === handled.node.currentTerm ? message : none;
      return { ...handled, reply: { ...handled.reply, round } };
    };
  const extension: Extension = {
    restarted: () => none,
    shared: { readsBegun: 0, missed: [] },
    actions: [readRequest, readIndex],
    changedActions: {
      BecomeLeader: (steps) => (node, self, shared) =>
        steps(node, self, shared).map((step) => ({ ...step, node: { ...step.node, ...none } })),
      AppendEntries: (steps) => (node, self, shared) =>
        steps(node, self, shared).map((step) => ({
          ...step,
          sends: step.sends?.map((message) => ({ ...message, round: node.round ?? 0 })) ?? [],
        })),
    },
    changedHandlers: {
      UpdateTerm: (handle) => (node, message) => {
        const handled = handle(node, message);
        return handled && { ...handled, node: { ...handled.node, ...none } };
      },
      RejectAppendEntriesRequest: echoes,
      AcceptAppendEntriesRequest: echoes,
      HandleAppendEntriesResponse: (handle) => (node, message) => {
        const handled = handle(node, message);
        if (handled === undefined || message.type !== 'AppendEntriesResponse') return handled;
        const { echoedRound = [], round: own = 0 } = handled.node;
        const echoed = defect === 'counts-old-rounds' ? own : (message.round ?? 0);
        const newest = Math.max(echoedRound[message.from] as number, echoed);
        return { ...handled, node: { ...handled.node, echoedRound: echoedRound.with(message.from, newest) } };
      },
    },
    invariants: [LINEARIZABLE_READS],
    renamed: { node: ({ echoedRound = [] }, to) => ({ echoedRound: byNewNumber(echoedRound, to) }) },
    words: {
      node: ({ round, echoedRound = [], reads = [] }) => ({
        round: `${round}`,
        ...byServer('echoedRound', echoedRound),
        reads: reads.map(({ readIndex, round }) => `of index ${readIndex} in round ${round}`).join(', ') || 'none',
      }),
      shared: missedInWords,
      message: (message) => ('round' in message ? `round ${message.round}` : undefined),
    },
  };
  return extend(base, extension);
}

/** Until then, a leader may not know all that is committed (§8, thesis §6.4). */
export function committedInTerm({ log, commitIndex, currentTerm }: Server): boolean {
  return termAt(log, commitIndex) === currentTerm;
}

export function acknowledged({ acked }: Bookkeeping): number[] {
  return [...acked.keys()].filter((value) => acked[value] === true);
}

/** A read is answered from what the state machine of `node` has by now. */
export function answered(shared: Bookkeeping, node: Server, mustSee: readonly number[]): Bookkeeping {
  const seen = node.log.slice(0, appliedIndex(node)).map(({ value }) => value);
  const missed = new Set([...(shared.missed ?? []), ...mustSee.filter((value) => !seen.includes(value))]);
  return { ...shared, missed: [...missed].sort((left, right) => left - right) };
}

/**
 * What another read has seen need not be asked for apart: values are acknowledged in the step that commits them, so
 * nobody sees a value that was not.
 */
export const LINEARIZABLE_READS: Invariant<Server, Bookkeeping> = {
  name: 'LinearizableReads',
  section: 'thesis §6.4',
  statement: 'A read sees every value that was acknowledged before it began.',
  violation({ shared: { missed = [] } }) {
    if (missed.length === 0) return undefined;
    return `a read did not see ${missed.map(valueName).join(', ')}, acknowledged before it began`;
  },
};

export function missedInWords({ missed = [] }: Bookkeeping): Record<string, string> {
  return { 'missed by reads': missed.map(valueName).join(', ') || 'nothing' };
}
