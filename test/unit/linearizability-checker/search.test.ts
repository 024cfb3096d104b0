import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  casRegister,
  counter,
  type Model,
  type RegisterInput,
  type RegisterOutput,
  type Scalar,
} from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { Search } from '../../../src/linearizability-checker/search.js';
import { CompiledModel } from '../../../src/linearizability-checker/states.js';
import { isLinearization } from '../../../src/linearizability-checker/witness.js';
import { isLinearizable } from './brute-force.js';
import { answered } from './core.js';
import { type RegisterHistory, registerHistory, spoilRegister } from './histories.js';
import { prefix } from './prefix.js';

const CASES = 2000;

function problemFor(seed: number, model = casRegister()) {
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
  return problemOf(model, spoilt, Int32Array.from(spoilt.keys()));
}

/** Few values, some lost updates, and answers that need them more often than they can be had, or less often. */
function wantedAgain(random: Random): RegisterHistory {
  const value = () => random.int(1, 2);
  const update = (writes: number): RegisterInput =>
    random.chance(writes) ? { f: 'write', value: value() } : { f: 'cas', expected: value(), value: value() };
  const lost = Array.from({ length: random.int(1, 3) }, () => ({ input: update(0.7), call: random.int(0, 12) }));
  const others = Array.from({ length: random.int(4, 6) }, (_, index) => {
    const call = 3 * index + random.int(0, 2);
    const times = { call, return: call + random.int(0, 6) };
    if (random.chance(0.6)) return { input: { f: 'read' } as const, output: value(), ...times };
    const input = update(0.5);
    return { input, output: input.f === 'write' ? null : random.chance(0.7), ...times };
  });
  return random.shuffle([...lost, ...others]);
}

type RegisterProblem = ReturnType<typeof problemFor>;

const searchOf = (problem: RegisterProblem) => new Search(problem, new CompiledModel(casRegister(), problem));

/** A register of which the search is told no more than it must be. */
const { step, ...told } = casRegister();
const MODELS: readonly Model<Scalar, RegisterInput, RegisterOutput>[] = [
  casRegister(),
  { ...told, step, finite: false },
  { name: 'a register of which nothing is known', init: null, step },
];

