import type { Operation, Outcome, Value } from '../../history/events.js';
import { Ledger } from './ledger.js';
import { changed, combine, EMPTY_HASH, EMPTY_LIST_HASH, hashText, hashValue, type StateHash } from './state-hash.js';

/** What one key holds: a value, a list that `append` made, or a ledger that `open` made. */
class Cell {
  value: Value = null;
  /** Grown in place, so nobody outside may hold it: reads hand out copies. */
  items: Value[] | undefined;
  ledger: Ledger | undefined;
  contentHash = 0;
  /** Of the key with what it holds; 0 before it holds anything. */
  hash = 0;

  constructor(readonly keyHash: number) {}

  read(): Value {
    return this.items?.slice() ?? this.ledger?.balances() ?? this.value;
  }
}

/** What of a store goes into a snapshot, in insertion order: equal logs give equal texts, snapshot between or not. */
export type KvState = ReadonlyArray<
  | readonly [key: string, value: Value]
  | readonly [key: string, items: readonly Value[], kind: 'list']
  | readonly [key: string, balances: Value, kind: 'ledger']
>;

/** Told from a map of the same content that was written. */
const LEDGER_BASIS = 0x165667b1;

const DONE: Outcome = { type: 'ok' };

/**
 * The replicated key-value store: `read`, `write`, `cas` (value `[expected, new]`), `append` (to a list per key), and
 * ledgers of accounts: `open` (value `{ account: balance }`; where a ledger is open already it stays as it is) and
 * `transfer` (value `{ from, to, amount }`, answered with both balances). Deterministic. A key that was never written
 * reads as null.
 */
export class KvStore {
  private readonly cells = new Map<string, Cell>();
  private total: StateHash = EMPTY_HASH;

  static from(state: KvState): KvStore {
    const store = new KvStore();
    for (const [key, value, kind] of state) {
      if (kind === 'list') for (const item of value as readonly Value[]) store.append(key, item);
      else if (kind === 'ledger') store.open(key, value);
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
      case 'open':
        return this.open(key, value);
      case 'transfer':
        return this.transfer(key, value);
      default:
        return { type: 'fail', error: `unsupported: ${f}` };
    }
  }

  read(key: string): Value {
    return this.cells.get(key)?.read() ?? null;
  }

  state(): KvState {
    return Array.from(this.cells, ([key, { value, items, ledger }]) => {
      if (items) return [key, items, 'list'];
      return ledger ? [key, ledger.balances(), 'ledger'] : [key, value];
    });
  }

  private write(key: string, value: Value): void {
    const cell = this.cells.get(key) ?? this.add(key);
    cell.value = value;
    cell.items = undefined;
    cell.ledger = undefined;
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

  private open(key: string, balances: Value): Outcome {
    const ledger = Ledger.open(balances);
    if (ledger === undefined) return { type: 'fail', error: 'bad-operation' };
    const known = this.cells.get(key);
    if (known !== undefined) return known.ledger ? DONE : { type: 'fail', error: 'not-a-ledger' };
    const cell = this.add(key);
    cell.ledger = ledger;
    this.holds(cell, combine(LEDGER_BASIS, ledger.hash));
    return DONE;
  }

  private transfer(key: string, order: Value): Outcome {
    const cell = this.cells.get(key);
    if (cell === undefined) return { type: 'fail', error: 'no-such-account' };
    if (cell.ledger === undefined) return { type: 'fail', error: 'not-a-ledger' };
    const outcome = cell.ledger.transfer(order);
    if (outcome.type === 'ok') this.holds(cell, combine(LEDGER_BASIS, cell.ledger.hash));
    return outcome;
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
