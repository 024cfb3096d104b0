import { messageOf } from '../../kernel/errors.js';
import type { OperationEvent, Value } from '../events.js';
import type { DialectOptions } from './dialects.js';
import { type Form, FormSplitter, type Syntax } from './forms.js';
import { excerpt, type Importer, malformedAt, type Place } from './importer.js';
import { JepsenEvents } from './jepsen-events.js';
import { FormError, readForm } from './read-form.js';
import { type HistoryRecord, recordOf } from './records.js';

/**
 * Histories of maps, in EDN (Jepsen, Knossos, Maelstrom, Porcupine's key-value logs) or JSON (elle-cli): one map after
 * another, or all in one vector, list or array.
 */
export class JepsenForms implements Importer {
  private readonly splitter: FormSplitter;
  private readonly events: JepsenEvents;
  private readonly cut: string[] = [];

  constructor(
    private readonly file: string,
    private readonly syntax: Syntax,
    options: DialectOptions,
  ) {
    this.splitter = new FormSplitter(file, syntax);
    this.events = new JepsenEvents(file, syntax === 'edn' ? 'jepsen-edn' : 'elle-json', options);
  }

  push(text: string): OperationEvent[] {
    const records: HistoryRecord[] = [];
    for (const form of this.splitter.push(text)) {
      const value = readValue(this.file, form, this.syntax);
      if (value === undefined) continue;
      const record = recordOf(value, form);
      if (typeof record === 'string') {
        throw malformedAt(this.file, form, `${record}: ${excerpt(form.text)}`, 'Mend or remove it, then check again.');
      }
      records.push(record);
    }
    return this.events.push(records);
  }

  finish(): OperationEvent[] {
    this.cut.push(...cutOffNotes(this.splitter));
    return this.events.finish();
  }

  notes(): string[] {
    return [...this.cut, ...this.events.notes()];
  }
}

/** What the end of a file that was cut off looks like, in words. */
export function cutOffNotes(splitter: FormSplitter): string[] {
  const { cutOff, unclosed } = splitter.finish();
  if (cutOff) return [`the last record, in line ${cutOff.line}, is cut off: it is left out`];
  return unclosed ? ['the bracket around all operations is not closed: the file may be cut off'] : [];
}

/** Whole numbers that `JSON.parse` would round. */
const LONG_NUMBER = /\d{16}/;

/**
 * The value of a record, `undefined` for one that EDN says to skip.
 *
 * @throws AssayError `bad-file`, naming the place
 */
export function readValue(file: string, form: Form, syntax: Syntax): Value | undefined {
  try {
    if (syntax === 'edn') return readForm(form.text, 'edn');
    const value = JSON.parse(form.text) as Value;
    return LONG_NUMBER.test(form.text) ? readForm(form.text, 'json') : value;
  } catch (error) {
    const offset =
      error instanceof FormError ? error.offset : Number(/position (\d+)/.exec(messageOf(error))?.[1] ?? 0);
    throw malformedAt(
      file,
      placeWithin(form, offset),
      `${messageOf(error)}: ${excerpt(form.text)}`,
      `Is this ${syntax === 'edn' ? 'EDN' : 'JSON'}? Mend or remove the operation, then check again.`,
    );
  }
}

function placeWithin({ text, line, column }: Form, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  const last = before.at(-1) ?? '';
  return before.length === 1
    ? { line, column: column + last.length }
    : { line: line + before.length - 1, column: last.length + 1 };
}
