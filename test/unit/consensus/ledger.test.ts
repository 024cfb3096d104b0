import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StateMachine } from '../../../src/consensus/kv/state-machine.js';
import { KvStore } from '../../../src/consensus/kv/store.js';
import type { Outcome, Value } from '../../../src/history/events.js';

const key = 'bank';
const open = (value: Value) => ({ f: 'open', key, value });
const transfer = (from: Value, to: Value, amount: Value) => ({ f: 'transfer', key, value: { from, to, amount } });
const failed = (error: string): Outcome => ({ type: 'fail', error });

function opened(balances: Value): KvStore {
  const store = new KvStore();
  expect(store.execute(open(balances))).toEqual({ type: 'ok' });
  return store;
}

describe('a ledger', () => {
  it('moves money from one account to another, and answers what both hold then', () => {
    const store = opened({ alice: 100, bob: 20, carol: 0 });
    expect(store.execute(transfer('alice', 'bob', 100))).toEqual({ type: 'ok', value: { alice: 0, bob: 120 } });
    expect(store.read(key)).toEqual({ alice: 0, bob: 120, carol: 0 });
  });

  it('that was read does not change when money moves', () => {
    const store = opened({ alice: 1, bob: 0 });
    const before = store.read(key);
    store.execute(transfer('alice', 'bob', 1));
    expect(before).toEqual({ alice: 1, bob: 0 });
  });

  it('stays as it is when it is opened again', () => {
    const store = opened({ alice: 1, bob: 0 });
    store.execute(transfer('alice', 'bob', 1));
    expect(store.execute(open({ alice: 1, bob: 0 }))).toEqual({ type: 'ok' });
    expect(store.execute(open({ carol: 7 }))).toEqual({ type: 'ok' });
    expect(store.read(key)).toEqual({ alice: 0, bob: 1 });
  });

  const large = Number.MAX_SAFE_INTEGER;
  it.each<[string, string, Value, Value, Value]>([
    ['more than the account holds', 'insufficient-funds', 'alice', 'bob', 11],
    ['an amount near the largest number', 'insufficient-funds', 'alice', 'bob', large],
    ['from nobody', 'no-such-account', 'dora', 'bob', 1],
    ['to nobody', 'no-such-account', 'alice', 'dora', 1],
    ['to what every object has', 'no-such-account', 'alice', 'constructor', 1],
    ['to the same account', 'bad-operation', 'alice', 'alice', 1],
    ['nothing', 'bad-operation', 'alice', 'bob', 0],
    ['a debt', 'bad-operation', 'alice', 'bob', -1],
    ['half a cent', 'bad-operation', 'alice', 'bob', 0.5],
    ['an amount that is not exact', 'bad-operation', 'alice', 'bob', large + 1],
    ['a text', 'bad-operation', 'alice', 'bob', '1'],
    ['an account that is no text', 'bad-operation', 1, 'bob', 1],
  ])('refuses to move %s, and nothing changes', (_, error, from, to, amount) => {
    const store = opened({ alice: 10, bob: 5 });
    const { hash } = store;
    expect(store.execute(transfer(from, to, amount))).toEqual(failed(error));
    expect(store.execute({ f: 'transfer', key, value: 'all of it' })).toEqual(failed('bad-operation'));
    expect(store.execute({ f: 'transfer', key })).toEqual(failed('bad-operation'));
    expect([store.read(key), store.hash]).toEqual([{ alice: 10, bob: 5 }, hash]);
  });

  it.each<[string, Value]>([
    ['a debt', { alice: -1 }],
    ['half a cent', { alice: 0.5 }],
    ['a text', { alice: '1' }],
    ['more in all than numbers are exact', { alice: large, bob: 1 }],
    ['a list', [1]],
    ['a number', 1],
    ['nothing', null],
  ])('is not opened with %s', (_, balances) => {
    const store = new KvStore();
    expect(store.execute(open(balances))).toEqual(failed('bad-operation'));
    expect([store.read(key), store.hash]).toEqual([null, 0]);
    expect(store.execute(transfer('alice', 'bob', 1))).toEqual(failed('no-such-account'));
  });

  it('with as much in all as a number is exact can move all of it', () => {
    const store = opened({ alice: large - 1, bob: 1 });
    expect(store.execute(transfer('alice', 'bob', large - 1))).toEqual({ type: 'ok', value: { alice: 0, bob: large } });
  });

  it('takes no place of something else, and gives it up for a value', () => {
    const store = new KvStore();
    store.execute({ f: 'append', key, value: 1 });
    expect(store.execute(open({ alice: 1 }))).toEqual(failed('not-a-ledger'));
    expect(store.execute(transfer('alice', 'bob', 1))).toEqual(failed('not-a-ledger'));
    const ledger = opened({ alice: 1, bob: 1 });
    expect(ledger.execute({ f: 'append', key, value: 1 })).toEqual(failed('not-a-list'));
    expect(ledger.execute({ f: 'cas', key, value: [{ alice: 1, bob: 1 }, 7] })).toEqual({ type: 'ok' });
    expect(ledger.execute(transfer('alice', 'bob', 1))).toEqual(failed('not-a-ledger'));
    expect(ledger.read(key)).toBe(7);
  });

  it('does what a table of numbers does, whatever is asked: the sum stays, and nobody is below zero', () => {
    const account = fc.constantFrom('a', 'b', 'c', 'd');
    const order = fc.record({ from: account, to: account, amount: fc.integer({ min: -1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(order, { maxLength: 50 }), (orders) => {
        const twin: Record<string, number> = { a: 5, b: 0, c: 10 };
        const store = opened({ ...twin });
        for (const { from, to, amount } of orders) {
          const { type } = store.execute(transfer(from, to, amount));
          const possible = from !== to && amount > 0 && (twin[from] ?? -1) >= amount && twin[to] !== undefined;
          expect(type).toBe(possible ? 'ok' : 'fail');
          if (possible) {
            twin[from] = (twin[from] as number) - amount;
            twin[to] = (twin[to] as number) + amount;
          }
          expect(store.read(key)).toEqual(twin);
          expect(Object.values(twin).reduce((sum, balance) => sum + balance)).toBe(15);
        }
      }),
    );
  });
});

describe('a transfer that is asked for again', () => {
  const options = { maxSessions: 10, executesAgain: () => false, snapshotSessions: true };
  const commands = [
    { operation: open({ alice: 100, bob: 0 }), session: { client: 'c', serial: 1 } },
    { operation: transfer('alice', 'bob', 60), session: { client: 'c', serial: 2 } },
  ];

  it('is answered as at first and not carried out twice, also after a snapshot', () => {
    const machine = StateMachine.empty(options);
    for (const command of commands) machine.apply(command);
    for (const each of [machine, StateMachine.decode(machine.encode().data, options)]) {
      expect(each.apply(commands[1] as (typeof commands)[1])).toEqual({ type: 'ok', value: { alice: 40, bob: 60 } });
      expect(each.read(key)).toEqual({ alice: 40, bob: 60 });
      expect(each.hash).toBe(machine.hash);
    }
  });

  it('is carried out twice where sessions are not looked at', () => {
    const machine = StateMachine.empty({ ...options, executesAgain: () => true });
    for (const command of commands) machine.apply(command);
    machine.apply({ operation: transfer('alice', 'bob', 30), session: { client: 'c', serial: 2 } });
    expect(machine.read(key)).toEqual({ alice: 10, bob: 90 });
  });
});
