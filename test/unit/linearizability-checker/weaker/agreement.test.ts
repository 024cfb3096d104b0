import { describe, expect, it } from 'vitest';
import { Random } from '../../../../src/kernel/random.js';
import {
  appendList,
  casRegister,
  type ListInput,
  type ListOutput,
  type Model,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  type Scalar,
  type WeakerModelResult,
  weakerModels,
} from '../../../../src/linearizability-checker/index.js';
import {
  type KeyValueInput,
  type KeyValueOutput,
  keyValue,
} from '../../../../src/linearizability-checker/models/key-value.js';
import { isSequential, sessionsHold } from './brute-force.js';
import { laggingHistory } from './histories.js';

const CASES = Number(process.env.CASES ?? 1000);

const shape = (random: Random) => ({
  operations: random.int(2, 7),
  processes: random.int(2, 3),
  keys: random.int(1, 2),
  crashes: random.pick([0, 0, 0.2]),
  lag: random.pick([0, 1, 2, 3]),
  swaps: 0.4,
});

/** `values` 0: every write has its own. */
function registers(seed: number, values: number, cas: number): Operation<RegisterInput, RegisterOutput>[] {
  const random = new Random(seed);
  let written = 0;
  return laggingHistory<Scalar, RegisterInput, RegisterOutput>(random, shape(random), null, (key, newest, replica) => {
    const kind = random.float();
    if (kind < 0.5) {
      const output = random.chance(0.05) ? random.int(0, 4) : replica;
      return { input: { f: 'read', key }, output };
    }
    const value = values === 0 ? ++written : random.int(1, values);
    if (kind > 1 - cas) {
      const expected = random.chance(0.6) ? newest : random.chance(0.8) ? replica : value;
      const output = random.chance(0.1) ? random.chance(0.5) : expected === newest;
      return { input: { f: 'cas', key, expected, value }, output, ...(output && { state: value }) };
    }
    return { input: { f: 'write', key, value }, output: random.pick([null, 'ok']), state: value };
  });
}

/** Two or three keys, all reads of values that someone wrote: sequential consistency fails over keys, not in one. */
function crossed(seed: number): Operation<RegisterInput, RegisterOutput>[] {
  const random = new Random(seed);
  const keys = ['x', 'y', 'z'].slice(0, random.int(2, 3));
  const size = random.int(5, 8);
  const written = new Map(keys.map((key): [string, Scalar[]] => [key, [null]]));
  const plans = Array.from({ length: size }, (_, index) => ({
    key: random.pick(keys),
    value: index,
    reads: random.chance(0.55),
  }));
  for (const { key, value, reads } of plans) if (!reads) written.get(key)?.push(value);
  return plans.map(({ key, value, reads }, index): Operation<RegisterInput, RegisterOutput> => {
    const base = { process: random.int(0, 3), call: 2 * index };
    const values = written.get(key) ?? [];
    if (reads) return { ...base, input: { f: 'read', key }, output: random.pick(values), return: 2 * index + 1 };
    if (random.chance(0.15)) {
      const expected = random.pick(values.filter((other) => other !== value));
      return { ...base, input: { f: 'cas', key, expected, value }, output: true, return: 2 * index + 1 };
    }
    return { ...base, input: { f: 'write', key, value }, output: null, return: 2 * index + 1 };
  });
}

function lists(seed: number, values: number): Operation<ListInput, ListOutput>[] {
  const random = new Random(seed);
  let appended = 0;
  return laggingHistory<readonly Scalar[], ListInput, ListOutput>(random, shape(random), [], (key, newest, replica) => {
    if (random.chance(0.5)) {
      const output = random.chance(0.1) ? random.shuffle(replica) : replica;
      return { input: { f: 'read', key }, output };
    }
    const value = values === 0 ? ++appended : random.int(1, values);
    return { input: { f: 'append', key, value }, state: [...newest, value] };
  });
}

function keyValues(seed: number, unique: boolean): Operation<KeyValueInput, KeyValueOutput>[] {
  const random = new Random(seed);
  let written = 0;
  return laggingHistory<Scalar, KeyValueInput, KeyValueOutput>(random, shape(random), null, (key, newest, replica) => {
    const kind = random.float();
    if (kind < 0.45) return { input: { f: 'get', key }, output: replica };
    const value = unique ? `<${++written}>` : random.pick(['a', 'b', 'ab']);
    if (kind < 0.65)
      return {
        input: { f: 'append', key, value },
        output: null,
        state: (newest === null ? '' : String(newest)) + value,
      };
    if (kind < 0.8) return { input: { f: 'put', key, value }, output: null, state: value };
    if (kind < 0.9) {
      const output = random.chance(0.5) ? newest !== null : null;
      return { input: { f: 'delete', key }, output, ...(output !== false && { state: null }) };
    }
    const expected = random.chance(0.6) ? newest : replica;
    const output = expected === newest;
    return { input: { f: 'cas', key, expected, value }, output, ...(output && { state: value }) };
  });
}

/** A model that the checker has never heard of: a counter that can be read. */
const counter: Model<number, { f: 'add' | 'get' | 'next' }, number> = {
  name: 'counter',
  init: 0,
  step(state, { f }, output) {
    if (f === 'add') return state + 1;
    if (f === 'next') return output === undefined || output === state ? state + 1 : undefined;
    return output === undefined || output === state ? state : undefined;
  },
  readOnly: ({ f }) => f === 'get',
};

function counters(seed: number): Operation<{ f: 'add' | 'get' | 'next' }, number>[] {
  const random = new Random(seed);
  return laggingHistory<number, { f: 'add' | 'get' | 'next' }, number>(
    random,
    { ...shape(random), keys: 1 },
    0,
    (_, newest, replica) => {
      if (random.chance(0.5)) return { input: { f: 'get' }, output: replica };
      return random.chance(0.6)
        ? { input: { f: 'add' }, state: newest + 1 }
        : { input: { f: 'next' }, output: newest, state: newest + 1 };
    },
  );
}

