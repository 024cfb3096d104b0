import { count } from '../../kernel/count.js';
import { AssayError, messageOf } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import { EtcdTrace, isEtcdLine } from './etcd.js';
import {
  isWholeEvent,
  type PartialStep,
  type PartialTraceEvent,
  parseTraceLine,
  TRACE_FORMAT,
  type TraceHeader,
} from './schema.js';

/** The formats of traces that can be read, for people. */
export const TRACE_FORMATS = {
  assay: `${TRACE_FORMAT}: spec/trace/README.md`,
  etcd: 'state_trace of etcd-io/raft, as its logger writes it',
} as const;
export type TraceFormat = keyof typeof TRACE_FORMATS;

/** Lines of Assay's own files that are no trace events: a history beside a trace is passed over. */
const OTHER_KINDS = new Set(['invoke', 'ok', 'fail', 'info', 'fault', 'status', 'phase', 'note']);

/**
 * Reads a trace that others recorded, line by line; the first event tells its format. Files of several nodes may be
 * read one after another.
 */
export class TraceFileReader {
  /** Undefined until an event was read. */
  format: TraceFormat | undefined;
  header: TraceHeader | undefined;
  /** Whether every event said all that Assay's own say. */
  whole = true;
  /** Lines that say something that is not known here, and whose they are. */
  foreign = 0;
  readonly foreignNodes = new Set<NodeId>();
  private others = 0;
  /** Fields of events that the format does not have, as `name.field`: how often, and where first. */
  private readonly unknownFields = new Map<string, { times: number; readonly place: string }>();
  /** What could not be read before the format was clear. */
  private unread: AssayError | undefined;
  /** Of the first header. */
  private place = '';
  private readonly etcd = new EtcdTrace();

  /**
   * The events of one line.
   *
   * @throws AssayError `bad-file`, naming file and line
   */
  read(text: string, file: string, line: number): PartialTraceEvent[] {
    // A logger may write before what it wraps.
    const start = this.format === 'assay' ? 0 : text.indexOf('{');
    if (text.trim() === '') return [];
    let json: unknown;
    try {
      json = JSON.parse(text.slice(Math.max(0, start)));
    } catch (error) {
      // Whatever else it writes; not a broken trace event.
      if (this.format === 'etcd' && !/"(tag|nid)"\s*:/.test(text)) {
        this.others++;
        return [];
      }
      const what = malformed(file, line, `is not JSON (${messageOf(error)})`);
      return this.passOver(start < 0 || !/"(kind|tag|nid)"\s*:/.test(text), what);
    }
    if (this.format === undefined && this.header === undefined && isEtcdLine(json)) {
      this.format = 'etcd';
      this.unread = undefined;
    }
    if (this.format === 'etcd') return this.etcdLine(json, file, line);
    if (this.format === undefined && this.header === undefined && !isOwn(json)) {
      return this.passOver(true, malformed(file, line, `is no line of ${TRACE_FORMAT}, and no event of etcd-io/raft`));
    }
    return this.ownLine(json, file, line);
  }

  /** Ends with what could not be read while it was not clear which format it is. */
  finish(): void {
    if (this.unread !== undefined) throw this.unread;
  }

  /** A log that wraps a trace of etcd-io/raft may begin with other lines; a trace of ours may not. */
  private passOver(perhaps: boolean, error: AssayError): [] {
    if (!perhaps || this.format === 'assay' || this.header !== undefined) throw this.unread ?? error;
    this.unread ??= error;
    this.others++;
    return [];
  }

  /** What a reader should know. */
  notes(): string[] {
    const notes: string[] = [];
    if (this.format === 'etcd') notes.push(`read as ${TRACE_FORMATS.etcd}`);
    if (this.others > 0)
      notes.push(`${count(this.others, 'line')} of the log are no trace events, and were passed over`);
    const unknown = [...this.unknownFields].map(([field, { times, place }]) => `${field} (${place}; ${times} in all)`);
    if (unknown.length > 0)
      notes.push(`fields that ${TRACE_FORMAT} does not have were passed over: ${unknown.join(', ')}`);
    return notes;
  }

  private ownLine(json: unknown, file: string, line: number): PartialTraceEvent[] {
    if (typeof json === 'object' && json !== null && 'kind' in json && OTHER_KINDS.has(String(json.kind))) return [];
    const read = parseTraceLine(json);
    this.finish();
    if (read.is === 'malformed') {
      throw isEtcdLine(json)
        ? malformed(file, line, `is an event of etcd-io/raft among lines of ${TRACE_FORMAT}`)
        : malformed(file, line, `is no line of ${TRACE_FORMAT}: ${read.what}`);
    }
    if (read.is === 'header') {
      this.addHeader(read.header, file, line);
      return [];
    }
    this.format = 'assay';
    this.whole &&= isWholeEvent(json);
    this.noteUnknown(json as object, read.event, `${file}, line ${line}`);
    return [{ ...read.event, file, line }];
  }

  /** A field that is misspelt would else be missed in silence. What messages have besides is their own. */
  private noteUnknown(json: object, event: PartialStep, place: string): void {
    for (const field of Object.keys(json)) {
      if (field in event) continue;
      const name = `${event.name}.${field}`;
      const known = this.unknownFields.get(name);
      if (known === undefined) this.unknownFields.set(name, { times: 1, place });
      else known.times++;
    }
  }

  /** Each file may have one, and each start of a process may write one. */
  private addHeader(header: TraceHeader, file: string, line: number): void {
    const known = this.header;
    if (known === undefined) {
      this.header = header;
      this.place = `${file}, line ${line}`;
      return;
    }
    const sorted = ({ recorded }: TraceHeader) =>
      recorded === undefined ? 'nothing' : [...new Set(recorded)].sort().join(', ');
    if (sorted(known) !== sorted(header)) {
      throw malformed(
        file,
        line,
        `says that ${sorted(header)} is recorded completely, and ${this.place} says ${sorted(known)}`,
      );
    }
    const nodes = [...new Set([...(known.nodes ?? []), ...(header.nodes ?? [])])];
    this.header = { ...known, ...(nodes.length > 0 && { nodes }) };
  }

  private etcdLine(json: unknown, file: string, line: number): PartialTraceEvent[] {
    this.whole = false;
    if (isOwn(json)) throw malformed(file, line, `is of ${TRACE_FORMAT}, after events of etcd-io/raft`);
    const read = this.etcd.read(json);
    if (read.is === 'malformed') throw malformed(file, line, `is no event of etcd-io/raft: ${read.what}`);
    if (read.is === 'other') this.others++;
    if (read.is === 'foreign') {
      this.foreign++;
      this.foreignNodes.add(read.node);
    }
    return read.is === 'steps' ? read.steps.map((step) => ({ ...step, node: read.node, file, line })) : [];
  }
}

/** Whether it is a line of a file of ours, or is meant to be one. */
function isOwn(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'kind' in json && !('tag' in json);
}

function malformed(file: string, line: number, what: string): AssayError {
  return new AssayError(
    'bad-file',
    `${file}, line ${line} ${what}`,
    'spec/trace/README.md says what a trace looks like. Mend that line, then check again.',
  );
}
