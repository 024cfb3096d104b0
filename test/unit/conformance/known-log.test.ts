import { describe, expect, it } from 'vitest';
import { KnownLog } from '../../../src/conformance/partial/known-log.js';
import { exactly, type Range } from '../../../src/conformance/partial/range.js';
import { Random } from '../../../src/kernel/random.js';

/** The terms of a log's entries. */
type Log = readonly number[];

const LONGEST = 4;
/** Above all terms that are told. */
const CEILING = 4;

/** All logs up to a length: their terms never fall. */
function allLogs(longest: number): Log[] {
  const logs: Log[] = [[]];
  for (let place = 0; place < logs.length; place++) {
    const log = logs[place] as Log;
    if (log.length === longest) continue;
    for (let term = log.at(-1) ?? 0; term <= CEILING; term++) logs.push([...log, term]);
  }
  return logs;
}

/** What is known, beside all logs of which it is true. */
interface Twins {
  readonly known: KnownLog;
  readonly logs: readonly Log[];
}

const anything: Twins = { known: KnownLog.unknown, logs: allLogs(LONGEST) };
const has = (log: Log, index: number, term: number) => (index === 0 ? term === 0 : log[index - 1] === term);

/** Learns something by chance; undefined where that contradicts what is known, which both have to say. */
function learns({ known, logs }: Twins, random: Random): Twins | undefined {
  const index = random.int(0, LONGEST);
  if (random.chance(0.25)) {
    const left = logs.filter(({ length }) => length === index);
    const ending = known.endingAt(index);
    expect(ending === undefined).toBe(left.length === 0);
    return ending && { known: ending, logs: left };
  }
  if (random.chance(0.2)) {
    const left = logs.filter(({ length }) => length >= index);
    return left.length === 0 ? undefined : { known: known.reaching(index), logs: left };
  }
  const term = random.int(0, CEILING - 1);
  const left = logs.filter((log) => has(log, index, term));
  const more = known.withPoint(index, term);
  expect(more === undefined, `${index} of ${term} in ${JSON.stringify(known)}`).toBe(left.length === 0);
  return more && { known: more, logs: left };
}

function learnt(random: Random): Twins {
  let twins = anything;
  for (let facts = random.int(0, 5); facts > 0; facts--) twins = learns(twins, random) ?? twins;
  return twins;
}

function around(values: readonly number[]): Range {
  return { from: Math.min(...values), to: Math.max(...values) };
}

function expectEqual({ known, logs }: Twins): void {
  const { from, to } = known.lastIndex;
  expect({ from, to: Math.min(to, LONGEST) }).toEqual(around(logs.map(({ length }) => length)));
  const last = around(logs.map((log) => log.at(-1) ?? 0));
  // Where it may go on for ever, any term may come.
  expect(known.lastTerm(CEILING)).toEqual(Number.isFinite(to) ? last : { from: last.from, to: CEILING });
  expect(known.termAt(0, CEILING)).toEqual(exactly(0));
  for (let index = 1; index <= LONGEST; index++) {
    const terms = logs.flatMap((log) => log[index - 1] ?? []);
    if (terms.length > 0) expect(known.termAt(index, CEILING)).toEqual(around(terms));
    for (let term = 0; term < CEILING; term++) {
      expect(known.has({ index, term })).toBe(logs.every((log) => has(log, index, term)));
    }
  }
}

/** Longer logs than there are here count where one may go on for ever. */
const includes = (wide: Twins, narrow: Twins) =>
  wide.known.lastIndex.to >= narrow.known.lastIndex.to && narrow.logs.every((log) => wide.logs.includes(log));

describe('what is known of a log', () => {
  const cases = [...Array(600).keys()].map((seed) => new Random(seed));

  it('is where it may end and which terms its entries may have, as all logs that fit say', () => {
    for (const random of cases) expectEqual(learnt(random));
  });

  it('covers what says more, and nothing else', () => {
    const found = { covered: 0, not: 0 };
    for (const random of cases) {
      const [one, other] = [learnt(random), learnt(random)];
      const covered = one.known.covers(other.known);
      expect(covered).toBe(includes(one, other));
      found[covered ? 'covered' : 'not']++;
      const { known } = learns(one, random) ?? one;
      expect(one.known.covers(known)).toBe(true);
    }
    expect(Math.min(found.covered, found.not)).toBeGreaterThan(30);
  });

  it('is in common to two where each of them may be', () => {
    for (const random of cases) {
      const [one, other] = [learnt(random), learnt(random)];
      const common = one.known.common(other.known);
      for (const { known } of [one, other]) expect(common.covers(known)).toBe(true);
      expect(one.known.covers(one.known.common(one.known))).toBe(true);
      const { known } = learns(one, random) ?? one;
      expect(one.known.covers(one.known.common(known))).toBe(true);
      const { from, to } = common.lastIndex;
      expect({ from, to: Math.min(to, LONGEST) }).toEqual(
        around([...one.logs, ...other.logs].map(({ length }) => length)),
      );
    }
  });

  it('stays as it was up to where it is cut, and where it grows', () => {
    for (const random of cases) {
      const twins = learnt(random);
      const index = random.int(0, LONGEST);
      const cut = twins.logs.filter(({ length }) => length >= index).map((log) => log.slice(0, index));
      if (cut.length > 0) {
        const { known } = twins;
        const prefix = known.open(index, exactly(index));
        for (let place = 1; place <= index; place++) {
          // What stood behind the cut bounds no more.
          const { from, to } = prefix.termAt(place, CEILING);
          const terms = around(cut.map((log) => log[place - 1] as number));
          expect(from).toBe(terms.from);
          expect(to).toBeGreaterThanOrEqual(terms.to);
        }
        expect(prefix.lastIndex).toEqual(exactly(index));
      }
      const longest = Math.max(...twins.logs.map(({ length }) => length));
      const grown = allLogs(LONGEST).filter(
        (log) => log.length === LONGEST && twins.logs.some((old) => old.every((term, place) => log[place] === term)),
      );
      if (longest < LONGEST) expectEqual({ known: twins.known.grownTo(LONGEST), logs: grown });
    }
  });

  it('begins behind a snapshot, of whose last entry the term may not be known', () => {
    for (const random of cases) {
      const base = { index: random.int(0, 2), term: random.chance(0.3) ? undefined : random.int(0, 2) };
      const entries = [...Array(random.int(0, 2)).keys()].map(() =>
        random.chance(0.3) ? {} : { term: random.int(0, 3) },
      );
      const logs = anything.logs.filter(
        (log) =>
          log.length === base.index + entries.length &&
          (base.term === undefined || has(log, base.index, base.term)) &&
          entries.every(({ term }, place) => term === undefined || has(log, base.index + 1 + place, term)),
      );
      const known = KnownLog.of(entries, base);
      expect(known === undefined).toBe(logs.length === 0);
      if (known !== undefined) expectEqual({ known, logs });
    }
  });

  it('keeps of the entries of one term the first and the last', () => {
    const known = KnownLog.of([{ term: 1 }, { term: 1 }, { term: 1 }, { term: 2 }], { index: 0, term: 0 });
    expect(known?.points.map(({ index }) => index)).toEqual([1, 3, 4]);
  });
});
