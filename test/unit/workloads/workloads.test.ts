import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Operation, Value } from '../../../src/history/events.js';
import { Random } from '../../../src/kernel/random.js';
import type { Workload, WorkloadRun } from '../../../src/plugin/workload.js';
import append from '../../../workloads/append.js';
import register from '../../../workloads/register.js';

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

  it('never writes one value twice, and reads every key at the end', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const run = start(workload, { uses: 20 }, seed);
        const operations = Array.from({ length: 500 }, () => run.next());
        const values = operations.flatMap(({ f, value }) =>
          f === 'read' ? [] : Array.isArray(value) ? [value[1]] : [value],
        );
        expect(new Set(values).size).toBe(values.length);
        const keys = new Set(operations.map(({ key }) => key));
        expect(new Set(run.finalReads().map(({ key }) => key))).toEqual(keys);
        expect(keys.size).toBeGreaterThan(5);
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
