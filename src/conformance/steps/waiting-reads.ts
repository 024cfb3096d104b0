import type { LeaderStamp } from '../../consensus/raft/messages.js';

/** What one read waits for. */
interface WaitingRead {
  readonly round: number;
  readonly readIndex: number;
}

/** One node's reads that are in no log, and who has answered it in its present leadership (thesis §6.4). */
export class WaitingReads {
  readonly waiting = new Map<number, WaitingRead>();
  /** Of its leadership: the no-op's. */
  firstIndex = 0;
  /** The newest round of which it sent a message. */
  sentRound = -1;
  /** By its own clock: what it sent before, it sent in a former leadership, perhaps in a former life. */
  private sinceUs = Number.POSITIVE_INFINITY;
  /** By place: the newest round that a peer answered. */
  private readonly answered: number[];

  constructor(clusterSize: number) {
    this.answered = new Array<number>(clusterSize).fill(-1);
  }

  /** A leadership begins, or a process. */
  begin(firstIndex: number): void {
    this.waiting.clear();
    this.firstIndex = firstIndex;
    this.sentRound = -1;
    this.sinceUs = Number.POSITIVE_INFINITY;
    this.answered.fill(-1);
  }

  sends({ round, sentAtUs }: LeaderStamp): void {
    if (round > this.sentRound) this.sentRound = round;
    if (sentAtUs < this.sinceUs) this.sinceUs = sentAtUs;
  }

  /** An answer in the leader's term, be it one that rejects. */
  hears(place: number, { round, sentAtUs }: LeaderStamp): void {
    if (sentAtUs >= this.sinceUs && round > (this.answered[place] as number)) this.answered[place] = round;
  }

  /** How many have answered a message of `round` or of a later one, the leader included. */
  answeredBy(round: number): number {
    let count = 1;
    for (const newest of this.answered) if (newest >= round) count++;
    return count;
  }
}
