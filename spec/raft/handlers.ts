import type { Defect } from './defects.js';
import type { RaftHandler } from './extend.js';
import type { AppendEntriesRequest } from './messages.js';
import { type Entry, isUpToDate, type Server, termAt } from './server.js';

/** What servers do with a message. One of a later term is handled only once the server has entered that term. */
export function raftHandlers(defect: Defect | undefined): RaftHandler[] {
  const updateTerm: RaftHandler = {
    name: 'UpdateTerm',
    section: '§5.1',
    statement: 'A server that learns of a later term enters it as a follower that has not voted.',
    consumes: false,
    handle(node, message) {
      if (message.term <= node.currentTerm) return undefined;
      return { node: { ...node, currentTerm: message.term, state: 'Follower', votedFor: null } };
    },
  };

  const handleRequestVoteRequest: RaftHandler = {
    name: 'HandleRequestVoteRequest',
    section: '§5.2, §5.4.1',
    statement:
      'A server grants its vote once in a term, to a candidate whose log is at least as up-to-date as its own.',
    consumes: true,
    handle(node, message) {
      if (message.type !== 'RequestVoteRequest' || message.term > node.currentTerm) return undefined;
      const free = node.votedFor === null || node.votedFor === message.from || defect === 'double-vote';
      const upToDate = isUpToDate(message, node.log) || defect === 'no-up-to-date-check';
      const voteGranted = message.term === node.currentTerm && upToDate && free;
      return {
        node: voteGranted ? { ...node, votedFor: message.from } : node,
        reply: {
          type: 'RequestVoteResponse',
          from: message.to,
          to: message.from,
          term: node.currentTerm,
          voteGranted,
        },
      };
    },
  };

  const handleRequestVoteResponse: RaftHandler = {
    name: 'HandleRequestVoteResponse',
    section: '§5.2',
    statement: 'A candidate counts who granted it a vote in its term; whoever is none counts too, and does not look.',
    consumes: true,
    handle(node, message) {
      if (message.type !== 'RequestVoteResponse' || message.term !== node.currentTerm) return undefined;
      if (!message.voteGranted || node.votesGranted.includes(message.from)) return { node };
      return { node: { ...node, votesGranted: [...node.votesGranted, message.from].sort(ascending) } };
    },
  };

  const rejectAppendEntriesRequest: RaftHandler = {
    name: 'RejectAppendEntriesRequest',
    section: '§5.1, §5.3',
    statement: 'Entries of a former term are rejected, and entries whose predecessor is not in the log.',
    consumes: true,
    handle(node, message) {
      if (message.type !== 'AppendEntriesRequest' || message.term > node.currentTerm) return undefined;
      const unfitting = node.state === 'Follower' && !logOk(node, message, defect);
      if (message.term === node.currentTerm && !unfitting) return undefined;
      return {
        node,
        reply: {
          type: 'AppendEntriesResponse',
          from: message.to,
          to: message.from,
          term: node.currentTerm,
          success: false,
          matchIndex: 0,
        },
      };
    },
  };

  const acceptAppendEntriesRequest: RaftHandler = {
    name: 'AcceptAppendEntriesRequest',
    section: '§5.3',
    statement: 'A follower appends what its log lacks, after dropping what conflicts with it, and follows the leader.',
    consumes: true,
    handle(node, message) {
      if (message.type !== 'AppendEntriesRequest' || message.term !== node.currentTerm) return undefined;
      if (node.state === 'Leader' || !logOk(node, message, defect)) return undefined;
      return {
        node: {
          ...node,
          state: 'Follower',
          log: logAfter(node.log, message, defect),
          // As in ongardie/raft.tla: an old message may take it back, for nothing here rests on it.
          commitIndex: message.commitIndex,
        },
        reply: {
          type: 'AppendEntriesResponse',
          from: message.to,
          to: message.from,
          term: node.currentTerm,
          success: true,
          matchIndex: message.prevLogIndex + message.entries.length,
        },
      };
    },
  };

  const handleAppendEntriesResponse: RaftHandler = {
    name: 'HandleAppendEntriesResponse',
    section: '§5.3',
    statement: 'A leader learns how far a follower has its log; after a rejection it tries the entry before.',
    consumes: true,
    handle(node, message) {
      if (message.type !== 'AppendEntriesResponse' || message.term !== node.currentTerm) return undefined;
      const { from, success, matchIndex } = message;
      const pendingResponse = node.pendingResponse.with(from, false);
      if (success) {
        return {
          node: {
            ...node,
            pendingResponse,
            nextIndex: node.nextIndex.with(from, matchIndex + 1),
            matchIndex: node.matchIndex.with(from, matchIndex),
          },
        };
      }
      const before = Math.max((node.nextIndex[from] as number) - 1, 1);
      return { node: { ...node, pendingResponse, nextIndex: node.nextIndex.with(from, before) } };
    },
  };

  return [
    updateTerm,
    handleRequestVoteRequest,
    handleRequestVoteResponse,
    rejectAppendEntriesRequest,
    acceptAppendEntriesRequest,
    handleAppendEntriesResponse,
  ];
}

/** Whether the log holds what precedes the entries (§5.3, the consistency check). */
function logOk({ log }: Server, message: AppendEntriesRequest, defect: Defect | undefined): boolean {
  const { prevLogIndex, prevLogTerm } = message;
  if (prevLogIndex === 0) return true;
  if (prevLogIndex > log.length) return false;
  return prevLogTerm === termAt(log, prevLogIndex) || defect === 'no-previous-term-check';
}

/** "If an existing entry conflicts with a new one, delete it and all that follow it; append any not in the log." */
function logAfter(
  log: readonly Entry[],
  { prevLogIndex, entries }: AppendEntriesRequest,
  defect: Defect | undefined,
): readonly Entry[] {
  const [entry] = entries;
  if (entry === undefined) return log;
  const index = prevLogIndex + 1;
  const keeps = termAt(log, index) === entry.term || defect === 'keeps-conflicting-entries';
  return index <= log.length && keeps ? log : [...log.slice(0, prevLogIndex), entry];
}

const ascending = (left: number, right: number) => left - right;
