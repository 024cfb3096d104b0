import { describe, expect, it } from 'vitest';
import { checkEvents } from '../../../src/checkers/check-events.js';
import { linearizability } from '../../../src/checkers/linearizability.js';
import type { RunEvent } from '../../../src/history/events.js';
import type { CheckResult } from '../../../src/plugin/checker.js';
import { done, fail, info, invoke, ok } from './events.js';

async function judge(model: 'cas-register' | 'append-list', ...events: RunEvent[]): Promise<CheckResult> {
  const ordered = events.sort((left, right) => left.timeUs - right.timeUs);
  const [result] = await checkEvents(ordered, [linearizability({ model })], 10_000);
  if (!result) throw new Error('no result');
  return result;
}
const register = (...events: RunEvent[]) => judge('cas-register', ...events);
const list = (...events: RunEvent[]) => judge('append-list', ...events);
const key = 'k2';
const write = (from: number, to: number, process: number, value: number) =>
  done(from, to, process, 'write', { key, value });
const read = (from: number, to: number, process: number, value: number | null) => [
  invoke(from, process, 'read', { key }),
  ok(to, process, 'read', { key, value }),
];
const append = (from: number, to: number, process: number, value: number) =>
  done(from, to, process, 'append', { key, value });
const readAll = (from: number, to: number, process: number, value: number[]) => [
  invoke(from, process, 'read', { key }),
  ok(to, process, 'read', { key, value }),
];

describe('registers', () => {
  it('a linearizable history is valid', async () => {
    const result = await register(
      ...write(0, 10, 1, 41),
      ...read(5, 15, 2, 41),
      ...write(20, 30, 1, 42),
      ...read(25, 35, 2, 41),
    );
    expect(result.verdict).toBe('valid');
    expect(result.summary).toBe('4 operations over 1 key are linearizable.');
  });

  it('a stale read is told with the writes that force the state', async () => {
    const result = await register(
      ...write(0, 10, 1, 41),
      ...write(11_240, 11_260, 1, 42),
      ...read(11_300, 11_310, 2, 42),
      ...read(12_280, 12_310, 3, 41),
    );
    expect(result.verdict).toBe('invalid');
    const [anomaly] = result.anomalies;
    expect(anomaly?.kind).toBe('stale-read');
    expect(anomaly?.title).toMatch(/^process 3 read k2 = 41 at 12\.310 s, but /);
    expect(anomaly?.story).toContain('12.280 s to 12.310 s: process 3 read k2 and got 41: this cannot be.');
    expect(anomaly?.story.join('\n')).toMatch(/process 1 wrote 42 to k2|process 2 read k2 and got 42/);
    expect(anomaly?.operations).toContainEqual({ process: 3, invokeUs: 12_280_000 });
  });

  it('an acknowledged write that nobody ever saw is lost', async () => {
    const result = await register(...write(0, 10, 1, 41), ...write(20, 30, 1, 42), ...read(40, 50, 3, 41));
    expect(result.anomalies[0]?.kind).toBe('lost-write');
    expect(result.anomalies[0]?.title).toBe(
      'process 3 read k2 = 41 at 0.050 s, but 42 had been written and acknowledged at 0.030 s and was never seen',
    );
  });

  it('a value that nobody wrote, one that failed, and one not yet written are told apart', async () => {
    expect((await register(...write(0, 10, 1, 1), ...read(20, 30, 2, 7))).anomalies[0]?.kind).toBe('impossible-read');
    expect(
      (
        await register(
          invoke(0, 1, 'write', { key, value: 7 }),
          fail(5, 1, 'write', { key, value: 7, error: 'not-leader' }),
          ...read(20, 30, 2, 7),
        )
      ).anomalies[0]?.kind,
    ).toBe('aborted-read');
    expect((await register(...read(0, 10, 2, 7), ...write(20, 30, 1, 7))).anomalies[0]?.kind).toBe('future-read');
  });

  it('a write of unknown outcome may take effect later, or never', async () => {
    const crashed = [invoke(0, 1, 'write', { key, value: 1 }), info(10, 1, 'write', { key, value: 1 })];
    expect((await register(...crashed, ...read(20, 30, 2, null), ...read(40, 50, 2, 1))).verdict).toBe('valid');
    expect((await register(...crashed, ...read(20, 30, 2, 1), ...read(40, 50, 2, null))).verdict).toBe('invalid');
  });

  it('so may one that was outstanding when the history ended', async () => {
    const result = await register(invoke(0, 1, 'write', { key, value: 1 }), ...read(20, 30, 2, 1));
    expect(result.verdict).toBe('valid');
  });

  it('a failed compare-and-set is an observation only if it says that the value did not match', async () => {
    const failed = (error: string) => [
      ...write(0, 10, 1, 1),
      invoke(20, 2, 'cas', { key, value: [1, 2] }),
      fail(30, 2, 'cas', { key, value: [1, 2], error }),
    ];
    expect((await register(...failed('cas-mismatch'))).anomalies[0]?.kind).toBe('impossible-cas-failure');
    expect((await register(...failed('no-leader'))).verdict).toBe('valid');
  });

  it('two compare-and-sets cannot both replace one value', async () => {
    const cas = (process: number, value: number) => done(20, 30 + process, process, 'cas', { key, value: [1, value] });
    const result = await register(...write(0, 10, 1, 1), ...cas(2, 2), ...cas(3, 3));
    expect(result.anomalies[0]?.kind).toBe('double-cas');
  });

  it('a history without an acknowledged operation proves nothing', async () => {
    expect((await register(invoke(0, 1, 'read', { key }), info(10, 1, 'read', { key }))).verdict).toBe('unknown');
  });
});

