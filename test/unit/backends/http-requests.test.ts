import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { execa } from 'execa';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpRequests, httpRequests } from '../../../src/backends/http-requests.js';
import type { Reply } from '../../../src/ports/requests.js';
import { freePort } from '../../support/net.js';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

function portOf(server: Server | HttpServer): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen');
  return address.port;
}

async function listening<S extends Server | HttpServer>(server: S): Promise<S> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return server;
}

/** An HTTP server and a client of it. */
async function httpServer(listener: RequestListener) {
  const server = await listening(createHttpServer(listener));
  closers.push(() => server.closeAllConnections());
  return clientOf(portOf(server));
}

/** A server below HTTP: what it does to a connection is up to the test. */
async function rawServer(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await listening(server);
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  return clientOf(portOf(server));
}

function clientOf(port: number, host = '127.0.0.1') {
  const requests: HttpRequests = httpRequests(() => ({ host, port }), { connectTimeoutMs: 300 });
  closers.push(() => requests.close());
  return {
    requests,
    ask: (timeoutMs = 2000): Promise<Reply> =>
      requests.request('n1', { method: 'POST', path: '/operation', body: { f: 'read' }, timeoutMs }),
  };
}

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';

describe('a request is answered', () => {
  test('with its status and its JSON, whatever the status', async () => {
    const { ask } = await httpServer((_, response) => {
      response.writeHead(421, { 'content-type': 'application/json' }).end('{"type":"redirect","leader":"n2"}');
    });
    expect(await ask()).toEqual({ kind: 'answered', status: 421, body: { type: 'redirect', leader: 'n2' } });
  });

  test('with text as text, with nothing as undefined, and with broken JSON as the text that it is', async () => {
    const answers = [
      ['text/plain', 'raft_term 1\n', 'raft_term 1\n'],
      ['application/json', '', undefined],
      ['application/json', '{"a":', '{"a":'],
    ] as const;
    for (const [type, sent, body] of answers) {
      const { ask } = await httpServer((_, response) => response.writeHead(200, { 'content-type': type }).end(sent));
      expect(await ask()).toEqual({ kind: 'answered', status: 200, body });
    }
  });

  test('on one kept connection, a thousand times', async () => {
    const sockets = new Set<unknown>();
    const { ask } = await httpServer((request, response) => {
      sockets.add(request.socket);
      request.resume().on('end', () => response.writeHead(204).end());
    });
    for (let count = 0; count < 1000; count++) expect(await ask()).toMatchObject({ status: 204 });
    expect(sockets.size).toBe(1);
  });
});

describe('a request is refused, surely not delivered,', () => {
  test('when nobody listens', async () => {
    expect(await clientOf(await freePort()).ask()).toMatchObject({
      kind: 'refused',
      error: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('when the name does not exist', async () => {
    expect(await clientOf(1, 'no-such-host.invalid').ask()).toMatchObject({ kind: 'refused' });
  });

  test('when no connection comes about in time', async () => {
    // A process that accepts nothing, and a full queue before it: the kernel drops further attempts, as a DROP rule does.
    const port = await freePort();
    const deaf = execa(process.execPath, ['-e', LISTEN_AND_STAND_STILL, String(port)], { reject: false });
    closers.push(() => deaf.kill('SIGKILL'));
    await new Promise((resolve) => deaf.stdout.once('data', resolve));
    for (let count = 0; count < 5; count++) {
      const filler = connect(port, '127.0.0.1').on('error', () => undefined);
      closers.push(() => filler.destroy());
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    const start = performance.now();
    expect(await clientOf(port).ask()).toEqual({
      kind: 'refused',
      error: `127.0.0.1:${port}: no connection within 300 ms`,
    });
    expect(performance.now() - start).toBeLessThan(1500);
  });

  test('when the node has no address now, or asking for it throws', async () => {
    const nowhere = httpRequests(() => undefined);
    const broken = httpRequests(() => {
      throw new Error('the container is gone');
    });
    const request = { method: 'GET', path: '/', timeoutMs: 100 } as const;
    expect(await nowhere.request('n3', request)).toEqual({ kind: 'refused', error: 'n3 has no address now' });
    expect(await broken.request('n3', request)).toEqual({ kind: 'refused', error: 'the container is gone' });
  });
});

describe('a request is lost, perhaps executed,', () => {
  test('when the server takes it and says nothing', async () => {
    const { ask } = await httpServer(() => undefined);
    expect(await ask(100)).toMatchObject({ kind: 'lost', error: expect.stringContaining('no answer within 100 ms') });
  });

  test('when the server takes it and hangs up', async () => {
    const { ask } = await rawServer((socket) => socket.once('data', () => socket.destroy()));
    expect(await ask()).toMatchObject({ kind: 'lost' });
  });

  test('when the server resets a new connection that it had accepted', async () => {
    const { ask } = await rawServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    expect(await ask()).toMatchObject({ kind: 'lost', error: expect.stringContaining('ECONNRESET') });
  });

  test('when a kept connection is reset under the next request', async () => {
    const { ask } = await rawServer((socket) => {
      socket.once('data', () => {
        socket.write(ANSWER);
        socket.once('data', () => socket.resetAndDestroy());
      });
    });
    expect(await ask()).toMatchObject({ kind: 'answered' });
    expect(await ask()).toMatchObject({ kind: 'lost' });
  });

  test('when the answer breaks off', async () => {
    const { ask } = await rawServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"type":'));
    });
    expect(await ask()).toMatchObject({ kind: 'lost' });
  });

  test('when the answer is not HTTP', async () => {
    const { ask } = await rawServer((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH\r\n')));
    expect(await ask()).toMatchObject({ kind: 'lost' });
  });

  test('when the client is closed meanwhile', async () => {
    const { ask, requests } = await httpServer(() => requests.close());
    expect(await ask()).toMatchObject({ kind: 'lost' });
  });
});

const LISTEN_AND_STAND_STILL = `
  const server = require('node:net').createServer().listen({ port: Number(process.argv[1]), host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, 'listening');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  });
`;
