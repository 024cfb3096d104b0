import type { FaultEvent } from '../history/events.js';
import { AssayError } from '../kernel/errors.js';
import type { NodeId } from '../kernel/ids.js';
import type { Random } from '../kernel/random.js';
import { type Micros, usFromMs } from '../kernel/units.js';
import type { Episode, NemesisContext } from '../plugin/nemesis.js';
import { type Clock, sleep } from '../ports/clock.js';
import { type Fault, type Faults, type InjectedFault, nodesOf } from '../ports/faults.js';
import type { PlannedNemesis } from './plan.js';

interface ChaosContext {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly nodes: readonly NodeId[];
  readonly random: Random;
  readonly leader: () => NodeId | undefined;
  readonly record: (event: FaultEvent) => void;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Faults that leave a node without a running process: two of them on one node at once would make no sense. */
const HOLDS_PROCESS: ReadonlySet<Fault['kind']> = new Set(['kill', 'pause', 'power']);

/** The shortest rest between rounds. */
const REST_MS = 1;

/** How long a nemesis waits before it looks again for something to strike. */
const WAIT_MS = 250;

interface ActiveFault {
  readonly id: number;
  readonly nemesis: string;
  readonly fault: Fault;
  readonly injected: InjectedFault;
}

/**
 * Schedules all nemeses of a run side by side, each from its own fork of the seed, and heals everything at the end but
 * the last round of those that last.
 */
export class Chaos {
  private readonly active = new Map<number, ActiveFault>();
  /** Faults, by id, that hold to the end of the run. */
  private readonly lasting = new Set<number>();
  private readonly held = new Set<NodeId>();
  private lastId = 0;

  constructor(private readonly context: ChaosContext) {}

  /** Descriptions of the faults in force now. */
  inForce(): string[] {
    return [...this.active.values()].map(({ nemesis, fault }) => `${nemesis} ${describeTargets(fault)}`);
  }

  /**
   * Runs the nemeses until `untilUs`; each round that is open then is healed before this resolves, and the last ones of
   * nemeses that last are begun.
   */
  async run(nemeses: readonly PlannedNemesis[], untilUs: Micros): Promise<void> {
    const following = await Promise.all(nemeses.map((planned, index) => this.runOne(planned, index, untilUs)));
    for (const [index, planned] of nemeses.entries()) {
      if (planned.nemesis.lasts?.(planned.options)) await this.playToTheEnd(planned, following[index]?.());
    }
  }

  /** Undoes whatever is in force and does not last: nothing, unless a nemesis failed. */
  async healEverything(): Promise<void> {
    const passing = [...this.active.values()].filter(({ id }) => !this.lasting.has(id));
    for (const active of passing.reverse()) await this.heal(active);
  }

  /** Returns what draws the round that would follow. */
  private async runOne(planned: PlannedNemesis, index: number, untilUs: Micros): Promise<() => Episode | undefined> {
    const { clock, random, nodes, leader, note, signal } = this.context;
    const { nemesis, options, durationMs, intervalMs } = planned;
    const own = random.fork(`${nemesis.name} ${index}`);
    const pace = own.fork('pace');
    const untilOr = (afterMs: number) => Math.max(0, Math.min(usFromMs(afterMs), untilUs - clock.nowUs()));
    const context = (round: number): NemesisContext<Record<string, unknown>> => ({
      options,
      random: own,
      nodes,
      round,
      available: () => nodes.filter((node) => !this.held.has(node)),
      leader,
    });

    await sleep(clock, untilOr(intervalMs * (0.25 + 0.5 * pace.float())));
    let waiting = false;
    let round = 0;
    while (clock.nowUs() < untilUs && !signal.aborted) {
      const episode = nemesis.next(context(round));
      if (!episode) {
        if (!waiting) note(`nemesis ${nemesis.name} finds nothing to strike and waits`);
        waiting = true;
        await sleep(clock, untilOr(WAIT_MS));
        continue;
      }
      waiting = false;
      round++;
      await this.play(planned, episode, untilOr(finite(episode.holdMs) ?? durationMs));
      // Never without rest: an episode that takes no time would never let the run go on.
      await sleep(clock, untilOr(Math.max(REST_MS, intervalMs * (0.5 + pace.float()))));
    }
    return () => nemesis.next(context(round));
  }

  private async playToTheEnd(planned: PlannedNemesis, episode: Episode | undefined): Promise<void> {
    if (!episode || this.context.signal.aborted) return;
    for (const fault of episode.faults) {
      refuseUndeclared(planned, fault);
      const { id } = await this.inject(planned.nemesis.name, fault);
      this.lasting.add(id);
    }
  }

  private async play(planned: PlannedNemesis, episode: Episode, holdUs: Micros): Promise<void> {
    const mine: ActiveFault[] = [];
    try {
      for (const fault of episode.faults) {
        refuseUndeclared(planned, fault);
        mine.push(await this.inject(planned.nemesis.name, fault));
      }
      await sleep(this.context.clock, holdUs);
    } finally {
      for (const active of mine.reverse()) await this.heal(active);
    }
  }

  private async inject(nemesis: string, fault: Fault): Promise<ActiveFault> {
    const { faults, clock, record } = this.context;
    const id = ++this.lastId;
    // Before the injection: another nemesis must not choose the same node while this one is at it.
    if (HOLDS_PROCESS.has(fault.kind)) for (const node of nodesOf(fault)) this.held.add(node);
    const injected = await faults.inject(fault);
    const active = { id, nemesis, fault, injected };
    this.active.set(id, active);
    record({ kind: 'fault', timeUs: clock.nowUs(), id, nemesis, phase: 'inject', fault, probe: injected.probe });
    return active;
  }

  private async heal({ id, nemesis, fault, injected }: ActiveFault): Promise<void> {
    const { clock, record } = this.context;
    if (!this.active.delete(id)) return;
    const probe = await injected.undo();
    if (HOLDS_PROCESS.has(fault.kind)) for (const node of nodesOf(fault)) this.held.delete(node);
    record({ kind: 'fault', timeUs: clock.nowUs(), id, nemesis, phase: 'heal', fault, probe });
  }
}

/** What a nemesis did not declare was not held against the backend's abilities before the run. */
function refuseUndeclared({ nemesis, kinds }: PlannedNemesis, fault: Fault): void {
  if (kinds.includes(fault.kind)) return;
  throw new AssayError(
    'plugin',
    `nemesis ${nemesis.name} asks for the fault ${fault.kind}, which its needs() does not name`,
    `Add '${fault.kind}' to what needs() returns.`,
  );
}

function finite(number: number | undefined): number | undefined {
  return number !== undefined && Number.isFinite(number) ? Math.max(0, number) : undefined;
}

/** "n1 n3", "n2→n1 n2→n3", "12 links": short, for a progress line. */
function describeTargets(fault: Fault): string {
  if ('nodes' in fault) return fault.nodes.join(' ');
  if (fault.links.length > 3) return `${fault.links.length} links`;
  return fault.links.map(({ from, to }) => `${from}→${to}`).join(' ');
}
