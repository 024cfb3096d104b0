import { parseArgs } from 'node:util';
import { Random } from '../../src/kernel/random.js';
import {
  appendList,
  casRegister,
  check,
  counter,
  fencedLock,
  fifoQueue,
  keyValue,
  type Model,
  mutex,
  type Operation,
  type QueueInput,
  reentrantLock,
  type StackInput,
  set,
  stack,
} from '../../src/linearizability-checker/index.js';
import { isLinearizable } from '../unit/linearizability-checker/brute-force.js';
import {
  queueHistory,
  spoilContainer,
  stackHistory,
  tangledHistory,
} from '../unit/linearizability-checker/container-histories.js';
import {
  listHistory,
  registerHistory,
  type Shape,
  spoilList,
  spoilRegister,
} from '../unit/linearizability-checker/histories.js';
import { keyValueHistory, spoilKeyValue } from '../unit/linearizability-checker/key-value-histories.js';
import { lossy, lossyHistory, possible } from '../unit/linearizability-checker/lossy-register.js';
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
  spoilMutex,
  spoilSet,
} from '../unit/linearizability-checker/object-histories.js';
import { streamed } from '../unit/linearizability-checker/streamed.js';

interface Family {
  readonly name: string;
  /** Judges one history by every way there is; says what the twin says, and who says otherwise. */
  readonly judge: (seed: number) => Judged;
}

interface Judged {
  readonly legal: boolean;
  readonly operations: number;
  readonly crashed: number;
  readonly algorithm: string;
  /** For people: which way was wrong. */
  readonly mismatch?: string;
}

function family<State, Input, Output>(
  name: string,
  model: (seed: number) => Model<State, Input, Output>,
  history: (seed: number, random: Random) => Operation<Input, Output>[],
  twin?: (history: readonly Operation<Input, Output>[]) => boolean,
): Family {
  const judge = (seed: number): Judged => {
    const operations = history(seed, new Random(seed));
    const whole = model(seed);
    const { monitor: _, register: __, ...searched } = whole;
    const legal = twin ? twin(operations) : isLinearizable(whole, operations);
    const result = check(whole, operations, { explain: 0 });
    const verdicts = {
      check: result.verdict,
      'search alone': check<State, Input, Output>(searched, operations, { explain: 0 }).verdict,
      stream: streamed(whole, operations).verdict,
    };
    const wrong = Object.entries(verdicts).filter(([, verdict]) => verdict !== (legal ? 'legal' : 'illegal'));
    return {
      legal,
      operations: operations.length,
      crashed: operations.filter((operation) => operation.return === undefined).length,
      algorithm: result.partitions[0]?.algorithm ?? 'none',
      ...(wrong.length > 0 && {
        mismatch: `${name}, seed ${seed}: ${legal ? 'legal' : 'illegal'}, but ${JSON.stringify(wrong)} on ${JSON.stringify(operations)}`,
      }),
    };
  };
  return { name, judge };
}

const shape = (random: Random, most: number): Shape => ({ ...anyShape(random, most), clients: random.int(2, 4) });
const PIECES = ['a;', 'b;', 'c;', 'd;', 'e;', 'f;', 'g;', 'h;', 'i;', 'j;'];

/** A share of the histories keeps its answers, the others have one changed. */
const perhaps = <History>(random: Random, history: History, spoil: (history: History) => History) =>
  random.chance(0.65) ? spoil(history) : history;

const registers = (values: (random: Random) => number) => (seed: number, random: Random) =>
  perhaps(
    random,
    registerHistory(seed, { ...shape(random, 9), values: values(random), cas: random.pick([0, 0.25, 0.4]) }),
    (history) => spoilRegister(seed, history),
  );

