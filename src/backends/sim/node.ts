import type { Protocol } from '../../consensus/protocol.js';
import type { TraceStep } from '../../history/trace.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Random } from '../../kernel/random.js';
import { Host, type HostRequest, type Respond } from '../../node/host.js';
import type { Corruption } from '../../ports/corruption.js';
import type { Network } from '../../ports/network.js';
import { NodeClock } from './clocks.js';
import { SimDisk } from './disk.js';
import { Packet, type SimLink, type SimNetwork } from './network.js';
import type { World } from './world.js';

/** What a simulated machine tells the cluster. */
export interface NodeEvents {
  trace(node: NodeId, step: TraceStep): void;
  note(text: string): void;
}

/** A connection to a node's client port. */
export interface Connection {
  /** The process died with the request in its hands. */
  reset(): void;
}

/**
 * One machine: clock and disk, and the process on it, while one lives. What reaches a process that stands still waits
 * and is then handled in the order in which it came.
 */
export class SimNode {
  readonly clock: NodeClock;
  readonly disk: SimDisk;
  /** Counts the processes that ran here. */
  incarnation = 0;
  /** Connections of requests that the present process has and did not answer. */
  readonly connections = new Set<Connection>();
  private host: Host | undefined;
  private protocol: Protocol<unknown> | undefined;
  private bugEffectsBefore = 0;
  private receive: (from: NodeId, message: unknown) => void = () => {};
  /** How its processes lie. */
  private corruption: Corruption | undefined;
  private standsStill = false;
  private waiting: { handle(): void }[] = [];

  constructor(
    world: World,
    readonly id: NodeId,
    private readonly network: SimNetwork,
    /** All nodes of the cluster, this one included once it exists. */
    private readonly peers: ReadonlyMap<NodeId, SimNode>,
    random: Random,
    private readonly createProtocol: (incarnation: number) => Protocol<unknown>,
    private readonly events: NodeEvents,
  ) {
    this.clock = new NodeClock(world, this);
    this.disk = new SimDisk(world, this, random.fork('disk'));
  }

  get isStill(): boolean {
    return this.standsStill;
  }

  get alive(): boolean {
    return this.host !== undefined;
  }

  /** How often a known bug took effect in all processes that ran here; undefined where none is on. */
  get bugEffects(): number | undefined {
    const own = this.protocol?.status().bugEffects;
    return own === undefined ? undefined : this.bugEffectsBefore + own;
  }

  boot(): void {
    if (this.host) return;
    const { id, events } = this;
    this.incarnation++;
    this.bugEffectsBefore = this.bugEffects ?? 0;
    this.protocol = this.createProtocol(this.incarnation);
    this.host = new Host(this.protocol, {
      clock: this.clock,
      network: this.connect(),
      disk: this.disk,
      trace: (step) => events.trace(id, step),
      note: (text) => events.note(`${id}: ${text}`),
      fatal: (error) => {
        events.note(`${id} left by itself: ${error.message}`);
        this.kill();
      },
    });
    this.host.boot();
    if (this.corruption) this.host?.turn(this.corruption);
  }

  /** Has the process lie, and those that come after it; or (undefined) be honest again. */
  turn(corruption: Corruption | undefined): void {
    this.corruption = corruption;
    this.deliver({ handle: () => this.host?.turn(this.corruption) });
  }

  /** The process is gone; what it had written stays on disk. */
  kill(): void {
    if (!this.host) return;
    this.die();
    this.disk.kill();
  }

  /** As `kill`, and what was not synced is lost. Returns how many bytes; also of a machine whose process is dead. */
  losePower(): number {
    if (this.host) this.die();
    return this.disk.losePower();
  }

  pause(): void {
    this.standsStill = true;
  }

  resume(): void {
    this.standsStill = false;
    const waiting = this.waiting;
    this.waiting = [];
    for (const event of waiting) this.deliver(event);
  }

  /** Has the living process handle `event`, now or when it goes on; a dead one never does. */
  deliver(event: { handle(): void }): void {
    if (this.host === undefined) return;
    if (this.standsStill) this.waiting.push(event);
    else event.handle();
  }

  receiveMessage(from: NodeId, message: unknown): void {
    this.receive(from, message);
  }

  handleRequest(request: HostRequest, respond: Respond): void {
    this.host?.handle(request, respond);
  }

  /** Stops the process as SIGTERM does. */
  stop(): void {
    this.host?.stop(() => {});
  }

  private die(): void {
    this.host = undefined;
    this.incarnation++;
    this.waiting = [];
    this.clock.forgetTimers();
    for (const connection of this.connections) connection.reset();
    this.connections.clear();
  }

  private connect(): Network<unknown> {
    const routes = new Map<NodeId, Route>();
    for (const to of this.peers.values()) {
      const link = this.network.link(this.id, to.id);
      if (link) routes.set(to.id, { link, to });
    }
    return {
      send: (id, message) => {
        const route = routes.get(id);
        route?.link.transmit(new Message(route, message));
      },
      onReceive: (receive) => {
        this.receive = receive;
      },
    };
  }
}

interface Route {
  readonly link: SimLink;
  readonly to: SimNode;
}

class Message extends Packet {
  constructor(
    private readonly route: Route,
    private readonly message: unknown,
  ) {
    super(route.link);
  }

  protected arrive(): void {
    this.route.to.deliver(this);
  }

  handle(): void {
    this.route.to.receiveMessage(this.route.link.link.from, this.message);
  }
}
