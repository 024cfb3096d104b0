import {
  casRegister,
  check,
  type KeyValueInput,
  type KeyValueOutput,
  keyValue,
  type RegisterInput,
  type RegisterOutput,
} from '../../../src/linearizability-checker/index.js';
import {
  CORPUS_MISSING,
  expectations,
  type LogLine,
  pair,
  readLog,
} from '../../unit/linearizability-checker/corpus.js';
import { GENERAL_LIMIT, type Prepared, type Row } from './row.js';

/** The issue, figure 1: checking time of all etcd logs together. */
const ETCD_MS = 60;

/** Published histories of known verdict, where they are there. */
export function publishedRows(): Row[] {
  if (CORPUS_MISSING !== undefined) return [];
  return [etcdLogs(), ...['c01-ok', 'c01-bad', 'c50-ok', 'c50-bad'].map(porcupineLog)];
}

/** All of Jepsen's etcd logs: the row is as expected when each of them is. */
function etcdLogs(): Row {
  const logs = () =>
    expectations()
      .filter(([file]) => file.startsWith('etcd-jepsen/'))
      .map(([file, { valid, initial }]) => ({
        history: pair(readLog(file), registerOperation),
        model: casRegister(initial),
        valid,
      }));
  return {
    name: 'etcd logs, all together',
    expected: 'legal',
    operations: 0,
    limit: { ...GENERAL_LIMIT, ms: ETCD_MS },
    prepare() {
      const all = logs();
      return {
        operations: all.reduce((sum, { history }) => sum + history.length, 0),
        check(options) {
          const results = all.map(({ model, history }) => check(model, history, options));
          const wrong = all.some(({ valid }, index) => results[index]?.verdict !== (valid ? 'legal' : 'illegal'));
          const algorithms: Record<string, number> = {};
          for (const { effort } of results) {
            for (const [name, count] of Object.entries(effort.algorithms)) {
              algorithms[name] = (algorithms[name] ?? 0) + count;
            }
          }
          return {
            // The verdict here is whether each log got the published one.
            verdict: wrong ? 'illegal' : 'legal',
            partitions: [],
            effort: {
              operations: 0,
              states: results.reduce((sum, { effort }) => sum + effort.states, 0),
              algorithms,
              elapsedMs: 0,
            },
          };
        },
      };
    },
  };
}

/** A failed compare-and-set was carried out there and found another value. */
function registerOperation(
  invoke: LogLine,
  completion: LogLine | undefined,
): { input: RegisterInput; output?: RegisterOutput } | undefined {
  switch (invoke.f) {
    case 'read':
      return completion?.type === 'ok' ? { input: { f: 'read' }, output: numberOf(completion.value) } : undefined;
    case 'write':
      return completion?.type === 'fail' ? undefined : { input: { f: 'write', value: numberOf(invoke.value) } };
    default: {
      const [expected = null, value = null] = (invoke.value.match(/-?\d+/g) ?? []).map(Number);
      const input: RegisterInput = { f: 'cas', expected, value };
      return completion ? { input, output: completion.type === 'ok' } : { input };
    }
  }
}

function numberOf(text: string): number | null {
  return text === 'nil' ? null : Number(text);
}

/** A log of Porcupine's key-value tests: strings that grow. */
function porcupineLog(name: string): Row {
  return {
    name: `Porcupine kv ${name}`,
    expected: name.endsWith('ok') ? 'legal' : 'illegal',
    operations: 0,
    limit: GENERAL_LIMIT,
    prepare(): Prepared {
      const history = pair(readLog(`porcupine-kv/${name}.txt`), keyValueOperation);
      return {
        operations: history.length,
        check: (options) => check(keyValue({ initial: '' }), history, options),
      };
    },
  };
}

function keyValueOperation(
  { f, key, value }: LogLine,
  completion: LogLine | undefined,
): { input: KeyValueInput; output?: KeyValueOutput } {
  if (f === 'put' || f === 'append') return { input: { f, key, value } };
  return { input: { f: 'get', key }, ...(completion && { output: completion.value }) };
}
