import { AssayError } from '../../kernel/errors.js';
import type { RunEvent } from '../events.js';

/**
 * Reads one history that another tool wrote: text in, piece by piece, events out. It keeps what is open (an unfinished
 * record, an operation that has not returned), never the whole text.
 */
export interface Importer {
  /**
   * The events that this piece completes, in the order of the history.
   *
   * @throws AssayError `bad-file`, naming file, line and column
   */
  push(text: string): RunEvent[];
  /** The rest. Called once, after the last piece. */
  finish(): RunEvent[];
  /** What a reader should know, once finished: what was skipped, cut off or taken for granted. */
  notes(): string[];
}

/** A place in a file, for the error that names it. Both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Names the place of what cannot be read, and how to go on. */
export function malformedAt(file: string, place: Place, what: string, wayOut: string): AssayError {
  return new AssayError('bad-file', `${file}, line ${place.line}, column ${place.column}: ${what}`, wayOut);
}

/** The start of a text, for a message. */
export function excerpt(text: string, length = 40): string {
  const line = text.trimStart().split('\n', 1)[0] ?? '';
  return line.length <= length ? line : `${line.slice(0, length)}…`;
}
