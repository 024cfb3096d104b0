import type { Value } from '../../history/events.js';
import { AssayError } from '../../kernel/errors.js';
import type { Scalar } from '../../linearizability-checker/index.js';
import { scalar } from '../interpret/reading.js';
import { Column, WideColumn } from './column.js';
import type { Transaction, TransactionModel } from './transaction.js';

/** A read whose answer is not known, for its transaction did not end `ok`. */
export const UNKNOWN = -1;
/** A register's read of null: nothing had been written. */
export const INITIAL = -2;
/** This and below: list reads that are no prefix of the longest of their key, kept as lists. */
export const ODD = -3;

/** No transaction wrote the version, or none that can be named because several did. */
export const NOBODY = -1;
export const SEVERAL = -2;

const OUTCOMES = ['ok', 'fail', 'info'] as const;

/** One key: its versions by value and, of a list, what its reads agree on. */
export interface KeyRecord {
  readonly name: string;
  /** Version ids by value; of a list, by element. */
  readonly versions: Map<Scalar, number>;
  /** The longest list that was read, and that extends the longest before it. */
  longest: readonly Scalar[];
  /** The transaction that read it. */
  longestReader: number;
  /** How many first elements all reads agree on; infinite while none contradicts another. */
  agreed: number;
  /** Someone writes null to the register, so that reads of null say nothing. */
  nullWritten: boolean;
}

/**
 * Transactions as columns of numbers. A list's reads are mostly prefixes of each other, so a read is kept as its length
 * and only the longest of a key as a list: memory follows the number of micro-operations, not the size of the lists.
 */
export class TransactionLog {
  /** Transactions. */
  private readonly processes = new WideColumn();
  private readonly invocations = new WideColumn();
  private readonly completions = new WideColumn();
  private readonly outcomes = new Column();
  private readonly starts = new Column();
  /** Micro-operations: 1 for a write or append; the key; the version written or the state read. */
  private readonly writes = new Column();
  private readonly keyOf = new Column();
  private readonly values = new Column();
  /** Versions: value, writer, and whether it is its writer's last of the key. */
  readonly versionValues: Scalar[] = [];
  readonly versionWriters = new Column();
  readonly keys: KeyRecord[] = [];
  private readonly oddReads: (readonly Scalar[])[] = [];
  private readonly keyIndices = new Map<Scalar, number>();
  /** Known answers of reads: without one there is nothing to judge. */
  reads = 0;
  committed = 0;
  unknownOutcomes = 0;
  /** Values that were written to their key more than once. */
  ambiguous = 0;

  constructor(readonly model: TransactionModel) {}

  get transactions(): number {
    return this.starts.length;
  }

  get operations(): number {
    return this.values.length;
  }

