/** A number for each place of a row, zero at first, and the greatest of a range in O(log n). */
export class MaximumTree {
  private readonly width: number;
  private readonly maxima: Int32Array;

  constructor(places: number) {
    let width = 1;
    while (width < places) width *= 2;
    this.width = width;
    this.maxima = new Int32Array(2 * width);
  }

  set(place: number, value: number): void {
    const { maxima } = this;
    let node = this.width + place;
    maxima[node] = value;
    for (; node > 1; node >>= 1) {
      const one = maxima[node] as number;
      const other = maxima[node ^ 1] as number;
      const greater = Math.max(one, other);
      if (maxima[node >> 1] === greater) return;
      maxima[node >> 1] = greater;
    }
  }

  at(place: number): number {
    return this.maxima[this.width + place] as number;
  }

  /** The place of the greatest number from `from` up to, not including, `to`; −1 when all are zero. */
  greatest(from: number, to: number): number {
    const { maxima, width } = this;
    let best = 0;
    let found = -1;
    for (let left = from + width, right = to + width; left < right; left >>= 1, right >>= 1) {
      if ((left & 1) === 1) {
        if ((maxima[left] as number) > best) {
          best = maxima[left] as number;
          found = left;
        }
        left++;
      }
      if ((right & 1) === 1) {
        right--;
        if ((maxima[right] as number) > best) {
          best = maxima[right] as number;
          found = right;
        }
      }
    }
    if (found < 0) return -1;
    while (found < width) found = maxima[2 * found] === best ? 2 * found : 2 * found + 1;
    return found - width;
  }
}
