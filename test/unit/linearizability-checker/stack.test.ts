import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  check,
  type Operation,
  type StackInput,
  type StackOutput,
  stack,
} from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { spoilContainer, stackHistory, tangledHistory, uncertainHistory } from './container-histories.js';
import { coreIsIllegal, judgedWithout, judgedWithoutReturns, monitored } from './core.js';

type Op = Operation<StackInput, StackOutput>;

const CASES = 2000;

const push = (value: number, call: number, returned?: number): Op => ({
  input: { f: 'push', value },
  call,
  ...(returned !== undefined && { return: returned }),
});
const pop = (value: number | null, call: number, returned: number): Op => ({
  input: { f: 'pop' },
  output: value,
  call,
  return: returned,
});
const crashedPop = (call: number): Op => ({ input: { f: 'pop' }, call });

/** The verdict of the monitor: a history that it leaves to the search fails the test. */
function verdict(...history: Op[]) {
  const result = check(stack(), history, { explain: 0 });
  expect(result.partitions[0]?.algorithm).toBe('stack monitor');
  return result.verdict;
}

/** What contradicts in an illegal history, as its monitor says. */
function core(...history: Op[]) {
  const { problem, result } = monitored(stack(), history);
  if (result?.verdict !== 'illegal') return undefined;
  return result.core.map((op) => problem.sources[op] as number).sort((left, right) => left - right);
}

describe('a last-in-first-out stack', () => {
  it('gives back first what surely came last', () => {
    const both = [push(1, 0, 1), push(2, 2, 3)];
    expect(verdict(...both, pop(2, 4, 5), pop(1, 6, 7))).toBe('legal');
    expect(verdict(...both, pop(1, 4, 5), pop(2, 6, 7))).toBe('illegal');
    expect(verdict(push(1, 0, 2), push(2, 2, 3), pop(1, 4, 5), pop(2, 6, 7))).toBe('legal');
    expect(verdict(...both, pop(1, 4, 6), pop(2, 6, 7))).toBe('legal');
  });

  it('gives no value that was not pushed by then, and none twice', () => {
    expect(verdict(push(1, 0, 1), pop(9, 2, 3))).toBe('illegal');
    expect(verdict(pop(1, 0, 1), push(1, 2, 3))).toBe('illegal');
    expect(verdict(push(1, 0, 1), pop(1, 2, 3), pop(1, 2, 3))).toBe('illegal');
  });

  it('can contradict itself by three values of which any two could be', () => {
    // 2 must be below 1 (which left before it), so pushed by 1; and 3 below 2, so pushed before it, but only from 2 on.
    const ones = [push(1, 0, 1), pop(1, 4, 5)];
    const twos = [push(2, 0, 3), pop(2, 8, 9)];
    const threes = [push(3, 2, 7), pop(3, 10, 11)];
    expect(verdict(...ones, ...twos, ...threes)).toBe('illegal');
    expect(verdict(...ones, ...twos)).toBe('legal');
    expect(verdict(...ones, ...threes)).toBe('legal');
    expect(verdict(...twos, ...threes)).toBe('legal');
  });

  it('is empty only at a moment when nothing is surely inside', () => {
    expect(verdict(push(1, 0, 1), pop(null, 2, 3))).toBe('illegal');
    expect(verdict(push(1, 0, 1), pop(null, 2, 5), pop(1, 4, 6))).toBe('legal');
  });

  it('loses no value from above another, but as many as there are pops without an answer by then', () => {
    const buried = [push(1, 0, 1), push(2, 2, 3), push(3, 4, 5), pop(1, 6, 7)];
    expect(verdict(...buried)).toBe('illegal');
    expect(verdict(...buried, crashedPop(6))).toBe('illegal');
    expect(verdict(...buried, crashedPop(6), crashedPop(0))).toBe('legal');
    expect(verdict(...buried, crashedPop(6), crashedPop(8))).toBe('illegal');
    expect(verdict(push(1, 0, 1), pop(null, 3, 4), crashedPop(2))).toBe('legal');
    expect(verdict(push(1, 0, 1), pop(null, 3, 4), crashedPop(5))).toBe('illegal');
  });

  it('may hold what a push without a return left there, from its call on', () => {
    expect(verdict(push(1, 5), pop(null, 6, 7), pop(1, 8, 9))).toBe('legal');
    expect(verdict(push(1, 5), pop(1, 3, 4))).toBe('illegal');
  });

  it('names what contradicts: values, and what removed them', () => {
    const both = [push(1, 0, 1), push(2, 2, 3)];
    expect(core(...both, pop(1, 4, 5), pop(2, 6, 7))).toEqual([0, 1, 2, 3]);
    expect(core(...both, push(9, 4, 5), pop(9, 6, 7), pop(null, 8, 9))).toEqual([0, 4]);
    const buried = [...both, push(3, 4, 5), pop(1, 6, 7), push(4, 8, 9)];
    expect(core(...buried)).toEqual([0, 1, 3]);
    // Of the values that surely left, one more than there are pops that may have taken them by then.
    expect(core(...buried, crashedPop(6))).toEqual([0, 1, 2, 3]);
    expect(core(...buried, crashedPop(8), crashedPop(6.5), crashedPop(9))).toEqual([0, 1, 2, 3]);
    expect(core(...buried, crashedPop(8), crashedPop(9))).toEqual([0, 1, 3]);
    expect(core(...both, crashedPop(0), pop(null, 6, 7))).toEqual([0, 1, 3]);
  });

  it('is one of many, by key', () => {
    const of = (key: string, operation: Op): Op => ({ ...operation, input: { ...operation.input, key } });
    expect(verdict(of('a', push(1, 0, 1)), of('b', pop(null, 2, 3)))).toBe('legal');
    expect(verdict(of('a', push(1, 0, 1)), of('a', pop(null, 2, 3)))).toBe('illegal');
  });

  it('says what its operations did', () => {
    const { describe: say } = stack();
    expect(say?.({ f: 'push', value: 'x' }, null)).toBe('push("x")');
    expect(say?.({ f: 'pop' }, 'x')).toBe('pop() = "x"');
    expect(say?.({ f: 'pop' }, null)).toBe('pop() = empty');
    expect(say?.({ f: 'pop' }, undefined)).toBe('pop() = ?');
  });
});

