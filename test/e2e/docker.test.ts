import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster, ClusterOptions } from '../../src/backends/cluster.js';
import { dockerBackend } from '../../src/backends/docker/backend.js';
import type { Finding } from '../../src/backends/docker/doctor.js';
import { Engine } from '../../src/backends/docker/engine.js';
import { LABEL } from '../../src/backends/docker/labels.js';
import { removeLeftovers, removeRun } from '../../src/backends/docker/leftovers.js';
import type { TraceEvent } from '../../src/history/trace.js';
import { nodeIds } from '../../src/kernel/ids.js';
import { Random } from '../../src/kernel/random.js';
import type { System } from '../../src/plugin/system.js';
import { sleep } from '../../src/ports/clock.js';
import etcd from '../../src/systems/etcd.js';
import raft from '../../src/systems/raft.js';
import { containersOf, listEverything } from '../support/docker.js';
import { until } from '../support/net.js';
import { assay, temporaryFolder } from '../support/program.js';
import { lacksDocker } from '../support/requirements.js';

const SECOND_US = 1_000_000;

function optionsFor(system: System, more: Partial<ClusterOptions> = {}): ClusterOptions {
  return {
    system,
    systemOptions: system.options.parse({}),
    nodes: ['n1', 'n2', 'n3'],
    random: new Random(1),
    onNote: () => {},
    onProgress: () => {},
    signal: new AbortController().signal,
    ...more,
  };
}

async function write(cluster: Cluster, system: System, value: number): Promise<string> {
  const { nodes, requests, clock } = cluster;
  const options = system.options.parse({});
  const random = new Random(value);
  const client = system.client({ options, nodes, requests, clock, random, id: `c${value}`, timeoutMs: 2000 });
  return (await client.invoke({ f: 'write', key: 'k', value })).type;
}

async function read(cluster: Cluster, system: System): Promise<unknown> {
  const { nodes, requests, clock } = cluster;
  const options = system.options.parse({});
  const client = system.client({ options, nodes, requests, clock, random: new Random(9), id: 'r', timeoutMs: 2000 });
  return await client.invoke({ f: 'read', key: 'k' });
}

