import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { AssayError, messageOf } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import { CONFIG_VARIABLE, type NodeConfigInput } from '../../node/config.js';
import { RunKeys } from '../../node/keys/run-keys.js';
import type { Identities } from '../../ports/keys.js';
import type { Requests } from '../../ports/requests.js';
import type { Cluster, ClusterOptions } from '../cluster.js';
import { httpRequests } from '../http-requests.js';
import { abilitiesFor } from './abilities.js';
import { CLOCK_ENVIRONMENT, NodeClock } from './clocks.js';
import { type Engine, engineLost } from './engine.js';
import { watchEvents } from './engine-events.js';
import { DockerFaults } from './faults.js';
import { imagesOf, type SystemImages } from './images.js';
import { labelsOf, thisProcess } from './labels.js';
import { removeAtExit } from './last-resort.js';
import { removeRun } from './leftovers.js';
import { NodeLoyalty } from './loyalty.js';
import { NodeContainer } from './node-container.js';
import { RunClock } from './run-clock.js';
import { Sidecars } from './sidecar.js';
import { ClockOffset, readTrace } from './trace.js';

const DATA_DIR = '/assay/data';
const TRACE_FILE = `${DATA_DIR}/trace.ndjson`;
const HOSTED_CLIENT_PORT = 7080;
const HOSTED_PEER_PORT = 7081;

/** From the containers' start until all nodes answer and know one leader. */
const READY_TIMEOUT_MS = 30_000;
/** A node that was started again answers within this, or its undo is not confirmed. */
const SERVING_TIMEOUT_MS = 15_000;
const STOP_GRACE_SECONDS = 2;

const LOG_LINES_READ = 40;
const LOG_LINES_SHOWN = 16;

const machineClockSchema = z.object({ clock: z.object({ machineUs: z.number() }) });

interface Parts {
  readonly engine: Engine;
  readonly run: string;
  readonly containers: ReadonlyMap<NodeId, NodeContainer>;
  readonly facts: Readonly<Record<string, string>>;
  readonly keys: RunKeys | undefined;
}

/** Makes the cluster, and removes what it made when it cannot. */
export async function startCluster(engine: Engine, options: ClusterOptions): Promise<Cluster> {
  const { system, signal, onProgress } = options;
  const images = await imagesOf(engine, system.node, onProgress);
  const hasKeys = system.node.kind === 'hosted' && system.node.keys === true;
  const keys = hasKeys ? new RunKeys(options.random.fork('keys'), options.nodes) : undefined;
  signal.throwIfAborted();
  const run = `assay-${crypto.randomUUID().slice(0, 8)}`;
  const withdrawLastResort = await removeAtExit(engine, run);
  let cluster: DockerCluster | undefined;
  try {
    onProgress(`starting ${options.nodes.length} containers`);
    const labels = labelsOf(run, thisProcess(), new Date());
    await createNetwork(engine, run, labels);
    const containers = new Map(
      options.nodes.map((id) => [id, new NodeContainer(engine, nodeSpec(options, { id, run, images, labels, keys }))]),
    );
    await Promise.all([...containers.values()].map((node) => node.createSidecar()));
    signal.throwIfAborted();
    const facts = await factsOf(engine, images.server);
    cluster = new DockerCluster(options, { engine, run, containers, facts, keys }, withdrawLastResort);
    await cluster.start();
    return cluster;
  } catch (error) {
    // What went wrong first is what the user must hear; what cannot be removed now is removed by the next run.
    await (cluster?.discard() ?? removeRun(engine, run)).catch(() => undefined);
    withdrawLastResort();
    throw error;
  }
}

async function createNetwork(engine: Engine, run: string, labels: Record<string, string>): Promise<void> {
  try {
    await engine.ask(`create the network ${run}`, (docker) =>
      docker.createNetwork({ Name: run, Driver: 'bridge', Labels: labels }),
    );
  } catch (error) {
    if (!messageOf(error).includes('address pool')) throw error;
    throw new AssayError(
      'harness',
      'The Docker engine has no free range of addresses for another network',
      'Remove networks that nobody uses: `assay clean`, then `docker network prune`.',
      { cause: error },
    );
  }
}

