import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  casRegister,
  type KeyValueInput,
  type KeyValueOutput,
  keyValue,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
} from '../../../src/linearizability-checker/index.js';
import type { MonitoredHistory } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { RegisterSweep } from '../../../src/linearizability-checker/register/sweep.js';
import { uniqueWritesMonitor } from '../../../src/linearizability-checker/register/unique.js';
import { registerHistory as viewOf } from '../../../src/linearizability-checker/register/view.js';
import { isLinearization } from '../../../src/linearizability-checker/witness.js';
import { isLinearizable } from './brute-force.js';
import { coreIsIllegal } from './core.js';
import { type RegisterHistory, registerHistory, spoilRegister } from './histories.js';
import { prefix } from './prefix.js';
import { streamed } from './streamed.js';

const CASES = 3000;

function smallHistory(seed: number) {
  const random = new Random(seed);
  const shape = { operations: random.int(3, 9), clients: random.int(2, 4), times: random.int(4, 40), values: 0 };
  const rates = { crashes: random.pick([0, 0.15, 0.4]), cas: random.pick([0, 0.25, 0.4]) };
  return spoilRegister(seed, registerHistory(seed, { ...shape, ...rates }));
}

const problemFor = (history: RegisterHistory) => problemOf(casRegister(), history, Int32Array.from(history.keys()));

/** A register with the monitor of unique writes for its own. */
const monitored = {
  ...casRegister(),
  monitor(history: MonitoredHistory<RegisterInput, RegisterOutput>) {
    const view = viewOf(history, casRegister());
    return view && uniqueWritesMonitor(view, history.pulse);
  },
};

/** Of an illegal history. */
const core = (...history: RegisterHistory) => {
  const problem = problemFor(history);
  const result = monitored.monitor({ ...problem, pulse() {} });
  return result?.verdict === 'illegal' ? result.core.toSorted((left, right) => left - right) : undefined;
};
const write = (value: number, call: number, returned = call + 1): RegisterHistory[number] => ({
  input: { f: 'write', value },
  call,
  return: returned,
});
const cas = (expected: number, value: number, call: number, returned = call + 1): RegisterHistory[number] => ({
  input: { f: 'cas', expected, value },
  output: true,
  call,
  return: returned,
});
const read = (value: number | null, call: number, returned = call + 1): RegisterHistory[number] => ({
  input: { f: 'read' },
  output: value,
  call,
  return: returned,
});

