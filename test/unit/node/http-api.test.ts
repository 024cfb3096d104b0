import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { httpRequests } from '../../../src/backends/http-requests.js';
import { type Handle, HttpApi, MAX_BODY_BYTES, type Turn } from '../../../src/node/http-api.js';
import { monotonicUs, RealClock } from '../../../src/node/ports/clock.js';
import type { Reply } from '../../../src/ports/requests.js';
import { freePort } from '../../support/net.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(
  options: { handle?: Handle; turn?: Turn; allowFaults?: boolean; beforeRespond?: () => void } = {},
) {
  const clock = new RealClock();
  const port = await freePort();
  const api = new HttpApi({
    clock,
    allowFaults: options.allowFaults ?? false,
    log: () => undefined,
    ...(options.beforeRespond && { beforeRespond: options.beforeRespond }),
  });
  await api.listen('127.0.0.1', port);
  if (options.handle) api.open(options.handle, options.turn ?? (() => true));
  const requests = httpRequests(() => ({ host: '127.0.0.1', port }));
  closers.push(
    () => api.stop(),
    () => requests.close(),
  );
  const ask = (method: 'GET' | 'POST', path: string, body?: unknown): Promise<Reply> =>
    requests.request('n1', { method, path, ...(body !== undefined && { body }), timeoutMs: 5000 });
  return { api, ask, clock, port };
}

const echo: Handle = (request, respond) => respond(200, request);

describe('the client port', () => {
  test('hands method, path and JSON body to the host and its answer back', async () => {
    const { ask } = await serve({ handle: echo });
    const body = { operation: { f: 'write', key: 'ä', value: [1, null] } };
    expect(await ask('POST', '/operation', body)).toEqual({
      kind: 'answered',
      status: 200,
      body: { method: 'POST', path: '/operation', body },
    });
  });

  test('says 503 until the host has booted', async () => {
    const { ask } = await serve();
    expect(await ask('GET', '/status')).toMatchObject({ status: 503, body: { error: 'the node is starting' } });
  });

  test('announces an answer before it leaves', async () => {
    const order: string[] = [];
    const { ask } = await serve({ handle: echo, beforeRespond: () => order.push('announced') });
    await ask('GET', '/status');
    order.push('answered');
    expect(order).toEqual(['announced', 'answered']);
  });

  test('answers text as Prometheus reads it', async () => {
    const { port } = await serve({ handle: (_, respond) => respond(200, 'raft_term 3\n') });
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toBe('raft_term 3\n');
  });

  test('a body that is not JSON is answered with 400 and where it went wrong', async () => {
    const { port } = await serve({ handle: echo });
    const answer = await fetch(`http://127.0.0.1:${port}/operation`, { method: 'POST', body: '{"operation":' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: expect.stringMatching(/^the body is not JSON: /) });
  });

  test('a body beyond the limit is answered with 413 and its connection closed', async () => {
    let handled = 0;
    const { port } = await serve({ handle: () => handled++ });
    const text = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let received = '';
      socket.setEncoding('utf8').on('data', (chunk) => {
        received += chunk;
      });
      socket.on('error', () => undefined).on('close', () => resolve(received));
      socket.write(`POST /operation HTTP/1.1\r\nhost: x\r\ncontent-length: ${MAX_BODY_BYTES * 50}\r\n\r\n`);
      socket.write('x'.repeat(MAX_BODY_BYTES + 1));
    });
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toMatch(/connection: close/i);
    expect(handled).toBe(0);
  });

  test('an operation that waits does not hold up the next one, on the same client', async () => {
    const waiting: (() => void)[] = [];
    const { ask } = await serve({
      handle: (request, respond) => {
        if (request.path === '/operation') waiting.push(() => respond(200, 'late'));
        else respond(200, { up: true });
      },
    });
    const slow = ask('POST', '/operation', {});
    expect(await ask('GET', '/other')).toMatchObject({ kind: 'answered', body: { up: true } });
    waiting[0]?.();
    expect(await slow).toMatchObject({ kind: 'answered', body: 'late' });
  });

  test('an answer to a client that went away is dropped in silence', async () => {
    let respondLate: (() => void) | undefined;
    const { ask, port } = await serve({
      handle: (request, respond) => {
        if (request.path === '/slow') respondLate = () => respond(200, 'too late');
        else echo(request, respond);
      },
    });
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve) => socket.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n', () => resolve()));
    while (!respondLate) await ask('GET', '/other');
    socket.destroy();
    await ask('GET', '/other');
    respondLate();
    expect(await ask('GET', '/other')).toMatchObject({ kind: 'answered', status: 200 });
  });

  test('status tells the clock that no fault touches beside the host’s own', async () => {
    const { ask } = await serve({ handle: (_, respond) => respond(200, { up: true, clock: { localUs: 5 } }) });
    const before = monotonicUs();
    const reply = await ask('GET', '/status');
    expect(reply).toMatchObject({ body: { up: true, clock: { localUs: 5, machineUs: expect.any(Number) } } });
    const { machineUs } = (reply as { body: { clock: { machineUs: number } } }).body.clock;
    expect(machineUs).toBeGreaterThanOrEqual(before);
    expect(machineUs).toBeLessThanOrEqual(monotonicUs());
  });

  test('stopping answers what is under way, then closes every connection', async () => {
    let respondLate: (() => void) | undefined;
    const { api, ask } = await serve({
      handle: (_, respond) => {
        respondLate = () => respond(200, { type: 'info', error: 'the node stopped' });
      },
    });
    const answer = ask('POST', '/operation', {});
    while (!respondLate) await new Promise((resolve) => setTimeout(resolve, 1));
    const stopped = api.stop();
    respondLate();
    expect(await answer).toMatchObject({ kind: 'answered', body: { type: 'info' } });
    await stopped;
    expect(await ask('GET', '/status')).toMatchObject({ kind: 'refused' });
  });

  test('stopping does not wait for a client that never reads its answer', async () => {
    const { api, port } = await serve({ handle: () => undefined });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise<void>((resolve) => socket.write('GET /never HTTP/1.1\r\nhost: x\r\n\r\n', () => resolve()));
    const start = performance.now();
    await api.stop();
    expect(performance.now() - start).toBeLessThan(800);
  });
});

