import { describe, expect, it } from 'vitest';
import { checkEvents } from '../../../src/checkers/check-events.js';
import { ledgers } from '../../../src/checkers/ledgers/index.js';
import { linearizability } from '../../../src/checkers/linearizability.js';
import type { RunEvent } from '../../../src/history/events.js';
import { Random } from '../../../src/kernel/random.js';
import { bank, check } from '../../../src/linearizability-checker/index.js';
import type { CheckResult } from '../../../src/plugin/checker.js';
import { type BankHistory, bankHistory, spoilBank } from '../linearizability-checker/bank-histories.js';
import { anyShape } from '../linearizability-checker/object-histories.js';
import { done, fail, info, invoke, ok } from './events.js';

type Balances = Readonly<Record<string, number>>;

const key = 'k1';
const FIRST = { alice: 100, bob: 100 };
const opened = done(0, 10, 0, 'open', { key, value: FIRST });

const order = (from: string, to: string, amount: number) => ({ key, value: { from, to, amount } });
const transfer = (from: number, to: number, process: number, amount: number, left?: Balances) => [
  invoke(from, process, 'transfer', order('alice', 'bob', amount)),
  ok(to, process, 'transfer', { key, ...(left && { value: left }) }),
];
const refused = (from: number, to: number, process: number, amount: number, error = 'insufficient-funds') => [
  invoke(from, process, 'transfer', order('alice', 'bob', amount)),
  fail(to, process, 'transfer', { key, error }),
];
const read = (from: number, to: number, process: number, value: Balances) => [
  invoke(from, process, 'read', { key }),
  ok(to, process, 'read', { key, value }),
];

async function judge(...events: RunEvent[]): Promise<CheckResult> {
  // A completion comes before an invocation of the same time: the client was told before it asked again.
  const ordered = [...opened, ...events].sort(
    (left, right) => left.timeUs - right.timeUs || Number(left.kind === 'invoke') - Number(right.kind === 'invoke'),
  );
  const [plain, linearizable] = await checkEvents(ordered, [ledgers(), linearizability({ model: 'bank' })], 10_000);
  if (!plain || !linearizable) throw new Error('no result');
  // What the quick checker condemns cannot be linearizable.
  if (plain.verdict === 'invalid') expect(linearizable.verdict).toBe('invalid');
  if (linearizable.verdict === 'valid') expect(plain.verdict).not.toBe('invalid');
  return plain;
}

const kind = async (...events: RunEvent[]) => (await judge(...events)).anomalies[0]?.kind;

