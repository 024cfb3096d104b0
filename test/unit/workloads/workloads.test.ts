import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation, Value } from '../../../src/history/events.js';
import { Random } from '../../../src/kernel/random.js';
import type { Workload, WorkloadRun } from '../../../src/plugin/workload.js';
import append from '../../../workloads/append.js';
import register from '../../../workloads/register.js';
import transfer from '../../../workloads/transfer.js';

function start(workload: Workload, given: object, seed: number): WorkloadRun {
  return workload.create({ options: workload.options.parse(given), random: new Random(seed), concurrency: 10 });
}

function draw(workload: Workload, given: object, seed: number, count = 1000): Operation[] {
  const run = start(workload, given, seed);
  return Array.from({ length: count }, () => run.next());
}

const share = (operations: readonly Operation[], f: string) =>
  operations.filter((operation) => operation.f === f).length / operations.length;

describe.each([
  ['register', register as Workload],
  ['append', append as Workload],
  ['transfer', transfer as Workload],
])('workload %s', (_, workload) => {
  it('asks only for what it declared, and repeats itself for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const operations = draw(workload, {}, seed, 200);
        for (const { f } of operations) expect(workload.needs).toContain(f);
        expect(draw(workload, {}, seed, 200)).toEqual(operations);
      }),
    );
  });

  it('reads every key at the end', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const run = start(workload, { uses: 20 }, seed);
        const operations = Array.from({ length: 500 }, () => run.next());
        const keys = new Set(operations.map(({ key }) => key));
        expect(new Set(run.finalReads().map(({ key }) => key))).toEqual(keys);
        expect(keys.size).toBeGreaterThan(5);
      }),
    );
  });
});

describe.each([
  ['register', register as Workload],
  ['append', append as Workload],
])('workload %s', (_, workload) => {
  it('never writes one value twice', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const operations = draw(workload, { uses: 20 }, seed, 500);
        const values = operations.flatMap(({ f, value }) =>
          f === 'read' ? [] : Array.isArray(value) ? [value[1]] : [value],
        );
        expect(new Set(values).size).toBe(values.length);
      }),
    );
  });
});

describe('workload register', () => {
  it('keeps the shares that it was asked for', () => {
    const operations = draw(register, { reads: 0.9, cas: 0.5 }, 1, 20_000);
    expect(share(operations, 'read')).toBeCloseTo(0.9, 1);
    expect(share(operations, 'write')).toBeCloseTo(0.05, 1);
    expect(share(operations, 'cas')).toBeCloseTo(0.05, 1);
  });

  it('expects in a compare-and-set what the register was last seen to hold, so that many succeed', () => {
    const run = start(register, { keys: 2 }, 5);
    const registers = new Map<string, Value>();
    let succeeded = 0;
    let tried = 0;
    for (let operation = 0; operation < 1000; operation++) {
      const { f, key = '', value = null } = run.next();
      const held = registers.get(key) ?? null;
      if (f === 'read') run.learn?.({ f, key }, { type: 'ok', value: held });
      if (f === 'write') registers.set(key, value);
      if (f === 'cas' && Array.isArray(value)) {
        tried++;
        if (value[0] !== held) continue;
        succeeded++;
        registers.set(key, value[1] as Value);
      }
      if (f !== 'read') run.learn?.({ f, key, value }, { type: 'ok' });
    }
    expect(tried).toBeGreaterThan(100);
    expect(succeeded / tried).toBeGreaterThan(0.9);
  });
});

describe('workload transfer', () => {
  /** Its operations, where each is carried out at once but for the first opens. */
  function served(given: object, lostOpens = 0): Operation[] {
    const run = start(transfer, given, 3);
    const operations: Operation[] = [];
    let opens = 0;
    for (let count = 0; count < 5000; count++) {
      const operation = run.next();
      operations.push(operation);
      const lost = operation.f === 'open' && ++opens <= lostOpens;
      run.learn?.(operation, lost ? { type: 'info', error: 'timeout' } : { type: 'ok' });
    }
    return operations;
  }

  it('opens a ledger with the balances asked for until one open is acknowledged, and then uses it', () => {
    const operations = served({ keys: 1, uses: 100, accounts: 2, balance: 7 }, 3);
    expect(operations.slice(0, 4)).toEqual(Array(4).fill({ f: 'open', key: 'k1', value: { a1: 7, a2: 7 } }));
    expect(operations.filter(({ f }) => f === 'open').length).toBe(3 + 50);
  });

  it('asks for whole amounts up to the largest, between different accounts that there are', () => {
    const seen = new Set<Value>();
    for (const { f, value } of served({ accounts: 3, amount: 4 })) {
      if (f !== 'transfer') continue;
      const { from, to, amount } = value as { readonly [field: string]: Value };
      expect(from).not.toBe(to);
      for (const each of [from, to, amount]) seen.add(each as Value);
    }
    expect([...seen].sort()).toEqual([1, 2, 3, 4, 'a1', 'a2', 'a3']);
  });

  it('keeps the share of reads that it was asked for', () => {
    expect(share(served({ reads: 0.8, keys: 1, uses: 1000 }), 'read')).toBeCloseTo(0.8, 1);
  });

  it('takes no part of a coin', () => {
    for (const given of [{ balance: 0.5 }, { amount: 1.5 }, { accounts: 2.5 }]) {
      expect(transfer.options.safeParse(given).success).toBe(false);
    }
  });
});
