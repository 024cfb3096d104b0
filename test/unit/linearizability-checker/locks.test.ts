import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  check,
  type FencedLockInput,
  type FencedLockOutput,
  fencedLock,
  type LockInput,
  type LockOutput,
  type Model,
  type MutexInput,
  type MutexOutput,
  mutex,
  type Operation,
  reentrantLock,
} from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { isLinearizable } from './brute-force.js';
import { coreIsIllegal, monitored } from './core.js';
import {
  anyOwners,
  anyShape,
  fencedLockHistory,
  mutexHistory,
  reentrantLockHistory,
  spoilFencedLock,
  spoilLock,
  spoilMutex,
} from './object-histories.js';
import { prefix } from './prefix.js';

const CASES = 3_000;
const REFUSALS = [0, 0.2, 0.5];

/** Counts the contradictions that a monitor names; fails at the first that is none. */
function countCores(verdictOf: (seed: number) => boolean | undefined): number {
  let cores = 0;
  for (let seed = 1; seed <= CASES / 2; seed++) {
    const verdict = verdictOf(seed);
    if (verdict === false) expect.fail(`seed ${seed}: what is named is no contradiction`);
    if (verdict === true) cores++;
  }
  return cores;
}

/** Counts the returns that a monitor names as the first that history cannot have; fails where it is another. */
function countFailures<State, Input, Output>(
  modelOf: (seed: number) => Model<State, Input, Output>,
  history: (seed: number) => Operation<Input, Output>[],
): number {
  let named = 0;
  for (let seed = 1; seed <= CASES; seed++) {
    const model = modelOf(seed);
    const { problem, result } = monitored(model, history(seed));
    if (result?.verdict !== 'illegal' || result.failedAt === undefined) continue;
    named++;
    const legal = [result.failedAt - 1, result.failedAt].map((rank) => isLinearizable(model, prefix(problem, rank)));
    expect(legal, `seed ${seed}`).toEqual([true, false]);
  }
  return named;
}

describe('an explanation of a mutex', () => {
  it('names few of a thousand operations: what was held before them does not matter', () => {
    const random = new Random(3);
    const history = mutexHistory(random, { operations: 1000, clients: 5, crashes: 0, times: 40 }, 0.2);
    const last = history.findLastIndex(({ input, output }) => input.f === 'acquire' && output !== false);
    const wrong = history.with(last, { ...(history[last] as (typeof history)[number]), output: false });
    const violation = check(mutex(), wrong).partitions[0]?.violation;
    expect(violation?.minimal).toBe(true);
    expect(violation?.operations.length).toBeLessThanOrEqual(6);
  });
});

describe('a mutex', () => {
  const history = (seed: number) => {
    const random = new Random(seed);
    const legal = mutexHistory(random, anyShape(random, 9), random.pick(REFUSALS));
    return random.chance(0.7) ? spoilMutex(random, legal) : legal;
  };
  const acquire: MutexInput = { f: 'acquire' };
  const release: MutexInput = { f: 'release' };

  it('is judged as by trying every order, always by its monitor', () => {
    const census = compareWithBruteForce(CASES, () => mutex(), history);
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBe(CASES);
  });

  it('is condemned by operations that contradict each other', () => {
    expect(countCores((seed) => coreIsIllegal(mutex(), history(seed)))).toBeGreaterThan(CASES / 20);
  });

  it('that failed at a return was linearizable until then', () => {
    expect(countFailures(() => mutex(), history)).toBeGreaterThan(CASES / 20);
  });

  it('of many clients is decided without a search', () => {
    const legal = mutexHistory(new Random(5), { operations: 5_000, clients: 30, crashes: 0.01, times: 90 }, 0.3);
    const result = check(mutex(), legal);
    expect(result.verdict).toBe('legal');
    expect(result.effort.algorithms).toEqual({ 'mutex monitor': 1 });
  });

  it('is not held twice', () => {
    const history: Operation<MutexInput, MutexOutput>[] = [
      { input: acquire, call: 0, return: 1 },
      { input: release, output: true, call: 2, return: 3 },
      { input: acquire, output: true, call: 4, return: 5 },
      { input: acquire, output: null, call: 6, return: 7 },
    ];
    // The release belongs to it: else it might have come late.
    expect(check(mutex(), history).partitions[0]?.violation?.operations).toEqual([1, 2, 3]);
    const released = [...history, { input: release, call: 5.5 }];
    expect(check(mutex(), released).verdict).toBe('legal');
  });

  it('refuses nobody while it is free', () => {
    const history: Operation<MutexInput, MutexOutput>[] = [
      { input: acquire, output: false, call: 0, return: 1 },
      { input: acquire, output: true, call: 2, return: 3 },
    ];
    const result = check(mutex(), history);
    expect(result.partitions[0]?.violation?.operations).toEqual([0]);
    expect(monitored(mutex(), history).result).toMatchObject({ verdict: 'illegal', failedAt: 1 });
    expect(check(mutex(), [...history, { input: acquire, call: 0.5 }, { input: release, call: 0.5 }]).verdict).toBe(
      'legal',
    );
  });

  it('of one key is not that of another', () => {
    const history: Operation<MutexInput, MutexOutput>[] = ['a', 'b', 'b'].map((key, at) => ({
      input: { f: 'acquire', key },
      call: 10 * at,
      return: 10 * at + 1,
    }));
    expect(check(mutex(), history).partitions.map(({ verdict }) => verdict)).toEqual(['legal', 'illegal']);
  });
});

