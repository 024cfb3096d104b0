import type { Micros } from '../../kernel/units.js';
import { type Clock, sleep } from '../../ports/clock.js';
import { Packet, type SimLink } from './network.js';

/** What probe packets met on one link. */
export interface LinkMeasurement {
  readonly link: SimLink;
  readonly sent: number;
  /** Different packets that arrived. */
  readonly arrived: number;
  /** Arrivals of a packet that had arrived before. */
  readonly duplicates: number;
  /** Packets that arrived after one that was sent later. */
  readonly overtaken: number;
  /** The median time under way; NaN when nothing arrived. */
  readonly delayUs: Micros;
}

/** How many times a measurement is repeated when the links changed under it. */
const ATTEMPTS = 5;

/** Sends `packets` packets at once down each link and reports what arrived, once nothing more can come. */
export async function measureLinks(
  clock: Clock,
  links: readonly SimLink[],
  packets: number,
): Promise<LinkMeasurement[]> {
  for (let attempt = 1; ; attempt++) {
    const revisions = links.map((link) => link.revision);
    const volleys = links.map((link) => new Volley(clock, link, packets));
    const waitUs = Math.max(0, ...links.map((link) => link.maxDisturbedDelayUs)) + 1000;
    await sleep(clock, waitUs);
    // Another fault struck meanwhile: what arrived says nothing about this one.
    const changed = links.some((link, index) => link.revision !== revisions[index]);
    if (!changed || attempt === ATTEMPTS) return volleys.map((volley) => volley.measurement());
  }
}

/** Packets sent down one link at one moment. */
class Volley {
  private readonly delaysUs: Micros[] = [];
  private readonly seen = new Set<number>();
  private highest = -1;
  private duplicates = 0;
  private overtaken = 0;
  private readonly sentUs: Micros;

  constructor(
    private readonly clock: Clock,
    private readonly link: SimLink,
    private readonly sent: number,
  ) {
    this.sentUs = clock.nowUs();
    for (let number = 0; number < sent; number++) {
      link.transmit(new ProbePacket(link, () => this.arrived(number)));
    }
  }

  measurement(): LinkMeasurement {
    const { link, sent, duplicates, overtaken } = this;
    const delays = [...this.delaysUs].sort((left, right) => left - right);
    const delayUs = delays[Math.floor(delays.length / 2)] ?? Number.NaN;
    return { link, sent, arrived: this.seen.size, duplicates, overtaken, delayUs };
  }

  private arrived(number: number): void {
    if (this.seen.has(number)) {
      this.duplicates++;
      return;
    }
    this.seen.add(number);
    this.delaysUs.push(this.clock.nowUs() - this.sentUs);
    if (number < this.highest) this.overtaken++;
    else this.highest = number;
  }
}

class ProbePacket extends Packet {
  constructor(
    link: SimLink,
    protected readonly arrive: () => void,
  ) {
    super(link);
  }
}
