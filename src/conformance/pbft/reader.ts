import type { RunEvent } from '../../history/events.js';
import type { TraceEvent } from '../../history/trace.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';

/** The place of a node that is not of the cluster, and a number that a message does not tell. */
export const NONE = -1;

/** What the reader asks of a message, whichever it is. */
interface Told {
  readonly type?: unknown;
  readonly replica?: unknown;
  readonly view?: unknown;
  readonly sequence?: unknown;
  readonly digest?: unknown;
}

/**
 * What both trace checkers need of an event, read once for all that share the reader: messages have one of many shapes,
 * and there are dozens of votes for each batch.
 */
export class PbftReader {
  /** The place in the cluster of the replica whose step it is. */
  node = NONE;
  /** Of a message: the place of the replica at its other end. */
  peer = NONE;
  /** What kind of message it is; '' where it cannot be told. */
  type = '';
  /** Who states it: the transport's word for who sent it counts for nothing. */
  author = NONE;
  view = NONE;
  sequence = NONE;
  digest = '';
  message: unknown;
  timeUs: Micros = 0;
  private latest: TraceEvent | undefined;
  private readonly places: ReadonlyMap<unknown, number>;

  constructor(nodes: readonly NodeId[]) {
    this.places = new Map(nodes.map((id, place) => [id, place]));
  }

  /** The event, where it is one of a trace; then what is read of it stands here until the next is read. */
  read(event: RunEvent): TraceEvent | undefined {
    if (event === this.latest) return this.latest;
    if (event.kind !== 'trace') return undefined;
    this.latest = event;
    this.timeUs = event.timeUs;
    this.node = this.placeOf(event.node);
    if (event.name === 'Send') this.readMessage(event.to, event.message);
    else if (event.name === 'Receive') this.readMessage(event.from, event.message);
    return event;
  }

  placeOf(id: unknown): number {
    return this.places.get(id) ?? NONE;
  }

  private readMessage(peer: NodeId, message: unknown): void {
    const { type, replica, view, sequence, digest }: Told =
      typeof message === 'object' && message !== null ? message : NOTHING;
    this.peer = this.placeOf(peer);
    this.message = message;
    this.type = typeof type === 'string' ? type : '';
    this.author = replica === peer ? this.peer : this.placeOf(replica);
    this.view = typeof view === 'number' ? view : NONE;
    this.sequence = typeof sequence === 'number' ? sequence : NONE;
    this.digest = typeof digest === 'string' ? digest : '';
  }
}

const NOTHING: Told = {};
