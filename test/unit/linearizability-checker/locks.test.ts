import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { mutex } from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { anyShape, mutexHistory, spoilMutex } from './object-histories.js';

const CASES = 4_000;

describe('a mutex', () => {
  it('is judged as by trying every order', () => {
    const census = compareWithBruteForce(
      CASES,
      () => mutex(),
      (seed) => {
        const random = new Random(seed);
        const history = mutexHistory(random, anyShape(random, 9), random.pick([0, 0.2, 0.5]));
        return random.chance(0.7) ? spoilMutex(random, history) : history;
      },
    );
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBe(CASES);
  });
});
