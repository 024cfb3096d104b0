import { describe, expect, it } from 'vitest';
import { checkTransactions, type IsolationLevel } from '../../../../src/checkers/transactions/index.js';
import { isSerializable } from './brute-force.js';
import { type ExecutionShape, execute, spoil } from './executions.js';

/** What a store that keeps the first also keeps. */
const KEPT: Readonly<Record<ExecutionShape['level'], readonly IsolationLevel[]>> = {
  'read-uncommitted': ['read-uncommitted'],
  'read-committed': ['read-uncommitted', 'read-committed'],
  'snapshot-isolation': ['read-uncommitted', 'read-committed', 'snapshot-isolation'],
  serializable: ['read-uncommitted', 'read-committed', 'repeatable-read', 'snapshot-isolation', 'serializable'],
  'strong-session-serializable': [
    'read-uncommitted',
    'read-committed',
    'repeatable-read',
    'snapshot-isolation',
    'serializable',
    'strong-session-serializable',
  ],
  'strict-serializable': [
    'read-uncommitted',
    'read-committed',
    'repeatable-read',
    'snapshot-isolation',
    'serializable',
    'strong-session-serializable',
    'strict-serializable',
  ],
};
const STORES = Object.keys(KEPT) as ExecutionShape['level'][];
const ORDERS = [
  ['serializable', 'none'],
  ['strong-session-serializable', 'session'],
  ['strict-serializable', 'real-time'],
] as const;

function shapeOf(seed: number, transactions: number) {
  return {
    transactions,
    clients: 1 + (seed % 5),
    keys: 1 + (seed % 3),
    steps: 1 + (seed % 4),
    aborts: seed % 2 === 0 ? 0 : 0.2,
    crashes: seed % 3 === 0 ? 0 : 0.3,
  };
}

describe.each(['list-append', 'rw-register'] as const)('%s', (model) => {
  it.each(STORES)('what a store that is %s shows never excludes that level', (level) => {
    let read = 0;
    for (let seed = 0; seed < 100; seed++) {
      const history = execute(seed, { model, level, ...shapeOf(seed, 40) });
      const real = level === 'strict-serializable';
      const result = checkTransactions(history, { model, linearizableKeys: real, sequentialKeys: real });
      read += result.effort.reads;
      expect(
        KEPT[level].filter((kept) => result.excluded.includes(kept)),
        `seed ${seed}`,
      ).toEqual([]);
    }
    expect(read).toBeGreaterThan(1000);
  });

  it('an excluded level is one that no order of the transactions has; of lists, also the other way round', () => {
    const seen = { kept: 0, excluded: 0, missed: 0 };
    for (let seed = 0; seed < 300; seed++) {
      const level = STORES[seed % STORES.length] as ExecutionShape['level'];
      const executed = execute(seed, { model, level, ...shapeOf(seed, 6) });
      for (const history of [executed, spoil(seed, executed)]) {
        const { excluded } = checkTransactions(history, { model });
        for (const [isolation, order] of ORDERS) {
          const possible = isSerializable(model, history, order);
          const told = excluded.includes(isolation);
          const where = `seed ${seed}, ${isolation}: ${JSON.stringify(history)}`;
          if (told) expect(possible, where).toBe(false);
          else if (model === 'list-append') expect(possible, where).toBe(true);
          if (told) seen.excluded++;
          else if (possible) seen.kept++;
          else seen.missed++;
        }
      }
    }
    expect(seen.kept).toBeGreaterThan(500);
    expect(seen.excluded).toBeGreaterThan(300);
    // A register's versions have no order that one could see: some of what is wrong stays hidden, but little.
    expect(seen.missed).toBeLessThan(seen.excluded / 10);
  });
});
