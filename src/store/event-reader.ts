import { EventScanner } from '../history/event-scanner.js';
import type { RunEvent } from '../history/events.js';
import { operationLine } from '../history/operation-line.js';
import { AssayError } from '../kernel/errors.js';
import { readBytes } from './text-chunks.js';

export interface EventReaderOptions {
  /** Told when the last line was cut off, as a killed harness leaves it. */
  readonly onTornTail?: (line: number) => void;
}

/**
 * Reads an NDJSON file of events, one at a time; a packed one is unpacked on the way. A last line that was cut off is
 * left out and told of; any other bad line is an error.
 *
 * @throws AssayError `not-found` or `bad-file`, naming file and line
 */
export async function* readEvents(file: string, options: EventReaderOptions = {}): AsyncGenerator<RunEvent> {
  for await (const events of eventBatches(readBytes(file), file, options)) yield* events;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** A line longer than this is none. */
const MAX_LINE = 1 << 28;

/** The same from the bytes of a file that has been opened, in batches: a promise each would take longer than reading. */
export async function* eventBatches(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  options: EventReaderOptions = {},
): AsyncGenerator<RunEvent[]> {
  const scanner = new EventScanner();
  const decoder = new TextDecoder();
  let line = 0;
  /** The beginning of a line that goes on in the next piece. */
  let begun: Uint8Array[] = [];
  let begunLength = 0;
  // Only for what is no client's event, and for malformed lines: its schemas are heavy. Once: an import a line takes
  // twenty times as long as the line.
  let codec: typeof import('../history/codec.js') | undefined;
  const decode = async (content: string): Promise<RunEvent> => {
    const event = operationLine(content);
    if (event) return event;
    codec ??= await import('../history/codec.js');
    try {
      return codec.decodeEvent(content, { file, line });
    } catch (error) {
      throw error instanceof RangeError ? tooDeep(file, line) : error;
    }
  };
  const textOf = (piece: Uint8Array, start: number, end: number) =>
    decoder.decode(piece.subarray(start, piece[end - 1] === CARRIAGE_RETURN ? end - 1 : end));

  for await (let piece of bytes) {
    if (begunLength > 0) {
      const first = piece.indexOf(NEWLINE);
      if (first < 0) {
        begun.push(piece);
        begunLength += piece.length;
        if (begunLength > MAX_LINE) throw tooLong(file, line + 1);
        continue;
      }
      piece = Buffer.concat([...begun, piece]);
      begun = [];
      begunLength = 0;
    }
    const events: RunEvent[] = [];
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      line++;
      const scanned = scanner.scan(piece, start, end);
      if (scanned) events.push(scanned);
      else {
        const content = textOf(piece, start, end);
        if (content.trim() !== '') events.push(await decode(content));
      }
      start = end + 1;
    }
    if (start < piece.length) {
      begun.push(piece.slice(start));
      begunLength = piece.length - start;
    }
    if (events.length > 0) yield events;
  }
  const whole = Buffer.concat(begun);
  const rest = textOf(whole, 0, whole.length);
  if (rest.trim() === '') return;
  line++;
  let last: RunEvent;
  try {
    last = await decode(rest);
  } catch (error) {
    // Every line is written with its newline: what lacks one was cut off, unless it is whole as JSON or never was.
    if (isJson(rest) || !rest.trimStart().startsWith('{')) throw error;
    options.onTornTail?.(line);
    return;
  }
  yield [last];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function tooLong(file: string, line: number): AssayError {
  return new AssayError(
    'bad-file',
    `${file}, line ${line} does not end within ${MAX_LINE} bytes`,
    'Is this a history?',
  );
}

function tooDeep(file: string, line: number): AssayError {
  return new AssayError(
    'bad-file',
    `${file}, line ${line}: its values are nested too deeply`,
    'Each line must be one event as Assay writes it to history.ndjson. Remove or mend that line, then check again.',
  );
}
