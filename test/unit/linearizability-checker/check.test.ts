import { describe, expect, it } from 'vitest';
import { Checking } from '../../../src/linearizability-checker/check.js';
import {
  casRegister,
  check,
  fifoQueue,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
} from '../../../src/linearizability-checker/index.js';
import { hardQueue } from '../parallel-checker/hard-queue.js';
import { isLinearizable } from './brute-force.js';
import { type RegisterHistory, registerHistory, spoilRegister } from './histories.js';

type Op = Operation<RegisterInput, RegisterOutput>;

const write = (value: number, call: number, returned?: number): Op => ({
  input: { f: 'write', value },
  call,
  ...(returned !== undefined && { return: returned }),
});
const read = (value: number | null, call: number, returned: number): Op => ({
  input: { f: 'read' },
  output: value,
  call,
  return: returned,
});
const cas = (expected: number, value: number, output: boolean, call: number, returned: number): Op => ({
  input: { f: 'cas', expected, value },
  output,
  call,
  return: returned,
});
const verdict = (...history: Op[]) => check(casRegister(), history).verdict;

describe('time', () => {
  it('intervals are closed: a read called when a write returns may come before it', () => {
    expect(verdict(write(1, 0, 10), read(null, 10, 20))).toBe('legal');
    expect(verdict(write(1, 0, 10), read(null, 11, 20))).toBe('illegal');
  });

  it('an operation that never returned may take effect at any later time, or never', () => {
    expect(verdict(write(1, 0), read(null, 50, 60), read(1, 70, 80))).toBe('legal');
    expect(verdict(write(1, 0), read(1, 50, 60), read(null, 70, 80))).toBe('illegal');
    expect(verdict(write(1, 55), read(1, 50, 54))).toBe('illegal');
  });

  it('one that never returned takes effect at most once', () => {
    const twice = [write(1, 0), write(2, 10, 20), read(1, 30, 40), write(3, 50, 60), read(1, 70, 80)];
    expect(verdict(...twice)).toBe('illegal');
    expect(verdict(...twice, write(1, 5))).toBe('legal');
  });

  it('a read that returned and of which nobody knows what it saw says nothing', () => {
    const unknown: Op = { input: { f: 'read' }, call: 20, return: 30 };
    expect(verdict(write(1, 0, 10), unknown, read(1, 40, 50))).toBe('legal');
    expect(verdict(write(1, 0, 10), unknown, read(null, 40, 50))).toBe('illegal');
    expect(verdict(write(1, 0, 10), unknown, write(1, 32, 38), write(2, 32, 38), read(1, 40, 50))).toBe('legal');
  });

  it('an operation that returns before its call is refused', () => {
    expect(() => check(casRegister(), [write(1, 10, 5)])).toThrow(/operation 0 returns at 5, before its call at 10/);
  });
});

describe('compare-and-set', () => {
  it('that failed tells what the register did not hold', () => {
    expect(verdict(write(1, 0, 10), cas(1, 2, false, 20, 30))).toBe('illegal');
    expect(verdict(write(1, 0, 10), cas(5, 2, false, 20, 30))).toBe('legal');
    expect(verdict(write(1, 0, 10), write(3, 15, 40), cas(1, 2, false, 20, 30))).toBe('legal');
  });

  it('happens once for one value', () => {
    expect(verdict(write(1, 0, 10), cas(1, 2, true, 20, 40), cas(1, 3, true, 20, 40))).toBe('illegal');
  });
});

describe('keys', () => {
  it('are judged each by itself, and one that is wrong is named', () => {
    const of = (key: string, operation: Op): Op => ({ ...operation, input: { ...operation.input, key } });
    const result = check(casRegister(), [
      of('a', write(1, 0, 10)),
      of('b', write(2, 0, 10)),
      of('a', read(1, 20, 30)),
      of('b', read(1, 20, 30)),
    ]);
    expect(result.partitions.map(({ key, verdict }) => [key, verdict])).toEqual([
      ['a', 'legal'],
      ['b', 'illegal'],
    ]);
    expect(result.partitions[1]?.violation?.operations).toEqual([3]);
  });
});

describe('an explanation', () => {
  it('of a stale read names the writes that force the state, and nothing else', () => {
    const history = [
      write(9, 0, 5),
      write(1, 6, 10),
      read(1, 11, 12),
      write(2, 13, 20),
      read(null, 0, 1),
      read(1, 21, 30),
      write(3, 31, 40),
      read(3, 41, 42),
    ];
    const violation = check(casRegister(), history).partitions[0]?.violation;
    expect(violation?.minimal).toBe(true);
    expect(violation?.failedAt).toBe(5);
    expect(violation?.operations.at(-1)).toBe(5);
    expect(violation?.operations).toHaveLength(3);
    expect(violation?.operations).toContain(3);
    expect(violation?.prefix).toEqual([0, 1, 2, 3, 4]);
  });

  it('is a contradiction, no member of which can be spared; and the prefix before it is linearizable', () => {
    let explained = 0;
    for (let seed = 1; seed <= 1500; seed++) {
      const shape = { operations: 8, clients: 3, crashes: 0.1, times: 30, values: seed % 3, cas: 0.3 };
      const history = spoilRegister(seed, registerHistory(seed, shape));
      const violation = check(casRegister(), history).partitions[0]?.violation;
      if (!violation) continue;
      explained++;
      const { operations, failedAt, prefix } = violation;
      expect(violation.minimal).toBe(true);
      const until = history[failedAt ?? -1]?.return ?? -1;
      expect(isLinearizable(casRegister(), released(history, operations, until)), `seed ${seed}`).toBe(false);
      for (const spared of operations) {
        const others = operations.filter((operation) => operation !== spared);
        expect(isLinearizable(casRegister(), released(history, others, until)), `seed ${seed}`).toBe(true);
      }
      const before = history.filter(({ call }) => call < until);
      const known = before.map((operation) =>
        prefix?.includes(history.indexOf(operation)) ? operation : { input: operation.input, call: operation.call },
      );
      expect(isLinearizable(casRegister(), known), `seed ${seed}`).toBe(true);
    }
    expect(explained).toBeGreaterThan(300);
  });
});

