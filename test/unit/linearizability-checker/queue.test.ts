import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  check,
  fifoQueue,
  type Operation,
  type QueueInput,
  type QueueOutput,
} from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { queueHistory, spoilContainer, tangledHistory, uncertainHistory } from './container-histories.js';
import { coreIsIllegal, judgedWithout, judgedWithoutReturns, monitored } from './core.js';

type Op = Operation<QueueInput, QueueOutput>;

const CASES = 2000;

const enqueue = (value: number, call: number, returned?: number): Op => ({
  input: { f: 'enqueue', value },
  call,
  ...(returned !== undefined && { return: returned }),
});
const dequeue = (value: number | null, call: number, returned: number): Op => ({
  input: { f: 'dequeue' },
  output: value,
  call,
  return: returned,
});
const crashedDequeue = (call: number): Op => ({ input: { f: 'dequeue' }, call });

/** The verdict of the monitor: a history that it leaves to the search fails the test. */
function verdict(...history: Op[]) {
  const result = check(fifoQueue(), history, { explain: 0 });
  expect(result.partitions[0]?.algorithm).toBe('fifo-queue monitor');
  return result.verdict;
}

/** What contradicts in an illegal history, as its monitor says. */
function core(...history: Op[]) {
  const { problem, result } = monitored(fifoQueue(), history);
  if (result?.verdict !== 'illegal') return undefined;
  return result.core.map((op) => problem.sources[op] as number).sort((left, right) => left - right);
}

