import type { PreVoteRequest, PreVoteResponse } from './pre-vote.js';
import type { Entry } from './server.js';
import type { InstallSnapshotRequest, InstallSnapshotResponse } from './snapshots.js';

export type RaftMessage =
  | RequestVoteRequest
  | RequestVoteResponse
  | AppendEntriesRequest
  | AppendEntriesResponse
  | PreVoteRequest
  | PreVoteResponse
  | InstallSnapshotRequest
  | InstallSnapshotResponse;

export interface Envelope {
  readonly from: number;
  readonly to: number;
  readonly term: number;
}

export interface RequestVoteRequest extends Envelope {
  readonly type: 'RequestVoteRequest';
  readonly lastLogTerm: number;
  readonly lastLogIndex: number;
}

export interface RequestVoteResponse extends Envelope {
  readonly type: 'RequestVoteResponse';
  readonly voteGranted: boolean;
}

export interface AppendEntriesRequest extends Envelope, Stamp {
  readonly type: 'AppendEntriesRequest';
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  /** One at the most: a batch is several messages that arrive together. */
  readonly entries: readonly Entry[];
  readonly commitIndex: number;
}

export interface AppendEntriesResponse extends Envelope, Stamp {
  readonly type: 'AppendEntriesResponse';
  readonly success: boolean;
  readonly matchIndex: number;
}

/** What a leader puts on a message and gets back with the answer, where reads or leases are modelled. */
export interface Stamp {
  /** Of the leader's rounds of confirmation (thesis §6.4). */
  readonly round?: number;
  /** The leader's clock when it sent (thesis §6.4.1). */
  readonly sentAt?: number;
}
