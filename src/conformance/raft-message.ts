/**
 * What the rules read in a Raft message of a `Send` or `Receive` step; the trace keeps messages as they were sent. A
 * message that lacks a field never satisfies a rule's condition, so foreign messages are merely counted.
 */
export interface RaftMessageView {
  readonly type?: unknown;
  readonly term?: unknown;
  readonly preVote?: unknown;
  readonly granted?: unknown;
  readonly success?: unknown;
  readonly matchIndex?: unknown;
  readonly installed?: unknown;
  readonly lastIncludedIndex?: unknown;
  readonly lastLogIndex?: unknown;
  readonly lastLogTerm?: unknown;
}

export function viewMessage(message: unknown): RaftMessageView {
  return typeof message === 'object' && message !== null ? message : NOTHING;
}

const NOTHING: RaftMessageView = {};

/** The index up to which this message says "my log equals yours, durably"; 0 when it says no such thing. */
export function acknowledgedIndex(message: RaftMessageView): number {
  if (message.type === 'AppendEntriesResponse') {
    return message.success === true && typeof message.matchIndex === 'number' ? message.matchIndex : 0;
  }
  if (message.type === 'InstallSnapshotResponse') {
    return message.installed === true && typeof message.lastIncludedIndex === 'number' ? message.lastIncludedIndex : 0;
  }
  return 0;
}

/** Whether this message grants a real vote. */
export function grantsVote(message: RaftMessageView): boolean {
  return message.type === 'RequestVoteResponse' && message.granted === true && message.preVote !== true;
}

/** Whether this grants a pre-vote: the term that it tells is one that nobody is in yet (thesis §9.6). */
export function grantsPreVote(message: RaftMessageView): boolean {
  return message.type === 'RequestVoteResponse' && message.granted === true && message.preVote === true;
}

/** Whether a log that ends at the first place is at least as up-to-date as one that ends at the second (§5.4.1). */
export function isUpToDate(lastTerm: number, lastIndex: number, ownTerm: number, ownIndex: number): boolean {
  return lastTerm > ownTerm || (lastTerm === ownTerm && lastIndex >= ownIndex);
}
