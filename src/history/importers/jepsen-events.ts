import { count } from '../../kernel/count.js';
import type { CompletionEvent, InvokeEvent, OperationEvent, Value } from '../events.js';
import {
  type Dialect,
  type DialectOptions,
  dialectOf,
  failureOf,
  isPair,
  type JepsenFormat,
  NIL_READ,
} from './dialects.js';
import { malformedAt, type Place } from './importer.js';
import type { HistoryRecord } from './records.js';

/** Records from which the dialect is decided. */
const HEAD = 2000;
/** Processes that go on after an operation of unknown outcome are numbered from here. */
const SUCCESSORS = 1_000_000_000;

/** Eleven days: up to here a nanosecond more is a different number. */
const MAX_TIME_US = 1e12;
/** From one record to the next where none has a time: what people read as seconds then counts records. */
const UNTIMED_US = 1000;

interface OpenOperation {
  readonly record: HistoryRecord;
  readonly event: InvokeEvent;
}

/**
 * Turns the records of a Jepsen-like history into events: clients' records only, in the order of the file (which, not
 * `:time`, is the order of a Jepsen history), at times that always go forward.
 */
export class JepsenEvents {
  private head: HistoryRecord[] | undefined = [];
  private dialect: Dialect | undefined;
  private readonly open = new Map<number, OpenOperation>();
  private readonly successors = new Map<number, number>();
  /** How each key's text came to be: 1 and "1" are two keys. */
  private readonly keys = new Map<string, string>();
  private originNs: number | undefined;
  private lastUs = -1;
  private untimed = false;
  private bystanders = 0;
  private nilReads = 0;
  private mismatches = 0;

  constructor(
    private readonly file: string,
    private readonly format: JepsenFormat,
    private readonly options: DialectOptions,
  ) {}

  push(records: readonly HistoryRecord[]): OperationEvent[] {
    if (this.head === undefined) return this.convert(records);
    for (const record of records) this.head.push(record);
    return this.head.length < HEAD ? [] : this.decide();
  }

  finish(): OperationEvent[] {
    return this.decide();
  }

  notes(): string[] {
    const notes: string[] = [];
    if (this.dialect?.independent) notes.push('values are pairs [key value]: each key is judged by itself');
    if (this.bystanders > 0) notes.push(`${count(this.bystanders, 'record')} of the nemesis and others left out`);
    if (this.nilReads > 0) {
      notes.push(
        `${count(this.nilReads, 'read')} of nil taken to say nothing, as Knossos does (--nil-read nothing: they found nothing)`,
      );
    }
    if (this.mismatches > 0) {
      notes.push(
        `${count(this.mismatches, 'failed compare-and-set')} taken to have found another value (--failed-cas nothing: they did not happen)`,
      );
    }
    if (this.untimed) notes.push('it has no times: each record counts as one millisecond ("0.012 s" is record 12)');
    return notes;
  }

  private decide(): OperationEvent[] {
    const head = this.head;
    if (head === undefined) return [];
    this.head = undefined;
    this.dialect = dialectOf(this.format, head, this.options);
    return this.convert(head);
  }

  private convert(records: readonly HistoryRecord[]): OperationEvent[] {
    const events: OperationEvent[] = [];
    for (const record of records) {
      const event = this.eventOf(record);
      if (event) events.push(event);
    }
    return events;
  }

  private eventOf(record: HistoryRecord): OperationEvent | undefined {
    const timeUs = this.tick(record.timeNs);
    if (record.process === undefined) {
      this.bystanders++;
      return undefined;
    }
    const open = this.open.get(record.process);
    if (record.type === 'invoke') {
      if (open) {
        throw this.malformed(
          record.place,
          `process ${record.process} invokes an operation while that of line ${open.record.place.line} has not returned`,
        );
      }
      const event = this.invocation(record, timeUs);
      this.open.set(record.process, { record, event });
      return event;
    }
    if (open === undefined) {
      // Workers also say `:info` of themselves, outside of any operation.
      if (record.type === 'info') {
        this.bystanders++;
        return undefined;
      }
      throw this.malformed(record.place, `process ${record.process} has no operation that could be "${record.type}"`);
    }
    if (record.f !== undefined && open.record.f !== undefined && record.f !== open.record.f) {
      throw this.malformed(
        record.place,
        `process ${record.process} invoked "${open.record.f}" in line ${open.record.place.line}, not "${record.f}"`,
      );
    }
    this.open.delete(record.process);
    if (record.type === 'info') {
      this.successors.set(record.process, SUCCESSORS + this.successors.size);
    }
    return this.completion(open, record, timeUs);
  }

