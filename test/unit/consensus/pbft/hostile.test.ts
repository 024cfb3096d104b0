import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BugSwitches } from '../../../../src/consensus/bug-switches.js';
import { Authenticator } from '../../../../src/consensus/pbft/authentication.js';
import {
  AUTHENTICATIONS,
  createPbft,
  DEFAULT_PBFT_OPTIONS,
  NO_BUGS,
  type PbftMessage,
} from '../../../../src/consensus/pbft/index.js';
import { HOSTILITIES, type Hostility, hostileMessages } from '../../../support/hostile-messages.js';
import { Cast, NODES } from './cast.js';
import { TestKeyring } from './keys.js';
import { PbftWorld, type Sent } from './world.js';

/** What a cluster says while a request is executed, a checkpoint taken, a primary replaced and a laggard helped. */
function everythingSaid(world: PbftWorld): Sent[] {
  const sent: Sent[] = [];
  world.onSend = (each) => {
    sent.push(each);
    return each;
  };
  const client = world.keys.create('c1');
  for (let timestamp = 1; timestamp <= 6; timestamp++) {
    if (timestamp === 3) world.crash('n1');
    if (timestamp === 6) world.boot('n1');
    const asked = world.ask(client, timestamp, { f: 'append', key: 'x', value: timestamp }, world.ids);
    expect(world.run(5000, () => asked.believed !== undefined)).toBe(true);
  }
  world.run(1000);
  world.onSend = (each) => each;
  return sent;
}

/** One of each kind, and a few more. */
function samples(sent: readonly Sent[]): PbftMessage[] {
  const byType = new Map<string, PbftMessage[]>();
  for (const { message } of sent) {
    const known = byType.get(message.type) ?? [];
    if (known.length < 4) byType.set(message.type, [...known, message]);
  }
  return [...byType.values()].flat();
}

function rejected(world: PbftWorld): number {
  return world.ids.reduce((sum, id) => {
    const metrics = Object.entries(world.core(id).status().metrics);
    return sum + metrics.reduce((total, [name, value]) => total + (name.startsWith('pbft_rejected') ? value : 0), 0);
  }, 0);
}

/** Everything that a core holds, by its number of values and characters, what several hold counted once. */
function sizeOf(root: unknown): number {
  const seen = new Set<object>();
  const open: unknown[] = [root];
  let size = 0;
  while (open.length > 0) {
    const value = open.pop();
    size++;
    if (typeof value === 'string') size += value.length;
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Map) open.push(...value.keys(), ...value.values());
    else if (value instanceof Set) open.push(...value);
    else for (const part of Object.values(value)) open.push(part);
  }
  return size;
}

describe.each(AUTHENTICATIONS)('replicas with %s, sent what no correct replica sends', (authentication) => {
  const options = { authentication, checkpointInterval: 2, logWindow: 4, batchRequests: 4 };

  /** Sends it from and to anybody; whatever a core holds afterwards, in values and characters, has a bound. */
  function attack(
    world: PbftWorld,
    real: readonly PbftMessage[],
    remake: (message: unknown) => unknown,
  ): Set<Hostility> {
    const seen = new Set<Hostility>();
    fc.assert(
      fc.property(
        fc.array(hostileMessages(real, world.ids), { minLength: 1, maxLength: 10 }),
        fc.constantFrom(...world.ids),
        fc.constantFrom(...world.ids),
        (hostile, from, to) => {
          for (const { hostility, message } of hostile) {
            seen.add(hostility);
            world.deliver({ from, to, message: remake(message) as PbftMessage });
          }
          world.run(20);
          // A few requests as large as any may be, and what is always there.
          expect(sizeOf(world.core(to))).toBeLessThan(300_000);
        },
      ),
      { numRuns: 200 },
    );
    return seen;
  }

  function expectService(world: PbftWorld): void {
    const asked = world.ask(world.keys.create('c2'), 1, { f: 'read', key: 'x' }, world.ids);
    expect(world.run(60_000, () => asked.believed !== undefined)).toBe(true);
    expect(asked.believed).toEqual({ type: 'ok', value: [1, 2, 3, 4, 5, 6] });
  }

  it('throw nothing, keep nothing of it, count it, and go on', () => {
    const world = new PbftWorld({ options });
    const real = samples(everythingSaid(world));
    expect(new Set(real.map(({ type }) => type)).size).toBeGreaterThan(8);
    const before = rejected(world);
    expect(attack(world, real, (message) => message)).toEqual(new Set(HOSTILITIES));
    expect(rejected(world) - before).toBeGreaterThan(200);
    expectService(world);
  });

  it('do so as well where a traitor proves that it says that', () => {
    const world = new PbftWorld({ options });
    const real = samples(everythingSaid(world));
    const authenticator = new Authenticator(
      world.keys.keyring('n2'),
      world.ids,
      authentication,
      new BugSwitches(NO_BUGS),
    );
    let proved = 0;
    attack(world, real, (message) => {
      if (typeof message !== 'object' || message === null || !('auth' in message)) return message;
      try {
        const authentic = authenticator.authenticate({ ...message, replica: 'n2' } as never);
        proved++;
        return authentic;
      } catch {
        // It is not even a text.
        return message;
      }
    });
    expect(proved).toBeGreaterThan(100);
    expectService(world);
  });
});

describe('what is no message at all', () => {
  const cast = new Cast();
  const request = cast.request('c1');
  let deep: unknown = 0;
  for (let level = 0; level < 20_000; level++) deep = [deep];
  const chunk = { type: 'StateChunk', sequence: 2, digest: 'd', proof: [], offset: 0, data: '', done: true };
  const readers = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`n${index}`, 'mac']));

  it.each<[string, unknown]>([
    ['a piece of state that somebody signed', { ...chunk, replica: 'n2', auth: { macs: null } }],
    ['a batch that somebody signed', { type: 'Batch', requests: [request], replica: 'n2', auth: request.auth }],
    ['an operation too deep for a text', { ...request, operation: { f: 'write', key: 'x', value: deep } }],
    ['an operation too long', { ...request, operation: { f: 'write', key: 'x', value: 'x'.repeat(70_000) } }],
    ['a request that brings something along', { ...request, luggage: 'x'.repeat(1000) }],
    ['an operation that brings something along', { ...request, operation: { ...request.operation, luggage: 1 } }],
    ['a proof that brings something along', { ...request, auth: { ...request.auth, luggage: 1 } }],
    ['MACs for more than there are replicas', { ...request, auth: { macs: readers } }],
    ['a vote that brings something along', { ...cast.prepare('n2', 1, 'd'), luggage: 1 }],
  ])('is counted and forgotten: %s', (_, message) => {
    const core = createPbft({ id: 'n1', nodes: NODES, keys: new TestKeyring('n1'), options: DEFAULT_PBFT_OPTIONS });
    core.start([], 0);
    expect(core.step({ kind: 'receive', from: 'n2', message: message as PbftMessage }, 0)).toEqual([]);
    expect(core.status().metrics['pbft_rejected_messages_total{reason="malformed"}']).toBe(1);
  });
});
