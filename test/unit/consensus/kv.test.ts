import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandDigest } from '../../../src/consensus/kv/command-digest.js';
import { Sessions } from '../../../src/consensus/kv/sessions.js';
import { StateMachine } from '../../../src/consensus/kv/state-machine.js';
import { KvStore } from '../../../src/consensus/kv/store.js';
import type { ClientRequest } from '../../../src/consensus/protocol.js';
import type { Outcome, Value } from '../../../src/history/events.js';

const options = { maxSessions: 3, executesAgain: () => false, snapshotSessions: true };

const request: fc.Arbitrary<ClientRequest> = fc
  .record({
    f: fc.constantFrom('read', 'write', 'cas', 'append', 'open', 'transfer', 'transfer'),
    key: fc.constantFrom('a', 'b', 'c'),
    number: fc.nat(3),
    client: fc.constantFrom('c1', 'c2', 'c3', 'c4', 'c5'),
    serial: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ f, key, number, client, serial }) => ({
    operation: { f, key, value: argumentOf(f, number) },
    session: { client, serial },
  }));

function argumentOf(f: string, number: number): Value {
  if (f === 'open') return { x: number, y: 3 };
  if (f === 'transfer') return number > 1 ? { from: 'x', to: 'y', amount: 1 } : { from: 'y', to: 'x', amount: 2 };
  return f === 'cas' ? [number, number + 1] : number;
}

describe('the key-value store', () => {
  it('reads null where nothing was written, and the latest value elsewhere', () => {
    const store = new KvStore();
    expect(store.execute({ f: 'read', key: 'x' })).toEqual({ type: 'ok', value: null });
    store.execute({ f: 'write', key: 'x', value: 1 });
    expect(store.execute({ f: 'read', key: 'x' })).toEqual({ type: 'ok', value: 1 });
  });

  it('a compare-and-set that expects another value fails and changes nothing', () => {
    const store = new KvStore();
    expect(store.execute({ f: 'cas', key: 'x', value: [null, 1] })).toEqual({ type: 'ok' });
    expect(store.execute({ f: 'cas', key: 'x', value: [2, 3] })).toEqual({ type: 'fail', error: 'cas-mismatch' });
    expect(store.read('x')).toBe(1);
    expect(store.execute({ f: 'cas', key: 'x' })).toEqual({ type: 'fail', error: 'bad-operation' });
  });

  it('a list that was read does not change when the key is appended to', () => {
    const store = new KvStore();
    store.execute({ f: 'append', key: 'x', value: 1 });
    const before = store.read('x');
    store.execute({ f: 'append', key: 'x', value: 2 });
    expect(before).toEqual([1]);
    expect(store.read('x')).toEqual([1, 2]);
    store.execute({ f: 'write', key: 'y', value: 1 });
    expect(store.execute({ f: 'append', key: 'y', value: 2 })).toEqual({ type: 'fail', error: 'not-a-list' });
  });
});

describe('sessions', () => {
  it('remember the outcome of the latest command, and answer a retry with it', () => {
    const machine = StateMachine.empty(options);
    const append = (serial: number) => ({
      operation: { f: 'append', key: 'x', value: serial },
      session: { client: 'c', serial },
    });
    machine.apply(append(1));
    expect(machine.apply(append(1))).toEqual({ type: 'ok' });
    machine.apply(append(2));
    expect(machine.apply(append(1))).toEqual({ type: 'info', error: 'stale-serial' });
    expect(machine.read('x')).toEqual([1, 2]);
  });

  it('evict the least recently used, and refuse to guess about an evicted one', () => {
    const sessions = new Sessions(2);
    sessions.remember('a', 1, { type: 'ok' });
    sessions.remember('b', 1, { type: 'ok' });
    sessions.remember('a', 2, { type: 'ok' });
    sessions.remember('c', 1, { type: 'ok' });
    expect(sessions.size).toBe(2);
    expect(sessions.answerWithoutExecuting('a', 2)).toEqual({ type: 'ok' });
    expect(sessions.answerWithoutExecuting('b', 2)).toEqual({ type: 'info', error: 'session-expired' });
    expect(sessions.answerWithoutExecuting('new', 1)).toBeUndefined();
  });
});

describe('a snapshot of the state machine', () => {
  it('restores a machine that answers everything as the original does', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 40 }), fc.array(request, { maxLength: 40 }), (before, after) => {
        const original = StateMachine.empty(options);
        for (const each of before) original.apply(each);
        const restored = StateMachine.decode(original.encode().data, options);
        for (const each of after) expect(restored.apply(each)).toEqual(original.apply(each));
        expect(restored.encode()).toEqual(original.encode());
      }),
    );
  });
});

