import type { NodeId } from '../../kernel/ids.js';
import type { Entry } from './messages.js';

/** What a node keeps on disk (Figure 2, "persistent state"), in the order in which it was written. */
export type RaftRecord =
  | { readonly kind: 'hard-state'; readonly term: number; readonly votedFor: NodeId | null }
  /** The log becomes: what was before `from`, then `entries`. */
  | { readonly kind: 'entries'; readonly from: number; readonly entries: readonly Entry[] }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot };

/** The state machine after the entries up to `index`. */
export interface Snapshot {
  readonly index: number;
  readonly term: number;
  readonly data: string;
}

export const NO_SNAPSHOT: Snapshot = { index: 0, term: 0, data: '' };
