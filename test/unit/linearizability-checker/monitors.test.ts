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
  reentrantLock,
  set,
  stack,
} from '../../../src/linearizability-checker/index.js';
import { queueHistory, stackHistory } from './container-histories.js';
import { monitored } from './core.js';
import { listHistory } from './histories.js';
import { keyValueHistory } from './key-value-histories.js';
import { counterHistory, mutexHistory, setHistory } from './object-histories.js';

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
  const sweeping = {
    'of a set': () => looks(set(), setHistory(new Random(1), shape, elements)),
    'of a counter': () =>
      looks(counter(), counterHistory(new Random(1), shape, { initial: 0, deltas: [1], told: 0.3 })),
    'of a mutex': () => looks(mutex(), mutexHistory(new Random(1), shape, 0.2)),
    'of a reentrant lock': () =>
      looks(
        reentrantLock(),
        inTurn<LockInput>({ f: 'acquire', owner: 1 }, { f: 'release', owner: 1 }).map((operation) => ({
          ...operation,
          output: true,
        })),
      ),
    'of a lock with fencing tokens': () =>
      looks(fencedLock(), inTurn<FencedLockInput>({ f: 'acquire', owner: 1 }, { f: 'release', owner: 1 })),
    'of a queue': () => looks(fifoQueue(), queueHistory(1, { ...shape, values: 0, insertions: 0.5 })),
    'of a stack': () => looks(stack(), stackHistory(1, { ...shape, values: 0, insertions: 0.5 })),
  };
  for (const [object, measured] of Object.entries(sweeping)) {
    it(`by the monitor ${object}, about once in a thousand operations`, () => {
      const { verdict, perLook } = measured();
      expect(verdict).toBe('legal');
      expect(perLook).toBeLessThan(2000);
      expect(perLook).toBeGreaterThan(400);
    });
  }

  it('by the monitor of a counter that goes up and down, about once in a thousand operations', () => {
    const history = counterHistory(new Random(1), shape, { initial: 0, deltas: [1, -2], told: 0.3 });
    const { verdict, perLook } = looks(counter(), history);
    // That no answer is out of reach proves nothing.
    expect(verdict).toBeUndefined();
    expect(perLook).toBeLessThan(2000);
    expect(perLook).toBeGreaterThan(400);
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