describe('lists', () => {
  it('a linearizable history is valid', async () => {
    const result = await list(...append(0, 10, 1, 1), ...append(5, 15, 2, 2), ...readAll(20, 30, 3, [2, 1]));
    expect(result.verdict).toBe('valid');
  });

  it('a value that is there twice, one that is missing, and a list that shrank are told apart', async () => {
    const kind = async (...events: RunEvent[]) => (await list(...events)).anomalies[0]?.kind;
    expect(await kind(...append(0, 10, 1, 1), ...readAll(20, 30, 3, [1, 1]))).toBe('duplicate-append');
    expect(await kind(...append(0, 10, 1, 1), ...readAll(20, 30, 3, []))).toBe('lost-write');
    expect(await kind(...append(0, 10, 1, 1), ...readAll(20, 30, 3, [1]), ...readAll(40, 50, 3, []))).toBe(
      'stale-read',
    );
    expect(
      await kind(
        ...append(0, 10, 1, 1),
        ...append(0, 10, 2, 2),
        ...readAll(20, 30, 3, [1, 2]),
        ...readAll(40, 50, 3, [2, 1]),
      ),
    ).toBe('reordered-appends');
  });
});

describe('malformed histories', () => {
  it('are refused with the place', async () => {
    await expect(register(invoke(0, 1, 'read', { key }), invoke(5, 1, 'read', { key }))).rejects.toThrow(
      /at 5000 µs.*process 1 has its operation of 0 µs still outstanding/,
    );
    await expect(register(ok(5, 1, 'read', { key }))).rejects.toThrow(/no operation outstanding/);
    await expect(
      register(invoke(0, 1, 'read', { key }), info(5, 1, 'read', { key }), invoke(6, 1, 'read', { key })),
    ).rejects.toThrow(/retired/);
  });
});

describe('a history too long to keep', () => {
  const long = (wrong: number | undefined): RunEvent[] =>
    Array.from({ length: 400 }, (_, index) => [
      ...write(30 * index, 30 * index + 25, 1, index),
      ...read(30 * index + 10, 30 * index + 28, 2, index === wrong ? index - 5 : index),
    ]).flat();
  const judgeLong = async (events: RunEvent[]) => {
    const ordered = events.sort((left, right) => left.timeUs - right.timeUs);
    const checker = linearizability({ model: 'cas-register', kept: 100 });
    const [result] = await checkEvents(ordered, [checker], 10_000);
    return { result, details: checker.details() };
  };

  it('is judged as it comes', async () => {
    const { result } = await judgeLong(long(undefined));
    expect(result?.verdict).toBe('valid');
    expect(result?.facts.operations).toBe(800);
  });

  it('is told like any other where it is wrong', async () => {
    const { result, details } = await judgeLong(long(390));
    expect(result?.verdict).toBe('invalid');
    expect(result?.anomalies[0]?.title).toContain('process 2 read k2 = 385');
    expect(details?.partitions[0]?.violation?.operations.map(({ text }) => text)).toContain('read() = 385');
  });
});

describe('the story of a violation', () => {
  it('says what was right until then, and which weaker models still hold', async () => {
    const result = await register(...write(0, 10, 1, 41), ...write(20, 30, 1, 42), ...read(40, 50, 3, 41));
    const story = result.anomalies[0]?.story ?? [];
    expect(story).toContain('Until 0.050 s, all is linearizable: 2 operations had returned; k2 can then have held 42.');
    expect(story.at(-1)).toMatch(/^Over the whole history there still holds: sequential consistency of all keys, /);
    expect(story.at(-1)).toContain('monotonic reads');
  });
});

describe('a linearization', () => {
  /** Knows nothing of the checker: registers, intervals, and the words of the report. */
  function replays(order: readonly { text: string; callUs: number; returnUs?: number }[]): boolean {
    let value = 'null';
    let latestCall = 0;
    for (const { text, callUs, returnUs } of order) {
      if ((returnUs ?? Number.POSITIVE_INFINITY) < latestCall) return false;
      latestCall = Math.max(latestCall, callUs);
      const [, f, argument, answer] = /^(\w+)\((.*)\)(?: = (.*))?$/.exec(text) ?? [];
      if (f === 'read' && answer !== value) return false;
      if (f === 'write') value = argument ?? '';
      if (f === 'cas') {
        const [expected, replacement] = (argument ?? '').split(', ');
        if ((expected === value) !== (answer === 'true')) return false;
        if (expected === value) value = replacement ?? '';
      }
    }
    return true;
  }

  it('is there to be replayed, without the checker', async () => {
    const checker = linearizability({ model: 'cas-register' });
    const cas = [invoke(40, 4, 'cas', { key, value: [42, 43] }), ok(55, 4, 'cas', { key, value: [42, 43] })];
    const events = [
      ...write(0, 10, 1, 41),
      ...read(5, 35, 2, 42),
      ...write(8, 30, 3, 42),
      ...cas,
      ...read(50, 60, 1, 43),
    ];
    await checkEvents(
      events.sort((left, right) => left.timeUs - right.timeUs),
      [checker],
      10_000,
    );
    const { order = [] } = JSON.parse(JSON.stringify(checker.details())).partitions[0];
    expect(order).toHaveLength(5);
    expect(replays(order)).toBe(true);
    expect(replays([...order].reverse())).toBe(false);
  });
});
