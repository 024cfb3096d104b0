import { expect, test } from 'vitest';
import { scalar } from '../../../src/checkers/interpret/reading.js';

test('maps with the same keys and values are the same value, however they were written', () => {
  expect(scalar({ a: 1, b: [{ c: 2, d: 3 }] })).toBe(scalar({ b: [{ d: 3, c: 2 }], a: 1 }));
  expect(scalar({ a: [1, 2] })).not.toBe(scalar({ a: [2, 1] }));
  expect(scalar(JSON.parse('{"__proto__":1}'))).not.toBe(scalar({}));
});
