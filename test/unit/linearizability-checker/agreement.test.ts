import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { appendList, casRegister } from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { coreIsIllegal } from './core.js';
import { listHistory, registerHistory, spoilList, spoilRegister } from './histories.js';

const CASES = 10_000;

describe('check agrees with trying every order', () => {
  const registers = (values: (random: Random) => number) => (seed: number) => {
    const random = new Random(seed);
    const history = registerHistory(seed, {
      operations: random.int(3, 9),
      clients: random.int(2, 4),
      crashes: random.pick([0, 0.15, 0.4]),
      times: random.int(4, 40),
      values: values(random),
      cas: random.pick([0, 0.25, 0.4]),
    });
    return random.chance(0.7) ? spoilRegister(seed, history) : history;
  };

  it('on registers with few values, compare-and-sets and crashes', () => {
    const census = compareWithBruteForce(
      CASES,
      () => casRegister(),
      registers((random) => random.int(1, 3)),
    );
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
  });

  it('on registers where every write has its own value', () => {
    const census = compareWithBruteForce(
      CASES,
      () => casRegister(),
      registers(() => 0),
    );
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThan(CASES / 2);
  });

  const lists = (seed: number) => {
    const random = new Random(seed);
    const history = listHistory(seed, {
      operations: random.int(3, 8),
      clients: random.int(2, 4),
      crashes: random.pick([0, 0.15, 0.4]),
      times: random.int(4, 40),
      values: random.pick([0, 0, 0, 3]),
    });
    return random.chance(0.7) ? spoilList(seed, history) : history;
  };

  it('on append-only lists, with unique values and without', () => {
    const census = compareWithBruteForce(CASES, () => appendList(), lists);
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThanOrEqual(8_565);
  });

  it('on what contradicts in a list, whatever became of the other operations', () => {
    const verdicts = Array.from({ length: CASES / 5 }, (_, seed) => coreIsIllegal(appendList(), lists(seed + 1)));
    expect(verdicts.indexOf(false)).toBe(-1);
    expect(verdicts.filter((verdict) => verdict === true).length).toBeGreaterThan(CASES / 50);
  });
});