describe('the monitor of unique writes', () => {
  it('names the return at which a history became illegal, and not an earlier or later one', () => {
    let named = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const problem = problemFor(smallHistory(seed));
      const view = viewOf(problem, casRegister());
      const result = view && uniqueWritesMonitor(view, () => {});
      if (result?.verdict !== 'illegal' || result.failedAt === undefined) continue;
      named++;
      const legal = [result.failedAt - 1, result.failedAt].map((rank) =>
        isLinearizable(casRegister(), prefix(problem, rank)),
      );
      expect(legal, `seed ${seed}`).toEqual([true, false]);
    }
    expect(named).toBeGreaterThan(CASES / 10);
  });

  it('names operations that contradict one another, whatever became of the rest', () => {
    // A compare-and-set that was refused counts as not there.
    const verdicts = Array.from({ length: CASES }, (_, seed) =>
      coreIsIllegal(
        monitored,
        smallHistory(seed + 1).filter(({ output }) => output !== false),
      ),
    );
    expect(verdicts.indexOf(false)).toBe(-1);
    expect(verdicts.filter((verdict) => verdict === true).length).toBeGreaterThan(CASES / 10);
  });

  it('names no others beside them', () => {
    expect(core(read(null, 0), read(9, 2))).toEqual([1]);
    expect(core(read(null, 0), write(1, 2), read(null, 4))).toEqual([1, 2]);
    expect(core(read(null, 0), write(1, 2), write(2, 4), read(1, 6))).toEqual([1, 2, 3]);
    // It was read between the two, and its write was still running.
    expect(core(read(null, 0), write(1, 1, 20), read(1, 2), write(2, 4), read(1, 6))).toEqual([1, 2, 3, 4]);
    expect(core(read(null, 0), write(1, 2), cas(1, 2, 4, 9), cas(1, 3, 4, 9))).toEqual([2, 3]);
    expect(core(read(null, 0), write(1, 2), cas(1, 2, 4), read(1, 6))).toEqual([1, 2, 3]);
    expect(core(read(null, 0), cas(2, 1, 2, 9), cas(1, 2, 3, 9), write(3, 4))).toEqual([1, 2]);
  });

  it('names of a chain what is between its first return and its latest call', () => {
    // From the write of 1 to the read of 3, with 9 between; that 4 came next does not matter.
    const until3 = [write(1, 2), cas(1, 2, 4, 30), cas(2, 3, 5, 31), write(9, 8), read(3, 10, 14)];
    expect(core(read(null, 0), ...until3, cas(3, 4, 6, 32), read(4, 7, 12))).toEqual([1, 2, 3, 4, 5]);
    // The other way round: 2 returned before the last read of 9, which returned before that of 1 was called.
    const from1 = [write(1, 2, 20), cas(1, 2, 3, 10), write(9, 4), read(1, 7, 12), read(9, 11, 13)];
    expect(core(read(null, 0), ...from1, cas(2, 3, 5, 30))).toEqual([1, 2, 3, 4, 5]);
  });

  it('puts a compare-and-set that did not find the first value behind the first write', () => {
    const refused: RegisterHistory[number] = {
      input: { f: 'cas', expected: null, value: 5 },
      output: false,
      call: 0,
      return: 9,
    };
    const result = monitored.monitor({ ...problemFor([refused, write(1, 2)]), pulse() {} });
    expect(result?.verdict === 'legal' && result.order).toEqual([1, 0]);
  });

  it('decides where values are written again, once nobody can see them any more', () => {
    const lost: RegisterHistory = [{ input: { f: 'write', value: 99 }, call: 0 }];
    const again = Array.from({ length: 200 }, (_, index) => [
      write(index % 20, 4 * index + 1),
      read(index % 20, 4 * index + 3),
    ]);
    for (const history of [again.flat(), [...lost, ...again.flat()]]) {
      expect(monitored.monitor({ ...problemFor(history), pulse() {} })?.verdict).toBe('legal');
    }
    const running: RegisterHistory = [write(99, 0, 1000), ...again.flat()];
    expect(monitored.monitor({ ...problemFor(running), pulse() {} })).toBe(undefined);
  });

  it('lets an operation find whatever was there while it was running, however long ago', () => {
    const writes = Array.from({ length: 60 }, (_, index) => write(index + 1, 4 * index + 1));
    for (const value of [null, 1, 2, 30, 60]) {
      expect(monitored.monitor({ ...problemFor([read(value, 0, 1000), ...writes]), pulse() {} })?.verdict).toBe(
        'legal',
      );
      // The first to be called is another one.
      const [first, ...others] = [write(99, 0, 0.5), read(value, 2.5, 1000)];
      const late = [first as RegisterHistory[number], ...others, ...writes];
      const legal = value === null || value === 0 ? 'illegal' : 'legal';
      expect(monitored.monitor({ ...problemFor(late), pulse() {} })?.verdict).toBe(legal);
    }
  });

  it('names the return at which it became illegal while there is something running that nobody saw', () => {
    const { readOnly: _, ...model } = casRegister();
    const history: RegisterHistory = [{ input: { f: 'read' }, call: 0 }, write(1, 1), read(2, 3), read(1, 5)];
    const problem = problemOf(model, history, Int32Array.from(history.keys()));
    expect(monitored.monitor({ ...problem, pulse() {} })).toMatchObject({ failedAt: problem.returnRank[2] });
    // Refused updates are judged last, and it may have been one of them that made it illegal earlier.
    const refused = { ...cas(7, 8, 0), output: false };
    for (const [place, failedAt] of [
      [0, undefined],
      [10, 4],
    ] as const) {
      const withRefused = [{ ...refused, call: place, return: place + 1 }, write(1, 1), read(2, 3), read(1, 5)];
      const ranked = problemFor(withRefused);
      const result = monitored.monitor({ ...ranked, pulse() {} });
      expect(result?.verdict === 'illegal' && result.failedAt).toBe(failedAt && ranked.returnRank[2]);
    }
  });

  it('does so not while an update is running that will be refused, but after it', () => {
    // A delete that finds nothing is a read; nobody knew that before it answered.
    const failedAt = (call: number, returned: number) => {
      const history: Operation<KeyValueInput, KeyValueOutput>[] = [
        { input: { f: 'delete', key: 'k' }, output: false, call, return: returned },
        { input: { f: 'get', key: 'k' }, output: 'x', call: 3, return: 4 },
      ];
      const problem = problemOf(keyValue(), history, Int32Array.of(0, 1));
      const view = viewOf(problem, keyValue());
      const result = view && uniqueWritesMonitor(view, () => {});
      return result?.verdict === 'illegal' && problem.returnRank.indexOf(result.failedAt ?? -1);
    };
    expect([failedAt(0, 1), failedAt(0, 9), failedAt(5, 9)]).toEqual([1, -1, 1]);
  });

  it('looks at the clock on the way, but not at every event', () => {
    let pulses = 0;
    const pulse = () => pulses++;
    monitored.monitor({ ...problemFor(Array.from({ length: 20_000 }, (_, index) => write(index, 2 * index))), pulse });
    // Each pass over the operations makes ten, and so do the tracker's columns together.
    expect(pulses).toBeGreaterThan(60);
    expect(pulses).toBeLessThan(100);
  });

  it('agrees with the sweep over histories that are long enough for values to end, whole and as a stream', () => {
    const seen = { legal: 0, illegal: 0, streamed: 0 };
    for (let seed = 1; seed <= 250; seed++) {
      const random = new Random(seed);
      const legal = registerHistory(seed, {
        operations: random.int(20, 100),
        clients: random.int(2, 6),
        crashes: random.pick([0, 0, 0.03]),
        times: random.int(6, 40),
        values: 0,
        cas: random.pick([0, 0.3, 0.5]),
        reads: random.pick([0.3, 0.6]),
      });
      const history = random.chance(0.7) ? spoilRegister(seed, legal) : legal;
      const problem = problemFor(history);
      const view = viewOf(problem, casRegister());
      if (view === undefined) throw new Error('a register is none');
      const result = uniqueWritesMonitor(view, () => {});
      const outcome = new RegisterSweep(view).run(Number.POSITIVE_INFINITY);
      if (result) {
        expect(result.verdict, `seed ${seed}`).toBe(outcome?.verdict);
        seen[result.verdict]++;
        if (result.verdict === 'legal') expect(isLinearization(casRegister(), problem, result.order)).toBe(true);
      }
      const stream = streamed(casRegister(), history);
      expect(stream.verdict, `seed ${seed}`).toBe(outcome?.verdict);
      if (stream.partitions[0]?.algorithm === 'unique-writes monitor') seen.streamed++;
    }
    expect(seen.legal).toBeGreaterThan(60);
    expect(seen.illegal).toBeGreaterThan(60);
    expect(seen.streamed).toBeGreaterThan(180);
  });
});
