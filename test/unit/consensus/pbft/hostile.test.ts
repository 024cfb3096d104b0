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
  type PbftOptions,
} from '../../../../src/consensus/pbft/index.js';
import type { Checkpoint, Commit, Prepare } from '../../../../src/consensus/pbft/messages.js';
import { Random } from '../../../../src/kernel/random.js';
import { HOSTILITIES, type Hostility, hostileMessages, malformedMessages } from '../../../support/hostile-messages.js';
import { Cast, NODES } from './cast.js';
import { TestKeyring } from './keys.js';
import { PbftWorld, type Sent } from './world.js';

/** What a cluster says while a request is executed, a checkpoint taken, a primary replaced and a laggard helped. */
function everythingSaid(world: PbftWorld): Sent[] {
  return recorded(world, () => {
    const client = world.keys.create('c1');
    for (let timestamp = 1; timestamp <= 6; timestamp++) {
      if (timestamp === 3) world.crash('n1');
      if (timestamp === 6) world.boot('n1');
      const asked = world.ask(client, timestamp, { f: 'append', key: 'x', value: timestamp }, world.ids);
      expect(world.run(5000, () => asked.believed !== undefined)).toBe(true);
    }
    world.run(1000);
  });
}

/**
 * What a cluster says under load, to a backup that falls behind, to the same when it waits alone for a view, and when the
 * primary dies: messages of every type.
 */
function saidUnderLoad(world: PbftWorld): Sent[] {
  let isDeaf = false;
  const isLost = ({ to, message }: Sent) => isDeaf && to === 'n4' && message.type !== 'Status';
  const act = () => {
    const clients = [1, 2, 3].map((number) => world.keys.create(`c${number}`));
    const askAll = (timestamp: number) => {
      for (const client of clients) {
        world.ask(client, timestamp, { f: 'append', key: 'k', value: timestamp }, world.ids);
      }
    };
    for (let timestamp = 1; timestamp <= 12; timestamp++) {
      askAll(timestamp);
      if (timestamp === 4) world.crash('n4');
      if (timestamp === 9) world.boot('n4');
      world.run(60);
    }
    isDeaf = true;
    askAll(13);
    world.run(500);
    isDeaf = false;
    world.run(500);
    world.crash('n1');
    askAll(14);
    world.run(1500);
    world.boot('n1');
    world.run(500);
  };
  return recorded(world, act, isLost);
}

/** What is sent while `act` goes on, be it lost or not. */
function recorded(world: PbftWorld, act: () => void, isLost: (sent: Sent) => boolean = () => false): Sent[] {
  const sent: Sent[] = [];
  world.onSend = (each) => {
    sent.push(each);
    return isLost(each) ? undefined : each;
  };
  act();
  world.onSend = (each) => each;
  return sent;
}

/** Proves what a traitor says of itself. */
function authenticatorOf(world: PbftWorld, traitor: string, authentication: PbftOptions['authentication']) {
  return new Authenticator(world.keys.keyring(traitor), world.ids, authentication, new BugSwitches(NO_BUGS));
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
    const authenticator = authenticatorOf(world, 'n2', authentication);
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

const metric = (world: PbftWorld, reason: string) =>
  world.core('n2').status().metrics[`pbft_rejected_messages_total{reason="${reason}"}`] ?? 0;

describe.each(AUTHENTICATIONS)('a replica with %s, sent more of it than it can keep', (authentication) => {
  const options = { authentication, checkpointInterval: 4, logWindow: 8 };
  const world = new PbftWorld({ seed: 3, options });
  const sent = saidUnderLoad(world);
  const types = [...new Set(sent.map(({ message }) => message.type))];

  it('was sent messages of every type', () => {
    expect(types.sort()).toEqual(
      [
        'Batch',
        'Checkpoint',
        'Commit',
        'Decided',
        'FetchBatch',
        'FetchState',
        'NewView',
        'PrePrepare',
        'Prepare',
        'Request',
        'StateChunk',
        'Status',
        'ViewChange',
      ].sort(),
    );
  });

  it('survives whatever comes from the network, and counts what it does not take', () => {
    const before = { malformed: metric(world, 'malformed'), unauthenticated: metric(world, 'unauthenticated') };
    fc.assert(
      fc.property(
        fc.constantFrom(...world.ids),
        malformedMessages(sent.map(({ message }) => message)),
        (from, message) => {
          world.deliver({ from, to: 'n2', message: message as PbftMessage });
        },
      ),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.anything(), (message) => {
        world.deliver({ from: 'n3', to: 'n2', message: message as PbftMessage });
      }),
      { numRuns: 500 },
    );
    expect(metric(world, 'malformed')).toBeGreaterThan(before.malformed + 1000);
    expect(metric(world, 'unauthenticated')).toBeGreaterThan(before.unauthenticated + 100);
    expect(world.isUp('n2')).toBe(true);
  });

  it('keeps no more in mind, however often all that was ever sent is sent again, by whoever', () => {
    const size = () => {
      const { metrics } = world.core('n2').status();
      return [metrics.pbft_log_slots, metrics.pbft_log_batches, metrics.pbft_pending_requests];
    };
    for (let round = 0; round < 2; round++) for (const each of sent) world.deliver({ ...each, to: 'n2' });
    world.run(1000);
    const settled = size();
    for (let round = 0; round < 3; round++) {
      for (const { message } of sent) world.deliver({ from: 'n3', to: 'n2', message });
      world.run(1000);
    }
    expect(size()).toEqual(settled);
  });

  it('has room for no more of what a traitor signs than its log has', () => {
    const authenticator = authenticatorOf(world, 'n3', authentication);
    const random = new Random(1);
    const place = () => ({ view: random.int(0, 1000), sequence: random.int(1, 10_000), replica: 'n3' });
    const digest = () => String(random.int(1, 1000));
    for (let index = 0; index < 3000; index++) {
      const type = random.pick(['Prepare', 'Commit'] as const);
      const vote = authenticator.authenticate<Prepare | Commit>({ type, ...place(), digest: digest() });
      const { sequence, replica } = place();
      const told = authenticator.authenticate<Checkpoint>({ type: 'Checkpoint', sequence, digest: digest(), replica });
      for (const message of [vote, told]) world.deliver({ from: 'n3', to: 'n2', message });
    }
    const { metrics } = world.core('n2').status();
    expect(metrics.pbft_log_slots).toBeLessThanOrEqual(options.logWindow);
    expect(metrics.pbft_log_batches).toBeLessThanOrEqual(options.logWindow);
  });

  it('still does its work afterwards', () => {
    const client = world.keys.create('later');
    const asked = world.ask(client, 1, { f: 'append', key: 'k', value: 99 }, world.ids);
    expect(world.run(5000, () => asked.answers.size === 4)).toBe(true);
    expect(world.accepted(asked, 4)).toEqual({ type: 'ok' });
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