  /** @throws AssayError `bad-file` when a micro-operation is none of the model's */
  add({ process, operations, outcome, invokeUs, completeUs }: Transaction): void {
    const transaction = this.starts.length;
    this.starts.push(this.values.length);
    this.processes.push(process);
    this.invocations.push(invokeUs);
    this.completions.push(outcome === 'ok' ? (completeUs ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY);
    this.outcomes.push(OUTCOMES.indexOf(outcome));
    if (outcome === 'ok') this.committed++;
    if (outcome === 'info') this.unknownOutcomes++;
    for (const operation of operations) {
      if (!Array.isArray(operation) || operation.length < 2) {
        throw unreadable(invokeUs, `a micro-operation is [f, key, value], not ${JSON.stringify(operation)}`);
      }
      const [f, name, value] = operation;
      const key = this.keyIndex(scalar(name));
      const write = this.isWrite(f, invokeUs);
      this.writes.push(write ? 1 : 0);
      this.keyOf.push(key);
      if (write) this.values.push(this.written(transaction, key, scalar(value)));
      else if (outcome !== 'ok') this.values.push(UNKNOWN);
      else {
        this.reads++;
        this.values.push(
          this.model === 'list-append'
            ? this.readList(transaction, key, elements(value, invokeUs))
            : this.readRegister(key, scalar(value)),
        );
      }
    }
  }

  process(transaction: number): number {
    return this.processes.at(transaction);
  }

  invokeUs(transaction: number): number {
    return this.invocations.at(transaction);
  }

  /** Infinite unless it committed. */
  completeUs(transaction: number): number {
    return this.completions.at(transaction);
  }

  outcome(transaction: number): (typeof OUTCOMES)[number] {
    return OUTCOMES[this.outcomes.at(transaction)] ?? 'info';
  }

  isCommitted(transaction: number): boolean {
    return this.outcomes.at(transaction) === 0;
  }

  isAborted(transaction: number): boolean {
    return this.outcomes.at(transaction) === 1;
  }

  /** Index of its first micro-operation; that of the next transaction is the end. */
  start(transaction: number): number {
    return transaction < this.starts.length ? this.starts.at(transaction) : this.values.length;
  }

  writesAt(operation: number): boolean {
    return this.writes.at(operation) === 1;
  }

  keyAt(operation: number): number {
    return this.keyOf.at(operation);
  }

  /** A version id; of a list's read its length; or {@link UNKNOWN}, {@link INITIAL}, or an odd read. */
  valueAt(operation: number): number {
    return this.values.at(operation);
  }

  key(index: number): KeyRecord {
    return this.keys[index] as KeyRecord;
  }

  /** The list that this read found. Only its first `length` elements count. */
  listAt(operation: number): { readonly list: readonly Scalar[]; readonly length: number } {
    const value = this.values.at(operation);
    if (value <= ODD) {
      const list = this.oddReads[ODD - value] as readonly Scalar[];
      return { list, length: list.length };
    }
    return { list: this.key(this.keyOf.at(operation)).longest, length: value };
  }

  /** The transaction that wrote the version and may have committed, or {@link NOBODY}. */
  validWriter(version: number): number {
    const writer = this.versionWriters.at(version);
    return writer < 0 || this.isAborted(writer) ? NOBODY : writer;
  }

  private keyIndex(name: Scalar): number {
    const known = this.keyIndices.get(name);
    if (known !== undefined) return known;
    this.keyIndices.set(name, this.keys.length);
    return (
      this.keys.push({
        name: String(name),
        versions: new Map(),
        longest: [],
        longestReader: NOBODY,
        agreed: Number.POSITIVE_INFINITY,
        nullWritten: false,
      }) - 1
    );
  }

  private isWrite(f: string, invokeUs: number): boolean {
    if (f === 'r') return false;
    const write = this.model === 'list-append' ? 'append' : 'w';
    if (f !== write) throw unreadable(invokeUs, `a ${this.model} transaction has "r" and "${write}", but no "${f}"`);
    return true;
  }

  private version(key: number, value: Scalar): number {
    const { versions } = this.key(key);
    const known = versions.get(value);
    if (known !== undefined) return known;
    const version = this.versionValues.push(value) - 1;
    this.versionWriters.push(NOBODY);
    versions.set(value, version);
    return version;
  }

  private written(transaction: number, key: number, value: Scalar): number {
    const version = this.version(key, value);
    const writer = this.versionWriters.at(version);
    if (writer === NOBODY) this.versionWriters.set(version, transaction);
    else if (writer !== SEVERAL) this.versionWriters.set(version, SEVERAL);
    if (writer !== NOBODY) this.ambiguous++;
    if (value === null && this.model === 'rw-register') {
      this.ambiguous++;
      this.key(key).nullWritten = true;
    }
    return version;
  }

  private readRegister(key: number, value: Scalar): number {
    return value === null ? INITIAL : this.version(key, value);
  }

  private readList(transaction: number, key: number, list: readonly Scalar[]): number {
    const record = this.key(key);
    const { longest } = record;
    const shared = Math.min(list.length, longest.length);
    let same = 0;
    while (same < shared && list[same] === longest[same]) same++;
    if (same === shared) {
      if (list.length > longest.length) {
        record.longest = list;
        record.longestReader = transaction;
      }
      return list.length;
    }
    record.agreed = Math.min(record.agreed, same);
    const index = this.oddReads.push(list) - 1;
    return ODD - index;
  }
}

function elements(value: Value | undefined, invokeUs: number): readonly Scalar[] {
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value))
    throw unreadable(invokeUs, `a read of a list must answer a list, not ${JSON.stringify(value)}`);
  const list = value as readonly Value[];
  return list.some((element) => typeof element === 'object' && element !== null)
    ? list.map(scalar)
    : (list as readonly Scalar[]);
}

function unreadable(timeUs: number, what: string): AssayError {
  return new AssayError(
    'bad-file',
    `The history does not fit its model: at ${timeUs} µs, ${what}`,
    'Choose the model that the transactions were made for: list-append or rw-register.',
  );
}
