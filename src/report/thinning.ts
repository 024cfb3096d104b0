import { hash32 } from '../kernel/hash.js';

/**
 * A sample of bounded size over a stream of unknown length: what stays depends on the items' names alone, so that the
 * same run gives the same page.
 */
export class Sample<T> {
  private kept: { readonly rank: number; readonly item: T }[] = [];
  private threshold = 0x1_0000_0000;
  offered = 0;

  constructor(private readonly capacity: number) {}

  add(name: string, item: T): void {
    this.offered++;
    const rank = hash32(name);
    if (rank >= this.threshold) return;
    this.kept.push({ rank, item });
    while (this.kept.length > this.capacity) {
      this.threshold /= 2;
      this.kept = this.kept.filter((each) => each.rank < this.threshold);
    }
  }

  items(): T[] {
    return this.kept.map(({ item }) => item);
  }
}

/** A step function over time in a bounded number of points: neighbours closer than `spacingUs` become one. */
export class ThinnedSteps {
  readonly timeUs: number[] = [];
  readonly value: number[] = [];
  spacingUs = 0;

  constructor(private readonly capacity: number) {}

  /** Times must not go back; those that do are set to the last. */
  add(timeUs: number, value: number): void {
    if (this.value.at(-1) === value) return;
    this.push(timeUs, value);
    if (this.timeUs.length <= this.capacity) return;
    const times = this.timeUs.splice(0);
    const values = this.value.splice(0);
    this.spacingUs = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / (this.capacity / 2);
    for (const [index, time] of times.entries()) this.push(time, values[index] as number);
  }

  private push(timeUs: number, value: number): void {
    const last = this.timeUs.at(-1) ?? Number.NEGATIVE_INFINITY;
    const before = this.timeUs.at(-2) ?? Number.NEGATIVE_INFINITY;
    // The newest of a crowd stands for it, so that the last value is always exact.
    if (timeUs - before < this.spacingUs && this.timeUs.length >= 2) {
      this.timeUs.pop();
      this.value.pop();
    }
    this.timeUs.push(Math.max(timeUs, last));
    this.value.push(value);
  }
}

/** Counts per time bin for a run of any length: when the bins run out, two become one. */
export class TimeBins<Name extends string> {
  binUs = 100_000;
  private readonly counts: Record<Name, number[]>;

  constructor(
    private readonly names: readonly Name[],
    private readonly capacity = 1200,
  ) {
    this.counts = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  }

  add(name: Name, timeUs: number): void {
    while (timeUs >= this.binUs * this.capacity) this.halve();
    const bins = this.counts[name];
    const bin = Math.floor(timeUs / this.binUs);
    while (bins.length <= bin) bins.push(0);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }

  /** All series, equally long. */
  series(): Record<Name, number[]> {
    const length = Math.max(...this.names.map((name) => this.counts[name].length));
    for (const name of this.names) while (this.counts[name].length < length) this.counts[name].push(0);
    return this.counts;
  }

  private halve(): void {
    this.binUs *= 2;
    for (const name of this.names) {
      const old = this.counts[name];
      this.counts[name] = Array.from(
        { length: Math.ceil(old.length / 2) },
        (_, bin) => (old[2 * bin] ?? 0) + (old[2 * bin + 1] ?? 0),
      );
    }
  }
}

/** Quantiles of any number of durations to within 5 %, in fixed memory. */
export class DurationHistogram {
  private readonly buckets: number[] = [];
  count = 0;
  maxUs = 0;

  add(durationUs: number): void {
    const bucket = durationUs < 1 ? 0 : Math.floor(Math.log(durationUs) / LOG_STEP) + 1;
    while (this.buckets.length <= bucket) this.buckets.push(0);
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.count++;
    this.maxUs = Math.max(this.maxUs, durationUs);
  }

  /** The upper end of the bucket in which the quantile lies; 0 when empty. */
  quantile(share: number): number {
    let rest = Math.max(1, Math.ceil(share * this.count));
    for (const [bucket, count] of this.buckets.entries()) {
      rest -= count;
      if (rest <= 0) return bucket === 0 ? 0 : Math.min(this.maxUs, Math.exp(bucket * LOG_STEP));
    }
    return this.maxUs;
  }
}

const LOG_STEP = Math.log(1.05);
