import type { Operation, Outcome, Value } from '../../history/events.js';
import { changed, combine, EMPTY_HASH, EMPTY_LIST_HASH, hashText, hashValue, type StateHash } from './state-hash.js';

/** What one key holds: a value, or a list that `append` made. */
class Cell {
  value: Value = null;
  /** Grown in place, so nobody outside may hold it: reads hand out copies. */
  items: Value[] | undefined;
  contentHash = 0;
  /** Of the key with what it holds; 0 before it holds anything. */
  hash = 0;

  constructor(readonly keyHash: number) {}

  read(): Value {
    return this.items === undefined ? this.value : this.items.slice();
  }
}

/** What of a store goes into a snapshot, in insertion order: equal logs give equal texts, snapshot between or not. */
export type KvState = ReadonlyArray<
  readonly [key: string, value: Value] | readonly [key: string, items: readonly Value[], kind: 'list']
>;

const DONE: Outcome = { type: 'ok' };

/**
 * The replicated key-value store: `read`, `write`, `cas` (value `[expected, new]`) and `append` (to a list per key).
 * Deterministic. A key that was never written reads as null.
 */
export class KvStore {
  private readonly cells = new Map<string, Cell>();
  private total: StateHash = EMPTY_HASH;

  static from(state: KvState): KvStore {
    const store = new KvStore();
    for (const [key, value, kind] of state) {
      if (kind === 'list') for (const item of value as readonly Value[]) store.append(key, item);
      else store.write(key, value);
    }
    return store;
  }

  get hash(): StateHash {
    return this.total;
  }

  /** Executes one operation. A `fail` says that it surely changed nothing. */
  execute({ f, key = '', value = null }: Operation): Outcome {
    switch (f) {
      case 'read':
        return { type: 'ok', value: this.read(key) };
      case 'write':
        this.write(key, value);
        return DONE;
      case 'cas': {
        const [expected, next] = Array.isArray(value) ? (value as readonly Value[]) : [];
        if (expected === undefined || next === undefined) return { type: 'fail', error: 'bad-operation' };
        if (!sameValue(this.read(key), expected)) return { type: 'fail', error: 'cas-mismatch' };
        this.write(key, next);
        return DONE;
      }
      case 'append':
        return this.append(key, value) ? DONE : { type: 'fail', error: 'not-a-list' };
      default:
        return { type: 'fail', error: `unsupported: ${f}` };
    }
  }

  read(key: string): Value {
    return this.cells.get(key)?.read() ?? null;
  }

  state(): KvState {
    return [...this.cells].map(([key, { value, items }]) => (items ? [key, items, 'list'] : [key, value]));
  }

  private write(key: string, value: Value): void {
    const cell = this.cells.get(key) ?? this.add(key);
    cell.value = value;
    cell.items = undefined;
    this.holds(cell, hashValue(value));
  }

  /** False where the key holds something else than a list. */
  private append(key: string, value: Value): boolean {
    let cell = this.cells.get(key);
    if (cell === undefined) {
      cell = this.add(key);
      cell.items = [];
      cell.contentHash = EMPTY_LIST_HASH;
    }
    if (cell.items === undefined) return false;
    cell.items.push(value);
    this.holds(cell, combine(cell.contentHash, hashValue(value)));
    return true;
  }

  private add(key: string): Cell {
    const cell = new Cell(hashText(key));
    this.cells.set(key, cell);
    return cell;
  }

  private holds(cell: Cell, contentHash: number): void {
    const hash = combine(cell.keyHash, contentHash);
    this.total = changed(this.total, cell.hash, hash);
    cell.contentHash = contentHash;
    cell.hash = hash;
  }
}

/** Structural equality of JSON values. */
function sameValue(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const leftEntries = Object.entries(left);
  const rightFields = right as { readonly [key: string]: Value };
  return (
    leftEntries.length === Object.keys(right).length &&
    leftEntries.every(([key, value]) => {
      const other = rightFields[key];
      return other !== undefined && sameValue(value, other);
    })
  );
}
