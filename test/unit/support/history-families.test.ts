import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../../../src/history/codec.js';
import type { OperationEvent } from '../../../src/history/events.js';
import { Pairing } from '../../../src/history/pairing.js';
import {
  appendList,
  casRegister,
  check,
  counter,
  fifoQueue,
  type Model,
  mutex,
  type Scalar,
  set,
  stack,
} from '../../../src/linearizability-checker/index.js';
import { keyValues, registers } from '../../support/history-families/cells.js';
import { counters } from '../../support/history-families/counters.js';
import { generate } from '../../support/history-families/generate.js';
import { lists } from '../../support/history-families/lists.js';
import { mutexes } from '../../support/history-families/mutexes.js';
import { queues, stacks } from '../../support/history-families/queues.js';
import { sets } from '../../support/history-families/sets.js';
import type { Shape } from '../../support/history-families/shape.js';
import { deadValue, type Subject } from '../../support/history-families/subject.js';
import { linesOf, writeHistoryFile } from '../../support/history-families/write-history.js';
import { isLinearizable } from '../linearizability-checker/brute-force.js';

const heavy: Shape = { operations: 4000, clients: 20, overlap: 'heavy', values: 'unique' };

describe('clients of a generated history', () => {
  it('call in time order, in whole microseconds, one operation at a time, and no more after a crash', () => {
    const history = generate(registers, { ...heavy, crashed: 100 }, 1);
    const free = new Map<number | undefined, number>();
    let lastCall = 0;
    for (const operation of history) {
      expect(Number.isInteger(operation.call)).toBe(true);
      expect(operation.call).toBeGreaterThanOrEqual(lastCall);
      expect(operation.call).toBeGreaterThan(free.get(operation.process) ?? 0);
      free.set(operation.process, operation.return ?? Number.POSITIVE_INFINITY);
      lastCall = operation.call;
    }
    expect(history.length).toBe(4000);
    expect(history.filter((operation) => operation.return === undefined).length).toBe(100);
  });

  it('overlap as they are told: about 10 of 20 busy where thinking takes 5 ms, about 2 where it takes 45 ms', () => {
    for (const [overlap, least, most] of [
      ['heavy', 9, 13],
      ['light', 2, 3],
    ] as const) {
      const history = generate(registers, { ...heavy, overlap }, 2);
      const busyUs = history.reduce((sum, { call, return: end = call }) => sum + end - call, 0);
      const busy = busyUs / ((history.at(-1)?.call ?? 0) - (history[0]?.call ?? 0));
      expect(busy).toBeGreaterThan(least);
      expect(busy).toBeLessThan(most);
    }
  });

  it('ask for as many reads and compare-and-sets as the family says', () => {
    const shares = (history: readonly { readonly input: { readonly f: string } }[], f: string) =>
      history.filter(({ input }) => input.f === f).length / history.length;
    const few = generate(registers, { ...heavy, values: 'few' }, 3);
    expect(shares(few, 'read')).toBeCloseTo(0.5, 1);
    expect(shares(few, 'cas')).toBeCloseTo(0.25, 1);
    expect(few.filter(({ input, output }) => input.f === 'cas' && output === true).length).toBeGreaterThan(400);
    const pairs = generate(keyValues, { ...heavy, keys: 10 }, 3);
    expect(shares(pairs, 'cas')).toBeCloseTo(0.1, 1);
    expect(new Set(pairs.map(({ input }) => input.key)).size).toBe(10);
  });

  it('write no value twice where values are unique', () => {
    const written = generate(keyValues, { ...heavy, keys: 10 }, 4).flatMap(({ input }) =>
      'value' in input ? [input.value] : [],
    );
    expect(written.length).toBeGreaterThan(1500);
    expect(new Set(written).size).toBe(written.length);
  });

  it('do the same again with the same seed, and something else with another', () => {
    const shape: Shape = { ...heavy, crashed: 10, fault: 'subtle' };
    expect(generate(registers, shape, 5)).toEqual(generate(registers, shape, 5));
    expect(generate(registers, shape, 5)).not.toEqual(generate(registers, shape, 6));
  });
});

describe('the verdict of a generated history', () => {
  const shape: Shape = { operations: 12, clients: 3, overlap: 'heavy', values: 'unique' };
  const rare: Shape = { operations: 30, clients: 3, overlap: 'light', values: 'unique' };
  const judged = (extra: Partial<Shape>, seed: number) =>
    isLinearizable(casRegister(), generate(registers, { ...shape, ...extra }, seed));

  it('is legal where no fault was asked for, by a search through all orders', () => {
    for (let seed = 1; seed <= 100; seed++) {
      expect(judged({}, seed)).toBe(true);
      expect(judged({ values: 'few', crashed: 2 }, seed)).toBe(true);
    }
  });

  it('is illegal where a read got a dead value or one that nobody wrote, by a search through all orders', () => {
    for (let seed = 1; seed <= 100; seed++) {
      for (const fault of ['dead', 'never'] as const) expect(judged({ ...rare, fault, crashed: 1 }, seed)).toBe(false);
    }
  });

  it('is now this and now that where the fault is subtle', () => {
    const verdicts = Array.from({ length: 60 }, (_, seed) => judged({ ...rare, clients: 6, fault: 'subtle' }, seed));
    expect(new Set(verdicts).size).toBe(2);
  });

  it('is illegal with few values too, at any number of clients', () => {
    for (const clients of [5, 20, 50]) {
      const history = generate(registers, { ...heavy, operations: 1000, clients, values: 'few', fault: 'dead' }, 7);
      expect(check(casRegister(), history, { explain: 0 }).verdict).toBe('illegal');
    }
  });

  it('differs from the legal history in one answer, at 99 %', () => {
    const legal = generate(registers, heavy, 8);
    const spoilt = generate(registers, { ...heavy, fault: 'dead' }, 8);
    const changed = legal.flatMap(({ output }, index) => (spoilt[index]?.output === output ? [] : [index]));
    expect(changed.length).toBe(1);
    expect(changed[0]).toBeGreaterThanOrEqual(3960);
    expect(changed[0]).toBeLessThan(3980);
  });
});

