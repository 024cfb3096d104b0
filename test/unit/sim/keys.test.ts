import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../src/backends/cluster.js';
import { sleep } from '../../../src/ports/clock.js';
import type { Keyring } from '../../../src/ports/keys.js';
import type { Reply } from '../../../src/ports/requests.js';
import { startCluster } from './cluster.js';
import { witnesses } from './witnesses.js';

const OPERATION = { f: 'write', key: 'k', value: 1 };
const TEXT = JSON.stringify(OPERATION);

function ask(cluster: Cluster, node: string, client: Keyring, signature = client.sign(TEXT)): Promise<Reply> {
  return cluster.requests.request(node, {
    method: 'POST',
    path: '/operation',
    body: { operation: OPERATION, session: { client: client.owner, serial: 1 }, extra: { signature } },
    timeoutMs: 1000,
  });
}

/** A cluster whose nodes have booted. */
async function started(seed = 1): Promise<Cluster> {
  const { cluster } = await startCluster(seed, { system: witnesses });
  await cluster.run(() => sleep(cluster.clock, 10_000));
  return cluster;
}

function client(cluster: Cluster, label = 'c1'): Keyring {
  if (!cluster.identities) throw new Error('no identities');
  return cluster.identities.create(label);
}

describe("a simulated cluster's keys", () => {
  it('let nodes believe clients, clients nodes, and nodes each other', async () => {
    const cluster = await started();
    await cluster.run(async () => {
      const c1 = client(cluster);
      const reply = await ask(cluster, 'n2', c1);
      expect(reply).toMatchObject({
        kind: 'answered',
        status: 200,
        body: { type: 'vouched', outcome: { type: 'ok' } },
      });
      const { voucher } = (reply as { body: { voucher: { replica: string; mac: string } } }).body;
      expect(c1.verifyMac('n2', TEXT, voucher.mac)).toBe(true);
      expect(c1.verifyMac('n1', TEXT, voucher.mac)).toBe(false);
      expect(client(cluster, 'c2').verifyMac('n2', TEXT, voucher.mac)).toBe(false);
      await sleep(cluster.clock, 50_000);
      const heard = await Promise.all(cluster.nodes.map((node) => witnesses.status(cluster.requests, node, [])));
      expect(heard.map(({ commitIndex }) => commitIndex)).toEqual([1, 0, 1]);
    });
  });

  it('let nobody speak for another client', async () => {
    const cluster = await started();
    await cluster.run(async () => {
      const stolen = client(cluster, 'c2').sign(TEXT);
      expect(await ask(cluster, 'n1', client(cluster), stolen)).toMatchObject({ body: { type: 'fail' } });
      expect(await ask(cluster, 'n1', client(cluster, 'c2'), stolen)).toMatchObject({ body: { type: 'vouched' } });
    });
  });

  it('come from the seed, and a node that was killed has its own again', async () => {
    const vouchers = async (seed: number) => {
      const cluster = await started(seed);
      return cluster.run(async () => {
        const before = await ask(cluster, 'n1', client(cluster));
        const killed = await cluster.faults.inject({ kind: 'kill', nodes: ['n1'] });
        await killed.undo();
        expect(await ask(cluster, 'n1', client(cluster))).toEqual(before);
        return before;
      });
    };
    expect(await vouchers(1)).toEqual(await vouchers(1));
    expect(await vouchers(2)).not.toEqual(await vouchers(1));
  });

  it('are made only for systems that ask for them', async () => {
    const { cluster } = await startCluster(1);
    expect(cluster.identities).toBeUndefined();
  });
});
