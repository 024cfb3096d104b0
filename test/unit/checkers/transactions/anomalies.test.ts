import { describe, expect, it } from 'vitest';
import {
  type AnomalyKind,
  type CheckTransactionsOptions,
  checkTransactions,
  type IsolationLevel,
  type Transaction,
} from '../../../../src/checkers/transactions/index.js';
import { append, fail, get, info, ok, read, write } from './histories.js';

interface Case {
  readonly kind: AnomalyKind;
  /** What the history excludes: this level and those above it, in {@link ABOVE}. */
  readonly excludes: keyof typeof ABOVE;
  readonly shows: readonly Transaction[];
  /** The same with one thing changed: then nothing is wrong. */
  readonly miss: readonly Transaction[];
  readonly options?: Partial<CheckTransactionsOptions>;
}

const STRICT: IsolationLevel[] = ['strict-serializable'];
const SESSION: IsolationLevel[] = ['strong-session-serializable', ...STRICT];
const ABOVE = {
  everything: [
    'read-uncommitted',
    'read-committed',
    'repeatable-read',
    'snapshot-isolation',
    'serializable',
    ...SESSION,
  ],
  committed: ['read-committed', 'repeatable-read', 'snapshot-isolation', 'serializable', ...SESSION],
  snapshot: ['repeatable-read', 'snapshot-isolation', 'serializable', ...SESSION],
  serializable: ['repeatable-read', 'serializable', ...SESSION],
  session: SESSION,
  strict: STRICT,
} as const;

/** All at once, so that only what was read puts one before the other. */
const at = (process: number, ...operations: Parameters<typeof ok>[3][]) => ok(process, 0, 100, ...operations);

