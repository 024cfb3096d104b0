import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { casRegister } from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { RegisterContradictions } from '../../../src/linearizability-checker/register/contradiction.js';
import { registerHistory as viewOf } from '../../../src/linearizability-checker/register/view.js';
import { isLinearizable } from './brute-force.js';
import { type RegisterHistory, registerHistory, spoilRegister } from './histories.js';

function viewFor(history: RegisterHistory) {
  const view = viewOf(problemOf(casRegister(), history, Int32Array.from(history.keys())), casRegister());
  if (view === undefined) throw new Error('a register is none');
  return view;
}

/** A spoilt history with ranks for times, and questions about it. */
function questionsFor(seed: number, most: number) {
  const random = new Random(seed);
  const shape = { operations: random.int(3, most), clients: random.int(2, 4), times: random.int(4, 40) };
  const rates = { crashes: random.pick([0, 0.15, 0.3]), values: random.int(0, 3), cas: random.pick([0, 0.3]) };
  const recorded = spoilRegister(seed, registerHistory(seed, { ...shape, ...rates }));
  const problem = problemOf(casRegister(), recorded, Int32Array.from(recorded.keys()));
  const history = Array.from(problem.sources, (source, op): RegisterHistory[number] => {
    const { input, output } = recorded[source] as RegisterHistory[number];
    const [call, returned] = [problem.callRank[op] as number, problem.returnRank[op] as number];
    return { input, call, ...(returned !== NEVER && { return: returned, ...(output !== undefined && { output }) }) };
  });
  const returned = [...history.keys()].filter((op) => history[op]?.return !== undefined);
  return { random, history, returned, questions: new RegisterContradictions(viewFor(history)) };
}

/** Only these are certain; of the others, updates may have happened, unless they were refused. */
function released(history: RegisterHistory, certain: readonly number[]): RegisterHistory {
  return history.flatMap((operation, op) => {
    const { input, call, output } = operation;
    if (certain.includes(op)) return [operation];
    return input.f === 'read' || output === false ? [] : [{ input, call }];
  });
}

describe('operations of a register contradict one another', () => {
  it('exactly when no order of them is possible, whatever became of the others', () => {
    const seen = { true: 0, false: 0 };
    for (let seed = 1; seed <= 3000; seed++) {
      const { random, history, returned, questions } = questionsFor(seed, 8);
      const certain = returned.filter(() => random.chance(0.8));
      const expected = !isLinearizable(casRegister(), released(history, certain));
      expect(
        questions.contradict(certain, undefined, () => {}),
        `seed ${seed}`,
      ).toBe(expected);
      seen[`${expected}`]++;
    }
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(500);
  });

  it('from a moment on exactly when they do whatever was held then, and whatever had happened of what was running', () => {
    const seen = { true: 0, false: 0 };
    for (let seed = 1; seed <= 2000; seed++) {
      const { random, history, returned, questions } = questionsFor(seed, 7);
      const since = random.pick(history.slice(0, 4).map(({ call }) => call));
      const certain = returned.filter((op) => (history[op]?.return as number) > since && random.chance(0.9));
      const running = certain.filter((op) => (history[op]?.call as number) < since);
      let expected = true;
      for (let done = 0; done < 2 ** running.length; done++) {
        const left = history.map((operation, op) => {
          const before = (operation.return ?? since) < since || (done & (1 << running.indexOf(op))) !== 0;
          return before && (operation.return !== undefined || certain.includes(op)) ? undefined : operation;
        });
        const kept = [...history.keys()].filter((op) => left[op] !== undefined);
        const part = released(
          kept.map((op) => history[op] as RegisterHistory[number]),
          certain.map((op) => kept.indexOf(op)),
        ).map((operation) => ({ ...operation, call: Math.max(operation.call, since) }));
        for (const initial of [null, 0, 1, 2, 3, 4, 5, 6, 7, 99, -1]) {
          expected &&= !isLinearizable(casRegister(initial), part);
        }
      }
      expect(
        questions.contradict(certain, since, () => {}),
        `seed ${seed}: ${JSON.stringify({ history, certain, since })}`,
      ).toBe(expected);
      seen[`${expected}`]++;
    }
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(200);
  });

  it('not when one of them only says what was not held, at a moment when that may have been anything', () => {
    const history: RegisterHistory = [
      { input: { f: 'read' }, output: null, call: 0, return: 1 },
      { input: { f: 'cas', expected: null, value: 1 }, output: false, call: 2, return: 3 },
    ];
    const questions = new RegisterContradictions(viewFor(history));
    expect(questions.contradict([1], 2, () => {})).toBe(false);
    expect(questions.contradict([1], undefined, () => {})).toBe(true);
  });

  it('or nobody knows: it is not looked for forever, and the clock is looked at meanwhile', () => {
    const ask = (clients: number) => {
      const shape = { operations: 400, clients, crashes: 0, times: 90, values: 4, cas: 0.2 };
      let pulses = 0;
      const history = registerHistory(5, shape);
      const found = new RegisterContradictions(viewFor(history)).contradict(
        [...history.keys()],
        undefined,
        () => pulses++,
      );
      return { found, pulses };
    };
    expect(ask(2).found).toBe(false);
    const { found, pulses } = ask(40);
    expect(found).toBe(undefined);
    expect(pulses).toBeGreaterThan(5);
  });
});

describe('where a value came from', () => {
  it('is the last to return of the updates that can have made it', () => {
    let told = 0;
    for (let seed = 1; seed <= 1000; seed++) {
      const { history, questions } = questionsFor(seed, 10);
      for (const [op, { input, output, return: returned }] of history.entries()) {
        const seen = input.f === 'cas' && output !== false ? input.expected : input.f === 'read' ? output : undefined;
        // To replace a value by itself is to read it.
        const found = input.f === 'cas' && input.expected === input.value && output === undefined ? undefined : seen;
        const makers = history.flatMap((other, index) => {
          const makes = other.input.f === 'write' || (other.input.f === 'cas' && other.output !== false);
          const isRead = other.input.f === 'cas' && other.input.expected === other.input.value;
          const value = other.input.f === 'read' ? undefined : other.input.value;
          return makes && !isRead && index !== op && value === found && other.call < (returned ?? Infinity)
            ? [index]
            : [];
        });
        const end = (index: number) => history[index]?.return ?? Infinity;
        const latest = found === undefined ? -Infinity : Math.max(...makers.map(end));
        const expected = makers.find((index) => found !== undefined && end(index) === latest);
        expect(questions.origin(op), `seed ${seed}, ${op}: ${JSON.stringify(history)}`).toBe(expected);
        if (expected !== undefined) told++;
      }
    }
    expect(told).toBeGreaterThan(1000);
  });
});
