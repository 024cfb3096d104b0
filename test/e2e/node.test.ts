import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nodeIds } from '../../src/kernel/ids.js';
import { Random } from '../../src/kernel/random.js';
import type { NodeConfigInput } from '../../src/node/config.js';
import { RunKeys } from '../../src/node/keys/run-keys.js';
import { freePort, until } from '../support/net.js';
import { NODE_PROGRAM, NodeProcesses, runNode } from '../support/node-processes.js';

let folder: string;
let config: NodeConfigInput & { clientPort: number };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-node-'));
  config = {
    system: 'raft',
    id: 'n1',
    nodes: [{ id: 'n1', host: '127.0.0.1', peerPort: await freePort() }],
    clientPort: await freePort(),
    listenHost: '127.0.0.1',
    dataDir: join(folder, 'data'),
    traceFile: join(folder, 'trace.ndjson'),
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let cluster: NodeProcesses | undefined;
afterEach(async () => {
  await cluster?.dispose();
  cluster = undefined;
});

describe('a node that cannot start says why, in one line', () => {
  test('exit 254 without a configuration, with a wrong one, with an unknown system or option', async () => {
    const cases: [NodeConfigInput | string, RegExp][] = [
      ['', /ASSAY_NODE is not JSON/],
      [{ ...config, id: 'n9' }, /id: \\"n9\\" is none of n1/],
      [{ ...config, system: 'paxos' }, /there is no hosted system \\"paxos\\"/],
      [{ ...config, options: { reads: 'sideways' } }, /options\.reads: Invalid option/],
    ];
    for (const [wrong, message] of cases) {
      const { exitCode, log } = await runNode(wrong);
      expect(log).toMatch(message);
      expect(log).toMatch(/"wayOut":"/);
      expect(log.trim().split('\n')).toHaveLength(1);
      expect(exitCode).toBe(254);
    }
  });

  test('exit 254 without the keys that its system needs, or with none for one of the nodes', async () => {
    const nodes = nodeIds(4).map((id, index) => ({ id, host: '127.0.0.1', peerPort: 7001 + index }));
    const pbft = { ...config, system: 'pbft', nodes };
    const keys = new RunKeys(new Random(1), nodeIds(3)).of('n1');
    const cases: [NodeConfigInput, RegExp][] = [
      [pbft, /keys: pbft needs them/],
      [{ ...pbft, keys }, /keys: there are none for \\"n4\\"/],
      [{ ...pbft, keys: { ...keys, signingSeed: 'short' } }, /keys\.signingSeed: is no 32 bytes/],
    ];
    for (const [wrong, message] of cases) {
      const { exitCode, log } = await runNode(wrong);
      expect(log).toMatch(message);
      expect(exitCode).toBe(254);
    }
  });

  test.each(['clientPort', 'peerPort'] as const)(
    'exit 255 when its %s is taken, and nothing was traced',
    async (port) => {
      const server = createServer();
      const taken = await freePort();
      await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
      try {
        const { exitCode, log } = await runNode({ ...config, [port]: taken });
        expect(log).toContain(`cannot listen on 127.0.0.1:${taken} for ${port === 'clientPort' ? 'clients' : 'peers'}`);
        expect(log).toContain('another process listens there');
        expect(exitCode).toBe(255);
        expect(readFileSync(join(folder, 'trace.ndjson'), 'utf8')).toBe('');
      } finally {
        server.close();
      }
    },
  );

  test('exit 255 when its folder cannot be one', async () => {
    writeFileSync(join(folder, 'a-file'), '');
    const { exitCode, log } = await runNode({ ...config, dataDir: join(folder, 'a-file') });
    expect(log).toMatch(/cannot use the data folder .*a-file: EEXIST/);
    expect(exitCode).toBe(255);
  });

  test('--config takes a file instead of the variable', async () => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, id: 'n7' }));
    const { exitCode, stderr } = await execa(
      process.execPath,
      [NODE_PROGRAM, '--config', join(folder, 'config.json')],
      { reject: false },
    );
    expect(stderr).toMatch(/config\.json is no node configuration: id: \\"n7\\" is none of n1/);
    expect(exitCode).toBe(254);
  });
});

