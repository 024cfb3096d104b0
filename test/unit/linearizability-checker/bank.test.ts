import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  type Balances,
  type BankInput,
  type BankOutput,
  bank,
  check,
  type Operation,
} from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { type BankHistory, bankHistory, FIRST, open, read, spoilBank, transfer } from './bank-histories.js';
import { anyShape } from './object-histories.js';

const CASES = 3_000;
function history(seed: number): BankHistory {
  const random = new Random(seed);
  const options = {
    told: random.pick([0, 0.5, 1]),
    reads: random.pick([0.2, 0.5]),
    opens: random.pick([0.15, 0.4]),
  };
  const legal = bankHistory(random, anyShape(random, 9), options);
  return random.chance(0.7) ? spoilBank(random, legal) : legal;
}

/** One operation after another, two units of time each. */
function inTurn(...steps: readonly (readonly [BankInput, BankOutput])[]): BankHistory {
  return steps.map(([input, output], index) => ({ input, output, call: 10 * index, return: 10 * index + 2 }));
}

const contradiction = (operations: BankHistory, initial: Balances | null = FIRST) =>
  check(bank(initial), operations).partitions[0]?.violation;

describe('a bank', () => {
  it('is judged as by trying every order', () => {
    const census = compareWithBruteForce(CASES, (seed) => bank(seed % 2 === 0 ? null : FIRST), history);
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 4);
  });

  it('moves money, refuses what an account has too little for, and opens once', () => {
    const operations = inTurn(
      [read, null],
      [transfer('a', 'b', 1), 'no-such-account'],
      [open, null],
      [transfer('a', 'b', 3), { a: 0, b: 5 }],
      [transfer('a', 'b', 1), 'insufficient-funds'],
      [transfer('a', 'd', 1), 'no-such-account'],
      [open, null],
      [transfer('b', 'c', 1), {}],
      [read, { c: 1, b: 4, a: 0 }],
    );
    expect(check(bank(), operations).verdict).toBe('legal');
  });

  it('carries out a transfer of unknown outcome once or never, now or later', () => {
    const unknown = { input: transfer('a', 'b', 1), call: 0 };
    const found = (...balances: Balances[]) => [
      unknown,
      ...balances.map((output, index) => ({ input: read, output, call: 10 * index + 5, return: 10 * index + 6 })),
    ];
    const moved = { a: 2, b: 3, c: 0 };
    expect(check(bank(FIRST), found(FIRST, FIRST)).verdict).toBe('legal');
    expect(check(bank(FIRST), found(FIRST, moved)).verdict).toBe('legal');
    expect(check(bank(FIRST), found(moved, FIRST)).verdict).toBe('illegal');
    expect(check(bank(FIRST), found(moved, { a: 1, b: 4, c: 0 })).verdict).toBe('illegal');
  });

  it.each<[string, BankHistory]>([
    ['a transfer that was lost', inTurn([transfer('a', 'b', 1), {}], [read, FIRST])],
    ['a transfer that was carried out twice', inTurn([transfer('a', 'b', 1), {}], [read, { a: 1, b: 4, c: 0 }])],
    ['an answer that shows it', inTurn([read, FIRST], [transfer('a', 'b', 1), { a: 1, b: 4 }])],
    ['an overdraft', inTurn([read, FIRST], [transfer('a', 'b', 4), { a: -1, b: 6 }])],
    ['money from nothing', inTurn([read, FIRST], [read, { ...FIRST, c: 1 }])],
    ['a read that shows one half', inTurn([read, FIRST], [transfer('a', 'b', 1), {}], [read, { a: 2, b: 2, c: 0 }])],
    ['a refusal without reason', inTurn([read, FIRST], [transfer('a', 'b', 3), 'insufficient-funds'])],
    ['an account that is denied', inTurn([read, FIRST], [transfer('a', 'b', 1), 'no-such-account'])],
    ['an account that came', inTurn([read, FIRST], [read, { ...FIRST, d: 0 }])],
    ['an account that went', inTurn([read, FIRST], [read, { a: 3, b: 2 }])],
    ['a ledger that went', inTurn([read, FIRST], [read, null])],
  ])('does not allow %s, and says what contradicts it', (_, operations) => {
    const violation = contradiction(operations);
    expect(violation?.minimal).toBe(true);
    expect(violation?.operations.at(-1)).toBe(operations.length - 1);
  });

  it('is told in words', () => {
    const { describe } = bank();
    expect([
      describe?.(open, null),
      describe?.(read, null),
      describe?.(read, undefined),
      describe?.(transfer('a', 'b', 1), {}),
      describe?.(transfer('a', 'b', 1), { a: 2, b: 3 }),
      describe?.(transfer('a', 'b', 9), 'insufficient-funds'),
    ]).toEqual([
      'open({"a":3,"b":2,"c":0})',
      'read() = null',
      'read()',
      'transfer(1 from a to b)',
      'transfer(1 from a to b) = {"a":2,"b":3}',
      'transfer(9 from a to b) = "insufficient-funds"',
    ]);
  });

  it('has accounts of any name', () => {
    const operations = inTurn(
      [{ f: 'open', balances: { __proto__x: 1, constructor: 1 } }, null],
      [transfer('constructor', '__proto__x', 1), { constructor: 0 }],
      [transfer('toString', 'constructor', 1), 'no-such-account'],
    );
    expect(check(bank(), operations).verdict).toBe('legal');
  });

  it('has a ledger for each key', () => {
    const operations: BankHistory = [
      { input: { ...transfer('a', 'b', 1), key: 'x' }, output: {}, call: 0, return: 1 },
      { input: { f: 'read', key: 'y' }, output: FIRST, call: 2, return: 3 },
    ];
    expect(check(bank(FIRST), operations).verdict).toBe('legal');
  });
});