describe('a first-in-first-out queue', () => {
  it('gives values back in the order in which they surely came', () => {
    const both = [enqueue(1, 0, 1), enqueue(2, 2, 3)];
    expect(verdict(...both, dequeue(1, 4, 5), dequeue(2, 6, 7))).toBe('legal');
    expect(verdict(...both, dequeue(2, 4, 5), dequeue(1, 6, 7))).toBe('illegal');
    expect(verdict(enqueue(1, 0, 2), enqueue(2, 2, 3), dequeue(2, 4, 5), dequeue(1, 6, 7))).toBe('legal');
    expect(verdict(...both, dequeue(2, 4, 6), dequeue(1, 6, 7))).toBe('legal');
  });

  it('gives no value that was not enqueued by then, and none twice', () => {
    expect(verdict(enqueue(1, 0, 1), dequeue(9, 2, 3))).toBe('illegal');
    expect(verdict(dequeue(1, 0, 1), enqueue(1, 2, 3))).toBe('illegal');
    expect(verdict(enqueue(1, 0, 1), dequeue(1, 2, 3), dequeue(1, 2, 3))).toBe('illegal');
  });

  it('is empty only at a moment when nothing is surely inside', () => {
    expect(verdict(enqueue(1, 0, 1), dequeue(null, 2, 3))).toBe('illegal');
    expect(verdict(enqueue(1, 0, 1), dequeue(null, 2, 5), dequeue(1, 4, 6))).toBe('legal');
    // One value after another was inside, all the time.
    const relay = [enqueue(1, 0, 1), enqueue(2, 2, 3), dequeue(1, 4, 5), dequeue(2, 6, 7)];
    expect(verdict(...relay, dequeue(null, 1.5, 5.5))).toBe('illegal');
    expect(verdict(...relay, dequeue(null, 1.5, 6))).toBe('legal');
  });

  it('is empty several times at one moment, and again after what came then', () => {
    const first = [enqueue(1, 0, 1), dequeue(null, 2, 10), dequeue(null, 3, 10), dequeue(1, 4, 5)];
    const second = [enqueue(2, 12, 13), dequeue(2, 14, 15), dequeue(null, 16, 17)];
    const { result } = monitored(fifoQueue(), [...first, ...second]);
    expect(result).toMatchObject({ verdict: 'legal', order: [0, 3, 1, 2, 4, 5, 6] });
  });

  it('loses no value that was overtaken, but as many as there are dequeues without an answer by then', () => {
    const overtaken = [enqueue(1, 0, 1), enqueue(2, 2, 3), enqueue(3, 4, 5), dequeue(3, 6, 7)];
    expect(verdict(...overtaken)).toBe('illegal');
    expect(verdict(...overtaken, crashedDequeue(6))).toBe('illegal');
    expect(verdict(...overtaken, crashedDequeue(6), crashedDequeue(0))).toBe('legal');
    expect(verdict(...overtaken, crashedDequeue(6), crashedDequeue(8))).toBe('illegal');
    expect(verdict(enqueue(1, 0, 1), dequeue(null, 3, 4), crashedDequeue(2))).toBe('legal');
    expect(verdict(enqueue(1, 0, 1), dequeue(null, 3, 4), crashedDequeue(5))).toBe('illegal');
  });

  it('gives something to a dequeue that returned, though nobody knows what', () => {
    const lost: Op = { input: { f: 'dequeue' }, call: 2, return: 3 };
    expect(check(fifoQueue(), [enqueue(1, 0, 1), lost, dequeue(1, 4, 5)]).verdict).toBe('illegal');
    expect(check(fifoQueue(), [enqueue(1, 0, 1), lost, dequeue(null, 4, 5)]).verdict).toBe('legal');
  });

  it('may hold what an enqueue without a return left there, from its call on', () => {
    expect(verdict(enqueue(1, 5), dequeue(null, 6, 7), dequeue(1, 8, 9))).toBe('legal');
    expect(verdict(enqueue(1, 5), dequeue(1, 3, 4))).toBe('illegal');
  });

  it('names what contradicts: a value, what removed it, and what was removed too early', () => {
    const both = [enqueue(1, 0, 1), enqueue(2, 2, 3)];
    expect(core(...both, dequeue(2, 4, 5), dequeue(1, 6, 7))).toEqual([0, 2, 3]);
    expect(core(...both, dequeue(2, 4, 5), enqueue(4, 8, 9))).toEqual([0, 2]);
    expect(core(...both, dequeue(2, 4, 5), crashedDequeue(6))).toEqual([0, 2]);
    // One may have been taken by what never returned.
    const three = [...both, enqueue(3, 4, 5), dequeue(3, 6, 7), enqueue(4, 8, 9)];
    expect(core(...three, crashedDequeue(6))).toEqual([0, 1, 3]);
    expect(core(...three, crashedDequeue(8), crashedDequeue(6.5), crashedDequeue(9))).toEqual([0, 1, 3]);
    expect(core(...three, crashedDequeue(8), crashedDequeue(9))).toEqual([0, 3]);
  });

  it('names of an answer that it was empty the values that were inside, one after another', () => {
    const relay = [enqueue(1, 0, 1), enqueue(2, 2, 3), dequeue(1, 4, 5), dequeue(2, 6, 7)];
    expect(core(...relay, dequeue(null, 1.5, 5.5))).toEqual([0, 1, 2, 3, 4]);
    expect(core(...relay, dequeue(null, 1.5, 3.5))).toEqual([0, 2, 4]);
    expect(core(...relay, enqueue(3, 3, 4), dequeue(null, 8, 9))).toEqual([4, 5]);
    expect(core(enqueue(1, 0, 1), enqueue(2, 8, 9), dequeue(1, 6, 7), dequeue(null, 2, 3))).toEqual([0, 2, 3]);
    // Values that nobody removed: more of them than there are dequeues without an answer by then.
    const lost = [enqueue(1, 0, 1), enqueue(2, 2, 3), enqueue(3, 4, 5)];
    expect(core(...lost, crashedDequeue(0), dequeue(null, 6, 7))).toEqual([0, 1, 4]);
    expect(core(...lost, crashedDequeue(8), dequeue(null, 6, 7))).toEqual([0, 1, 4]);
  });

  it('gave a value that left early to the dequeue without an answer, not to one that came too late', () => {
    const late = dequeue(1, 20, 21);
    const history = [enqueue(1, 1, 2), enqueue(3, 2.5, 10), dequeue(3, 12, 13), enqueue(2, 3, 4), late];
    expect(judgedWithout(fifoQueue(), [...history, crashedDequeue(0)], new Set([late]))).toBe('legal');
    expect(judgedWithout(fifoQueue(), [...history, crashedDequeue(14)], new Set([late]))).toBe('illegal');
    const empty = [enqueue(1, 0, 1), enqueue(2, 4, 5), late, dequeue(null, 2, 3)];
    expect(judgedWithout(fifoQueue(), [...empty, crashedDequeue(0)], new Set([late]))).toBeUndefined();
    expect(judgedWithout(fifoQueue(), [...empty, dequeue(null, 6, 7), crashedDequeue(9)], new Set([late]))).toBe(
      'illegal',
    );
  });

  it('is one of many, by key', () => {
    const of = (key: string, operation: Op): Op => ({ ...operation, input: { ...operation.input, key } });
    expect(verdict(of('a', enqueue(1, 0, 1)), of('b', dequeue(null, 2, 3)))).toBe('legal');
    expect(verdict(of('a', enqueue(1, 0, 1)), of('a', dequeue(null, 2, 3)))).toBe('illegal');
  });

  it('says what its operations did', () => {
    const { describe: say } = fifoQueue();
    expect(say?.({ f: 'enqueue', value: 'x' }, null)).toBe('enqueue("x")');
    expect(say?.({ f: 'dequeue' }, 'x')).toBe('dequeue() = "x"');
    expect(say?.({ f: 'dequeue' }, null)).toBe('dequeue() = empty');
    expect(say?.({ f: 'dequeue' }, undefined)).toBe('dequeue() = ?');
  });
});

