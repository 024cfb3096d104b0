import { describe, expect, it } from 'vitest';
import { Random } from '../../../../src/kernel/random.js';
import {
  appendList,
  casRegister,
  describeWeakerModels,
  fifoQueue,
  keyValue,
  type ListInput,
  type ListOutput,
  type Model,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  type Scalar,
  weakerModels,
} from '../../../../src/linearizability-checker/index.js';
import { keyValues, registers } from '../../../support/history-families/cells.js';
import { generate } from '../../../support/history-families/generate.js';
import { lists } from '../../../support/history-families/lists.js';
import { laggingHistory } from './histories.js';

type Register = Operation<RegisterInput, RegisterOutput>;

/** Operations one after another: time says nothing that the list does not. */
let clock = 0;
const at = () => ({ call: ++clock, return: clock });
const write = (process: number, value: number, key?: string): Register => ({
  ...at(),
  process,
  input: { f: 'write', value, ...(key !== undefined && { key }) },
  output: null,
});
const read = (process: number, output: number | null, key?: string): Register => ({
  ...at(),
  process,
  input: { f: 'read', ...(key !== undefined && { key }) },
  output,
});
const append = (process: number, value: number): Operation<ListInput, ListOutput> => ({
  ...at(),
  process,
  input: { f: 'append', value },
});
const list = (process: number, ...output: number[]): Operation<ListInput, ListOutput> => ({
  ...at(),
  process,
  input: { f: 'read' },
  output,
});

/** By model: verdicts in the fixed order. */
function verdicts<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): Record<string, string> {
  return Object.fromEntries(
    weakerModels(model, operations).map(({ model: name, scope, verdict }) => [
      name === 'sequential consistency' ? `sequential, ${scope}` : name,
      verdict,
    ]),
  );
}

const HOLDS = {
  'sequential, all keys': 'holds',
  'sequential, each key': 'holds',
  'read your writes': 'holds',
  'monotonic reads': 'holds',
  'monotonic writes': 'holds',
  'writes follow reads': 'holds',
};
const NOT_SEQUENTIAL = { ...HOLDS, 'sequential, all keys': 'violated', 'sequential, each key': 'violated' };