describe.skipIf(await lacksDocker())('the docker backend', () => {
  const docker = new Docker();
  let before: string[];

  // The first build may have to pull a base image: not a part of any test's time.
  beforeAll(async () => {
    for (const system of [etcd, raft]) await (await dockerBackend.start(optionsFor(system)))[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    before = await listEverything(docker);
  });
  /** However a test ended. */
  afterEach(async () => {
    expect(await listEverything(docker)).toEqual(before);
  });

  it('runs a server from any image by its name, with the faults that need nothing inside it', async () => {
    const built = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
    const name = built.find((tag) => tag.startsWith('assay-etcd:'));
    if (name === undefined || etcd.node.kind !== 'container') throw new Error('the image of etcd was not built');
    const named: System = { ...etcd, name: 'named', node: { ...etcd.node, image: { name } } };
    expect((await dockerBackend.abilities(named))['clock-jump']).toMatchObject({ able: false });
    await using cluster = await dockerBackend.start(optionsFor(named));
    expect(await write(cluster, named, 1)).toBe('ok');
    for (const kind of ['cut', 'delay'] as const) {
      const links = [{ from: 'n1', to: 'n2' }];
      const fault = kind === 'cut' ? ({ kind, links } as const) : ({ kind, links, meanMs: 100, jitterMs: 10 } as const);
      const injected = await cluster.faults.inject(fault);
      expect(injected.probe, injected.probe.detail).toMatchObject({ confirmed: true });
      expect(await injected.undo()).toMatchObject({ confirmed: true });
    }
  });

  it('says what to do about an image that is nowhere', async () => {
    if (etcd.node.kind !== 'container') throw new Error('etcd is a container');
    const missing: System = { ...etcd, node: { ...etcd.node, image: { name: 'localhost:9/no-such-image:1' } } };
    await expect(dockerBackend.start(optionsFor(missing))).rejects.toThrow(
      expect.objectContaining({
        code: 'image-build',
        wayOut: expect.stringContaining('docker build -t localhost:9/no-such-image:1'),
      }),
    );
  });

  it('has five nodes that serve as soon as they are ready', async () => {
    await using cluster = await dockerBackend.start(optionsFor(raft, { nodes: nodeIds(5) }));
    expect(await write(cluster, raft, 1)).toBe('ok');
  });

  it('runs two clusters at once, each with its own data', async () => {
    const [first, second] = await Promise.all([etcd, etcd].map((system) => dockerBackend.start(optionsFor(system))));
    if (!first || !second) throw new Error('two were asked for');
    try {
      await write(first, etcd, 1);
      await write(second, etcd, 2);
      expect(await read(first, etcd)).toMatchObject({ type: 'ok', value: 1 });
      expect(await read(second, etcd)).toMatchObject({ type: 'ok', value: 2 });
      await first[Symbol.asyncDispose]();
      expect(await read(second, etcd)).toMatchObject({ type: 'ok', value: 2 });
    } finally {
      await Promise.all([first, second].map((cluster) => cluster[Symbol.asyncDispose]()));
    }
  });

  it('runs servers without any privilege, and publishes ports on the loopback alone', async () => {
    await using _ = await dockerBackend.start(optionsFor(raft));
    const containers = await containersOf(docker, process.pid);
    const server = containers.find(({ Names }) => Names[0]?.endsWith('-n1'));
    const { output } = await new Engine().execute(server?.Id ?? '', '10001', [
      'grep',
      '-E',
      '^(Uid|CapEff|NoNewPrivs)',
      '/proc/1/status',
    ]);
    expect(output).toMatch(/Uid:\s+10001/);
    expect(output).toMatch(/CapEff:\s+0000000000000000/);
    expect(output).toMatch(/NoNewPrivs:\s+1/);
    const published = containers.flatMap(({ Ports }) => Ports).filter(({ PublicPort }) => PublicPort !== undefined);
    expect(published).not.toHaveLength(0);
    expect(new Set(published.map(({ IP }) => IP))).toEqual(new Set(['127.0.0.1']));
  });

  it('cuts the leader off: the others elect another one, and the old one follows after the heal', async () => {
    await using cluster = await dockerBackend.start(optionsFor(etcd));
    await cluster.run(async () => {
      const statusOf = (node: string) => etcd.status(cluster.requests, node, cluster.nodes);
      const { leader: old = 'none', term: oldTerm = 0 } = await statusOf('n1');
      const others = cluster.nodes.filter((node) => node !== old);
      const links = others.flatMap((node) => [
        { from: old, to: node },
        { from: node, to: old },
      ]);
      const cut = await cluster.faults.inject({ kind: 'cut', links });
      expect(cut.probe).toMatchObject({ confirmed: true });
      await until(async () => {
        const { leader } = await statusOf(others[0] ?? '');
        return leader !== undefined && leader !== old;
      }, 15_000);
      expect(await cut.undo()).toMatchObject({ confirmed: true });
      await until(async () => {
        const { leader, term = 0 } = await statusOf(old);
        return leader !== undefined && leader !== old && term > oldTerm;
      }, 15_000);
    });
  });

  it('keeps a cut in force over a kill and a restart of its node', async () => {
    await using cluster = await dockerBackend.start(optionsFor(raft));
    await cluster.run(async () => {
      const links = ['n2', 'n3'].map((from) => ({ from, to: 'n1' }));
      const cut = await cluster.faults.inject({ kind: 'cut', links });
      const kill = await cluster.faults.inject({ kind: 'kill', nodes: ['n1'] });
      expect(await kill.undo()).toMatchObject({ confirmed: true });
      await sleep(cluster.clock, SECOND_US);
      // Its first election or heartbeat would have told it by now.
      expect((await raft.status(cluster.requests, 'n1', cluster.nodes)).leader).toBeUndefined();
      expect(await cut.undo()).toMatchObject({ confirmed: true });
      await until(async () => (await raft.status(cluster.requests, 'n1', cluster.nodes)).leader !== undefined);
    });
  });

  it('lets kill and pause of one node overlap: it runs again when both are undone', async () => {
    await using cluster = await dockerBackend.start(optionsFor(raft));
    await cluster.run(async () => {
      const isUp = async () => (await raft.status(cluster.requests, 'n2', cluster.nodes)).up;
      const pause = await cluster.faults.inject({ kind: 'pause', nodes: ['n2'] });
      const kill = await cluster.faults.inject({ kind: 'kill', nodes: ['n2'] });
      expect([pause.probe.confirmed, kill.probe.confirmed]).toEqual([true, true]);
      expect((await kill.undo()).detail).toContain('another fault still holds it');
      expect(await isUp()).toBe(false);
      expect(await pause.undo()).toMatchObject({ confirmed: true });
      expect(await isUp()).toBe(true);
    });
  });

  it('hands over the trace of every process that a node had, on the axis of the run, and keeps the logs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'assay-docker-'));
    const trace: TraceEvent[] = [];
    let endUs = 0;
    try {
      const onTrace = (event: TraceEvent) => trace.push(event);
      await using cluster = await dockerBackend.start(optionsFor(raft, { folder, onTrace }));
      await cluster.run(async () => {
        const kill = await cluster.faults.inject({ kind: 'kill', nodes: ['n1'] });
        await kill.undo();
        await write(cluster, raft, 1);
      });
      endUs = cluster.clock.nowUs();
      await cluster[Symbol.asyncDispose]();
      expect(readFileSync(join(folder, 'nodes', 'n3.log'), 'utf8')).toContain('ready');
    } finally {
      rmSync(folder, { recursive: true });
    }
    const boots = trace.filter(({ name }) => name === 'InitState').map(({ node }) => node);
    expect(boots.sort()).toEqual(['n1', 'n1', 'n2', 'n3']);
    for (const node of ['n1', 'n2', 'n3']) {
      const times = trace.filter((event) => event.node === node).map(({ timeUs }) => timeUs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      // They began before the harness called them ready, and went on until they were stopped.
      expect(times[0]).toBeGreaterThan(-20 * SECOND_US);
      expect(times.at(-1)).toBeLessThan(endUs + 5 * SECOND_US);
    }
    // A message is received after it was sent, up to what the clocks of two nodes are in doubt.
    const sent = trace.find(({ name }) => name === 'Send')?.timeUs ?? 0;
    const received = trace.find(({ name }) => name === 'Receive')?.timeUs ?? 0;
    expect(received).toBeGreaterThan(sent - 5000);
  });

  it('keeps no connection to the engine after a power failure', async () => {
    const openPipes = () => process.getActiveResourcesInfo().filter((resource) => resource === 'PipeWrap').length;
    const before = openPipes();
    {
      await using cluster = await dockerBackend.start(optionsFor(raft));
      const failure = await cluster.faults.inject({ kind: 'power', nodes: ['n1'] });
      expect(failure.probe).toMatchObject({ confirmed: true });
      await failure.undo();
    }
    await until(() => openPipes() <= before);
  });

  it('says so when a server ends by itself', async () => {
    const notes: string[] = [];
    await using cluster = await dockerBackend.start(optionsFor(etcd, { onNote: (text) => notes.push(text) }));
    const containers = await containersOf(docker, process.pid);
    const server = containers.find(({ Names }) => Names[0]?.endsWith('-n2'));
    await docker.getContainer(server?.Id ?? '').kill();
    await until(() => notes.length > 0);
    expect(notes).toEqual(['n2 exited by itself with code 137']);
    expect(await cluster.requests.request('n2', { method: 'GET', path: '/', timeoutMs: 100 })).toMatchObject({
      kind: 'refused',
    });
  });

  it('says why a cluster does not come up, and leaves nothing', async () => {
    const command = () => ({ command: ['etcd', '--no-such-flag'] });
    const { node } = etcd;
    if (node.kind !== 'container') throw new Error('etcd runs in containers');
    const broken: System = { ...etcd, node: { ...node, command } };
    await expect(dockerBackend.start(optionsFor(broken))).rejects.toMatchObject({
      code: 'not-ready',
      message: expect.stringContaining('no-such-flag'),
    });
  });

  it('stops and removes everything when it is interrupted while starting', async () => {
    const stop = new AbortController();
    const started = dockerBackend.start(
      optionsFor(etcd, {
        signal: stop.signal,
        onProgress: (text) => {
          if (text.startsWith('starting')) setTimeout(() => stop.abort(new Error('interrupted')), 300);
        },
      }),
    );
    await expect(started).rejects.toThrow('interrupted');
  });

  it('says what failed when an image cannot be built, with the way out', async () => {
    process.env.ASSAY_BASE_IMAGE = 'registry.invalid/no-such-image:1';
    try {
      await expect(dockerBackend.start(optionsFor(etcd))).rejects.toMatchObject({
        code: 'image-build',
        message: expect.stringContaining('registry.invalid/no-such-image:1'),
        wayOut: expect.stringContaining('docker/base-image'),
      });
    } finally {
      delete process.env.ASSAY_BASE_IMAGE;
    }
  });

  it('is examined by `assay doctor`, which finds all that runs need', async () => {
    const { exitCode, stdout } = await assay(temporaryFolder(), ['doctor', '--json']);
    const { docker: isReady, findings } = JSON.parse(stdout) as { docker: boolean; findings: Finding[] };
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.map(({ name }) => name)).toContain('libfaketime');
    expect([isReady, exitCode]).toEqual([true, 0]);
  });

  describe('when the harness dies', () => {
    const harness = (what: 'wait' | 'exit') =>
      execa(process.execPath, ['test/support/docker-harness.mjs', what], { reject: false });

    it('SIGKILL leaves containers, which the next run or `assay clean` removes, and nothing of others', async () => {
      const child = harness('wait');
      await until(() => new Promise((resolve) => child.stdout.once('data', () => resolve(true))), 60_000);
      expect(await containersOf(docker, child.pid)).toHaveLength(6);
      await removeLeftovers();
      expect(await containersOf(docker, child.pid)).toHaveLength(6);
      child.kill('SIGKILL');
      await child;
      const theirs = await docker.createNetwork({ Name: `not-assays-${process.pid}` });
      try {
        const { exitCode, stdout } = await assay(temporaryFolder(), ['clean', '--json']);
        expect(exitCode).toBe(0);
        expect(JSON.parse(stdout).removed.length).toBeGreaterThanOrEqual(7);
        expect(await containersOf(docker, child.pid)).toEqual([]);
        expect((await listEverything(docker)).filter((name) => !before.includes(name))).toEqual([
          `network not-assays-${process.pid}`,
        ]);
      } finally {
        await theirs.remove();
      }
    });

    it('an exit in the middle of a run removes its containers on the way out', async () => {
      const { exitCode, stdout } = await harness('exit');
      expect(stdout).toContain('ready');
      expect(exitCode).toBe(3);
      expect(await listEverything(docker)).toEqual(before);
    });
  });

  describe('when the engine goes away', () => {
    // All that the backend sees of an engine is its socket; this one can be taken away without harming the engine.
    const folder = join(tmpdir(), `assay-engine-${process.pid}`);
    const socketPath = join(folder, 'docker.sock');
    const open = new Set<Socket>();
    const server = createServer((near) => {
      const far = createConnection(process.env.ASSAY_TEST_SOCKET ?? '/var/run/docker.sock');
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => other.destroy());
        socket.pipe(other);
      }
    });
    beforeAll(() => mkdirSync(folder));
    afterAll(() => rmSync(folder, { recursive: true }));

    it('the run fails within a second with engine-lost, and the rest is removed once it is back', async () => {
      await new Promise<void>((resolve) => server.listen(socketPath, resolve));
      const usual = process.env.DOCKER_HOST;
      process.env.DOCKER_HOST = `unix://${socketPath}`;
      let cluster: Cluster;
      try {
        cluster = await dockerBackend.start(optionsFor(etcd));
      } finally {
        if (usual === undefined) delete process.env.DOCKER_HOST;
        else process.env.DOCKER_HOST = usual;
      }
      const [container] = await containersOf(docker, process.pid);
      const run = container?.Labels[LABEL.run] ?? 'none';
      let lostAt = 0;
      const main = cluster.run(() => sleep(cluster.clock, 60 * SECOND_US));
      setTimeout(() => {
        lostAt = performance.now();
        server.close();
        for (const socket of open) socket.destroy();
      }, 200);
      await expect(main).rejects.toMatchObject({ code: 'engine-lost' });
      expect(performance.now() - lostAt).toBeLessThan(1000);
      await expect(cluster.faults.inject({ kind: 'kill', nodes: ['n1'] })).rejects.toMatchObject({
        code: 'engine-lost',
      });
      await expect(cluster[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'engine-lost' });
      expect(await removeRun(new Engine(), run)).toHaveLength(7);
    });
  });
});
