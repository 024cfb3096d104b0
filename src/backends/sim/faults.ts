import { AssayError, unreachable } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import { formatDuration, type Micros, usFromMs } from '../../kernel/units.js';
import { type Clock, sleep } from '../../ports/clock.js';
import type { Corruption } from '../../ports/corruption.js';
import type { Ability, Fault, Faults, InjectedFault, Link, ProbeResult } from '../../ports/faults.js';
import type { Reply, Requests } from '../../ports/requests.js';
import { judgeBehaviour } from '../corruption.js';
import type { LinkFaults, SimLink, SimNetwork } from './network.js';
import type { SimNode } from './node.js';
import { type LinkMeasurement, measureLinks } from './probes.js';
import type { World } from './world.js';

/** From the decision to restart a node to its process's first instruction. */
const RESTART_US = 50_000;
/** A living node answers a status request much sooner. */
const SILENCE_MS = 100;
/** How long a node may take to come back, and how often it is asked. */
const COME_BACK_US = 2_000_000;
const ASK_AGAIN_US = 10_000;
/** How often a node that lives is asked how it behaves. */
const ATTEMPTS = 3;
/** How long a clock is watched to tell its rate. */
const WATCH_CLOCK_US = 20_000;

/** Faults by which processes on one node are kept from running. */
interface Holds {
  down: number;
  paused: number;
  /** A restart is due as soon as nothing holds the node. */
  restart: boolean;
  readonly clockRates: number[];
  /** The latest one is in force. */
  readonly corruptions: Corruption[];
}

/** One fault carried out: how to confirm it, and how to take it back and confirm that. */
interface Carried {
  confirm(): Promise<ProbeResult>;
  undo(): Promise<ProbeResult>;
}

/** One of so many shows that a link is open, also under the loss of another fault, which may begin in the middle. */
const OPEN_PACKETS = 64;

/**
 * Executes faults on a simulated cluster. Faults overlap: each adds its part and takes only that away, and a probe
 * judges what it measures in the light of the others that hold.
 */
export class SimFaults implements Faults {
  private readonly holds: ReadonlyMap<NodeId, Holds>;

  constructor(
    private readonly world: World,
    private readonly clock: Clock,
    private readonly nodes: ReadonlyMap<NodeId, SimNode>,
    private readonly network: SimNetwork,
    private readonly requests: Requests,
    private readonly corruptibility: Ability,
  ) {
    this.holds = new Map(
      [...nodes.keys()].map((id) => [id, { down: 0, paused: 0, restart: false, clockRates: [], corruptions: [] }]),
    );
  }

  async inject(fault: Fault): Promise<InjectedFault> {
    const carried = await this.carryOut(fault);
    let undone: Promise<ProbeResult> | undefined;
    const probe = await carried.confirm();
    return {
      probe,
      undo: () => {
        undone ??= carried.undo();
        return undone;
      },
    };
  }

  private carryOut(fault: Fault): Carried | Promise<Carried> {
    switch (fault.kind) {
      case 'cut':
        return this.cut(fault.links);
      case 'kill':
        return this.takeDown(fault.nodes, (node) => {
          node.kill();
          return '';
        });
      case 'power':
        return this.takeDown(fault.nodes, (node) => `, ${node.losePower()} unsynced bytes lost`);
      case 'pause':
        return this.pause(fault.nodes);
      case 'clock-jump':
        return this.clockJump(fault.nodes, fault.byMs);
      case 'clock-rate':
        return this.clockRate(fault.nodes, fault.rate);
      case 'byzantine':
        return this.corrupt(fault.nodes, { behaviour: fault.behaviour, against: fault.against });
      case 'delay':
        return this.delay(fault.links, { meanUs: usFromMs(fault.meanMs), jitterUs: usFromMs(fault.jitterMs) });
      case 'loss':
        return this.disturb(fault.links, {
          probability: fault.probability,
          part: (faults) => add(faults.losses, fault.probability),
          others: (faults) => faults.losses.length > 0,
          count: (measurement) => measurement.sent - measurement.arrived,
          what: 'lost',
        });
      case 'duplicate':
        return this.disturb(fault.links, {
          probability: fault.probability,
          part: (faults) => add(faults.duplications, fault.probability),
          others: (faults) => faults.duplications.length > 0,
          count: (measurement) => measurement.duplicates,
          what: 'duplicated',
        });
      case 'reorder':
        return this.disturb(fault.links, {
          probability: fault.probability,
          part: (faults) => add(faults.reorderings, { probability: fault.probability, byUs: usFromMs(fault.byMs) }),
          others: (faults) => faults.reorderings.length > 0,
          count: (measurement) => measurement.overtaken,
          what: 'overtaken',
        });
      default:
        return unreachable(fault);
    }
  }

