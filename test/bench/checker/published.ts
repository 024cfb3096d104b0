import { type CheckOptions, check } from '../../../src/linearizability-checker/index.js';
import {
  CORPUS_MISSING,
  type Expected,
  expectations,
  withPublished,
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
      .map(([file, expected]) => ({ ...prepared(file, expected), valid: expected.valid }));
  return {
    name: 'etcd logs, all together',
    expected: 'legal',
    operations: 0,
    limit: { ...GENERAL_LIMIT, ms: ETCD_MS },
    prepare() {
      const all = logs();
      return {
        operations: all.reduce((sum, { operations }) => sum + operations, 0),
        check(options) {
          const results = all.map((log) => log.check(options));
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

/** A log of Porcupine's key-value tests: strings that grow. */
function porcupineLog(name: string): Row {
  return {
    name: `Porcupine kv ${name}`,
    expected: name.endsWith('ok') ? 'legal' : 'illegal',
    operations: 0,
    limit: GENERAL_LIMIT,
    prepare: () => prepared(`porcupine-kv/${name}.txt`, { model: 'key-value', initial: '' }),
  };
}

/** A log that has been read. */
function prepared(file: string, expected: Omit<Expected, 'valid'>): Prepared {
  return withPublished(file, expected, (model, history) => ({
    operations: history.length,
    check: (options: CheckOptions) => check(model, history, options),
  }));
}