const LISTS: Case[] = [
  {
    kind: 'G0',
    excludes: 'everything',
    shows: [
      at(1, append('x', 1), append('y', 1)),
      at(2, append('x', 2), append('y', 2)),
      at(3, read('x', 1, 2)),
      at(4, read('y', 2, 1)),
    ],
    miss: [
      at(1, append('x', 1), append('y', 1)),
      at(2, append('x', 2), append('y', 2)),
      at(3, read('x', 1, 2)),
      at(4, read('y', 1, 2)),
    ],
  },
  {
    kind: 'G1a',
    excludes: 'committed',
    shows: [fail(1, 0, 10, append('x', 1)), at(2, read('x', 1))],
    miss: [info(1, 0, append('x', 1)), at(2, read('x', 1))],
  },
  {
    kind: 'G1b',
    excludes: 'committed',
    shows: [at(1, append('x', 1), append('x', 2)), at(2, read('x', 1))],
    miss: [at(1, append('x', 1), append('x', 2)), at(2, read('x', 1, 2))],
  },
  {
    kind: 'G1c',
    excludes: 'committed',
    shows: [at(1, append('x', 1), read('y', 1)), at(2, append('y', 1), read('x', 1))],
    miss: [at(1, append('x', 1), read('y', 1)), at(2, append('y', 1), read('x'))],
  },
  {
    kind: 'G-single',
    excludes: 'snapshot',
    shows: [at(1, append('x', 1), append('y', 1)), at(2, read('x', 1), read('y'))],
    miss: [at(1, append('x', 1), append('y', 1)), at(2, read('x'), read('y'))],
  },
  {
    kind: 'G-nonadjacent',
    excludes: 'snapshot',
    shows: [
      at(1, append('x', 1)),
      at(2, append('y', 1)),
      at(3, read('x', 1), read('y')),
      at(4, read('x'), read('y', 1)),
    ],
    miss: [
      at(1, append('x', 1)),
      at(2, append('y', 1)),
      at(3, read('x', 1), read('y')),
      at(4, read('x', 1), read('y', 1)),
    ],
  },
  {
    kind: 'G2-item',
    excludes: 'serializable',
    shows: [at(1, read('x'), append('y', 1)), at(2, read('y'), append('x', 1))],
    miss: [at(1, read('x'), append('y', 1)), at(2, read('y', 1), append('x', 1))],
  },
  {
    kind: 'lost-update',
    excludes: 'snapshot',
    shows: [at(1, read('x'), append('x', 1)), at(2, read('x'), append('x', 2))],
    miss: [at(1, read('x'), append('x', 1)), at(2, read('x', 1), append('x', 2))],
  },
  {
    kind: 'dirty-update',
    excludes: 'committed',
    shows: [fail(1, 0, 10, append('x', 1)), at(2, append('x', 2)), at(3, read('x', 1, 2))],
    miss: [info(1, 0, append('x', 1)), at(2, append('x', 2)), at(3, read('x', 1, 2))],
  },
  {
    kind: 'internal',
    excludes: 'snapshot',
    shows: [at(1, append('x', 1)), at(2, read('x', 1), append('x', 2), read('x', 1))],
    miss: [at(1, append('x', 1)), at(2, read('x', 1), append('x', 2), read('x', 1, 2))],
  },
  {
    kind: 'future-read',
    excludes: 'committed',
    shows: [at(1, read('x', 1), append('x', 1))],
    miss: [at(1, append('x', 1), read('x', 1))],
  },
  {
    kind: 'incompatible-order',
    excludes: 'committed',
    shows: [at(1, append('x', 1)), at(2, append('x', 2)), at(3, read('x', 1)), at(4, read('x', 2, 1))],
    miss: [at(1, append('x', 1)), at(2, append('x', 2)), at(3, read('x', 1)), at(4, read('x', 1, 2))],
  },
  {
    kind: 'duplicate-elements',
    excludes: 'everything',
    shows: [at(1, append('x', 1)), at(2, append('x', 2)), at(3, read('x', 1, 2, 1))],
    miss: [at(1, append('x', 1)), at(2, append('x', 2)), at(3, read('x', 1, 2))],
  },
  {
    kind: 'garbage-read',
    excludes: 'everything',
    shows: [at(1, append('x', 1)), at(2, read('x', 1, 9))],
    miss: [at(1, append('x', 1)), info(3, 0, append('x', 9)), at(2, read('x', 1, 9))],
  },
  {
    kind: 'G0-process',
    excludes: 'session',
    shows: [ok(1, 0, 10, append('x', 1)), ok(1, 10, 20, append('x', 2)), at(2, read('x', 2, 1))],
    miss: [ok(1, 0, 10, append('x', 1)), ok(3, 10, 20, append('x', 2)), at(2, read('x', 2, 1))],
  },
  {
    kind: 'G1c-process',
    excludes: 'session',
    shows: [ok(1, 0, 10, read('x', 1)), ok(1, 10, 20, append('x', 1))],
    miss: [ok(1, 0, 10, read('x', 1)), ok(2, 10, 20, append('x', 1))],
  },
  {
    kind: 'G-single-process',
    excludes: 'session',
    shows: [ok(1, 0, 10, append('x', 1)), ok(1, 10, 20, read('x'))],
    miss: [info(1, 0, append('x', 1)), ok(1, 10, 20, read('x'))],
  },
  {
    kind: 'G-nonadjacent-process',
    excludes: 'session',
    shows: [
      ok(1, 0, 10, append('x', 1)),
      ok(2, 0, 10, append('y', 1)),
      ok(1, 10, 20, read('y')),
      ok(2, 10, 20, read('x')),
    ],
    miss: [
      ok(1, 0, 10, append('x', 1)),
      ok(2, 0, 10, append('y', 1)),
      ok(1, 10, 20, read('y')),
      ok(2, 10, 20, read('x', 1)),
    ],
  },
  {
    kind: 'G2-item-process',
    excludes: 'session',
    shows: [ok(1, 0, 10, append('y', 1)), ok(1, 10, 20, read('x')), at(2, append('x', 1), read('y'))],
    miss: [ok(1, 0, 10, append('y', 1)), ok(1, 10, 20, read('x', 1)), at(2, append('x', 1), read('y'))],
  },
  {
    kind: 'G0-realtime',
    excludes: 'strict',
    shows: [ok(1, 0, 10, append('x', 1)), ok(2, 11, 20, append('x', 2)), at(3, read('x', 2, 1))],
    miss: [ok(1, 0, 10, append('x', 1)), ok(2, 10, 20, append('x', 2)), at(3, read('x', 2, 1))],
  },
  {
    kind: 'G1c-realtime',
    excludes: 'strict',
    shows: [ok(1, 0, 10, read('x', 1)), ok(2, 11, 20, append('x', 1))],
    miss: [ok(1, 0, 11, read('x', 1)), ok(2, 11, 20, append('x', 1))],
  },
  {
    kind: 'G-single-realtime',
    excludes: 'strict',
    shows: [ok(1, 0, 10, append('x', 1)), ok(2, 11, 20, read('x'))],
    miss: [ok(1, 0, 10, append('x', 1)), ok(2, 9, 20, read('x'))],
  },
  {
    kind: 'G-nonadjacent-realtime',
    excludes: 'strict',
    shows: [
      ok(1, 0, 12, append('x', 1)),
      ok(2, 0, 10, append('y', 1)),
      ok(3, 10, 20, read('x', 1), read('y')),
      ok(4, 11, 20, read('x')),
    ],
    miss: [
      ok(1, 0, 12, append('x', 1)),
      ok(2, 0, 11, append('y', 1)),
      ok(3, 10, 20, read('x', 1), read('y')),
      ok(4, 11, 20, read('x')),
    ],
  },
  {
    kind: 'G2-item-realtime',
    excludes: 'strict',
    shows: [ok(1, 0, 10, append('y', 1)), ok(3, 11, 20, read('x')), at(2, append('x', 1), read('y'))],
    miss: [info(1, 0, append('y', 1)), ok(3, 11, 20, read('x')), at(2, append('x', 1), read('y'))],
  },
];

