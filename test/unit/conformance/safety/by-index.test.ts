import { describe, expect, it } from 'vitest';
import { ByIndex } from '../../../../src/conformance/safety/by-index.js';

describe('ByIndex', () => {
  const letters = () => {
    const values = new ByIndex<string>();
    [...'abcde'].forEach((letter, index) => {
      values.set(index, letter);
    });
    return values;
  };
  const all = (values: ByIndex<string>) => [0, 1, 2, 3, 4, 5].map((index) => values.get(index) ?? '-').join('');

  it('keeps from an index on, each value at its place', () => {
    const values = letters();
    values.forget(2);
    expect(all(values)).toBe('--cde-');
    values.forget(4);
    expect(all(values)).toBe('----e-');
  });

  it('takes new values where something is kept, and none below', () => {
    const values = letters();
    values.forget(2);
    values.set(1, 'B');
    values.set(2, 'C');
    values.set(5, 'F');
    expect(all(values)).toBe('--CdeF');
  });

  it('brings nothing back when less is to be forgotten than was', () => {
    const values = letters();
    values.forget(3);
    values.forget(1);
    values.forget(3);
    expect(all(values)).toBe('---de-');
  });
});
