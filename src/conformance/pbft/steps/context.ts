import { primaryOf, type Quorums } from '../../../../spec/pbft/quorums.js';
import type { NodeId } from '../../../kernel/ids.js';
import type { Divergence, Divergences } from '../../steps/divergences.js';
import { withShortDigests } from '../digest-words.js';
import type { PbftCoverage } from '../reach/coverage.js';
import type { PbftReader } from '../reader.js';
import type { DigestSet } from './digest-set.js';
import type { StepReplica } from './replica.js';

/** A divergence that is one only if these are correct. */
export interface Suspicion {
  readonly replica: StepReplica;
  readonly divergence: Divergence;
  readonly of: readonly StepReplica[];
  /** Whether it is one only if nothing is missing in their traces. */
  readonly unlessUnseen: boolean;
}

/** Suspicions that wait for the end, at most. */
const HELD = 1024;

export interface StepOptions {
  readonly authentication: 'signatures' | 'macs';
  /** L, and K, where they are known. */
  readonly window: number;
  readonly interval: number | undefined;
  readonly inOrder: boolean;
}

/** What the rules know besides one replica and its step. */
export class StepContext {
  readonly sent: DigestSet;
  readonly held: Suspicion[] = [];
  unobserved = 0;

  constructor(
    readonly replicas: readonly StepReplica[],
    readonly quorums: Quorums,
    readonly options: StepOptions,
    readonly reader: PbftReader,
    readonly divergences: Divergences,
    readonly coverage: PbftCoverage,
    sent: DigestSet,
  ) {
    this.sent = sent;
  }

  at(place: number): StepReplica | undefined {
    return this.replicas[place];
  }

  named(id: NodeId): StepReplica | undefined {
    return this.replicas[this.reader.placeOf(id)];
  }

  primaryOf(view: number): StepReplica {
    return this.replicas[primaryOf(view, this.replicas.length)] as StepReplica;
  }

  diverges(replica: StepReplica, divergence: Divergence): void {
    const { allowed, did } = divergence;
    this.divergences.add(replica, { ...divergence, allowed: withShortDigests(allowed), did: withShortDigests(did) });
  }

  /** Decided at the end, where others may yet turn out to be traitors. */
  suspects(suspicion: Suspicion): void {
    const { replica, divergence, of } = suspicion;
    if (of.some(({ turned }) => turned)) return;
    if (this.options.inOrder) {
      this.diverges(replica, divergence);
      return;
    }
    if (this.held.length === HELD) {
      this.unobserved++;
      return;
    }
    const { eventNumber, before = replica.describe() } = { eventNumber: replica.eventNumber, ...divergence };
    this.held.push({ ...suspicion, divergence: { ...divergence, eventNumber, before } });
  }
}
