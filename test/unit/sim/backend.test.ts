import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { simBackend } from '../../../src/backends/sim/backend.js';
import { Random } from '../../../src/kernel/random.js';
import { defineSystem, type System } from '../../../src/plugin/system.js';
import { sleep } from '../../../src/ports/clock.js';
import { allLinks, type Fault } from '../../../src/ports/faults.js';
import { startCluster } from './cluster.js';
import { primaryBackup } from './primary-backup.js';

const server = defineSystem({
  ...primaryBackup,
  name: 'server',
  node: {
    kind: 'container',
    image: { target: 'server' },
    command: () => ({ command: [] }),
    clientPort: 1,
    peerPorts: [],
    immune: {},
  },
});

/** Clients and faults of every kind, all drawn from the seed; everything that anyone sees goes into the hash. */
async function eventStream(seed: number): Promise<{ hash: string; events: number }> {
  const { cluster, trace, notes } = await startCluster(seed);
  const random = new Random(seed).fork('test');
  const hash = createHash('sha256');
  let events = 0;
  const record = (event: unknown) => {
    events++;
    hash.update(JSON.stringify([cluster.clock.nowUs(), event]));
  };
  const faults: Fault[] = [
    { kind: 'power', nodes: ['n1'] },
    { kind: 'cut', links: allLinks(cluster.nodes) },
    { kind: 'pause', nodes: ['n2'] },
    { kind: 'loss', links: allLinks(cluster.nodes), probability: 0.1 },
    { kind: 'duplicate', links: allLinks(cluster.nodes), probability: 0.3 },
    { kind: 'reorder', links: allLinks(cluster.nodes), probability: 0.3, byMs: 10 },
    { kind: 'clock-rate', nodes: ['n1', 'n3'], rate: 0.7 },
    { kind: 'delay', links: allLinks(cluster.nodes), meanMs: 20, jitterMs: 10 },
  ];
  const client = async (id: number) => {
    const own = random.fork(`client ${id}`);
    const { invoke } = primaryBackup.client({
      options: {},
      nodes: cluster.nodes,
      requests: cluster.requests,
      clock: cluster.clock,
      random: own,
      id: `c${id}`,
      timeoutMs: 200,
    });
    for (let serial = 0; serial < 20; serial++) {
      await sleep(cluster.clock, Math.round(own.exponential(20_000)));
      record(await invoke(own.chance(0.5) ? { f: 'read' } : { f: 'write', value: 100 * id + serial }));
    }
  };
  const nemesis = async () => {
    for (const fault of random.shuffle(faults)) {
      const injected = await cluster.faults.inject(fault);
      record(injected.probe);
      await sleep(cluster.clock, 50_000);
      record(await injected.undo());
    }
  };
  await cluster.run(() => Promise.all([nemesis(), ...[1, 2, 3, 4].map(client)]));
  record([trace, notes]);
  return { hash: hash.digest('hex'), events: events + trace.length };
}

describe('the simulator', () => {
  it('gives one seed the same event stream 200 times, and other seeds others', async () => {
    const first = await eventStream(1);
    expect(first.events).toBeGreaterThan(150);
    for (let run = 0; run < 199; run++) expect((await eventStream(1)).hash).toBe(first.hash);
    const others = new Set<string>();
    for (let seed = 2; seed < 12; seed++) others.add((await eventStream(seed)).hash);
    expect(others.size).toBe(10);
  });

  it('keeps the same stream while the process is busy with other things', async () => {
    const quiet = await eventStream(3);
    const busy = setInterval(() => {}, 0);
    const noisy = await Promise.all([eventStream(3), eventStream(4), eventStream(3)]);
    clearInterval(busy);
    expect(noisy[0]).toEqual(quiet);
    expect(noisy[2]).toEqual(quiet);
  });

  it('never sleeps: ten minutes of an idle cluster take a moment', async () => {
    const { cluster } = await startCluster();
    const start = performance.now();
    await cluster.run(() => sleep(cluster.clock, 600_000_000));
    expect(cluster.clock.nowUs()).toBe(600_000_000);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('lets time stand still while the harness does something else', async () => {
    const { cluster } = await startCluster();
    await cluster.run(async () => {
      await sleep(cluster.clock, 1000);
      const before = cluster.clock.nowUs();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(cluster.clock.nowUs()).toBe(before);
    });
  });

  it('stops when it is aborted', async () => {
    const stop = new AbortController();
    const { cluster } = await startCluster(1, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('interrupted')), 5);
    await expect(cluster.run(() => sleep(cluster.clock, 1e15))).rejects.toThrow('interrupted');
  });

  it('passes on what its main function throws', async () => {
    const { cluster } = await startCluster();
    const failing = cluster.run(async () => {
      await sleep(cluster.clock, 1000);
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await cluster.run(async () => 'again')).toBe('again');
  });

  it('notes a node that leaves by itself, and goes on without it', async () => {
    const fragile = defineSystem({
      ...primaryBackup,
      node: {
        kind: 'hosted',
        create: (context) => {
          if (primaryBackup.node.kind !== 'hosted') throw new Error('not hosted');
          const protocol = primaryBackup.node.create(context);
          if (context.id !== 'n2') return protocol;
          return {
            start: (...args) => protocol.start(...args),
            status: () => protocol.status(),
            step: () => {
              throw new Error('commitIndex 7 is beyond lastIndex 5');
            },
          };
        },
      },
    });
    const { cluster, notes } = await startCluster(1, { system: fragile });
    await cluster.run(async () => {
      await sleep(cluster.clock, 1_000_000);
      const reply = await cluster.requests.request('n2', { method: 'GET', path: '/status', timeoutMs: 100 });
      expect(reply.kind).toBe('refused');
    });
    expect(notes).toEqual(['n2 left by itself: commitIndex 7 is beyond lastIndex 5']);
  });

  it('the effects of a known bug are counted over all processes of a node, and not at all where none is on', async () => {
    const { cluster: correct } = await startCluster();
    expect(correct.bugEffects?.()).toEqual({});
    const each: System = {
      ...primaryBackup,
      node: {
        kind: 'hosted',
        create: (context) => {
          const protocol = primaryBackup.node.kind === 'hosted' ? primaryBackup.node.create(context) : undefined;
          if (!protocol) throw new Error('not hosted');
          return {
            start: (recovered, nowUs) => protocol.start(recovered, nowUs),
            step: (input, nowUs) => protocol.step(input, nowUs),
            status: () => ({ ...protocol.status(), bugEffects: 3 }),
          };
        },
      },
    };
    const { cluster } = await startCluster(1, { system: each });
    await cluster.run(async () => {
      await sleep(cluster.clock, 100_000);
      const dead = await cluster.faults.inject({ kind: 'kill', nodes: ['n2'] });
      expect(cluster.bugEffects?.()).toEqual({ n1: 3, n2: 3, n3: 3 });
      await dead.undo();
      expect(cluster.bugEffects?.()).toEqual({ n1: 3, n2: 6, n3: 3 });
    });
  });

  it('refuses systems that live in containers, with the reason and the way out', async () => {
    const abilities = await simBackend.abilities(server);
    expect(abilities.kill).toEqual({ able: false, reason: expect.stringContaining('Try --backend docker.') });
    await expect(startCluster(1, { system: server })).rejects.toMatchObject({
      code: 'unsupported',
      wayOut: 'Try --backend docker.',
    });
  });
});
