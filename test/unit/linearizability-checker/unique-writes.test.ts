import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { casRegister, type RegisterInput, type RegisterOutput } from '../../../src/linearizability-checker/index.js';
import type { MonitoredHistory } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { RegisterSweep } from '../../../src/linearizability-checker/register/sweep.js';
import { uniqueWritesMonitor } from '../../../src/linearizability-checker/register/unique.js';
import { registerHistory as viewOf } from '../../../src/linearizability-checker/register/view.js';
import { isLinearization } from '../../../src/linearizability-checker/witness.js';
import { isLinearizable } from './brute-force.js';
import { coreIsIllegal } from './core.js';
import { type RegisterHistory, registerHistory, spoilRegister } from './histories.js';
import { prefix } from './prefix.js';
import { streamed } from './streamed.js';

const CASES = 3000;

function smallHistory(seed: number) {
  const random = new Random(seed);
  const shape = { operations: random.int(3, 9), clients: random.int(2, 4), times: random.int(4, 40), values: 0 };
  const rates = { crashes: random.pick([0, 0.15, 0.4]), cas: random.pick([0, 0.25, 0.4]) };
  return spoilRegister(seed, registerHistory(seed, { ...shape, ...rates }));
}

const problemFor = (history: RegisterHistory) => problemOf(casRegister(), history, Int32Array.from(history.keys()));

/** A register with the monitor of unique writes for its own. */
const monitored = {
  ...casRegister(),
  monitor(history: MonitoredHistory<RegisterInput, RegisterOutput>) {
    const view = viewOf(history, casRegister());
    return view && uniqueWritesMonitor(view, history.pulse);
  },
};

describe('the monitor of unique writes', () => {
  it('names the return at which a history became illegal, and not an earlier or later one', () => {
    let named = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const problem = problemFor(smallHistory(seed));
      const view = viewOf(problem, casRegister());
      const result = view && uniqueWritesMonitor(view, () => {});
      if (result?.verdict !== 'illegal' || result.failedAt === undefined) continue;
      named++;
      const legal = [result.failedAt - 1, result.failedAt].map((rank) =>
        isLinearizable(casRegister(), prefix(problem, rank)),
      );
      expect(legal, `seed ${seed}`).toEqual([true, false]);
    }
    expect(named).toBeGreaterThan(CASES / 10);
  });

  it('names operations that contradict one another, whatever became of the rest', () => {
    // A compare-and-set that was refused counts as not there.
    const verdicts = Array.from({ length: CASES }, (_, seed) =>
      coreIsIllegal(
        monitored,
        smallHistory(seed + 1).filter(({ output }) => output !== false),
      ),
    );
    expect(verdicts.indexOf(false)).toBe(-1);
    expect(verdicts.filter((verdict) => verdict === true).length).toBeGreaterThan(CASES / 10);
  });

  it('agrees with the sweep over histories that are long enough for values to end, whole and as a stream', () => {
    const seen = { legal: 0, illegal: 0, streamed: 0 };
    for (let seed = 1; seed <= 250; seed++) {
      const random = new Random(seed);
      const legal = registerHistory(seed, {
        operations: random.int(20, 100),
        clients: random.int(2, 6),
        crashes: random.pick([0, 0, 0.03]),
        times: random.int(6, 40),
        values: 0,
        cas: random.pick([0, 0.3, 0.5]),
        reads: random.pick([0.3, 0.6]),
      });
      const history = random.chance(0.7) ? spoilRegister(seed, legal) : legal;
      const problem = problemFor(history);
      const view = viewOf(problem, casRegister());
      if (view === undefined) throw new Error('a register is none');
      const result = uniqueWritesMonitor(view, () => {});
      const outcome = new RegisterSweep(view).run(Number.POSITIVE_INFINITY);
      if (result) {
        expect(result.verdict, `seed ${seed}`).toBe(outcome?.verdict);
        seen[result.verdict]++;
        if (result.verdict === 'legal') expect(isLinearization(casRegister(), problem, result.order)).toBe(true);
      }
      const stream = streamed(casRegister(), history);
      expect(stream.verdict, `seed ${seed}`).toBe(outcome?.verdict);
      if (stream.partitions[0]?.algorithm === 'unique-writes monitor') seen.streamed++;
    }
    expect(seen.legal).toBeGreaterThan(60);
    expect(seen.illegal).toBeGreaterThan(60);
    expect(seen.streamed).toBeGreaterThan(180);
  });
});
