import { describe, expect, it } from 'vitest';
import { ANYTHING, type Candidate, describeAll, reduced } from '../../../src/conformance/partial/candidate.js';
import { KnownLog } from '../../../src/conformance/partial/known-log.js';
import { ANY, atLeast, contains, exactly, hull, includes, inWords } from '../../../src/conformance/partial/range.js';

const endingAt = (index: number) => KnownLog.unknown.endingAt(index) as KnownLog;
const between = (from: number, to: number) => ({ from, to });

const STATE: Candidate = {
  roles: ['follower'],
  term: exactly(2),
  vote: 'n1',
  log: endingAt(3),
  commit: exactly(1),
  applied: exactly(1),
  pending: false,
};

/** Allows more than {@link STATE} in one thing. */
const WIDER: readonly Partial<Candidate>[] = [
  { roles: ['candidate', 'follower'] },
  { term: between(1, 2) },
  { term: between(2, 3) },
  { vote: undefined },
  { log: KnownLog.unknown },
  { commit: between(0, 1) },
  { commit: between(1, 2) },
  { applied: between(0, 1) },
  { applied: between(1, 2) },
  { pending: true },
];

/** Allows something else. */
const OTHER: readonly Partial<Candidate>[] = [
  { roles: ['leader'] },
  { term: exactly(3) },
  { vote: 'n2' },
  { vote: null },
  { log: endingAt(4) },
  { commit: exactly(2) },
  { applied: exactly(0) },
];

describe('the states that a node may be in', () => {
  it.each(WIDER)('are one where another allows all that it does: %o', (more) => {
    const wider = { ...STATE, ...more };
    expect(reduced([STATE, wider])).toEqual([wider]);
    expect(reduced([wider, STATE])).toEqual([wider]);
    expect(reduced([STATE, STATE])).toEqual([STATE]);
  });

  it.each(OTHER)('are two where each allows what the other does not: %o', (different) => {
    const other = { ...STATE, ...different };
    expect(reduced([STATE, other])).toEqual([STATE, other]);
    for (const more of WIDER.filter((wider) => Object.keys(wider)[0] !== Object.keys(different)[0])) {
      expect(reduced([{ ...STATE, ...more }, other])).toHaveLength(2);
    }
  });

  it('are one where a third allows all of both', () => {
    const [leader, candidate] = [
      { ...STATE, roles: ['leader'] as const },
      { ...STATE, roles: ['candidate'] as const },
    ];
    const either = { ...STATE, roles: ['candidate', 'leader'] as const };
    expect(reduced([STATE, leader, candidate, either])).toEqual([STATE, either]);
    expect(reduced([leader, candidate, STATE, { ...STATE, vote: undefined }, either])).toHaveLength(2);
  });

  const many = (count: number, ...over: readonly Partial<Candidate>[]) =>
    Array.from({ length: count }, (_, term) => ({ ...STATE, ...over[term % over.length], term: exactly(term) }));

  it('are one that allows any of them where they are too many', () => {
    expect(reduced(many(12))).toHaveLength(12);
    expect(reduced(many(13))).toEqual([{ ...STATE, term: between(0, 12) }]);
    const different = many(
      13,
      {},
      { roles: ['leader'], commit: exactly(5), log: endingAt(4) },
      { applied: exactly(0) },
    );
    expect(reduced(different)).toEqual([
      {
        ...STATE,
        roles: ['follower', 'leader'],
        term: between(0, 12),
        log: endingAt(3).common(endingAt(4)),
        commit: between(1, 5),
        applied: between(0, 1),
      },
    ]);
    expect(reduced(many(13, {}, { vote: 'n2' }))).toEqual([{ ...STATE, term: between(0, 12), vote: undefined }]);
    for (const pending of [
      [true, false],
      [false, true],
    ]) {
      const [one, other] = pending.map((each) => ({ pending: each })) as [object, object];
      expect(reduced(many(13, one, other))).toEqual([{ ...STATE, term: between(0, 12), pending: true }]);
    }
  });

  it('are told by what is known of them, each once and no more than three', () => {
    expect(describeAll([STATE])).toBe(
      'it was follower in term 2, vote for n1, log to index 3, commit index 1, applied 1',
    );
    expect(describeAll([{ ...STATE, vote: null, applied: exactly(0) }])).toBe(
      'it was follower in term 2, no vote, log to index 3, commit index 1',
    );
    expect(describeAll([ANYTHING])).toBe(
      'it was of unknown role in term unknown, vote unknown, log to index unknown, commit index unknown',
    );
    const unclear = { ...STATE, roles: ['candidate', 'leader'] as const, term: atLeast(2), applied: between(1, 3) };
    expect(describeAll([unclear, unclear])).toBe(
      'it was candidate or leader in term at least 2, vote for n1, log to index 3, commit index 1, applied 1 to 3',
    );
    const three = many(4).map((state) => `follower in term ${state.term.from}, vote for n1, log to index 3`);
    const told = three.slice(0, 3).map((text) => `${text}, commit index 1, applied 1`);
    expect(describeAll(many(4))).toBe(`it was in one of 4 states: ${told.join('; or ')}`);
  });
});

describe('a number that is not known', () => {
  it('is within its range, both ends included', () => {
    expect([1, 2, 3, 4, 5].filter((value) => includes(between(2, 4), value))).toEqual([2, 3, 4]);
    expect(includes(ANY, 0)).toBe(true);
    expect(includes(atLeast(3), 2)).toBe(false);
  });

  it('is known less where its range contains another', () => {
    expect(contains(between(2, 4), between(2, 4))).toBe(true);
    expect(contains(between(2, 4), exactly(3))).toBe(true);
    expect(contains(between(2, 4), between(1, 3))).toBe(false);
    expect(contains(between(2, 4), between(3, 5))).toBe(false);
    expect(hull(between(2, 4), exactly(7))).toEqual(between(2, 7));
    expect(hull(exactly(7), between(2, 4))).toEqual(between(2, 7));
  });

  it('is told in words', () => {
    expect([exactly(7), between(3, 7), between(0, 7), atLeast(7), ANY].map(inWords)).toEqual([
      '7',
      '3 to 7',
      '0 to 7',
      'at least 7',
      'unknown',
    ]);
  });
});
