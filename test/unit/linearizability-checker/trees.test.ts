import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { CoverageTree } from '../../../src/linearizability-checker/monitors/coverage-tree.js';
import { MaximumTree } from '../../../src/linearizability-checker/monitors/maximum-tree.js';

describe('a tree of places', () => {
  it('finds the first that no interval covers, as by counting, while intervals are taken away', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const places = random.int(1, 40);
      const intervals = Array.from({ length: random.int(0, 30) }, () => {
        const from = random.int(0, places - 1);
        return { from, to: random.int(from, places - 1) };
      });
      const counts = new Int32Array(places);
      for (const { from, to } of intervals)
        for (let place = from; place < to; place++) counts[place] = 1 + (counts[place] ?? 0);
      const tree = new CoverageTree(counts);
      for (const { from, to } of [{ from: 0, to: 0 }, ...random.shuffle(intervals)]) {
        for (let place = from; place < to; place++) counts[place] = (counts[place] as number) - 1;
        tree.lower(from, to);
        const found = Array.from({ length: places }, (_, place) => tree.firstUncovered(place));
        expect(found, `seed ${seed}`).toEqual(Array.from({ length: places }, (_, place) => counts.indexOf(0, place)));
      }
    }
  });

  it('finds the greatest number of a range, as by looking at each', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const numbers = new Int32Array(random.int(1, 40));
      const tree = new MaximumTree(numbers.length);
      for (let step = 0; step < 30; step++) {
        const place = random.int(0, numbers.length - 1);
        // Ranks are numbers of their own.
        const value = random.chance(0.3) ? 0 : 100 * random.int(1, 1_000) + step;
        numbers[place] = value;
        tree.set(place, value);
        expect(tree.at(place)).toBe(value);
        const from = random.int(0, numbers.length);
        const to = random.int(from, numbers.length);
        const greatest = Math.max(0, ...numbers.subarray(from, to));
        expect(tree.greatest(from, to), `seed ${seed}`).toBe(
          greatest === 0 ? -1 : from + numbers.subarray(from, to).indexOf(greatest),
        );
      }
    }
  });
});
