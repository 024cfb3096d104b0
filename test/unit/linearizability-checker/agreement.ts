import { expect } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { type CheckResult, check, type Model, type Operation } from '../../../src/linearizability-checker/index.js';
import { isLinearizable } from './brute-force.js';

/** The same model, judged by the general search alone. */
function searched<State, Input, Output>(model: Model<State, Input, Output>): Model<State, Input, Output> {
  const { monitor: _, register: __, ...rest } = model;
  return rest;
}

/** How many cases were legal, illegal, and decided by a monitor: a test where one is missing proves nothing. */
export class Census {
  cases = 0;
  legal = 0;
  illegal = 0;
  monitored = 0;

  count(expected: boolean, result: CheckResult): void {
    this.cases++;
    if (expected) this.legal++;
    else this.illegal++;
    if (result.partitions[0]?.algorithm.includes('monitor')) this.monitored++;
  }
}

/**
 * Judges small random histories three times: with every fast path, by the general search alone, and by trying every
 * order. Fails at the first seed where they differ.
 *
 * @param history small (up to nine operations) and with one key only
 */
export function compareWithBruteForce<State, Input, Output>(
  cases: number,
  model: (seed: number) => Model<State, Input, Output>,
  history: (seed: number) => Operation<Input, Output>[],
): Census {
  const census = new Census();
  for (let seed = 1; seed <= cases; seed++) {
    // The order in which operations are listed says nothing.
    const operations = seed % 2 === 0 ? history(seed) : new Random(seed).shuffle(history(seed));
    const judge = model(seed);
    const expected = isLinearizable(judge, operations);
    const fast = check(judge, operations);
    const slow = check(searched(judge), operations);
    if ((fast.verdict === 'legal') !== expected || (slow.verdict === 'legal') !== expected) {
      expect.fail(
        `seed ${seed}: brute force says ${expected ? 'legal' : 'illegal'}, monitor or search ${fast.verdict}, ` +
          `search alone ${slow.verdict}: ${JSON.stringify(operations)}`,
      );
    }
    census.count(expected, fast);
  }
  return census;
}
