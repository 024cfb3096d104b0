import type { LookupAddress } from 'node:dns';
import { expect, test } from 'vitest';
import { cachedLookup, type Resolve } from '../../../../src/node/ports/cached-lookup.js';

/** A resolver that answers when told to. */
function slowResolver() {
  const open: Parameters<Resolve>[1][] = [];
  const resolve: Resolve = (_, done) => open.push(done);
  return {
    lookup: cachedLookup(resolve),
    open,
    answer(...addresses: string[]) {
      const error = addresses.length === 0 ? Object.assign(new Error('EAI_AGAIN'), { code: 'EAI_AGAIN' }) : null;
      open.shift()?.(
        error,
        addresses.map((address) => ({ address, family: 4 })),
      );
    },
  };
}

function ask(lookup: ReturnType<typeof cachedLookup>): Promise<string> {
  return new Promise((resolve, reject) => {
    lookup('n2', { all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve((addresses as LookupAddress[]).map(({ address }) => address).join());
    });
  });
}

test('the first attempt waits for the resolver, and fails with it', async () => {
  const resolver = slowResolver();
  const first = ask(resolver.lookup);
  resolver.answer();
  await expect(first).rejects.toThrow('EAI_AGAIN');
  const second = ask(resolver.lookup);
  resolver.answer('10.0.0.2');
  expect(await second).toBe('10.0.0.2');
});

test('once an address is known, no attempt waits for a resolver that hangs, and it is asked one thing at a time', async () => {
  const resolver = slowResolver();
  const first = ask(resolver.lookup);
  resolver.answer('10.0.0.2');
  await first;
  for (let attempt = 0; attempt < 10; attempt++) expect(await ask(resolver.lookup)).toBe('10.0.0.2');
  expect(resolver.open).toHaveLength(1);
});

test('an address that changed is used by the attempt after the one that learnt it', async () => {
  const resolver = slowResolver();
  const first = ask(resolver.lookup);
  resolver.answer('10.0.0.2');
  await first;
  expect(await ask(resolver.lookup)).toBe('10.0.0.2');
  resolver.answer('10.0.0.9');
  expect(await ask(resolver.lookup)).toBe('10.0.0.9');
  resolver.answer();
  expect(await ask(resolver.lookup)).toBe('10.0.0.9');
});

test('a caller that wants one address gets one', async () => {
  const lookup = cachedLookup((_, done) => done(null, [{ address: '::1', family: 6 }]));
  const answer = new Promise((resolve) => {
    lookup('localhost', {}, (error, address, family) => resolve([error, address, family]));
  });
  expect(await answer).toEqual([null, '::1', 6]);
});
