import { type Bugs, NO_BUGS } from './bugs.js';

/**
 * How the messages of the normal case are authenticated: by signatures, which convince third parties too (OSDI '99), or
 * by vectors of MACs, which are many times cheaper and make a view change rest on what a quorum claims instead of on
 * proofs (thesis ch. 3). What is told in a view change and at checkpoints is signed either way.
 */
export const AUTHENTICATIONS = ['signatures', 'macs'] as const;
export type AuthenticationMode = (typeof AUTHENTICATIONS)[number];

/** How reads are answered: in the order of all requests, or at once by a quorum that agrees (§5.1.3). */
export const PBFT_READ_MODES = ['ordered', 'read-only'] as const;

export interface PbftOptions {
  readonly authentication: AuthenticationMode;
  /** Batches between checkpoints: K (§4.3). */
  readonly checkpointInterval: number;
  /** Sequence numbers above the stable checkpoint that may be in use: L, a small multiple of K (§4.3). */
  readonly logWindow: number;
  /** Requests in a batch, at most. */
  readonly batchRequests: number;
  /** Batches that the primary has under way before it waits for more requests to put into one (thesis §5.1.4). */
  readonly batchesInFlight: number;
  /** Between one batch and the next, at least: what comes meanwhile shares one, and its signatures. */
  readonly batchIntervalMs: number;
  /**
   * How long a backup waits for a request that it knows of to be executed before it starts a view change; doubled for
   * every view change that brings no progress (§4.4, §4.5.2).
   */
  readonly viewChangeTimeoutMs: number;
  /** Between messages that tell others what to send again. */
  readonly statusMs: number;
  readonly stateChunkCharacters: number;
  readonly maxSessions: number;
  readonly bugs: Bugs;
}

/** Timeouts for containers on noisy machines. */
export const DEFAULT_PBFT_OPTIONS: PbftOptions = {
  authentication: 'signatures',
  checkpointInterval: 100,
  logWindow: 200,
  batchRequests: 64,
  batchesInFlight: 1,
  batchIntervalMs: 25,
  viewChangeTimeoutMs: 1000,
  statusMs: 150,
  stateChunkCharacters: 32_768,
  maxSessions: 10_000,
  bugs: NO_BUGS,
};
