import type { RequestRef } from '../../../history/pbft-trace.js';
import type { NodeId } from '../../../kernel/ids.js';
import type { Micros } from '../../../kernel/units.js';
import { CheckpointVotes } from '../checkpoint-votes.js';
import { type NewViewRef, NULL_DIGEST, type PreparedRef, type ViewChangeRef } from '../message.js';
import { HeardViewChanges } from './heard-view-changes.js';
import { StepSlot } from './slot.js';

/** So many of its own VIEW-CHANGEs, and of the NEW-VIEWs that it heard, are remembered. */
const REMEMBERED = 16;

/** What a replica has to say in a VIEW-CHANGE. */
export interface OwnViewChange {
  readonly view: number;
  readonly stable: number;
  readonly prepared: readonly Omit<PreparedRef, 'authors'>[];
  /** Of each batch that was pre-prepared, the latest view. */
  readonly prePrepared: ReadonlyMap<string, number>;
}

/** Something that a replica has to do before it takes its next message. */
export interface Demand {
  /** Whether it was done, by what it is now. */
  isMet(): boolean;
  fail(): void;
}

interface KnownBatch {
  readonly requests: readonly RequestRef[];
  /** The latest sequence number that it was accepted for. */
  sequence: number;
  /** Whether this process learnt it: what an earlier one had may be lost. */
  isSure: boolean;
}

/** One replica's variables, as its trace tells them, and what it heard in this process. */
export class StepReplica {
  started = false;
  /** Whether another process followed its first. */
  restarted = false;
  turned = false;
  /** Of this replica's trace, from 1. */
  eventNumber = 0;
  lastUs: Micros = Number.NEGATIVE_INFINITY;
  view = 0;
  active = true;
  stable = 0;
  stableDigest = '';
  executed = 0;
  /** With what the view began: min-s, and O by sequence number. */
  minS = 0;
  proposals: ReadonlyMap<number, string> = new Map();
  /** As a primary: the last sequence number that is taken. */
  lastSequence = 0;
  /** What it told others, that it must know again after a restart. */
  promisedView = 0;
  promisedStable = 0;
  readonly slots = new Map<number, StepSlot>();
  /** Batches by digest, also of earlier processes. */
  private readonly batches = new Map<string, KnownBatch>();
  /** Checkpoints that it has, by sequence number, and those of earlier processes. */
  readonly checkpoints = new Map<number, string>();
  readonly earlierCheckpoints = new Map<number, string>();
  checkpointVotes: CheckpointVotes;
  /** The latest checkpoint that it may know to be stable, in any process. */
  private provedBefore = 0;
  /** By place: who said which checkpoint, of those that it has to count. */
  readonly countedCheckpoints = new Map<number, string[]>();
  /** By place: VIEW-CHANGEs heard, for views that have not begun here. */
  viewChanges: HeardViewChanges[] = [];
  /** NEW-VIEWs heard of views that have not begun here. */
  newViews: NewViewRef[] = [];
  /** Those with which the latest views began here: what waits for the disk may be passed on in the next view. */
  begunBy: NewViewRef[] = [];
  /** Of the NEW-VIEW that it told last as a primary. */
  toldNewView: number | undefined;
  /** What it may say in a VIEW-CHANGE of this process. */
  ownViewChanges: OwnViewChange[] = [];
  /** How many STATUS it heard: what others say that they lack. */
  statuses = 0;
  /** The message that was received last, where it is one with a batch. */
  received: unknown;
  readonly demands: Demand[] = [];
  readonly touched: StepSlot[] = [];

  constructor(
    readonly id: NodeId,
    readonly place: number,
    private readonly quorum: number,
  ) {
    this.checkpointVotes = new CheckpointVotes(quorum);
  }

  /** What it may take for its low watermark: the latest checkpoint that it can prove to be stable, reached or not. */
  get proved(): number {
    return Math.max(this.stable, this.minS, this.checkpointVotes.proved, this.provedBefore);
  }

  slot(sequence: number): StepSlot {
    let slot = this.slots.get(sequence);
    if (slot === undefined) {
      slot = new StepSlot(sequence);
      this.slots.set(sequence, slot);
    }
    return slot;
  }

