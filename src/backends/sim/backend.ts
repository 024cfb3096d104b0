import type { TraceStep } from '../../history/trace.js';
import { AssayError } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import { RunKeys } from '../../node/keys/run-keys.js';
import type { Abilities, HostedNode, System } from '../../plugin/system.js';
import type { Clock } from '../../ports/clock.js';
import { type Ability, FAULT_KINDS, type FaultKind, type Faults } from '../../ports/faults.js';
import type { Identities } from '../../ports/keys.js';
import type { Requests } from '../../ports/requests.js';
import type { Backend, Cluster, ClusterOptions } from '../cluster.js';
import { corruptibility } from '../corruption.js';
import { HarnessClock } from './clocks.js';
import { SimFaults } from './faults.js';
import { SimNetwork } from './network.js';
import { SimNode } from './node.js';
import { SimRequests } from './requests.js';
import { traceEvent } from './trace-event.js';
import { World } from './world.js';

/** Processes do not start in the same microsecond. */
const BOOT_SPREAD_US = 5000;

/** Clusters in one process and virtual time: a minute is a fraction of a second, and a seed replays everything. */
export const simBackend: Backend = {
  name: 'sim',

  async abilities(system: System): Promise<Abilities> {
    const isHosted = system.node.kind === 'hosted';
    const ability: Ability = isHosted ? { able: true } : { able: false, reason: cannotRun(system) };
    const abilities = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, ability])) as Record<FaultKind, Ability>;
    return isHosted ? { ...abilities, byzantine: corruptibility(system) } : abilities;
  },

  async unavailable() {
    return undefined;
  },

  async start(options: ClusterOptions): Promise<Cluster> {
    const { system } = options;
    if (system.node.kind !== 'hosted') throw new AssayError('unsupported', cannotRun(system), 'Try --backend docker.');
    return new SimCluster(options, system.node);
  },
};

function cannotRun(system: System): string {
  return `the simulator runs protocols in its own process; ${system.name} is a server in a container. Try --backend docker.`;
}

class SimCluster implements Cluster {
  readonly nodes: readonly NodeId[];
  readonly clock: Clock;
  readonly requests: Requests;
  readonly faults: Faults;
  readonly identities?: Identities;
  readonly facts: Readonly<Record<string, string>>;
  private readonly world = new World();
  private readonly simNodes = new Map<NodeId, SimNode>();
  private disposed = false;

  constructor(
    private readonly options: ClusterOptions,
    node: HostedNode,
  ) {
    const { nodes, random, systemOptions } = options;
    const { world, simNodes } = this;
    const network = new SimNetwork(world, nodes, random.fork('network'));
    const events = {
      trace: (id: NodeId, step: TraceStep) => options.onTrace?.(traceEvent(world.nowUs, id, step)),
      note: options.onNote,
    };
    const keys = node.keys ? new RunKeys(random.fork('keys'), nodes) : undefined;
    if (keys) this.identities = keys;
    for (const id of nodes) {
      const own = random.fork(id);
      const keyring = keys?.keyring(id);
      const create = (incarnation: number) =>
        node.create({
          id,
          nodes,
          random: own.fork(`process ${incarnation}`),
          options: systemOptions,
          ...(keyring && { keys: keyring }),
        });
      const simNode = new SimNode(world, id, network, simNodes, own, create, events);
      simNodes.set(id, simNode);
      world.at(own.fork('boot').int(0, BOOT_SPREAD_US), { happen: () => simNode.boot() });
    }
    this.nodes = nodes;
    this.clock = new HarnessClock(world);
    this.requests = new SimRequests(world, simNodes, random.fork('clients'));
    this.faults = new SimFaults(world, this.clock, simNodes, network, this.requests, corruptibility(options.system));
    this.facts = {
      clock: 'virtual time',
      links: 'one way 2 to 5 ms in the mean, each link its own',
      disks: 'a sync takes 1 to 3 ms',
    };
  }

  run<T>(main: () => Promise<T>): Promise<T> {
    return this.world.run(main, this.options.signal);
  }

  bugEffects(): Record<NodeId, number> {
    const counted = [...this.simNodes].filter(([, node]) => node.bugEffects !== undefined);
    return Object.fromEntries(counted.map(([id, node]) => [id, node.bugEffects ?? 0]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    for (const node of this.simNodes.values()) node.stop();
  }
}
