import type { EntryRef } from '../../history/trace.js';

/** One node's log as its trace tells it: indexes from 1, what a snapshot took the place of dropped. */
export class StepLog {
  baseIndex = 0;
  baseTerm = 0;
  private entries: EntryRef[] = [];

  get lastIndex(): number {
    return this.baseIndex + this.entries.length;
  }

  get lastTerm(): number {
    const { entries } = this;
    return entries.length === 0 ? this.baseTerm : (entries[entries.length - 1] as EntryRef).term;
  }

  /** Undefined behind the beginning and after the end, and for the snapshot's last entry. */
  at(index: number): EntryRef | undefined {
    return this.entries[index - this.baseIndex - 1];
  }

  /** As {@link at}, and the snapshot's last as well. */
  termAt(index: number): number | undefined {
    return index === this.baseIndex ? this.baseTerm : this.entries[index - this.baseIndex - 1]?.term;
  }

  /** The first index of the term that stands at `index`, as far as the log reaches back. */
  firstOfTermAt(index: number): number {
    const term = this.termAt(index);
    let first = index;
    while (first - 1 > this.baseIndex && this.termAt(first - 1) === term) first--;
    return first;
  }

  /** Whether `entries` stand from `from` on. */
  holds(from: number, entries: readonly EntryRef[]): boolean {
    for (let place = 0; place < entries.length; place++) {
      const own = this.at(from + place);
      if (own === undefined || !sameEntry(own, entries[place] as EntryRef)) return false;
    }
    return true;
  }

  /** What follows `index`. */
  after(index: number): readonly EntryRef[] {
    return this.entries.slice(Math.max(0, index - this.baseIndex));
  }

  /** The log becomes: what was before `from`, then `entries`. A gap before `from` is taken as it is claimed. */
  replace(from: number, entries: readonly EntryRef[]): void {
    if (from > this.lastIndex + 1 || from <= this.baseIndex) this.reset(from - 1, 0);
    const kept = from - this.baseIndex - 1;
    if (kept < this.entries.length) this.entries.length = kept;
    for (const entry of entries) this.entries.push(entry);
  }

  reset(index: number, term: number, entries: readonly EntryRef[] = []): void {
    this.baseIndex = index;
    this.baseTerm = term;
    this.entries = entries.slice();
  }

  /** Drops what a snapshot up to `index` takes the place of. */
  compact(index: number): void {
    const term = this.termAt(index);
    if (term === undefined) return;
    this.entries.splice(0, index - this.baseIndex);
    this.baseIndex = index;
    this.baseTerm = term;
  }
}

export function sameEntry(left: EntryRef, right: EntryRef): boolean {
  return left === right || (left.term === right.term && left.digest === right.digest);
}