describe('replicas that applied the same log', () => {
  it('encode to the same text, though one restored a snapshot between and a list became a value', () => {
    const command = (f: string, key: string, serial: number): ClientRequest => ({
      operation: { f, key, value: 0 },
      session: { client: 'c', serial },
    });
    const original = StateMachine.empty(options);
    original.apply(command('append', 'b', 1));
    original.apply(command('write', 'a', 2));
    const restored = StateMachine.decode(original.encode().data, options);
    for (const machine of [original, restored]) machine.apply(command('write', 'b', 3));
    expect(restored.encode()).toEqual(original.encode());
  });
});

describe('the hash of the state', () => {
  /** The dumb twin: of a machine made anew from the whole state as text. */
  const hashFromText = (machine: StateMachine) => StateMachine.decode(machine.encode().data, options).hash;

  it('is that of the whole state, hashed anew, after each command', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 40 }), (commands) => {
        const machine = StateMachine.empty(options);
        expect(machine.hash).toBe(0);
        for (const command of commands) {
          machine.apply(command);
          expect(machine.hash).toBe(hashFromText(machine));
          expect(machine.encode().hash).toBe(machine.hash);
        }
      }),
    );
  });

  it('differs exactly where the text of the state does', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 12 }), fc.array(request, { maxLength: 12 }), (left, right) => {
        const [one, other] = [left, right].map((commands) => {
          const machine = StateMachine.empty(options);
          for (const command of commands) machine.apply(command);
          return { hash: machine.hash, items: itemsOf(machine.encode().data) };
        });
        expect(one?.hash === other?.hash).toBe(one?.items === other?.items);
      }),
      { numRuns: 500 },
    );
  });

  it('sees a value, its type, the order of a list, who holds what in a ledger, a serial, and an answer that is remembered', () => {
    const after = (...operations: ClientRequest['operation'][]) => {
      const machine = StateMachine.empty(options);
      for (const operation of operations) machine.apply({ operation });
      return machine.hash;
    };
    const write = (value: Value) => ({ f: 'write', key: 'x', value });
    const append = (value: Value) => ({ f: 'append', key: 'x', value });
    const open = (value: Value) => ({ f: 'open', key: 'x', value });
    const large = 2 ** 40;
    const states = [
      after(),
      after(write(null)),
      after(write(1)),
      after(write(1.5)),
      after(write(large)),
      after(write(large + 2 ** 32)),
      after(write('1')),
      after(write([1])),
      after(append(1)),
      after(append(1), append(2)),
      after(append(2), append(1)),
      after(write({ a: 1, b: 2 })),
      after(open({ a: 1, b: 2 })),
      after(open({ a: 2, b: 1 })),
      after(open({})),
      after({ f: 'write', key: 'y', value: 1 }),
    ];
    const sessions = (client: string, serial: number, outcome: Outcome) => {
      const table = new Sessions(2);
      table.remember(client, serial, outcome);
      return table.hash;
    };
    const tables = [
      sessions('a', 1, { type: 'ok' }),
      sessions('b', 1, { type: 'ok' }),
      sessions('a', 2, { type: 'ok' }),
      sessions('a', 1, { type: 'ok', value: 1 }),
      sessions('a', 1, { type: 'fail', error: 'no' }),
      sessions('a', 1, { type: 'info', error: 'no' }),
    ];
    expect(new Set([...states, ...tables]).size).toBe(states.length + tables.length);
  });

  it('of a snapshot that leaves the sessions out is that of the store alone', () => {
    const machine = StateMachine.empty({ ...options, snapshotSessions: false });
    machine.apply({ operation: { f: 'write', key: 'x', value: 1 }, session: { client: 'c', serial: 1 } });
    expect(machine.encode().hash).not.toBe(machine.hash);
    expect(machine.encode().hash).toBe(hashFromText(machine));
  });
});

/** A state's text with its items in one order, for their order is not hashed. */
function itemsOf(data: string): string {
  const { store, sessions } = JSON.parse(data) as { store: unknown[]; sessions: unknown[] };
  return [...store, ...sessions]
    .map((item) => JSON.stringify(item))
    .sort()
    .join();
}

describe('a command digest', () => {
  it('is equal for equal commands and differs when any part differs', () => {
    const base: ClientRequest = {
      operation: { f: 'write', key: 'x', value: 1 },
      session: { client: 'c1', serial: 1 },
    };
    const others: ClientRequest[] = [
      { ...base, operation: { f: 'append', key: 'x', value: 1 } },
      { ...base, operation: { f: 'write', key: 'y', value: 1 } },
      { ...base, operation: { f: 'write', key: 'x', value: '1' } },
      { ...base, session: { client: 'c1', serial: 2 } },
      { operation: base.operation },
    ];
    expect(commandDigest(structuredClone(base))).toBe(commandDigest(base));
    expect(new Set([base, ...others].map(commandDigest)).size).toBe(6);
  });
});
