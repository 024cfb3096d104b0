import { describe, expect, it } from 'vitest';
import { collisionProbability, fingerprintOf, VisitedStates } from '../../../spec/fingerprints.js';

const prints = [...Array(20_000).keys()].map((index) => fingerprintOf(`state ${index}`));

function filled(): VisitedStates {
  const visited = VisitedStates.for(prints.length, (bytes) => new SharedArrayBuffer(bytes));
  for (const [index, { high, low }] of prints.entries()) {
    const from = prints[Math.max(0, index - 1)] ?? { high, low };
    if (!visited.add(high, low, from.high, from.low)) throw new Error(`${index} was there before it was added`);
  }
  return visited;
}

describe('visited states', () => {
  it('take each fingerprint once', () => {
    const visited = filled();
    expect(prints.filter(({ high, low }) => visited.add(high, low, 0, 0))).toEqual([]);
  });

  it('know after growth what they knew before, and from where each was found', () => {
    const visited = filled().larger((bytes) => new ArrayBuffer(bytes));
    expect(visited.capacity).toBeGreaterThanOrEqual(2 * prints.length);
    expect(prints.filter(({ high, low }) => visited.add(high, low, 0, 0))).toEqual([]);
    const origins = prints.map(({ high, low }) => visited.predecessor(high, low));
    expect(origins).toEqual(prints.map((_, index) => prints[Math.max(0, index - 1)]));
    expect(visited.predecessor(1, 1)).toBeUndefined();
    expect(visited.add(1, 1, 0, 0)).toBe(true);
  });

  it('are all taken over in parts', () => {
    const whole = filled();
    const larger = VisitedStates.for(2 * whole.capacity, (bytes) => new SharedArrayBuffer(bytes));
    for (const part of [2, 0, 1]) larger.addAll(whole, part, 3);
    expect(prints.filter(({ high, low }) => larger.add(high, low, 0, 0))).toEqual([]);
  });

  it('take a high word of 0, which marks an empty slot, as another', () => {
    const visited = VisitedStates.for(10, (bytes) => new ArrayBuffer(bytes));
    expect(visited.add(0, 7, 3, 4)).toBe(true);
    expect(visited.add(0, 7, 5, 6)).toBe(false);
    expect(visited.predecessor(0, 7)).toEqual({ high: 3, low: 4 });
  });
});

describe('the probability that two states are taken for one', () => {
  it('is that of a birthday among 2^63 days', () => {
    expect(collisionProbability(1)).toBe(0);
    expect(collisionProbability(4_083_889)).toBeCloseTo(4_083_889 ** 2 / 2 ** 64, 11);
    expect(collisionProbability(2 ** 33)).toBeGreaterThan(0.9);
  });

  it('is higher where the least of several fingerprints stands for a state', () => {
    expect(collisionProbability(1e6, 6) / collisionProbability(1e6)).toBeCloseTo(36 / 11);
  });
});
