import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RaftLog } from '../../../src/consensus/raft/log.js';
import type { Entry } from '../../../src/consensus/raft/messages.js';
import { reachedBy } from '../../../src/consensus/raft/quorum.js';

const entry = (term: number, digest: number): Entry => ({ term, digest, command: null });

type Action = { kind: 'append' | 'truncate' | 'compact' | 'reset'; n: number };
const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom('append', 'append', 'append', 'truncate', 'compact', 'reset'),
  n: fc.nat(1000),
});

describe('the log', () => {
  it('behaves as a plain list whose beginning is forgotten', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const log = new RaftLog();
        // The twin: index to entry, and where it begins.
        let twin: Entry[] = [];
        let base = 0;
        let baseTerm = 0;
        let term = 1;
        for (const { kind, n } of actions) {
          const last = base + twin.length;
          if (kind === 'append') {
            term += n % 3 === 0 ? 1 : 0;
            log.append(entry(term, n));
            twin.push(entry(term, n));
          } else if (kind === 'truncate' && last > base) {
            const from = base + 1 + (n % (last - base));
            log.truncate(from);
            twin = twin.slice(0, from - base - 1);
          } else if (kind === 'compact') {
            const index = base + (n % (last - base + 1));
            baseTerm = index === base ? baseTerm : (twin[index - base - 1]?.term ?? 0);
            log.compact(index);
            twin = twin.slice(index - base);
            base = index;
          } else if (kind === 'reset') {
            base = last + (n % 5);
            baseTerm = term;
            log.reset(base, baseTerm);
            twin = [];
          }
          expect(log.lastIndex).toBe(base + twin.length);
          expect(log.lastTerm).toBe(twin.at(-1)?.term ?? baseTerm);
          expect(log.all()).toEqual(twin);
          expect(log.termAt(base)).toBe(baseTerm);
          expect(log.termAt(log.lastIndex + 1)).toBeUndefined();
          if (twin.length > 0) {
            const from = base + 1 + (n % twin.length);
            expect(log.slice(from, log.lastIndex)).toEqual(twin.slice(from - base - 1));
            const found = twin.findIndex((each) => each.term === log.termAt(from));
            expect(log.firstIndexOfTermAt(from)).toBe(baseTerm === log.termAt(from) ? base + 1 : base + 1 + found);
          }
        }
      }),
    );
  });

  it('says at once what it was asked and what it holds, when it is asked for what it dropped', () => {
    const log = new RaftLog();
    log.append(entry(1, 1));
    log.append(entry(1, 2));
    log.compact(2);
    expect(() => log.slice(1, 2)).toThrow('slice 1..2 of a log that holds 3..2');
    expect(() => log.truncate(2)).toThrow('truncate at 2, but the snapshot reaches to 2');
  });
});

describe('what a majority has reached', () => {
  it('is the largest value that enough of them reach', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 9 }), (values) => {
        const count = Math.floor(values.length / 2) + 1;
        const naive = Math.max(...values.filter((each) => values.filter((other) => other >= each).length >= count));
        expect(reachedBy(count, [...values])).toBe(naive);
      }),
    );
  });
});
