import type { RunEvent } from '../history/events.js';
import { LineSplitter } from '../history/importers/lines.js';
import { operationLine } from '../history/operation-line.js';
import { AssayError } from '../kernel/errors.js';
import { readText } from './text-chunks.js';

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
  for await (const events of eventBatches(readText(file), file, options)) yield* events;
}

/** The same from the text of a file that has been opened, in batches: a promise each would take longer than reading. */
export async function* eventBatches(
  text: AsyncIterable<string>,
  file: string,
  options: EventReaderOptions = {},
): AsyncGenerator<RunEvent[]> {
  const lines = new LineSplitter(file);
  let line = 0;
  const decode = async (content: string): Promise<RunEvent> => {
    // Only for what is no client's event, and for malformed lines: its schemas are heavy.
    const { decodeEvent } = await import('../history/codec.js');
    try {
      return decodeEvent(content, { file, line });
    } catch (error) {
      throw error instanceof RangeError ? tooDeep(file, line) : error;
    }
  };
  for await (const piece of text) {
    const events: RunEvent[] = [];
    for (const content of lines.push(piece)) {
      line++;
      if (content.trim() !== '') events.push(operationLine(content) ?? (await decode(content)));
    }
    if (events.length > 0) yield events;
  }
  const rest = lines.rest();
  if (rest.trim() === '') return;
  line++;
  let last: RunEvent;
  try {
    last = operationLine(rest) ?? (await decode(rest));
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

function tooDeep(file: string, line: number): AssayError {
  return new AssayError(
    'bad-file',
    `${file}, line ${line}: its values are nested too deeply`,
    'Each line must be one event as Assay writes it to history.ndjson. Remove or mend that line, then check again.',
  );
}