describe('weaker models', () => {
  it('a stale read of another process violates none of them', () => {
    expect(verdicts(casRegister(), [write(0, 1), read(1, null)])).toEqual(HOLDS);
  });

  it('a process that does not see its own write violates read your writes', () => {
    const history = [write(0, 1), read(0, null)];
    expect(verdicts(casRegister(), history)).toEqual({ ...NOT_SEQUENTIAL, 'read your writes': 'violated' });
    expect(weakerModels(casRegister(), history)[2]).toMatchObject({
      operations: [0, 1],
      minimal: true,
      reason: 'process 0: write(1), then read() = null; no order of the versions explains these answers',
    });
  });

  it('reads that go back violate monotonic reads', () => {
    const history = [write(0, 1), read(1, 1), read(1, null)];
    expect(verdicts(casRegister(), history)).toEqual({ ...NOT_SEQUENTIAL, 'monotonic reads': 'violated' });
    // Two processes may see the versions at different times.
    expect(verdicts(casRegister(), [write(0, 1), read(1, 1), read(2, null)])).toEqual(HOLDS);
  });

  it("one process's appends in the wrong order violate monotonic writes", () => {
    const history = [append(0, 1), append(0, 2), list(1, 2, 1)];
    expect(verdicts(appendList(), history)).toEqual({ ...NOT_SEQUENTIAL, 'monotonic writes': 'violated' });
  });

  it('writes that each follow a read of the other violate writes follow reads', () => {
    const history = [read(0, 2), write(0, 1), read(1, 1), write(1, 2)];
    expect(verdicts(casRegister(), history)).toEqual({ ...NOT_SEQUENTIAL, 'writes follow reads': 'violated' });
    const result = weakerModels(casRegister(), history)[5];
    expect(result?.operations).toEqual([0, 1, 2, 3]);
    expect(result?.reason).toMatch(
      /^process 0: read\(\) = 2, then write\(1\); process 1: read\(\) = 1, then write\(2\);/,
    );
  });

  it('two processes that each miss the write of the other are sequential in each key, not over both', () => {
    // Dekker's store buffers.
    const history = [write(0, 1, 'x'), write(1, 1, 'y'), read(0, null, 'y'), read(1, null, 'x')];
    expect(verdicts(casRegister(), history)).toEqual({ ...HOLDS, 'sequential, all keys': 'violated' });
    const [all] = weakerModels(casRegister(), history);
    expect(all).toMatchObject({ operations: [0, 1, 2, 3], minimal: true });
    expect(all).not.toHaveProperty('key');
    expect(all?.reason).toBe(
      'process 0: write(1) on "x", then read() = null on "y"; process 1: write(1) on "y", then read() = null on "x"; ' +
        'no order of the versions explains these answers',
    );
  });

  it('the key that breaks a model is named', () => {
    const history = [write(0, 1, 'x'), write(0, 1, 'y'), read(0, null, 'y')];
    const result = weakerModels(casRegister(), history)[2];
    expect(result).toMatchObject({ verdict: 'violated', key: 'y', operations: [1, 2] });
    expect(result?.reason).toMatch(/^key "y": process 0: write\(1\), then read\(\) = null;/);
  });

  it('a value that nobody wrote fits no version', () => {
    const results = weakerModels(casRegister(), [write(0, 1), write(1, 1), read(1, 7)]);
    for (const { verdict, operations, reason } of results) {
      expect(verdict).toBe('violated');
      expect(operations).toEqual([2]);
      expect(reason).toBe('process 1: read() = 7; nobody wrote 7');
    }
  });

  it('an operation of unknown outcome may have happened or not, and its process may go on', () => {
    const crashed: Register = { process: 0, input: { f: 'write', value: 1 }, call: ++clock };
    expect(verdicts(casRegister(), [crashed, read(0, null), read(0, 1)])).toEqual(HOLDS);
    expect(verdicts(casRegister(), [crashed, read(0, 1), read(0, null)])).toMatchObject({
      'monotonic reads': 'violated',
    });
  });
});