describe('the queue monitor agrees with trying every order', () => {
  const tangled = (seed: number) =>
    tangledHistory<QueueInput>(seed, 4 + (seed % 6), (value) => ({ f: 'enqueue', value }), { f: 'dequeue' });

  it('on histories of a queue, spoilt or not, with unique values and with equal ones', () => {
    const census = compareWithBruteForce(
      CASES,
      () => fifoQueue(),
      (seed) => {
        const random = new Random(seed);
        const history = queueHistory(seed, {
          operations: random.int(3, 9),
          clients: random.int(2, 4),
          crashes: random.pick([0, 0.15, 0.4]),
          times: random.int(4, 40),
          values: random.pick([0, 0, 0, 3]),
          insertions: random.pick([0.5, 0.6]),
        });
        return random.chance(0.6) ? spoilContainer(seed, history) : history;
      },
    );
    expect(census.legal).toBeGreaterThan(CASES / 2);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThan(CASES / 2);
  });

  it('on tangled histories, with crashed dequeues too: it decides every one', () => {
    const census = compareWithBruteForce(CASES, () => fifoQueue(), tangled);
    expect(census.legal).toBeGreaterThan(CASES / 2);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBe(CASES);
  });

  it('where answers are known of operations without a return: they happened so, or not at all', () => {
    const verdicts = { legal: 0, illegal: 0, undefined: 0 };
    for (let seed = 1; seed <= CASES; seed++) {
      verdicts[`${judgedWithoutReturns(new Random(seed), fifoQueue(), tangled(seed))}`]++;
    }
    expect(verdicts.legal).toBeGreaterThan(CASES / 2);
    expect(verdicts.illegal).toBeGreaterThan(CASES / 20);
    expect(verdicts.undefined).toBeLessThan(CASES / 500);
  });

  it('where some removals have answers and others have none, and few returned', () => {
    const verdicts = { legal: 0, illegal: 0, undefined: 0 };
    for (let seed = 1; seed <= CASES / 2; seed++) {
      const { history, lost } = uncertainHistory<QueueInput>(seed, (value) => ({ f: 'enqueue', value }), {
        f: 'dequeue',
      });
      verdicts[`${judgedWithout(fifoQueue(), history, lost)}`]++;
    }
    expect(verdicts.legal).toBeGreaterThan(CASES / 4);
    expect(verdicts.illegal).toBeGreaterThan(CASES / 10);
    expect(verdicts.undefined).toBeLessThanOrEqual(37);
  });

  it('and what it names is a contradiction, whatever became of the rest', () => {
    let named = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const verdict = coreIsIllegal(fifoQueue(), tangled(seed));
      expect(verdict, `seed ${seed}`).not.toBe(false);
      if (verdict) named++;
    }
    expect(named).toBeGreaterThan(CASES / 10);
  });
});

describe('an explanation', () => {
  it('names few of many operations: the others may have happened as they answered, or not at all', () => {
    const shape = { operations: 3000, clients: 10, crashes: 0, times: 60, values: 0, insertions: 0.6 };
    const history = queueHistory(2, shape);
    const last = history.findLastIndex(({ input }) => input.f === 'dequeue');
    const spoilt = history.with(last, { ...(history[last] as Op), output: null });
    const violation = check(fifoQueue(), spoilt).partitions[0]?.violation;
    expect(violation?.minimal).toBe(true);
    expect(violation?.operations.map((op) => spoilt[op]?.input.f)).toEqual(['enqueue', 'dequeue']);
    expect(violation?.operations[1]).toBe(last);
  });
});

describe('effort', () => {
  it('every pass looks at the clock once in 2,048 steps, from the first on', () => {
    const history = Array.from({ length: 2_049 }, (_, value): Op[] =>
      value < 2_047
        ? [enqueue(value, 4 * value), dequeue(value, 4 * value + 1, 4 * value + 2)]
        : [enqueue(value, 4 * value, 4 * value + 1)],
    ).flat();
    // Over 4,096 operations and 6,145 events, to put them in order and to sort them out; over the latter once more,
    // and twice over the 2,049 values; and before each of the 4,096 steps of the linearization, and before its end.
    expect(monitored(fifoQueue(), history).looks).toBe(2 * (2 + 2 + 4) + 4 + 2 + 2 + 3);
  });

  it('a hundred thousand operations with crashed ones among them are decided without a search', () => {
    const shape = { operations: 100_000, clients: 20, crashes: 0.0005, times: 60, values: 0, insertions: 0.5 };
    const history = queueHistory(1, shape);
    expect(history.filter((operation) => operation.return === undefined).length).toBeGreaterThan(30);
    expect(verdict(...history)).toBe('legal');
    const returned = history.findLastIndex(({ input, output }) => input.f === 'dequeue' && typeof output === 'number');
    expect(verdict(...history.with(returned, { ...(history[returned] as Op), output: null }))).toBe('illegal');
  });
});
