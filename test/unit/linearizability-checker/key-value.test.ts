import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  check,
  type KeyValueInput,
  type KeyValueOutput,
  keyValue,
  type Scalar,
} from '../../../src/linearizability-checker/index.js';
import { compareWithBruteForce } from './agreement.js';
import { coreIsIllegal, monitored } from './core.js';
import { type KeyValueHistory, type KeyValueShape, keyValueHistory, spoilKeyValue } from './key-value-histories.js';

const CASES = 3_000;
/** Each is tried in every order a second time, with most returns gone. */
const CORES = 800;
const UNIQUE = ['a;', 'b;', 'c;', 'd;', 'e;', 'f;', 'g;', 'h;', 'i;', 'j;', 'k;', 'l;', 'm;', 'n;', 'o;', 'p;'];

function histories(kinds: (random: Random) => Pick<KeyValueShape, 'put' | 'append' | 'cas' | 'delete' | 'tokens'>) {
  return (seed: number) => {
    const random = new Random(seed);
    const history = keyValueHistory(seed, {
      operations: random.int(3, 9),
      clients: random.int(2, 4),
      crashes: random.pick([0, 0.15, 0.4]),
      times: random.int(4, 40),
      ...kinds(random),
    });
    return random.chance(0.6) ? spoilKeyValue(seed, history) : history;
  };
}

const growing = histories((random) => ({
  put: random.pick([0, 0.1]),
  append: 0.4,
  cas: random.pick([0, 0, 0.1]),
  delete: 0,
  tokens: random.chance(0.5) ? UNIQUE : UNIQUE.slice(0, random.int(2, 5)),
}));

describe('a key-value store is judged as by trying every order', () => {
  const judged = (kinds: Parameters<typeof histories>[0]) => {
    const census = compareWithBruteForce(CASES, () => keyValue(), histories(kinds));
    expect(census.legal).toBeGreaterThan(CASES / 4);
    expect(census.illegal).toBeGreaterThan(CASES / 10);
    return census;
  };

  it('with puts and compare-and-sets, every value its own', () => {
    const census = judged(() => ({ put: 0.25, append: 0, cas: 0.35, delete: 0, tokens: UNIQUE }));
    expect(census.monitored).toBeGreaterThan(0.9 * CASES);
  });

  it('with puts, compare-and-sets and deletes', () => {
    const census = judged(() => ({ put: 0.25, append: 0, cas: 0.15, delete: 0.25, tokens: UNIQUE }));
    expect(census.monitored).toBeGreaterThan(CASES / 4);
  });

  it('with values that are put again', () => {
    judged((random) => ({ put: 0.25, append: 0, cas: 0.2, delete: 0.1, tokens: UNIQUE.slice(0, random.int(1, 3)) }));
  });

  it('with appends of pieces that can be told apart, after puts and compare-and-sets too', () => {
    const census = judged((random) => {
      const put = random.pick([0, 0.1]);
      return { put, append: 0.45 - put, cas: random.pick([0, 0, 0.1]), delete: 0, tokens: UNIQUE };
    });
    expect(census.monitored).toBeGreaterThan(0.9 * CASES);
  });

  it('with appends of pieces that are appended, and perhaps put, more than once', () => {
    const census = judged((random) => ({
      put: random.pick([0, 0.1]),
      append: 0.4,
      cas: random.pick([0, 0, 0.1]),
      delete: 0,
      tokens: UNIQUE.slice(0, random.int(2, 5)),
    }));
    expect(census.monitored).toBeGreaterThanOrEqual(2_692);
  });

  it('with appends to what was there at first, whatever that was', () => {
    // What a number becomes with an append is left to the search.
    const monitored = [
      ['z', 702],
      ['a;', 666],
      ['', 691],
      [7, 0],
    ] as const;
    for (const [initial, least] of monitored) {
      const census = compareWithBruteForce(
        CASES / 4,
        () => keyValue({ initial }),
        histories((random) => ({
          put: random.pick([0, 0.1]),
          append: 0.4,
          cas: random.pick([0, 0.1]),
          delete: 0,
          tokens: random.pick([UNIQUE, UNIQUE.slice(1), UNIQUE.slice(1, random.int(3, 5))]),
          initial,
        })),
      );
      expect(census.monitored, `${initial}`).toBeGreaterThanOrEqual(least);
    }
  });

  it('with appends of pieces that can be read in several ways', () => {
    judged((random) => ({
      put: random.pick([0, 0.15]),
      append: 0.4,
      cas: 0.1,
      delete: random.pick([0, 0.1]),
      tokens: random.pick([
        ['a', 'b', 'ab', 'ba', 'aa', 'aba'],
        ['a', 'b', 'c'],
        ['a', ''],
      ]),
    }));
  });
});

