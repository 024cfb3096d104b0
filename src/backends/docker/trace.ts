import type { TraceEvent } from '../../history/trace.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';

/** One reading of a node's machine clock: what it said, between these two times of the harness. */
export interface ClockReading {
  readonly askedUs: Micros;
  readonly answeredUs: Micros;
  readonly machineUs: Micros;
}

/**
 * How far a node's machine clock is ahead of the run's axis. An answer was given somewhere between the question and
 * its arrival; the reading with the shortest round trip leaves the least doubt, and its middle halves that.
 */
export class ClockOffset {
  private best: ClockReading | undefined;

  observe(reading: ClockReading): void {
    if (!this.best || roundTripUs(reading) < roundTripUs(this.best)) this.best = reading;
  }

  /** Undefined before the first reading. */
  get offsetUs(): Micros | undefined {
    return this.best && Math.round(this.best.machineUs - (this.best.askedUs + this.best.answeredUs) / 2);
  }

  /** The offset may be wrong by this much either way. */
  get doubtUs(): Micros {
    return this.best ? Math.ceil(roundTripUs(this.best) / 2) : Number.POSITIVE_INFINITY;
  }
}

function roundTripUs({ askedUs, answeredUs }: ClockReading): Micros {
  return answeredUs - askedUs;
}

/** Lines of a file that comes in pieces. The last one may lack its newline: a write that a SIGKILL tore. */
async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<{ text: string; isWhole: boolean }> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) yield { text, isWhole: true };
  }
  rest += decoder.decode();
  if (rest !== '') yield { text: rest, isWhole: false };
}

/**
 * Reads a node's trace file and moves it to the run's axis.
 *
 * @returns how many steps there were, and what could not be read: for a torn last line nothing is said, because nobody
 *   can have seen what it speaks of
 */
export async function readTrace(options: {
  readonly node: NodeId;
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly offsetUs: Micros;
  readonly onTrace: (event: TraceEvent) => void;
}): Promise<{ readonly steps: number; readonly unreadable: number }> {
  const { node, pieces, offsetUs, onTrace } = options;
  let steps = 0;
  let unreadable = 0;
  for await (const { text, isWhole } of linesOf(pieces)) {
    const event = parse(text);
    if (event && event.node === node) {
      steps++;
      onTrace({ ...event, timeUs: event.timeUs - offsetUs });
    } else if (isWhole) {
      unreadable++;
    }
  }
  return { steps, unreadable };
}

function parse(text: string): TraceEvent | undefined {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return undefined;
    if (!('kind' in json) || json.kind !== 'trace' || !('timeUs' in json) || typeof json.timeUs !== 'number') return;
    // Written by our own node program, of the same build: its image's tag is the digest of the bundle.
    return json as TraceEvent;
  } catch {
    return undefined;
  }
}
