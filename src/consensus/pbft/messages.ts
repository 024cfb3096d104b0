import type { Operation } from '../../history/events.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Principal } from '../../ports/keys.js';

/** SHA-256, as a base64url text. */
export type Digest = string;

/** What makes a message authentic: a signature that convinces everybody, or a vector of MACs, one for each reader. */
export type Authentication = { readonly signature: string } | { readonly macs: Readonly<Record<NodeId, string>> };

/** ⟨REQUEST, o, t, c⟩: §4.1. Relayed as it is, for only its client can make it. */
export interface Request {
  readonly type: 'Request';
  readonly client: Principal;
  /** Grows with every request of the client; each is executed once. */
  readonly timestamp: number;
  readonly operation: Operation;
  /** Answered at once from the state that there is, without an order (§5.1.3). */
  readonly readOnly: boolean;
  readonly auth: Authentication;
}

/** What a replica tells the others, by the names of the paper; all of §4.2 to §4.4 carry who says it, authentically. */
export type PbftMessage =
  | Request
  | Proposal
  | Prepare
  | Commit
  | Checkpoint
  | ViewChange
  | NewView
  | Status
  | Decided
  | FetchBatch
  | Batch
  | FetchState
  | StateChunk;

/** Who says it. The transport's word for who sent a message counts for nothing: others may relay it. */
interface Statement {
  readonly replica: NodeId;
  readonly auth: Authentication;
}

/** ⟨PRE-PREPARE, v, n, d⟩ as it stands in proofs: the batch itself is not signed, its digest is. */
export interface PrePrepare extends Statement {
  readonly type: 'PrePrepare';
  readonly view: number;
  readonly sequence: number;
  /** Of the batch; {@link batchDigest} of no requests is the null request's. */
  readonly digest: Digest;
}

/** A pre-prepare on its way, with the batch of requests. */
export interface Proposal extends PrePrepare {
  readonly requests: readonly Request[];
}

/** ⟨PREPARE, v, n, d, i⟩ */
export interface Prepare extends Statement {
  readonly type: 'Prepare';
  readonly view: number;
  readonly sequence: number;
  readonly digest: Digest;
}

/** ⟨COMMIT, v, n, d, i⟩: always by MACs, for it is part of no proof. */
export interface Commit extends Statement {
  readonly type: 'Commit';
  readonly view: number;
  readonly sequence: number;
  readonly digest: Digest;
}

/** ⟨CHECKPOINT, n, d, i⟩: always signed, for a quorum of them convinces others (§4.3). */
export interface Checkpoint extends Statement {
  readonly type: 'Checkpoint';
  readonly sequence: number;
  /** Of the state after `sequence`, the table of replies included. */
  readonly digest: Digest;
}

/** A batch that was prepared at the sender: an element of P. */
export interface PreparedClaim {
  readonly sequence: number;
  readonly view: number;
  readonly digest: Digest;
  /** The pre-prepare and quorum − 1 prepares of others; null where MACs convince no third party (thesis §3.2.4). */
  readonly proof: PreparedProof | null;
}

export interface PreparedProof {
  readonly prePrepare: PrePrepare;
  readonly prepares: readonly Prepare[];
}

/** A batch that the sender pre-prepared: an element of Q (thesis §3.2.4). */
export interface PrePreparedClaim {
  readonly sequence: number;
  readonly digest: Digest;
  /** The latest view in which it did. */
  readonly view: number;
}

/** ⟨VIEW-CHANGE, v, n, C, P, i⟩, always signed (§4.4). */
export interface ViewChange extends Statement {
  readonly type: 'ViewChange';
  /** The view to move to. */
  readonly view: number;
  /** The sequence number of the sender's last stable checkpoint: n. */
  readonly stable: number;
  /** A quorum of checkpoint messages for it; none for 0, where all begin: C. */
  readonly proof: readonly Checkpoint[];
  /** By sequence number, ascending, all above `stable`: P. */
  readonly prepared: readonly PreparedClaim[];
  /** Only with MACs: Q. */
  readonly prePrepared: readonly PrePreparedClaim[];
}

/** ⟨NEW-VIEW, v, V, O⟩, always signed (§4.4). */
export interface NewView extends Statement {
  readonly type: 'NewView';
  readonly view: number;
  /** A quorum of them, or more: V. */
  readonly viewChanges: readonly ViewChange[];
  /** From min-s + 1 to max-s without a gap, always signed: O. */
  readonly prePrepares: readonly PrePrepare[];
}

/** How far the sender is, told now and then: others send again what it lacks (thesis §4.5's status messages). */
export interface Status extends Statement {
  readonly type: 'Status';
  readonly view: number;
  /** False: it has left the view before and waits for the new one to begin. */
  readonly active: boolean;
  readonly stable: number;
  readonly executed: number;
  /** Sequence numbers above `executed`, ascending, whose batch it has not accepted a pre-prepare for. */
  readonly missing: readonly number[];
}

/**
 * ⟨DECIDED, n, d, i⟩: the sender executed the batch with this digest at this sequence number. f+1 such words are one
 * correct replica's, so that a quorum committed it, in whichever view. No message of the papers': by COMMITs alone, which
 * convince nobody else and are of a view, a replica that waits in a later view than the others would learn nothing.
 */
export interface Decided extends Statement {
  readonly type: 'Decided';
  readonly sequence: number;
  readonly digest: Digest;
}

/** Asks for a batch by its digest: a new view speaks of batches that a replica may never have seen. */
export interface FetchBatch extends Statement {
  readonly type: 'FetchBatch';
  readonly digest: Digest;
}

/** The answer: it proves itself, by its digest. */
export interface Batch {
  readonly type: 'Batch';
  readonly requests: readonly Request[];
}

/** Asks for a stable checkpoint's state, from a character on. */
export interface FetchState extends Statement {
  readonly type: 'FetchState';
  readonly sequence: number;
  readonly offset: number;
}

/** A piece of that state: with the proof's digest the whole proves itself. */
export interface StateChunk {
  readonly type: 'StateChunk';
  readonly sequence: number;
  readonly digest: Digest;
  readonly proof: readonly Checkpoint[];
  readonly offset: number;
  readonly data: string;
  readonly done: boolean;
}

/**
 * What a client gives a replica besides operation and session (client name and timestamp): the request itself, or the
 * wish to be told the reply to a request that it gave to others, as the paper's clients are told by every replica.
 */
export type ClientExtra =
  | { readonly kind: 'request'; readonly readOnly: boolean; readonly auth: Authentication }
  | { readonly kind: 'await' };

/** What makes a replica's answer its own word: ⟨REPLY, v, t, c, i, r⟩ (§4.1), by a MAC for the client. */
export interface Voucher {
  readonly replica: NodeId;
  readonly view: number;
  /** Over `replyText(request, view, JSON.stringify(outcome))`. */
  readonly mac: string;
}
