import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Model, Operation } from '../../../src/linearizability-checker/index.js';

/** Published histories with known verdicts: beside the repository, or where `ASSAY_CORPUS` says. */
export const CORPUS = resolve(process.env.ASSAY_CORPUS ?? '../shared/histories');

export const CORPUS_MISSING = existsSync(join(CORPUS, 'expected.json'))
  ? undefined
  : `no published histories at ${CORPUS}; set ASSAY_CORPUS to their folder`;

export interface Expected {
  readonly model: 'cas-register' | 'kv-append' | 'mutex';
  readonly initial: number | null | string | boolean;
  readonly valid: boolean;
}

export function expectations(): [file: string, expected: Expected][] {
  return Object.entries(JSON.parse(readFileSync(join(CORPUS, 'expected.json'), 'utf8')) as Record<string, Expected>);
}

/** One line of a log, its value still text. */
export interface LogLine {
  readonly process: string;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: string;
  readonly value: string;
  readonly key: string;
}

/** Jepsen's tab-separated log and its EDN maps, one operation a line. Enough for these files. */
export function readLog(file: string): LogLine[] {
  const text = readFileSync(join(CORPUS, file), 'utf8');
  return text.split('\n').flatMap((line): LogLine[] => {
    const tabbed = /(\S+)\t:(invoke|ok|fail|info)\t:(\S+)\t(.*)$/.exec(line);
    if (tabbed) return [logLine(tabbed[1], tabbed[2], tabbed[3], tabbed[4])];
    const field = (name: string) =>
      new RegExp(`:${name} (\\[[^\\]]*\\]|"[^"]*"|[^\\s,}]+)`).exec(line)?.[1]?.replace(/^"|"$/g, '');
    const type = field('type')?.slice(1);
    const process = field('process');
    return type && process && process !== ':nemesis'
      ? [logLine(process, type, field('f')?.slice(1), field('value'), field('key'))]
      : [];
  });
}

function logLine(process = '', type = '', f = '', value = 'nil', key = ''): LogLine {
  return { process, type: type as LogLine['type'], f, value, key };
}

/**
 * Pairs the lines, with the line numbers for times. `interpret` says what a pair is: `undefined` for an operation that
 * says nothing.
 */
export function pair<Input, Output>(
  lines: readonly LogLine[],
  interpret: (invoke: LogLine, completion: LogLine | undefined) => { input: Input; output?: Output } | undefined,
): Operation<Input, Output>[] {
  const open = new Map<string, { readonly line: LogLine; readonly at: number }>();
  const operations: Operation<Input, Output>[] = [];
  const add = (line: LogLine, call: number, completion?: { line: LogLine; at: number }) => {
    const operation = interpret(line, completion?.line);
    if (operation) operations.push({ ...operation, call, ...(completion && { return: completion.at }) });
  };
  lines.forEach((line, at) => {
    if (line.type === 'invoke') {
      open.set(line.process, { line, at });
      return;
    }
    const invoked = open.get(line.process);
    if (!invoked) return;
    open.delete(line.process);
    if (line.type === 'info') add(invoked.line, invoked.at);
    else add(invoked.line, invoked.at, { line, at });
  });
  for (const { line, at } of open.values()) add(line, at);
  return operations.sort((left, right) => left.call - right.call);
}

export type KvInput = { readonly f: 'get' | 'put' | 'append'; readonly key: string; readonly value: string };

/** Porcupine's key-value store: strings that grow. */
export const kvModel: Model<string, KvInput, string> = {
  name: 'kv',
  init: '',
  step(state, { f, value }, output) {
    if (f === 'put') return value;
    if (f === 'append') return state + value;
    return output === undefined || output === state ? state : undefined;
  },
  hash: (state) => state,
  partition: ({ key }) => key,
  readOnly: ({ f }) => f === 'get',
  blind: ({ f }) => f === 'put',
};
