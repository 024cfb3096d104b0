import { describe, expect, it } from 'vitest';
import {
  casRegister,
  check,
  type MutexInput,
  type MutexOutput,
  mutex,
  type RegisterInput,
  type RegisterOutput,
  type Scalar,
} from '../../../src/linearizability-checker/index.js';
import {
  CORPUS_MISSING,
  type Expected,
  expectations,
  type KvInput,
  kvModel,
  type LogLine,
  pair,
  readLog,
} from './corpus.js';

const number = (text: string | undefined): Scalar => (text === undefined || text === 'nil' ? null : Number(text));

function registerOperation(jepsen: boolean) {
  return (
    invoke: LogLine,
    completion: LogLine | undefined,
  ): { input: RegisterInput; output?: RegisterOutput } | undefined => {
    switch (invoke.f) {
      case 'read':
        // In Knossos' histories a read of nil means that nobody knows what was read.
        if (completion?.type !== 'ok' || (!jepsen && completion.value === 'nil')) return undefined;
        return { input: { f: 'read' }, output: number(completion.value) };
      case 'write':
        if (completion?.type === 'fail') return undefined;
        return { input: { f: 'write', value: number(invoke.value) } };
      default: {
        // In the etcd logs a failed compare-and-set was carried out and found another value; in Knossos' it was not.
        if (completion?.type === 'fail' && !jepsen) return undefined;
        const [expected, value] = (invoke.value.match(/-?\d+/g) ?? []).map(Number);
        const input: RegisterInput = { f: 'cas', expected: expected ?? null, value: value ?? null };
        return completion ? { input, output: completion.type === 'ok' } : { input };
      }
    }
  };
}

function verdictOf(file: string, expected: Expected): string {
  const lines = readLog(file);
  const options = { timeoutMs: 20_000, explain: 0 };
  switch (expected.model) {
    case 'cas-register': {
      const history = pair<RegisterInput, RegisterOutput>(lines, registerOperation(file.startsWith('etcd-jepsen/')));
      return check(casRegister(expected.initial), history, options).verdict;
    }
    case 'kv-append': {
      const history = pair<KvInput, string>(lines, ({ f, key, value }, completion) => ({
        input: { f: f as KvInput['f'], key, value: f === 'get' ? '' : value },
        ...(completion && f === 'get' && { output: completion.value }),
      }));
      return check(kvModel, history, options).verdict;
    }
    case 'mutex': {
      const history = pair<MutexInput, MutexOutput>(lines, ({ f }, completion) =>
        completion?.type === 'fail' ? undefined : { input: { f: f as MutexInput['f'] } },
      );
      return check(mutex(), history, options).verdict;
    }
  }
}

describe.skipIf(CORPUS_MISSING !== undefined)(
  `published histories${CORPUS_MISSING ? ` (${CORPUS_MISSING})` : ''}`,
  () => {
    const files = CORPUS_MISSING === undefined ? expectations() : [];
    for (const folder of ['etcd-jepsen/', 'knossos/', 'porcupine-kv/']) {
      it(`${folder} are judged as published`, { timeout: 60_000 }, () => {
        const judged = files
          .filter(([file]) => file.startsWith(folder))
          .map(([file, expected]) => [file, verdictOf(file, expected)]);
        const published = files
          .filter(([file]) => file.startsWith(folder))
          .map(([file, { valid }]) => [file, valid ? 'legal' : 'illegal']);
        expect(judged.length).toBeGreaterThan(3);
        expect(judged).toEqual(published);
      });
    }
  },
);
