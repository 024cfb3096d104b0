import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { fencedLock, mutex, reentrantLock } from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import {
  anyOwners,
  anyShape,
  fencedLockHistory,
  mutexHistory,
  reentrantLockHistory,
  spoilFencedLock,
  spoilLock,
  spoilMutex,
} from './object-histories.js';

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

describe('a reentrant lock', () => {
  it('is judged as by trying every order', () => {
    const limitOf = (seed: number) => [1, 2, Number.POSITIVE_INFINITY][seed % 3] as number;
    const census = compareWithBruteForce(
      CASES,
      (seed) => reentrantLock(limitOf(seed)),
      (seed) => {
        const random = new Random(seed);
        const options = { limit: limitOf(seed), refusals: random.pick([0, 0.2, 0.5]) };
        const history = reentrantLockHistory(random, anyOwners(random, 9), options);
        return random.chance(0.7) ? spoilLock(random, history) : history;
      },
    );
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThan(CASES / 2);
    expect(census.monitored).toBeLessThan(CASES);
  });
});

describe('a lock with fencing tokens', () => {
  it('is judged as by trying every order', () => {
    const limitOf = (seed: number) => [1, 1, 2][seed % 3] as number;
    const census = compareWithBruteForce(
      CASES,
      (seed) => fencedLock({ reentrant: limitOf(seed) }),
      (seed) => {
        const random = new Random(seed);
        const options = {
          limit: limitOf(seed),
          refusals: random.pick([0, 0.2, 0.5]),
          unseen: random.pick([0, 0, 0.3]),
        };
        const history = fencedLockHistory(random, anyOwners(random, 9), options);
        return random.chance(0.7) ? spoilFencedLock(random, history) : history;
      },
    );
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThan(CASES / 2);
    expect(census.monitored).toBeLessThan(CASES);
  });
});
