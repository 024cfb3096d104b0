import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  check,
  type Operation,
  type Scalar,
  type SetInput,
  type SetOutput,
  set,
} from '../../../src/linearizability-checker/index.js';
import { Members } from '../../../src/linearizability-checker/models/members.js';
import { compareWithBruteForce } from './agreement.js';
import { isLinearizable } from './brute-force.js';
import { coreIsIllegal, monitored } from './core.js';
import { anyShape, type SetHistory, setHistory, spoilSet } from './object-histories.js';

const CASES = 3_000;

const families = {
  'of few values, with and without answers': (seed: number) => {
    const random = new Random(seed);
    const options = { values: random.int(1, 2), told: random.pick([0, 0.5, 1]), reads: 0, onlyAdds: false };
    const history = setHistory(random, anyShape(random, 9), options);
    return random.chance(0.7) ? spoilSet(random, history) : history;
  },
  'that only grows': (seed: number) => {
    const random = new Random(seed);
    const options = { values: random.pick([0, 0, 2, 3]), told: random.pick([0, 0, 1]), reads: 0.5, onlyAdds: true };
    const history = setHistory(random, anyShape(random, 8), options);
    return random.chance(0.7) ? spoilSet(random, history) : history;
  },
  'with everything at once': (seed: number) => {
    const random = new Random(seed);
    const options = { values: random.int(1, 3), told: random.pick([0, 0.5, 1]), reads: 0.3, onlyAdds: false };
    const history = setHistory(random, anyShape(random, 8), options);
    return random.chance(0.7) ? spoilSet(random, history) : history;
  },
};

/** One operation after another, two units of time each. */
function inTurn(...steps: readonly (readonly [SetInput, SetOutput])[]): SetHistory {
  return steps.map(([input, output], index) => ({ input, output, call: 10 * index, return: 10 * index + 2 }));
}

/** What a history says of one element: a read of the whole shows whether this one is there. */
function ofElement(history: SetHistory, value: Scalar): SetHistory {
  return history.flatMap((operation) => {
    if (operation.input.f !== 'read') return operation.input.value === value ? [operation] : [];
    const { output } = operation;
    const seen = Array.isArray(output) ? output.includes(value) : null;
    return [{ ...operation, input: { f: 'contains', value }, output: seen }];
  });
}

const add = (value: number): SetInput => ({ f: 'add', value });
const remove = (value: number): SetInput => ({ f: 'remove', value });
const contains = (value: number): SetInput => ({ f: 'contains', value });
const read: SetInput = { f: 'read' };

