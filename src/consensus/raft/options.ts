import { type Bugs, NO_BUGS } from './bugs.js';

/** How reads are answered (Raft §8, thesis §6.4). `follower` is deliberately weak: any node answers from its state. */
export const READ_MODES = ['log', 'read-index', 'lease', 'follower'] as const;
export type ReadMode = (typeof READ_MODES)[number];

export interface RaftOptions {
  readonly reads: ReadMode;
  /** Ask before campaigning, so that a node that cannot win does not raise the term (thesis §9.6). */
  readonly preVote: boolean;
  /**
   * A leader that hears from no majority for an election timeout steps down, and whoever hears from a leader refuses
   * to vote (thesis §4.2.3, §6.2). Leases are unsound without it.
   */
  readonly checkQuorum: boolean;
  /** Elections time out after a random while in [this, 2·this). */
  readonly electionTimeoutMs: number;
  readonly heartbeatMs: number;
  /** A lease lasts the election timeout divided by this: how much faster one node's clock may run than another's. */
  readonly clockDriftBound: number;
  /** A snapshot is taken after so many applied entries. */
  readonly snapshotEntries: number;
  /** Entries kept behind a snapshot, so that a slightly slow follower needs no snapshot. */
  readonly trailingEntries: number;
  readonly snapshotChunkCharacters: number;
  readonly maxEntriesPerMessage: number;
  /** AppendEntries with entries that may be unanswered, per follower. */
  readonly maxInflight: number;
  readonly maxSessions: number;
  readonly bugs: Bugs;
}

/** Timeouts for containers on noisy machines. */
export const DEFAULT_RAFT_OPTIONS: RaftOptions = {
  reads: 'read-index',
  preVote: true,
  checkQuorum: true,
  electionTimeoutMs: 500,
  heartbeatMs: 100,
  clockDriftBound: 1.1,
  snapshotEntries: 1000,
  trailingEntries: 100,
  snapshotChunkCharacters: 32_768,
  maxEntriesPerMessage: 256,
  maxInflight: 16,
  maxSessions: 10_000,
  bugs: NO_BUGS,
};
