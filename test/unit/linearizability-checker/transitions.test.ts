import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { casRegister } from '../../../src/linearizability-checker/index.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { RegisterSweep } from '../../../src/linearizability-checker/register/sweep.js';
import { registerHistory as viewOf } from '../../../src/linearizability-checker/register/view.js';
import { isLinearization } from '../../../src/linearizability-checker/witness.js';
import { isLinearizable } from './brute-force.js';
import { registerHistory, spoilRegister } from './histories.js';

describe('the changes that a sweep found', () => {
  it('leave a place to every operation, exactly where there is a linearization', () => {
    const seen = { legal: 0, illegal: 0 };
    for (let seed = 1; seed <= 2500; seed++) {
      const random = new Random(seed);
      const legal = registerHistory(seed, {
        operations: random.int(3, 8),
        clients: random.int(2, 5),
        crashes: random.pick([0, 0.15, 0.4]),
        times: random.int(4, 40),
        values: random.int(0, 3),
        cas: random.pick([0, 0.3]),
      });
      const history = random.shuffle(random.chance(0.5) ? spoilRegister(seed, legal) : legal);
      // Also what nobody saw and what changes nothing.
      const { readOnly: _, ...model } = casRegister();
      const problem = problemOf(random.chance(0.5) ? model : casRegister(), history, Int32Array.from(history.keys()));
      const view = viewOf(problem, casRegister());
      if (view === undefined) throw new Error('a register is none');
      const outcome = new RegisterSweep(view).run(Number.POSITIVE_INFINITY);
      const words = `seed ${seed}: ${JSON.stringify(history)}`;
      expect(outcome?.verdict, words).toBe(isLinearizable(casRegister(), history) ? 'legal' : 'illegal');
      if (outcome === undefined) continue;
      seen[outcome.verdict]++;
      if (outcome.verdict === 'legal') expect(isLinearization(casRegister(), problem, outcome.order), words).toBe(true);
    }
    expect(Math.min(seen.legal, seen.illegal)).toBeGreaterThan(500);
  });
});
