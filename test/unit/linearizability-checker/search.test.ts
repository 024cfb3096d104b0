import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { casRegister } from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { Search } from '../../../src/linearizability-checker/search.js';
import { CompiledModel } from '../../../src/linearizability-checker/states.js';
import { isLinearizable } from './brute-force.js';
import { answered } from './core.js';
import { type RegisterHistory, registerHistory, spoilRegister } from './histories.js';
import { prefix } from './prefix.js';

const CASES = 2000;

function problemFor(seed: number) {
  const random = new Random(seed);
  const history = registerHistory(seed, {
    operations: random.int(3, 8),
    clients: random.int(2, 4),
    crashes: random.pick([0, 0.15, 0.3]),
    times: random.int(4, 40),
    values: random.int(1, 3),
    cas: random.pick([0, 0.3]),
  });
  const spoilt = spoilRegister(seed, history);
  return problemOf(casRegister(), spoilt, Int32Array.from(spoilt.keys()));
}

type RegisterProblem = ReturnType<typeof problemFor>;

const searchOf = (problem: RegisterProblem) => new Search(problem, new CompiledModel(casRegister(), problem));

describe('the general search', () => {
  it('knows, where it says so, which return it cannot get past', () => {
    let told = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const problem = problemFor(seed);
      const outcome = searchOf(problem).run(Number.POSITIVE_INFINITY);
      if (outcome?.verdict !== 'illegal' || outcome.reached === undefined) continue;
      told++;
      const { reached } = outcome;
      expect(problem.returnRank.includes(reached), `seed ${seed}`).toBe(true);
      expect(isLinearizable(casRegister(), prefix(problem, reached - 1)), `seed ${seed}`).toBe(true);
      // What was running then happened as it answered later, or not yet.
      const inputs = problem.inputs.map((input, op) => ({ input, output: problem.outputs[op] }));
      const running = prefix({ ...problem, inputs }, reached);
      expect(isLinearizable(answered(casRegister()), running), `seed ${seed}`).toBe(false);
    }
    expect(told).toBeGreaterThan(CASES / 10);
  });

  it('has reached no return on its way before which the history is not linearizable', () => {
    let told = 0;
    for (let seed = 1; seed <= CASES / 2; seed++) {
      const problem = problemFor(seed);
      const search = searchOf(problem);
      while (search.run(1) === undefined) {
        const { reached } = search;
        if (reached === undefined || reached < 0) continue;
        told++;
        expect(reached).toBeLessThan(NEVER);
        expect(isLinearizable(casRegister(), prefix(problem, reached - 1)), `seed ${seed}`).toBe(true);
      }
    }
    expect(told).toBeGreaterThan(CASES / 2);
  });

  it('comes to the same end in small steps as at once', () => {
    for (let seed = 1; seed <= CASES / 4; seed++) {
      const problem = problemFor(seed);
      const [steps, whole] = [searchOf(problem), searchOf(problem)];
      let outcome = steps.run(1);
      let before = 0;
      for (; outcome === undefined; outcome = steps.run(1)) {
        expect(steps.visited - before, `seed ${seed}`).toBeLessThanOrEqual(2);
        before = steps.visited;
      }
      expect(outcome, `seed ${seed}`).toEqual(whole.run(Number.POSITIVE_INFINITY));
    }
  });

  describe('when what never returned was used more often than it was called', () => {
    const write = (value: number, call: number, returned?: number): RegisterHistory[number] => ({
      input: { f: 'write', value },
      call,
      ...(returned !== undefined && { return: returned }),
    });
    const read = (value: number, call: number): RegisterHistory[number] => ({
      input: { f: 'read' },
      output: value,
      call,
      return: call + 5,
    });
    const run = (history: RegisterHistory) =>
      searchOf(problemOf(casRegister(), history, Int32Array.from(history.keys()))).run(Number.POSITIVE_INFINITY);

    it('starts again, and finds the order that does without', () => {
      // The more urgent write of 1 goes first; the last read then needs the lost one a second time.
      const history = [write(1, 0), write(2, 10, 20), read(1, 30), write(1, 50, 90), write(3, 50, 95), read(1, 100)];
      expect(run(history)?.verdict).toBe('legal');
    });

    it('forgets how far it got by that', () => {
      const history = [write(1, 0), write(2, 10, 20), read(1, 30), write(3, 50, 60), read(1, 70), read(1, 80)];
      const { returnRank } = problemOf(casRegister(), history, Int32Array.from(history.keys()));
      expect(run(history)).toEqual({ verdict: 'illegal', reached: returnRank[4] });
    });

    it('does not say how far it got', () => {
      const history = [write(1, 0), write(2, 10, 20), read(1, 30), write(3, 50, 60), read(1, 70), read(9, 80)];
      expect(run(history)).toEqual({ verdict: 'illegal' });
    });
  });
});
