import { LineSplitter } from '../history/importers/lines.js';
import { decoded, readBytes } from './text-chunks.js';

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Whether its end is missing, as a killed process leaves the last line. */
  readonly open: boolean;
}

/**
 * The lines of a text file, one at a time; a packed one is unpacked on the way.
 *
 * @throws AssayError `not-found` or `bad-file`
 */
export async function* readLines(file: string): AsyncGenerator<Line> {
  const lines = new LineSplitter(file);
  let number = 0;
  for await (const text of decoded(readBytes(file))) {
    for (const line of lines.push(text)) {
      number++;
      yield { text: line, number, open: false };
    }
  }
  const rest = lines.rest();
  if (rest !== '') yield { text: rest, number: number + 1, open: true };
}
