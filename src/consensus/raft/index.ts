import type { Protocol } from '../protocol.js';
import type { RaftMessage } from './messages.js';
import { Raft, type RaftContext } from './raft.js';

export { type BugName, type Bugs, NO_BUGS } from './bugs.js';
export type { RaftMessage } from './messages.js';
export { DEFAULT_RAFT_OPTIONS, type RaftOptions, READ_MODES } from './options.js';
export type { RaftContext } from './raft.js';
export type { RaftRecord } from './records.js';

/** One node of a Raft cluster over a key-value store, ready for `start`. */
export function createRaft(context: RaftContext): Protocol<RaftMessage> {
  return new Raft(context);
}
