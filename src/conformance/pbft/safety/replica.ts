import type { NodeId } from '../../../kernel/ids.js';
import type { Micros } from '../../../kernel/units.js';
import { CheckpointVotes } from '../checkpoint-votes.js';

export interface Certificate {
  readonly view: number;
  readonly digest: string;
}

/** A view as a replica entered it. */
export interface EnteredView {
  readonly view: number;
  /** min-s. */
  readonly stable: number;
  /** O, by sequence number. */
  readonly proposals: ReadonlyMap<number, string>;
}

/** What one replica's trace says of it, as long as it is correct. */
export class Replica {
  started = false;
  /** Whether another process followed its first. */
  restarted = false;
  /** Whether it was ever made a traitor: it counts as one from then on. */
  turned = false;
  /** When it recorded its latest event. */
  lastUs: Micros = Number.NEGATIVE_INFINITY;
  view = 0;
  active = true;
  /** The highest view that it told others of, in what it stands by. */
  promisedView = 0;
  entered: EnteredView = { view: 0, stable: 0, proposals: new Map() };
  stable = 0;
  /** The highest stable checkpoint that it told others of in a VIEW-CHANGE. */
  promisedStable = 0;
  executed = 0;
  /** By sequence number, above the stable checkpoint: what prepared last, in this process. */
  readonly prepared = new Map<number, Certificate>();
  /** The same of what it sent a COMMIT for, in any process. */
  readonly committing = new Map<number, Certificate>();
  readonly checkpointVotes: CheckpointVotes;

  constructor(
    readonly id: NodeId,
    readonly place: number,
    /** Whether events of different nodes come in the order in which they happened: then nothing is missing. */
    private readonly inOrder: boolean,
    quorum: number,
  ) {
    this.checkpointVotes = new CheckpointVotes(quorum);
  }

  /** Whether its trace may lack something that it did before then. */
  mayHaveDoneUnseen(timeUs: Micros): boolean {
    return !this.inOrder && (this.restarted || !this.started || this.lastUs <= timeUs);
  }

  /** What it may take for its low watermark: the latest checkpoint that it can prove to be stable, reached or not. */
  get proved(): number {
    return Math.max(this.stable, this.entered.stable, this.checkpointVotes.proved);
  }

  /** Everything up to there is forgotten. */
  stabilize(sequence: number): void {
    if (sequence <= this.stable) return;
    this.stable = sequence;
    for (const above of this.prepared.keys()) if (above <= sequence) this.prepared.delete(above);
    for (const above of this.committing.keys()) if (above <= sequence) this.committing.delete(above);
    this.checkpointVotes.forget(sequence);
  }

  /** "view 3", "no view, after view-changes up to 4". */
  describe(): string {
    return this.active ? `in view ${this.view}` : `in no view, waiting for view ${this.view}`;
  }
}
