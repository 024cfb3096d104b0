import { ANY, exactly, hull, type Range } from './range.js';

/** That the entry at `index` is of `term`. */
export interface Point {
  readonly index: number;
  readonly term: number;
}

/**
 * What is known of a log: where it ends, and the terms of some entries. Terms never fall along a log, so what stands
 * between two known entries is bounded by them. Immutable.
 */
export class KnownLog {
  static readonly unknown = new KnownLog(ANY, []);

  private constructor(
    readonly lastIndex: Range,
    /** In order; of three neighbours of one term the middle one is left out. */
    readonly points: readonly Point[],
  ) {}

  /** After a snapshot up to `base`, of whose last entry the term may not be known. */
  static of(
    entries: readonly { readonly term?: number | undefined }[],
    base: { readonly index: number; readonly term: number | undefined },
  ): KnownLog | undefined {
    const before = base.term === undefined ? KnownLog.unknown : KnownLog.unknown.withPoint(base.index, base.term);
    let log = before?.endingAt(base.index + entries.length);
    entries.forEach(({ term }, place) => {
      if (term !== undefined) log = log?.withPoint(base.index + 1 + place, term);
    });
    return log;
  }

  /** The terms that the entry at `index` may have, in a node that is in a term up to `ceiling`; 0 before the first. */
  termAt(index: number, ceiling: number): Range {
    if (index === 0) return exactly(0);
    let from = 0;
    for (const point of this.points) {
      if (point.index === index) return exactly(point.term);
      if (point.index > index) return { from, to: point.term };
      from = point.term;
    }
    return { from, to: Math.max(from, ceiling) };
  }

  /** The terms that the last entry may have. */
  lastTerm(ceiling: number): Range {
    const { from, to } = this.lastIndex;
    return hull(this.termAt(from, ceiling), this.termAt(to, ceiling));
  }

  /** The same, known to have this entry; undefined where it cannot. */
  withPoint(index: number, term: number): KnownLog | undefined {
    const { lastIndex, points } = this;
    if (index > lastIndex.to) return undefined;
    const { from, to } = this.termAt(index, Number.POSITIVE_INFINITY);
    if (term < from || term > to) return undefined;
    // Between two entries of one term, so that nothing is new.
    if (from === to) return this;
    const reaching = { from: Math.max(lastIndex.from, index), to: lastIndex.to };
    const before = points.filter((point) => point.index < index);
    const after = points.slice(before.length);
    return new KnownLog(reaching, compact([...before, { index, term }, ...after]));
  }

  /** The same, known to end at `index`; undefined where it does not. */
  endingAt(index: number): KnownLog | undefined {
    const { from, to } = this.lastIndex;
    if (index < from || index > to) return undefined;
    return from === to ? this : new KnownLog(exactly(index), this.points);
  }

  /** What is left of it up to `index`, and then perhaps anything. */
  open(index: number, lastIndex: Range): KnownLog {
    return new KnownLog(
      lastIndex,
      this.points.filter((point) => point.index <= index),
    );
  }

  /** The same, known to reach `index` at least. */
  reaching(index: number): KnownLog {
    const { from, to } = this.lastIndex;
    return index <= from ? this : new KnownLog({ from: index, to: Math.max(index, to) }, this.points);
  }

  /** It ends there now, longer than before: what was before stays. */
  grownTo(index: number): KnownLog {
    return new KnownLog(exactly(index), this.points);
  }

  /** Whether it surely has this entry. */
  has({ index, term }: Point): boolean {
    const { from, to } = this.termAt(index, Number.POSITIVE_INFINITY);
    return from === term && to === term;
  }

  /** Whether all that is known here is known there as well. */
  covers(other: KnownLog): boolean {
    const { lastIndex } = this;
    if (lastIndex.from > other.lastIndex.from || lastIndex.to < other.lastIndex.to) return false;
    return this.points.every((point) => other.has(point));
  }

  /** What both know. */
  common(other: KnownLog): KnownLog {
    return new KnownLog(
      hull(this.lastIndex, other.lastIndex),
      this.points.filter((point) => other.has(point)),
    );
  }
}

function compact(points: readonly Point[]): Point[] {
  return points.filter(({ term }, place) => points[place - 1]?.term !== term || points[place + 1]?.term !== term);
}
