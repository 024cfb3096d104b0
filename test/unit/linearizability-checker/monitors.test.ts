import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  appendList,
  counter,
  type FencedLockInput,
  fencedLock,
  fifoQueue,
  keyValue,
  type LockInput,
  type Model,
  mutex,
  type Operation,
  type QueueInput,
  reentrantLock,
  type StackInput,
  set,
  stack,
} from '../../../src/linearizability-checker/index.js';
import { queueHistory, stackHistory, tangledHistory } from './container-histories.js';
import { monitored } from './core.js';
import { listHistory, spoilList } from './histories.js';
import { keyValueHistory } from './key-value-histories.js';
import {
  anyOwners,
  anyShape,
  counterHistory,
  fencedLockHistory,
  mutexHistory,
  reentrantLockHistory,
  setHistory,
  spoilCounter,
  spoilFencedLock,
  spoilLock,
  spoilSet,
} from './object-histories.js';

const shape = { operations: 20_000, clients: 5, crashes: 0, times: 30 };
const few = { ...shape, operations: 2_000 };
const elements = { values: 3, told: 0.5, reads: 0, onlyAdds: false };
const pieces = Array.from({ length: 100 }, (_, index) => `${index};`);

/** One owner takes a lock and leaves it, again and again. */
function inTurn<Input>(acquire: Input, release: Input): Operation<Input, number | boolean>[] {
  return Array.from({ length: shape.operations }, (_, index) => {
    const acquires = index % 2 === 0;
    return {
      input: acquires ? acquire : release,
      output: acquires ? index : true,
      call: 2 * index,
      return: 2 * index + 1,
    };
  });
}

function looks<State, Input, Output>(model: Model<State, Input, Output>, history: Operation<Input, Output>[]) {
  const { result, looks: count, problem } = monitored(model, history);
  return { verdict: result?.verdict, perLook: problem.size / count };
}

describe('while it looks at many operations, the clock is watched', () => {
  const sweeping: Record<string, [perLook: number, () => ReturnType<typeof looks>]> = {
    'of a set': [250, () => looks(set(), setHistory(new Random(1), shape, elements))],
    'of a counter': [
      556,
      () => looks(counter(), counterHistory(new Random(1), shape, { initial: 0, deltas: [1], told: 0.3 })),
    ],
    'of a mutex': [250, () => looks(mutex(), mutexHistory(new Random(1), shape, 0.2))],
    'of a reentrant lock': [
      250,
      () =>
        looks(
          reentrantLock(),
          inTurn<LockInput>({ f: 'acquire', owner: 1 }, { f: 'release', owner: 1 }).map((operation) => ({
            ...operation,
            output: true,
          })),
        ),
    ],
    'of a lock with fencing tokens': [
      250,
      () => looks(fencedLock(), inTurn<FencedLockInput>({ f: 'acquire', owner: 1 }, { f: 'release', owner: 1 })),
    ],
    'of a queue': [144, () => looks(fifoQueue(), queueHistory(1, { ...shape, values: 0, insertions: 0.5 }))],
    'of a stack': [149, () => looks(stack(), stackHistory(1, { ...shape, values: 0, insertions: 0.5 }))],
  };
  for (const [object, [expected, measured]] of Object.entries(sweeping)) {
    it(`by the monitor ${object}, once in ${expected} operations`, () => {
      const { verdict, perLook } = measured();
      expect(verdict).toBe('legal');
      expect(Math.round(perLook)).toBe(expected);
    });
  }

  it('by the monitor of a counter that goes up and down, about once in some hundred operations', () => {
    const history = counterHistory(new Random(1), shape, { initial: 0, deltas: [1, -2], told: 0.3 });
    const { verdict, perLook } = looks(counter(), history);
    // That no answer is out of reach proves nothing.
    expect(verdict).toBeUndefined();
    expect(perLook).toBeLessThan(1000);
    expect(perLook).toBeGreaterThan(100);
  });

  const reading = {
    'of a set that grows': () =>
      looks(set(), setHistory(new Random(1), few, { values: 100, told: 0, reads: 0.1, onlyAdds: true })),
    'of a list': () => looks(appendList(), listHistory(1, { ...few, values: 0 })),
    'of a string that grows': () => {
      const kinds = { put: 0, append: 0.4, cas: 0, delete: 0, tokens: pieces };
      return looks(keyValue(), keyValueHistory(1, { ...few, operations: 200, ...kinds }));
    },
  };
  for (const [object, measured] of Object.entries(reading)) {
    it(`by the monitor ${object}, at every read of the whole`, () => {
      const { verdict, perLook } = measured();
      expect(verdict).toBe('legal');
      expect(perLook).toBeLessThan(12);
    });
  }
});