describe('a dead value', () => {
  const at = (call: number, end?: number) => ({ input: {}, call, ...(end !== undefined && { return: end }) });
  const read = at(50, 60);

  it('is one that was surely overwritten before the read began', () => {
    const first = { value: 1, operation: at(0, 10) };
    expect(deadValue([first, { value: 2, operation: at(11, 49) }], read)).toBe(1);
    expect(deadValue([first, { value: 2, operation: at(10, 49) }], read)).toBeUndefined();
    expect(deadValue([first, { value: 2, operation: at(11, 50) }], read)).toBeUndefined();
  });

  it('is none that another producer may bring back, be it a crashed one', () => {
    const overwritten = [
      { value: 1, operation: at(0, 10) },
      { value: 2, operation: at(11, 20) },
    ];
    expect(deadValue([...overwritten, { value: 1, operation: at(60, 70) }], read)).toBeUndefined();
    expect(deadValue([...overwritten, { value: 1, operation: at(5) }], read)).toBeUndefined();
    expect(deadValue([...overwritten, { value: 1, operation: at(61, 70) }], read)).toBe(1);
  });
});

describe('histories of other objects', () => {
  const verdicts = <State, Input, Output>(
    subject: Subject<Input, Output>,
    model: () => Model<State, Input, Output>,
  ) => ({
    name: subject.name,
    of: (shape: Shape, seed: number) => check(model(), generate(subject, shape, seed), { explain: 0 }).verdict,
    brute: (shape: Shape, seed: number) => isLinearizable(model(), generate(subject, shape, seed)),
  });
  const objects = [
    verdicts(lists, appendList),
    verdicts(queues, fifoQueue),
    verdicts(stacks, stack),
    verdicts(sets, set),
    verdicts(counters, counter),
    verdicts(mutexes, mutex),
  ];

  it.each(objects)('$name: legal as made, illegal with an answer that is dead', ({ of, brute }) => {
    for (let seed = 1; seed <= 3; seed++) {
      expect(brute({ operations: 10, clients: 3, overlap: 'heavy' }, seed)).toBe(true);
      const shape: Shape = { operations: 1000, clients: 5, overlap: 'heavy' };
      expect(of(shape, seed)).toBe('legal');
      expect(of({ ...shape, fault: 'dead' }, seed)).toBe('illegal');
    }
  });
});

describe('a history file', () => {
  it('is what Assay reads back as the same operations', () => {
    const shape: Shape = { ...heavy, operations: 500, values: 'few', crashed: 10, fault: 'never' };
    const pairing = new Pairing();
    const answered = [...linesOf(generate(registers, shape, 9))].flatMap((line, index) => {
      const event = decodeEvent(line, { file: 'history.ndjson', line: index + 1 });
      return pairing.observe(event as OperationEvent) ?? [];
    });
    const read = [...answered, ...pairing.pending()].map(({ invoke, completion }) => [
      invoke.timeUs,
      invoke.process,
      invoke.f,
      invoke.value,
      completion?.timeUs,
      completion && (completion.error ?? completion.value ?? completion.kind),
    ]);
    const meant = generate(registers, shape, 9).map(({ call, process, input, output, return: end }) => [
      call,
      process,
      input.f,
      input.f === 'read' ? undefined : input.f === 'cas' ? [input.expected, input.value] : input.value,
      end,
      end === undefined ? undefined : answerOf(input.f, output),
    ]);
    expect(read.sort(([left], [right]) => Number(left) - Number(right))).toEqual(meant);
    expect(pairing.pending().length).toBe(10);
  });

  function answerOf(f: string, output: Scalar | undefined) {
    if (f === 'cas' && output === false) return 'cas-mismatch';
    return f === 'read' ? (output ?? 'ok') : 'ok';
  }

  it('is written to disk as it is made', () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-families-'));
    try {
      const path = join(folder, 'history.ndjson');
      expect(writeHistoryFile(path, sets, { operations: 300, clients: 5, overlap: 'light' }, 1)).toBe(300);
      const lines = readFileSync(path, 'utf8').split('\n');
      expect(lines.length).toBe(601);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ kind: 'invoke', f: expect.any(String) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