describe('the general search', () => {
  const agrees = (problem: RegisterProblem, model: (typeof MODELS)[number], words: string) => {
    const outcome = new Search(problem, new CompiledModel(model, problem)).run(Number.POSITIVE_INFINITY);
    const expected = isLinearizable(model, prefix(problem, NEVER - 1)) ? 'legal' : 'illegal';
    expect(outcome?.verdict, words).toBe(expected);
    if (outcome?.verdict === 'legal') expect(isLinearization(model, problem, outcome.order), words).toBe(true);
    return expected;
  };

  it('agrees with trying every order, and gives an order that proves it, whatever it is told of the model', () => {
    const seen = { legal: 0, illegal: 0 };
    for (let seed = 1; seed <= 2 * CASES; seed++) {
      const model = MODELS[seed % 3] as (typeof MODELS)[number];
      seen[agrees(problemFor(seed, model), model, `seed ${seed}`)]++;
    }
    expect(Math.min(seen.legal, seen.illegal)).toBeGreaterThan(CASES / 4);
  });

  it('does so where few values are wanted again and again, and some who could have written them were lost', () => {
    const seen = { legal: 0, illegal: 0 };
    for (let seed = 1; seed <= 3 * CASES; seed++) {
      const model = MODELS[seed % 3] as (typeof MODELS)[number];
      const history = wantedAgain(new Random(seed));
      const problem = problemOf(model, history, Int32Array.from(history.keys()));
      seen[agrees(problem, model, `seed ${seed}`)]++;
    }
    expect(Math.min(seen.legal, seen.illegal)).toBeGreaterThan(CASES / 4);
  });

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

    it('starts again as often as need be, and has used nothing by then', () => {
      const compared = { input: { f: 'cas', expected: 3, value: 1 }, call: 0 } as const;
      const often = [write(3, 10, 20), read(1, 30), write(3, 40, 45), read(1, 50)];
      // The lost write of 1 is used up first, then the compare-and-set, and the last read can do without.
      const history = [write(1, 0), compared, ...often, write(1, 60, 90), write(3, 60, 95), read(1, 100)];
      expect(run(history)?.verdict).toBe('legal');
    });

    it('goes on nowhere from where it was then', () => {
      const compared = (expected: number, value: number, returned: number) =>
        ({ input: { f: 'cas', expected, value }, output: true, call: 0, return: returned }) as const;
      const all = [compared(1, 5, 110), compared(1, 6, 120), compared(6, 1, 125)];
      // Only from 1, which the lost write left behind on the way, could that write be the last.
      const history = [write(1, 0), write(7, 0, 100), ...all, read(1, 130)];
      expect(run(history)?.verdict).toBe('illegal');
    });

    it('uses nothing before it was called, wherever the others are listed', () => {
      const history = [read(1, 50), write(1, 0), write(1, 70), write(2, 10, 20), read(1, 30), write(2, 40, 45)];
      expect(run(history)?.verdict).toBe('illegal');
    });

    it('forgets how far it got by that', () => {
      const history = [write(1, 0), write(2, 10, 20), read(1, 30), write(3, 50, 60), read(1, 70), write(4, 80, 90)];
      const { returnRank } = problemOf(casRegister(), history, Int32Array.from(history.keys()));
      expect(run(history)).toEqual({ verdict: 'illegal', reached: returnRank[4] });
    });

    it('does not say how far it got', () => {
      const history = [write(1, 0), write(2, 10, 20), read(1, 30), write(3, 50, 60), read(1, 70), read(9, 80)];
      expect(run(history)).toEqual({ verdict: 'illegal' });
    });

    it('says how far it got when all are counted, though one was used too often several times', () => {
      const again = [10, 50, 90].flatMap((time) => [write(2, time, time + 5), read(1, time + 20)]);
      const history = [write(1, 0), write(7, 0), read(7, 2), ...again];
      const { returnRank } = problemOf(casRegister(), history, Int32Array.from(history.keys()));
      expect(run(history.filter((_, op) => op !== 1 && op !== 2))).toMatchObject({ verdict: 'illegal' });
      expect(run([write(1, 0), ...again])).toHaveProperty('reached');
      // The write of 7 was not used too often, and is not counted.
      expect(run(history)).toEqual({ verdict: 'illegal' });
      expect(returnRank[1]).toBe(NEVER);
    });
  });

  it('ends where a lost operation leads to ever more states', () => {
    const history = [
      { input: { f: 'add', value: 1 }, call: 0 },
      { input: { f: 'read' }, output: -1, call: 0, return: 5 },
    ] as const;
    const problem = problemOf(counter(), history, Int32Array.from(history.keys()));
    expect(new Search(problem, new CompiledModel(counter(), problem)).run(100)).toMatchObject({ verdict: 'illegal' });
  });

  describe('with little effort', () => {
    const effort = (history: RegisterHistory) => {
      const search = searchOf(problemOf(casRegister(), history, Int32Array.from(history.keys())));
      expect(search.run(Number.POSITIVE_INFINITY)?.verdict).toBe('illegal');
      return search.visited;
    };
    const write = (value: number, returned?: number) => ({
      input: { f: 'write', value } as const,
      call: 0,
      ...(returned !== undefined && { return: returned }),
    });
    const impossible = { input: { f: 'read' } as const, output: 99, call: 0, return: 100 };

    it('tries first what returned first', () => {
      const history = [0, 1, 2, 3, 4, 5].flatMap((value) => [
        { input: { f: 'write', value } as const, call: value, return: 100 - 10 * value },
        { input: { f: 'read' } as const, output: value, call: 101 - 10 * value, return: 102 - 10 * value },
      ]);
      const search = searchOf(problemOf(casRegister(), history, Int32Array.from(history.keys())));
      expect(search.run(Number.POSITIVE_INFINITY)?.verdict).toBe('legal');
      expect(search.visited).toBe(7);
    });

    it('tries one of many equal operations', () => {
      const equal = Array.from({ length: 8 }, (_, index) => write(1, 200 + index));
      expect(effort([...equal, impossible])).toBe(9);
    });

    it('lets nothing lost happen that changes nothing', () => {
      expect(effort([write(1, 200), write(1), impossible])).toBe(3);
    });

    it('lets nothing lost happen that the next operation hides', () => {
      expect(effort([write(1, 200), write(2), impossible])).toBe(4);
    });
  });
});
