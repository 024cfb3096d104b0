import { describe, expect, it } from 'vitest';
import { evidentModel } from '../../../src/checkers/interpret/evident-model.js';
import { type judgeAs, objectNamed } from '../../../src/checkers/interpret/models.js';
import { linearizability } from '../../../src/checkers/linearizability.js';
import type { RunEvent, Value } from '../../../src/history/events.js';
import { imported } from '../history/importers/import.js';
import { done, fail, info, invoke, ok } from './events.js';

/** `read 3` as an operation that answered 3; `write 3` as one that asked for it. */
function history(...operations: readonly (readonly [f: string, asked?: Value, answered?: Value])[]): RunEvent[] {
  return operations.flatMap(([f, asked, answered], index) => [
    invoke(10 * index, index, f, { ...(asked !== undefined && asked !== null && { value: asked }) }),
    ok(10 * index + 5, index, f, { value: answered ?? asked ?? null }),
  ]);
}

describe('the model of a history', () => {
  it.each([
    [
      'cas-register',
      [
        ['write', 1],
        ['read', null, 1],
        ['cas', [1, 2]],
      ],
    ],
    [
      'key-value',
      [
        ['put', 'a'],
        ['get', null, 'a'],
        ['append', 'b'],
      ],
    ],
    [
      'key-value',
      [
        ['append', 'x 0 0 y'],
        ['get', null, 'x 0 0 y'],
      ],
    ],
    [
      'append-list',
      [
        ['append', 1],
        ['read', null, [1]],
      ],
    ],
    [
      'set',
      [
        ['add', 1],
        ['read', null, [1]],
      ],
    ],
    [
      'set',
      [
        ['add', 1],
        ['remove', 1],
      ],
    ],
    [
      'counter',
      [
        ['add', 1],
        ['read', null, 1],
      ],
    ],
    [
      'counter',
      [
        ['add', 1],
        ['add', 1],
      ],
    ],
    [
      'bank',
      [
        ['open', { a: 1, b: 0 }],
        ['transfer', { from: 'a', to: 'b', amount: 1 }, { a: 0, b: 1 }],
        ['read', null, { a: 0, b: 1 }],
      ],
    ],
    ['counter', [['increment'], ['read', null, 1]]],
    [
      'fifo-queue',
      [
        ['enqueue', 1],
        ['dequeue', null, 1],
      ],
    ],
    [
      'stack',
      [
        ['push', 1],
        ['pop', null, 1],
      ],
    ],
    ['mutex', [['acquire'], ['release']]],
    ['fenced-lock', [['acquire', null, 7], ['release']]],
    ['list-append', [['txn', [['append', 'x', 1]]]]],
    [
      'rw-register',
      [
        [
          'txn',
          [
            ['w', 'x', 1],
            ['r', 'x', null],
          ],
        ],
      ],
    ],
    [
      'etcd',
      [
        ['range', { Type: 'range' }],
        ['leaseGrant', { Type: 'leaseGrant' }],
      ],
    ],
  ] as const)('is %s for %j', (model, operations) => {
    expect(evidentModel(history(...(operations as unknown as [string, Value?, Value?][]))).model).toBe(model);
  });

  it.each([
    [
      [
        ['add', 1],
        ['add', 2],
      ],
      /set or to a counter/,
    ],
    [
      [
        ['transfer', { from: 1, to: 2, amount: 3 }],
        ['read', null, { 1: 10 }],
      ],
      /--model bank --initial/,
    ],
    [[['generate', null, 4]], /unique ids/],
    [
      [
        ['broadcast', 4],
        ['read', null, [4]],
      ],
      /--model set/,
    ],
    [
      [
        ['write', 4],
        ['push', 3],
      ],
      /no model has all these/,
    ],
    [[['txn', [['r', 'x', null]]]], /only read/],
  ] as const)('is not evident for %j', (operations, because) => {
    const evidence = evidentModel(history(...(operations as unknown as [string, Value?, Value?][])));
    expect(evidence.model).toBeUndefined();
    expect(evidence.because).toMatch(because);
  });

  it('may be named otherwise', () => {
    expect(['register', 'kv-append', 'lin-kv', 'queue', 'nothing'].map(objectNamed)).toEqual([
      'cas-register',
      'key-value',
      'key-value',
      'fifo-queue',
      undefined,
    ]);
  });
});

