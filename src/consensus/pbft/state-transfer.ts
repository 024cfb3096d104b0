import type { NodeId } from '../../kernel/ids.js';
import type { Digest, StateChunk } from './messages.js';

/** What to ask a replica for: a state at least as late as `sequence`, from that character on. */
export interface Fetch {
  readonly from: NodeId;
  readonly sequence: number;
  readonly offset: number;
}

/** Looks without a new piece, after which the next replica is asked. At the first, pieces may just be on their way. */
const PATIENCE = 4;
/** Looks that a replica has for all pieces; twice as many each time that it was not enough for any of them. */
const FIRST_TURN = 16;
const MAX_DOUBLINGS = 6;

/** In characters. A liar may send pieces for ever. */
const LARGEST_STATE = 1 << 26;

/**
 * The state of a stable checkpoint, as it arrives in pieces. One replica sends all of it: it is asked again for what was
 * lost, and the next one is asked instead when it falls silent, lied or takes too long. Were pieces of two put together,
 * one liar could spoil what all others send. Whoever is asked sends the latest state that it has: one must arrive whole
 * before the next checkpoint is stable.
 */
export class StateTransfer {
  /** Among the peers: who is asked. */
  private turn = -1;
  private part: { readonly sequence: number; readonly digest: Digest; data: string } | undefined;
  /** Looks since the last piece came, and since its sender's turn began. */
  private looks = 0;
  private looksOfTurn = 0;
  /** Turns that ended because they took too long. */
  private cuts = 0;

  constructor(private readonly peers: readonly NodeId[]) {}

  /** Now and then, while a state above `executed` is wanted: what to ask for; undefined while pieces arrive. */
  look(executed: number): Fetch | undefined {
    this.looks++;
    this.looksOfTurn++;
    const tooLong =
      this.looksOfTurn >= FIRST_TURN * 2 ** Math.min(Math.floor(this.cuts / this.peers.length), MAX_DOUBLINGS);
    if (this.part !== undefined && this.looks < PATIENCE && !tooLong) {
      return this.looks === 1 ? undefined : this.rest();
    }
    if (tooLong) this.cuts++;
    this.part = undefined;
    this.looks = 0;
    this.looksOfTurn = 0;
    this.turn = (this.turn + 1) % this.peers.length;
    return { from: this.asked, sequence: executed + 1, offset: 0 };
  }

  /** Whether this is the piece that was waited for. */
  take(from: NodeId, { sequence, digest, offset, data, done }: StateChunk): boolean {
    if (from !== this.asked) return false;
    if (offset === 0 && (this.part?.sequence !== sequence || this.part.digest !== digest)) {
      this.part = { sequence, digest, data: '' };
    }
    const { part } = this;
    if (part?.sequence !== sequence || part.digest !== digest || part.data.length !== offset) return false;
    if ((data.length === 0 && !done) || offset + data.length > LARGEST_STATE) return false;
    part.data += data;
    this.looks = 0;
    return true;
  }

  /** What comes after the pieces that are here. */
  rest(): Fetch | undefined {
    return this.part && { from: this.asked, sequence: this.part.sequence, offset: this.part.data.length };
  }

  /** The pieces, which are forgotten here. */
  end(): string {
    const data = this.part?.data ?? '';
    this.part = undefined;
    return data;
  }

  private get asked(): NodeId {
    return this.peers[this.turn] as NodeId;
  }
}