  // --- processes ---------------------------------------------------------------------------------------------------

  private takeDown(ids: readonly NodeId[], kill: (node: SimNode) => string): Carried {
    const remarks = new Map<NodeId, string>();
    for (const { node, holds } of this.machines(ids)) {
      holds.down++;
      remarks.set(node.id, kill(node));
    }
    return {
      confirm: () =>
        this.probeNodes(ids, async (node) => {
          const reply = await this.askStatus(node);
          return { confirmed: reply.kind === 'refused', detail: `${describe(reply)}${remarks.get(node.id) ?? ''}` };
        }),
      undo: () => {
        for (const { node, holds } of this.machines(ids)) {
          holds.down--;
          holds.restart = true;
          this.release(node, holds);
        }
        return this.probeNodes(ids, (node, holds) => this.comesBack(node, holds));
      },
    };
  }

  private pause(ids: readonly NodeId[]): Carried {
    for (const { node, holds } of this.machines(ids)) {
      holds.paused++;
      node.pause();
    }
    return {
      confirm: () =>
        this.probeNodes(ids, async (node) => {
          const reply = await this.askStatus(node);
          // A node that another fault killed meanwhile is silent in another way.
          return { confirmed: reply.kind !== 'answered', detail: describe(reply) };
        }),
      undo: () => {
        for (const { node, holds } of this.machines(ids)) {
          holds.paused--;
          this.release(node, holds);
        }
        return this.probeNodes(ids, async (node, holds) => {
          if (holds.down === 0 && !node.alive && !holds.restart) {
            return { confirmed: true, detail: 'goes on as it was: dead, for a reason of its own' };
          }
          return this.comesBack(node, holds);
        });
      },
    };
  }

  /** Lets a node go on, or boots it, if nothing holds it any more. */
  private release(node: SimNode, holds: Holds): void {
    if (holds.paused > 0) return;
    node.resume();
    if (holds.down > 0 || !holds.restart) return;
    this.world.at(this.world.nowUs + RESTART_US, {
      happen: () => {
        if (!holds.restart || holds.down > 0 || holds.paused > 0) return;
        holds.restart = false;
        node.boot();
      },
    });
  }

  private askStatus(node: SimNode): Promise<Reply> {
    return this.requests.request(node.id, { method: 'GET', path: '/status', timeoutMs: SILENCE_MS });
  }

  private async comesBack(node: SimNode, holds: Holds): Promise<ProbeResult> {
    const startUs = this.clock.nowUs();
    for (;;) {
      const reply = await this.askStatus(node);
      const elapsedUs = this.clock.nowUs() - startUs;
      if (reply.kind === 'answered' && reply.status === 200) {
        return { confirmed: true, detail: `answered after ${formatDuration(elapsedUs)}` };
      }
      if (holds.down > 0) return { confirmed: reply.kind === 'refused', detail: 'still down by another fault' };
      if (holds.paused > 0) return { confirmed: true, detail: 'still paused by another fault' };
      if (elapsedUs > COME_BACK_US) {
        return { confirmed: false, detail: `${describe(reply)} for ${formatDuration(elapsedUs)}` };
      }
      await sleep(this.clock, ASK_AGAIN_US);
    }
  }

  // --- clocks ------------------------------------------------------------------------------------------------------

  private clockJump(ids: readonly NodeId[], byMs: number): Carried {
    const jump = (by: number) =>
      this.probeNodes(ids, async ({ clock }) => {
        const before = clock.wallMs() - this.clock.wallMs();
        clock.jumpWall(by);
        const after = clock.wallMs() - this.clock.wallMs();
        return {
          confirmed: Math.abs(after - before - by) < 1,
          detail: `wall clock was ${signedMs(before)} off the harness's, is now ${signedMs(after)} off`,
        };
      });
    return { confirm: () => jump(byMs), undo: () => jump(-byMs) };
  }

  private clockRate(ids: readonly NodeId[], rate: number): Carried {
    const removals = this.machines(ids).map(({ holds }) => add(holds.clockRates, rate));
    const apply = () => {
      for (const { node, holds } of this.machines(ids)) node.clock.setRate(product(holds.clockRates));
      return this.probeNodes(ids, async ({ clock }, holds) => {
        const startUs = this.clock.nowUs();
        const localStartUs = clock.nowUs();
        await sleep(this.clock, WATCH_CLOCK_US);
        const measured = (clock.nowUs() - localStartUs) / (this.clock.nowUs() - startUs);
        return {
          confirmed: Math.abs(measured / product(holds.clockRates) - 1) < 0.01,
          detail: `monotonic clock runs ${measured.toFixed(3)} times as fast as the harness's`,
        };
      });
    };
    return {
      confirm: apply,
      undo: () => {
        for (const remove of removals) remove();
        return apply();
      },
    };
  }

