import { nodeName } from '../specification.js';
import { type Extension, extend, type RaftAction, type RaftHandler, type Setting } from './extend.js';
import type { AppendEntriesRequest, Envelope, RaftMessage } from './messages.js';
import type { RaftSpecification } from './raft.js';
import { appliedIndex, type Entry, type Server, termAt } from './server.js';

export interface SnapshotVariables {
  /**
   * Persistent: how far a snapshot has taken the place of the log. What a snapshot holds is what was applied, so it
   * still stands in `log`, for the invariants to compare; but no server looks there for more than the last term.
   */
  readonly snapshotIndex: number;
}

/** Whole: the pieces of Figure 13 (offset, done) are left out. */
export interface InstallSnapshotRequest extends Envelope {
  readonly type: 'InstallSnapshotRequest';
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  /** The state of the state machine: what it applied. */
  readonly snapshot: readonly Entry[];
}

export interface InstallSnapshotResponse extends Envelope {
  readonly type: 'InstallSnapshotResponse';
  /** Up to where the sender has what the leader has; 0 where it did not listen. */
  readonly lastIncludedIndex: number;
}

/** Log compaction (§7): a log that begins behind a snapshot, and snapshots for followers that lag behind it. */
export function snapshots(base: RaftSpecification, { bounds, defect }: Setting): RaftSpecification {
  const all = [...Array(bounds.servers).keys()];

  const compact: RaftAction = {
    name: 'Compact',
    section: '§7',
    statement: 'A snapshot takes the place of the log up to an entry that was applied.',
    steps(node) {
      const last = defect === 'compacts-uncommitted' ? node.log.length : appliedIndex(node);
      return placesBetween(snapshotIndexOf(node), last).map((snapshotIndex) => ({
        node: { ...node, snapshotIndex },
        choice: `up to entry ${snapshotIndex}`,
      }));
    },
  };

  const sendSnapshot: RaftAction = {
    name: 'SendSnapshot',
    section: '§7',
    statement:
      'A leader sends a follower its snapshot: where that needs entries which it no longer has, and else it may all the same, for what was sent may arrive late.',
    steps(node, self) {
      const { state, log, currentTerm } = node;
      const lastIncludedIndex = snapshotIndexOf(node);
      if (state !== 'Leader' || lastIncludedIndex === 0) return [];
      return all
        .filter((peer) => peer !== self)
        .map((to) => ({
          node,
          sends: [
            {
              type: 'InstallSnapshotRequest',
              from: self,
              to,
              term: currentTerm,
              lastIncludedIndex,
              lastIncludedTerm: termAt(log, lastIncludedIndex),
              snapshot: log.slice(0, lastIncludedIndex),
            },
          ],
          choice: `to ${nodeName(to)}`,
        }));
    },
  };

  const rejectSnapshot: RaftHandler = {
    name: 'RejectSnapshot',
    section: '§7, Figure 13',
    statement: 'A snapshot of a former term is rejected.',
    consumes: true,
    handle(node, message) {
      if (message.type !== 'InstallSnapshotRequest' || message.term >= node.currentTerm) return undefined;
      return { node, reply: answer(node, message, 0) };
    },
  };

  const installSnapshot: RaftHandler = {
    name: 'InstallSnapshot',
    section: '§7, Figure 13',
    statement:
      "A leader's snapshot that is complete and newer than what is here replaces the state; what follows it in the log is retained where the log contains its last entry, else the log is discarded.",
    consumes: true,
    handle(node, message) {
      if (message.type !== 'InstallSnapshotRequest' || message.term !== node.currentTerm) return undefined;
      if (node.state === 'Leader') return undefined;
      const { lastIncludedIndex: index, lastIncludedTerm: term, snapshot } = message;
      const follower: Server = { ...node, state: 'Follower' };
      const reply = answer(node, message, index);
      if (index <= node.commitIndex && defect !== 'installs-older-snapshot') return { node: follower, reply };
      const contained = index >= snapshotIndexOf(node) && termAt(node.log, index) === term;
      const retains =
        (contained && defect !== 'snapshot-discards-suffix') || defect === 'snapshot-keeps-conflicting-suffix';
      const log = [...snapshot, ...(retains ? node.log.slice(index) : [])];
      return { node: { ...follower, log, snapshotIndex: index, commitIndex: index }, reply };
    },
  };

  const handleInstallSnapshotResponse: RaftHandler = {
    name: 'HandleInstallSnapshotResponse',
    section: '§7',
    statement: 'A leader goes on with the entry after the snapshot once a follower has installed it.',
    consumes: true,
    handle(node, message) {
      if (message.type !== 'InstallSnapshotResponse' || message.term !== node.currentTerm) return undefined;
      const { from, lastIncludedIndex } = message;
      const matchIndex = Math.max(node.matchIndex[from] as number, lastIncludedIndex);
      const nextIndex = Math.max(node.nextIndex[from] as number, lastIncludedIndex + 1);
      return {
        node: {
          ...node,
          nextIndex: node.nextIndex.with(from, nextIndex),
          matchIndex: node.matchIndex.with(from, matchIndex),
        },
      };
    },
  };

  const extension: Extension = {
    restarted: (node) => ({ snapshotIndex: snapshotIndexOf(node), commitIndex: snapshotIndexOf(node) }),
    actions: [compact, sendSnapshot],
    handlers: [rejectSnapshot, installSnapshot, handleInstallSnapshotResponse],
    changedActions: {
      AppendEntries: (steps) => (node, self, shared) => {
        const begin = snapshotIndexOf(node) + 1;
        // Of what precedes, the term is not known any more.
        return steps(node, self, shared).filter(({ sends = [] }) => sends.every((sent) => nextIndex(sent) >= begin));
      },
    },
    changedHandlers: {
      RejectAppendEntriesRequest: (handle) => (node, message) => handle(node, behindSnapshot(node, message)),
      AcceptAppendEntriesRequest: (handle) => (node, message) => {
        const handled = handle(node, behindSnapshot(node, message));
        if (handled?.reply?.type !== 'AppendEntriesResponse' || message.type !== 'AppendEntriesRequest') return handled;
        return {
          node: { ...handled.node, commitIndex: Math.max(node.commitIndex, handled.node.commitIndex) },
          reply: { ...handled.reply, matchIndex: message.prevLogIndex + message.entries.length },
        };
      },
    },
    sentOnce: ({ type }) => type === 'InstallSnapshotRequest',
    invariants: [
      {
        name: 'SnapshotIsCommitted',
        section: '§7',
        statement: 'A snapshot holds nothing but what is committed.',
        violation({ nodes }) {
          const server = nodes.findIndex((node) => snapshotIndexOf(node) > node.commitIndex);
          if (server < 0) return undefined;
          const node = nodes[server] as Server;
          return `${nodeName(server)} has a snapshot up to entry ${node.snapshotIndex}, but knows only ${node.commitIndex} as committed`;
        },
      },
      {
        name: 'SnapshotFitsLog',
        section: '§7, Figure 13',
        statement: 'What follows a snapshot in a log is of no earlier term.',
        violation({ nodes }) {
          for (const [server, node] of nodes.entries()) {
            const index = snapshotIndexOf(node);
            if (index >= node.log.length || termAt(node.log, index + 1) >= termAt(node.log, index)) continue;
            return `in the log of ${nodeName(server)} term ${termAt(node.log, index + 1)} follows a snapshot whose last term is ${termAt(node.log, index)}`;
          }
          return undefined;
        },
      },
    ],
    stepInvariants: [
      ...base.stepInvariants,
      {
        name: 'SnapshotMonotonic',
        section: '§7',
        statement: 'What a snapshot holds is not given up again.',
        violation(before, after, self) {
          if (snapshotIndexOf(after) >= snapshotIndexOf(before)) return undefined;
          return `${nodeName(self)} went from a snapshot up to entry ${before.snapshotIndex} back to ${after.snapshotIndex}`;
        },
      },
    ],
    words: { node: ({ snapshotIndex }) => ({ snapshotIndex: `${snapshotIndex}` }) },
  };
  return extend(base, extension);
}