const FAMILIES: readonly Family[] = [
  family(
    'register, few values',
    () => casRegister(),
    registers((random) => random.int(1, 3)),
  ),
  family(
    'register, unique values',
    () => casRegister(),
    registers(() => 0),
  ),
  family(
    'append-list',
    () => appendList(),
    (seed, random) =>
      perhaps(random, listHistory(seed, { ...shape(random, 8), values: random.pick([0, 0, 3]) }), (history) =>
        spoilList(seed, history),
      ),
  ),
  family(
    'key-value',
    () => keyValue(),
    (seed, random) => {
      const append = random.pick([0, 0.3]);
      const kinds = {
        put: random.pick([0, 0.1, 0.3]),
        append,
        cas: random.pick([0, 0.2]),
        delete: random.pick([0, 0.1]),
      };
      const tokens = PIECES.slice(0, random.pick([2, 3, 10, 10]));
      return perhaps(random, keyValueHistory(seed, { ...shape(random, 9), ...kinds, tokens }), (history) =>
        spoilKeyValue(seed, history),
      );
    },
  ),
  family(
    'set',
    () => set(),
    (_, random) =>
      perhaps(
        random,
        setHistory(random, anyShape(random, 8), {
          values: random.int(0, 3),
          told: random.pick([0, 0.5, 1]),
          reads: random.pick([0, 0.3, 0.5]),
          onlyAdds: random.chance(0.4),
        }),
        (history) => spoilSet(random, history),
      ),
  ),
  family(
    'queue',
    () => fifoQueue(),
    (seed, random) =>
      perhaps(
        random,
        queueHistory(seed, { ...shape(random, 9), values: random.pick([0, 0, 3]), insertions: 0.55 }),
        (history) => spoilContainer(seed, history),
      ),
  ),
  family(
    'queue, tangled',
    () => fifoQueue(),
    (seed) => tangledHistory<QueueInput>(seed, 4 + (seed % 6), (value) => ({ f: 'enqueue', value }), { f: 'dequeue' }),
  ),
  family(
    'stack',
    () => stack(),
    (seed, random) =>
      perhaps(
        random,
        stackHistory(seed, { ...shape(random, 9), values: random.pick([0, 0, 3]), insertions: 0.55 }),
        (history) => spoilContainer(seed, history),
      ),
  ),
  family(
    'stack, tangled',
    () => stack(),
    (seed) => tangledHistory<StackInput>(seed, 4 + (seed % 6), (value) => ({ f: 'push', value }), { f: 'pop' }),
  ),
  family(
    'counter',
    (seed) => counter(seed % 3),
    (seed, random) =>
      perhaps(
        random,
        counterHistory(random, anyShape(random, 9), {
          initial: seed % 3,
          deltas: random.pick([[1], [1, 0], [-1], [1, 2], [1, -1], [5, 1, -3]]),
          told: random.pick([0, 0, 0.5, 1]),
        }),
        (history) => spoilCounter(random, history),
      ),
  ),
  family(
    'mutex',
    () => mutex(),
    (_, random) =>
      perhaps(random, mutexHistory(random, anyShape(random, 9), random.pick([0, 0.2, 0.5])), (history) =>
        spoilMutex(random, history),
      ),
  ),
  family(
    'reentrant lock',
    (seed) => reentrantLock(1 + (seed % 3)),
    (seed, random) =>
      perhaps(
        random,
        reentrantLockHistory(random, anyOwners(random, 9), { limit: 1 + (seed % 3), refusals: random.pick([0, 0.2]) }),
        (history) => spoilLock(random, history),
      ),
  ),
  family(
    'lock with fencing token',
    (seed) => fencedLock({ reentrant: 1 + (seed % 2) }),
    (seed, random) =>
      perhaps(
        random,
        fencedLockHistory(random, anyOwners(random, 8), {
          limit: 1 + (seed % 2),
          refusals: random.pick([0, 0.2]),
          unseen: random.pick([0, 0.3]),
        }),
        (history) => spoilFencedLock(random, history),
      ),
  ),
  family('nondeterministic (lossy register)', () => lossy, lossyHistory, possible),
];

/**
 * Small random histories of every model, judged by its monitors, by the general search alone, as a stream, and by
 * trying every order: `npm run bench -- agreement [--cases 200000] [--first SEED]`. Exits 1 at the first mismatch.
 */
export default async function agreementBench(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { cases: { type: 'string', default: '200000' }, first: { type: 'string', default: '1' } },
  });
  const each = Math.ceil(Number(values.cases) / FAMILIES.length);
  const first = Number(values.first);
  const start = performance.now();
  let total = 0;
  for (const { name, judge } of FAMILIES) {
    const began = performance.now();
    const algorithms = new Map<string, number>();
    let [legal, crashed, operations] = [0, 0, 0];
    for (let seed = first; seed < first + each; seed++) {
      const judged = judge(seed);
      if (judged.mismatch !== undefined) {
        console.error(judged.mismatch);
        process.exitCode = 1;
        return;
      }
      if (judged.legal) legal++;
      if (judged.crashed > 0) crashed++;
      operations += judged.operations;
      algorithms.set(judged.algorithm, (algorithms.get(judged.algorithm) ?? 0) + 1);
    }
    total += each;
    const by = [...algorithms].map(([algorithm, count]) => `${algorithm} ${count}`).join(', ');
    console.log(
      `${name}: ${each} histories of ${(operations / each).toFixed(1)} operations, ${legal} legal, ${each - legal} illegal, ` +
        `${crashed} with crashed operations; decided by ${by}; ${Math.round(performance.now() - began)} ms`,
    );
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${total} histories, each judged in three ways as by trying every order, no mismatch, ${seconds} s`);
}
