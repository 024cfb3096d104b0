import type { NodeId } from '../kernel/ids.js';

/** A request as the trace sees it. An equal digest means an equal request. */
export interface RequestRef {
  readonly client: string;
  readonly timestamp: number;
  readonly digest: string;
}

/** What a replica holds for one sequence number. */
export interface SlotRef {
  readonly sequence: number;
  /** The latest view in which it accepted a pre-prepare for it. */
  readonly view: number;
  readonly digest: string;
  /** The latest view in which it was prepared, whatever is accepted since; null where it never was. */
  readonly prepared: { readonly view: number; readonly digest: string } | null;
}

/**
 * PBFT's steps, in the words of Castro and Liskov. Digests are texts; a `stateHash` is as Raft's. Only steps of correct
 * replicas mean anything: from `Turn` with a behaviour on, whatever a replica says is a traitor's word, also after it
 * turned back.
 */
export type PbftStep =
  /** A process begins, with what it recovered. `active`: it takes part in `view`, else it waits for that to begin. */
  | {
      readonly name: 'InitReplica';
      readonly view: number;
      readonly active: boolean;
      readonly stable: number;
      /** Of the stable checkpoint's state. */
      readonly digest: string;
      readonly slots: readonly SlotRef[];
      readonly stateHash: number;
    }
  /**
   * A pre-prepare was accepted, at the primary its own (§4.2), or one of a new view's O (§4.4). `requests` is null
   * while the batch itself has not arrived.
   */
  | {
      readonly name: 'AcceptPrePrepare';
      readonly view: number;
      readonly sequence: number;
      readonly digest: string;
      readonly requests: readonly RequestRef[] | null;
    }
  /** The batch of an accepted pre-prepare, or of what others executed, arrived. */
  | { readonly name: 'AcceptBatch'; readonly digest: string; readonly requests: readonly RequestRef[] }
  /** The predicate prepared became true: `by` are the primary and those whose prepares count, self included. */
  | {
      readonly name: 'Prepared';
      readonly view: number;
      readonly sequence: number;
      readonly digest: string;
      readonly by: readonly NodeId[];
    }
  /** The predicate committed-local became true: `by` are those whose commits count, self included. */
  | {
      readonly name: 'CommittedLocal';
      readonly view: number;
      readonly sequence: number;
      readonly digest: string;
      readonly by: readonly NodeId[];
    }
  /** f+1 others, `by`, say that they executed this: a quorum committed it, in a view that this replica is not in. */
  | {
      readonly name: 'LearnDecision';
      readonly sequence: number;
      readonly digest: string;
      readonly by: readonly NodeId[];
    }
  /** A batch went into the state machine; requests whose timestamp was executed before are in `skipped`. */
  | {
      readonly name: 'Execute';
      readonly view: number;
      readonly sequence: number;
      readonly digest: string;
      readonly requests: readonly RequestRef[];
      readonly skipped: readonly RequestRef[];
      readonly stateHash: number;
    }
  | { readonly name: 'TakeCheckpoint'; readonly sequence: number; readonly digest: string }
  /** A quorum said so; everything up to it may be forgotten. */
  | {
      readonly name: 'StabilizeCheckpoint';
      readonly sequence: number;
      readonly digest: string;
      readonly by: readonly NodeId[];
    }
  /** The state of a stable checkpoint came from another replica. */
  | { readonly name: 'InstallState'; readonly sequence: number; readonly digest: string; readonly stateHash: number }
  /** It leaves its view, and takes part in none until `view` begins. */
  | { readonly name: 'StartViewChange'; readonly view: number }
  /** A new view began here: `stable` is min-s, `proposals` is O. */
  | {
      readonly name: 'EnterView';
      readonly view: number;
      readonly stable: number;
      readonly proposals: readonly { readonly sequence: number; readonly digest: string }[];
    }
  /** The harness turned it into a traitor, or (null) back. Written before anything else that it does as one. */
  | { readonly name: 'Turn'; readonly behaviour: string | null }
  | { readonly name: 'Send'; readonly to: NodeId; readonly message: unknown }
  /** Only messages that are well-formed and authentic are received; others are counted in the metrics. */
  | { readonly name: 'Receive'; readonly from: NodeId; readonly message: unknown };
