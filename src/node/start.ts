import { AssayError, messageOf } from '../kernel/errors.js';
import type { NodeId } from '../kernel/ids.js';
import { Random } from '../kernel/random.js';
import type { System } from '../plugin/system.js';
import type { Keyring } from '../ports/keys.js';
import type { NodeConfig } from './config.js';
import { Host } from './host.js';
import { HttpApi } from './http-api.js';
import { nodeKeyring } from './keys/keyring.js';
import type { Log } from './log.js';
import { RealClock } from './ports/clock.js';
import { FileDisk } from './ports/file-disk.js';
import { TcpNetwork } from './ports/tcp-network.js';
import { TraceFile } from './ports/trace-file.js';

/** A node at work in this process. */
export interface RunningNode {
  /** Stops gracefully: open requests are answered, what is being synced is finished, ports and files are closed. */
  stop(): Promise<void>;
}

/**
 * Starts one node on real ports: everything is opened first, and only then does the protocol begin, so that a node
 * that cannot listen leaves nothing behind in its trace.
 *
 * @param fatal the node cannot go on and has stopped by itself
 * @throws AssayError when the configuration does not fit the system, or a port or the folder cannot be had
 */
export async function startNode(
  config: NodeConfig,
  system: System,
  log: Log,
  fatal: (error: Error) => void,
): Promise<RunningNode> {
  const nodes = config.nodes.map((node) => node.id);
  const protocol = createProtocol(config, system, nodes);
  const disk = openOrExplain(`the data folder ${config.dataDir}`, () => {
    return new FileDisk(config.dataDir, { log, beforeWrite: () => trace?.flush() });
  });
  const { traceFile } = config;
  const trace =
    traceFile === undefined
      ? undefined
      : openOrExplain(`the trace file ${traceFile}`, () => new TraceFile(traceFile, config.id));
  const clock = new RealClock();
  const network = new TcpNetwork({
    self: config.id,
    peers: new Map(
      config.nodes.flatMap(({ id, host, peerPort }) => (id === config.id ? [] : [[id, { host, port: peerPort }]])),
    ),
    log,
    beforeSend: () => trace?.flush(),
  });
  const api = new HttpApi({ clock, allowFaults: config.allowFaults, log, beforeRespond: () => trace?.flush() });

  try {
    await network.listen(config.listenHost, peerPortOf(config));
    await api.listen(config.listenHost, config.clientPort);
  } catch (error) {
    network.close();
    throw error;
  }

  const host = new Host(protocol, {
    clock,
    network,
    disk,
    ...(trace && { trace: (step) => trace.record(step) }),
    note: (text) => log('warn', text),
    fatal: (error) => {
      trace?.close();
      fatal(error);
    },
  });
  host.boot();
  api.open(
    (request, respond) => host.handle(request, respond),
    (corruption) => host.turn(corruption),
  );

  return {
    async stop() {
      const drained = api.stop();
      await new Promise<void>((resolve) => host.stop(resolve));
      await drained;
      network.close();
      await disk.close();
      trace?.close();
    },
  };
}

function createProtocol(config: NodeConfig, system: System, nodes: readonly NodeId[]) {
  if (system.node.kind !== 'hosted') {
    throw new AssayError('bad-argument', `${system.name} is a server of its own, not hosted by this process`);
  }
  const options = system.options.safeParse(config.options);
  if (!options.success) {
    const problems = options.error.issues.map((issue) => `options.${issue.path.join('.')}: ${issue.message}`);
    throw new AssayError('bad-option', problems.join('; '), `\`assay list\` shows the options of ${system.name}.`, {
      cause: options.error,
    });
  }
  const random = new Random(config.seed).fork('node').fork(config.id);
  const keys = system.node.keys ? keyringOf(config, nodes) : undefined;
  return system.node.create({ id: config.id, nodes, random, options: options.data, ...(keys && { keys }) });
}

function keyringOf({ id, system, keys }: NodeConfig, nodes: readonly NodeId[]): Keyring {
  const wayOut = 'src/node/README.md says what keys there are and how to make them.';
  if (keys === undefined) throw new AssayError('bad-argument', `keys: ${system} needs them`, wayOut);
  const peers = nodes.filter((node) => node !== id);
  const missing =
    nodes.find((node) => !Object.hasOwn(keys.publicKeys, node)) ??
    peers.find((node) => !Object.hasOwn(keys.peerSecrets, node));
  if (missing !== undefined) throw new AssayError('bad-argument', `keys: there are none for "${missing}"`, wayOut);
  return nodeKeyring(id, keys);
}

function peerPortOf(config: NodeConfig): number {
  if (config.peerPort !== undefined) return config.peerPort;
  const own = config.nodes.find((node) => node.id === config.id);
  if (own) return own.peerPort;
  throw new AssayError('bad-argument', `"${config.id}" is none of the nodes`);
}

function openOrExplain<T>(what: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof AssayError) throw error;
    throw new AssayError(
      'bad-file',
      `cannot use ${what}: ${messageOf(error)}`,
      'Give the node a folder that it may write to.',
      { cause: error },
    );
  }
}