const tangledQueue = (seed: number, operations: number) =>
  tangledHistory<QueueInput>(seed, operations, (value) => ({ f: 'enqueue', value }), { f: 'dequeue' });
const tangledStack = (seed: number, operations: number) =>
  tangledHistory<StackInput>(seed, operations, (value) => ({ f: 'push', value }), { f: 'pop' });

/** The sizes of all contradictions that a monitor names in histories of these seeds, added up. */
function named<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: (seed: number) => Operation<Input, Output>[],
): number {
  let sum = 0;
  for (let seed = 1; seed <= 1_000; seed++) {
    const { result } = monitored(model, history(seed));
    if (result?.verdict === 'illegal') sum += result.core.length;
  }
  return sum;
}

describe('in a thousand small histories, of which some hundreds are illegal', () => {
  const objects: Record<string, () => { readonly sum: number; readonly most: number }> = {
    'a set that grows': () => ({
      sum: named(set(), (seed) => {
        const random = new Random(seed);
        const options = { values: random.pick([0, 0, 3]), told: 0, reads: 0.5, onlyAdds: true };
        return spoilSet(random, setHistory(random, anyShape(random, 9), options));
      }),
      most: 501,
    }),
    'a counter': () => ({
      sum: named(counter(), (seed) => {
        const random = new Random(seed);
        const options = { initial: 0, deltas: [1], told: random.pick([0, 0.5]) };
        return spoilCounter(random, counterHistory(random, anyShape(random, 12), options));
      }),
      most: 994,
    }),
    'a counter that goes up and down': () => ({
      sum: named(counter(), (seed) => {
        const random = new Random(seed);
        const options = { initial: 0, deltas: [1, 2, -1, -3], told: random.pick([0, 0.5]) };
        return spoilCounter(random, counterHistory(random, anyShape(random, 12), options));
      }),
      most: 870,
    }),
    'a reentrant lock': () => ({
      sum: named(reentrantLock(2), (seed) => {
        const random = new Random(seed);
        const options = { limit: 2, refusals: 0.2 };
        return spoilLock(random, reentrantLockHistory(random, anyOwners(random, 12), options));
      }),
      most: 2_265,
    }),
    'a lock with fencing tokens': () => ({
      sum: named(fencedLock({ reentrant: 2 }), (seed) => {
        const random = new Random(seed);
        const options = { limit: 2, refusals: 0.2, unseen: 0 };
        return spoilFencedLock(random, fencedLockHistory(random, anyOwners(random, 12), options));
      }),
      most: 2_205,
    }),
    'a list': () => ({
      sum: named(appendList(), (seed) =>
        spoilList(seed, listHistory(seed, { ...anyShape(new Random(seed), 12), values: 0 })),
      ),
      most: 1_097,
    }),
    'a queue': () => ({ sum: named(fifoQueue(), (seed) => tangledQueue(seed, 4 + (seed % 9))), most: 714 }),
    'a stack': () => ({ sum: named(stack(), (seed) => tangledStack(seed, 4 + (seed % 9))), most: 502 }),
  };
  for (const [object, measured] of Object.entries(objects)) {
    it(`the monitor of ${object} names few operations`, () => {
      const { sum, most } = measured();
      expect(sum).toBeGreaterThan(300);
      expect(sum).toBeLessThanOrEqual(most);
    });
  }
});
