import type { Checkpoint, Digest, NewView, PrePrepare, PrePreparedClaim, PreparedClaim, Request } from './messages.js';

/** A checkpoint with the state that it is of; without proof while it is not stable. */
export interface StateCheckpoint {
  readonly sequence: number;
  readonly digest: Digest;
  readonly data: string;
  /** A quorum of signed checkpoint messages; none at sequence number 0. */
  readonly proof: readonly Checkpoint[];
}

/** What a replica keeps on disk, in the order in which it was written: all that it must not contradict later. */
export type PbftRecord =
  /** Everything at or below it is forgotten. */
  | { readonly kind: 'stable'; readonly checkpoint: StateCheckpoint }
  /** Its own state at a checkpoint that it told others of: it may become stable at any time. */
  | { readonly kind: 'checkpoint'; readonly checkpoint: StateCheckpoint }
  /** A stable checkpoint of the others whose state it lacks. */
  | { readonly kind: 'target'; readonly target: Omit<StateCheckpoint, 'data'> }
  /** It left the views below. */
  | { readonly kind: 'view'; readonly view: number }
  /** That view began here. */
  | { readonly kind: 'new-view'; readonly newView: NewView }
  /** What it pre-prepared in a view before that of what it accepted last. */
  | { readonly kind: 'pre-prepared'; readonly claim: PrePreparedClaim }
  | { readonly kind: 'accepted'; readonly prePrepare: PrePrepare }
  | {
      readonly kind: 'batch';
      readonly sequence: number;
      readonly digest: Digest;
      readonly requests: readonly Request[];
    }
  | { readonly kind: 'prepared'; readonly claim: PreparedClaim }
  /** It executed so far, and not all of that had prepared here: it must not answer from an older state. */
  | { readonly kind: 'executed'; readonly sequence: number };
