import type { NodeStatus, Operation, Outcome } from '../history/events.js';
import type { TraceStep } from '../history/trace.js';
import type { NodeId } from '../kernel/ids.js';
import type { Micros } from '../kernel/units.js';
import type { Corruption } from '../ports/corruption.js';

/**
 * A consensus protocol as a state machine without a world: inputs in, effects out. A host (src/node/host.ts) carries
 * the effects out, in order, on real or simulated ports. `step` never blocks, reads no clock and draws no chance
 * of its own: time comes with the input, chance from the seed it was made with.
 *
 * @typeParam Message what nodes send each other: a JSON value, treated as immutable once sent
 */
export interface Protocol<Message> {
  /** Called once per process, before any input: with the records recovered from disk, in the order written. */
  start(recovered: readonly DurableRecord[], nowUs: Micros): Effect<Message>[];
  step(input: Input<Message>, nowUs: Micros): Effect<Message>[];
  /** For probes, metrics and the report. */
  status(): ProtocolStatus;
  /** Where its nodes can be made to lie: has this one do so from now on, or (undefined) be honest again. */
  turn?(corruption: Corruption | undefined, nowUs: Micros): Effect<Message>[];
}

export type Input<Message> =
  | { readonly kind: 'receive'; readonly from: NodeId; readonly message: Message }
  | { readonly kind: 'timer'; readonly timer: string }
  /** The persist effect with this token, and all before it, are durable. */
  | { readonly kind: 'persisted'; readonly token: number }
  /** A client's request; the host made `id` and waits for the `reply` effect that carries it. */
  | { readonly kind: 'request'; readonly id: number; readonly request: ClientRequest };

/**
 * What must be durable before it is told to anyone is part of the effect, not of the host's good manners: the
 * effects in `then` are carried out only after the records of this and of every earlier `persist` were synced.
 */
export type Effect<Message> =
  | { readonly kind: 'send'; readonly to: NodeId; readonly message: Message }
  | PersistEffect<Message>
  /** (Re)starts the timer of that name. */
  | { readonly kind: 'set-timer'; readonly timer: string; readonly afterUs: Micros }
  | { readonly kind: 'clear-timer'; readonly timer: string }
  | { readonly kind: 'reply'; readonly id: number; readonly response: ClientResponse }
  | { readonly kind: 'trace'; readonly step: TraceStep };

export interface PersistEffect<Message> {
  readonly kind: 'persist';
  /** `append` adds the records to the log on disk; `replace` makes them all that there is, atomically. */
  readonly mode: 'append' | 'replace';
  readonly records: readonly DurableRecord[];
  /** Carried out when durable. */
  readonly then: readonly Effect<Message>[];
  /** Comes back as a `persisted` input, after `then`. */
  readonly token?: number;
}

/** A record for the write-ahead log: JSON, immutable; the same object always encodes to the same bytes. */
export type DurableRecord = object;

export interface ClientRequest {
  readonly operation: Operation;
  /** Exactly-once: the same session and serial executes once, however often it is sent (Raft thesis §6.3). */
  readonly session?: { readonly client: string; readonly serial: number };
  /** What the protocol itself asks of its clients besides, unchecked: a signature, say. */
  readonly extra?: unknown;
}

export type ClientResponse =
  | Outcome
  /** Not the leader: surely not executed. `leader` is a hint. */
  | { readonly type: 'redirect'; readonly leader: NodeId | null }
  /** An outcome that this node vouches for, where a client believes no single node. */
  | { readonly type: 'vouched'; readonly outcome: Outcome; readonly voucher: unknown };

export interface ProtocolStatus extends NodeStatus {
  /** Prometheus metrics, name to value; labels are part of the name. */
  readonly metrics: Readonly<Record<string, number>>;
}