describe('the money in ledgers', () => {
  it('is all there in a history where each transfer is carried out once', async () => {
    const result = await judge(
      ...transfer(20, 40, 1, 30, { alice: 70, bob: 130 }),
      ...read(30, 35, 2, FIRST),
      ...refused(50, 60, 2, 80),
      ...read(70, 80, 3, { alice: 70, bob: 130 }),
    );
    expect(result.verdict).toBe('valid');
    expect(result.summary).toBe(
      '1 transfer over 1 ledger: in 2 reads the money was all there, and nobody had overdrawn.',
    );
    expect(result.facts).toEqual({ ledgers: 1, reads: 2, transfers: 1, refused: 1, moved: 30 });
  });

  it('is all there whether or not a transfer of unknown outcome happened', async () => {
    const lost = [invoke(20, 1, 'transfer', order('alice', 'bob', 30)), info(25, 1, 'transfer', { key })];
    for (const value of [FIRST, { alice: 70, bob: 130 }]) {
      expect((await judge(...lost, ...read(30, 40, 2, value))).verdict).toBe('valid');
    }
    expect(await kind(...lost, ...read(30, 40, 2, { alice: 40, bob: 160 }))).toBe('executed-twice');
  });

  it('is missed when a transfer was carried out twice, and the transfer is named', async () => {
    const result = await judge(
      ...read(20, 30, 2, FIRST),
      ...transfer(40, 60, 1, 30),
      ...transfer(40, 60, 3, 1),
      ...read(12_300, 12_310, 2, { alice: 39, bob: 161 }),
    );
    const [anomaly] = result.anomalies;
    expect(anomaly?.kind).toBe('executed-twice');
    expect(anomaly?.title).toBe(
      "process 2 read k1 at 12.310 s with alice at 39, which must hold 69 at least, as if process 1's transfer of 30 had been carried out twice",
    );
    expect(anomaly?.story).toEqual([
      'k1 was opened with alice: 100, bob: 100: 200 in all.',
      '0.020 s to 0.030 s: process 2 read alice: 100, bob: 100 in k1: 200 in all.',
      '0.040 s to 0.060 s: process 1 moved 30 from alice to bob, acknowledged.',
      '12.300 s to 12.310 s: process 2 read alice: 39, bob: 161 in k1: 200 in all: this cannot be.',
      'It held 100 at first, 0 had surely come in when this began, and no more than 31 can have gone out when it ended: alice must hold 69 at least.',
      'All balances would be right if that transfer had been carried out twice.',
    ]);
    expect(anomaly?.operations).toEqual([
      { process: 2, invokeUs: 20_000 },
      { process: 1, invokeUs: 40_000 },
      { process: 2, invokeUs: 12_300_000 },
    ]);
    expect(result.summary).toBe(`Money is not where it should be: ${anomaly?.title}.`);
  });

  it('is missed already when the answer to that transfer shows it', async () => {
    const result = await judge(...transfer(20, 40, 1, 30, { alice: 40, bob: 160 }));
    expect(result.anomalies[0]?.kind).toBe('executed-twice');
    expect(result.anomalies[0]?.story).toContain(
      '0.020 s to 0.040 s: process 1 moved 30 from alice to bob, which left alice: 40, bob: 160 in k1: this cannot be.',
    );
  });

  it('is missed when an acknowledged transfer was lost', async () => {
    const result = await judge(...transfer(20, 40, 1, 30), ...read(50, 60, 2, FIRST));
    expect(result.anomalies[0]?.kind).toBe('lost-transfer');
    expect(result.anomalies[0]?.title).toMatch(
      /with alice at 100, which can hold 70 at most, as if process 1's transfer of 30 had been lost$/,
    );
    expect(result.anomalies[0]?.story).toContain(
      'It held 100 at first, no more than 0 can have come in when this ended, and 30 had surely gone out when it began: alice can hold 70 at most.',
    );
  });

  it('is missed when a transfer that failed was carried out all the same', async () => {
    const failed = refused(20, 40, 1, 30, 'no-leader');
    expect(await kind(...failed, ...read(30, 50, 2, { alice: 70, bob: 130 }))).toBe('wrong-balance');
  });

  it('is missed when one half of a transfer shows, taken or given', async () => {
    const moving = transfer(20, 60, 1, 30, { alice: 70, bob: 130 });
    const taken = await judge(...moving, ...read(30, 40, 2, { alice: 70, bob: 100 }));
    expect(taken.anomalies[0]?.kind).toBe('torn-read');
    expect(taken.anomalies[0]?.title).toBe(
      "process 2 read k1 at 0.040 s with 170 in all, but 200 had been paid in: 30 are missing, as if only half of process 1's transfer of 30 was there",
    );
    expect(taken.anomalies[0]?.story.slice(1)).toEqual([
      'from 0.020 s: process 1 moved 30 from alice to bob, and had no answer by then.',
      '0.030 s to 0.040 s: process 2 read alice: 70, bob: 100 in k1: 170 in all: this cannot be.',
      'All balances would be right if that transfer had not been taken from alice and not given to bob.',
      'A transfer moves money from one account to another at one moment: the sum is always the same.',
    ]);
    const given = await judge(...moving, ...read(30, 40, 2, { alice: 100, bob: 130 }));
    expect(given.anomalies[0]?.kind).toBe('torn-read');
    expect(given.anomalies[0]?.title).toMatch(/30 came from nowhere, as if only half/);
  });

  it('is missed when it came from nothing, with an account or without', async () => {
    expect(await kind(...read(20, 30, 2, { alice: 107, bob: 100 }))).toBe('wrong-sum');
    expect(await kind(...read(20, 30, 2, { alice: 100, bob: 100, carol: 7 }))).toBe('wrong-accounts');
    expect(await kind(...read(20, 30, 2, { alice: 200 }))).toBe('wrong-accounts');
  });

  it('is missed when somebody overdrew', async () => {
    const result = await judge(...transfer(20, 40, 1, 130, { alice: -30, bob: 230 }));
    expect(result.anomalies[0]?.kind).toBe('overdraft');
    expect(result.anomalies[0]?.title).toBe(
      "process 1's transfer of 130 from alice to bob in k1 was answered at 0.040 s with alice at -30",
    );
    expect(await kind(...transfer(20, 40, 1, 130), ...read(50, 60, 2, { alice: -30, bob: 230 }))).toBe('overdraft');
  });

  it('suspects no transfer that a right read has shown', async () => {
    const settled = [...transfer(20, 40, 1, 30), ...read(50, 60, 2, { alice: 70, bob: 130 })];
    expect(await kind(...settled, ...read(70, 80, 2, { alice: 40, bob: 160 }))).toBe('wrong-balance');
  });

  it('is judged per ledger, and what is wrong told once for each', async () => {
    const wrong = { alice: 1, bob: 1 };
    const other = { key: 'k2', value: FIRST };
    const result = await judge(
      ...done(0, 10, 5, 'open', other),
      ...read(20, 30, 2, wrong),
      ...read(40, 50, 2, wrong),
      ...done(60, 70, 5, 'read', { key: 'k2', value: wrong }),
    );
    expect(result.anomalies.map(({ title }) => title.slice(0, 17))).toEqual(['process 2 read k1', 'process 5 read k2']);
    expect(result.summary).toMatch(/\(and 1 more ledger of 2 are wrong\)\.$/);
  });

  it('is not judged where nothing was read, or where two opens disagree', async () => {
    expect((await judge()).verdict).toBe('unknown');
    const disputed = done(0, 10, 7, 'open', { key, value: { alice: 7 } });
    expect((await judge(...disputed, ...read(20, 30, 2, { alice: 7 }))).anomalies).toEqual([]);
  });
});

