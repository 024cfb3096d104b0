import { count } from '../../kernel/count.js';
import type { OperationEvent, Value } from '../events.js';
import type { DialectOptions } from './dialects.js';
import { excerpt, type Importer, malformedAt } from './importer.js';
import { JepsenEvents } from './jepsen-events.js';
import { LineSplitter } from './lines.js';
import { FormError, readForm } from './read-form.js';
import { type HistoryRecord, processOf } from './records.js';

/**
 * `0 :invoke :cas [1 2]`, by tabs or blanks, anywhere in a line: after a time and the name of a logger, as in
 * `INFO  jepsen.util - 0	:invoke	:read	nil`.
 */
export const LOG_LINE = /(?:^|\s)(-?\d+|:[\w-]+)\s+:(invoke|ok|fail|info)\s+:(\S+)(.*)$/;
/** The front of such a line: if no more of it is there, it was cut off. */
const LOG_LINE_FRONT = /(?:^|\s)(?:-?\d+|:[\w-]+)\s+:(?:invoke|ok|fail|info)(?:\s|$)/;

/** What Jepsen writes to its log and to `history.txt`: process, type, function, value, perhaps an error. */
export class JepsenLog implements Importer {
  private readonly lines: LineSplitter;
  private readonly events: JepsenEvents;
  private line = 0;
  private others = 0;
  private readonly cut: string[] = [];

  constructor(
    private readonly file: string,
    options: DialectOptions,
  ) {
    this.lines = new LineSplitter(file);
    this.events = new JepsenEvents(file, 'jepsen-log', options);
  }

  push(text: string): OperationEvent[] {
    const records: HistoryRecord[] = [];
    for (const line of this.lines.push(text)) {
      const record = this.record(line);
      if (record) records.push(record);
    }
    return this.events.push(records);
  }

  finish(): OperationEvent[] {
    const rest = this.lines.rest();
    let last: HistoryRecord | undefined;
    if (rest.trim() !== '') {
      try {
        last = this.record(rest);
      } catch {
        // A line is written with its end: without one, it was cut off.
        this.cut.push(`line ${this.line}, the last, is cut off: it is left out`);
      }
    }
    return [...this.events.push(last ? [last] : []), ...this.events.finish()];
  }

  notes(): string[] {
    const others = this.others > 0 ? [`${count(this.others, 'line')} without an operation left out`] : [];
    return [...this.cut, ...others, ...this.events.notes()];
  }

  private record(line: string): HistoryRecord | undefined {
    this.line++;
    const found = LOG_LINE.exec(line);
    const place = { line: this.line, column: 1 + (found?.index ?? 0) };
    if (found === null) {
      if (line.trim() === '') return undefined;
      if (LOG_LINE_FRONT.test(line)) throw this.malformed(place, `the operation has no function: ${excerpt(line, 60)}`);
      this.others++;
      return undefined;
    }
    const [, process = '', type, f, rest = ''] = found;
    const [value = null, error] = this.columns(rest, place);
    return {
      place,
      type: type as HistoryRecord['type'],
      f,
      process: processOf(process),
      value,
      ...(error !== undefined && error !== null && { error }),
    };
  }

  /** The value and the error: EDN, one after the other. A text that is not EDN is taken as it is. */
  private columns(rest: string, place: { line: number; column: number }): Value[] {
    const text = rest.trim();
    if (text === '') return [];
    if (/^-?\d+$/.test(text) || text === 'nil') return [readForm(text, 'edn') ?? null];
    try {
      // Tabs separate columns; a value may itself hold blanks.
      return text.split(/\t+/).map((column) => readForm(column, 'edn') ?? null);
    } catch (error) {
      // One form after another, without tabs: read them as one list.
      try {
        return (readForm(`[${text}]`, 'edn') as Value[] | undefined) ?? [];
      } catch {
        if (error instanceof FormError && !/^[[{("]/.test(text)) return [text];
        throw this.malformed(place, `the value cannot be read: ${excerpt(text, 60)}`);
      }
    }
  }

  private malformed(place: { line: number; column: number }, what: string) {
    return malformedAt(
      this.file,
      place,
      what,
      'An operation is written as process, type, function and value: 0 :invoke :cas [1 2]. Mend or remove the line, then check again.',
    );
  }
}