export function snapshotIndexOf({ snapshotIndex = 0 }: Pick<Server, 'snapshotIndex'>): number {
  return snapshotIndex;
}

/** What is in the snapshot is committed, and so in the leader's log as well: only what comes after it is looked at. */
function behindSnapshot(node: Server, message: RaftMessage): RaftMessage {
  if (message.type !== 'AppendEntriesRequest') return message;
  const { prevLogIndex, entries } = message;
  const snapshotIndex = snapshotIndexOf(node);
  if (prevLogIndex >= snapshotIndex) return message;
  return {
    ...message,
    prevLogIndex: snapshotIndex,
    prevLogTerm: termAt(node.log, snapshotIndex),
    entries: entries.slice(snapshotIndex - prevLogIndex),
  } satisfies AppendEntriesRequest;
}

function answer(
  { currentTerm }: Server,
  { from, to }: InstallSnapshotRequest,
  lastIncludedIndex: number,
): InstallSnapshotResponse {
  return { type: 'InstallSnapshotResponse', from: to, to: from, term: currentTerm, lastIncludedIndex };
}

function nextIndex(message: RaftMessage): number {
  return message.type === 'AppendEntriesRequest' ? message.prevLogIndex + 1 : 0;
}

function placesBetween(after: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - after) }, (_, place) => after + 1 + place);
}
