import type { NodeId } from '../kernel/ids.js';
import type { Micros } from '../kernel/units.js';
import type { PbftStep } from './pbft-trace.js';

/**
 * The nodes' protocol steps, named as the specification names them. A protocol emits the part without `node` and
 * `timeUs`; the host adds both. The record is written before the message that it speaks of leaves the node.
 */
export type TraceEvent = TraceStep & {
  readonly kind: 'trace';
  readonly timeUs: Micros;
  readonly node: NodeId;
};

/** Steps of every protocol that Assay knows. */
export type TraceStep = RaftStep | PbftStep;

/** One entry as the trace sees it: an equal digest means an equal command. */
export interface EntryRef {
  readonly term: number;
  readonly digest: number;
}

/**
 * How a read that is in no log was answered: after a majority confirmed the leader (thesis §6.4), by its lease
 * (§6.4.1), or by any node from the state that it has, be it old.
 */
export type ReadHow = 'read-index' | 'lease' | 'follower';

/**
 * Raft's steps, in the words of the paper and of ongardie/raft.tla. A `stateHash` is a whole number below 2⁵³ (our
 * nodes': below 2³¹) for the whole state machine, its clients' sessions included: equal states have equal hashes.
 * Traces of before there were any lack it, and the steps `TakeSnapshot`, `ReadRequest` and `ServeRead` as well.
 */
export type RaftStep =
  /** A process begins, with what it recovered: the state of its snapshot, and `log` from `snapshotIndex + 1` on. */
  | {
      readonly name: 'InitState';
      readonly term: number;
      readonly votedFor: NodeId | null;
      readonly snapshotIndex: number;
      readonly snapshotTerm: number;
      readonly log: readonly EntryRef[];
      readonly stateHash?: number | undefined;
    }
  | { readonly name: 'UpdateTerm'; readonly term: number }
  | { readonly name: 'BecomeFollower'; readonly term: number; readonly leader: NodeId | null }
  | { readonly name: 'BecomePreCandidate'; readonly term: number }
  | { readonly name: 'BecomeCandidate'; readonly term: number }
  /** `voters`: who granted, self included. */
  | { readonly name: 'BecomeLeader'; readonly term: number; readonly voters: readonly NodeId[] }
  /** A vote decided in `term`, for self as well. */
  | { readonly name: 'Vote'; readonly term: number; readonly candidate: NodeId }
  /** The log becomes: what it was before `from`, then `entries`. Leader and follower alike. */
  | { readonly name: 'Append'; readonly term: number; readonly from: number; readonly entries: readonly EntryRef[] }
  /** A sync completed: what a power failure can no longer take. */
  | { readonly name: 'Durable'; readonly term: number; readonly votedFor: NodeId | null; readonly lastIndex: number }
  | { readonly name: 'AdvanceCommit'; readonly term: number; readonly commitIndex: number; readonly leader: boolean }
  /** Entries `from`… went into the state machine, in order; `stateHash` after the last. */
  | {
      readonly name: 'Apply';
      readonly from: number;
      readonly entries: readonly EntryRef[];
      readonly stateHash?: number | undefined;
    }
  /** Own snapshot taken, of the state after `index`. */
  | {
      readonly name: 'TakeSnapshot';
      readonly index: number;
      readonly term: number;
      readonly stateHash?: number | undefined;
    }
  /** The log up to `index`, which a snapshot covers, was dropped. */
  | { readonly name: 'Compact'; readonly index: number; readonly term: number }
  /** A leader's snapshot replaced the state up to `index`; `log` is what remains after it. */
  | {
      readonly name: 'InstallSnapshot';
      readonly index: number;
      readonly term: number;
      readonly log: readonly EntryRef[];
      readonly stateHash?: number | undefined;
    }
  /**
   * A read arrived at a leader. It waits until a majority has answered messages of `round`, and until `readIndex` is
   * applied. `read` names it among those of the process; one that is not served was redirected.
   */
  | {
      readonly name: 'ReadRequest';
      readonly term: number;
      readonly read: number;
      readonly readIndex: number;
      readonly round: number;
    }
  /** Reads were answered from the state after `index`. Those by lease and by followers are served as they arrive. */
  | {
      readonly name: 'ServeRead';
      readonly term: number;
      readonly how: ReadHow;
      readonly reads: readonly number[];
      readonly index: number;
    }
  | { readonly name: 'Send'; readonly to: NodeId; readonly message: unknown }
  | { readonly name: 'Receive'; readonly from: NodeId; readonly message: unknown };
