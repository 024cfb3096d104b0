import type { Operation, Outcome, Value } from '../../history/events.js';

/** A list that `append` made. Grown in place, so nobody outside may hold it: reads hand out copies. */
class AppendList {
  constructor(readonly items: Value[]) {}
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
  private readonly cells = new Map<string, Value | AppendList>();

  static from(state: KvState): KvStore {
    const store = new KvStore();
    for (const [key, value, kind] of state) {
      store.cells.set(key, kind === 'list' ? new AppendList([...(value as readonly Value[])]) : value);
    }
    return store;
  }

  /** Executes one operation. A `fail` says that it surely changed nothing. */
  execute({ f, key = '', value = null }: Operation): Outcome {
    switch (f) {
      case 'read':
        return { type: 'ok', value: this.read(key) };
      case 'write':
        this.cells.set(key, value);
        return DONE;
      case 'cas': {
        const [expected, next] = Array.isArray(value) ? (value as readonly Value[]) : [];
        if (expected === undefined || next === undefined) return { type: 'fail', error: 'bad-operation' };
        if (!sameValue(this.read(key), expected)) return { type: 'fail', error: 'cas-mismatch' };
        this.cells.set(key, next);
        return DONE;
      }
      case 'append': {
        const cell = this.cells.get(key);
        if (cell instanceof AppendList) cell.items.push(value);
        else if (cell === undefined) this.cells.set(key, new AppendList([value]));
        else return { type: 'fail', error: 'not-a-list' };
        return DONE;
      }
      default:
        return { type: 'fail', error: `unsupported: ${f}` };
    }
  }

  read(key: string): Value {
    const cell = this.cells.get(key);
    if (cell === undefined) return null;
    return cell instanceof AppendList ? cell.items.slice() : cell;
  }

  state(): KvState {
    return [...this.cells].map(([key, cell]) => (cell instanceof AppendList ? [key, cell.items, 'list'] : [key, cell]));
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
