import type { Micros } from '../../kernel/units.js';

/** Something that happens at one moment of virtual time. */
export interface SimEvent {
  happen(): void;
}

/**
 * The simulator's agenda: events by time, and in the order of their scheduling within one microsecond. A binary heap
 * over parallel arrays, so that scheduling allocates nothing.
 */
export class EventQueue {
  private readonly times: number[] = [];
  /** Orders events of one time: the same seed must give the same order everywhere. */
  private readonly sequences: number[] = [];
  private readonly events: SimEvent[] = [];
  private scheduled = 0;

  get size(): number {
    return this.events.length;
  }

  push(timeUs: Micros, event: SimEvent): void {
    const { times, sequences, events } = this;
    const sequence = this.scheduled++;
    let at = events.length;
    times.push(timeUs);
    sequences.push(sequence);
    events.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentTime = times[parent] as number;
      // The newcomer has the highest sequence: among equals it stays below.
      if (parentTime <= timeUs) break;
      times[at] = parentTime;
      sequences[at] = sequences[parent] as number;
      events[at] = events[parent] as SimEvent;
      at = parent;
    }
    times[at] = timeUs;
    sequences[at] = sequence;
    events[at] = event;
  }

  /** When the next event happens; only meaningful while there is one. */
  nextTimeUs(): Micros {
    return this.times[0] as number;
  }

  /** Takes the next event out. */
  pop(): SimEvent | undefined {
    const { times, sequences, events } = this;
    const first = events[0];
    const event = events.pop();
    if (event === undefined || first === undefined) return undefined;
    const time = times.pop() as number;
    const sequence = sequences.pop() as number;
    const size = events.length;
    if (size === 0) return event;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.before(right, child)) child = right;
      const childTime = times[child] as number;
      if (childTime > time || (childTime === time && (sequences[child] as number) > sequence)) break;
      times[at] = childTime;
      sequences[at] = sequences[child] as number;
      events[at] = events[child] as SimEvent;
      at = child;
    }
    times[at] = time;
    sequences[at] = sequence;
    events[at] = event;
    return first;
  }

  private before(left: number, right: number): boolean {
    const leftTime = this.times[left] as number;
    const rightTime = this.times[right] as number;
    return (
      leftTime < rightTime ||
      (leftTime === rightTime && (this.sequences[left] as number) < (this.sequences[right] as number))
    );
  }
}
