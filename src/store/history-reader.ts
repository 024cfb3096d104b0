import type { RunEvent } from '../history/events.js';
import type { DialectOptions } from '../history/importers/dialects.js';
import { detectFormat, type HistoryFormat, importer } from '../history/importers/formats.js';
import { AssayError } from '../kernel/errors.js';
import { eventBatches } from './event-reader.js';
import { decoded, readBytes } from './text-chunks.js';

export interface HistoryReaderOptions {
  /** Default: by how the file begins. */
  readonly format?: HistoryFormat;
  readonly dialect?: DialectOptions;
}

export interface OpenHistory {
  readonly format: HistoryFormat;
  /** The events, in time order, in batches. To be read once. */
  readonly batches: AsyncIterable<RunEvent[]>;
  /** What a reader should know, once all batches were read: a cut last line, what was skipped or taken for granted. */
  notes(): string[];
}

/** Bytes by which a format is told. */
const HEAD = 64 * 1024;

/**
 * Opens a history of any format that is known; a packed one is unpacked on the way.
 *
 * @throws AssayError `not-found` or `bad-file`, naming the file; while reading, also line and column
 */
export async function openHistory(file: string, options: HistoryReaderOptions = {}): Promise<OpenHistory> {
  const pieces = readBytes(file);
  const begun: Uint8Array[] = [];
  let length = 0;
  while (length < HEAD) {
    const next = await pieces.next();
    if (next.done) break;
    begun.push(next.value);
    length += next.value.length;
  }
  const head = new TextDecoder().decode(Buffer.concat(begun)).slice(0, HEAD);
  if (head.trim() === '') throw new AssayError('bad-file', `${file} is empty`, 'Was the history written at all?');
  const format = options.format ?? detectFormat(head, file);
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield* begun.splice(0);
    yield* pieces;
  }
  const notes: string[] = [];
  if (format === 'assay') {
    const onTornTail = (line: number) =>
      notes.push(`line ${line}, the last of ${file}, is cut off: its writer was killed; it is left out`);
    return { format, batches: eventBatches(bytes(), file, { onTornTail }), notes: () => notes };
  }
  const reader = importer(format, file, options.dialect);
  async function* batches(): AsyncGenerator<RunEvent[]> {
    for await (const piece of decoded(bytes())) {
      const events = reader.push(piece);
      if (events.length > 0) yield events;
    }
    yield reader.finish();
    notes.push(...reader.notes());
  }
  return { format, batches: batches(), notes: () => notes };
}
