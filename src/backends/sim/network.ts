import type { NodeId } from '../../kernel/ids.js';
import type { Random } from '../../kernel/random.js';
import type { Micros } from '../../kernel/units.js';
import type { Link } from '../../ports/faults.js';
import type { SimEvent } from './event-queue.js';
import type { World } from './world.js';

/**
 * Mean one-way delay of the links, each its own: a cluster over the halls of one city. Batching falls out of it: at 200
 * operations a second, several arrive while a round trip and a sync are under way, and share the next ones.
 */
const MEAN_DELAY_US: readonly [Micros, Micros] = [2000, 5000];

/** What travels a link: a message, or a probe. The same packet may arrive more than once. */
export abstract class Packet implements SimEvent {
  constructor(private readonly link: SimLink) {}

  happen(): void {
    if (this.link.faults.cuts === 0) this.arrive();
  }

  protected abstract arrive(): void;
}

/** What faults have done to a link. Several may hold at once: each adds its part and takes it away again. */
export interface LinkFaults {
  cuts: number;
  readonly losses: number[];
  readonly duplications: number[];
  readonly reorderings: { readonly probability: number; readonly byUs: Micros }[];
  readonly delays: { readonly meanUs: Micros; readonly jitterUs: Micros }[];
}

/**
 * One direction of one connection. By itself it keeps the order and loses nothing, as TCP does; what is in flight when
 * it is cut is lost.
 */
export class SimLink {
  readonly faults: LinkFaults = { cuts: 0, losses: [], duplications: [], reorderings: [], delays: [] };
  readonly meanDelayUs: Micros;
  /** Counts changes of its faults. */
  revision = 0;
  private readonly name: string;
  private readonly random: Random;
  /** No packet that keeps the order arrives before this time. */
  private horizonUs: Micros = 0;
  /** Whether any fault other than a cut is in force: the healthy path is the hot one. */
  private disturbed = false;

  constructor(
    private readonly world: World,
    readonly link: Link,
    random: Random,
  ) {
    this.name = `${link.from}→${link.to}`;
    this.random = random;
    this.meanDelayUs = random.int(...MEAN_DELAY_US);
  }

  toString(): string {
    return this.name;
  }

  /** Whether faults let nothing at all pass. */
  get isSilent(): boolean {
    return this.faults.cuts > 0 || this.faults.losses.includes(1);
  }

  /** The longest that a packet may be under way by itself. */
  private get maxDelayUs(): Micros {
    return 2 * this.meanDelayUs;
  }

  /** The longest that a packet may be under way with all faults that hold now. */
  get maxDisturbedDelayUs(): Micros {
    const { delays, duplications, reorderings } = this.faults;
    return (
      this.maxDelayUs +
      delays.reduce((sum, { meanUs, jitterUs }) => sum + meanUs + jitterUs, 0) +
      reorderings.reduce((longest, { byUs }) => Math.max(longest, 2 * byUs), 0) +
      duplications.length * this.maxDelayUs
    );
  }

  /** Call after every change of `faults`. What is under way keeps its time of arrival. */
  changed(): void {
    const { losses, duplications, reorderings, delays } = this.faults;
    this.disturbed = losses.length + duplications.length + reorderings.length + delays.length > 0;
    this.horizonUs = 0;
    this.revision++;
  }

  transmit(packet: Packet): void {
    if (this.faults.cuts > 0) return;
    if (this.disturbed) this.transmitDisturbed(packet);
    else this.inOrder(packet, this.drawDelayUs());
  }

  private transmitDisturbed(packet: Packet): void {
    const { random } = this;
    const { losses, duplications, reorderings, delays } = this.faults;
    if (losses.some((probability) => random.chance(probability))) return;
    let delayUs = this.drawDelayUs();
    for (const { meanUs, jitterUs } of delays) delayUs += meanUs + random.int(-jitterUs, jitterUs);
    const held = reorderings.find(({ probability }) => random.chance(probability));
    if (held) {
      this.world.at(this.world.nowUs + delayUs + random.int(Math.ceil(held.byUs / 2), 2 * held.byUs), packet);
    } else this.inOrder(packet, delayUs);
    for (const probability of duplications) {
      if (random.chance(probability)) this.inOrder(packet, delayUs + this.drawDelayUs());
    }
  }

  private inOrder(packet: Packet, delayUs: Micros): void {
    const timeUs = Math.max(this.world.nowUs + delayUs, this.horizonUs);
    this.horizonUs = timeUs;
    this.world.at(timeUs, packet);
  }

  /** Between half and twice the mean, skewed to the right, by arithmetic that is exact on every machine. */
  private drawDelayUs(): Micros {
    const uniform = this.random.float();
    return Math.round(this.meanDelayUs * (0.5 + 1.5 * uniform * uniform));
  }
}

/** All links of a cluster. */
export class SimNetwork {
  private readonly links = new Map<NodeId, Map<NodeId, SimLink>>();

  constructor(world: World, nodes: readonly NodeId[], random: Random) {
    for (const from of nodes) {
      const others = nodes.filter((to) => to !== from);
      const linkTo = (to: NodeId) => new SimLink(world, { from, to }, random.fork(`${from}→${to}`));
      this.links.set(from, new Map(others.map((to) => [to, linkTo(to)])));
    }
  }

  /** Undefined for nodes that the cluster does not have, and from a node to itself. */
  link(from: NodeId, to: NodeId): SimLink | undefined {
    return this.links.get(from)?.get(to);
  }
}
