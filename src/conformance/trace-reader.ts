import type { RunEvent } from '../history/events.js';
import type { TraceEvent } from '../history/trace.js';
import type { NodeId } from '../kernel/ids.js';
import type { Micros } from '../kernel/units.js';
import { type RaftMessageView, viewMessage } from './raft-message.js';

/** The place of a node that is not of the cluster. */
const STRANGER = -1;

/** The term of a message that tells none. */
export const NO_TERM = -1;

/**
 * What all trace checkers need of an event, read once for all that share the reader: an event has one of many shapes
 * and so has a message, and to read a field that all shapes have costs many times what it costs to read this.
 */
export class TraceReader {
  /** Of the node whose step it is, in the cluster; -1 where it is none of its nodes. */
  node = STRANGER;
  /** Of a message: the place of the node at its other end, what it says it is (or '') and its term. */
  peer = STRANGER;
  type = '';
  term = NO_TERM;
  message: RaftMessageView = viewMessage(undefined);
  timeUs: Micros = 0;
  private latest: TraceEvent | undefined;

  private readonly places: ReadonlyMap<NodeId, number>;

  constructor(nodes: readonly NodeId[]) {
    this.places = new Map(nodes.map((id, place) => [id, place]));
  }

  /** The event, where it is one of a trace; then what is read of it stands here until the next is read. */
  read(event: RunEvent): TraceEvent | undefined {
    if (event === this.latest) return this.latest;
    if (event.kind !== 'trace') return undefined;
    this.latest = event;
    this.timeUs = event.timeUs;
    this.node = this.places.get(event.node) ?? STRANGER;
    const { name } = event;
    if (name === 'Send') this.readMessage(event.to, event.message);
    else if (name === 'Receive') this.readMessage(event.from, event.message);
    return event;
  }

  private readMessage(peer: NodeId, content: unknown): void {
    this.peer = this.places.get(peer) ?? STRANGER;
    const message = viewMessage(content);
    const { type, term } = message;
    this.message = message;
    this.type = typeof type === 'string' ? type : '';
    this.term = typeof term === 'number' ? term : NO_TERM;
  }
}
