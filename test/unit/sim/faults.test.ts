import { describe, expect, it } from 'vitest';
import { simBackend } from '../../../src/backends/sim/backend.js';
import type { System } from '../../../src/plugin/system.js';
import { sleep } from '../../../src/ports/clock.js';
import type { Behaviour } from '../../../src/ports/corruption.js';
import { allLinks, FAULT_KINDS, type Fault } from '../../../src/ports/faults.js';
import pbft from '../../../src/systems/pbft.js';
import raft from '../../../src/systems/raft.js';
import { startCluster, type TestCluster } from './cluster.js';
import { witnesses } from './witnesses.js';

const n1n2 = [{ from: 'n1', to: 'n2' }];
const EVERY_KIND: Readonly<Record<Fault['kind'], Fault>> = {
  cut: { kind: 'cut', links: n1n2 },
  kill: { kind: 'kill', nodes: ['n2'] },
  pause: { kind: 'pause', nodes: ['n2', 'n3'] },
  power: { kind: 'power', nodes: ['n1'] },
  'clock-jump': { kind: 'clock-jump', nodes: ['n3'], byMs: -30_000 },
  'clock-rate': { kind: 'clock-rate', nodes: ['n1'], rate: 1.5 },
  byzantine: { kind: 'byzantine', nodes: ['n1', 'n3'], behaviour: 'equivocate', against: ['n2'] },
  delay: { kind: 'delay', links: allLinks(['n1', 'n2', 'n3']), meanMs: 40, jitterMs: 20 },
  loss: { kind: 'loss', links: n1n2, probability: 0.2 },
  duplicate: { kind: 'duplicate', links: n1n2, probability: 0.1 },
  reorder: { kind: 'reorder', links: n1n2, probability: 0.3, byMs: 20 },
};

