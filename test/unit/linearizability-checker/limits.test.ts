import { describe, expect, it } from 'vitest';
import { checkTransactions } from '../../../src/checkers/transactions/index.js';
import { LOOK } from '../../../src/linearizability-checker/deadline.js';
import {
  appendList,
  type CheckResult,
  casRegister,
  check,
  counter,
  fifoQueue,
  keyValue,
  type Model,
  mutex,
  type Operation,
  set,
  stack,
  weakerModels,
} from '../../../src/linearizability-checker/index.js';
import { transactionsHistory } from '../../bench/transactions.bench.js';
import { keyValues, registers } from '../../support/history-families/cells.js';
import { counters } from '../../support/history-families/counters.js';
import { generate } from '../../support/history-families/generate.js';
import { lists } from '../../support/history-families/lists.js';
import { mutexes } from '../../support/history-families/mutexes.js';
import { queues, stacks } from '../../support/history-families/queues.js';
import { sets } from '../../support/history-families/sets.js';
import type { Shape } from '../../support/history-families/shape.js';
import type { Subject } from '../../support/history-families/subject.js';

const SIZE = 20_000;
const SHAPE = { operations: SIZE, clients: 5, overlap: 'light' } as const;

interface Limits {
  readonly timeoutMs?: number;
  readonly now: () => number;
}

interface Path {
  /** Whether all was decided. */
  readonly run: (limits: Limits) => boolean;
  /** So many passes over the operations look at the clock. */
  readonly passes: number;
}

function checked<State, Input, Output>(
  subject: Subject<Input, Output>,
  model: Model<State, Input, Output>,
  shape: Partial<Shape>,
  passes: number,
): Path {
  const operations = generate(subject, { ...SHAPE, ...shape }, 1);
  return { passes, run: (limits) => check(model, operations, { explain: 0, ...limits }).verdict !== 'unknown' };
}

/** A single client's history, by one process. */
function alone(): Operation<{ readonly f: 'write'; readonly value: number }, null>[] {
  return Array.from({ length: SIZE }, (_, index) => ({
    process: 0,
    input: { f: 'write', value: index },
    output: null,
    call: 2 * index,
    return: 2 * index + 1,
  }));
}

const PATHS: Readonly<Record<string, Path>> = {
  'a register with unique values': checked(registers, casRegister(), { values: 'unique' }, 16),
  'a register with few values': checked(registers, casRegister(), { values: 'few' }, 37),
  'a queue': checked(queues, fifoQueue(), {}, 22),
  'a stack': checked(stacks, stack(), {}, 22),
  'a set': checked(sets, set(), {}, 16),
  'a counter': checked(counters, counter(), {}, 32),
  'a mutex': checked(mutexes, mutex(), {}, 16),
  'many keys': checked(keyValues, keyValue(), { values: 'unique', keys: 200 }, 715),
  'append lists': checked(lists, appendList(), { keys: 20 }, 1065),
  'weaker models': {
    passes: 34,
    run: (limits) => weakerModels(casRegister(), alone(), limits).every(({ verdict }) => verdict === 'holds'),
  },
  'transactions over lists': {
    passes: 52,
    run: (limits) =>
      checkTransactions(transactionsHistory('list-append', SIZE / 4, 20, 0), { model: 'list-append', ...limits })
        .verdict !== 'unknown',
  },
  'transactions over registers': {
    passes: 39,
    run: (limits) =>
      checkTransactions(transactionsHistory('rw-register', SIZE / 4, 20, 0), { model: 'rw-register', ...limits })
        .verdict !== 'unknown',
  },
};

function violated<State, Input, Output>(
  subject: Subject<Input, Output>,
  model: Model<State, Input, Output>,
  shape: Partial<Shape>,
): (limits: Limits) => CheckResult {
  const operations = generate(subject, { ...SHAPE, fault: 'dead', ...shape }, 1);
  return (limits) => check(model, operations, limits);
}

const VIOLATED = {
  'a register with unique values': violated(registers, casRegister(), { values: 'unique' }),
  'a register with few values': violated(registers, casRegister(), { values: 'few' }),
  'a queue': violated(queues, fifoQueue(), {}),
  'a set': violated(sets, set(), {}),
};

/** A clock that goes on by one whenever it is looked at. */
function counting(): { readonly now: () => number; readonly looks: () => number } {
  let looks = 0;
  return { now: () => looks++, looks: () => looks };
}

describe('a time limit', () => {
  for (const [name, { run, passes }] of Object.entries(PATHS)) {
    it(`is looked at in every pass over ${name}`, () => {
      const clock = counting();
      expect(run({ now: clock.now })).toBe(true);
      expect((clock.looks() * LOOK) / SIZE).toBeGreaterThan(passes);
    });

    it(`ends the work on ${name} wherever it is`, () => {
      const whole = counting();
      run({ now: whole.now });
      for (let part = 1; part < 12; part++) {
        const clock = counting();
        const timeoutMs = Math.floor((whole.looks() * part) / 12);
        expect(run({ now: clock.now, timeoutMs })).toBe(false);
        // What is told at the end may look at it once more for each key.
        expect(clock.looks()).toBeLessThan(timeoutMs + 300);
      }
    });
  }

  for (const [name, run] of Object.entries(VIOLATED)) {
    it(`ends the explanation of ${name} wherever it is`, () => {
      const whole = counting();
      expect(run({ now: whole.now }).partitions[0]?.violation?.minimal).toBe(true);
      let told = 0;
      for (let part = 1; part < 12; part++) {
        const clock = counting();
        const timeoutMs = Math.floor((whole.looks() * part) / 12);
        const { verdict, partitions } = run({ now: clock.now, timeoutMs });
        if (verdict === 'illegal') {
          told++;
          expect(partitions[0]?.violation?.operations.length).toBeGreaterThan(0);
        } else expect(verdict).toBe('unknown');
        expect(clock.looks()).toBeLessThan(timeoutMs + 100);
      }
      expect(told).toBeGreaterThan(0);
    });
  }
});