const REGISTERS: Case[] = [
  {
    kind: 'G1a',
    excludes: 'committed',
    shows: [fail(1, 0, 10, write('x', 1)), at(2, get('x', 1))],
    miss: [info(1, 0, write('x', 1)), at(2, get('x', 1))],
  },
  {
    kind: 'dirty-update',
    excludes: 'committed',
    shows: [fail(1, 0, 10, write('x', 1)), at(2, get('x', 1), write('x', 2))],
    miss: [info(1, 0, write('x', 1)), at(2, get('x', 1), write('x', 2))],
  },
  {
    kind: 'G1b',
    excludes: 'committed',
    shows: [at(1, write('x', 1), write('x', 2)), at(2, get('x', 1))],
    miss: [at(1, write('x', 1), write('x', 2)), at(2, get('x', 2))],
  },
  {
    kind: 'G1c',
    excludes: 'committed',
    shows: [at(1, write('x', 1), get('y', 1)), at(2, write('y', 1), get('x', 1))],
    miss: [at(1, write('x', 1), get('y', 1)), at(2, write('y', 1), get('x', null))],
  },
  {
    kind: 'G-single',
    excludes: 'snapshot',
    shows: [at(1, write('x', 1), write('y', 1)), at(2, get('x', 1), get('y', null))],
    miss: [at(1, write('x', 1), write('y', 1)), at(2, get('x', null), get('y', null))],
  },
  {
    kind: 'G2-item',
    excludes: 'serializable',
    shows: [at(1, get('x', null), write('y', 1)), at(2, get('y', null), write('x', 1))],
    miss: [at(1, get('x', null), write('y', 1)), at(2, get('y', 1), write('x', 1))],
  },
  {
    // By writes that follow reads: x held 1, then 2.
    kind: 'G-single',
    excludes: 'snapshot',
    shows: [at(1, write('x', 1)), at(2, get('x', 1), write('x', 2), write('y', 1)), at(3, get('y', 1), get('x', 1))],
    miss: [at(1, write('x', 1)), at(2, get('x', 1), write('x', 2), write('y', 1)), at(3, get('y', 1), get('x', 2))],
  },
  {
    kind: 'lost-update',
    excludes: 'snapshot',
    shows: [at(1, get('x', null), write('x', 1)), at(2, get('x', null), write('x', 2))],
    miss: [at(1, get('x', null), write('x', 1)), at(2, get('x', 1), write('x', 2))],
  },
  {
    kind: 'internal',
    excludes: 'snapshot',
    shows: [at(1, write('x', 1)), at(2, write('x', 2), get('x', 1))],
    miss: [at(1, write('x', 1)), at(2, write('x', 2), get('x', 2))],
  },
  {
    kind: 'future-read',
    excludes: 'committed',
    shows: [at(1, get('x', 1), write('x', 1))],
    miss: [at(1, write('x', 1), get('x', 1))],
  },
  {
    kind: 'garbage-read',
    excludes: 'everything',
    shows: [at(1, write('x', 1)), at(2, get('x', 9))],
    miss: [at(1, write('x', 1)), at(2, get('x', 1))],
  },
  {
    kind: 'G-single-realtime',
    excludes: 'strict',
    shows: [ok(1, 0, 10, write('x', 1)), ok(2, 11, 20, get('x', null))],
    miss: [ok(1, 0, 10, write('x', 1)), ok(2, 10, 20, get('x', null))],
  },
  {
    // A register that is linearizable by itself held 1, then 2.
    kind: 'G-single',
    excludes: 'snapshot',
    options: { linearizableKeys: true },
    shows: [ok(1, 0, 10, write('x', 1)), ok(2, 11, 90, write('x', 2), write('y', 1)), at(3, get('y', 1), get('x', 1))],
    miss: [ok(1, 0, 11, write('x', 1)), ok(2, 11, 90, write('x', 2), write('y', 1)), at(3, get('y', 1), get('x', 1))],
  },
  {
    kind: 'G-single',
    excludes: 'snapshot',
    options: { sequentialKeys: true },
    shows: [ok(1, 0, 10, write('x', 1)), ok(1, 10, 90, write('x', 2), write('y', 1)), at(3, get('y', 1), get('x', 1))],
    miss: [ok(1, 0, 10, write('x', 1)), ok(2, 10, 90, write('x', 2), write('y', 1)), at(3, get('y', 1), get('x', 1))],
  },
  {
    kind: 'cyclic-versions',
    excludes: 'strict',
    options: { linearizableKeys: true },
    shows: [ok(1, 0, 10, write('x', 1)), ok(2, 11, 20, get('x', null))],
    miss: [ok(1, 0, 10, write('x', 1)), ok(2, 10, 20, get('x', null))],
  },
];

