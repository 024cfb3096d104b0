import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { judgeAs, objectNamed } from '../../../src/checkers/interpret/models.js';
import type { OperationEvent, Value } from '../../../src/history/events.js';
import { detectFormat, importer } from '../../../src/history/importers/formats.js';
import { type PairedOperation, Pairing } from '../../../src/history/pairing.js';
import type { Model, Operation } from '../../../src/linearizability-checker/index.js';

/** Published histories with known verdicts: beside the repository, or where `ASSAY_CORPUS` says. */
export const CORPUS = resolve(process.env.ASSAY_CORPUS ?? '../shared/histories');

export const CORPUS_MISSING = existsSync(join(CORPUS, 'expected.json'))
  ? undefined
  : `no published histories at ${CORPUS}; set ASSAY_CORPUS to their folder`;

export interface Expected {
  readonly model: string;
  readonly initial: Value;
  readonly valid: boolean;
}

export function expectations(): [file: string, expected: Expected][] {
  return Object.entries(JSON.parse(readFileSync(join(CORPUS, 'expected.json'), 'utf8')) as Record<string, Expected>);
}

/** A published history as the operations of its model, for whatever is to be done with them. */
export function withPublished<Result>(
  file: string,
  { model, initial }: Omit<Expected, 'valid'>,
  use: <State, Input, Output>(model: Model<State, Input, Output>, history: Operation<Input, Output>[]) => Result,
): Result {
  const name = objectNamed(model);
  if (name === undefined) throw new Error(`${file} wants the model ${model}, which is not there`);
  return judgeAs(name, initial, ({ model: judge, interpret }) => {
    const history = pairs(file).flatMap((pair) => {
      const operation = interpret(pair);
      // What failed did not happen, save a compare-and-set that found another value.
      return pair.completion?.kind === 'fail' && operation.output !== false ? [] : [operation];
    });
    return use(judge, history);
  });
}

function pairs(file: string): PairedOperation[] {
  const text = readFileSync(join(CORPUS, file), 'utf8');
  const format = detectFormat(text, file);
  if (format === 'assay') throw new Error(`${file} is none of another tool`);
  const reader = importer(format, file);
  const pairing = new Pairing();
  const events = [...reader.push(text), ...reader.finish()] as OperationEvent[];
  return [...events.flatMap((event) => pairing.observe(event) ?? []), ...pairing.pending()].sort(
    (left, right) => left.invoke.timeUs - right.invoke.timeUs,
  );
}