interface NodeParts {
  readonly id: NodeId;
  readonly run: string;
  readonly images: SystemImages;
  readonly labels: Record<string, string>;
  readonly keys: RunKeys | undefined;
}

function nodeSpec(options: ClusterOptions, { id, run, images, labels, keys }: NodeParts) {
  const { system, nodes, systemOptions, random } = options;
  const common = {
    id,
    prefix: run,
    network: run,
    image: images.server.tag,
    sidecarImage: images.sidecar.tag,
    labels,
  };
  if (system.node.kind === 'container') {
    const { command, env = {} } = system.node.command({ id, nodes, options: systemOptions });
    const { clientPort } = system.node;
    // A foreign image has no libfaketime to load and a user of its own.
    if ('name' in system.node.image) return { ...common, command, env, clientPort, foreign: true };
    return { ...common, command, env: { ...env, ...CLOCK_ENVIRONMENT }, clientPort };
  }
  const config: NodeConfigInput = {
    system: system.name,
    id,
    nodes: nodes.map((peer) => ({ id: peer, host: peer, peerPort: HOSTED_PEER_PORT })),
    clientPort: HOSTED_CLIENT_PORT,
    dataDir: DATA_DIR,
    traceFile: TRACE_FILE,
    // The same for all nodes; each forks its own stream by its id.
    seed: random.fork('nodes').int(0, 0x7fff_ffff),
    options: systemOptions as Record<string, unknown>,
    allowFaults: true,
    ...(keys && { keys: keys.of(id) }),
  };
  return {
    ...common,
    command: ['node', '/assay/assay-node.mjs'],
    env: { [CONFIG_VARIABLE]: JSON.stringify(config), ...CLOCK_ENVIRONMENT },
    clientPort: HOSTED_CLIENT_PORT,
  };
}

async function factsOf(engine: Engine, image: SystemImages['server']): Promise<Record<string, string>> {
  const [version, info] = await Promise.all([
    engine.ask('tell its version', (docker) => docker.version()),
    engine.ask('tell about itself', (docker) => docker.info() as Promise<{ Driver: string; NCPU: number }>),
  ]);
  return {
    engine: `Docker ${version.Version}, ${info.Driver}, ${info.NCPU} CPUs`,
    kernel: version.KernelVersion ?? 'unknown',
    image: `${image.tag} on ${image.base}`,
  };
}

class DockerCluster implements Cluster {
  readonly nodes: readonly NodeId[];
  readonly clock = new RunClock();
  readonly requests;
  readonly faults: DockerFaults;
  readonly identities?: Identities;
  readonly facts: Readonly<Record<string, string>>;
  /** Nodes that clients may send to: a request to a node that is known to be down would only look undecided. */
  private readonly serving = new Set<NodeId>();
  /** Reaches nodes that are not serving yet: for the harness's own questions. */
  private readonly direct;
  private readonly control;
  private readonly clocks: ReadonlyMap<NodeId, NodeClock>;
  private readonly loyalties: ReadonlyMap<NodeId, NodeLoyalty>;
  private readonly offsets: ReadonlyMap<NodeId, ClockOffset>;
  private readonly lost: Promise<never>;
  private lose: (error: Error) => void = () => undefined;
  private stopWatching: (() => void) | undefined;
  private removal: Promise<void> | undefined;

