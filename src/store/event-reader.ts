import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { decodeEvent } from '../history/codec.js';
import type { RunEvent } from '../history/events.js';
import { AssayError, messageOf } from '../kernel/errors.js';

export interface EventReaderOptions {
  /** Told when the last line was cut off, as a killed harness leaves it. */
  readonly onTornTail?: (line: number) => void;
}

/**
 * Reads an NDJSON file of events, one at a time; `.gz` is unpacked on the way. A last line that was cut off is left
 * out and told of; any other bad line is an error.
 *
 * @throws AssayError `not-found` or `bad-file`, naming file and line
 */
export async function* readEvents(file: string, options: EventReaderOptions = {}): AsyncGenerator<RunEvent> {
  const raw = createReadStream(file);
  const input = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => input.destroy(error));
  let endsWithNewline = false;
  input.on('data', (chunk: Buffer) => {
    endsWithNewline = chunk.at(-1) === 0x0a;
  });
  let line = 0;
  let held: string | undefined;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (held !== undefined && held.trim() !== '') yield decodeEvent(held, { file, line });
      held = text;
      line++;
    }
  } catch (error) {
    throw error instanceof AssayError ? error : unreadable(file, error);
  }
  if (held === undefined || held.trim() === '') return;
  let last: RunEvent;
  try {
    last = decodeEvent(held, { file, line });
  } catch (error) {
    // Every line is written with its newline: what has one, or parses as JSON, was written whole and is malformed.
    if (endsWithNewline || isJson(held)) throw error;
    options.onTornTail?.(line);
    return;
  }
  yield last;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function unreadable(file: string, error: unknown): AssayError {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return new AssayError(
    missing ? 'not-found' : 'bad-file',
    missing ? `there is no file ${file}` : `cannot read ${file}: ${messageOf(error)}`,
    missing ? 'Name a history.ndjson, or a run of `assay serve`.' : 'Is the file whole? A .gz must unpack with gunzip.',
    { cause: error },
  );
}
