import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { type HttpRequests, httpRequests } from '../../src/backends/http-requests.js';
import type { TraceEvent } from '../../src/history/trace.js';
import { nodeIds } from '../../src/kernel/ids.js';
import type { NodeConfigInput } from '../../src/node/config.js';
import type { Reply } from '../../src/ports/requests.js';
import { freePort, until } from './net.js';

/** The program under test, as `npm run build` makes it. */
export const NODE_PROGRAM = 'dist/assay-node.mjs';

/** How a node process ended. */
export interface NodeExit {
  readonly exitCode: number | undefined;
  readonly log: string;
}

/** Runs a node that is expected to end by itself. */
export async function runNode(config: NodeConfigInput | string): Promise<NodeExit> {
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  const result = await execa(process.execPath, [NODE_PROGRAM], {
    env: { ASSAY_NODE: text },
    reject: false,
    timeout: 20_000,
  });
  return { exitCode: result.exitCode, log: result.stderr };
}

function spawnNode(config: NodeConfigInput) {
  return execa(process.execPath, [NODE_PROGRAM], {
    env: { ASSAY_NODE: JSON.stringify(config) },
    reject: false,
    buffer: false,
  });
}

/** Nodes as processes of this machine, on the loopback, in a folder of their own that goes with them. */
export class NodeProcesses {
  readonly folder = mkdtempSync(join(tmpdir(), 'assay-nodes-'));
  readonly requests: HttpRequests;
  private readonly running = new Map<string, ReturnType<typeof spawnNode>>();
  private readonly logs = new Map<string, string>();

  private constructor(private readonly configs: ReadonlyMap<string, NodeConfigInput & { clientPort: number }>) {
    this.requests = httpRequests((id) => ({ host: '127.0.0.1', port: this.config(id).clientPort }));
  }

  /** A cluster of `count` raft nodes, none of them started. */
  static async of(count: number, options: Record<string, unknown> = {}): Promise<NodeProcesses> {
    const nodes: { id: string; host: string; peerPort: number }[] = [];
    for (const id of nodeIds(count)) nodes.push({ id, host: '127.0.0.1', peerPort: await freePort() });
    const configs = new Map<string, NodeConfigInput & { clientPort: number }>();
    const cluster = new NodeProcesses(configs);
    for (const { id } of nodes) {
      configs.set(id, {
        system: 'raft',
        id,
        nodes,
        clientPort: await freePort(),
        listenHost: '127.0.0.1',
        dataDir: join(cluster.folder, id),
        traceFile: join(cluster.folder, `${id}.trace.ndjson`),
        allowFaults: true,
        options: { electionTimeoutMs: 300, heartbeatMs: 50, ...options },
      });
    }
    return cluster;
  }

  get ids(): string[] {
    return [...this.configs.keys()];
  }

  config(id: string): NodeConfigInput & { clientPort: number } {
    const config = this.configs.get(id);
    if (!config) throw new Error(`there is no node ${id}`);
    return config;
  }

  file(id: string, name: string): string {
    return join(this.folder, id, name);
  }

  /** Starts a node and waits until it is ready; a node that ends instead is an error. */
  async start(id: string): Promise<void> {
    const child = spawnNode(this.config(id));
    this.running.set(id, child);
    const start = this.log(id).length;
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.logs.set(id, this.log(id) + text));
    let isOver = false;
    void child.then(() => {
      isOver = true;
    });
    await until(() => isOver || this.log(id).slice(start).includes('"message":"ready"'));
    if (isOver) throw new Error(`${id} did not start: ${this.log(id).slice(start)}`);
  }

  async startAll(): Promise<void> {
    await Promise.all(this.ids.map((id) => this.start(id)));
  }

  /** Sends a signal; for one that ends the process, waits for that. @returns the exit code, undefined by a signal */
  async signal(id: string, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<number | undefined> {
    const child = this.running.get(id);
    if (!child) throw new Error(`${id} does not run`);
    child.kill(signal);
    if (signal === 'SIGSTOP' || signal === 'SIGCONT') return undefined;
    const { exitCode } = await child;
    this.running.delete(id);
    return exitCode;
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.running.keys()].map((id) => this.signal(id, 'SIGKILL')));
  }

  /** Orders a power failure for the node's next boot. */
  losePower(id: string, tornBytes: number): void {
    writeFileSync(this.file(id, 'power-loss.json'), JSON.stringify({ tornBytes }));
  }

  /** Everything the node logged, over all its processes. */
  log(id: string): string {
    return this.logs.get(id) ?? '';
  }

  /** Whole lines only: a kill may leave half a one. */
  trace(id: string): TraceEvent[] {
    return readFileSync(join(this.folder, `${id}.trace.ndjson`), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  ask(id: string, method: 'GET' | 'POST', path: string, body?: unknown, timeoutMs = 3000): Promise<Reply> {
    return this.requests.request(id, { method, path, ...(body !== undefined && { body }), timeoutMs });
  }

  /** A status field, undefined where the node does not answer. */
  async statusOf(id: string): Promise<Record<string, unknown>> {
    const reply = await this.ask(id, 'GET', '/status', undefined, 500);
    return reply.kind === 'answered' ? (reply.body as Record<string, unknown>) : {};
  }

  /** Waits until one of `among` leads and the others of them follow it. */
  async leader(among: readonly string[] = this.ids): Promise<string> {
    let leader = '';
    await until(async () => {
      const statuses = await Promise.all(among.map((id) => this.statusOf(id)));
      leader = among.find((_, index) => statuses[index]?.role === 'leader') ?? '';
      return leader !== '' && statuses.every((status) => status.leader === leader);
    }, 20_000);
    return leader;
  }

  /** Kills what runs and removes the folder. */
  async dispose(): Promise<void> {
    await this.killAll();
    this.requests.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