describe('an explanation that leaves the beginning open', () => {
  it('is a contradiction whatever was held then, and whatever had taken effect of what was running', () => {
    let open = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const shape = { operations: 260, clients: 4, crashes: 0, times: 20, values: 3, cas: 0.3 };
      const history = spoilRegister(seed, registerHistory(seed, shape));
      const violation = check(casRegister(), history, { timeoutMs: 20_000 }).partitions[0]?.violation;
      if (violation?.since === undefined) continue;
      open++;
      const { since } = violation;
      const until = history[violation.failedAt ?? -1]?.return ?? Number.POSITIVE_INFINITY;
      const running = violation.operations.filter((op) => (history[op] as Op).call < since);
      expect(running.length).toBeLessThan(6);
      for (let before = 0; before < 2 ** running.length; before++) {
        const done = running.filter((_, index) => (before & (1 << index)) !== 0);
        const certain = violation.operations.filter((op) => !done.includes(op));
        const part = released(history, certain, until).flatMap((operation): RegisterHistory => {
          const source = history.findIndex(({ input, call }) => input === operation.input && call === operation.call);
          if (done.includes(source) || (history[source]?.return ?? since) < since) return [];
          return [{ ...operation, call: Math.max(operation.call, since) }];
        });
        for (const initial of [null, 1, 2, 3, 99]) {
          expect(check(casRegister(initial), part, { explain: 0 }).verdict, `seed ${seed}, ${initial}`).toBe('illegal');
        }
      }
    }
    expect(open).toBeGreaterThan(10);
  });
});

/** Only these are certain; of the others called by then, updates may have happened, and observations say nothing. */
function released(history: RegisterHistory, certain: readonly number[], until: number): RegisterHistory {
  return history.flatMap((operation, index) => {
    if (certain.includes(index)) return [operation];
    const pending = operation.return === undefined || operation.return > until;
    const observes = operation.input.f === 'read' || (operation.output === false && !pending);
    return observes || operation.call > until ? [] : [{ input: operation.input, call: operation.call }];
  });
}

describe('a budget', () => {
  it('that has run out makes the verdict unknown, never a guess', () => {
    const hard = registerHistory(7, { operations: 6000, clients: 8, crashes: 0, times: 60, values: 3, cas: 0.2 });
    let time = 0;
    const result = check(casRegister(), hard, { timeoutMs: 3, now: () => time++ });
    expect(result.verdict).toBe('unknown');
    expect(check(casRegister(), hard).verdict).toBe('legal');
  });
});

describe('effort', () => {
  it('twelve thousand operations with five hundred crashed ones are judged in few configurations', () => {
    const shape = { operations: 12_000, clients: 10, crashes: 500 / 12_000, times: 60, cas: 0.2 };
    for (const values of [0, 5]) {
      const history = registerHistory(1, { ...shape, values });
      const { verdict, effort } = check(casRegister(), history, { timeoutMs: 20_000 });
      expect(verdict).toBe('legal');
      expect(effort.states).toBeLessThan(500_000);
    }
  });
});

describe('the memory of searches', () => {
  const keys = ['a', 'b', 'c', 'd', 'e'];

  it('is free again when a key is decided', () => {
    // Enough for one of them.
    const options = { memoryBytes: 800_000, explain: 0 };
    const operations = keys.flatMap((key) => hardQueue(key, 8));
    expect(check(fifoQueue(), operations, options).partitions.map(({ verdict: decided }) => decided)).toEqual(
      keys.map(() => 'illegal'),
    );
    expect(check(fifoQueue(), hardQueue('a', 8), { ...options, memoryBytes: 400_000 }).verdict).toBe('unknown');
  });

  it('is free again when a key is given up', () => {
    const operations = [...hardQueue('a', 9), ...hardQueue('b', 8)];
    const { partitions } = check(fifoQueue(), operations, { memoryBytes: 800_000, explain: 0 });
    expect(partitions.map(({ verdict: decided }) => decided)).toEqual(['unknown', 'illegal']);
    const alone = check(fifoQueue(), hardQueue('a', 9), { memoryBytes: 800_000 });
    expect(alone.partitions[0]).toMatchObject({ verdict: 'unknown', undecided: { reason: 'memory' } });
    expect(alone.partitions[0]?.undecided?.linearizablePrefix).toBeGreaterThan(0);
    expect(alone.effort.states).toBeGreaterThan(0);
  });

  it('may be too little to begin with, for one key or for many: that is the end, whatever time there is', () => {
    for (const some of [['a'], keys]) {
      const { partitions } = check(
        fifoQueue(),
        some.flatMap((key) => hardQueue(key, 8)),
        { memoryBytes: 100 },
      );
      expect(partitions.map(({ undecided }) => undecided?.reason)).toEqual(some.map(() => 'memory'));
    }
  });
});

describe('a check in slices', () => {
  it('visits what it would visit in one go', () => {
    const operations = hardQueue('a', 9);
    const whole = check(fifoQueue(), operations, { explain: 0 });
    const checking = new Checking(fifoQueue(), operations, { explain: 0 });
    checking.round(0);
    checking.allow(0, 20_000);
    let turns = 1;
    while (checking.turn(0, 100) === 'going') turns++;
    expect(checking.result().partitions).toEqual(whole.partitions);
    expect(turns).toBe(Math.ceil(whole.effort.states / 100));
  });
});
