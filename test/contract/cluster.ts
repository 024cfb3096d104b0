import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Cluster } from '../../src/backends/cluster.js';
import type { Operation } from '../../src/history/events.js';
import { nodeIds } from '../../src/kernel/ids.js';
import { Random } from '../../src/kernel/random.js';
import type { Abilities, Client, System } from '../../src/plugin/system.js';
import { sleep } from '../../src/ports/clock.js';
import { FAULT_KINDS, type Fault, type FaultKind } from '../../src/ports/faults.js';

const SECOND_US = 1_000_000;

/** One example of each fault, on a cluster of at least three nodes. */
const EXAMPLES: Readonly<Record<FaultKind, Fault>> = {
  cut: { kind: 'cut', links: [{ from: 'n1', to: 'n2' }] },
  kill: { kind: 'kill', nodes: ['n1'] },
  pause: { kind: 'pause', nodes: ['n2'] },
  power: { kind: 'power', nodes: ['n3'] },
  'clock-jump': { kind: 'clock-jump', nodes: ['n1'], byMs: -30_000 },
  'clock-rate': { kind: 'clock-rate', nodes: ['n2'], rate: 0.5 },
  byzantine: { kind: 'byzantine', nodes: ['n1'], behaviour: 'silent', against: [] },
  delay: { kind: 'delay', links: [{ from: 'n1', to: 'n2' }], meanMs: 100, jitterMs: 20 },
  loss: { kind: 'loss', links: [{ from: 'n1', to: 'n2' }], probability: 0.5 },
  duplicate: { kind: 'duplicate', links: [{ from: 'n1', to: 'n2' }], probability: 0.5 },
  reorder: { kind: 'reorder', links: [{ from: 'n1', to: 'n2' }], probability: 0.5, byMs: 50 },
};

/**
 * What every backend promises, asked of a real cluster: it serves, every fault that it declares takes effect and is
 * undone, each time confirmed by a probe, and it leaves nothing behind.
 */