describe('the clock fault', () => {
  test('sets the rate of the node’s clock', async () => {
    const { ask, clock } = await serve({ handle: echo, allowFaults: true });
    expect(await ask('POST', '/faults/clock-rate', { rate: 1.5 })).toMatchObject({ kind: 'answered', status: 204 });
    expect(clock.getRate()).toBe(1.5);
  });

  test.each([{ rate: 0 }, { rate: '2' }, { rate: 1e9 }, {}, null])('%j is refused with 400', async (body) => {
    const { ask, clock } = await serve({ handle: echo, allowFaults: true });
    expect(await ask('POST', '/faults/clock-rate', body)).toMatchObject({ status: 400 });
    expect(clock.getRate()).toBe(1);
  });

  test('is refused where faults were not allowed', async () => {
    const { ask, clock } = await serve({ handle: echo });
    expect(await ask('POST', '/faults/clock-rate', { rate: 2 })).toMatchObject({ status: 403 });
    expect(clock.getRate()).toBe(1);
  });
});

describe('the traitor fault', () => {
  test('has the node lie, and be honest again', async () => {
    const turned: unknown[] = [];
    const turn: Turn = (corruption) => turned.push(corruption) > 0;
    const { ask } = await serve({ handle: echo, turn, allowFaults: true });
    const corruption = { behaviour: 'equivocate', against: ['n2'] };
    expect(await ask('POST', '/faults/byzantine', corruption)).toMatchObject({ status: 204 });
    expect(await ask('POST', '/faults/byzantine', { behaviour: null })).toMatchObject({ status: 204 });
    expect(turned).toEqual([corruption, undefined]);
  });

  test.each([{ behaviour: 'kind', against: [] }, { behaviour: 'silent' }, { against: [] }, {}, null])(
    '%j is refused with 400',
    async (body) => {
      const turn: Turn = () => {
        throw new Error('turned');
      };
      const { ask } = await serve({ handle: echo, turn, allowFaults: true });
      expect(await ask('POST', '/faults/byzantine', body)).toMatchObject({ status: 400 });
    },
  );

  test('is refused where faults were not allowed, and where the protocol knows no traitors', async () => {
    const body = { behaviour: 'silent', against: [] };
    const strict = await serve({ handle: echo });
    expect(await strict.ask('POST', '/faults/byzantine', body)).toMatchObject({ status: 403 });
    const raft = await serve({ handle: echo, turn: () => false, allowFaults: true });
    expect(await raft.ask('POST', '/faults/byzantine', body)).toMatchObject({ status: 501 });
  });
});