/** Fails at the first seed where a verdict differs; says how often each verdict was given. */
function compare<State, Input extends object, Output>(
  model: Model<State, Input, Output>,
  history: (seed: number) => Operation<Input, Output>[],
  observes: (input: Input, output: Output | undefined) => boolean = () => false,
): Record<string, number> {
  const census: Record<string, number> = {};
  for (let seed = 1; seed <= CASES; seed++) {
    const operations = history(seed);
    const results = weakerModels(model, operations);
    const keys = new Set(operations.map(({ input }) => model.partition?.(input) ?? ''));
    const perKey = [...keys].map((key) => operations.filter(({ input }) => (model.partition?.(input) ?? '') === key));
    const sessions = perKey.map((mine) => sessionsHold(model, mine, observes));
    for (const result of results) {
      const expected =
        result.model !== 'sequential consistency'
          ? sessions.every((held) => held[result.model as keyof typeof held])
          : result.scope === 'all keys'
            ? isSequential(model, operations)
            : perKey.every((mine) => isSequential(model, mine));
      const name = `${result.model}, ${result.scope}: ${result.verdict}`;
      census[name] = (census[name] ?? 0) + 1;
      if (result.reason.startsWith('not defined')) continue;
      if (result.verdict !== (expected ? 'holds' : 'violated')) {
        expect.fail(`seed ${seed}: ${name} but brute force says ${expected}: ${JSON.stringify(operations)}`);
      }
      checkContradiction(model, operations, result, observes, seed);
    }
  }
  return census;
}

/** The answers named must contradict the model by themselves, and none of them may be spared. */
function checkContradiction<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  result: WeakerModelResult,
  observes: (input: Input, output: Output | undefined) => boolean,
  seed: number,
): void {
  const { answers, operations: told, key } = result;
  if (result.verdict !== 'violated' || answers === undefined) return;
  // Distinct times, so that an operation keeps its place in its process when its return is forgotten.
  const end = (operation: Operation<Input, Output>) => operation.return ?? Number.POSITIVE_INFINITY;
  const inTime = [...operations].sort((a, b) => a.call - b.call || (end(a) === end(b) ? 0 : end(a) - end(b)));
  const spread = operations.map((operation): Operation<Input, Output> => {
    const call = inTime.indexOf(operation);
    return { ...operation, call, ...(operation.return !== undefined && { return: call }) };
  });
  const holds = (certain: readonly number[]): boolean => {
    const released = spread.flatMap((operation, index): Operation<Input, Output>[] => {
      if (key !== undefined && (model.partition?.(operation.input) ?? '') !== key) return [];
      if (certain.includes(index)) return [operation];
      const { return: _, output: __, ...unknown } = operation;
      return model.readOnly?.(operation.input, operation.output) ? [] : [unknown];
    });
    return result.model === 'sequential consistency'
      ? isSequential(model, released)
      : sessionsHold(model, released, observes)[result.model];
  };
  const text = `seed ${seed}: ${result.model}, ${result.scope}: ${result.reason}: ${JSON.stringify(operations)}`;
  expect(result.minimal, text).toBe(true);
  expect(told, text).toEqual(expect.arrayContaining([...answers]));
  expect(holds(answers), text).toBe(false);
  for (const spared of answers) expect(holds(answers.filter((other) => other !== spared)), text).toBe(true);
}

function expectBoth(census: Record<string, number>, models: readonly string[]): void {
  for (const model of models) {
    expect(census[`${model}: holds`] ?? 0, JSON.stringify(census)).toBeGreaterThan(CASES / 20);
    expect(census[`${model}: violated`] ?? 0, JSON.stringify(census)).toBeGreaterThan(CASES / 300);
  }
}

const ALL = [
  'sequential consistency, all keys',
  'sequential consistency, each key',
  'read your writes, each key',
  'monotonic reads, each key',
  'monotonic writes, each key',
  'writes follow reads, each key',
];

describe('every verdict and every contradiction agrees with a search through all orders', () => {
  const cas = ({ f }: { readonly f: string }) => f === 'cas';

  it('on registers where every write has its own value', () => {
    expectBoth(
      compare(casRegister(), (seed) => registers(seed, 0, 0.15), cas),
      ALL,
    );
  });

  it('on registers that contradict one another over keys', () => {
    const census = compare(casRegister(), crossed, cas);
    expectBoth(census, ALL);
    const split = 'sequential consistency, each key: holds';
    const over = 'sequential consistency, all keys: holds';
    expect((census[split] ?? 0) - (census[over] ?? 0)).toBeGreaterThan(CASES / 100);
  });

  it('on registers with few values', () => {
    expectBoth(
      compare(casRegister(), (seed) => registers(seed, 2, 0.15), cas),
      ALL,
    );
  });

  it('on append-only lists, with unique values and without', () => {
    expectBoth(
      compare(appendList(), (seed) => lists(seed, seed % 3 === 0 ? 2 : 0)),
      ALL,
    );
  });

  it('on key-value stores with appends and deletes', () => {
    const observes = ({ f }: KeyValueInput, output: KeyValueOutput | undefined) =>
      f === 'cas' || (f === 'delete' && typeof output === 'boolean');
    expectBoth(
      compare(keyValue(), (seed) => keyValues(seed, seed % 3 !== 0), observes),
      ALL,
    );
  });

  it('on a counter, a model of the user', () => {
    expectBoth(
      compare(counter, counters, ({ f }) => f === 'next'),
      ALL,
    );
  });
});
