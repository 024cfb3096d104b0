import { setTimeout as wait } from 'node:timers/promises';
import type Docker from 'dockerode';
import { AssayError, invariant } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import { type Engine, type Executed, isPassing, isRefusal } from './engine.js';
import { CONTROL_PORT, SERVER_UID, SIDECAR_UID } from './sidecar.js';
import { firstFileOfTar, packTar } from './tar.js';

/** Where a published port is reached from the harness. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface NodeSpec {
  readonly id: NodeId;
  /** Container names begin with it: unique to the run. */
  readonly prefix: string;
  readonly network: string;
  readonly image: string;
  readonly sidecarImage: string;
  /** Somebody else's image: its own user, and the capabilities that its start may need. */
  readonly foreign?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly clientPort: number;
}

/** From any state to any other takes two steps; the rest are for steps that the engine could not make at once. */
const STEPS_AT_MOST = 20;
const STEP_AGAIN_MS = 100;

/** What a fault wants of the server's process. `down` is stronger than `paused`. */
export type Hold = 'down' | 'paused';

type ProcessState = 'running' | 'paused' | 'stopped';

/**
 * One node: a sidecar that owns the network namespace (address, published ports, rules) from the beginning to the end,
 * and the server, which is killed and paused. Holds are counted: the server runs again when the last one is released.
 */