  constructor(
    private readonly options: ClusterOptions,
    private readonly parts: Parts,
    private readonly withdrawLastResort: () => void,
  ) {
    const { engine, containers, facts, keys } = parts;
    const { system, nodes, random } = options;
    this.nodes = nodes;
    this.facts = facts;
    if (keys) this.identities = keys;
    this.lost = new Promise((_, reject) => {
      this.lose = reject;
    });
    // Nobody may be waiting at the moment when it is lost.
    this.lost.catch(() => undefined);
    this.requests = httpRequests((node) => (this.serving.has(node) ? this.container(node).clientAddress : undefined));
    this.direct = httpRequests((node) => this.container(node).clientAddress);
    this.control = httpRequests((node) => this.container(node).controlAddress);
    this.clocks = new Map([...containers].map(([id, node]) => [id, new NodeClock(node, this.direct)]));
    this.loyalties = new Map([...containers].map(([id, node]) => [id, new NodeLoyalty(node, this.direct)]));
    this.offsets = new Map(nodes.map((id) => [id, new ClockOffset()]));
    this.faults = new DockerFaults({
      system: system.name,
      abilities: abilitiesFor(system),
      nodes: containers,
      clocks: this.clocks,
      loyalties: this.loyalties,
      sidecars: new Sidecars(engine, this.control, (node) => this.container(node).sidecar),
      peerPorts: system.node.kind === 'container' ? system.node.peerPorts : [HOSTED_PEER_PORT],
      dataDir: DATA_DIR,
      random: random.fork('power'),
      onDown: (node) => this.serving.delete(node),
      untilServing: (node) => this.untilServing(node),
      answers: async (node) => (await this.ask(this.direct, node, 300)).up,
    });
  }

  async start(): Promise<void> {
    const { engine, run, containers } = this.parts;
    this.stopWatching = await watchEvents(engine, run, {
      onExit: (name, exitCode) => this.noteExit(name, exitCode),
      onLost: (detail) => this.lose(engineLost(detail)),
    });
    await Promise.all([...containers.values()].map((node) => node.createServer()));
    this.options.onProgress('waiting for a leader');
    await this.untilReady();
  }

  async run<T>(main: () => Promise<T>): Promise<T> {
    return await Promise.race([main(), this.lost]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.removal ??= this.remove();
    return this.removal;
  }

  /** Removes a cluster that did not come up; its logs say why. */
  async discard(): Promise<void> {
    this.stopWatching?.();
    const logs = [...this.parts.containers.values()].map((node) => this.saveLog(node));
    await Promise.all(logs).catch(() => undefined);
    await this.removeAll();
  }

  private async remove(): Promise<void> {
    this.stopWatching?.();
    this.serving.clear();
    try {
      await this.collect();
    } catch (error) {
      if (error instanceof AssayError && error.code === 'engine-lost') throw error;
      this.options.onNote(`the nodes' logs and traces could not be fetched: ${messageOf(error)}`);
    } finally {
      await this.removeAll();
      this.withdrawLastResort();
    }
  }

  private async removeAll(): Promise<void> {
    for (const requests of [this.requests, this.direct, this.control]) requests.close();
    await removeRun(this.parts.engine, this.parts.run);
  }

  /** Stops the servers, and takes what they recorded. */
  private async collect(): Promise<void> {
    const nodes = [...this.parts.containers.values()];
    await Promise.all(nodes.map((node) => this.readMachineClock(node.id)));
    await Promise.all(nodes.map((node) => node.stop(STOP_GRACE_SECONDS)));
    await Promise.all(nodes.map((node) => this.saveLog(node)));
    if (this.options.system.node.kind === 'hosted') {
      for (const node of nodes) await this.fetchTrace(node);
    }
  }

  private async saveLog(node: NodeContainer): Promise<void> {
    const { folder } = this.options;
    if (folder === undefined) return;
    mkdirSync(join(folder, 'nodes'), { recursive: true });
    writeFileSync(join(folder, 'nodes', `${node.id}.log`), await node.logs());
  }

  private async fetchTrace(node: NodeContainer): Promise<void> {
    const { onTrace, onNote } = this.options;
    if (!onTrace) return;
    const offsetUs = this.offsets.get(node.id)?.offsetUs;
    const pieces = offsetUs === undefined ? undefined : await node.readFile(TRACE_FILE);
    if (pieces === undefined || offsetUs === undefined) {
      onNote(`${node.id} left no trace`);
      return;
    }
    const { unreadable } = await readTrace({ node: node.id, pieces, offsetUs, onTrace });
    if (unreadable > 0) onNote(`${unreadable} lines of ${node.id}'s trace cannot be read`);
  }

  private noteExit(name: string, exitCode: string): void {
    const node = [...this.parts.containers.values()].find(({ server, sidecar }) => server === name || sidecar === name);
    if (!node || node.isHeld('down')) return;
    this.serving.delete(node.id);
    const what = node.server === name ? node.id : `${node.id}'s sidecar`;
    this.options.onNote(`${what} exited by itself with code ${exitCode}`);
  }

  private async untilReady(): Promise<void> {
    const { signal } = this.options;
    const deadline = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      signal.throwIfAborted();
      const statuses = await Promise.race([
        Promise.all(this.nodes.map((node) => this.ask(this.direct, node, 1000))),
        this.lost,
      ]);
      const leaders = new Set(statuses.map(({ leader }) => leader));
      if (statuses.every(({ up }) => up) && leaders.size === 1 && !leaders.has(undefined)) break;
      const silent = this.nodes.filter((_, index) => !statuses[index]?.up);
      await this.failIfGone(silent);
      if (performance.now() > deadline) {
        const what = silent.length > 0 ? `${silent.join(', ')} did not answer` : 'no leader was agreed on';
        throw await this.notReady(`${what} within ${READY_TIMEOUT_MS / 1000} s`, silent);
      }
      await wait(50);
    }
    for (const node of this.nodes) this.serving.add(node);
    await Promise.all(this.nodes.map((node) => this.readMachineClock(node)));
  }