const refused = (wayOut: RegExp) =>
  expect.objectContaining({ code: 'bad-argument', wayOut: expect.stringMatching(wayOut) });

describe('operations of every model', () => {
  const verdict = (model: Parameters<typeof judgeAs>[0], initial: Value | undefined, events: readonly RunEvent[]) => {
    const checker = linearizability({ model, ...(initial !== undefined && { initial }) });
    for (const event of events) checker.observe(event);
    return Promise.resolve(checker.conclude(5000)).then((result) => result.verdict);
  };

  it.each([
    [
      'cas-register',
      5,
      [
        ['read', null, 5],
        ['cas', [5, 6], true],
        ['get', null, 6],
      ],
      [['read', null, 4]],
    ],
    [
      'key-value',
      '',
      [
        ['get', null, ''],
        ['append', 'a'],
        ['put', 'b'],
        ['append', 'c'],
        ['get', null, 'bc'],
      ],
      [['get', null, 'a']],
    ],
    [
      'key-value',
      undefined,
      [
        ['put', 1],
        ['cas', [1, 2]],
        ['delete', null, true],
        ['get', null, null],
      ],
      [['get', null, 2]],
    ],
    [
      'append-list',
      undefined,
      [
        ['append', 1],
        ['append', 2],
        ['read', null, [1, 2]],
      ],
      [['read', null, [2, 1]]],
    ],
    [
      'set',
      undefined,
      [
        ['add', 1],
        ['add', 2],
        ['contains', 1, true],
        ['remove', 1],
        ['read', null, [2]],
      ],
      [['read', null, [1]]],
    ],
    [
      'fifo-queue',
      undefined,
      [
        ['enqueue', 1],
        ['enqueue', 2],
        ['dequeue', null, 1],
        ['drain', null, [2]],
      ],
      [['dequeue', null, 2]],
    ],
    [
      'stack',
      undefined,
      [
        ['push', 1],
        ['push', 2],
        ['pop', null, 2],
      ],
      [['pop', null, 2]],
    ],
    [
      'counter',
      3,
      [
        ['add', 2],
        ['increment', 2],
        ['decrement', 1],
        ['read', null, 6],
      ],
      [['read', null, 7]],
    ],
    [
      'bank',
      { 1: 10, 2: 0 },
      [
        // As Jepsen does: accounts are numbers, and the answer repeats the order.
        ['transfer', { from: 1, to: 2, amount: 3 }],
        ['read', null, { 1: 7, 2: 3 }],
        ['transfer', { from: 1, to: 2, amount: 3 }, { 1: 4, 2: 6 }],
      ],
      [['transfer', { from: 1, to: 2, amount: 1 }, { 1: 4, 2: 6 }]],
    ],
    ['mutex', false, [['acquire'], ['release'], ['lock']], [['acquire']]],
    [
      'reentrant-lock',
      undefined,
      [
        ['acquire', 'a'],
        ['acquire', 'a'],
        ['release', 'a'],
      ],
      [['acquire', 'b']],
    ],
    [
      'fenced-lock',
      undefined,
      [
        ['acquire', null, 3],
        ['release', { owner: 0, token: 3 }],
        ['acquire', null, { fence: 4 }],
      ],
      [['release', 3]],
    ],
  ] as const)('%s beginning with %j', async (model, initial, legal, surplus) => {
    const events = (operations: unknown) => history(...(operations as [string, Value?, Value?][]));
    expect(await verdict(model, initial, events(legal))).toBe('valid');
    expect(await verdict(model, initial, events([...legal, ...surplus]))).toBe('invalid');
  });

  it('a transfer that was refused for want of money or of an account is an observation, any other failed one is not', async () => {
    const failed = (error: string) =>
      verdict('bank', { a: 10, b: 0 }, [
        invoke(1, 0, 'transfer', { value: { from: 'a', to: 'b', amount: 3 } }),
        fail(2, 0, 'transfer', { error }),
        ...done(3, 4, 1, 'read', { value: { a: 10, b: 0 } }),
      ]);
    expect(await failed('insufficient-funds')).toBe('invalid');
    expect(await failed('no-such-account')).toBe('invalid');
    expect(await failed('no-leader')).toBe('valid');
  });

  it.each([
    ['open', { value: [1] }, /opens with numbers by account/],
    ['read', { value: { a: 'all' } }, /must answer numbers by account/],
    ['transfer', { value: { from: 'a', to: 'b' } }, /needs the value \{from, to, amount\}/],
    ['transfer', {}, /needs the value \{from, to, amount\}/],
    ['deposit', { value: 1 }, /a bank has no operation "deposit"/],
  ] as const)("a bank's %s with %j is refused", async (f, given, message) => {
    await expect(async () => verdict('bank', undefined, done(1, 2, 0, f, given))).rejects.toThrow(message);
  });

  it('a drain of unknown outcome, a first value that cannot be, an operation of another model are refused', async () => {
    const drained = [invoke(1, 0, 'drain'), info(2, 0, 'drain')];
    await expect(async () => verdict('fifo-queue', undefined, drained)).rejects.toThrow(/any number of values/);
    expect(() => linearizability({ model: 'set', initial: [1] })).toThrow(refused(/begins empty/));
    expect(() => linearizability({ model: 'counter', initial: 'x' })).toThrow(refused(/begins with a number/));
    expect(() => linearizability({ model: 'bank', initial: { a: 'x' } })).toThrow(refused(/numbers by account/));
    expect(() => linearizability({ model: 'cas-register', initial: [1] })).toThrow(refused(/it is one value/));
    await expect(async () => verdict('stack', undefined, done(1, 2, 0, 'write', { value: 1 }))).rejects.toThrow(
      /a stack has no operation "write"/,
    );
  });
});