export function describeClusterContract(
  backend: Backend,
  system: System,
  leftovers: () => Promise<readonly string[]>,
): void {
  describe(`a cluster of ${system.name} on ${backend.name}`, () => {
    let cluster: Cluster;
    let abilities: Abilities;
    let before: readonly string[];
    const stop = new AbortController();

    beforeAll(async () => {
      before = await leftovers();
      abilities = await backend.abilities(system);
      cluster = await backend.start({
        system,
        systemOptions: system.options.parse({}),
        nodes: nodeIds(Math.max(3, system.leastNodes ?? 1)),
        random: new Random(1),
        onNote: () => {},
        onProgress: () => {},
        onTrace: () => {},
        signal: stop.signal,
      });
    }, 300_000);

    afterAll(async () => {
      await cluster?.[Symbol.asyncDispose]();
    });

    function client(id: string): Client {
      const { nodes, requests, clock, identities } = cluster;
      return system.client({
        options: system.options.parse({}),
        nodes,
        requests,
        clock,
        random: new Random(2).fork(id),
        id,
        timeoutMs: 2000,
        ...(identities && { identities }),
      });
    }

    /** Tries until it is ok, for ten seconds of the cluster's time. */
    async function eventually(operation: Operation): Promise<unknown> {
      const until = cluster.clock.nowUs() + 10 * SECOND_US;
      const session = client(`eventually ${operation.f} ${until}`);
      for (;;) {
        const answer = await session.invoke(operation);
        if (answer.type === 'ok') return answer.value;
        if (cluster.clock.nowUs() > until) throw new Error(`${operation.f} was never ok: ${answer.error}`);
        await sleep(cluster.clock, SECOND_US / 10);
      }
    }

    it('serves what was written', () =>
      cluster.run(async () => {
        await eventually({ f: 'write', key: 'contract', value: 1 });
        expect(await eventually({ f: 'read', key: 'contract' })).toBe(1);
      }));

    it('agrees that some node leads', () =>
      cluster.run(async () => {
        const statuses = await Promise.all(
          cluster.nodes.map((node) => system.status(cluster.requests, node, cluster.nodes)),
        );
        expect(statuses.filter(({ role }) => role === 'leader')).toHaveLength(1);
      }));

    it('keeps time: a sleep takes as long as it says', () =>
      cluster.run(async () => {
        const began = cluster.clock.nowUs();
        await sleep(cluster.clock, SECOND_US / 2);
        const slept = cluster.clock.nowUs() - began;
        expect(slept).toBeGreaterThanOrEqual(SECOND_US / 2);
        expect(slept).toBeLessThan(2 * SECOND_US);
      }));

    it('declares every kind of fault, with a reason for each that it cannot do', () => {
      for (const kind of FAULT_KINDS) {
        const ability = abilities[kind];
        if (!ability.able) expect(ability.reason.length).toBeGreaterThan(10);
      }
    });

    for (const kind of FAULT_KINDS) {
      it(`confirms ${kind} and its undo, and serves again; or says that it cannot`, async (context) => {
        const ability = abilities[kind];
        if (!ability.able) {
          const attempt = cluster.run(() => cluster.faults.inject(EXAMPLES[kind]));
          await expect(attempt).rejects.toThrow(expect.objectContaining({ code: 'unsupported' }));
          return context.skip(`${backend.name} declares: ${ability.reason}`);
        }
        await cluster.run(async () => {
          const injected = await cluster.faults.inject(EXAMPLES[kind]);
          expect(injected.probe, injected.probe.detail).toMatchObject({ confirmed: true });
          const healed = await injected.undo();
          expect(healed, healed.detail).toMatchObject({ confirmed: true });
          await injected.undo();
          await eventually({ f: 'write', key: 'contract', value: kind });
          expect(await eventually({ f: 'read', key: 'contract' })).toBe(kind);
        });
      }, 120_000);
    }

    it(
      'composes overlapping faults: a link is whole again only when both cuts are undone',
      () =>
        cluster.run(async () => {
          const first = await cluster.faults.inject(EXAMPLES.cut);
          const second = await cluster.faults.inject(EXAMPLES.cut);
          expect(first.probe.confirmed && second.probe.confirmed).toBe(true);
          await first.undo();
          const third = await cluster.faults.inject(EXAMPLES.cut);
          expect(third.probe.confirmed).toBe(true);
          await third.undo();
          expect(await second.undo()).toMatchObject({ confirmed: true });
        }),
      120_000,
    );

    it(
      'refuses requests to a killed node and answers them again after the undo',
      () =>
        cluster.run(async () => {
          const injected = await cluster.faults.inject(EXAMPLES.kill);
          expect((await system.status(cluster.requests, 'n1', cluster.nodes)).up).toBe(false);
          await injected.undo();
          expect((await system.status(cluster.requests, 'n1', cluster.nodes)).up).toBe(true);
        }),
      120_000,
    );

    it('has a traitor lie again when it was killed and is back, and no more when the fault ended meanwhile', async (context) => {
      const { byzantine } = abilities;
      if (!byzantine.able) return context.skip(`${backend.name} declares: ${byzantine.reason}`);
      const behaviour = async () => (await system.status(cluster.requests, 'n1', cluster.nodes)).behaviour;
      await cluster.run(async () => {
        const traitor = await cluster.faults.inject(EXAMPLES.byzantine);
        const killed = await cluster.faults.inject(EXAMPLES.kill);
        await killed.undo();
        expect(await behaviour()).toBe('silent');
        const killedAgain = await cluster.faults.inject(EXAMPLES.kill);
        expect(await traitor.undo()).toMatchObject({ confirmed: true });
        await killedAgain.undo();
        expect(await behaviour()).toBeUndefined();
      });
    }, 120_000);

    it('leaves nothing behind, and may be removed twice', async () => {
      await cluster[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
      expect(await leftovers()).toEqual(before);
    }, 60_000);
  });
}
