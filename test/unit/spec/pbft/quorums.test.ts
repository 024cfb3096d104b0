import { describe, expect, it } from 'vitest';
import { primaryOf, quorumsOf } from '../../../../spec/pbft/quorums.js';

describe('quorums of PBFT', () => {
  it('are 2f+1 of 3f+1 replicas', () => {
    for (const faulty of [1, 2, 3, 10]) {
      expect(quorumsOf(3 * faulty + 1)).toEqual({
        ...{ replicas: 3 * faulty + 1, faulty, quorum: 2 * faulty + 1, prepares: 2 * faulty, weak: faulty + 1 },
      });
    }
  });

  it('have a correct replica in common, and can do without the faulty ones, whatever the number of replicas', () => {
    for (let replicas = 4; replicas <= 40; replicas++) {
      const { faulty, quorum, prepares, weak } = quorumsOf(replicas);
      expect(3 * faulty).toBeLessThan(replicas);
      expect(3 * (faulty + 1)).toBeGreaterThanOrEqual(replicas);
      const common = 2 * quorum - replicas;
      expect(common).toBeGreaterThan(faulty);
      // None smaller would do.
      expect(common - 2).toBeLessThanOrEqual(faulty);
      expect(replicas - faulty).toBeGreaterThanOrEqual(quorum);
      expect([prepares, weak]).toEqual([quorum - 1, faulty + 1]);
    }
  });

  it('are those known for small clusters', () => {
    expect([4, 5, 6, 7, 8].map((replicas) => quorumsOf(replicas).quorum)).toEqual([3, 4, 4, 5, 6]);
  });

  it('are not there for less than four replicas', () => {
    expect(() => quorumsOf(3)).toThrow(/four replicas or more, not 3/);
    expect(() => quorumsOf(4.5)).toThrow(/not 4\.5/);
  });

  it('have a primary by turns', () => {
    expect([0, 1, 3, 4, 9].map((view) => primaryOf(view, 4))).toEqual([0, 1, 3, 0, 1]);
  });
});