describe('a node', () => {
  test('stops on SIGTERM within a second, with clients connected and an operation open, and exits 0', async () => {
    cluster = await NodeProcesses.of(3);
    const nodes = cluster;
    await nodes.startAll();
    const leader = await nodes.leader();
    const idle = connect(nodes.config(leader).clientPort, '127.0.0.1');
    idle.on('error', () => undefined);
    // Without its followers the leader cannot commit: the operation stays open.
    await Promise.all(nodes.ids.flatMap((id) => (id === leader ? [] : [nodes.signal(id, 'SIGKILL')])));
    const open = nodes.ask(leader, 'POST', '/operation', { operation: { f: 'write', key: 'x', value: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const start = performance.now();
    expect(await nodes.signal(leader, 'SIGTERM')).toBe(0);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(await open).toEqual({
      kind: 'answered',
      status: 200,
      body: { type: 'info', error: 'the node stopped' },
    });
    expect(nodes.log(leader)).toContain('"message":"stopped"');
    idle.destroy();
  });

  test('writes its log as NDJSON with time, level and node', async () => {
    cluster = await NodeProcesses.of(1);
    await cluster.startAll();
    const lines = cluster.log('n1').trim().split('\n');
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({
        time: expect.stringMatching(/^\d{4}-/),
        level: expect.stringMatching(/^(info|warn|error)$/),
        node: 'n1',
        message: expect.any(String),
      });
    }
  });

  test('crashes with exit 1, the place and the reason when a record of its log was damaged', async () => {
    cluster = await NodeProcesses.of(1);
    await cluster.startAll();
    await cluster.leader();
    for (let value = 0; value < 5; value++) {
      await cluster.ask('n1', 'POST', '/operation', { operation: { f: 'write', key: 'x', value } });
    }
    await cluster.signal('n1', 'SIGTERM');
    const wal = readFileSync(cluster.file('n1', 'wal'));
    wal[40] = (wal[40] ?? 0) ^ 0xff;
    writeFileSync(cluster.file('n1', 'wal'), wal);
    const { exitCode, log } = await runNode(cluster.config('n1'));
    expect(exitCode).toBe(1);
    expect(log).toMatch(/crashed: the write-ahead log \\"wal\\" is damaged at byte 0, record 1/);
    expect(log).toMatch(/"code":"bad-file"/);
  });

  test('crashes with exit 1 when its disk is full, and comes back with all that it acknowledged', async () => {
    cluster = await NodeProcesses.of(1);
    const { traceFile: _, ...untraced } = cluster.config('n1');
    // A file of this process may not grow beyond 4 KiB: writing fails as it does on a full disk.
    const limited = execa('sh', ['-c', `trap '' XFSZ; ulimit -f 8; exec "$0" "$1"`, process.execPath, NODE_PROGRAM], {
      env: { ASSAY_NODE: JSON.stringify(untraced) },
      reject: false,
    });
    const acknowledged: number[] = [];
    let isOver = false;
    void limited.then(() => {
      isOver = true;
    });
    for (let value = 1; !isOver; value++) {
      const operation = { f: 'append', key: 'log', value };
      const reply = await cluster.ask('n1', 'POST', '/operation', { operation });
      if (reply.kind === 'answered' && reply.status === 200) acknowledged.push(value);
      else await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { exitCode, stderr } = await limited;
    expect(stderr).toMatch(/crashed: cannot write .*wal: EFBIG/);
    expect(stderr).toMatch(/"code":"no-space","wayOut":"Make room/);
    expect(exitCode).toBe(1);
    expect(acknowledged.length).toBeGreaterThan(0);
    await cluster.startAll();
    await cluster.leader();
    const reply = await cluster.ask('n1', 'POST', '/operation', { operation: { f: 'read', key: 'log' } });
    const kept = (reply as { body: { value: number[] } }).body.value;
    expect(acknowledged.filter((value) => !kept.includes(value))).toEqual([]);
  });

  test('cuts a torn tail off its log, says so, and keeps what was acknowledged', async () => {
    cluster = await NodeProcesses.of(1);
    await cluster.startAll();
    await cluster.leader();
    const write = { operation: { f: 'write', key: 'x', value: 'kept' } };
    expect(await cluster.ask('n1', 'POST', '/operation', write)).toMatchObject({ body: { type: 'ok' } });
    await cluster.signal('n1', 'SIGKILL');
    const wal = readFileSync(cluster.file('n1', 'wal'));
    // The beginning of a record, once more: what a write leaves that was cut short.
    writeFileSync(cluster.file('n1', 'wal'), Buffer.concat([wal, wal.subarray(0, 17)]));
    await cluster.startAll();
    expect(cluster.log('n1')).toContain('cut 17 bytes of an unfinished write');
    await cluster.leader();
    expect(await cluster.ask('n1', 'POST', '/operation', { operation: { f: 'read', key: 'x' } })).toMatchObject({
      body: { type: 'ok', value: 'kept' },
    });
  });

  test('loses in a power failure exactly what was written and not synced', async () => {
    cluster = await NodeProcesses.of(1);
    await cluster.startAll();
    await cluster.leader();
    const write = { operation: { f: 'write', key: 'x', value: 'synced' } };
    expect(await cluster.ask('n1', 'POST', '/operation', write)).toMatchObject({ body: { type: 'ok' } });
    await cluster.signal('n1', 'SIGKILL');
    const wal = readFileSync(cluster.file('n1', 'wal'));
    writeFileSync(cluster.file('n1', 'wal'), Buffer.concat([wal, wal]));
    cluster.losePower('n1', 20);
    await cluster.startAll();
    expect(cluster.log('n1')).toContain(`power failure: wal lost ${wal.length - 20} of ${wal.length} bytes not synced`);
    expect(cluster.log('n1')).toMatch(/cut \d+ bytes of an unfinished write/);
    await cluster.leader();
    expect(await cluster.ask('n1', 'POST', '/operation', { operation: { f: 'read', key: 'x' } })).toMatchObject({
      body: { type: 'ok', value: 'synced' },
    });
  });

  test('runs its timers by the clock whose rate is set from outside, and says so in its status', async () => {
    cluster = await NodeProcesses.of(1);
    await cluster.startAll();
    expect(await cluster.ask('n1', 'POST', '/faults/clock-rate', { rate: 4 })).toMatchObject({ status: 204 });
    const clocks = async () => (await cluster?.statusOf('n1'))?.clock as { monotonicUs: number; machineUs: number };
    const before = await clocks();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const after = await clocks();
    const rate = (after.monotonicUs - before.monotonicUs) / (after.machineUs - before.machineUs);
    expect(rate).toBeGreaterThan(3.8);
    expect(rate).toBeLessThan(4.2);
  });

  test('records its steps in the trace by the machine’s clock, on through a kill', async () => {
    cluster = await NodeProcesses.of(1);
    await cluster.startAll();
    await cluster.leader();
    await cluster.signal('n1', 'SIGKILL');
    await cluster.startAll();
    const nodes = cluster;
    await until(() => nodes.trace('n1').filter(({ name }) => name === 'BecomeLeader').length === 2);
    const trace = cluster.trace('n1');
    expect(trace.filter(({ name }) => name === 'InitState')).toHaveLength(2);
    expect(trace.every(({ node }) => node === 'n1')).toBe(true);
    for (const [index, event] of trace.entries()) {
      expect(event.timeUs).toBeGreaterThanOrEqual(trace[index - 1]?.timeUs ?? 0);
    }
  });
});