  /** Has it looked at again before the next message. */
  touch(slot: StepSlot): void {
    if (slot.touched) return;
    slot.touched = true;
    this.touched.push(slot);
  }

  learnBatch(digest: string, requests: readonly RequestRef[] | null, sequence: number): void {
    const known = this.batches.get(digest);
    if (known === undefined) {
      if (requests !== null) this.batches.set(digest, { requests, sequence, isSure: true });
      return;
    }
    known.sequence = Math.max(known.sequence, sequence);
    if (requests !== null) known.isSure = true;
  }

  batch(digest: string): readonly RequestRef[] | undefined {
    return digest === NULL_DIGEST ? NOTHING : this.batches.get(digest)?.requests;
  }

  /** Whether it has the batch in this process. */
  surelyHas(digest: string): boolean {
    return digest === NULL_DIGEST || this.batches.get(digest)?.isSure === true;
  }

  /** Nothing at or below it is spoken of again. */
  stabilize(sequence: number, digest: string): void {
    this.stable = sequence;
    this.stableDigest = digest;
    this.lastSequence = Math.max(this.lastSequence, sequence);
    for (const known of this.slots.keys()) if (known <= sequence) this.slots.delete(known);
    for (const known of this.checkpoints.keys()) if (known < sequence) this.checkpoints.delete(known);
    for (const known of this.earlierCheckpoints.keys()) if (known < sequence) this.earlierCheckpoints.delete(known);
    for (const known of this.countedCheckpoints.keys()) if (known <= sequence) this.countedCheckpoints.delete(known);
    for (const [known, batch] of this.batches) if (batch.sequence <= sequence) this.batches.delete(known);
    this.checkpointVotes.forget(sequence);
  }

  hearsViewChange(author: number, change: ViewChangeRef): void {
    let heard = this.viewChanges[author];
    if (heard === undefined) {
      heard = new HeardViewChanges();
      this.viewChanges[author] = heard;
    }
    heard.hear(change, this.view);
  }

  hearsNewView(newView: NewViewRef): void {
    if (this.newViews.length === REMEMBERED) this.newViews.shift();
    this.newViews.push(newView);
  }

  /** What it has to tell now that it leaves for a view. */
  notesViewChange(): void {
    const slots = [...this.slots.values()].sort((left, right) => left.sequence - right.sequence);
    const prePrepared = new Map<string, number>();
    for (const { sequence, acts } of slots) {
      for (const { view, digest, what } of acts) {
        const key = `${sequence} ${digest}`;
        if (what !== 0 && (prePrepared.get(key) ?? -1) < view) prePrepared.set(key, view);
      }
    }
    this.ownViewChanges.push({
      view: this.view,
      stable: this.stable,
      prepared: slots.flatMap(({ sequence, prepared }) =>
        prepared === undefined ? [] : { sequence, view: prepared.view, digest: prepared.digest },
      ),
      prePrepared,
    });
    if (this.ownViewChanges.length > REMEMBERED) this.ownViewChanges.shift();
  }

  /** A process begins: what was only heard is gone. */
  forgetAll(): void {
    this.slots.clear();
    for (const batch of this.batches.values()) batch.isSure = false;
    for (const [sequence, digest] of this.checkpoints) this.earlierCheckpoints.set(sequence, digest);
    this.checkpoints.clear();
    this.countedCheckpoints.clear();
    this.provedBefore = this.proved;
    this.checkpointVotes = new CheckpointVotes(this.quorum);
    this.viewChanges = [];
    this.newViews = [];
    this.ownViewChanges = [];
    this.received = undefined;
    this.demands.length = 0;
    this.touched.length = 0;
  }

  /** "in view 3, checkpoint 100, executed 117". */
  describe(): string {
    const view = this.active ? `in view ${this.view}` : `in no view, waiting for view ${this.view}`;
    return `${view}, stable checkpoint ${this.stable}, executed up to ${this.executed}`;
  }
}

const NOTHING: readonly RequestRef[] = [];
