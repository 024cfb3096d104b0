import { nodeName } from '../specification.js';
import { type Extension, extend, type RaftAction, type Setting } from './extend.js';
import type { RaftMessage } from './messages.js';
import type { RaftSpecification } from './raft.js';
import { type Entry, isQuorum, type Server, sameEntry } from './server.js';
import { logInWords } from './words.js';

type Persistent = Pick<Server, 'currentTerm' | 'votedFor' | 'log' | 'snapshotIndex'>;

export interface Disk {
  /** What a crash leaves of the persistent state. */
  readonly disk: Persistent;
  /** Messages that wait for the disk, in the order of their texts. */
  readonly held: readonly RaftMessage[];
}

/**
 * What is on disk against what is in memory: "persistent state is updated on stable storage before responding to RPCs"
 * (Figure 2). A leader does not wait before it sends entries, so that its disk works while its followers' do (thesis
 * §10.2.1).
 */
export function durability(base: RaftSpecification, { bounds, defect }: Setting): RaftSpecification {
  const { servers } = bounds;

  const durable: RaftAction = {
    name: 'Durable',
    section: 'Figure 2',
    statement: 'What a sync makes durable is the term, the vote and the log that the server had.',
    steps(node) {
      const { held = [] } = node;
      const disk = persistent(node);
      if (held.length === 0 && same(disk, diskOf(node))) return [];
      return [{ node: { ...node, disk, held: [] }, sends: held }];
    },
  };

  /** Those that promise what is not on disk stay with the server. */
  const holding = (node: Server, messages: readonly RaftMessage[]) => {
    const waits = messages.filter((message) => {
      if (defect === 'votes-before-sync' && isVote(message)) return false;
      if (defect === 'acknowledges-before-sync' && !isVote(message)) return false;
      return broken(message, node) !== undefined;
    });
    return {
      node: { ...node, held: inOrder([...(node.held ?? []), ...waits]) },
      sends: messages.filter((message) => !waits.includes(message)),
    };
  };

  const holdingActions = Object.fromEntries(
    base.actions.map(({ name }) => [
      name,
      (steps: RaftAction['steps']): RaftAction['steps'] =>
        (node, self, shared) =>
          steps(node, self, shared).map((step) => ({ ...step, ...holding(step.node, step.sends ?? []) })),
    ]),
  );
  const holdingHandlers: Extension['changedHandlers'] = Object.fromEntries(
    base.handlers.map(({ name, handle }) => [
      name,
      (): typeof handle => (node, message) => {
        const handled = handle(node, message);
        if (handled?.reply === undefined) return handled;
        const { node: after, sends } = holding(handled.node, [handled.reply]);
        const [reply] = sends;
        return { node: after, ...(reply && { reply }) };
      },
    ]),
  );

  const extension: Extension = {
    restarted: (node) => ({ disk: diskOf(node), held: [] }),
    actions: [durable],
    changedActions: {
      ...holdingActions,
      Restart: (steps) => (node, self, shared) => steps({ ...node, ...diskOf(node) }, self, shared),
      BecomeLeader: (steps) => (node, self, shared) => {
        const { currentTerm, votedFor } = diskOf(node);
        const counts = currentTerm === node.currentTerm && votedFor === self;
        return counts || defect === 'votes-before-sync' ? steps(node, self, shared) : [];
      },
      AdvanceCommitIndex: (steps) => (node, self, shared) =>
        steps(defect === 'counts-unsynced-self' ? { ...node, disk: persistent(node) } : node, self, shared).map(
          (step) => ({ ...step, node: { ...step.node, disk: diskOf(node) } }),
        ),
    },
    changedHandlers: holdingHandlers,
    invariants: [
      {
        name: 'CommittedIsDurable',
        section: 'Figure 2, §5.3',
        statement: 'What a leader has committed is on the disks of a majority.',
        violation({ nodes }) {
          const leaders = nodes.filter(({ state, commitIndex }) => state === 'Leader' && commitIndex > 0);
          const held = leaders.some(({ log, commitIndex }) => {
            const last = commitIndex - 1;
            return isQuorum(nodes.filter((each) => sameEntry(diskOf(each).log[last], log[last])).length, servers);
          });
          return leaders.length === 0 || held
            ? undefined
            : 'no leader has its last committed entry on the disks of a majority';
        },
      },
    ],
    stepInvariants: [
      ...base.stepInvariants.map((rule) => (OF_PERSISTENT_STATE.has(rule.name) ? onDisk(rule) : rule)),
      {
        name: 'PersistentBeforeAnswer',
        section: 'Figure 2',
        statement: 'Persistent state is updated on stable storage before responding to RPCs.',
        violation(_, after, self, sent) {
          const early = sent.find((message) => broken(message, after) !== undefined);
          return early && `${nodeName(self)} sends ${early.type} before ${broken(early, after)} is on its disk`;
        },
      },
    ],
    renamed: {
      node: (node, to) => {
        const { votedFor } = diskOf(node);
        return {
          disk: { ...diskOf(node), votedFor: votedFor === null ? null : (to[votedFor] as number) },
          held: inOrder((node.held ?? []).map((message) => base.renamed.message(message, to))),
        };
      },
    },
    words: {
      node: (node) => {
        const { currentTerm, votedFor, log, snapshotIndex } = diskOf(node);
        const snapshot = snapshotIndex === undefined ? '' : `, snapshot up to entry ${snapshotIndex}`;
        return {
          'on disk': `term ${currentTerm}, vote for ${votedFor === null ? 'nobody' : nodeName(votedFor)}, ${logInWords(log)}${snapshot}`,
          held: (node.held ?? []).map(({ type, to }) => `${type} to ${nodeName(to)}`).join(', ') || 'nothing',
        };
      },
    },
  };
  return extend(base, extension);
}