describe('a reentrant lock', () => {
  const limitOf = (seed: number) => [1, 2, Number.POSITIVE_INFINITY][seed % 3] as number;
  const history = (seed: number) => {
    const random = new Random(seed);
    const options = { limit: limitOf(seed), refusals: random.pick(REFUSALS) };
    const legal = reentrantLockHistory(random, anyOwners(random, 9), options);
    return random.chance(0.7) ? spoilLock(random, legal) : legal;
  };

  it('is judged as by trying every order', () => {
    const census = compareWithBruteForce(CASES, (seed) => reentrantLock(limitOf(seed)), history);
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThanOrEqual(2_481);
    expect(census.monitored).toBeLessThan(CASES);
  });

  it('is condemned by operations that contradict each other', () => {
    const cores = countCores((seed) => coreIsIllegal(reentrantLock(limitOf(seed)), history(seed)));
    expect(cores).toBeGreaterThan(CASES / 20);
  });

  it('that failed at a return was linearizable until then', () => {
    expect(countFailures((seed) => reentrantLock(limitOf(seed)), history)).toBeGreaterThan(CASES / 20);
  });

  it('is condemned by what had been called by then, and had returned', () => {
    const operations: Operation<LockInput, LockOutput>[] = [
      { input: { f: 'acquire', owner: 'a' }, output: true, call: 0, return: 1 },
      { input: { f: 'release', owner: 'b' }, call: 2 },
      { input: { f: 'acquire', owner: 'c' }, output: true, call: 3, return: 4 },
      { input: { f: 'release', owner: 'c' }, output: true, call: 5, return: 6 },
    ];
    expect(monitored(reentrantLock(), operations).result).toMatchObject({ core: [0, 2] });
  });

  it('must be released as often as it was acquired before another can have it', () => {
    const steps = [
      ['acquire', 'a'],
      ['acquire', 'a'],
      ['release', 'a'],
      ['acquire', 'b'],
    ] as const;
    const operations = steps.map(([f, owner], at) => ({ input: { f, owner }, call: 10 * at, return: 10 * at + 1 }));
    expect(check(reentrantLock(), operations.slice(0, 3)).verdict).toBe('legal');
    expect(check(reentrantLock(), operations).partitions[0]?.violation?.operations).toEqual([0, 1, 3]);
    expect(check(reentrantLock(1), operations.slice(0, 3)).verdict).toBe('illegal');
  });

  it('is not released by another', () => {
    const operations = [
      { input: { f: 'acquire', owner: 'a' }, call: 0, return: 1 },
      { input: { f: 'release', owner: 'b' }, call: 2, return: 3 },
    ] as const;
    expect(check(reentrantLock(), operations).partitions[0]?.violation?.operations).toEqual([1]);
  });
});

