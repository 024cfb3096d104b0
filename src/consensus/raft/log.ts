import { invariant } from '../../kernel/errors.js';
import type { Entry } from './messages.js';

const NONE: readonly Entry[] = [];

/**
 * The log: indexes from 1, the entries up to `snapshotIndex` dropped after a snapshot took their place (Raft §7).
 * What it hands out is immutable.
 */
export class RaftLog {
  private entries: Entry[] = [];
  private compactedIndex = 0;
  private compactedTerm = 0;
  /** The last slice: one append goes to every follower, so the same range is asked for again and again. */
  private cached: readonly Entry[] = NONE;
  private cachedFrom = 0;

  get snapshotIndex(): number {
    return this.compactedIndex;
  }

  get snapshotTerm(): number {
    return this.compactedTerm;
  }

  get lastIndex(): number {
    return this.compactedIndex + this.entries.length;
  }

  get lastTerm(): number {
    return this.entries.at(-1)?.term ?? this.compactedTerm;
  }

  /** Undefined where the log does not reach, or reaches no more. */
  termAt(index: number): number | undefined {
    if (index === this.compactedIndex) return this.compactedTerm;
    return this.entries[index - this.compactedIndex - 1]?.term;
  }

  /** The entries from `from` to `to`, both included. */
  slice(from: number, to: number): readonly Entry[] {
    if (to < from) return NONE;
    if (from === this.cachedFrom && to - from + 1 === this.cached.length) return this.cached;
    invariant(
      from > this.compactedIndex && to <= this.lastIndex,
      () => `slice ${from}..${to} of a log that holds ${this.compactedIndex + 1}..${this.lastIndex}`,
    );
    this.cached = this.entries.slice(from - this.compactedIndex - 1, to - this.compactedIndex);
    this.cachedFrom = from;
    return this.cached;
  }

  /** All that it holds, after `snapshotIndex`. */
  all(): readonly Entry[] {
    return this.entries.slice();
  }

  append(entry: Entry): void {
    this.entries.push(entry);
  }

  /** Drops `from` and all that follows. */
  truncate(from: number): void {
    invariant(
      from > this.compactedIndex,
      () => `truncate at ${from}, but the snapshot reaches to ${this.compactedIndex}`,
    );
    this.entries.length = Math.min(this.entries.length, from - this.compactedIndex - 1);
    this.forget();
  }

  /** Drops what a snapshot covers, up to and with `index`, which it must hold. */
  compact(index: number): void {
    const term = this.termAt(index);
    invariant(term !== undefined, () => `compact to ${index}, but the log ends at ${this.lastIndex}`);
    this.entries = this.entries.slice(index - this.compactedIndex);
    this.compactedIndex = index;
    this.compactedTerm = term;
    this.forget();
  }

  /** Becomes empty, after a snapshot that it does not contain. */
  reset(index: number, term: number): void {
    this.entries = [];
    this.compactedIndex = index;
    this.compactedTerm = term;
    this.forget();
  }

  /** The first index that has the term of the entry at `index`; for fast conflict back-off (Raft §5.3). */
  firstIndexOfTermAt(index: number): number {
    const term = this.termAt(index);
    let first = index;
    while (first - 1 > this.compactedIndex && this.termAt(first - 1) === term) first--;
    return first;
  }

  /** The last index with that term at or before `from`; undefined where there is none. */
  lastIndexOfTerm(term: number, from: number): number | undefined {
    for (let index = Math.min(from, this.lastIndex); index >= this.compactedIndex; index--) {
      const found = this.termAt(index);
      if (found === term) return index;
      // Terms only grow along a log: below a smaller one there is nothing to find.
      if (found === undefined || found < term) return undefined;
    }
    return undefined;
  }

  private forget(): void {
    this.cached = NONE;
    this.cachedFrom = 0;
  }
}
