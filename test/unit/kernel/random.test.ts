import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';

describe('Random', () => {
  it('repeats itself for the same seed', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (seed) => {
        const [a, b] = [new Random(seed), new Random(seed)];
        for (let draw = 0; draw < 20; draw++) expect(a.uint32()).toBe(b.uint32());
      }),
    );
  });

  it('differs for neighbouring seeds, in the low and in the high half', () => {
    const first = (seed: number) => new Random(seed).uint32();
    expect(new Set([0, 1, 2, 3, 2 ** 32, 2 ** 33, 2 ** 52].map(first)).size).toBe(7);
  });

  it('forks by label alone: what was drawn before changes nothing', () => {
    const drawn = new Random(7);
    drawn.uint32();
    expect(drawn.fork('x').uint32()).toBe(new Random(7).fork('x').uint32());
    expect(drawn.fork('x').uint32()).not.toBe(drawn.fork('y').uint32());
  });

  it('gives forks of different seeds different streams', () => {
    const streams = Array.from({ length: 1000 }, (_, seed) => new Random(seed).fork('nemesis').uint32());
    expect(new Set(streams).size).toBe(1000);
  });

  it('is uniform: every value of a die comes about as often', () => {
    const random = new Random(1);
    const counts = new Array<number>(6).fill(0);
    for (let roll = 0; roll < 60_000; roll++) {
      const face = random.int(0, 5);
      counts[face] = (counts[face] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  it('shuffles without losing or making anything', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat()), (seed, items) => {
        expect(new Random(seed).shuffle(items).toSorted()).toEqual(items.toSorted());
      }),
    );
  });

  it('has the exponential mean that it was asked for', () => {
    const random = new Random(3);
    let sum = 0;
    for (let draw = 0; draw < 50_000; draw++) sum += random.exponential(10);
    expect(sum / 50_000).toBeCloseTo(10, 0);
  });
});
