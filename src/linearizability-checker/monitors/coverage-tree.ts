/**
 * How many intervals cover each of many places in a row; intervals are only taken away. Lowers a range and finds the
 * first uncovered place in O(log n). Each node keeps by how much its places are covered more than its sibling's or
 * its parent's say: a place is uncovered when all nodes above it are zero.
 */
export class CoverageTree {
  private readonly first: number;
  private readonly counts: Int32Array;

  /** @param counts by place; the last place must be uncovered, so that there always is one */
  constructor(counts: Int32Array) {
    // One place to the left and one to the right, so that every range has neighbours.
    let width = 2;
    while (width < counts.length + 2) width *= 2;
    this.first = width + 1;
    this.counts = new Int32Array(2 * width).fill(0x3fff_ffff, width);
    this.counts.set(counts, this.first);
    for (let node = width - 1; node >= 1; node--) this.level(2 * node, node);
  }

  /** One interval less over the places from `from` up to, not including, `to`. */
  lower(from: number, to: number): void {
    if (from >= to) return;
    const { counts, first } = this;
    let left = first + from - 1;
    let right = first + to;
    while ((left ^ right) !== 1) {
      if ((left & 1) === 0) counts[left + 1] = (counts[left + 1] as number) - 1;
      if ((right & 1) === 1) counts[right - 1] = (counts[right - 1] as number) - 1;
      this.level(left & ~1, left >> 1);
      this.level(right & ~1, right >> 1);
      left >>= 1;
      right >>= 1;
    }
    for (; left > 1; left >>= 1) this.level(left & ~1, left >> 1);
  }

  /** The first uncovered place that is not before `from`. */
  firstUncovered(from: number): number {
    const { counts, first } = this;
    let node = first + from;
    let found = counts[node] === 0 ? node : 0;
    for (; node > 1; node >>= 1) {
      if (found === 0 && (node & 1) === 0 && counts[node + 1] === 0) found = node + 1;
      if (counts[node >> 1] !== 0) found = 0;
    }
    while (found < first - 1) found = counts[2 * found] === 0 ? 2 * found : 2 * found + 1;
    return found - first;
  }

  /** Moves what two siblings have in common to their parent. */
  private level(left: number, parent: number): void {
    const { counts } = this;
    const one = counts[left] as number;
    const other = counts[left + 1] as number;
    const common = Math.min(one, other);
    if (common === 0) return;
    counts[left] = one - common;
    counts[left + 1] = other - common;
    counts[parent] = (counts[parent] as number) + common;
  }
}
