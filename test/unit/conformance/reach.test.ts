import { describe, expect, it } from 'vitest';
import { Leaderships } from '../../../src/conformance/reach/leaderships.js';
import { Terms } from '../../../src/conformance/reach/terms.js';

/** Times of different nodes may be wrong by so much against each other. */
const DOUBT_US = 10_000;

describe('leaderships beside others', () => {
  /** By term, who led it, from when until when; they end in this order. */
  const beside = (...led: readonly (readonly [term: number, place: number, fromUs: number, toUs: number])[]) => {
    const leaderships = new Leaderships();
    const begun = led.map(([term, place, fromUs]) => leaderships.begin(place, term, 1, fromUs));
    for (const [index, leadership] of begun.entries()) leaderships.end(leadership, led[index]?.[3] ?? 0);
    return leaderships.beside;
  };

  it('are those of a later term, for longer than clocks may differ', () => {
    expect(beside([1, 0, 0, 100_000 + DOUBT_US], [2, 1, 100_000, 900_000])).toBe(0);
    expect(beside([1, 0, 0, 100_001 + DOUBT_US], [2, 1, 100_000, 900_000])).toBe(1);
    expect(beside([2, 1, 100_000, 900_000], [1, 0, 0, 100_001 + DOUBT_US])).toBe(1);
    // The later one may be over before the earlier.
    expect(beside([2, 1, 100_000, 100_001 + DOUBT_US], [1, 0, 0, 900_000])).toBe(1);
    expect(beside([2, 1, 100_000, 100_000 + DOUBT_US], [1, 0, 0, 900_000])).toBe(0);
    expect(beside([1, 0, 0, 100_000], [2, 1, 500_000, 900_000])).toBe(0);
  });

  it('are of another node and of another term', () => {
    expect(beside([1, 0, 0, 900_000], [2, 0, 100_000, 900_000])).toBe(0);
    expect(beside([1, 0, 0, 900_000], [1, 1, 100_000, 900_000])).toBe(0);
  });

  it('count once each, though beside several', () => {
    const all = [1, 2, 3].map((term) => [term, term, 0, 900_000] as const);
    expect(beside(...all)).toBe(2);
    expect(beside(...all.toReversed())).toBe(2);
  });

  it('are not known while the other goes on', () => {
    const leaderships = new Leaderships();
    leaderships.begin(0, 1, 1, 0);
    leaderships.end(leaderships.begin(1, 2, 1, 0), 900_000);
    expect(leaderships.beside).toBe(0);
  });

  it('are looked for among the last 256', () => {
    const after = (count: number) => {
      const leaderships = new Leaderships();
      const lead = (place: number, term: number, fromUs: number) =>
        leaderships.end(leaderships.begin(place, term, 1, fromUs), fromUs + 100_000);
      lead(0, 1, 0);
      for (let other = 0; other < count; other++) lead(1, 2 + other, 1_000_000 * (other + 1));
      lead(2, 1000, 0);
      return leaderships.beside;
    };
    expect(after(254)).toBe(1);
    expect(after(255)).toBe(0);
  });
});

describe('candidates that lack what was committed', () => {
  /** Of a cluster in which index 5 was committed in term 2. */
  const stale = (term: number, lastIndex: number, lastTerm: number, more: (terms: Terms) => void = () => {}) => {
    const terms = new Terms(3);
    terms.candidate(term, lastIndex, lastTerm);
    terms.committed(2, 5);
    more(terms);
    terms.conclude();
    return terms.staleCandidates;
  };

  it('have a log that ends before it, in its term or an earlier', () => {
    expect(stale(3, 4, 2)).toBe(1);
    expect(stale(3, 5, 2)).toBe(0);
    expect(stale(3, 9, 1)).toBe(1);
    expect(stale(4, 1, 3)).toBe(0);
  });

  it('campaign in a later term than it was committed in', () => {
    expect(stale(2, 1, 1)).toBe(0);
    expect(stale(1, 1, 0)).toBe(0);
  });

  it('are held against the most that was committed by then', () => {
    expect(stale(3, 4, 2, (terms) => terms.committed(2, 3))).toBe(1);
    expect(stale(3, 5, 2, (terms) => terms.committed(2, 6))).toBe(1);
    expect(stale(4, 6, 2, (terms) => terms.committed(3, 7))).toBe(1);
    expect(stale(3, 5, 2, (terms) => terms.committed(3, 7))).toBe(0);
    // A leader that committed nothing.
    expect(stale(4, 4, 2, (terms) => terms.committed(3, 0))).toBe(1);
  });

  it('are counted each, also of one term', () => {
    expect(stale(3, 4, 2, (terms) => terms.candidate(3, 3, 2))).toBe(2);
    expect(stale(3, 4, 2, (terms) => terms.candidate(3, 5, 2))).toBe(1);
  });
});

describe('split votes', () => {
  const split = (votes: Readonly<Record<string, string>>, more: (terms: Terms) => void = () => {}, size = 3) => {
    const terms = new Terms(size);
    for (const [voter, candidate] of Object.entries(votes)) terms.vote(2, voter, candidate);
    terms.enters(0, 3);
    more(terms);
    terms.conclude();
    return terms.splitVotes;
  };

  it('are of two candidates at least, none of which had a majority', () => {
    expect(split({ n1: 'n1', n2: 'n2' })).toBe(1);
    expect(split({ n1: 'n1', n2: 'n2', n3: 'n3' })).toBe(1);
    expect(split({ n1: 'n1' })).toBe(0);
    expect(split({ n1: 'n1', n2: 'n2', n3: 'n1' })).toBe(0);
    expect(split({ n1: 'n1', n2: 'n2', n3: 'n1', n4: 'n2' }, undefined, 5)).toBe(1);
  });

  it('are of terms without a leader, which are over', () => {
    const votes = { n1: 'n1', n2: 'n2' };
    expect(split(votes, (terms) => terms.led(2))).toBe(0);
    expect(split(votes, (terms) => terms.led(1))).toBe(1);
    expect(split(votes, (terms) => terms.enters(1, 2))).toBe(1);
    const last = new Terms(3);
    last.vote(2, 'n1', 'n1');
    last.vote(2, 'n2', 'n2');
    last.enters(0, 2);
    last.conclude();
    expect(last.splitVotes).toBe(0);
  });

  it('are as they were told last: a vote that a crash took may be given again', () => {
    expect(split({ n1: 'n1', n2: 'n2' }, (terms) => terms.vote(2, 'n2', 'n1'))).toBe(0);
  });

  it('of terms that are forgotten are not heard of again', () => {
    const terms = new Terms(1);
    for (let term = 1; term <= 1025; term++) {
      terms.enters(0, term);
      terms.led(term);
    }
    terms.vote(512, 'n1', 'n1');
    terms.vote(512, 'n2', 'n2');
    terms.vote(513, 'n1', 'n1');
    terms.conclude();
    expect(terms.splitVotes).toBe(0);
  });
});
