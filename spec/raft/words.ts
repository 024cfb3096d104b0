import { nodeName, type Words } from '../specification.js';
import type { RaftMessage } from './messages.js';
import type { Bookkeeping, Entry, Server } from './server.js';

export const RAFT_WORDS: Words<Server, RaftMessage, Bookkeeping> = {
  node: (node) => ({
    state: node.state,
    currentTerm: `${node.currentTerm}`,
    votedFor: node.votedFor === null ? 'none' : nodeName(node.votedFor),
    log: logInWords(node.log),
    commitIndex: `${node.commitIndex}`,
    votesGranted: node.votesGranted.map(nodeName).join(', ') || 'none',
    ...byServer('nextIndex', node.nextIndex),
    ...byServer('matchIndex', node.matchIndex),
    ...byServer('pendingResponse', node.pendingResponse),
  }),
  shared: ({ acked }) =>
    Object.fromEntries(
      acked.map((known, value) => [
        valueName(value),
        known === null ? 'not asked for' : known ? 'acknowledged' : 'asked for',
      ]),
    ),
  message(message) {
    const term = `term ${message.term}`;
    switch (message.type) {
      case 'RequestVoteRequest':
      case 'PreVoteRequest': {
        const { lastLogIndex, lastLogTerm } = message;
        return { kind: message.type, content: `${term}, last entry ${lastLogIndex} of term ${lastLogTerm}` };
      }
      case 'RequestVoteResponse':
      case 'PreVoteResponse':
        return { kind: message.type, content: `${term}, ${message.voteGranted ? 'granted' : 'refused'}` };
      case 'AppendEntriesRequest': {
        const { entries, prevLogIndex, prevLogTerm, commitIndex } = message;
        const after = `after entry ${prevLogIndex} of term ${prevLogTerm}`;
        return {
          kind: message.type,
          content: `${term}, ${logInWords(entries)} ${after}, commitIndex ${commitIndex}`,
        };
      }
      case 'AppendEntriesResponse':
        return {
          kind: message.type,
          content: `${term}, ${message.success ? `has entries up to ${message.matchIndex}` : 'rejected'}`,
        };
      case 'InstallSnapshotRequest': {
        const { snapshot, lastIncludedIndex, lastIncludedTerm } = message;
        const upTo = `up to entry ${lastIncludedIndex} of term ${lastIncludedTerm}`;
        return { kind: message.type, content: `${term}, ${logInWords(snapshot)} ${upTo}` };
      }
      case 'InstallSnapshotResponse':
        return { kind: message.type, content: `${term}, has entries up to ${message.lastIncludedIndex}` };
    }
  },
};

/** As the paper draws logs: the term, then what is asked for. */
export function logInWords(entries: readonly Entry[]): string {
  return entries.length === 0
    ? 'no entries'
    : `[${entries.map(({ term, value }) => `${term}:${valueName(value)}`).join(' ')}]`;
}

export function valueName(value: number): string {
  return `v${value + 1}`;
}

export function byServer(name: string, list: readonly (number | boolean | string)[]): Record<string, string> {
  return Object.fromEntries(
    list.map((item, server) => [
      `${name}[${nodeName(server)}]`,
      typeof item === 'boolean' ? (item ? 'yes' : 'no') : `${item}`,
    ]),
  );
}