describe("etcd's store", () => {
  interface Given {
    readonly then: readonly object[];
    readonly otherwise?: readonly object[];
    readonly conditions?: readonly object[];
  }
  const put = (Key: string, text: string) => ({ Type: 'put-operation', Put: { Key, Value: { Value: text } } });
  const remove = (Key: string) => ({ Type: 'delete-operation', Delete: { Key } });
  const get = (Start: string) => ({ Type: 'range-operation', Range: { Start, End: '' } });
  const txn = ({ then, otherwise = [], conditions = [] }: Given) => ({
    Type: 'txn',
    Txn: { Conditions: conditions, OperationsOnSuccess: then, OperationsOnFailure: otherwise },
  });
  const range = (Start: string, End = '') => ({ Type: 'range', Range: { Start, End, Limit: 0, Revision: 0 } });
  const found = (Revision: number, ...pairs: readonly (readonly [key: string, text: string, revision: number])[]) => ({
    Range: {
      KVs: pairs.map(([Key, text, ModRevision]) => ({ Key, Value: { Value: text }, ModRevision })),
      Count: pairs.length,
    },
    Revision,
  });
  const wrote = (Revision: number, results: readonly object[] = [{}], Failure = false) => ({
    Txn: { Failure, Results: results },
    Revision,
  });

  /** One operation after another, each by a client of its own; without an output, nobody knows. */
  const judge = async (...operations: readonly (readonly [input: object, output?: object])[]) => {
    const text = operations.map(([Input, Output], index) =>
      JSON.stringify({
        ClientId: index,
        Input,
        Call: 10_000 * index,
        Output: Output ?? { Error: 'timeout' },
        Return: Output ? 10_000 * index + 5000 : 0,
      }),
    );
    const checker = linearizability({ model: 'etcd' });
    for (const event of imported(text.join('\n')).events) checker.observe(event);
    const { verdict, summary } = await checker.conclude(5000);
    return { verdict, summary };
  };

  it('answers ranges, puts, deletes and transactions with the revision of the whole', async () => {
    const legal = [
      [range('a'), found(1)],
      [txn({ then: [put('a', '1')] }), wrote(2)],
      [txn({ then: [put('b', '2'), get('a')] }), wrote(3, [{}, found(0, ['a', '1', 2]).Range])],
      [range('a', 'c'), found(3, ['a', '1', 2], ['b', '2', 3])],
      [txn({ conditions: [{ Key: 'a', ExpectedRevision: 2 }], then: [remove('a')] }), wrote(4, [{ Deleted: 1 }])],
      [
        txn({ conditions: [{ Key: 'a', ExpectedRevision: 2 }], then: [put('a', '3')], otherwise: [get('a')] }),
        wrote(4, [found(0).Range], true),
      ],
      [range('a'), found(4)],
    ] as const;
    expect((await judge(...legal)).verdict).toBe('valid');
    // Each of these contradicts what was acknowledged before.
    for (const wrong of [
      [range('b'), found(4, ['b', '1', 3])],
      [range('b'), found(4)],
      [range('b'), found(3, ['b', '2', 3])],
      [range('b'), found(4, ['b', '2', 2])],
      [range('a', 'c'), found(4, ['a', '1', 2], ['b', '2', 3])],
      [txn({ then: [put('a', '4')] }), wrote(4)],
      [txn({ then: [remove('a')] }), wrote(4, [{ Deleted: 1 }])],
    ] as const) {
      expect((await judge(...legal, wrong)).verdict, JSON.stringify(wrong)).toBe('invalid');
    }
  });

  it('may or may not have carried out what was answered with an error', async () => {
    const lost = [txn({ then: [put('a', '1')] })] as const;
    expect((await judge(lost, [range('a'), found(1)])).verdict).toBe('valid');
    expect((await judge(lost, [range('a'), found(2, ['a', '1', 2])])).verdict).toBe('valid');
    expect((await judge(lost, [range('a'), found(2, ['a', '1', 2])], [range('a'), found(1)])).verdict).toBe('invalid');
  });

  it('deletes the keys of a lease with it', async () => {
    const leased = { Type: 'put-operation', Put: { Key: 'a', Value: { Value: '1' }, LeaseID: 7 } };
    const granted = [
      [
        { Type: 'leaseGrant', LeaseGrant: { LeaseID: 7 } },
        { LeaseGrant: {}, Revision: 1 },
      ],
      [txn({ then: [leased] }), wrote(2)],
      [
        { Type: 'leaseRevoke', LeaseRevoke: { LeaseID: 7 } },
        { LeaseRevoke: {}, Revision: 3 },
      ],
    ] as const;
    expect((await judge(...granted, [range('a'), found(3)])).verdict).toBe('valid');
    expect((await judge(...granted, [range('a'), found(3, ['a', '1', 2])])).verdict).toBe('invalid');
  });

  it("where other clients' operations are missing judges what is left, and says so", async () => {
    const gap = [
      [range('a'), found(1)],
      [txn({ then: [put('a', '20')] }), wrote(21)],
    ] as const;
    const judged = await judge(...gap, [range('a'), found(30, ['a', '9', 25])]);
    expect(judged.verdict).toBe('valid');
    expect(judged.summary).toContain("other clients' operations are missing");
    expect((await judge(...gap, [range('a'), found(21, ['a', '9', 20])])).verdict).toBe('invalid');
    expect((await judge(...gap, [range('a'), found(20)])).verdict).toBe('invalid');
  });

  it('keeps long values by their hash', async () => {
    const text = 'x'.repeat(20);
    const hashed = {
      Range: { KVs: [{ Key: 'a', Value: { Hash: 2364203069 }, ModRevision: 2 }], Count: 1 },
      Revision: 2,
    };
    const plain = found(2, ['a', text, 2]);
    expect((await judge([txn({ then: [put('a', text)] }), wrote(2)], [range('a'), plain])).verdict).toBe('valid');
    expect((await judge([txn({ then: [put('a', text)] }), wrote(2)], [range('a'), hashed])).verdict).toBe('invalid');
  });
});
