import { closeSync, openSync, writeSync } from 'node:fs';
import type { Operation } from '../../../src/linearizability-checker/index.js';
import { operationsOf } from './generate.js';
import type { Shape } from './shape.js';
import type { Subject } from './subject.js';
import { TimeQueue } from './time-queue.js';

/** How much text is gathered before it is written. */
const BLOCK = 1 << 20;

/**
 * Writes a history of a family as Assay's `history.ndjson`, in the order of time; at equal times calls come before
 * answers. Streaming: ten million operations take no more memory than ten thousand.
 *
 * @returns how many operations it has
 */
export function writeHistoryFile<Input extends EventInput, Output>(
  path: string,
  subject: Subject<Input, Output>,
  shape: Shape,
  seed: number,
): number {
  const file = openSync(path, 'w');
  try {
    let block = '';
    let operations = 0;
    for (const line of linesOf(operationsOf(subject, shape, seed))) {
      block += line;
      if (line.startsWith('{"kind":"invoke"')) operations++;
      if (block.length >= BLOCK) {
        writeSync(file, block);
        block = '';
      }
    }
    writeSync(file, block);
    return operations;
  } finally {
    closeSync(file);
  }
}

interface EventInput {
  readonly f: string;
  readonly key?: string;
  readonly value?: unknown;
  readonly expected?: unknown;
}

/** Two lines for an operation that returned, one for another; with their newlines. */
export function* linesOf<Input extends EventInput, Output>(
  operations: Iterable<Operation<Input, Output>>,
): Generator<string> {
  const returns = new TimeQueue();
  /** By process: the line of the answer that is still to come. */
  const answers = new Map<number, string>();
  const answer = () => {
    const process = returns.pop();
    const line = answers.get(process) as string;
    answers.delete(process);
    return line;
  };
  for (const { input, output, call, return: end, process = 0 } of operations) {
    while (returns.nextTime < call) yield answer();
    const asked = argumentOf(input);
    const about = `"process":${process},"f":"${input.f}"${input.key === undefined ? '' : `,"key":"${input.key}"`}`;
    yield `{"kind":"invoke","timeUs":${call},${about}${asked === undefined ? '' : `,"value":${asked}`}}\n`;
    if (end === undefined) continue;
    answers.set(process, `${completionOf(input, output, `"timeUs":${end},${about}`, asked)}\n`);
    returns.push(end, process);
  }
  while (returns.size > 0) yield answer();
}

/** JSON text of what is asked for; a compare-and-set asks for `[expected, new]`. */
function argumentOf({ value, expected }: EventInput): string | undefined {
  if (value === undefined) return undefined;
  return expected === undefined ? textOf(value) : `[${textOf(expected)},${textOf(value)}]`;
}

/** What an update was told is left out where it tells nothing; a compare-and-set that was refused is a failure. */
function completionOf(input: EventInput, output: unknown, about: string, asked: string | undefined): string {
  if (input.expected !== undefined) {
    return output === false ? `{"kind":"fail",${about},"error":"cas-mismatch"}` : `{"kind":"ok",${about}}`;
  }
  const silent = asked !== undefined && (output === null || Array.isArray(output));
  return silent ? `{"kind":"ok",${about}}` : `{"kind":"ok",${about},"value":${textOf(output)}}`;
}

/** As JSON; most values are numbers, and there are tens of millions. */
function textOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