  // --- traitors ----------------------------------------------------------------------------------------------------

  private corrupt(ids: readonly NodeId[], corruption: Corruption): Carried {
    if (!this.corruptibility.able) {
      throw new AssayError('unsupported', `sim cannot do byzantine: ${this.corruptibility.reason}`);
    }
    const removals = this.machines(ids).map(({ holds }) => add(holds.corruptions, corruption));
    const apply = () => {
      for (const { node, holds } of this.machines(ids)) node.turn(holds.corruptions.at(-1));
      return this.probeNodes(ids, (node, holds) => this.behaves(node, holds));
    };
    return {
      confirm: apply,
      undo: () => {
        for (const remove of removals) remove();
        return apply();
      },
    };
  }

  /** By its own word, or by what it will be told as soon as it can hear. */
  private async behaves(node: SimNode, holds: Holds): Promise<ProbeResult> {
    for (let attempt = 1; ; attempt++) {
      const status = await this.askStatus(node);
      const wanted = holds.corruptions.at(-1)?.behaviour;
      if (status.kind === 'answered') return judgeBehaviour(status, wanted);
      const will = wanted === undefined ? 'be honest' : `lie (${wanted})`;
      if (node.isStill) return { confirmed: true, detail: `stands still; will ${will} when it goes on` };
      if (!node.alive) return { confirmed: true, detail: `is down; will ${will} when it is started again` };
      // It died under the question and is back.
      if (attempt === ATTEMPTS) return { confirmed: false, detail: describe(status) };
    }
  }

  // --- links -------------------------------------------------------------------------------------------------------

  private cut(links: readonly Link[]): Carried {
    const simLinks = this.simLinks(links);
    for (const link of simLinks) change(link, (faults) => faults.cuts++);
    return {
      confirm: async () => {
        const measurements = await measureLinks(this.clock, simLinks, 1);
        return summary(measurements, ({ arrived }) => arrived === 0, arrivals(measurements));
      },
      undo: async () => {
        for (const link of simLinks) change(link, (faults) => faults.cuts--);
        const measurements = await measureLinks(this.clock, simLinks, OPEN_PACKETS);
        return summary(measurements, ({ link, arrived }) => arrived > 0 !== link.isSilent, arrivals(measurements));
      },
    };
  }

  private async delay(links: readonly Link[], delay: { meanUs: Micros; jitterUs: Micros }): Promise<Carried> {
    const simLinks = this.simLinks(links);
    let before = await measureLinks(this.clock, simLinks, DELAY_PACKETS);
    const removals: (() => void)[] = [];
    for (const link of simLinks) change(link, (faults) => removals.push(add(faults.delays, delay)));
    /** Confirmed when the median moved at least half the way that it should, in the direction of `sign`. */
    const compare = async (sign: 1 | -1): Promise<ProbeResult> => {
      const after = await measureLinks(this.clock, simLinks, DELAY_PACKETS);
      const earlier = before;
      const moved = (measurement: LinkMeasurement) => {
        if (measurement.link.isSilent) return measurement.arrived === 0;
        const was = earlier.find(({ link }) => link === measurement.link)?.delayUs ?? Number.NaN;
        // Nothing to compare with where the link was silent until now.
        return Number.isNaN(was) || sign * (measurement.delayUs - was) >= delay.meanUs / 2;
      };
      return summary(after, moved, `median delay ${medianDelay(earlier)} before, ${medianDelay(after)} after`);
    };
    return {
      confirm: () => compare(1),
      undo: async () => {
        before = await measureLinks(this.clock, simLinks, DELAY_PACKETS);
        simLinks.forEach((link, index) => {
          change(link, () => removals[index]?.());
        });
        return compare(-1);
      },
    };
  }

