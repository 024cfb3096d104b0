/** Puts what is settled in any order back into the order of its numbers, from 0. */
export class CallOrder<T> {
  private items: (T | undefined)[] = [];
  private first = 0;
  private head = 0;

  settle(number: number, item: T): void {
    this.items[number - this.first] = item;
  }

  /** The next in order, once, or `undefined` while it is not settled. */
  take(): T | undefined {
    const item = this.items[this.head];
    if (item === undefined) return undefined;
    this.items[this.head++] = undefined;
    if (this.head === 4096) {
      this.items = this.items.slice(this.head);
      this.first += this.head;
      this.head = 0;
    }
    return item;
  }
}
