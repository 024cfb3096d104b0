import { expect, it } from 'vitest';
import { Batches } from '../../../../src/consensus/pbft/batches.js';
import { Cast } from './cast.js';
import { TestKeyring } from './keys.js';

it('a batch that is ordered twice is kept until the second place is stable too', () => {
  const batches = new Batches(new TestKeyring('n1'));
  const requests = [new Cast().request('c1')];
  const digest = batches.digestOf(requests);
  batches.add(digest, requests, 4);
  batches.forgetUpTo(5, new Set([digest]));
  expect(batches.of(digest)).toBe(requests);
  batches.forgetUpTo(10, new Set());
  expect(batches.of(digest)).toBeUndefined();
});
