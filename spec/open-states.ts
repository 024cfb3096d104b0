/** States one after another in one array, each a few small integers. */
export class OpenStates {
  count = 0;
  data = new Int32Array(1 << 16);
  private ends = new Int32Array(1 << 12);
  private written = 0;

  /** Where a state of this length is to be written in {@link data}, which may be another array than before. */
  push(length: number): number {
    const start = this.written;
    this.written += length;
    while (this.written > this.data.length) this.data = grown(this.data);
    if (this.count === this.ends.length) this.ends = grown(this.ends);
    this.ends[this.count++] = this.written;
    return start;
  }

  start(index: number): number {
    return index === 0 ? 0 : (this.ends[index - 1] as number);
  }

  end(index: number): number {
    return this.ends[index] as number;
  }

  /** Forgets all but the first ones. */
  truncate(count: number): void {
    this.count = count;
    this.written = this.start(count);
  }
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
