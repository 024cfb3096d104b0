import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  appendList,
  type CheckResult,
  casRegister,
  check,
  type Model,
  type Operation,
} from '../../../src/linearizability-checker/index.js';
import { isLinearizable } from './brute-force.js';
import { listHistory, registerHistory, spoilList, spoilRegister } from './histories.js';

const CASES = 10_000;

/** The same model, judged by the general search alone. */
function searched<State, Input, Output>(model: Model<State, Input, Output>): Model<State, Input, Output> {
  const { monitor: _, ...rest } = model;
  return rest;
}

/** How many cases were legal, illegal, and decided by a monitor: a test where one is missing proves nothing. */
class Census {
  legal = 0;
  illegal = 0;
  monitored = 0;

  count(expected: boolean, result: CheckResult): void {
    if (expected) this.legal++;
    else this.illegal++;
    if (result.partitions[0]?.algorithm.includes('monitor')) this.monitored++;
  }
}

function agree<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: Operation<Input, Output>[],
  census: Census,
  seed: number,
): void {
  const expected = isLinearizable(model, history);
  const fast = check(model, history);
  const slow = check(searched(model), history);
  if ((fast.verdict === 'legal') !== expected || (slow.verdict === 'legal') !== expected) {
    expect.fail(
      `seed ${seed}: brute force says ${expected ? 'legal' : 'illegal'}, monitor or search ${fast.verdict}, ` +
        `search alone ${slow.verdict}: ${JSON.stringify(history)}`,
    );
  }
  census.count(expected, fast);
}

describe('check agrees with trying every order', () => {
  it('on registers with few values, compare-and-sets and crashes', () => {
    const census = new Census();
    for (let seed = 1; seed <= CASES; seed++) {
      const random = new Random(seed);
      const shape = {
        operations: random.int(3, 9),
        clients: random.int(2, 4),
        crashes: random.pick([0, 0.15, 0.4]),
        times: random.int(4, 40),
        values: random.int(1, 3),
        cas: random.pick([0, 0.25, 0.4]),
      };
      const history = registerHistory(seed, shape);
      agree(casRegister(), random.chance(0.7) ? spoilRegister(seed, history) : history, census, seed);
    }
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
  });

  it('on registers where every write has its own value', () => {
    const census = new Census();
    for (let seed = 1; seed <= CASES; seed++) {
      const random = new Random(seed);
      const shape = {
        operations: random.int(3, 9),
        clients: random.int(2, 4),
        crashes: random.pick([0, 0.15, 0.4]),
        times: random.int(4, 40),
        values: 0,
        cas: random.pick([0, 0.25, 0.4]),
      };
      const history = registerHistory(seed, shape);
      agree(casRegister(), random.chance(0.7) ? spoilRegister(seed, history) : history, census, seed);
    }
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThan(CASES / 2);
  });

  it('on append-only lists, with unique values and without', () => {
    const census = new Census();
    for (let seed = 1; seed <= CASES; seed++) {
      const random = new Random(seed);
      const shape = {
        operations: random.int(3, 8),
        clients: random.int(2, 4),
        crashes: random.pick([0, 0.15, 0.4]),
        times: random.int(4, 40),
        values: random.pick([0, 0, 0, 3]),
      };
      const history = listHistory(seed, shape);
      agree(appendList(), random.chance(0.7) ? spoilList(seed, history) : history, census, seed);
    }
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThan(CASES / 2);
  });
});
