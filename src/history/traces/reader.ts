import { count } from '../../kernel/count.js';
import { AssayError, messageOf } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import { EtcdTrace, isEtcdLine } from './etcd.js';
import { isWholeEvent, type PartialTraceEvent, parseTraceLine, TRACE_FORMAT, type TraceHeader } from './schema.js';

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
  private readonly etcd = new EtcdTrace();

  /**
   * The events of one line.
   *
   * @throws AssayError `bad-file`, naming file and line
   */
  read(text: string, file: string, line: number): PartialTraceEvent[] {
    const start = this.format === 'assay' ? 0 : text.indexOf('{');
    if (text.trim() === '') return [];
    // A logger may write before what it wraps; a line without any object is another message of it.
    if (start < 0 && this.format === 'etcd') {
      this.others++;
      return [];
    }
    let json: unknown;
    try {
      json = JSON.parse(text.slice(Math.max(0, start)));
    } catch (error) {
      throw malformed(file, line, `is not JSON (${messageOf(error)})`);
    }
    if (this.format === undefined && this.header === undefined && isEtcdLine(json)) this.format = 'etcd';
    return this.format === 'etcd' ? this.etcdLine(json, file, line) : this.ownLine(json, file, line);
  }

  /** What a reader should know. */
  notes(): string[] {
    const notes: string[] = [];
    if (this.format === 'etcd') notes.push(`read as ${TRACE_FORMATS.etcd}`);
    if (this.others > 0)
      notes.push(`${count(this.others, 'line')} of the log are no trace events, and were passed over`);
    return notes;
  }

  private ownLine(json: unknown, file: string, line: number): PartialTraceEvent[] {
    if (typeof json === 'object' && json !== null && 'kind' in json && OTHER_KINDS.has(String(json.kind))) return [];
    const read = parseTraceLine(json);
    if (read.is === 'malformed') throw malformed(file, line, `is no line of ${TRACE_FORMAT}: ${read.what}`);
    if (read.is === 'header') {
      this.header ??= read.header;
      return [];
    }
    this.format = 'assay';
    this.whole &&= isWholeEvent(json);
    return [{ ...read.event, file, line }];
  }

  private etcdLine(json: unknown, file: string, line: number): PartialTraceEvent[] {
    this.whole = false;
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

function malformed(file: string, line: number, what: string): AssayError {
  return new AssayError(
    'bad-file',
    `${file}, line ${line} ${what}`,
    'spec/trace/README.md says what a trace looks like. Mend that line, then check again.',
  );
}