  /** A server that ended instead of starting will not come back: no use in waiting for it. */
  private async failIfGone(silent: readonly NodeId[]): Promise<void> {
    for (const id of silent) {
      const node = this.container(id);
      if ((await node.processState()) !== 'stopped') continue;
      throw await this.notReady(`${id} ended with exit code ${await node.exitCode()}`, [id]);
    }
  }

  private async notReady(what: string, nodes: readonly NodeId[]): Promise<AssayError> {
    const [id = this.nodes[0]] = nodes;
    const lines = id === undefined ? [] : (await this.container(id).logs(LOG_LINES_READ)).split('\n');
    const log = lines
      .filter((line) => line.trim() !== '')
      .slice(-LOG_LINES_SHOWN)
      .join('\n');
    return new AssayError(
      'not-ready',
      `The cluster does not come up: ${what}${log === '' ? '' : `. The last lines of ${id}'s log:\n${log}`}`,
      "Look at the system's options; `assay doctor` examines the engine and this machine.",
    );
  }

  private async untilServing(id: NodeId): Promise<boolean> {
    const deadline = performance.now() + SERVING_TIMEOUT_MS;
    while (performance.now() < deadline) {
      if ((await this.ask(this.direct, id, 500)).up) {
        await this.clocks.get(id)?.afterStart();
        await this.loyalties.get(id)?.afterStart();
        if (!this.container(id).isHeld('down')) this.serving.add(id);
        return true;
      }
      if ((await this.container(id).processState()) === 'stopped') return false;
      await wait(30);
    }
    return false;
  }

  private async ask(requests: Requests, node: NodeId, timeoutMs: number) {
    const bounded: Requests = { request: (id, request) => requests.request(id, { ...request, timeoutMs }) };
    return await this.options.system.status(bounded, node, this.nodes);
  }

  private async readMachineClock(id: NodeId): Promise<void> {
    if (this.options.system.node.kind !== 'hosted') return;
    const offset = this.offsets.get(id);
    for (let sample = 0; sample < 5; sample++) {
      const askedUs = this.clock.nowUs();
      const reply = await this.direct.request(id, { method: 'GET', path: '/status', timeoutMs: 300 });
      const answeredUs = this.clock.nowUs();
      const parsed = reply.kind === 'answered' ? machineClockSchema.safeParse(reply.body) : undefined;
      if (!parsed?.success) return;
      offset?.observe({ askedUs, answeredUs, machineUs: parsed.data.clock.machineUs });
    }
  }

  private container(id: NodeId): NodeContainer {
    const container = this.parts.containers.get(id);
    if (!container) throw new AssayError('unknown-name', `There is no node ${id}`, `Nodes: ${this.nodes.join(', ')}`);
    return container;
  }
}
