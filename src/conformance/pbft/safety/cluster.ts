import { primaryOf, type Quorums, quorumsOf } from '../../../../spec/pbft/quorums.js';
import type { RequestRef } from '../../../history/pbft-trace.js';
import type { NodeId } from '../../../kernel/ids.js';
import type { Micros } from '../../../kernel/units.js';
import { KnownStates } from '../../safety/states.js';
import { CheckpointFacts } from './checkpoint-facts.js';
import { settleClaims } from './claims.js';
import { Findings } from './findings.js';
import { type EnteredView, Replica } from './replica.js';
import { RequestFacts } from './request-facts.js';
import type { SafetyRule } from './rules.js';
import { SequenceFacts } from './sequence.js';

/** Sequence numbers below the latest stable checkpoint that are remembered for those who fell behind. */
const KEPT = 1 << 13;
/** Views that are remembered. */
const KEPT_VIEWS = 256;

/** A view that began at some correct replica. */
export interface BegunView extends EnteredView {
  readonly by: Replica;
  readonly timeUs: Micros;
}

/** What the trace says of the replicas so far, and of the cluster over its whole history: facts that stay true. */
export class PbftCluster {
  readonly replicas: readonly Replica[];
  private readonly byName: ReadonlyMap<NodeId, Replica>;
  readonly quorums: Quorums;
  readonly findings = new Findings();
  readonly states = new KnownStates();
  readonly requests = new RequestFacts();
  readonly checkpoints = new Map<number, CheckpointFacts>();
  /** Those that began differently, be it with the same number: a traitor may begin a view in more ways than one. */
  views: BegunView[] = [];
  private readonly sequences = new Map<number, SequenceFacts>();
  /** Nothing is known of sequence numbers up to there any more. */
  floor = 0;
  /** Processes that began where one had been. */
  restarts = 0;

  constructor(
    ids: readonly NodeId[],
    /** Whether events of different nodes come in the order in which they happened. */
    readonly inOrder: boolean,
    /** L, where it is known. */
    readonly window: number | undefined,
  ) {
    this.quorums = quorumsOf(ids.length);
    this.replicas = ids.map((id, place) => new Replica(id, place, inOrder, this.quorums.quorum));
    this.byName = new Map(this.replicas.map((replica) => [replica.id, replica]));
  }

  primaryOf(view: number): Replica {
    return this.replicas[primaryOf(view, this.replicas.length)] as Replica;
  }

  at(place: number): Replica | undefined {
    return this.replicas[place];
  }

  named(id: NodeId): Replica | undefined {
    return this.byName.get(id);
  }

  /** How many are traitors, as far as the trace was read. */
  get traitors(): number {
    return this.replicas.filter(({ turned }) => turned).length;
  }

  /** Undefined where it is forgotten. */
  sequence(sequence: number): SequenceFacts | undefined {
    if (sequence <= this.floor) return undefined;
    let facts = this.sequences.get(sequence);
    if (facts === undefined) {
      facts = new SequenceFacts(sequence, this.replicas.length);
      this.sequences.set(sequence, facts);
    }
    return facts;
  }

  knownSequences(): Iterable<SequenceFacts> {
    return this.sequences.values();
  }

  checkpoint(sequence: number): CheckpointFacts | undefined {
    if (sequence < this.floor) return undefined;
    let facts = this.checkpoints.get(sequence);
    if (facts === undefined) {
      facts = new CheckpointFacts(sequence);
      this.checkpoints.set(sequence, facts);
    }
    return facts;
  }

  /**
   * What is not above a stable checkpoint of all correct replicas is never spoken of again, so memory does not grow with
   * the trace. A replica whose trace was not read yet has none, so while traces are read one after another, much is kept.
   */
  forget(): void {
    const correct = this.replicas.filter(({ turned }) => !turned).map(({ stable }) => stable);
    const floor = Math.max(Math.min(...correct), Math.max(...correct) - KEPT);
    if (correct.length === 0 || floor <= this.floor) return;
    for (const [sequence, facts] of this.sequences) {
      if (sequence > floor) continue;
      settleClaims(this, facts, false);
      this.requests.settle(facts);
      this.sequences.delete(sequence);
    }
    for (const [sequence, facts] of this.checkpoints) {
      if (sequence >= floor) continue;
      facts.settle(this);
      this.checkpoints.delete(sequence);
    }
    this.requests.forgetUpTo(floor);
    this.floor = floor;
  }

  /** Who is in a view or beyond it commits nothing below. */
  forgetViews(): void {
    const least = Math.min(...this.replicas.filter(({ turned }) => !turned).map(({ view }) => view));
    this.views = this.views.filter(({ view }) => view > least).slice(-KEPT_VIEWS);
  }

  report(
    rule: SafetyRule,
    title: string,
    replicas: readonly Replica[],
    timeUs: Micros,
    story: readonly string[],
    requests: readonly RequestRef[] = [],
  ): void {
    const nodes = replicas.map(({ id }) => id);
    this.findings.report({ rule, title, nodes, timeUs, story, clients: requests.map(({ client }) => client) });
  }

  /** What is wrong if `of` is correct: known at once where nothing can be learnt later that happened before. */
  suspect(
    rule: SafetyRule,
    of: Replica,
    title: string,
    replicas: readonly Replica[],
    timeUs: Micros,
    story: readonly string[],
  ): void {
    if (of.turned) return;
    if (this.inOrder) this.report(rule, title, replicas, timeUs, story);
    else this.findings.hold({ rule, of, title, nodes: replicas.map(({ id }) => id), timeUs, story });
  }
}