export class NodeContainer {
  readonly id: NodeId;
  readonly sidecar: string;
  readonly server: string;
  private readonly holds = new Map<symbol, Hold>();
  /** Changes of the process's state, one after the other. */
  private changes: Promise<unknown> = Promise.resolve();
  private ports: { address: string; client: Address; control: Address } | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly spec: NodeSpec,
  ) {
    this.id = spec.id;
    this.server = `${spec.prefix}-${spec.id}`;
    this.sidecar = `${this.server}-sidecar`;
  }

  /** IPv4 address in the cluster's network. */
  get address(): string {
    return this.mustHavePorts().address;
  }

  get clientAddress(): Address {
    return this.mustHavePorts().client;
  }

  get controlAddress(): Address {
    return this.mustHavePorts().control;
  }

  /** Whether some fault wants the process dead or still. */
  isHeld(hold: Hold): boolean {
    return [...this.holds.values()].includes(hold);
  }

  async createSidecar(): Promise<void> {
    const { spec, engine } = this;
    const ports = [`${spec.clientPort}/tcp`, `${CONTROL_PORT}/tcp`];
    // The engine chooses a free port of the host for each.
    const onLoopback = Object.fromEntries(ports.map((port) => [port, [{ HostIp: '127.0.0.1', HostPort: '' }]]));
    await this.createAndStart(this.sidecar, {
      Image: spec.sidecarImage,
      Cmd: ['node', '/assay/sidecar.mjs'],
      User: String(SIDECAR_UID),
      Hostname: spec.id,
      Labels: { ...spec.labels },
      ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
      HostConfig: {
        NetworkMode: spec.network,
        PortBindings: onLoopback,
        // For iptables, run by root from outside; the sidecar's own process has no such right.
        CapAdd: ['NET_ADMIN', 'NET_RAW'],
        Init: true,
      },
      NetworkingConfig: { EndpointsConfig: { [spec.network]: { Aliases: [spec.id] } } },
    });
    const { NetworkSettings } = await engine.ask(`inspect ${this.sidecar}`, (docker) =>
      docker.getContainer(this.sidecar).inspect(),
    );
    const published = (port: number): Address => {
      const [binding] = NetworkSettings.Ports[`${port}/tcp`] ?? [];
      invariant(binding, () => `${this.sidecar}: port ${port} was not published`);
      return { host: '127.0.0.1', port: Number(binding.HostPort) };
    };
    const address = NetworkSettings.Networks[spec.network]?.IPAddress;
    invariant(address, () => `${this.sidecar} has no address in ${spec.network}`);
    this.ports = { address, client: published(spec.clientPort), control: published(CONTROL_PORT) };
  }

  async createServer(): Promise<void> {
    const { spec } = this;
    await this.createAndStart(this.server, {
      Image: spec.image,
      Cmd: [...spec.command],
      ...(!spec.foreign && { User: `${SERVER_UID}:${SERVER_UID}` }),
      Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
      Labels: { ...spec.labels },
      HostConfig: {
        NetworkMode: `container:${this.sidecar}`,
        ...(!spec.foreign && { CapDrop: ['ALL'] }),
        SecurityOpt: ['no-new-privileges'],
        // A chatty server must not fill the disk; what is kept is saved with the run.
        LogConfig: { Type: 'json-file', Config: { 'max-size': '20m', 'max-file': '1' } },
      },
    });
  }

  /** Adds a hold and waits until the process is in the state that all holds together ask for. */
  async hold(hold: Hold): Promise<symbol> {
    const token = Symbol(hold);
    this.holds.set(token, hold);
    await this.settle();
    return token;
  }

  async release(token: symbol): Promise<void> {
    this.holds.delete(token);
    await this.settle();
  }

  /** What the engine says now. */
  async processState(): Promise<ProcessState> {
    return (await this.inspectServer()).state;
  }

  async exitCode(): Promise<number> {
    return (await this.inspectServer()).exitCode;
  }

  /** Runs in the server's container and environment, as root: for faults. */
  executeBesideServer(command: readonly string[]): Promise<Executed> {
    return this.engine.execute(this.server, '0:0', command);
  }

  /** Runs in the network namespace, as root with NET_ADMIN. */
  executeInNetwork(command: readonly string[]): Promise<Executed> {
    return this.engine.execute(this.sidecar, '0:0', command);
  }

  /** Writes a file of root's, whatever state the process is in. The folder must exist. */
  async putFile(folder: string, name: string, content: string): Promise<void> {
    const archive = packTar([{ name, content }]);
    await this.engine.ask(`write ${folder}/${name} in ${this.server}`, (docker) =>
      docker.getContainer(this.server).putArchive(archive, { path: folder }),
    );
  }

  async hasFile(path: string): Promise<boolean> {
    const pieces = await this.readFile(path);
    // Read to its end: an answer that nobody reads keeps its connection, and with it this process, for minutes.
    for await (const _ of pieces ?? []);
    return pieces !== undefined;
  }

  /**
   * A file's bytes in pieces, whatever state the process is in; undefined when there is no such file. Whoever asks has
   * to read them.
   */
  async readFile(path: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    try {
      const archive = await this.engine.ask(`read ${path} in ${this.server}`, (docker) =>
        docker.getContainer(this.server).getArchive({ path }),
      );
      return firstFileOfTar(archive as AsyncIterable<Uint8Array>);
    } catch (error) {
      if (isRefusal(error, 404)) return undefined;
      throw error;
    }
  }

  async logs(tail?: number): Promise<string> {
    const raw = await this.engine.ask(`read the log of ${this.server}`, (docker) =>
      docker.getContainer(this.server).logs({
        stdout: true,
        stderr: true,
        timestamps: false,
        ...(tail !== undefined && { tail }),
      }),
    );
    return withoutFrames(raw);
  }

  /** SIGTERM, and SIGKILL where that does not help in time. */
  async stop(graceSeconds: number): Promise<void> {
    this.holds.clear();
    await this.enqueue(async () => {
      const { state } = await this.inspectServer();
      if (state === 'paused') await this.act('unpause', (container) => container.unpause());
      if (state !== 'stopped') await this.act('stop', (container) => container.stop({ t: graceSeconds }));
    });
  }

  private settle(): Promise<void> {
    return this.enqueue(async () => {
      const wanted: ProcessState = this.isHeld('down') ? 'stopped' : this.isHeld('paused') ? 'paused' : 'running';
      for (let attempt = 1; attempt <= STEPS_AT_MOST; attempt++) {
        const { state } = await this.inspectServer();
        if (state === wanted) return;
        if (attempt > 2) await wait(STEP_AGAIN_MS);
        await this.step(state, wanted);
      }
      throw new AssayError('harness', `${this.server} does not become ${wanted}`);
    });
  }

  /** One step from a state towards the one that is wanted. */
  private async step(state: ProcessState, wanted: ProcessState): Promise<void> {
    if (wanted === 'stopped') {
      await this.act('kill', (container) => container.kill({ signal: 'SIGKILL' }));
      for (let waited = 0; waited < 100; waited++) {
        if ((await this.processState()) === 'stopped') return;
        await wait(20);
      }
    } else if (state === 'stopped') {
      await this.act('start', (container) => container.start());
    } else if (wanted === 'paused') {
      await this.act('pause', (container) => container.pause());
    } else {
      await this.act('unpause', (container) => container.unpause());
    }
  }

  /** A container that changed its state meanwhile (it died by itself) is looked at again by the caller. */
  private async act(what: string, action: (container: Docker.Container) => Promise<unknown>): Promise<void> {
    try {
      await this.engine.ask(`${what} ${this.server}`, (docker) => action(docker.getContainer(this.server)));
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }

  private enqueue(change: () => Promise<void>): Promise<void> {
    const done = this.changes.then(change);
    // A failed change must not fail the next one, which looks at the state anew.
    this.changes = done.catch(() => undefined);
    return done;
  }

  private async inspectServer(): Promise<{ state: ProcessState; exitCode: number }> {
    const { State } = await this.engine.ask(`inspect ${this.server}`, (docker) =>
      docker.getContainer(this.server).inspect(),
    );
    const state = State.Paused ? 'paused' : State.Running ? 'running' : 'stopped';
    return { state, exitCode: State.ExitCode };
  }

  private async createAndStart(name: string, options: Docker.ContainerCreateOptions): Promise<void> {
    await this.engine.ask(`create ${name}`, (docker) => docker.createContainer({ name, ...options }));
    await this.engine.ask(`start ${name}`, (docker) => docker.getContainer(name).start());
  }

  private mustHavePorts() {
    invariant(this.ports, () => `${this.sidecar} was not started`);
    return this.ports;
  }
}

/** The engine frames logs: 8 bytes (stream, length) before each piece. */
function withoutFrames(raw: Buffer): string {
  const pieces: Buffer[] = [];
  for (let offset = 0; offset + 8 <= raw.length; ) {
    const length = raw.readUInt32BE(offset + 4);
    pieces.push(raw.subarray(offset + 8, offset + 8 + length));
    offset += 8 + length;
  }
  return Buffer.concat(pieces).toString('utf8');
}
