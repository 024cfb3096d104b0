import { describe, expect, it } from 'vitest';
import { MemoryBudget } from '../../../src/linearizability-checker/budget.js';
import type { Model, Operation } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { CompiledModel, IMPOSSIBLE } from '../../../src/linearizability-checker/states.js';

type Collected = Model<readonly unknown[], unknown, unknown>;

/** A list to which every input is appended, if it answers what it got. */
const list: Collected = {
  name: 'list',
  init: [],
  step: (state, input, output) => (output === undefined || output === input ? [...state, input] : undefined),
};

function compiled(model: Collected, operations: readonly Operation<unknown, unknown>[], memory?: MemoryBudget) {
  const problem = problemOf(model, operations, Int32Array.from(operations.keys()));
  return new CompiledModel(model, problem, memory);
}

const called = (...inputs: readonly unknown[]) => inputs.map((input) => ({ input, call: 0 }));

describe('classes of operations', () => {
  it('are as many as there are different inputs, also where JSON knows no difference', () => {
    const inputs = [
      1,
      '1',
      null,
      undefined,
      'null',
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      1n,
      2n,
      true,
      'true',
      [1, 2],
      [1, [2]],
      [Number.NaN],
      [null],
      [undefined],
      {},
      { a: 1 },
      { a: Number.NaN },
      { a: null },
      { a: undefined },
      { a: { b: 1n } },
      { a: { b: 2n } },
      new Map([[1, 2]]),
      new Map([[1, 3]]),
      new Set([1]),
      new Set([2]),
      Symbol.for('a'),
      Symbol.for('b'),
      { a: Symbol.for('a') },
    ];
    const model = compiled(list, called(...inputs, ...inputs));
    expect([...model.classOf]).toEqual([...inputs.keys(), ...inputs.keys()]);
  });

  it('differ by their answers, and by whether they returned', () => {
    const model = compiled(list, [
      { input: 1, call: 0, return: 1, output: 1 },
      { input: 1, call: 0, return: 1, output: '1' },
      { input: 1, call: 0, return: 1 },
      { input: 1, call: 0 },
      { input: 1, call: 5, return: 6, output: 1 },
      { input: 1, call: 5 },
    ]);
    expect([...model.classOf]).toEqual([0, 1, 2, 3, 0, 3]);
  });

  it('know what only reads, and what leaves the same state behind whatever was there', () => {
    const answered = (input: unknown) => ({ input, output: 7, call: 0, return: 1 });
    const model = compiled(
      {
        ...list,
        readOnly: (input, output) => input === 'read' && output === 7,
        blind: (input, output) => input === 'clear' && output === 7,
      },
      [answered('read'), answered('clear'), answered('append'), { input: 'clear', call: 0, return: 1 }],
    );
    expect(model.readOnly).toEqual([true, false, false, false]);
    expect(model.blind).toEqual([false, true, false, false]);
    const plain = compiled(list, called(1));
    expect([plain.readOnly, plain.blind, plain.finite]).toEqual([[false], [false], false]);
    expect(compiled({ ...list, finite: true }, []).finite).toBe(true);
  });
});

describe('states', () => {
  it('are equal where the steps lead to equal ones, and each step is taken once', () => {
    let steps = 0;
    const model = compiled(
      {
        name: 'bag',
        init: [],
        step(state, input, output) {
          steps++;
          return output === undefined || output === input ? [...state, input].sort() : undefined;
        },
      },
      [...called('a', 'b'), { input: 'a', output: 'x', call: 0, return: 1 }],
    );
    const [a, b, impossible] = model.classOf as unknown as [number, number, number];
    const step = (...classes: number[]) => classes.reduce((state, each) => model.step(state, each), model.initial);
    expect(step(a, b)).toBe(step(b, a));
    expect(new Set([step(), step(a), step(b), step(a, b), step(a, a)]).size).toBe(5);
    expect(step(a, impossible)).toBe(IMPOSSIBLE);
    const before = steps;
    expect(step(a, impossible)).toBe(IMPOSSIBLE);
    step(a, b);
    expect(steps).toBe(before);
  });

  it('with equal hashes are told apart where the model compares them', () => {
    const model = compiled(
      {
        ...list,
        hash: () => 1,
        equals: (left, right) => JSON.stringify(left) === JSON.stringify(right),
      },
      called('a', 'b'),
    );
    const ends = [[], [0], [1], [0, 0], [0, 1], [1, 0], [1, 1]].map((classes) =>
      classes.reduce((state, each) => model.step(state, each), model.initial),
    );
    expect(new Set([...ends, IMPOSSIBLE]).size).toBe(8);
    // Found again, the first as well as the last.
    const lamp = compiled(
      {
        name: 'switch',
        init: ['off'],
        step: (_, input) => [input],
        hash: () => 1,
        equals: ([left], [right]) => left === right,
      },
      called('off', 'on', 'broken'),
    );
    const turn = (...classes: number[]) => classes.reduce((state, each) => lamp.step(state, each), lamp.initial);
    expect([turn(1, 0), turn(2, 0), turn(0)]).toEqual([lamp.initial, lamp.initial, lamp.initial]);
    expect(turn(2, 1)).toBe(turn(1));
    expect(turn(1, 2)).toBe(turn(2));
  });

  it('are told apart by their hash where JSON cannot', () => {
    const sets: Model<ReadonlySet<unknown>, unknown, unknown> = {
      name: 'set',
      init: new Set(),
      step: (state, input) => new Set([...state, input]),
      hash: (state) => [...state].sort().join(),
    };
    const operations = called('a', 'b');
    const model = new CompiledModel(sets, problemOf(sets, operations, Int32Array.of(0, 1)));
    const step = (...classes: number[]) => classes.reduce((state, each) => model.step(state, each), model.initial);
    expect(new Set([step(), step(0), step(1), step(0, 1)]).size).toBe(4);
    expect(step(0, 1)).toBe(step(1, 0));
  });

  it('and steps count as memory', () => {
    const walk = (model: Collected, bytes: number, length: number) => {
      const walked = compiled(model, called('a'), new MemoryBudget(bytes));
      let state = walked.initial;
      for (let step = 0; step < length; step++) state = walked.step(state, 0);
    };
    const byLength = { ...list, hash: (state: readonly unknown[]) => state.length };
    const alike = {
      ...list,
      hash: () => 0,
      equals: (left: readonly unknown[], right: readonly unknown[]) => left.length === right.length,
    };
    for (const model of [list, byLength, alike]) {
      expect(() => walk(model, 100_000, 10)).not.toThrow();
      expect(() => walk(model, 100_000, 1000)).toThrow('out of memory');
    }
    // One state with a long name.
    expect(() => compiled({ ...list, init: ['a'.repeat(50_000)] }, [], new MemoryBudget(10_000))).toThrow(
      'out of memory',
    );
    // One state, and as many steps as there are inputs.
    const inputs = called(...Array(1000).keys());
    const still = compiled({ ...list, step: (state) => state }, inputs, new MemoryBudget(20_000));
    expect(() => inputs.map((_, each) => still.step(still.initial, each))).toThrow('out of memory');
  });

  it('are looked for while the clock is looked at, but not at every operation', () => {
    let pulses = 0;
    const operations = called(...Array(5000).keys());
    const problem = problemOf(list, operations, Int32Array.from(operations.keys()));
    new CompiledModel(list, problem, undefined, () => pulses++);
    expect(pulses).toBe(20);
  });
});
