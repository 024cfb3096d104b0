import { checkTransactions, type TransactionModel } from '../../../src/checkers/transactions/index.js';
import {
  appendList,
  casRegister,
  check,
  counter,
  fifoQueue,
  keyValue,
  LinearizabilityStream,
  type Model,
  mutex,
  type Operation,
  set,
  stack,
  weakerModels,
} from '../../../src/linearizability-checker/index.js';
import { checkInParallel } from '../../../src/parallel-checker/index.js';
import { keyValues, registers } from '../../support/history-families/cells.js';
import { counters } from '../../support/history-families/counters.js';
import { generate } from '../../support/history-families/generate.js';
import { lists } from '../../support/history-families/lists.js';
import { mutexes } from '../../support/history-families/mutexes.js';
import { queues, stacks } from '../../support/history-families/queues.js';
import { sets } from '../../support/history-families/sets.js';
import type { Shape } from '../../support/history-families/shape.js';
import type { Subject } from '../../support/history-families/subject.js';
import { transactionsHistory } from '../transactions.bench.js';
import { growingStrings, withProcesses } from './histories.js';

/** What a run is given. A path that has no such option does not take `now`. */
export interface Limits {
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** A way through a checker that takes long. */
export interface Path {
  readonly name: string;
  /** Whether its clock is the one that it is given. */
  readonly ownClock?: boolean;
  /** Makes a history; what it returns is made anew for each run, and only the last step is measured. */
  prepare(): () => (limits: Limits) => string | Promise<string>;
}

const HEAVY = { clients: 20, overlap: 'heavy' } as const;
const MILLION = { ...HEAVY, operations: 1_000_000 } as const;

/** Every algorithm, on a history that takes it long. */
export const PATHS: readonly Path[] = [
  checked('unique register 1M', registers, casRegister(), { ...MILLION, values: 'unique' }),
  checked('search: register 10k, 500 crashed', registers, casRegister(), {
    ...HEAVY,
    operations: 10_000,
    values: 'few',
    crashed: 500,
    clients: 50,
  }),
  checked('sweep: register s-H 100k c50', registers, casRegister(), {
    ...HEAVY,
    operations: 100_000,
    values: 'few',
    clients: 50,
  }),
  checked('sweep: register s-H 1M c5', registers, casRegister(), {
    ...HEAVY,
    operations: 1_000_000,
    values: 'few',
    clients: 5,
  }),
  checked('queue 1M', queues, fifoQueue(), MILLION),
  checked('stack 1M', stacks, stack(), MILLION),
  checked('set 1M', sets, set(), MILLION),
  checked('counter 1M', counters, counter(), MILLION),
  checked('mutex 1M', mutexes, mutex(), MILLION),
  checked('key-value 1M, 1000 keys', keyValues, keyValue(), { ...MILLION, values: 'unique', keys: 1000 }),
  checked('append lists 50k, 20 keys', lists, appendList(), { ...HEAVY, operations: 50_000, keys: 20 }),
  {
    name: 'growing strings 50k, 20 keys',
    prepare() {
      const operations = growingStrings({ ...HEAVY, operations: 50_000, keys: 20 }, 1);
      return () => (limits) => check(keyValue(), operations, limits).verdict;
    },
  },
  {
    name: "a stream's end: register s-H 100k",
    prepare() {
      const shape = { ...HEAVY, operations: 100_000, values: 'few', clients: 50, fault: 'never' } as const;
      const operations = generate(registers, shape, 1);
      return () => {
        let limits: Limits | undefined;
        const stream = new LinearizabilityStream(casRegister(), {
          window: 200_000,
          configurations: 10,
          timeoutMs: 0,
          now: () => limits?.now() ?? 0,
        });
        feed(stream, operations);
        return (given) => {
          limits = given;
          Object.assign(stream, { options: { window: 200_000, configurations: 10, ...given } });
          return stream.conclude().verdict;
        };
      };
    },
  },
  explained('explained: unique register 1M', registers, casRegister(), { ...MILLION, values: 'unique', fault: 'dead' }),
  explained('explained: register s-H 100k', registers, casRegister(), {
    ...HEAVY,
    operations: 100_000,
    values: 'few',
    fault: 'never',
  }),
  explained('explained: queue 1M', queues, fifoQueue(), { ...MILLION, fault: 'dead' }),
  explained('explained: set 1M', sets, set(), { ...MILLION, fault: 'dead' }),
  weaker('weaker models: register u-H 100k', 100_000),
  weaker('weaker models: register u-H 1M', 1_000_000),
  transactions('list-append'),
  transactions('rw-register'),
  {
    name: 'checkInParallel: 16 keys of register s-H 10k',
    ownClock: true,
    prepare() {
      const shape = { ...HEAVY, operations: 10_000, clients: 50, values: 'few', crashed: 100 } as const;
      const operations = Array.from({ length: 16 }, (_, key) =>
        generate(registers, shape, key).map((operation) => ({
          ...operation,
          input: { ...operation.input, key: `k${key}` },
        })),
      ).flat();
      return () =>
        async ({ timeoutMs }) =>
          (await checkInParallel(casRegister(), operations, { timeoutMs })).verdict;
    },
  },
];

function checked<State, Input, Output>(
  name: string,
  subject: Subject<Input, Output>,
  model: Model<State, Input, Output>,
  shape: Shape,
): Path {
  return {
    name,
    prepare() {
      const operations = generate(subject, shape, 1);
      return () => (limits) => check(model, operations, { ...limits, explain: 0 }).verdict;
    },
  };
}

function explained<State, Input, Output>(
  name: string,
  subject: Subject<Input, Output>,
  model: Model<State, Input, Output>,
  shape: Shape,
): Path {
  return {
    name,
    prepare() {
      const operations = generate(subject, shape, 1);
      return () => (limits) => check(model, operations, limits).verdict;
    },
  };
}

function weaker(name: string, operations: number): Path {
  return {
    name,
    prepare() {
      const history = withProcesses(generate(registers, { ...HEAVY, operations, values: 'unique' }, 1));
      return () => (limits) => {
        const results = weakerModels(casRegister(), history, limits);
        return results.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'decided';
      };
    },
  };
}

function transactions(model: TransactionModel): Path {
  return {
    name: `transactions: ${model}, 200k`,
    prepare() {
      const history = transactionsHistory(model, 200_000, 100, 0);
      return () => (limits) => checkTransactions(history, { model, ...limits }).verdict;
    },
  };
}

function feed<State, Input, Output>(
  stream: LinearizabilityStream<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): void {
  const events = operations.flatMap((operation, index) => [
    { time: operation.call, index, returns: false },
    ...(operation.return === undefined ? [] : [{ time: operation.return, index, returns: true }]),
  ]);
  events.sort((left, right) => left.time - right.time || Number(left.returns) - Number(right.returns));
  const handles = operations.map((operation) => stream.known(operation, undefined));
  for (const { index, returns } of events) {
    const handle = handles[index];
    if (handle) returns ? stream.end(handle) : stream.begin(handle);
  }
}
