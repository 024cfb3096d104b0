import { expect, test } from 'vitest';
import { casRegister } from '../../../src/linearizability-checker/index.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { isLinearization } from '../../../src/linearizability-checker/witness.js';
import type { RegisterHistory } from './histories.js';

test('a linearization has every operation that returned once, in an order that its times and the model allow', () => {
  const history: RegisterHistory = [
    { input: { f: 'write', value: 1 }, call: 0, return: 1 },
    { input: { f: 'write', value: 2 }, call: 2, return: 5 },
    { input: { f: 'read' }, output: 1, call: 4, return: 6 },
    { input: { f: 'write', value: 3 }, call: 7 },
    { input: { f: 'read' }, output: 2, call: 8, return: 9 },
  ];
  const problem = problemOf(casRegister(), history, Int32Array.from(history.keys()));
  const judged = (...order: number[]) => isLinearization(casRegister(), problem, order);
  expect(judged(0, 2, 1, 4)).toBe(true);
  expect(judged(0, 2, 1, 4, 3)).toBe(true);
  // The model answers otherwise.
  expect(judged(0, 1, 2, 4)).toBe(false);
  expect(judged(0, 2, 1, 3, 4)).toBe(false);
  // One is missing, or there twice.
  expect(judged(0, 2, 1)).toBe(false);
  expect(judged(0, 0, 2, 1, 4)).toBe(false);
  expect(judged(0, 2, 1, 3, 1, 4)).toBe(false);
  // Each was called after the one before it had returned; a register would not mind.
  const blind: RegisterHistory = history.filter(({ input }) => input.f === 'write');
  const writes = problemOf(casRegister(), blind, Int32Array.from(blind.keys()));
  expect(isLinearization(casRegister(), writes, [0, 1, 2])).toBe(true);
  expect(isLinearization(casRegister(), writes, [1, 2])).toBe(false);
  expect(isLinearization(casRegister(), writes, [1, 0])).toBe(false);
  expect(isLinearization(casRegister(), writes, [2, 0, 1])).toBe(false);
});
