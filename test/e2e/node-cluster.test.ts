import { afterEach, describe, expect, test } from 'vitest';
import type { Reply } from '../../src/ports/requests.js';
import raft from '../../src/systems/raft.js';
import { until } from '../support/net.js';
import { NodeProcesses } from '../support/node-processes.js';

let cluster: NodeProcesses;
afterEach(async () => {
  await cluster.killAll();
  try {
    await expectSafeTrace();
  } finally {
    await cluster.dispose();
  }
});

/** Whatever a test did to the nodes, by their own record they stayed within Raft's rules. */
async function expectSafeTrace(): Promise<void> {
  const nodes = cluster.ids;
  const events = nodes.flatMap((id) => cluster.trace(id)).sort((a, b) => a.timeUs - b.timeUs);
  expect(events.filter(({ name }) => name === 'BecomeLeader').length).toBeGreaterThan(0);
  const checkers = raft.traceCheckers({ nodes, options: raft.options.parse({}), inOrder: false });
  expect(checkers.length).toBeGreaterThan(0);
  for (const checker of checkers) {
    for (const event of events) checker.observe(event);
    expect(await checker.conclude(10_000)).toMatchObject({ verdict: 'valid', anomalies: [] });
  }
}

async function clusterOf(count: number): Promise<void> {
  cluster = await NodeProcesses.of(count);
  await cluster.startAll();
}

const write = (id: string, key: string, value: unknown): Promise<Reply> =>
  cluster.ask(id, 'POST', '/operation', { operation: { f: 'write', key, value } });

async function read(id: string, key: string): Promise<unknown> {
  const reply = await cluster.ask(id, 'POST', '/operation', { operation: { f: 'read', key } });
  expect(reply).toMatchObject({ kind: 'answered', status: 200, body: { type: 'ok' } });
  return (reply as { body: { value?: unknown } }).body.value;
}

/** Writes one value after the other, to whoever leads, until `stop`. */
function writer() {
  const acknowledged: number[] = [];
  let isOver = false;
  const done = (async () => {
    let target = 0;
    for (let value = 1; !isOver; value++) {
      const reply = await cluster.ask(
        cluster.ids[target % cluster.ids.length] ?? 'n1',
        'POST',
        '/operation',
        { operation: { f: 'append', key: 'log', value } },
        400,
      );
      const body = reply.kind === 'answered' ? (reply.body as { type: string }) : undefined;
      if (body?.type === 'ok') acknowledged.push(value);
      else target++;
    }
  })();
  return {
    acknowledged,
    async stop() {
      isOver = true;
      await done;
    },
  };
}

describe('three node processes on the loopback', () => {
  test('elect a leader and serve; the others redirect to it and surely did not execute', async () => {
    await clusterOf(3);
    const leader = await cluster.leader();
    expect(await write(leader, 'x', 1)).toMatchObject({ kind: 'answered', status: 200, body: { type: 'ok' } });
    for (const id of cluster.ids.filter((other) => other !== leader)) {
      expect(await write(id, 'x', 2)).toEqual({
        kind: 'answered',
        status: 421,
        body: { type: 'redirect', leader },
      });
    }
    expect(await read(leader, 'x')).toBe(1);
  });

  test('go on when the leader is killed, and the killed one comes back with its data', async () => {
    await clusterOf(3);
    const first = await cluster.leader();
    await write(first, 'x', 'before');
    await cluster.signal(first, 'SIGKILL');
    const survivors = cluster.ids.filter((id) => id !== first);
    const second = await cluster.leader(survivors);
    expect(await write(second, 'y', 'meanwhile')).toMatchObject({ body: { type: 'ok' } });
    await cluster.start(first);
    const leader = await cluster.leader();
    expect(await read(leader, 'x')).toBe('before');
    expect(await read(leader, 'y')).toBe('meanwhile');
    const recovered = cluster.trace(first).findLast(({ name }) => name === 'InitState');
    expect(recovered).toMatchObject({ votedFor: expect.any(String) });
    expect((recovered as unknown as { log: unknown[] }).log.length).toBeGreaterThanOrEqual(2);
  });

  test('keep every acknowledged write when all lose their power at once, under load', async () => {
    await clusterOf(3);
    await cluster.leader();
    const load = writer();
    await until(() => load.acknowledged.length >= 100);
    await cluster.killAll();
    await load.stop();
    for (const [index, id] of cluster.ids.entries()) cluster.losePower(id, index * 7);
    await cluster.startAll();
    const kept = new Set((await read(await cluster.leader(), 'log')) as number[]);
    expect(load.acknowledged.filter((value) => !kept.has(value))).toEqual([]);
    for (const id of cluster.ids) {
      expect(cluster.log(id)).toContain('power failure: wal lost');
    }
  });

  test('depose a leader that stands still, and have it follow within seconds of its waking', async () => {
    await clusterOf(3);
    const paused = await cluster.leader();
    await cluster.signal(paused, 'SIGSTOP');
    try {
      const others = cluster.ids.filter((id) => id !== paused);
      const next = await cluster.leader(others);
      expect(await write(next, 'x', 'while it stood still')).toMatchObject({ body: { type: 'ok' } });
      // Longer than the patience of its connections.
      await new Promise((resolve) => setTimeout(resolve, 2000));
    } finally {
      await cluster.signal(paused, 'SIGCONT');
    }
    const woken = performance.now();
    const leader = await cluster.leader();
    const commitIndex = async (id: string) => (await cluster.statusOf(id)).commitIndex;
    await until(async () => (await commitIndex(paused)) === (await commitIndex(leader)));
    expect(performance.now() - woken).toBeLessThan(5000);
  });

  test('answer hundreds of writes at once, each exactly once', async () => {
    await clusterOf(3);
    const leader = await cluster.leader();
    const values = [...Array(300).keys()];
    const replies = await Promise.all(
      values.map((value) =>
        cluster.ask(leader, 'POST', '/operation', { operation: { f: 'append', key: 'log', value } }),
      ),
    );
    expect(replies.every((reply) => reply.kind === 'answered' && reply.status === 200)).toBe(true);
    expect([...((await read(leader, 'log')) as number[])].sort((a, b) => a - b)).toEqual(values);
  });
});
