import type { Transaction, TransactionModel } from '../../../../src/checkers/transactions/index.js';

/** Which order of the transactions must be kept. */
export type KeptOrder = 'none' | 'session' | 'real-time';

/**
 * The dumb twin: tries every order of the transactions, and every choice of those of unknown outcome that happened. Only
 * for a handful.
 */
export function isSerializable(
  model: TransactionModel,
  transactions: readonly Transaction[],
  kept: KeptOrder,
): boolean {
  const possible = transactions.filter(({ outcome }) => outcome !== 'fail');
  const done = new Set<Transaction>();
  const visit = (store: ReadonlyMap<string, unknown>): boolean => {
    const waiting = possible.filter((transaction) => !done.has(transaction));
    if (waiting.every(({ outcome }) => outcome === 'info')) return true;
    return waiting.some((next) => {
      // What never takes effect holds nothing up: only committed ones must come first.
      if (waiting.some((other) => other !== next && other.outcome === 'ok' && precedes(other, next, kept)))
        return false;
      const after = execute(model, store, next);
      if (after === undefined) return false;
      done.add(next);
      const legal = visit(after);
      done.delete(next);
      return legal;
    });
  };
  return visit(new Map());
}

function precedes(first: Transaction, second: Transaction, kept: KeptOrder): boolean {
  if (kept === 'none' || first.completeUs === undefined || first.outcome !== 'ok') return false;
  if (first.process === second.process && first.completeUs <= second.invokeUs && first.invokeUs <= second.invokeUs) {
    return first.invokeUs < second.invokeUs || first.completeUs < (second.completeUs ?? Number.POSITIVE_INFINITY);
  }
  return kept === 'real-time' && first.completeUs < second.invokeUs;
}

function execute(
  model: TransactionModel,
  store: ReadonlyMap<string, unknown>,
  { operations, outcome }: Transaction,
): ReadonlyMap<string, unknown> | undefined {
  const after = new Map(store);
  for (const [f, key, value] of operations) {
    const name = JSON.stringify(key);
    if (f === 'append') after.set(name, [...((after.get(name) as unknown[] | undefined) ?? []), value]);
    else if (f === 'w') after.set(name, value);
    else if (outcome === 'ok') {
      const held = after.get(name) ?? (model === 'list-append' ? [] : null);
      const found = model === 'list-append' ? (value ?? []) : value;
      if (JSON.stringify(held) !== JSON.stringify(found)) return undefined;
    }
  }
  return after;
}