describe('a lock with fencing tokens', () => {
  const limitOf = (seed: number) => [1, 1, 2][seed % 3] as number;
  const history = (seed: number) => {
    const random = new Random(seed);
    const options = { limit: limitOf(seed), refusals: random.pick(REFUSALS), unseen: random.pick([0, 0, 0.3]) };
    const legal = fencedLockHistory(random, anyOwners(random, 9), options);
    return random.chance(0.7) ? spoilFencedLock(random, legal) : legal;
  };
  const acquire = (owner: string): FencedLockInput => ({ f: 'acquire', owner });
  const release = (owner: string, token?: number): FencedLockInput => ({
    f: 'release',
    owner,
    ...(token !== undefined && { token }),
  });
  /** One after another; without an answer where the step has none. */
  const inTurn = (...steps: readonly (readonly [FencedLockInput, FencedLockOutput?])[]) =>
    steps.map(
      ([input, output], at): Operation<FencedLockInput, FencedLockOutput> =>
        output === undefined ? { input, call: 10 * at } : { input, output, call: 10 * at, return: 10 * at + 1 },
    );

  it('is judged as by trying every order', () => {
    const census = compareWithBruteForce(CASES, (seed) => fencedLock({ reentrant: limitOf(seed) }), history);
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    expect(census.monitored).toBeGreaterThanOrEqual(2_283);
    expect(census.monitored).toBeLessThan(CASES);
  });

  it('is condemned by operations that contradict each other', () => {
    const cores = countCores((seed) => coreIsIllegal(fencedLock({ reentrant: limitOf(seed) }), history(seed)));
    expect(cores).toBeGreaterThan(CASES / 20);
  });

  it('gives every holder a greater token', () => {
    const twice = (second: number) => inTurn([acquire('a'), 5], [release('a'), true], [acquire('b'), second]);
    expect(check(fencedLock(), twice(6)).verdict).toBe('legal');
    for (const second of [4, 5, 6.5]) expect(check(fencedLock(), twice(second)).verdict, `${second}`).toBe('illegal');
  });

  it('leaves room for a token that nobody saw', () => {
    const between = (later: number) =>
      inTurn([acquire('a'), 5], [release('a'), true], [acquire('b')], [release('b'), true], [acquire('c'), later]);
    expect(check(fencedLock(), between(7)).verdict).toBe('legal');
    expect(check(fencedLock(), between(6)).verdict).toBe('illegal');
  });

  it('holds an owner to the token that a release shows', () => {
    const shown = (token: number, later: number) =>
      inTurn(
        [acquire('a'), 5],
        [release('a'), true],
        [acquire('b')],
        [release('b', token), true],
        [acquire('c'), later],
      );
    expect(check(fencedLock(), shown(8, 9)).verdict).toBe('legal');
    expect(check(fencedLock(), shown(5, 9)).verdict).toBe('illegal');
    expect(check(fencedLock(), shown(8, 8)).verdict).toBe('illegal');
  });

  it('refuses a release with a former token, and none with the present one', () => {
    const released = (token: number, answer: boolean) => inTurn([acquire('a'), 5], [release('a', token), answer]);
    expect(check(fencedLock(), released(4, false)).verdict).toBe('legal');
    expect(check(fencedLock(), released(5, false)).verdict).toBe('illegal');
    expect(check(fencedLock(), released(4, true)).verdict).toBe('illegal');
    expect(check(fencedLock(), released(5, true)).verdict).toBe('legal');
  });

  it('learns from a refused release which token it was not', () => {
    const steps = (later: number, refused: number) =>
      inTurn(
        [acquire('a'), 5],
        [release('a'), true],
        [acquire('b'), true],
        [release('b', refused), false],
        [release('b'), true],
        [acquire('c'), later],
      );
    expect(check(fencedLock(), steps(7, 6)).verdict).toBe('illegal');
    expect(check(fencedLock(), steps(8, 6)).verdict).toBe('legal');
    expect(check(fencedLock(), steps(7, 9)).verdict).toBe('legal');
  });

  it('gives a reentrant holder the same token again', () => {
    const again = (token: number) => inTurn([acquire('a'), 5], [acquire('a'), token]);
    expect(check(fencedLock({ reentrant: 2 }), again(5)).verdict).toBe('legal');
    expect(check(fencedLock({ reentrant: 2 }), again(6)).verdict).toBe('illegal');
    expect(check(fencedLock(), again(5)).verdict).toBe('illegal');
  });
});