describe.each([
  ['list-append', LISTS],
  ['rw-register', REGISTERS],
] as const)('%s', (model, cases) => {
  it.each(cases)('$kind is found and excludes $excludes', ({ kind, excludes, shows, options }) => {
    const result = checkTransactions(shows, { model, ...options });
    expect(Object.keys(result.found)).toContain(kind);
    const anomaly = result.anomalies.find((each) => each.kind === kind);
    expect(anomaly?.excludes).toEqual(ABOVE[excludes]);
    expect(result.excluded).toEqual(expect.arrayContaining([...ABOVE[excludes]]));
    expect(result.verdict).toBe('invalid');
    expect(anomaly?.story.length).toBeGreaterThan(1);
  });

  it.each(cases)('what is nearly $kind is nothing', ({ miss, options }) => {
    const result = checkTransactions(miss, { model, ...options });
    expect(result.found).toEqual({});
    expect(result.verdict).toBe('valid');
  });
});

describe('the level promised', () => {
  const skew = [at(1, read('x'), append('y', 1)), at(2, read('y'), append('x', 1))];

  it('decides the verdict: write skew breaks serializability, not snapshot isolation', () => {
    const snapshot = checkTransactions(skew, { model: 'list-append', isolation: 'snapshot-isolation' });
    expect(snapshot.verdict).toBe('valid');
    expect(snapshot.notExcluded).toEqual(['read-uncommitted', 'read-committed', 'snapshot-isolation']);
    expect(checkTransactions(skew, { model: 'list-append', isolation: 'serializable' }).verdict).toBe('invalid');
  });

  it('cannot be judged without a read, without a commit, with values that are not unique, or without time', () => {
    const judge = (...transactions: Transaction[]) => checkTransactions(transactions, { model: 'rw-register' });
    expect(judge(at(1, write('x', 1)))).toMatchObject({
      verdict: 'unknown',
      because: expect.stringMatching(/read anything/),
    });
    expect(judge(info(1, 0, get('x', null)))).toMatchObject({
      verdict: 'unknown',
      because: expect.stringMatching(/no transaction committed/),
    });
    const twice = judge(at(1, write('x', 1)), at(2, write('x', 1)), at(3, get('x', 1)));
    expect(twice).toMatchObject({ verdict: 'unknown', because: expect.stringMatching(/more than once/) });
    const late = checkTransactions(skew, { model: 'list-append', timeoutMs: 0 });
    expect(late).toMatchObject({ verdict: 'unknown', because: expect.stringMatching(/time ran out/) });
  });
});