  /** Loss, duplication and reordering: each strikes packets by chance, and a probe counts the stricken. */
  private disturb(
    links: readonly Link[],
    disturbance: {
      readonly probability: number;
      /** Adds this fault's part to a link's, returns its removal. */
      part(faults: LinkFaults): () => void;
      /** Whether any fault of this kind holds. */
      others(faults: LinkFaults): boolean;
      count(measurement: LinkMeasurement): number;
      readonly what: string;
    },
  ): Carried {
    const { probability, count, what } = disturbance;
    const simLinks = this.simLinks(links);
    const removals: (() => void)[] = [];
    for (const link of simLinks) change(link, (faults) => removals.push(disturbance.part(faults)));
    // Enough that all of them escape a fault of this probability once in 500 million times.
    const packets = 2 + Math.min(20_000, Math.ceil(20 / Math.max(probability, 0.001) / Math.max(1, simLinks.length)));
    const report = (measurements: readonly LinkMeasurement[]) =>
      `${total(measurements, count)} of ${total(measurements, ({ sent }) => sent)} probe packets were ${what}`;
    return {
      confirm: async () => {
        const measurements = await measureLinks(this.clock, simLinks, packets);
        const open = measurements.filter(({ link }) => !link.isSilent);
        if (open.length === 0) {
          return summary(
            measurements,
            ({ arrived }) => arrived === 0,
            'nothing passes: another fault cuts them as well',
          );
        }
        const struck = probability === 0 || total(open, count) > 0;
        return summary(open, () => struck, report(open));
      },
      undo: async () => {
        simLinks.forEach((link, index) => {
          change(link, () => removals[index]?.());
        });
        const measurements = await measureLinks(this.clock, simLinks, packets);
        const fit = ({ link, ...rest }: LinkMeasurement) =>
          link.isSilent ? rest.arrived === 0 : disturbance.others(link.faults) || count({ link, ...rest }) === 0;
        return summary(measurements, fit, report(measurements));
      },
    };
  }

  // --- the cluster's parts, by name ----------------------------------------------------------------------------------

  private machines(ids: readonly NodeId[]): { node: SimNode; holds: Holds }[] {
    return ids.flatMap((id) => {
      const node = this.nodes.get(id);
      const holds = this.holds.get(id);
      return node && holds ? [{ node, holds }] : [];
    });
  }

  private simLinks(links: readonly Link[]): SimLink[] {
    return links.flatMap(({ from, to }) => this.network.link(from, to) ?? []);
  }

  private async probeNodes(
    ids: readonly NodeId[],
    probe: (node: SimNode, holds: Holds) => Promise<ProbeResult>,
  ): Promise<ProbeResult> {
    const results = await Promise.all(
      this.machines(ids).map(async ({ node, holds }) => ({ id: node.id, ...(await probe(node, holds)) })),
    );
    return {
      confirmed: results.length > 0 && results.every(({ confirmed }) => confirmed),
      detail: results.map(({ id, detail }) => `${id}: ${detail}`).join('; '),
    };
  }
}

/** How many packets tell a link's median delay. */
const DELAY_PACKETS = 15;

/** Adds an item to a list; the returned function takes that very one out. */
function add<T>(list: T[], item: T): () => void {
  list.push(item);
  return () => {
    const index = list.indexOf(item);
    if (index >= 0) list.splice(index, 1);
  };
}

function change(link: SimLink, by: (faults: LinkFaults) => void): void {
  by(link.faults);
  link.changed();
}

function product(factors: readonly number[]): number {
  return factors.reduce((result, factor) => result * factor, 1);
}

function total(measurements: readonly LinkMeasurement[], count: (measurement: LinkMeasurement) => number): number {
  return measurements.reduce((sum, measurement) => sum + count(measurement), 0);
}

function arrivals(measurements: readonly LinkMeasurement[]): string {
  const sent = total(measurements, (each) => each.sent);
  return `${total(measurements, (each) => each.arrived)} of ${sent} probe packets arrived`;
}

function medianDelay(measurements: readonly LinkMeasurement[]): string {
  const delays = measurements.map(({ delayUs }) => delayUs).filter((delayUs) => !Number.isNaN(delayUs));
  delays.sort((left, right) => left - right);
  const median = delays[Math.floor(delays.length / 2)];
  return median === undefined ? 'unknown' : formatDuration(median);
}

/** Confirmed when every link fits; names the links, those that do not fit first. */
function summary(
  measurements: readonly LinkMeasurement[],
  fits: (measurement: LinkMeasurement) => boolean,
  detail: string,
): ProbeResult {
  const misfits = measurements.filter((measurement) => !fits(measurement));
  const named = (misfits.length > 0 ? misfits : measurements).map(({ link }) => String(link));
  const names = named.length > 4 ? `${named.slice(0, 3).join(', ')} and ${named.length - 3} more` : named.join(', ');
  return {
    confirmed: measurements.length > 0 && misfits.length === 0,
    detail: `${names}: ${detail}${misfits.length > 0 ? ', not as it should be' : ''}`,
  };
}

function describe(reply: Reply): string {
  return reply.kind === 'answered' ? `answered with status ${reply.status}` : reply.error;
}

function signedMs(milliseconds: number): string {
  const rounded = Math.round(milliseconds);
  return `${rounded >= 0 ? '+' : '−'}${Math.abs(rounded)} ms`;
}
