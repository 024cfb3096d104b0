import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { set } from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { anyShape, setHistory, spoilSet } from './object-histories.js';

const CASES = 4_000;

describe('a set', () => {
  it('of few values, with and without answers, is judged as by trying every order', () => {
    const census = compareWithBruteForce(
      CASES,
      () => set(),
      (seed) => {
        const random = new Random(seed);
        const history = setHistory(random, anyShape(random, 9), {
          values: random.int(1, 2),
          told: random.pick([0, 0.5, 1]),
          reads: 0,
          onlyAdds: false,
        });
        return random.chance(0.7) ? spoilSet(random, history) : history;
      },
    );
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBe(CASES);
  });

  it('that only grows is judged as by trying every order', () => {
    const census = compareWithBruteForce(
      CASES,
      () => set(),
      (seed) => {
        const random = new Random(seed);
        const history = setHistory(random, anyShape(random, 8), {
          values: random.pick([0, 0, 2, 3]),
          told: random.pick([0, 0, 1]),
          reads: 0.5,
          onlyAdds: true,
        });
        return random.chance(0.7) ? spoilSet(random, history) : history;
      },
    );
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThan(CASES / 2);
  });

  it('with everything at once is judged as by trying every order', () => {
    const census = compareWithBruteForce(
      CASES,
      () => set(),
      (seed) => {
        const random = new Random(seed);
        const history = setHistory(random, anyShape(random, 8), {
          values: random.int(1, 3),
          told: random.pick([0, 0.5, 1]),
          reads: 0.3,
          onlyAdds: false,
        });
        return random.chance(0.7) ? spoilSet(random, history) : history;
      },
    );
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThan(CASES / 10);
  });
});