describe('faults in the simulator', () => {
  it.each(FAULT_KINDS)('%s is confirmed by a probe, and so is its undo', async (kind) => {
    const { cluster } = await startCluster(1, { system: witnesses });
    await cluster.run(async () => {
      await sleep(cluster.clock, 100_000);
      const injected = await cluster.faults.inject(EVERY_KIND[kind]);
      expect(injected.probe).toMatchObject({ confirmed: true });
      await sleep(cluster.clock, 100_000);
      const undone = await injected.undo();
      expect(undone).toMatchObject({ confirmed: true });
      expect(await injected.undo()).toBe(undone);
    });
  });

  it('two cuts of one link open it only when both are undone', async () => {
    const { cluster } = await startCluster();
    await cluster.run(async () => {
      const first = await cluster.faults.inject(EVERY_KIND.cut);
      const second = await cluster.faults.inject(EVERY_KIND.cut);
      expect(await first.undo()).toMatchObject({ confirmed: true, detail: expect.stringContaining('0 of 64') });
      expect(await second.undo()).toMatchObject({ confirmed: true, detail: expect.stringContaining('64 of 64') });
    });
  });

  it('the undo of a cut is confirmed although another fault begins to lose packets in the middle of the probe', async () => {
    for (let startUs = 0; startUs <= 12_000; startUs += 3_000) {
      const { cluster } = await startCluster();
      await cluster.run(async () => {
        const links = allLinks(['n1', 'n2', 'n3']);
        const cut = await cluster.faults.inject({ kind: 'cut', links });
        const lossy = sleep(cluster.clock, startUs).then(() =>
          cluster.faults.inject({ kind: 'loss', links, probability: 0.5 }),
        );
        const undone = await cut.undo();
        expect(undone, undone.detail).toMatchObject({ confirmed: true });
        await (await lossy).undo();
      });
    }
  });

  it('a node that is killed and paused at once comes back when both are undone, in either order', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const { cluster } = await startCluster();
      await cluster.run(async () => {
        await sleep(cluster.clock, 100_000);
        const faults = [
          await cluster.faults.inject({ kind: 'pause', nodes: ['n2'] }),
          await cluster.faults.inject({ kind: 'kill', nodes: ['n2'] }),
        ];
        const [first, second] = order.map((index) => faults[index]);
        expect(await first?.undo()).toMatchObject({
          confirmed: true,
          detail: expect.stringContaining('another fault'),
        });
        const between = await cluster.requests.request('n2', { method: 'GET', path: '/status', timeoutMs: 300 });
        expect(between.kind).toBe('refused');
        expect(await second?.undo()).toMatchObject({ confirmed: true, detail: expect.stringContaining('answered') });
      });
    }
  });

  it('a dead node refuses requests, one that dies in mid-request loses them, a paused one answers late', async () => {
    const { cluster } = await startCluster();
    const write = () =>
      cluster.requests.request('n1', {
        method: 'POST',
        path: '/operation',
        body: { operation: { f: 'write', value: 1 } },
        timeoutMs: 1000,
      });
    await cluster.run(async () => {
      await sleep(cluster.clock, 100_000);
      const isolated = await cluster.faults.inject({ kind: 'cut', links: allLinks(cluster.nodes) });
      const pending = write();
      await sleep(cluster.clock, 100_000);
      const dead = await cluster.faults.inject({ kind: 'kill', nodes: ['n1'] });
      expect(await pending).toEqual({ kind: 'lost', error: 'connection reset' });
      expect(await write()).toEqual({ kind: 'refused', error: 'connection refused' });
      await isolated.undo();
      await dead.undo();
      const paused = await cluster.faults.inject({ kind: 'pause', nodes: ['n1'] });
      const late = write();
      const startUs = cluster.clock.nowUs();
      await sleep(cluster.clock, 500_000);
      await paused.undo();
      expect(await late).toMatchObject({ kind: 'answered', status: 200 });
      expect(cluster.clock.nowUs() - startUs).toBeGreaterThan(500_000);
      const stuck = await cluster.faults.inject({ kind: 'pause', nodes: ['n1'] });
      expect(await write()).toEqual({ kind: 'lost', error: 'no answer within 1.00 s' });
      await stuck.undo();
    });
  });

  it('an acknowledged write survives every power failure', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { cluster, notes } = await startCluster(seed);
      const client = clientOf(cluster);
      await cluster.run(async () => {
        await sleep(cluster.clock, 100_000);
        for (let value = 1; value <= 25; value++) {
          expect(await client({ f: 'write', value })).toMatchObject({ type: 'ok' });
          if (value % 5 !== 0) continue;
          // One more is under way, not acknowledged: it may be lost or torn.
          const unfinished = client({ f: 'write', value: 1000 + value });
          await sleep(cluster.clock, 1500);
          const fault = await cluster.faults.inject({ kind: 'power', nodes: ['n1'] });
          await unfinished;
          await fault.undo();
          const read = await client({ f: 'read' });
          expect([value, 1000 + value]).toContain(read.type === 'ok' && read.value);
        }
      });
      expect(notes.filter((note) => note.includes('left by itself'))).toEqual([]);
    }
  });

  it('a node whose clock runs twice as fast beats twice as often, timers under way included', async () => {
    const { cluster } = await startCluster();
    const beats = async () => {
      const reply = await cluster.requests.request('n2', { method: 'GET', path: '/metrics', timeoutMs: 100 });
      return Number(/^beats_total (\d+)$/m.exec(reply.kind === 'answered' ? String(reply.body) : '')?.[1]);
    };
    await cluster.run(async () => {
      const silenced = await cluster.faults.inject({ kind: 'cut', links: [{ from: 'n3', to: 'n2' }] });
      await sleep(cluster.clock, 1_000_000);
      const start = await beats();
      await sleep(cluster.clock, 1_000_000);
      const usual = (await beats()) - start;
      const fault = await cluster.faults.inject({ kind: 'clock-rate', nodes: ['n1'], rate: 2 });
      const fastStart = await beats();
      await sleep(cluster.clock, 1_000_000);
      const fast = (await beats()) - fastStart;
      await fault.undo();
      await silenced.undo();
      expect(usual).toBeGreaterThan(15);
      expect(Math.abs(fast - 2 * usual)).toBeLessThanOrEqual(2);
    });
  });
});

function clientOf(cluster: Awaited<ReturnType<typeof startCluster>>['cluster']) {
  return async (operation: { f: string; value?: number }) => {
    const reply = await cluster.requests.request('n1', {
      method: 'POST',
      path: '/operation',
      body: { operation },
      timeoutMs: 1000,
    });
    if (reply.kind !== 'answered') return { type: 'info', value: undefined };
    return reply.body as { type: string; value?: number };
  };
}

