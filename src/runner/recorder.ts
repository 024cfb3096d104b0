import { createHash, type Hash } from 'node:crypto';
import { encodeEvent } from '../history/codec.js';
import type { RunEvent } from '../history/events.js';
import type { TraceEvent } from '../history/trace.js';
import type { Checker } from '../plugin/checker.js';
import { HISTORY_FILE, LineWriter, type RunFolder, TRACE_FILE } from '../store/results.js';

/** Where the run's events go: to the checkers, to the run's files, into the hash of the stream. */
export class Recorder {
  private readonly history: LineWriter | undefined;
  private readonly trace: LineWriter | undefined;
  private readonly hash: StreamHash | undefined;
  private readonly historyCheckers: readonly Checker[];
  private readonly traceCheckers: readonly Checker[];
  private readonly observer: Pick<Checker, 'observe'>;
  private closed = false;
  traceEvents = 0;

  constructor(options: {
    folder?: RunFolder | undefined;
    hashed: boolean;
    checkers: readonly Checker[];
    observer: Pick<Checker, 'observe'>;
  }) {
    this.observer = options.observer;
    if (options.folder) {
      this.history = new LineWriter(options.folder.file(HISTORY_FILE), 'immediate');
      this.trace = new LineWriter(options.folder.file(TRACE_FILE), 'buffered');
    }
    if (options.hashed) this.hash = new StreamHash();
    this.historyCheckers = options.checkers.filter((checker) => checker.reads === 'history');
    this.traceCheckers = options.checkers.filter((checker) => checker.reads === 'trace');
  }

  /** After {@link close} the run is judged: what a slow client or probe still brings comes too late and is dropped. */
  record(event: Exclude<RunEvent, TraceEvent>): void {
    if (this.closed) return;
    this.observer.observe(event);
    for (const checker of this.historyCheckers) checker.observe(event);
    this.write(event, this.history);
  }

  /** A field, not a method, so that it can be handed to a cluster as it is. */
  readonly recordTrace = (event: TraceEvent): void => {
    if (this.closed) return;
    this.traceEvents++;
    for (const checker of this.traceCheckers) checker.observe(event);
    this.write(event, this.trace);
  };

  /** SHA-256 of all events in the order of recording, once; undefined unless asked for. */
  digest(): string | undefined {
    return this.hash?.digest();
  }

  close(): void {
    this.closed = true;
    this.history?.close();
    this.trace?.close();
  }

  private write(event: RunEvent, file: LineWriter | undefined): void {
    if (!file && !this.hash) return;
    const line = encodeEvent(event);
    this.hash?.update(line);
    file?.write(line);
  }
}

/** Gathered characters before they are hashed: a call an event would cost more than the hashing. */
const HASHED_AT_ONCE = 65_536;

/** SHA-256 of all lines, one after another. */
class StreamHash {
  private readonly hash: Hash = createHash('sha256');
  private gathered = '';

  update(line: string): void {
    this.gathered += line;
    if (this.gathered.length < HASHED_AT_ONCE) return;
    this.hash.update(this.gathered);
    this.gathered = '';
  }

  /** Once. */
  digest(): string {
    return this.hash.update(this.gathered).digest('hex');
  }
}
