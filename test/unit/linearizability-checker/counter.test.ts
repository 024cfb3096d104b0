import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { counter } from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { anyShape, counterHistory, spoilCounter } from './object-histories.js';

const CASES = 4_000;

function judge(deltas: readonly (readonly number[])[]) {
  return compareWithBruteForce(
    CASES,
    (seed) => counter(seed % 3),
    (seed) => {
      const random = new Random(seed);
      const history = counterHistory(random, anyShape(random, 9), {
        initial: seed % 3,
        deltas: random.pick(deltas),
        told: random.pick([0, 0, 0.5, 1]),
      });
      return random.chance(0.7) ? spoilCounter(random, history) : history;
    },
  );
}

describe('a counter', () => {
  it('whose adds are all equal is judged as by trying every order', () => {
    const census = judge([[1], [1], [1, 0], [-1], [3]]);
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBe(CASES);
  });

  it('with adds of all kinds is judged as by trying every order', () => {
    const census = judge([
      [1, 2],
      [1, -1],
      [5, 1, -3],
      [0.1, 0.2],
    ]);
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThan(CASES / 10);
  });
});
