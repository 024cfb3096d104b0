import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { decodeEvent } from '../history/codec.js';
import type { RunEvent } from '../history/events.js';
import { messageOf } from '../kernel/errors.js';

/** The name of the step on a raw line of a trace: most are messages, and by it need no decoding. */
export function stepName(line: string): string {
  const start = line.indexOf('"name":"') + 8;
  return line.slice(start, line.indexOf('"', start));
}

/** What was wrong with a file of events. */
export interface Damage {
  /** Lines that are no events: a harness that was killed leaves half a line at most. */
  lines: number;
  /** The first of them, or why the file cannot be read at all. */
  first?: string;
}

/**
 * The events of an NDJSON file, one at a time. A report is wanted most when something went wrong, so lines that cannot
 * be read are counted in `damage` and skipped, and a missing file has no events.
 *
 * @param wanted decides by the raw line whether it is worth decoding
 */
export async function* eventLines(
  file: string,
  damage: Damage,
  wanted: (line: string) => boolean = () => true,
): AsyncGenerator<RunEvent> {
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
  let line = 0;
  try {
    for await (const text of lines) {
      line++;
      if (text === '' || !wanted(text)) continue;
      let event: RunEvent;
      try {
        event = decodeEvent(text, { file, line });
      } catch (error) {
        damage.lines++;
        damage.first ??= messageOf(error);
        continue;
      }
      yield event;
    }
  } catch (error) {
    damage.first ??= messageOf(error);
  }
}