describe('a set', () => {
  for (const [family, history] of Object.entries(families)) {
    it(`${family} is judged as by trying every order`, () => {
      const census = compareWithBruteForce(CASES, () => set(), history);
      expect(census.legal).toBeGreaterThan(CASES / 4);
      expect(census.illegal).toBeGreaterThan(CASES / 10);
      expect(census.monitored).toBeGreaterThan(family === 'with everything at once' ? CASES / 10 : CASES / 2);
    });

    it(`${family} is condemned by operations that contradict each other`, () => {
      let cores = 0;
      for (let seed = 1; seed <= CASES / 2; seed++) {
        const verdict = coreIsIllegal(set(), history(seed));
        if (verdict === false) expect.fail(`seed ${seed}: what is named is no contradiction`);
        if (verdict === true) cores++;
      }
      expect(cores).toBeGreaterThan(CASES / 20);
    });
  }

  it('of one value that many touch at once is judged as by the general search', () => {
    let illegal = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const random = new Random(seed);
      const shape = { operations: 18, clients: random.int(5, 10), crashes: random.pick([0, 0, 0.05]), times: 60 };
      const options = { values: 1, told: random.pick([0.3, 0.6, 0.8]), reads: 0, onlyAdds: false };
      const legal = setHistory(random, shape, options);
      const history = random.chance(0.5) ? spoilSet(random, legal) : legal;
      const { monitor: _, ...searched } = set();
      const { verdict } = check(searched, history, { explain: 0 });
      if (check(set(), history, { explain: 0 }).verdict !== verdict) expect.fail(`seed ${seed} is ${verdict}`);
      if (verdict === 'illegal') illegal++;
    }
    expect(illegal).toBeGreaterThan(CASES / 20);
    expect(illegal).toBeLessThan(CASES / 2);
  });

  it('with reads of the whole among other operations is condemned by its monitor when one element or one list is', () => {
    let condemned = 0;
    let left = 0;
    for (let seed = 1; seed <= CASES / 2; seed++) {
      const history = families['with everything at once'](seed);
      const lists = history.flatMap(({ output }) => (Array.isArray(output) ? [output] : []));
      const { result } = monitored(set(), history);
      if (lists.length === 0 || result?.algorithm === 'growing-set monitor') continue;
      const values = new Set(history.flatMap(({ input }) => (input.f === 'read' ? [] : [input.value])));
      const impossible = lists.some(
        (list) => new Set(list).size < list.length || list.some((value) => !values.has(value)),
      );
      const illegal = impossible || [...values].some((value) => !isLinearizable(set(), ofElement(history, value)));
      expect(result?.verdict, `seed ${seed}`).toBe(illegal ? 'illegal' : undefined);
      if (illegal) condemned++;
      else left++;
    }
    expect(condemned).toBeGreaterThan(CASES / 20);
    expect(left).toBeGreaterThan(CASES / 20);
  });

  it('of thousands of elements that are read thousands of times is left to the search', () => {
    const both = (count: number) => {
      const added = Array.from({ length: count }, (_, value) => [remove(value), null] as const);
      return inTurn([contains(0), true], ...added, ...Array.from({ length: count }, () => [read, []] as const));
    };
    expect(monitored(set(), both(4_000)).result?.verdict).toBe('illegal');
    expect(monitored(set(), both(4_200)).result).toBeUndefined();
  });

  it('says nothing by an answer that got lost', () => {
    expect(check(set(), inTurn([add(1), null], [contains(1), null], [contains(1), true])).verdict).toBe('legal');
  });

  it('answers a read with a list', () => {
    expect(check(set(), inTurn([add(1), null], [read, true])).partitions[0]?.violation?.operations).toEqual([1]);
    expect(check(set(), inTurn([add(1), null], [read, null])).verdict).toBe('legal');
  });

  it('is decided by its monitor when nobody reads the whole', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const result = check(set(), families['of few values, with and without answers'](seed), { explain: 0 });
      expect(result.partitions[0]?.algorithm).toBe('set monitor');
    }
  });

  it('of two elements that both clients touch all the time is decided without a search', () => {
    const random = new Random(7);
    const shape = { operations: 3_000, clients: 12, crashes: 0.01, times: 60 };
    const history = setHistory(random, shape, { values: 2, told: 0.5, reads: 0, onlyAdds: false });
    const result = check(set(), history);
    expect(result.verdict).toBe('legal');
    expect(result.effort.algorithms).toEqual({ 'set monitor': 1 });
  });

  it('of which most operations never returned is decided as fast as others', () => {
    const shape = { operations: 20_000, clients: 5, crashes: 0.6, times: 30 };
    const history = setHistory(new Random(3), shape, { values: 1, told: 0.5, reads: 0, onlyAdds: false });
    expect(monitored(set(), history).result?.verdict).toBe('legal');
  });

  it('does not lose a value that was added', () => {
    const result = check(set(), inTurn([add(1), null], [add(2), null], [read, [2]], [read, [2, 1]]));
    expect(result.verdict).toBe('illegal');
    expect(result.partitions[0]?.algorithm).toBe('growing-set monitor');
    expect(result.partitions[0]?.violation?.operations).toEqual([0, 2]);
  });

  it('that only grows is decided without a search, whether adds and reads are answered or not', () => {
    const history = inTurn(
      [add(1), true],
      [read, null],
      [add(2), null],
      [add(2), null],
      [read, [2, 1]],
      [read, [1, 2]],
    );
    expect(monitored(set(), history).result).toMatchObject({ verdict: 'legal', algorithm: 'growing-set monitor' });
  });

  it('has a value from the first call of an add on, in whatever order the adds are listed', () => {
    const history: SetHistory = [
      { input: add(1), output: null, call: 20, return: 30 },
      { input: add(1), output: null, call: 0, return: 40 },
      { input: read, output: [1], call: 2, return: 10 },
    ];
    expect(monitored(set(), history).result?.verdict).toBe('legal');
  });

  it('does not forget what it has shown', () => {
    const history: Operation<SetInput, SetOutput>[] = [
      { input: add(1), call: 0 },
      { input: read, output: [1], call: 10, return: 12 },
      { input: read, output: [], call: 20, return: 22 },
    ];
    expect(check(set(), history).partitions[0]?.violation?.operations).toEqual([1, 2]);
    expect(check(set(), history.slice(0, 2)).verdict).toBe('legal');
  });

  it('does not show a value before it is added, twice, or that nobody added', () => {
    for (const list of [[1], [1, 1], [9]]) {
      const history = inTurn([add(2), null], [read, list], [add(1), null]);
      expect(check(set(), history).partitions[0]?.violation?.operations, `${list}`).toContain(1);
    }
  });

  it('shows with a value what was surely added before it, and shows it to nobody who was gone by then', () => {
    const history: SetHistory = [
      { input: read, output: [1], call: 0, return: 20 },
      { input: add(1), output: null, call: 10, return: 12 },
    ];
    const missed = [...history, { input: add(2), output: null, call: 1, return: 5 }];
    const gone = [...history, { input: read, output: [1], call: 1, return: 5 }];
    expect(monitored(set(), history).result?.verdict).toBe('legal');
    for (const wrong of [missed, gone]) expect(coreIsIllegal(set(), wrong)).toBe(true);
  });

  it('shows what an add without an answer did, sooner or later', () => {
    const history: Operation<SetInput, SetOutput>[] = [
      { input: add(1), call: 0 },
      { input: contains(1), output: false, call: 10, return: 12 },
      { input: contains(1), output: true, call: 20, return: 22 },
      { input: contains(1), output: false, call: 30, return: 32 },
    ];
    expect(check(set(), history.slice(0, 3)).verdict).toBe('legal');
    expect(check(set(), history).verdict).toBe('illegal');
  });

  it('tells of an add or remove whether it changed anything', () => {
    const answers = [true, false, true, false, true] as const;
    const inputs = [add(1), add(1), remove(1), remove(1), add(1)];
    expect(check(set(), inTurn(...inputs.map((input, at) => [input, answers[at] ?? null] as const))).verdict).toBe(
      'legal',
    );
    for (let wrong = 0; wrong < answers.length; wrong++) {
      const steps = inputs.map((input, at) => [input, at === wrong ? !answers[at] : (answers[at] ?? null)] as const);
      expect(check(set(), inTurn(...steps)).verdict, `answer ${wrong}`).toBe('illegal');
    }
  });

  it('of one key does not answer for another', () => {
    const history = inTurn(
      [{ ...add(1), key: 'a' } as SetInput, null],
      [{ ...contains(1), key: 'b' } as SetInput, true],
    );
    const result = check(set(), history);
    expect(result.partitions.map(({ key, verdict }) => [key, verdict])).toEqual([
      ['a', 'legal'],
      ['b', 'illegal'],
    ]);
  });

  it('tells values of different types apart', () => {
    const history = inTurn([{ f: 'add', value: 1 }, null], [{ f: 'contains', value: '1' }, true]);
    expect(check(set(), history).verdict).toBe('illegal');
  });
});

describe('members', () => {
  it('are those of a plain set, whatever came before', () => {
    const random = new Random(3);
    for (let round = 0; round < 200; round++) {
      const limit = random.pick([5, 40, 2_000, 100_000]);
      const plain = new Set<number>();
      let members = Members.NONE;
      for (let step = 0; step < 60; step++) {
        const index = random.int(0, limit);
        const adds = random.chance(0.6);
        const before = members;
        members = adds ? members.with(index) : members.without(index);
        expect(before.has(index)).toBe(plain.has(index));
        if (adds) plain.add(index);
        else plain.delete(index);
        expect(members.has(index)).toBe(adds);
        expect(members.size).toBe(plain.size);
      }
      // The same set, grown in another order and without the detours.
      const direct = random.shuffle([...plain]).reduce((state, index) => state.with(index), Members.NONE);
      expect(direct.hash).toBe(members.hash);
      expect(direct.equals(members) && members.equals(direct)).toBe(true);
      expect(direct.equals(members.with(limit + 1))).toBe(false);
      const [some] = plain;
      if (some !== undefined)
        expect(
          direct
            .without(some)
            .with(limit + 2)
            .equals(members),
        ).toBe(false);
    }
  });
});
