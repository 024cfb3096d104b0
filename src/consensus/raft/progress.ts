import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import type { Snapshot } from './records.js';

/** A snapshot on its way to a follower: the same one to the end, whatever newer ones are taken meanwhile. */
export interface SnapshotTransfer {
  readonly snapshot: Snapshot;
  /** Of the chunk that is under way. */
  offset: number;
  sentAtUs: Micros;
}

/**
 * A leader's view of one follower.
 * - `probe`: where its log begins to differ is unknown; one message at a time.
 * - `replicate`: it follows; messages are sent ahead of their answers, `nextIndex` is optimistic.
 * - `snapshot`: it lacks what was compacted; it gets a snapshot, one chunk at a time.
 */
export class Progress {
  state: 'probe' | 'replicate' | 'snapshot' = 'probe';
  matchIndex = 0;
  /** In `probe`: the one message is out. */
  paused = false;
  /** The last index of each unanswered AppendEntries that carried entries, oldest first. */
  readonly inflight: number[] = [];
  transfer: SnapshotTransfer | undefined;
  /** Something was sent since the last heartbeat, which therefore need not be sent. */
  sentSinceHeartbeat = false;
  /** The newest round that it echoed, and when the newest message that it answered was sent. */
  echoedRound = 0;
  echoedSentAtUs: Micros = Number.NEGATIVE_INFINITY;

  constructor(
    readonly id: NodeId,
    public nextIndex: number,
    /** When its latest answer came. */
    public lastContactUs: Micros,
  ) {}

  heard(round: number, sentAtUs: Micros): void {
    if (round > this.echoedRound) this.echoedRound = round;
    if (sentAtUs > this.echoedSentAtUs) this.echoedSentAtUs = sentAtUs;
  }

  probeFrom(nextIndex: number): void {
    this.state = 'probe';
    this.nextIndex = nextIndex;
    this.paused = false;
    this.inflight.length = 0;
    this.transfer = undefined;
  }

  startTransfer(snapshot: Snapshot): SnapshotTransfer {
    this.state = 'snapshot';
    this.inflight.length = 0;
    this.transfer = { snapshot, offset: 0, sentAtUs: 0 };
    return this.transfer;
  }

  /** It holds everything up to `matchIndex`. */
  matched(matchIndex: number): void {
    if (matchIndex > this.matchIndex) this.matchIndex = matchIndex;
    if (this.nextIndex <= this.matchIndex) this.nextIndex = this.matchIndex + 1;
    let answered = 0;
    while (answered < this.inflight.length && (this.inflight[answered] ?? 0) <= this.matchIndex) answered++;
    if (answered > 0) this.inflight.splice(0, answered);
  }
}
