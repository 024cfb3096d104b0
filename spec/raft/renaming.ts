import type { Renaming } from '../specification.js';
import type { RaftMessage } from './messages.js';
import type { Bookkeeping, Server } from './server.js';

/** Of the variables that plain Raft has. */
export const RAFT_RENAMED: Renaming<Server, RaftMessage, Bookkeeping> = {
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

/** A list by server, in the order of their new numbers. */
export function byNewNumber<Item>(list: readonly Item[], to: readonly number[]): Item[] {
  const renamed = [...list];
  list.forEach((item, server) => {
    renamed[to[server] as number] = item;
  });
  return renamed;
}
