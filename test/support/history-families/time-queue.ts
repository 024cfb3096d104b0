/** A binary heap of whole numbers, the one with the earliest time first. Ties: in an order that only depends on the calls. */
export class TimeQueue {
  private readonly times: number[] = [];
  private readonly items: number[] = [];

  get size(): number {
    return this.times.length;
  }

  /** @returns the earliest time, infinite when empty */
  get nextTime(): number {
    return this.times[0] ?? Number.POSITIVE_INFINITY;
  }

  push(time: number, item: number): void {
    const { times, items } = this;
    let place = times.length;
    times.push(time);
    items.push(item);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if ((times[parent] as number) <= time) break;
      times[place] = times[parent] as number;
      items[place] = items[parent] as number;
      place = parent;
    }
    times[place] = time;
    items[place] = item;
  }

  /** The item with the earliest time. The queue must not be empty. */
  pop(): number {
    const { times, items } = this;
    const first = items[0] as number;
    const time = times.pop() as number;
    const item = items.pop() as number;
    const size = times.length;
    if (size === 0) return first;
    let place = 0;
    for (let child = 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && (times[child + 1] as number) < (times[child] as number)) child++;
      if ((times[child] as number) >= time) break;
      times[place] = times[child] as number;
      items[place] = items[child] as number;
      place = child;
    }
    times[place] = time;
    items[place] = item;
    return first;
  }
}