describe('a string that grows', () => {
  const key = 'k';
  const append = (value: string): KeyValueInput => ({ f: 'append', key, value });
  const put = (value: Scalar): KeyValueInput => ({ f: 'put', key, value });
  const cas = (expected: Scalar, value: Scalar): KeyValueInput => ({ f: 'cas', key, expected, value });
  const get: KeyValueInput = { f: 'get', key };
  /** One after another; without an answer where the step has none. */
  const inTurn = (...steps: readonly (readonly [KeyValueInput, KeyValueOutput?])[]): KeyValueHistory =>
    steps.map(([input, output], at) => ({
      input,
      call: 10 * at,
      return: 10 * at + 1,
      ...(output !== undefined && { output }),
    }));
  const core = (history: KeyValueHistory) => {
    expect(coreIsIllegal(keyValue(), history)).toBe(true);
    const { result } = monitored(keyValue(), history);
    return result?.verdict === 'illegal' && [...result.core].sort();
  };

  it('may begin with a piece that is put or appended, or as one does', () => {
    const put1 = inTurn([put('a;'), null], [append('b;'), null], [get, 'a;b;']);
    for (const initial of ['a;', 'a', null])
      expect(check(keyValue({ initial }), put1).verdict, `${initial}`).toBe('legal');
    expect(check(keyValue({ initial: 'z' }), inTurn([append('b;'), null], [get, 'b;'])).verdict).toBe('illegal');
  });

  it('is told from a piece that begins with the initial text', () => {
    const before = inTurn([append('b'), null], [get, 'ab'], [put('ab'), null]);
    expect(check(keyValue({ initial: 'a' }), before).verdict).toBe('legal');
    expect(check(keyValue({ initial: 'x' }), before).verdict).toBe('illegal');
  });

  it('may be a number at times', () => {
    expect(check(keyValue(), inTurn([put(7), null], [append('a;'), null], [get, '7a;'])).verdict).toBe('legal');
    expect(check(keyValue(), inTurn([append('a;'), null], [cas(7, 'x;'), false], [get, 'a;'])).verdict).toBe('legal');
    expect(check(keyValue(), inTurn([append('a;'), null], [cas('', 'x;'), false], [get, 'a;'])).verdict).toBe('legal');
  });

  it('was replaced by a compare-and-set whose answer got lost if that found what it expected, and only then', () => {
    const after = (expected: string, found: string) =>
      check(keyValue(), inTurn([append('a;'), null], [cas(expected, 'x;')], [get, found])).verdict;
    expect([after('a;', 'x;'), after('y;', 'a;')]).toEqual(['legal', 'legal']);
    expect([after('a;', 'a;'), after('y;', 'x;')]).toEqual(['illegal', 'illegal']);
  });

  it('contradicts itself by one answer alone where nobody wrote that, else by two', () => {
    const both = inTurn([append('a;'), null], [append('b;'), null], [get, 'a;b;']);
    const then = (found: string): KeyValueHistory => [...both, { input: get, output: found, call: 90, return: 91 }];
    expect(core(then('a;x'))).toEqual([3]);
    expect(core(then('b;a;'))).toEqual([2, 3]);
    expect(core(inTurn([append('a;'), null], [get, 'a;'], [put('p;'), null], [get, 'p;a;']))).toEqual([1, 3]);
  });

  it('contradicts itself by all that returned where others tell whether what was found was put or appended', () => {
    // Found before the put was called, and not the first append, as another answer says.
    const history: KeyValueHistory = [
      { input: append('a;'), output: null, call: 0, return: 100 },
      { input: append('b;'), output: null, call: 0, return: 100 },
      { input: get, output: 'b;', call: 1, return: 2 },
      { input: get, output: 'a;', call: 3, return: 4 },
      { input: put('a;'), output: null, call: 5, return: 6 },
    ];
    expect(core(history)).toEqual([0, 1, 2, 3, 4]);
    expect(check(keyValue(), history.toSpliced(2, 1)).verdict).toBe('legal');
  });

  it('never ended with a piece that was put, and never appended', () => {
    const history = inTurn([append('a;'), null], [put('p;'), null], [cas('a;p;', 'x;'), false], [get, 'p;']);
    expect(monitored(keyValue(), history).result?.verdict).toBe('legal');
  });

  it('may have been appended first though a compare-and-set failed before', () => {
    const history: KeyValueHistory = [
      ...inTurn([cas('x;', 'y;'), false], [append('a;'), null], [get, 'a;'], [cas('a;', 'q;'), true], [get, 'q;']),
      { input: put('a;'), output: null, call: 5, return: 60 },
      { input: get, output: 'a;', call: 70, return: 71 },
    ];
    expect(check(keyValue(), history).verdict).toBe('legal');
  });

  it('is decided with a look at the clock every 2,048 operations, and at each answer', () => {
    const looks = (...last: readonly KeyValueHistory[number][]) => {
      const appends = Array.from({ length: 4_097 - last.length }, (_, index): KeyValueHistory[number] => {
        return { input: append(`${index};`), output: null, call: index, return: index + 0.5 };
      });
      return monitored(keyValue(), [...appends, ...last]);
    };
    const nobodyKnows = { call: 5_000, return: 5_001 };
    expect(looks({ ...nobodyKnows, input: cas('z', 'x;') })).toMatchObject({ result: undefined, looks: 3 });
    // Whether this was ever there, in this order, is not known either.
    const inSomeOrder = { ...nobodyKnows, input: cas('0;1;', 'x;'), output: false };
    expect(looks(inSomeOrder)).toMatchObject({ result: undefined, looks: 6 });
    const empty = { input: get, output: null, call: -2, return: -1 };
    expect(looks(empty, empty, inSomeOrder)).toMatchObject({ result: undefined, looks: 8 });
  });
});

