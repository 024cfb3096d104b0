import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BugSwitches } from '../../../../src/consensus/bug-switches.js';
import { Authenticator } from '../../../../src/consensus/pbft/authentication.js';
import { AUTHENTICATIONS, NO_BUGS, type PbftMessage } from '../../../../src/consensus/pbft/index.js';
import type { Checkpoint, Commit, Prepare } from '../../../../src/consensus/pbft/messages.js';
import { Random } from '../../../../src/kernel/random.js';
import { PbftWorld, type Sent } from './world.js';

/** A message that was once sent, with one thing in it replaced by something that has no place there. */
function damaged(message: PbftMessage, path: number, junk: unknown): unknown {
  const copy = structuredClone(message) as unknown;
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const walk = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push({ holder: value as Record<string, unknown>, key });
      walk(inner);
    }
  };
  walk(copy);
  const place = places[path % places.length];
  if (place) place.holder[place.key] = junk;
  return copy;
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, -1, 0.5, Number.NaN, 2 ** 60, '', 'x'.repeat(1000), [], {}, true),
  fc.array(fc.constant({}), { minLength: 1000, maxLength: 1000 }),
  fc.constant({ type: 'NewView', __proto__: null }),
  fc.jsonValue() as fc.Arbitrary<unknown>,
);

/** What a cluster says in a busy second with a dead primary: messages of every type. */
function recorded(world: PbftWorld): Sent[] {
  const sent: Sent[] = [];
  world.onSend = (message) => {
    sent.push(message);
    return message;
  };
  const clients = [1, 2, 3].map((number) => world.keys.create(`c${number}`));
  for (let timestamp = 1; timestamp <= 12; timestamp++) {
    for (const client of clients) world.ask(client, timestamp, { f: 'append', key: 'k', value: timestamp }, world.ids);
    if (timestamp === 4) world.crash('n4');
    if (timestamp === 9) world.boot('n4');
    world.run(60);
  }
  world.crash('n1');
  for (const client of clients) world.ask(client, 13, { f: 'append', key: 'k', value: 13 }, world.ids);
  world.run(1500);
  world.boot('n1');
  world.run(500);
  world.onSend = (message) => message;
  return sent;
}

const metric = (world: PbftWorld, reason: string) =>
  world.core('n2').status().metrics[`pbft_rejected_messages_total{reason="${reason}"}`] ?? 0;

describe.each(AUTHENTICATIONS)('a replica with %s', (authentication) => {
  const options = { authentication, checkpointInterval: 4, logWindow: 8 };
  const world = new PbftWorld({ seed: 3, options });
  const sent = recorded(world);
  const types = [...new Set(sent.map(({ message }) => message.type))];

  it('was sent messages of every type', () => {
    expect(types.sort()).toEqual(
      [
        'Checkpoint',
        'Commit',
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
      fc.property(fc.nat(sent.length - 1), fc.nat(), junk, (index, path, replacement) => {
        const { from, message } = sent[index] as Sent;
        world.deliver({ from, to: 'n2', message: damaged(message, path, replacement) as PbftMessage });
      }),
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
    const authenticator = new Authenticator(
      world.keys.keyring('n3'),
      world.ids,
      authentication,
      new BugSwitches(NO_BUGS),
    );
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
