import { appendList, casRegister, check, type Model, type Operation } from '../../src/linearizability-checker/index.js';
import {
  listHistory,
  type RegisterHistory,
  registerHistory,
  spoilList,
  spoilRegister,
} from '../unit/linearizability-checker/histories.js';

interface Family {
  readonly name: string;
  readonly run: () => { readonly operations: number; readonly verdict: string; readonly states: number };
}

/** The same histories for every key, so that each partition costs the same. */
function overKeys<Input, Output>(
  keys: number,
  history: (seed: number) => Operation<Input, Output>[],
): Operation<Input, Output>[] {
  return Array.from({ length: keys }, (_, index) =>
    history(index + 1).map((operation) => ({ ...operation, input: { ...operation.input, key: `k${index}` } })),
  ).flat();
}

function family<State, Input, Output>(
  name: string,
  model: Model<State, Input, Output>,
  history: Operation<Input, Output>[],
): Family {
  return {
    name,
    run() {
      const { verdict, effort } = check(model, history, { timeoutMs: 30_000, explain: 1 });
      return { operations: history.length, verdict, states: effort.states };
    },
  };
}

/** The last read finds a value that nobody wrote. */
function impossibleRead(history: RegisterHistory): RegisterHistory {
  const last = history.findLastIndex((operation) => operation.input.f === 'read' && operation.return !== undefined);
  return history.map((operation, index) => (index === last ? { ...operation, output: -1 } : operation));
}

const shape = { operations: 4000, clients: 10, crashes: 0, times: 60 };

function families(): Family[] {
  const unique = (seed: number) => registerHistory(seed, { ...shape, values: 0, cas: 0.2 });
  const few = (seed: number) => registerHistory(seed, { ...shape, values: 5, cas: 0.25 });
  const crashing = (values: number) => (seed: number) =>
    registerHistory(seed, { ...shape, operations: 12_000, crashes: 500 / 12_000, values, cas: 0.2 });
  const append = (seed: number) => listHistory(seed, { ...shape, operations: 1000, values: 0 });
  return [
    family('unique writes, 20k over 5 keys', casRegister(), overKeys(5, unique)),
    family(
      'unique writes, one stale read',
      casRegister(),
      overKeys(5, (seed) => spoilRegister(seed, unique(seed))),
    ),
    family('five values, 20k over 5 keys', casRegister(), overKeys(5, few)),
    family(
      'five values, one wrong answer',
      casRegister(),
      overKeys(5, (seed) => spoilRegister(seed, few(seed))),
    ),
    family('unique writes, 12k, 500 crashed', casRegister(), crashing(0)(1)),
    family('five values, 12k, 500 crashed', casRegister(), crashing(5)(1)),
    family('five values, 12k, 500 crashed, wrong', casRegister(), impossibleRead(crashing(5)(1))),
    family('append, 20k over 20 keys', appendList(), overKeys(20, append)),
    family(
      'append, one wrong read',
      appendList(),
      overKeys(20, (seed) => spoilList(seed, append(seed))),
    ),
  ];
}

/** Times a few generated families and prints a table. */
export default async function checkerBench(): Promise<void> {
  const rows = families().map(({ name, run }) => {
    run();
    const startMs = performance.now();
    const { operations, verdict, states } = run();
    const elapsedMs = performance.now() - startMs;
    return {
      history: name,
      verdict,
      ms: Math.round(elapsedMs * 10) / 10,
      'operations a second': Math.round((operations / elapsedMs) * 1000),
      'states searched': states,
    };
  });
  console.table(rows);
}