describe('traitors in the simulator', () => {
  const traitor = (behaviour: Behaviour, nodes = ['n2']): Fault => ({
    kind: 'byzantine',
    nodes,
    behaviour,
    against: [],
  });

  async function onWitnesses(act: (test: TestCluster, behaviour: (node: string) => Promise<unknown>) => Promise<void>) {
    const test = await startCluster(1, { system: witnesses });
    const { cluster } = test;
    await cluster.run(async () => {
      await sleep(cluster.clock, 100_000);
      await act(test, async (node) => (await witnesses.status(cluster.requests, node, [])).behaviour);
    });
    return test;
  }

  it('lie while the fault holds, and say so, in their trace as well', async () => {
    const { trace } = await onWitnesses(async ({ cluster }, behaviour) => {
      const injected = await cluster.faults.inject(traitor('silent', ['n2', 'n3']));
      expect(injected.probe).toEqual({ confirmed: true, detail: 'n2: lies: silent; n3: lies: silent' });
      expect([await behaviour('n1'), await behaviour('n2'), await behaviour('n3')]).toEqual([
        undefined,
        'silent',
        'silent',
      ]);
      expect(await injected.undo()).toEqual({ confirmed: true, detail: 'n2: is honest; n3: is honest' });
    });
    expect(trace.map(({ node, ...step }) => [node, 'behaviour' in step && step.behaviour])).toEqual([
      ['n2', 'silent'],
      ['n3', 'silent'],
      ['n2', null],
      ['n3', null],
    ]);
  });

  it('lie again when they were killed and are back, and no more when the fault ended meanwhile', async () => {
    await onWitnesses(async ({ cluster }, behaviour) => {
      const first = await cluster.faults.inject(traitor('delay'));
      await (await cluster.faults.inject({ kind: 'kill', nodes: ['n2'] })).undo();
      expect(await behaviour('n2')).toBe('delay');
      const killed = await cluster.faults.inject({ kind: 'power', nodes: ['n2'] });
      expect(await first.undo()).toEqual({
        confirmed: true,
        detail: 'n2: is down; will be honest when it is started again',
      });
      await killed.undo();
      expect(await behaviour('n2')).toBeUndefined();
    });
  });

  it('that are down or stand still are turned when they go on', async () => {
    for (const kind of ['kill', 'pause'] as const) {
      await onWitnesses(async ({ cluster }, behaviour) => {
        const held = await cluster.faults.inject({ kind, nodes: ['n2'] });
        const { probe } = await cluster.faults.inject(traitor('delay'));
        expect(probe).toMatchObject({ confirmed: true, detail: expect.stringContaining('will lie (delay) when it') });
        await held.undo();
        expect(await behaviour('n2')).toBe('delay');
      });
    }
  });

  it('do as the latest says of those who turned them', async () => {
    await onWitnesses(async ({ cluster }, behaviour) => {
      const first = await cluster.faults.inject(traitor('delay'));
      const second = await cluster.faults.inject(traitor('silent'));
      expect(await behaviour('n2')).toBe('silent');
      expect(await second.undo()).toEqual({ confirmed: true, detail: 'n2: lies: delay' });
      await first.undo();
      expect(await behaviour('n2')).toBeUndefined();
    });
  });

  it('are found by their word alone: one that does not say so is not confirmed', async () => {
    const discreet: System = {
      ...witnesses,
      node: {
        kind: 'hosted',
        corruptible: true,
        create: () => ({ start: () => [], step: () => [], status: () => ({ up: true, metrics: {} }), turn: () => [] }),
      },
    };
    const { cluster } = await startCluster(1, { system: discreet });
    await cluster.run(async () => {
      await sleep(cluster.clock, 100_000);
      const { probe } = await cluster.faults.inject(traitor('silent'));
      expect(probe).toEqual({ confirmed: false, detail: 'n2: is honest' });
    });
  });

  it('are none where the protocol bears crashes only, and the reason says so', async () => {
    const { cluster } = await startCluster(1);
    await expect(cluster.run(() => cluster.faults.inject(traitor('silent')))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('the nodes of primary-backup cannot be made to lie'),
    });
    expect((await simBackend.abilities(raft)).byzantine).toMatchObject({ able: false });
    expect((await simBackend.abilities(pbft)).byzantine).toEqual({ able: true });
  });
});