it('what contradicts in a string that grows is named by two or three operations', () => {
  let named = 0;
  for (let seed = 1; seed <= CASES; seed++) {
    const { result } = monitored(keyValue(), growing(seed));
    if (result?.verdict === 'illegal') named += result.core.length;
  }
  expect(named).toBeLessThanOrEqual(2_034);
});

it('what contradicts in a string that grows is illegal whatever became of the other operations', () => {
  const verdicts = Array.from({ length: CORES }, (_, seed) => coreIsIllegal(keyValue(), growing(seed + 1)));
  expect(verdicts.indexOf(false)).toBe(-1);
  expect(verdicts.filter((verdict) => verdict === true).length).toBeGreaterThan(CORES / 10);
});

it('failed compare-and-sets among many concurrent values find their places without the general search', () => {
  const tokens = Array.from({ length: 1_000 }, (_, index) => `${index};`);
  let monitored = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const shape = { operations: 1_000, clients: 3, crashes: 0, times: 60, put: 0.4, append: 0, cas: 0.3, delete: 0 };
    const result = check(keyValue(), keyValueHistory(seed, { ...shape, tokens }));
    expect(result.verdict).toBe('legal');
    if (result.partitions[0]?.algorithm === 'unique-writes monitor') monitored++;
  }
  expect(monitored).toBe(100);
});