  private invocation(record: HistoryRecord, timeUs: number): InvokeEvent {
    const { key, value } = this.keyed(record);
    return {
      kind: 'invoke',
      timeUs,
      process: this.successors.get(record.process as number) ?? (record.process as number),
      f: record.f ?? (isTransaction(value) ? 'txn' : this.nameless(record)),
      ...(key !== undefined && { key }),
      ...(value !== null && { value: plainMicroOperations(value) }),
    };
  }

  private completion({ record: invoke, event }: OpenOperation, record: HistoryRecord, timeUs: number): CompletionEvent {
    const { process, f, key } = event;
    const common = { timeUs, process, f, ...(key !== undefined && { key }) };
    if (record.type === 'fail') {
      const error = failureOf(this.dialect as Dialect, invoke, record);
      if (error === 'cas-mismatch') this.mismatches++;
      return { kind: 'fail', ...common, error };
    }
    if (record.type === 'info') {
      const { error, value } = record;
      return { kind: 'info', ...common, error: String(error ?? (typeof value === 'string' ? value : 'unknown')) };
    }
    const value = this.answer(record, key);
    if (value === null && (f === 'read' || f === 'get') && this.dialect?.nilRead === 'anything') {
      this.nilReads++;
      return { kind: 'fail', ...common, error: NIL_READ };
    }
    return { kind: 'ok', ...common, value: plainMicroOperations(value) };
  }

  private keyed(record: HistoryRecord): { readonly key?: string; readonly value: Value } {
    if (record.key !== undefined) return { key: this.keyText(record.key), value: record.value };
    if (!this.dialect?.independent || record.value === null) return { value: record.value };
    if (!isPair(record.value)) {
      throw malformedAt(
        this.file,
        record.place,
        'this value is no pair [key value], as the others are',
        'With `--independent no` values are taken as they are.',
      );
    }
    return { key: this.keyText(record.value[0]), value: record.value[1] };
  }

  /** Some writers keep the pair in the answer, some give the answer alone. */
  private answer(record: HistoryRecord, key: string | undefined): Value {
    const { value } = record;
    if (record.key !== undefined || !this.dialect?.independent || key === undefined) return value;
    return isPair(value) && this.keyText(value[0]) === key ? value[1] : value;
  }

  private keyText(key: Value): string {
    const text = typeof key === 'string' ? key : JSON.stringify(key);
    const type = typeof key;
    const first = this.keys.get(text);
    if (first === undefined) this.keys.set(text, type);
    return first === undefined || first === type ? text : `${text} (${type})`;
  }

  /** Always forward, by less than any clock can tell: records at one time keep their order. */
  private tick(timeNs: number | undefined): number {
    if (timeNs === undefined) this.untimed = true;
    else this.originNs ??= timeNs;
    const timeUs = timeNs === undefined ? this.afterLastUs() : (timeNs - (this.originNs ?? 0)) / 1000;
    this.lastUs = Math.max(timeUs < MAX_TIME_US ? timeUs : 0, this.lastUs + 0.001);
    return this.lastUs;
  }

  /** One millisecond later, unless other records have times: then by as little as there is. */
  private afterLastUs(): number {
    return this.originNs === undefined ? Math.max(0, this.lastUs) + UNTIMED_US : this.lastUs + 1;
  }

  private nameless(record: HistoryRecord): string {
    throw this.malformed(record.place, 'the operation has no :f that says what it does');
  }

  private malformed(place: Place, what: string) {
    return malformedAt(
      this.file,
      place,
      what,
      'Each process invokes one operation at a time, which then ends ok, fail or info. Mend or remove the record, then check again.',
    );
  }
}

const MICRO_OPERATIONS: ReadonlySet<Value> = new Set(['append', 'r', 'w', ':append', ':r', ':w']);

/** Micro-operations, as Elle writes them: `[[:append 5 1] [:r 5 nil]]`. */
function isTransaction(value: Value): value is readonly (readonly Value[])[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((step: Value) => Array.isArray(step) && step.length >= 2 && MICRO_OPERATIONS.has(step[0] as Value))
  );
}

/** Their names without the colon of an EDN keyword. */
function plainMicroOperations(value: Value): Value {
  if (!isTransaction(value)) return value;
  return value.map(([f, ...rest]) => [(f as string).replace(/^:/, ''), ...rest]);
}
