import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { LinkTiming } from '../../../../src/node/ports/peer-link.js';
import { TcpNetwork } from '../../../../src/node/ports/tcp-network.js';
import { freePort, until } from '../../../support/net.js';

const FAST: Partial<LinkTiming> = { connectTimeoutMs: 200, pingIntervalMs: 30, silenceTimeoutMs: 150 };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Peer {
  readonly network: TcpNetwork;
  readonly received: { from: string; message: unknown }[];
  readonly logged: string[];
}

async function peer(self: string, ports: Readonly<Record<string, number>>, beforeSend?: () => void): Promise<Peer> {
  const received: Peer['received'] = [];
  const logged: string[] = [];
  const network = new TcpNetwork({
    self,
    peers: new Map(
      Object.entries(ports).flatMap(([id, port]) => (id === self ? [] : [[id, { host: 'localhost', port }]])),
    ),
    log: (level, message) => logged.push(`${level}: ${message}`),
    timing: FAST,
    ...(beforeSend && { beforeSend }),
  });
  network.onReceive((from, message) => received.push({ from, message }));
  await network.listen('127.0.0.1', ports[self] ?? 0);
  closers.push(() => network.close());
  return { network, received, logged };
}

/** A relay that can go deaf: it takes everything and hands nothing on, as a DROP rule does. */
async function relayTo(target: number) {
  let isDeaf = false;
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => !isDeaf && to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => !isDeaf && to.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port,
    connections: () => sockets.size,
    setDeaf(deaf: boolean) {
      isDeaf = deaf;
    },
  };
}

async function twoPeers() {
  const ports = { n1: await freePort(), n2: await freePort() };
  return { ports, n1: await peer('n1', ports), n2: await peer('n2', ports) };
}

describe('a network over TCP', () => {
  test('carries messages both ways, with their sender, in order while nothing breaks', async () => {
    const { n1, n2 } = await twoPeers();
    for (let count = 0; count < 200; count++) n1.network.send('n2', { count, text: 'ä\n"' });
    n2.network.send('n1', ['back']);
    await until(() => n2.received.length === 200 && n1.received.length === 1);
    expect(n2.received.map(({ message }) => (message as { count: number }).count)).toEqual([...Array(200).keys()]);
    expect(n2.received[0]).toEqual({ from: 'n1', message: { count: 0, text: 'ä\n"' } });
    expect(n1.received).toEqual([{ from: 'n2', message: ['back'] }]);
  });

  test('announces a turn’s messages once, before they leave', async () => {
    const ports = { n1: await freePort(), n2: await freePort() };
    const n2 = await peer('n2', ports);
    let announced = 0;
    const n1 = await peer('n1', ports, () => announced++);
    n1.network.send('n2', 1);
    n1.network.send('n2', 2);
    await until(() => n2.received.length === 2);
    expect(announced).toBe(1);
  });

  test('connects again when a peer comes back, and delivers what was sent last', async () => {
    const ports = { n1: await freePort(), n2: await freePort() };
    const n1 = await peer('n1', ports);
    n1.network.send('n2', 'before it exists');
    const first = await peer('n2', ports);
    await until(() => first.received.length > 0);
    const losses = () => n1.logged.filter((line) => line.startsWith('warn: no connection to n2')).length;
    const lossesBefore = losses();
    first.network.close();
    await until(() => losses() > lossesBefore);
    for (let count = 0; count < 1000; count++) n1.network.send('n2', count);
    const second = await peer('n2', ports);
    await until(() => second.received.at(-1)?.message === 999);
    expect(second.received.length).toBeLessThanOrEqual(300);
  });

  test('notices a black hole, and the way out of it soon after it heals', async () => {
    const ports = { n1: await freePort(), n2: await freePort() };
    const n2 = await peer('n2', ports);
    const relay = await relayTo(ports.n2);
    const n1 = await peer('n1', { n1: ports.n1, n2: relay.port });
    n1.network.send('n2', 'through');
    await until(() => n2.received.length === 1);
    relay.setDeaf(true);
    const before = relay.connections();
    n1.network.send('n2', 'swallowed');
    await until(() => n1.logged.some((line) => line.includes('silent for 150 ms')));
    await until(() => relay.connections() > before);
    expect(n2.received).toHaveLength(1);
    relay.setDeaf(false);
    const healedAt = performance.now();
    n1.network.send('n2', 'healed');
    await until(() => n2.received.at(-1)?.message === 'healed');
    // A connect timeout and a back-off, with room for a busy machine.
    expect(performance.now() - healedAt).toBeLessThan(200 + 250 + 800);
  });

  test.each([
    ['garbage instead of a greeting', 'GET / HTTP/1.1\r\n\r\n', /it began with "GET/],
    ['a stranger', 'H{"from":"n9","to":"n1"}\n', /n9 is no node of this cluster/],
    ['a call for another node', 'H{"from":"n2","to":"n3"}\n', /it calls n3, and this is n1/],
    ['a message that is not JSON', 'H{"from":"n2","to":"n1"}\nM{"a":\n', /"{\\"a\\":" is not JSON/],
    ['an unknown kind of line', 'H{"from":"n2","to":"n1"}\nX\n', /"X" is no line of a peer/],
  ])('%s closes the connection with a log line and harms nobody else', async (_, text, reason) => {
    const { n1, n2, ports } = await twoPeers();
    const intruder = connect(ports.n1, '127.0.0.1');
    intruder.on('error', () => undefined);
    intruder.resume();
    const closed = new Promise((resolve) => intruder.on('close', resolve));
    intruder.write(text);
    await closed;
    expect(n1.logged.join('\n')).toMatch(reason);
    n2.network.send('n1', 'still here');
    await until(() => n1.received.some(({ message }) => message === 'still here'));
  });

  test('a port that is taken is told with the way out', async () => {
    const { ports } = await twoPeers();
    await expect(peer('n1', ports)).rejects.toMatchObject({
      code: 'port-taken',
      message: `cannot listen on 127.0.0.1:${ports.n1} for peers: another process listens there`,
    });
  });
});
