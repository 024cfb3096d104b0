import { describe, expect, it } from 'vitest';
import { sleep } from '../../../src/ports/clock.js';
import { allLinks, FAULT_KINDS, type Fault } from '../../../src/ports/faults.js';
import { startCluster } from './cluster.js';

const n1n2 = [{ from: 'n1', to: 'n2' }];
const EVERY_KIND: Readonly<Record<Fault['kind'], Fault>> = {
  cut: { kind: 'cut', links: n1n2 },
  kill: { kind: 'kill', nodes: ['n2'] },
  pause: { kind: 'pause', nodes: ['n2', 'n3'] },
  power: { kind: 'power', nodes: ['n1'] },
  'clock-jump': { kind: 'clock-jump', nodes: ['n3'], byMs: -30_000 },
  'clock-rate': { kind: 'clock-rate', nodes: ['n1'], rate: 1.5 },
  delay: { kind: 'delay', links: allLinks(['n1', 'n2', 'n3']), meanMs: 40, jitterMs: 20 },
  loss: { kind: 'loss', links: n1n2, probability: 0.2 },
  duplicate: { kind: 'duplicate', links: n1n2, probability: 0.1 },
  reorder: { kind: 'reorder', links: n1n2, probability: 0.3, byMs: 20 },
};

describe('faults in the simulator', () => {
  it.each(FAULT_KINDS)('%s is confirmed by a probe, and so is its undo', async (kind) => {
    const { cluster } = await startCluster();
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
