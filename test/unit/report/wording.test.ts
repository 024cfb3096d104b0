import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeIds } from '../../../src/kernel/ids.js';
import { allLinks, linksBetween } from '../../../src/ports/faults.js';
import { describeFault } from '../../../src/report/describe-fault.js';
import { operationText } from '../../../src/report/operation-text.js';
import { formatTime, ticks } from '../../../src/report/scale.js';
import { describeTreasons } from '../../../src/report/treason-words.js';

describe('traitors in words', () => {
  const treason = { behaviour: 'equivocate', against: ['n1'], confirmed: true, misdeeds: 41 } as const;
  const once = { ...treason, node: 'n3', fromUs: 3_200_000, toUs: 8_100_000 };

  it('say when, how and how often', () => {
    expect(describeTreasons([once])).toBe('n3 was a traitor from 3.20 s to 8.10 s (equivocate, 41 misdeeds).');
  });

  it('are one clause a node, however often it was turned', () => {
    const again = { ...once, behaviour: 'silent', fromUs: 9_000_000, toUs: null, misdeeds: 1 } as const;
    expect(describeTreasons([once, again, { ...once, node: 'n2' }])).toBe(
      'n2 was a traitor from 3.20 s to 8.10 s (equivocate, 41 misdeeds); n3 was a traitor 2 times from 3.20 s on (equivocate, silent, 42 misdeeds).',
    );
  });

  it('are counted where there are many', () => {
    const many = nodeIds(6).map((node) => ({ ...once, node }));
    expect(describeTreasons(many)).toMatch(/^n1 was .*n4 was [^;]*; so were 2 other nodes\.$/);
  });
});

describe('a fault in words', () => {
  it('shows the two sides of a partition, the smaller first', () => {
    expect(describeFault({ kind: 'cut', links: linksBetween(['n5', 'n1', 'n3'], ['n2', 'n4']) })).toBe(
      'n2 n4 | n1 n3 n5',
    );
  });

  it('shows one direction of a one-way cut', () => {
    const links = ['n1', 'n3'].map((to) => ({ from: 'n2', to }));
    expect(describeFault({ kind: 'cut', links })).toBe('n2 → n1 n3');
  });

  it('shows the pairs of a cut that has no two sides', () => {
    const links = [...linksBetween(['n1'], ['n3']), ...linksBetween(['n2'], ['n4']), ...linksBetween(['n1'], ['n4'])];
    expect(describeFault({ kind: 'cut', links })).toBe('n1–n3, n2–n4, n1–n4');
  });

  it('says "all links" of all', () => {
    const links = allLinks(nodeIds(5));
    expect(describeFault({ kind: 'delay', links, meanMs: 50, jitterMs: 10 })).toBe('all links: 50 ± 10 ms');
    expect(describeFault({ kind: 'loss', links, probability: 0.125 })).toBe('all links: 12.5 %');
  });

  it('says what a traitor does, and to whom', () => {
    expect(describeFault({ kind: 'byzantine', nodes: ['n1', 'n4'], behaviour: 'collude', against: ['n2'] })).toBe(
      'n1 n4: collude against n2',
    );
    expect(describeFault({ kind: 'byzantine', nodes: ['n1'], behaviour: 'silent', against: [] })).toBe('n1: silent');
  });

  it('shows which way a clock went', () => {
    expect(describeFault({ kind: 'clock-jump', nodes: ['n2'], byMs: -12_300 })).toBe('n2 by −12.30 s');
    expect(describeFault({ kind: 'clock-rate', nodes: ['n2'], rate: 1.5 })).toBe('n2 at 1.5×');
  });
});

describe('an operation in words', () => {
  const common = { f: 'cas', key: 'k2', argument: '[41,42]' };
  it('tells what was asked and what is known of it', () => {
    expect(operationText({ f: 'read', key: 'k2', argument: '', result: '41', outcome: 'ok' })).toBe('read k2 → 41');
    expect(operationText({ ...common, result: '[41,42]', outcome: 'ok' })).toBe('cas k2 [41,42]');
    expect(operationText({ ...common, result: 'expected 40', outcome: 'fail' })).toBe(
      'cas k2 [41,42] failed: expected 40',
    );
    expect(operationText({ ...common, result: 'timed out', outcome: 'info' })).toBe(
      'cas k2 [41,42] unknown: timed out',
    );
    expect(operationText({ ...common, result: '', outcome: 'pending' })).toBe('cas k2 [41,42] never completed');
  });
});

describe('a time axis', () => {
  it('has ticks inside its range, in even steps, each with a label of its own', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.integer({ min: 50, max: 4_000_000_000 }),
        fc.integer({ min: 2, max: 12 }),
        (from, span, count) => {
          const marks = ticks(from, from + span, count);
          expect(marks.length).toBeLessThanOrEqual(count + 1);
          expect(marks.every((mark) => from <= mark && mark <= from + span)).toBe(true);
          const step = (marks[1] ?? 0) - (marks[0] ?? 0);
          if (marks.length > 1) expect(new Set(marks.map((mark) => formatTime(mark, step))).size).toBe(marks.length);
        },
      ),
    );
  });

  it('has none over nothing', () => {
    expect(ticks(5, 5, 4)).toEqual([]);
  });
});