describe('what cannot be told is unknown, with the reason', () => {
  it('when the history does not say who called', () => {
    const { process: _, ...nameless } = read(1, 1);
    const results = weakerModels(casRegister(), [write(0, 1), nameless, read(0, null)]);
    expect(results.map(({ verdict }) => verdict)).toEqual([
      'violated',
      'violated',
      'violated',
      'unknown',
      'unknown',
      'unknown',
    ]);
    expect(results[3]?.reason).toBe('the history does not say which process called 1 of its 3 operations');
  });

  it('when a process has two operations outstanding', () => {
    const results = weakerModels(casRegister(), [
      { process: 4, input: { f: 'write', value: 1 }, output: null, call: 0, return: 10 },
      { process: 4, input: { f: 'read' }, output: null, call: 5, return: 12 },
    ]);
    expect(results).toHaveLength(6);
    for (const { verdict, reason } of results) {
      expect(verdict).toBe('unknown');
      expect(reason).toBe('process 4 has two operations outstanding at 5, so its operations have no order');
    }
  });

  it('for the session guarantees of a queue, none of whose operations only reads', () => {
    const results = weakerModels(fifoQueue(), [
      { ...at(), process: 0, input: { f: 'enqueue', value: 1 } },
      { ...at(), process: 1, input: { f: 'dequeue' }, output: 1 },
    ]);
    expect(results.map(({ verdict }) => verdict)).toEqual([
      'holds',
      'holds',
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
    expect(results[2]?.reason).toBe('not defined for a fifo-queue: none of the operations only reads');
  });

  it('when the time is over', () => {
    const history = generate(
      registers,
      { operations: 3000, clients: 20, overlap: 'heavy', values: 'few', fault: 'dead' },
      1,
    );
    let time = 0;
    const results = weakerModels(casRegister(), history, { timeoutMs: 20, now: () => time++ });
    expect(results.map(({ verdict }) => verdict)).toContain('unknown');
    expect(results[0]?.reason).toBe('neither an order nor a contradiction was found within the time allowed');
  });
});

describe('a report', () => {
  it('has one line for each model', () => {
    expect(describeWeakerModels(weakerModels(casRegister(), [write(3, 5), read(3, null)]))).toEqual([
      'Sequential consistency (all keys): violated; process 3: write(5), then read() = null; no order of the versions explains these answers.',
      'Sequential consistency (each key): violated; process 3: write(5), then read() = null; no order of the versions explains these answers.',
      'Read your writes: violated; process 3: write(5), then read() = null; no order of the versions explains these answers.',
      'Monotonic reads: holds; an order explains every answer.',
      'Monotonic writes: holds; an order explains every answer.',
      'Writes follow reads: holds; an order explains every answer.',
    ]);
  });
});

describe('a sentence', () => {
  it('shortens long lists', () => {
    const values = Array.from({ length: 500 }, (_, index) => index);
    const [result] = weakerModels(appendList(), [list(0, ...values)]);
    expect(result?.reason.length).toBeLessThan(200);
    expect(result?.reason).toContain('498,499]');
  });
});

describe('histories that are right fulfil all models', () => {
  const shape = { operations: 60, clients: 4, overlap: 'heavy', crashed: 3 } as const;

  it('linearizable ones', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const values = seed % 4 === 0 ? 'few' : 'unique';
      const store = { ...shape, values, keys: 3 } as const;
      expect(verdicts(casRegister(), generate(registers, { ...shape, values }, seed)), `seed ${seed}`).toEqual(HOLDS);
      expect(verdicts(keyValue(), generate(keyValues, store, seed)), `seed ${seed}`).toEqual(HOLDS);
      expect(verdicts(appendList(), generate(lists, shape, seed)), `seed ${seed}`).toEqual(HOLDS);
    }
  });

  it('sequentially consistent ones', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const random = new Random(seed);
      let written = 0;
      // Made one operation after another, though not in the order of time.
      const history = laggingHistory<Scalar, RegisterInput, RegisterOutput>(
        random,
        { operations: 40, processes: 4, keys: 3, crashes: 0.05, lag: 0, swaps: 0 },
        null,
        (key, newest) => {
          if (random.chance(0.5)) return { input: { f: 'read', key }, output: newest };
          const value = seed % 2 === 0 ? ++written : random.int(1, 4);
          return { input: { f: 'write', key, value }, state: value };
        },
      );
      expect(verdicts(casRegister(), history), `seed ${seed}`).toEqual(HOLDS);
    }
  });
});

describe('large histories', () => {
  const shape = { operations: 20_000, clients: 20, overlap: 'heavy', values: 'unique', fault: 'dead' } as const;

  it('of unique values are decided, with one stale read among them', () => {
    expect(Object.values(verdicts(casRegister(), generate(registers, shape, 1)))).not.toContain('unknown');
    const store = generate(keyValues, { ...shape, operations: 10_000, keys: 10 }, 1);
    expect(Object.values(verdicts(keyValue(), store))).not.toContain('unknown');
  });

  it('of few values are decided, with one stale read among them', () => {
    const history = generate(registers, { ...shape, operations: 5000, values: 'few' }, 1);
    expect(Object.values(verdicts(casRegister(), history))).not.toContain('unknown');
  });

  it('what several keys contradict together is told in few operations', () => {
    const history = generate(keyValues, { ...shape, operations: 30_000, keys: 100 }, 1);
    const [all, each] = weakerModels(keyValue(), history);
    expect([all?.verdict, each?.verdict]).toEqual(['violated', 'holds']);
    expect(all?.operations?.length).toBeLessThan(30);
    expect(all?.minimal).toBe(true);
  });
});
