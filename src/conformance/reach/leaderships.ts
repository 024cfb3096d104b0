import type { Micros } from '../../kernel/units.js';

/** One node's time as leader of a term. */
export interface Leadership {
  /** In the cluster. */
  readonly place: number;
  readonly term: number;
  readonly fromUs: Micros;
  /** When it is last known to have led; open while it does. */
  toUs: Micros;
  /** The first index of its own term. */
  readonly firstOwn: number;
  /** The commit index that it reached as leader, 0 before. */
  committed: number;
  /** The highest commit index that it sent anybody. */
  told: number;
  /** Whether a former entry was seen on a majority before it could count. */
  formerOnMajority: boolean;
  /** Whether it went on beside one of an earlier term. */
  beside: boolean;
}

/** Leaderships that are remembered. */
const KEPT = 256;

/** By this much a time of one node may be wrong against another's: the axis of containers is read through the network. */
const DOUBT_US = 10_000;

/** The last leaderships of all nodes, in whatever order their traces are read. */
export class Leaderships {
  private readonly kept: Leadership[] = [];
  private next = 0;
  /** How many went on beside one of an earlier term. */
  beside = 0;

  begin(place: number, term: number, firstOwn: number, fromUs: Micros): Leadership {
    const leadership: Leadership = {
      place,
      term,
      fromUs,
      toUs: Number.POSITIVE_INFINITY,
      firstOwn,
      committed: 0,
      told: 0,
      formerOnMajority: false,
      beside: false,
    };
    this.kept[this.next] = leadership;
    this.next = (this.next + 1) % KEPT;
    return leadership;
  }

  /** It is over, at the latest event that shows it leading. */
  end(ended: Leadership, toUs: Micros): void {
    ended.toUs = toUs;
    for (const other of this.kept) {
      // One that is still open is compared when it ends.
      if (other.place === ended.place || other.term === ended.term || !Number.isFinite(other.toUs)) continue;
      const togetherUs = Math.min(ended.toUs, other.toUs) - Math.max(ended.fromUs, other.fromUs);
      const later = ended.term > other.term ? ended : other;
      if (togetherUs <= DOUBT_US || later.beside) continue;
      later.beside = true;
      this.beside++;
    }
  }
}
