import { expect, it } from 'vitest';
import type { Scalar } from '../../../src/linearizability-checker/index.js';
import { ValueIndex } from '../../../src/linearizability-checker/monitors/value-index.js';

it('an index of values keeps one operation for each, of whatever type it is', () => {
  const values: readonly Scalar[] = [0, 1, 5, 19, 20, 21, -1, 1.5, 1e12, 2 ** 32 + 1, '1', '', 'x', true, false, null];
  const index = new ValueIndex(10);
  for (const value of values) expect(index.get(value), `${value}`).toBe(-1);
  for (const [op, value] of values.entries()) index.set(value, op);
  for (const [op, value] of values.entries()) expect(index.get(value), `${value}`).toBe(op);
  expect([2, 22, -2, 2.5, '2'].map((value) => index.get(value))).toEqual([-1, -1, -1, -1, -1]);
});
