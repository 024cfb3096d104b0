import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import type { Model, Operation } from '../../../src/linearizability-checker/index.js';
import { placeObservers } from '../../../src/linearizability-checker/monitors/place-observers.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { isLinearization } from '../../../src/linearizability-checker/witness.js';
import { isLinearizable } from './brute-force.js';

type Input =
  | { readonly kind: 'write'; readonly value: number }
  | { readonly kind: 'replace'; readonly expected: number; readonly value: number }
  | { readonly kind: 'read'; readonly value: number }
  | { readonly kind: 'not'; readonly value: number };
type History = Operation<Input, null>[];

const register: Model<number, Input, null> = {
  name: 'register',
  init: 0,
  step(state, input) {
    if (input.kind === 'write') return input.value;
    if (input.kind === 'replace') return state === input.expected ? input.value : undefined;
    return (state === input.value) === (input.kind === 'read') ? state : undefined;
  },
};

const write = (value: number, call: number, returned?: number): History[number] =>
  operation({ kind: 'write', value }, call, returned);
const replace = (expected: number, value: number, call: number, returned?: number) =>
  operation({ kind: 'replace', expected, value }, call, returned);
const read = (value: number, call: number, returned: number) => operation({ kind: 'read', value }, call, returned);
const not = (value: number, call: number, returned: number) => operation({ kind: 'not', value }, call, returned);

function operation(input: Input, call: number, returned?: number): History[number] {
  return { input, output: null, call, ...(returned !== undefined && { return: returned }) };
}

/** What is found for updates in this order, the observers behind them. */
function placed(updates: History, observers: History) {
  const problem = problemOf(register, [...updates, ...observers], Int32Array.from([...updates, ...observers].keys()));
  const opOf = (source: number) => problem.sources.indexOf(source);
  const order = updates.map((_, index) => opOf(index));
  let looks = 0;
  const places = placeObservers(
    problem,
    order,
    observers.map(({ input }, index) => ({ op: opOf(updates.length + index), forbidden: input.value })),
    {
      initial: 0,
      valueAfter: (op) => (problem.inputs[op] as Input).value,
      pinned: (op) => problem.inputs[op]?.kind === 'replace',
    },
    () => void looks++,
  );
  const isComplete = places?.length === problem.size && isLinearization(register, problem, places);
  return { found: places?.map((op) => problem.sources[op] as number), isComplete, looks };
}

/** Whether observers can stand somewhere between updates that come in exactly this order: by trying every place. */
function fits(updates: History, observers: History): boolean {
  const values = [0, ...updates.map(({ input }) => input.value)];
  const model: Model<number, { nth?: number; input: Input }, null> = {
    name: 'updates in a given order',
    init: 0,
    step(done, { nth, input }) {
      if (nth !== undefined) return done === nth ? done + 1 : undefined;
      return values[done] === input.value ? undefined : done;
    },
  };
  const numbered = updates.map((update, nth) => ({ ...update, input: { nth, input: update.input } }));
  const others = observers.map((observer) => ({ ...observer, input: { input: observer.input } }));
  const latest = Math.max(...[...updates, ...observers].map(({ call, return: returned }) => returned ?? call)) + 1;
  return isLinearizable(model, [
    ...numbered.map((update) => ({ ...update, return: update.return ?? latest })),
    ...others,
  ]);
}

/** A history of a register without its times, one update after another; values are told apart, or of few. */
function inputsOf(random: Random, updates: number, few: boolean): Input[] {
  let state = 0;
  return Array.from({ length: updates }, (_, index) => {
    if (!few && random.chance(0.2)) return { kind: 'read', value: state };
    const expected = state;
    state = few ? random.int(0, 3) : index + 1;
    return !few && random.chance(0.25) ? { kind: 'replace', expected, value: state } : { kind: 'write', value: state };
  });
}

/** Updates in an order that may be another than theirs, and observers, most of which have places in theirs. */
function disordered(seed: number, size: { updates: number; observers: number; few: boolean }) {
  const random = new Random(seed);
  const width = random.pick([10, 20, 40]);
  const interval = (point: number, most: number) => [point - random.int(0, most), point + random.int(0, most)] as const;
  const inOrder = inputsOf(random, size.updates, size.few).map((input, index) => {
    const [call, returned] = interval(10 * index, width);
    return operation(input, call, input.kind !== 'read' && random.chance(0.1) ? undefined : returned);
  });
  let updates = inOrder;
  for (let swap = 0; swap < 2 * size.updates; swap++) {
    const from = random.int(0, updates.length - 1);
    const middle = random.int(from, updates.length);
    const to = random.int(middle, updates.length);
    const [first, second] = [updates.slice(from, middle), updates.slice(middle, to)];
    const other = [...updates.slice(0, from), ...second, ...first, ...updates.slice(to)];
    const problem = problemOf(register, other, Int32Array.from(other.keys()));
    const order = other.map((_, index) => problem.sources.indexOf(index));
    if (isLinearization(register, problem, order)) updates = other;
  }
  const observers = Array.from({ length: size.observers }, () => {
    const point = random.int(-5, 10 * size.updates);
    const value = inOrder.findLast((_, index) => 10 * index < point)?.input.value ?? 0;
    // Rather one that is near in the other order.
    const near = random.int(Math.floor(point / 10) - 1, Math.ceil(point / 10));
    const forbidden = near < 0 ? 0 : (updates[Math.min(near, updates.length - 1)]?.input.value ?? 0);
    const [call, returned] = interval(point, width >> 1);
    return not(forbidden === value && random.chance(0.9) ? value + 1 : forbidden, call, returned);
  });
  return { updates, observers };
}

