import type { EntryRef } from '../../history/trace.js';
import type { Micros } from '../../kernel/units.js';
import type { ClientRequest } from '../protocol.js';

/** One entry of the log. Immutable, and shared between nodes in the simulator. */
export interface Entry extends EntryRef {
  /** Null: the no-op with which a leader begins its term (Raft §8). */
  readonly command: ClientRequest | null;
}

/** The paper's RPCs as messages; who sent one comes with it. Figures 2 and 13, and thesis §6.4, §9.6. */
export type RaftMessage =
  | RequestVote
  | RequestVoteResponse
  | AppendEntries
  | AppendEntriesResponse
  | InstallSnapshot
  | InstallSnapshotResponse;

export interface RequestVote {
  readonly type: 'RequestVote';
  /** With `preVote`, the term that the sender would campaign in, not the one that it is in. */
  readonly term: number;
  readonly preVote: boolean;
  readonly lastLogIndex: number;
  readonly lastLogTerm: number;
}

export interface RequestVoteResponse {
  readonly type: 'RequestVoteResponse';
  /** A granted pre-vote carries the term that was asked about; all else the voter's own. */
  readonly term: number;
  readonly preVote: boolean;
  readonly granted: boolean;
}

/**
 * Confirms nothing. A leader that is told of a later term may lead that one by the time, with rounds of its own: as a
 * process that began anew it counts them from 1 again, and the round that it had sent would confirm any.
 */
export const NO_ROUND = 0;

/** What a leader puts on every message and gets back, to know when the follower last took it for leader. */
export interface LeaderStamp {
  /**
   * Counts the leader's rounds of confirmation, from 1: a read waits for a majority to echo its round (thesis §6.4).
   * Who refuses a message of a former term echoes {@link NO_ROUND}.
   */
  readonly round: number;
  /** The leader's own clock when it sent: where a lease begins (thesis §6.4.1). */
  readonly sentAtUs: Micros;
}

export interface AppendEntries extends LeaderStamp {
  readonly type: 'AppendEntries';
  readonly term: number;
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  readonly entries: readonly Entry[];
  readonly leaderCommit: number;
}

export type AppendEntriesResponse = AppendEntriesAccepted | AppendEntriesRejected;

export interface AppendEntriesAccepted extends LeaderStamp {
  readonly type: 'AppendEntriesResponse';
  readonly term: number;
  readonly success: true;
  /** The sender's log equals the leader's up to here, durably. */
  readonly matchIndex: number;
}

export interface AppendEntriesRejected extends LeaderStamp {
  readonly type: 'AppendEntriesResponse';
  readonly term: number;
  readonly success: false;
  /** Of the message that is rejected. */
  readonly prevLogIndex: number;
  /** The term that stands at `prevLogIndex` in the sender's log; 0 when the log is shorter (Raft §5.3, last part). */
  readonly conflictTerm: number;
  /** The first index of that term; or the first index that the sender lacks. */
  readonly conflictIndex: number;
}

export interface InstallSnapshot extends LeaderStamp {
  readonly type: 'InstallSnapshot';
  readonly term: number;
  readonly lastIncludedIndex: number;
  readonly lastIncludedTerm: number;
  /** Characters before `data`. */
  readonly offset: number;
  readonly data: string;
  readonly done: boolean;
}

export interface InstallSnapshotResponse extends LeaderStamp {
  readonly type: 'InstallSnapshotResponse';
  readonly term: number;
  readonly lastIncludedIndex: number;
  /** Where the next chunk must begin. */
  readonly nextOffset: number;
  /** The sender holds everything up to `lastIncludedIndex`, durably. */
  readonly installed: boolean;
}
