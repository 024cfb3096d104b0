/** A growing column of 32-bit integers: a tenth of the memory of an array of objects. */
export class Column {
  private items: Int32Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 1024) {
    this.items = new Int32Array(capacity);
  }

  push(item: number): void {
    if (this.length === this.items.length) this.items = grown(this.items, new Int32Array(this.length * 2));
    this.items[this.length++] = item;
  }

  at(index: number): number {
    return this.items[index] as number;
  }

  set(index: number, item: number): void {
    this.items[index] = item;
  }

  /** The items so far, not copied: stale after the next `push`. */
  view(): Int32Array {
    return this.items.subarray(0, this.length);
  }
}

/** The same for doubles: times and process ids. */
export class WideColumn {
  private items = new Float64Array(1024);
  length = 0;

  push(item: number): void {
    if (this.length === this.items.length) this.items = grown(this.items, new Float64Array(this.length * 2));
    this.items[this.length++] = item;
  }

  at(index: number): number {
    return this.items[index] as number;
  }
}

function grown<Items extends { set(from: Items): void }>(from: Items, to: Items): Items {
  to.set(from);
  return to;
}