describe('what the ledgers checker condemns', () => {
  /** Each operation by a client of its own. */
  function eventsOf(history: BankHistory): RunEvent[] {
    return history
      .flatMap(({ input, output, call, return: returned }, process): RunEvent[] => {
        const { f } = input;
        const { from, to, amount } = f === 'transfer' ? input : { from: '', to: '', amount: 0 };
        const value = f === 'open' ? input.balances : f === 'transfer' ? { from, to, amount } : null;
        const invoked = invoke(call, process, f, { value });
        if (returned === undefined) return [invoked];
        if (typeof output === 'string') return [invoked, fail(returned, process, f, { error: output })];
        return [invoked, ok(returned, process, f, { value: output ?? null })];
      })
      .sort(
        (left, right) => left.timeUs - right.timeUs || Number(right.kind === 'invoke') - Number(left.kind === 'invoke'),
      );
  }

  it('is not linearizable', async () => {
    let condemned = 0;
    for (let seed = 1; seed <= 2000; seed++) {
      const random = new Random(seed);
      const legal = bankHistory(random, anyShape(random, 30), {
        told: random.pick([0, 0.5, 1]),
        reads: 0.4,
        opens: 0.1,
      });
      const history = random.chance(0.5) ? spoilBank(random, legal) : legal;
      const [result] = await checkEvents(eventsOf(history), [ledgers()], 10_000);
      if (result?.verdict !== 'invalid') continue;
      condemned++;
      expect(check(bank(), history, { explain: 0 }).verdict, `seed ${seed}: ${result.summary}`).toBe('illegal');
    }
    expect(condemned).toBeGreaterThan(150);
  });
});