const OF_PERSISTENT_STATE: ReadonlySet<string> = new Set(['TermMonotonic', 'VoteOnce', 'SnapshotMonotonic']);

/** What was not on disk was told to nobody: a crash may take it back. */
function onDisk(rule: RaftSpecification['stepInvariants'][number]): typeof rule {
  return {
    ...rule,
    violation: (before, after, self, sent) =>
      rule.violation({ ...before, ...diskOf(before) }, { ...after, ...diskOf(after) }, self, sent),
  };
}

/** What a message promises that a crash of its sender could take back. In a later term all of it is past. */
function broken(message: RaftMessage, node: Server): string | undefined {
  const { currentTerm, votedFor, log } = diskOf(node);
  switch (message.type) {
    // A leader's, and it is leader by a vote that is durable; for a pre-vote nobody changes anything.
    case 'AppendEntriesRequest':
    case 'InstallSnapshotRequest':
    case 'PreVoteRequest':
    case 'PreVoteResponse':
      return undefined;
  }
  if (currentTerm !== message.term) return currentTerm > message.term ? undefined : 'its term';
  switch (message.type) {
    case 'RequestVoteRequest':
      return votedFor === message.from ? undefined : 'its own vote';
    case 'RequestVoteResponse':
      return message.voteGranted && votedFor !== message.to ? 'its vote' : undefined;
    case 'AppendEntriesResponse':
      return message.success && !sameUpTo(message.matchIndex, node.log, log) ? 'what it acknowledges' : undefined;
    case 'InstallSnapshotResponse':
      return sameUpTo(message.lastIncludedIndex, node.log, log) ? undefined : 'what it acknowledges';
  }
}

function isVote({ type }: RaftMessage): boolean {
  return type === 'RequestVoteRequest' || type === 'RequestVoteResponse';
}

function persistent({ currentTerm, votedFor, log, snapshotIndex }: Persistent): Persistent {
  return { currentTerm, votedFor, log, ...(snapshotIndex !== undefined && { snapshotIndex }) };
}

/** A server that has just been set up has on disk what it has in memory. */
export function diskOf(node: Server): Persistent {
  return node.disk ?? persistent(node);
}

function same(left: Persistent, right: Persistent): boolean {
  return (
    left.currentTerm === right.currentTerm &&
    left.votedFor === right.votedFor &&
    left.snapshotIndex === right.snapshotIndex &&
    left.log.length === right.log.length &&
    sameUpTo(left.log.length, left.log, right.log)
  );
}

function sameUpTo(index: number, left: readonly Entry[], right: readonly Entry[]): boolean {
  return left.slice(0, index).every((entry, place) => sameEntry(entry, right[place]));
}

function inOrder(messages: readonly RaftMessage[]): RaftMessage[] {
  return [...messages].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}
