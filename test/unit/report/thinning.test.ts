import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DurationHistogram, Sample, ThinnedSteps, TimeBins } from '../../../src/report/thinning.js';

describe('a sample', () => {
  it('never holds more than its capacity, whatever comes, and everything while there is room', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 400 }), (capacity, count) => {
        const sample = new Sample<number>(capacity);
        for (let item = 0; item < count; item++) sample.add(`item ${item}`, item);
        expect(sample.offered).toBe(count);
        expect(sample.items().length).toBeLessThanOrEqual(capacity);
        if (count <= capacity) expect(sample.items()).toHaveLength(count);
      }),
    );
  });

  it('draws evenly over the stream', () => {
    const sample = new Sample<number>(2000);
    for (let item = 0; item < 100_000; item++) sample.add(`item ${item}`, item);
    const items = sample.items();
    const early = items.filter((item) => item < 50_000).length;
    expect(items.length).toBeGreaterThan(900);
    expect(Math.abs(early / items.length - 0.5)).toBeLessThan(0.06);
  });
});

describe('time bins', () => {
  it('lose no count when they are joined', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 600_000_000 }), { maxLength: 200 }), (times) => {
        const bins = new TimeBins(['a', 'b'], 16);
        for (const [index, time] of times.entries()) bins.add(index % 2 === 0 ? 'a' : 'b', time);
        const { a, b } = bins.series();
        expect(a.length).toBe(b.length);
        expect(a.length).toBeLessThanOrEqual(16);
        expect([...a, ...b].reduce((sum, count) => sum + count, 0)).toBe(times.length);
        // Each count stands in the bin of its time.
        const naive = new Array<number>(a.length).fill(0);
        for (const [index, time] of times.entries()) {
          if (index % 2 === 0) naive[Math.floor(time / bins.binUs)] = (naive[Math.floor(time / bins.binUs)] ?? 0) + 1;
        }
        expect(a).toEqual(naive);
      }),
    );
  });
});

describe('a histogram of durations', () => {
  it('agrees with sorting to within five per cent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.95, 0.99, 1),
        (durations, share) => {
          const histogram = new DurationHistogram();
          for (const duration of durations) histogram.add(duration);
          const sorted = [...durations].sort((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? 0;
          const found = histogram.quantile(share);
          expect(found).toBeGreaterThanOrEqual(exact * 0.9999);
          expect(found).toBeLessThanOrEqual(exact * 1.0501);
          expect(histogram.maxUs).toBe(sorted.at(-1));
        },
      ),
    );
  });
});

describe('thinned steps', () => {
  it('stay bounded and in order, and end with the last value', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1000), fc.nat(5)), { minLength: 1, maxLength: 300 }), (moves) => {
        const steps = new ThinnedSteps(20);
        let time = 0;
        let value = 0;
        for (const [later, more] of moves) {
          time += later;
          value += more;
          steps.add(time, value);
        }
        expect(steps.value.at(-1)).toBe(value);
        expect(steps.timeUs.length).toBeLessThanOrEqual(23);
        expect(steps.timeUs).toEqual([...steps.timeUs].sort((a, b) => a - b));
      }),
    );
  });
});
