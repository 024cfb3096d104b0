import { type LeaderStamp, NO_ROUND } from '../../consensus/raft/messages.js';

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
  sentRound = NO_ROUND;
  /** By place: the newest round that a peer answered. */
  private readonly answered: number[];

  constructor(clusterSize: number) {
    this.answered = new Array<number>(clusterSize).fill(NO_ROUND);
  }

  /** A leadership begins, or a process. */
  begin(firstIndex: number): void {
    this.waiting.clear();
    this.firstIndex = firstIndex;
    this.sentRound = NO_ROUND;
    this.answered.fill(NO_ROUND);
  }

  sends({ round }: LeaderStamp): void {
    if (round > this.sentRound) this.sentRound = round;
  }

  /** An answer in the leader's term, be it one that rejects. */
  hears(place: number, { round }: LeaderStamp): void {
    if (round > (this.answered[place] as number)) this.answered[place] = round;
  }

  /** How many have answered a message of `round` or of a later one, the leader included. */
  answeredBy(round: number): number {
    let count = 1;
    for (const newest of this.answered) if (newest >= round) count++;
    return count;
  }
}
