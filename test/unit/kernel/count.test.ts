import { expect, it } from 'vitest';
import { count, grouped } from '../../../src/kernel/count.js';

it('groups thousands and counts one thing as one', () => {
  expect([0, 999, 1000, 1234567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect(count(1, 'fault')).toBe('1 fault');
  expect(count(12_310, 'operation')).toBe('12,310 operations');
});