describe('the story', () => {
  it('names a cycle step by step', () => {
    const stale = [
      ok(3, 1200, 1310, append('x', 4)),
      ok(5, 1320, 1400, append('x', 5), append('y', 1)),
      ok(7, 1250, 1500, read('y', 1), read('x', 4)),
      ok(8, 1600, 1700, read('x', 4, 5)),
    ];
    const [anomaly] = checkTransactions(stale, { model: 'list-append' }).anomalies;
    expect(anomaly?.kind).toBe('G-single');
    expect(anomaly?.transactions).toEqual([2, 1]);
    expect(anomaly?.story).toEqual([
      'T1: read y = [1]; read x = [4].',
      'T2: append 5 to x; append 1 to y.',
      "T1 read x = [4], without T2's 5, so T1 comes before T2.",
      "T1 read y = [1], which has T2's 1 in it, so T2 comes before T1.",
      'So T1 comes before T2 comes before T1: no order of these transactions explains what they saw.',
    ]);
    expect(anomaly?.title).toBe(
      'T1 (p7, 1.250–1.500 s), T2 (p5, 1.320–1.400 s): each comes before the next, and the last before the first',
    );
  });
});

describe('what is not certain is not concluded', () => {
  const lists = (...transactions: Transaction[]) => checkTransactions(transactions, { model: 'list-append' });

  it('lists in contradictory orders exclude read committed, but say nothing of how writes followed each other', () => {
    const { excluded, found } = lists(
      at(1, append('x', 1), append('y', 1)),
      at(2, append('x', 2), append('y', 2)),
      at(3, read('x', 1, 2)),
      at(4, read('x', 2)),
      at(5, read('y', 2, 1)),
      at(6, read('y', 1)),
    );
    expect(found['incompatible-order']).toBe(2);
    expect(excluded).toEqual(ABOVE.committed);
  });

  it('a part of one transaction is an intermediate read and nothing else, also when the rest was seen', () => {
    const { found } = lists(at(1, append('x', 1), append('x', 2)), at(2, read('x', 1)), at(3, read('x', 1, 2)));
    expect(found).toEqual({ G1b: 1 });
  });

  it('a process that goes on after an unknown outcome keeps the order of what it knows', () => {
    const { excluded } = lists(ok(1, 0, 10, append('x', 1)), info(1, 10, append('y', 1)), ok(1, 11, 20, read('x')));
    expect(excluded).toEqual(ABOVE.session);
  });

  it('a transaction is never before itself, however many read and overwrite the same', () => {
    const updates = Array.from({ length: 12 }, (_, process) => at(process, read('x'), append('x', process)));
    const { anomalies, found, effort } = lists(...updates);
    expect(found['lost-update']).toBe(1);
    expect(found['G2-item']).toBeGreaterThan(0);
    // Readers and writers meet in a hub: each pair by itself would be 132 edges.
    expect(effort.edges).toBeLessThan(60);
    for (const { kind, transactions } of anomalies) {
      if (kind !== 'lost-update') expect(new Set(transactions).size, kind).toBeGreaterThan(1);
    }
  });
});
