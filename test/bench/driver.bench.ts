import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { RunClock } from '../../src/backends/docker/run-clock.js';
import { httpRequests } from '../../src/backends/http-requests.js';
import { simBackend } from '../../src/backends/sim/backend.js';
import { Tally } from '../../src/checkers/tally.js';
import { nodeIds } from '../../src/kernel/ids.js';
import { Random } from '../../src/kernel/random.js';
import { type Answer, type ClientContext, defineSystem } from '../../src/plugin/system.js';
import { type Clock, sleep } from '../../src/ports/clock.js';
import type { Requests } from '../../src/ports/requests.js';
import { Load } from '../../src/runner/load.js';
import { Recorder } from '../../src/runner/recorder.js';
import { RunFolder } from '../../src/store/results.js';

/**
 * How many operations a second the client driver itself sustains (schedule, worker processes, client, request,
 * history on disk), against systems that do nothing: one in the simulator, one behind a real HTTP port.
 */
export default async function driverBench(): Promise<void> {
  report('simulator', await inSimulator(), 20_000);
  report('HTTP', await overHttp(), 5000);
}

function report(where: string, perSecond: number, atLeast: number): void {
  console.log(`driver, ${where}: ${Math.round(perSecond)} operations/s (at least ${atLeast})`);
  if (perSecond < atLeast) process.exitCode = 1;
}

/** Answers every operation at once; keeps, sends and traces nothing. */
const idle = defineSystem({
  name: 'idle',
  description: 'does nothing',
  options: z.object({}),
  offers: ['write'],
  defaultNodes: 1,
  node: {
    kind: 'hosted',
    create: () => ({
      start: () => [],
      step: (input) =>
        input.kind === 'request' ? [{ kind: 'reply', id: input.id, response: { type: 'ok', value: 1 } }] : [],
      status: () => ({ up: true, metrics: {} }),
    }),
  },
  client: ({ requests, nodes, id, timeoutMs }: ClientContext<unknown>) => {
    const [node = 'n1'] = nodes;
    let serial = 0;
    return {
      async invoke(operation): Promise<Answer> {
        const body = { operation, session: { client: id, serial: ++serial } };
        const reply = await requests.request(node, { method: 'POST', path: '/operation', body, timeoutMs });
        if (reply.kind !== 'answered') return { type: 'info', error: reply.error };
        return { type: 'ok', value: 1, node };
      },
    };
  },
  status: async () => ({ up: true }),
  traceCheckers: () => [],
});

/** Virtual seconds cost nothing by themselves: the figure is operations per second on the wall. */
async function inSimulator(): Promise<number> {
  const cluster = await simBackend.start({
    system: idle,
    systemOptions: {},
    nodes: nodeIds(1),
    random: new Random(1),
    onNote: (text) => console.error(text),
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  const start = performance.now();
  let ok = 0;
  await cluster.run(async () => {
    await sleep(cluster.clock, 100_000); // It boots.
    ok = await drive(cluster.clock, cluster.requests, { concurrency: 100, ratePerSecond: 30_000, forMs: 4000 });
  });
  const seconds = (performance.now() - start) / 1000;
  await cluster[Symbol.asyncDispose]();
  return ok / seconds;
}

async function overHttp(): Promise<number> {
  const server = execa(process.execPath, ['--input-type=module', '-e', IDLE_HTTP_SERVER], { reject: false });
  try {
    const port = await new Promise<number>((resolve) => {
      server.stdout.once('data', (chunk) => resolve(Number(String(chunk))));
    });
    const requests = httpRequests(() => ({ host: '127.0.0.1', port }));
    const clock = new RunClock();
    await drive(clock, requests, { concurrency: 20, ratePerSecond: 2000, forMs: 500 });
    const startUs = clock.nowUs();
    const ok = await drive(clock, requests, { concurrency: 50, ratePerSecond: 7500, forMs: 5000 });
    const seconds = (clock.nowUs() - startUs) / 1_000_000;
    requests.close();
    return ok / seconds;
  } finally {
    server.kill('SIGKILL');
    await server;
  }
}

const IDLE_HTTP_SERVER = `
  import { createServer } from 'node:http';
  const headers = { 'content-type': 'application/json', 'content-length': 23 };
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, headers).end('{"type":"ok","value":1}'));
  }).listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** The runner's own load, with its history on disk. @returns how many operations were ok */
async function drive(
  clock: Clock,
  requests: Requests,
  { concurrency, ratePerSecond, forMs }: { concurrency: number; ratePerSecond: number; forMs: number },
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  const tally = new Tally();
  const recorder = new Recorder({ folder: new RunFolder(folder), hashed: false, checkers: [], observer: tally });
  const random = new Random(7);
  let value = 0;
  const load = new Load({
    clock,
    recorder,
    concurrency,
    operationTimeoutMs: 5000,
    newClient: (process) =>
      idle.client({
        options: {},
        nodes: nodeIds(1),
        requests,
        clock,
        random: random.fork(`client ${process}`),
        id: `c${process}`,
        timeoutMs: 5000,
      }),
    onOutcome: () => undefined,
  });
  try {
    load.start({
      ratePerSecond,
      random: random.fork('arrivals'),
      draw: () => ({ f: 'write', key: `k${value % 5}`, value: value++ }),
    });
    await sleep(clock, forMs * 1000);
    await load.stop();
    const { ok, fail, info } = tally;
    if (fail + info > 0) throw new Error(`${fail} operations failed and ${info} are unknown, against an idle system`);
    return ok;
  } finally {
    recorder.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