describe('the stack monitor agrees with trying every order', () => {
  const tangled = (seed: number) =>
    tangledHistory<StackInput>(seed, 4 + (seed % 6), (value) => ({ f: 'push', value }), { f: 'pop' });

  it('on histories of a stack, spoilt or not, with unique values and with equal ones', () => {
    const census = compareWithBruteForce(
      CASES,
      () => stack(),
      (seed) => {
        const random = new Random(seed);
        const history = stackHistory(seed, {
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

  it('on tangled histories, with crashed pops too: it decides nearly every one', () => {
    const census = compareWithBruteForce(CASES, () => stack(), tangled);
    expect(census.legal).toBeGreaterThan(CASES / 2);
    expect(census.illegal).toBeGreaterThan(CASES / 20);
    expect(census.monitored).toBeGreaterThanOrEqual(1_998);
  });

  it('where answers are known of operations without a return: they happened so, or not at all', () => {
    const verdicts = { legal: 0, illegal: 0, undefined: 0 };
    for (let seed = 1; seed <= CASES; seed++) {
      verdicts[`${judgedWithoutReturns(new Random(seed), stack(), tangled(seed))}`]++;
    }
    expect(verdicts.legal).toBeGreaterThan(CASES / 2);
    expect(verdicts.illegal).toBeGreaterThan(CASES / 40);
    expect(verdicts.undefined).toBeLessThan(CASES / 500);
  });

  it('where some removals have answers and others have none, and few returned', () => {
    const verdicts = { legal: 0, illegal: 0, undefined: 0 };
    for (let seed = 1; seed <= CASES / 2; seed++) {
      const { history, lost } = uncertainHistory<StackInput>(seed, (value) => ({ f: 'push', value }), { f: 'pop' });
      verdicts[`${judgedWithout(stack(), history, lost)}`]++;
    }
    expect(verdicts.legal).toBeGreaterThan(CASES / 4);
    expect(verdicts.illegal).toBeGreaterThan(CASES / 10);
    expect(verdicts.undefined).toBeLessThanOrEqual(3);
  });

  it('and what it names is a contradiction, whatever became of the rest', () => {
    let named = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const verdict = coreIsIllegal(stack(), tangled(seed));
      expect(verdict, `seed ${seed}`).not.toBe(false);
      if (verdict) named++;
    }
    expect(named).toBeGreaterThan(CASES / 10);
  });
});

describe('an explanation', () => {
  it('names few of many operations: the others may have happened as they answered, or not at all', () => {
    const shape = { operations: 3000, clients: 10, crashes: 0, times: 60, values: 0, insertions: 0.6 };
    const history = stackHistory(2, shape);
    const last = history.findLastIndex(({ input }) => input.f === 'pop');
    const spoilt = history.with(last, { ...(history[last] as Op), output: null });
    const violation = check(stack(), spoilt).partitions[0]?.violation;
    expect(violation?.minimal).toBe(true);
    expect(violation?.operations.map((op) => spoilt[op]?.input.f)).toEqual(['push', 'pop']);
    expect(violation?.operations[1]).toBe(last);
  });
});

describe('effort', () => {
  it('a hundred thousand operations with crashed ones among them are decided without a search', () => {
    const shape = { operations: 100_000, clients: 20, crashes: 0.0005, times: 60, values: 0, insertions: 0.5 };
    const history = stackHistory(1, shape);
    expect(history.filter((operation) => operation.return === undefined).length).toBeGreaterThan(30);
    expect(verdict(...history)).toBe('legal');
    const returned = history.findLastIndex(({ input, output }) => input.f === 'pop' && typeof output === 'number');
    expect(verdict(...history.with(returned, { ...(history[returned] as Op), output: null }))).toBe('illegal');
  });
});