describe('observers', () => {
  it('find places wherever the order of the updates has some, and often where only another order has', () => {
    const seen = { fitting: 0, traded: 0, refused: 0, impossible: 0 };
    for (let seed = 1; seed <= 2000; seed++) {
      const size = { updates: 2 + (seed % 5), observers: 1 + (seed % 3), few: seed % 4 === 0 };
      const { updates, observers } = disordered(seed, size);
      const { found, isComplete } = placed(updates, observers);
      const fit = fits(updates, observers);
      expect(found === undefined || isComplete, `seed ${seed}`).toBe(true);
      if (fit) {
        expect(found, `seed ${seed}`).toBeDefined();
        seen.fitting++;
      } else if (found) seen.traded++;
      else if (isLinearizable(register, [...updates, ...observers])) seen.refused++;
      else seen.impossible++;
    }
    expect(seen.fitting).toBeGreaterThan(1500);
    expect(seen.traded).toBeGreaterThanOrEqual(50);
    expect(seen.impossible).toBeGreaterThan(20);
  });

  it('find places in most histories of some length that have some, whatever order their updates are listed in', () => {
    const seen = { told: 0, few: 0 };
    for (let seed = 1; seed <= 700; seed++) {
      const few = seed % 4 === 0;
      const { updates, observers } = disordered(seed, { updates: 20, observers: 8, few });
      const { found, isComplete } = placed(updates, observers);
      expect(found === undefined || isComplete, `seed ${seed}`).toBe(true);
      if (found) seen[few ? 'few' : 'told']++;
    }
    expect(seen.told).toBeGreaterThanOrEqual(505);
    expect(seen.few).toBeGreaterThanOrEqual(157);
  });

  it('stand before a segment that can begin later, or behind one that can end early enough', () => {
    const observer = not(1, 3, 4);
    expect(placed([write(1, 0, 5), write(2, 5, 6)], [observer]).found).toEqual([2, 0, 1]);
    expect(placed([write(1, 0, 2), write(2, 4, 6)], [observer]).found).toEqual([0, 1, 2]);
    expect(placed([write(1, 0, 2), write(2, 5, 6)], [observer]).found).toBeUndefined();
    // What the next writes after the same value is not in between.
    expect(placed([write(1, 0, 2), write(1, 1, 4), write(2, 5, 6)], [observer]).found).toBeUndefined();
  });

  it('have an earlier value come between theirs and the next, rather one that nobody observes', () => {
    const updates = [write(5, 0, 20), write(6, 0, 20), write(1, 0, 9), write(2, 14, 30)];
    expect(placed(updates, [not(1, 12, 13)]).found).toEqual([0, 2, 1, 4, 3]);
    expect(placed(updates, [not(1, 12, 13), not(6, 10, 10)]).found).toEqual([1, 2, 0, 5, 4, 3]);
    // Not one that must come before, or that something is pinned to.
    expect(placed(updates.with(1, write(6, 0, 1)).with(2, write(1, 2, 9)), [not(1, 12, 13)]).found).toEqual([
      1, 2, 0, 4, 3,
    ]);
    expect(placed(updates.with(2, replace(6, 1, 0, 9)), [not(1, 12, 13)]).found).toEqual([1, 2, 0, 4, 3]);
    // Where the next replaces theirs, nothing is tried.
    const next = placed(updates.with(3, replace(1, 2, 14, 30)), [not(1, 12, 13)]);
    expect([next.found, next.looks]).toEqual([undefined, 2]);
  });

  it('have a later value come between theirs and the next', () => {
    const updates = [write(1, 0, 9), write(2, 14, 30), write(3, 11, 30)];
    expect(placed(updates, [not(1, 12, 13)]).found).toEqual([0, 2, 3, 1]);
    expect(placed([...updates, write(4, 50, 51)], [not(1, 12, 13), not(2, 60, 61)]).found).toEqual([0, 2, 4, 1, 3, 5]);
    // With what read it.
    expect(placed([...updates, read(3, 11, 40)], [not(1, 12, 13)]).found).toEqual([0, 2, 3, 4, 1]);
    expect(placed([...updates, read(3, 31, 40)], [not(1, 12, 13)]).found).toBeUndefined();
    expect(placed(updates.with(2, write(3, 14, 30)), [not(1, 12, 13)]).found).toBeUndefined();
    expect(placed(updates.with(1, write(2, 14, 15)).with(2, write(3, 16, 30)), [not(1, 12, 13)]).found).toBeUndefined();
    const pinned = [...updates, replace(3, 4, 11, 30)];
    expect(placed(pinned, [not(1, 12, 13)]).found).toEqual([0, 2, 3, 4, 1]);
    expect(placed([...updates.with(2, replace(2, 3, 11, 30)), write(4, 11, 30)], [not(1, 12, 13)]).found).toEqual([
      0, 3, 4, 1, 2,
    ]);
  });

  it('have another value come after the first one, but none before it', () => {
    expect(placed([write(2, 14, 30), write(1, 0, 40)], [not(0, 12, 13)]).found).toEqual([1, 2, 0]);
    expect(placed([write(2, 14, 30), write(1, 14, 40)], [not(0, 12, 13)]).found).toBeUndefined();
    expect(placed([replace(0, 2, 14, 30), write(1, 0, 40)], [not(0, 12, 13)]).found).toBeUndefined();
  });

  it('have a value come from up to 63 places behind, or 64 before, and from no farther', () => {
    const later = (between: number) => {
      const others = Array.from({ length: between }, (_, index) => write(100 + index, 14, 40));
      return placed([write(1, 0, 9), ...others, write(2, 11, 30)], [not(1, 12, 13)]).found;
    };
    expect([later(62)?.slice(0, 3), later(63)]).toEqual([[0, 63, 64], undefined]);
    const earlier = (between: number) => {
      const others = Array.from({ length: between }, (_, index) => write(100 + index, 10 * index, 10 * index + 1));
      const updates = [write(5, 0, 2000), ...others, write(1, 1000, 1001), write(2, 1004, 1005)];
      return placed(updates, [not(1, 1002, 1003)]).found;
    };
    expect([earlier(63)?.slice(-4), earlier(64)]).toEqual([[64, 0, 66, 65], undefined]);
  });

  it('have a later value come between theirs and a next that another observer keeps waiting', () => {
    const updates = [write(1, 0, 9), write(2, 11, 30), read(2, 26, 35), write(3, 11, 40)];
    expect(placed(updates, [not(1, 12, 13), not(2, 20, 25)]).found).toEqual([0, 3, 4, 5, 1, 2]);
  });

  it('leave in its place what replaced the first value', () => {
    const updates = [replace(0, 1, 0, 20), write(5, 0, 9), write(2, 14, 30)];
    expect(placed(updates, [not(5, 12, 13)]).found).toBeUndefined();
    expect(placed(updates.with(0, write(1, 0, 20)), [not(5, 12, 13)]).found).toEqual([1, 0, 3, 2]);
  });

  it('have no value trade places where two of one value would come together', () => {
    // Behind the other write of 1, that of 2 would come too late; that of 5 can come between.
    const updates = [write(5, 0, 20), write(1, 0, 9), write(2, 14, 30), write(1, 11, 30)];
    expect(placed(updates, [not(1, 12, 13), not(2, 31, 32)]).found).toEqual([1, 0, 4, 2, 3, 5]);
    expect(placed(updates.slice(1), [not(1, 12, 13)]).found).toBeUndefined();
    const twice = [write(1, 0, 9), write(2, 14, 15), write(3, 11, 30), write(2, 14, 40)];
    expect(placed(twice, [not(1, 12, 13), not(2, 20, 21)]).found).toBeUndefined();
    expect(placed([write(5, 0, 20), ...twice], [not(1, 12, 13)]).found).toEqual([1, 0, 5, 2, 3, 4]);
  });

  it('stand in the order of their calls where they stand together, however they are listed', () => {
    for (const count of [3, 400]) {
      const observers = Array.from({ length: count }, (_, index) => not(7, 2 * index + 2, 2 * index + 3));
      const updates = [write(1, 0, 1), write(7, 1000, 1001), write(2, 1002, 1003)];
      const after = [not(7, 1004, 1005), not(7, 1006, 1007)];
      const inOrder = [...observers, ...after];
      const expected = [0, ...observers.map((_, index) => index + 3), 1, 2, 3 + count, 4 + count];
      expect(placed(updates, inOrder).found).toEqual(expected);
      const listed = new Random(count).shuffle(inOrder);
      const shuffled = placed(updates, listed).found?.map((op) =>
        op < 3 ? op : 3 + inOrder.indexOf(listed[op - 3] ?? write(0, 0)),
      );
      expect(shuffled).toEqual(expected);
    }
  });

  it('look at the clock once a pass, and one pass suffices where nothing has to move', () => {
    expect(placed([], [not(2, 2, 3)]).looks).toBe(2);
    expect(placed([write(1, 0, 1)], [not(2, 2, 3)]).looks).toBe(3);
    expect(placed([write(1, 0, 1), write(2, 1, 4)], [not(1, 2, 3)]).looks).toBe(3);
    expect(placed([write(1, 0, 4), write(2, 1, 5)], [not(2, 2, 3)]).looks).toBe(4);
  });

  it('look at the clock in between where they are many, or the updates are', () => {
    const many = Array.from({ length: 5000 }, (_, index) => write(index, 4 * index, 4 * index + 1));
    const theirs = many.map((_, index) => not(-1, 4 * index + 2, 4 * index + 3));
    expect(placed(many, theirs).looks).toBe(13);
  });
});
