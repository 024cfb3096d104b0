import { describe, expect, it } from 'vitest';
import { checkEvents } from '../../../../src/checkers/check-events.js';
import { transactions } from '../../../../src/checkers/transactions/index.js';
import type { RunEvent, Value } from '../../../../src/history/events.js';
import type { CheckResult } from '../../../../src/plugin/checker.js';
import { fail, info, invoke, ok } from '../events.js';

async function judge(options: Parameters<typeof transactions>[0], ...events: RunEvent[]): Promise<CheckResult> {
  const ordered = events.sort((left, right) => left.timeUs - right.timeUs);
  const [result] = await checkEvents(ordered, [transactions(options)], 10_000);
  if (!result) throw new Error('no result');
  return result;
}

const LISTS = { model: 'list-append' } as const;

function committed(fromMs: number, toMs: number, process: number, asked: Value, found: Value = asked): RunEvent[] {
  return [invoke(fromMs, process, 'txn', { value: asked }), ok(toMs, process, 'txn', { value: found })];
}

describe('the checker of transactions', () => {
  it('accepts what one order explains, and counts only transactions', async () => {
    const result = await judge(
      LISTS,
      ...committed(0, 10, 1, [['append', 'x', 1]]),
      ...committed(20, 30, 2, [['r', 'x', null]], [['r', 'x', [1]]]),
      invoke(0, 9, 'read', { key: 'z' }),
      ok(5, 9, 'read', { key: 'z', value: 7 }),
    );
    expect(result.verdict).toBe('valid');
    expect(result.summary).toBe('Nothing in 2 transactions over 1 key contradicts strict serializable.');
    expect(result.facts).toMatchObject({ transactions: 2, microOperations: 2, reads: 1, unknownOutcomes: 0 });
  });

  it('tells a stale read, which excludes strict serializability only', async () => {
    const result = await judge(
      LISTS,
      ...committed(0, 10, 1, [['append', 'x', 1]]),
      ...committed(20, 30, 2, [['r', 'x', null]], [['r', 'x', null]]),
    );
    expect(result.verdict).toBe('invalid');
    expect(result.summary).toBe(
      'Not strict serializable (G-single-realtime): T1 (p1, 0.000–0.010 s), T2 (p2, 0.020–0.030 s): each comes before the next, and the last before the first. Excluded: strict serializable; not excluded: read uncommitted, read committed, repeatable read (PL-2.99), snapshot isolation, serializable, strong session serializable.',
    );
    expect(result.anomalies).toHaveLength(1);
    expect(result.anomalies[0]).toMatchObject({ kind: 'G-single-realtime', fromUs: 0, toUs: 30_000 });
    expect(result.anomalies[0]?.operations).toEqual([
      { process: 1, invokeUs: 0 },
      { process: 2, invokeUs: 20_000 },
    ]);
    expect(result.anomalies[0]?.story).toContain('T1 had completed 0.010 s before T2 began.');
  });

  it('a level that allows what was seen is kept, and the summary says what was seen', async () => {
    const result = await judge(
      { ...LISTS, isolation: 'strong-session-serializable' },
      ...committed(0, 10, 1, [['append', 'x', 1]]),
      ...committed(20, 30, 2, [['r', 'x', null]], [['r', 'x', null]]),
    );
    expect(result.verdict).toBe('valid');
    expect(result.anomalies).toEqual([]);
    expect(result.summary).toMatch(/What it allows was seen: 1 G-single-realtime\.$/);
  });

  it('an aborted transaction has no effect, one of unknown outcome or without an end may have', async () => {
    const value = [['append', 'x', 1]];
    const read = committed(20, 30, 5, [['r', 'x', null]], [['r', 'x', [1]]]);
    const aborted = await judge(
      LISTS,
      invoke(0, 1, 'txn', { value }),
      fail(9, 1, 'txn', { value, error: 'no' }),
      ...read,
    );
    expect(aborted.anomalies.map(({ kind }) => kind)).toEqual(['G1a']);
    const unknown = await judge(
      LISTS,
      invoke(0, 1, 'txn', { value }),
      info(9, 1, 'txn', { value, error: '?' }),
      ...read,
    );
    expect(unknown.verdict).toBe('valid');
    expect((await judge(LISTS, invoke(0, 1, 'txn', { value }), ...read)).verdict).toBe('valid');
  });

  it('a run without reads is unknown, and a history of another kind is refused by name', async () => {
    const blind = await judge(LISTS, ...committed(0, 10, 1, [['append', 'x', 1]]));
    expect(blind).toMatchObject({ verdict: 'unknown', anomalies: [] });
    expect(blind.summary).toMatch(/^Undecided: no transaction that committed read anything/);
    await expect(judge(LISTS, ...committed(0, 10, 1, [['w', 'x', 1]]))).rejects.toThrow(
      /has "r" and "append", but no "w"/,
    );
    await expect(judge(LISTS, ...committed(0, 10, 1, 7))).rejects.toThrow(/a txn needs a list of/);
    await expect(judge(LISTS, ...committed(0, 10, 1, [['r', 'x', 7]]))).rejects.toThrow(/must answer a list/);
  });
});
