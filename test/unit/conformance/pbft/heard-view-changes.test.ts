import { describe, expect, it } from 'vitest';
import type { ViewChangeRef } from '../../../../src/conformance/pbft/message.js';
import { HeardViewChanges } from '../../../../src/conformance/pbft/steps/heard-view-changes.js';

const change = (view: number, stable = 0): ViewChangeRef => ({
  ...{ view, stable, replica: 'n2', proof: [], prepared: [], prePrepared: [] },
});

/** After those, heard in view `current`. */
function heard(changes: readonly ViewChangeRef[], current = 0): HeardViewChanges {
  const all = new HeardViewChanges();
  for (const each of changes) all.hear(each, current);
  return all;
}

const many = (count: number, view = 5) => Array.from({ length: count }, (_, stable) => change(view, stable));

describe('view changes that were heard', () => {
  it('nothing was heard at first', () => {
    const none = heard([]);
    expect([none.latest, none.mayHold(change(0)), none.mayAskFor(0), none.mayHaveLeftFor(0)]).toEqual([
      ...[-1, false, false, false],
    ]);
  });

  it('each by its content', () => {
    const two = heard([change(3, 1), change(5, 2)]);
    expect([change(3, 1), change(5, 2), change(3, 2)].map((each) => two.mayHold(each))).toEqual([true, true, false]);
    expect([3, 4, 5].map((view) => two.mayAskFor(view))).toEqual([true, false, true]);
    expect([4, 5, 6].map((view) => two.mayHaveLeftFor(view))).toEqual([true, true, false]);
    expect(two.latest).toBe(5);
  });

  it('the same one takes no room', () => {
    const again = heard([...many(16), ...Array.from({ length: 40 }, () => change(5, 3))]);
    expect(again.mayHold(change(5, 16))).toBe(false);
    expect(again.mayHold(change(5, 15))).toBe(true);
  });

  it('of more than sixteen the first are kept, and anything may have been heard for the views of the others', () => {
    const full = heard([change(9), ...many(15), change(7, 20)]);
    expect(full.mayHold(change(9))).toBe(true);
    expect([6, 7, 8].map((view) => full.mayHold(change(view, 40)))).toEqual([true, true, false]);
    expect([6, 7, 8, 9].map((view) => full.mayAskFor(view))).toEqual([true, true, false, true]);
    const later = heard([...many(16), change(12)]);
    expect([12, 13].map((view) => later.mayHaveLeftFor(view))).toEqual([true, false]);
    expect(later.latest).toBe(5);
  });

  it('those for views that are over make room', () => {
    const views = heard([...many(15, 4), change(5)], 4);
    views.hear(change(6), 5);
    expect([change(5), change(6)].map((each) => views.mayHold(each))).toEqual([true, true]);
    expect(views.mayHold(change(6, 1))).toBe(false);
    expect(views.mayHold(change(4, 1))).toBe(false);
  });

  it('but only where it is needed: those of the view before may still be asked for', () => {
    const views = heard(many(15, 4), 4);
    views.hear(change(6), 5);
    expect(views.mayHold(change(4, 1))).toBe(true);
  });
});