describe('what contradicts in a bank', () => {
  const states: (Balances | null)[] = [null];
  for (let a = 0; a <= 5; a++) for (let b = 0; a + b <= 5; b++) states.push({ a, b, c: 5 - a - b });

  /** The history since then, of which only these are certain, and of the others updates may have happened. */
  function released(operations: BankHistory, certain: readonly number[], since: number, until: number): BankHistory {
    return operations.flatMap((operation, index): BankHistory => {
      if ((operation.return ?? since) < since || operation.call > until) return [];
      if (certain.includes(index)) return [operation];
      const { input, output, call } = operation;
      const refused = typeof output === 'string' && operation.return !== undefined && operation.return <= until;
      return input.f === 'read' || refused ? [] : [{ input, call: Math.max(call, since) }];
    });
  }

  it('does so whatever the ledger held when it began, where it leaves the beginning open', () => {
    let open = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const shape = { operations: 40, clients: 3, crashes: random.pick([0, 0.1]), times: 15 };
      const options = { told: random.pick([0, 0.5, 1]), reads: 0.3, opens: 0.1 };
      const operations = spoilBank(random, bankHistory(random, shape, options));
      const violation = contradiction(operations, null);
      if (violation?.since === undefined) continue;
      open++;
      const until = operations[violation.failedAt ?? -1]?.return ?? Number.POSITIVE_INFINITY;
      const { operations: named, since } = violation;
      for (const op of named)
        expect((operations[op] as Operation<BankInput, BankOutput>).call).toBeGreaterThanOrEqual(since);
      for (const initial of states) {
        const part = released(operations, named, since, until);
        expect(check(bank(initial), part).verdict, `seed ${seed} ${JSON.stringify(initial)}`).toBe('illegal');
      }
    }
    expect(open).toBeGreaterThan(100);
  });

  it('is a read and an answer in a long history, not all that came between', () => {
    const random = new Random(7);
    const shape = { operations: 1000, clients: 5, crashes: 0, times: 20 };
    const legal = bankHistory(random, shape, { told: 1, reads: 0.3, opens: 0.05 });
    const { init, step } = bank();
    const held = (check(bank(), legal).partitions[0]?.order ?? []).reduce((state, op) => {
      const { input, output } = legal[op] as Operation<BankInput, BankOutput>;
      return step(state, input, output) as Balances;
    }, init) as Balances;
    const late = 1 + Math.max(...legal.map((operation) => operation.return ?? operation.call));
    const [payer = ''] = Object.entries(held).find(([, balance]) => balance > 1) ?? [];
    const payee = payer === 'a' ? 'b' : 'a';
    const after = { [payer]: (held[payer] as number) - 2, [payee]: (held[payee] as number) + 2 };
    const twice: BankHistory = [
      ...legal,
      { input: read, output: held, call: late, return: late + 1 },
      { input: transfer(payer, payee, 1), output: after, call: late + 2, return: late + 3 },
    ];
    const violation = check(bank(), twice).partitions[0]?.violation;
    expect(violation?.operations).toEqual([1000, 1001]);
    expect(violation?.minimal).toBe(true);
  });
});
