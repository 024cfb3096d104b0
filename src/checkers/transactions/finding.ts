import { type AnomalyKind, type IsolationLevel, levelsExcludedBy, severity } from './levels.js';

/** Something that some isolation level excludes, with the transactions that show it. */
export interface TransactionAnomaly {
  readonly kind: AnomalyKind;
  readonly title: string;
  /** Step by step, one sentence an item. */
  readonly story: readonly string[];
  /** Indices into the transactions given; of a cycle, in its order. */
  readonly transactions: readonly number[];
  /** The levels that this alone excludes, weakest first. */
  readonly excludes: readonly IsolationLevel[];
}

type Told = Omit<TransactionAnomaly, 'kind' | 'excludes'> & { readonly excludes?: readonly IsolationLevel[] };

/** How many anomalies of a kind are told in full. */
export const TOLD = 8;

/** Anomalies as they are found: all are counted, the first few of each kind told. */
export class Findings {
  private readonly told: TransactionAnomaly[] = [];
  private readonly counts = new Map<AnomalyKind, number>();

  add(kind: AnomalyKind, tell: () => Told): void {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count <= TOLD) this.told.push({ kind, excludes: levelsExcludedBy(kind), ...tell() });
  }

  count(kind: AnomalyKind): number {
    return this.counts.get(kind) ?? 0;
  }

  /** Found of each kind, told or not. */
  get found(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counts);
  }

  /** Worst first. */
  get anomalies(): readonly TransactionAnomaly[] {
    return this.told.sort((left, right) => severity(left.kind) - severity(right.kind));
  }
}
