import { setTimeout as wait } from 'node:timers/promises';
import { AssayError, BrokenInvariant, invariant, unreachable } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Random } from '../../kernel/random.js';
import type { Abilities } from '../../plugin/system.js';
import type { Corruption } from '../../ports/corruption.js';
import type { Fault, Faults, InjectedFault, Link, ProbeResult } from '../../ports/faults.js';
import type { NodeClock } from './clocks.js';
import { describeLink, healToleranceMs, judgeDatagrams, judgeRoundTrip } from './link-probes.js';
import { type LinkFault, LinkFaults, type RelayRoute } from './links.js';
import type { NodeLoyalty } from './loyalty.js';
import type { NodeContainer } from './node-container.js';
import type { Sidecars } from './sidecar.js';

/** The node program looks for it at boot; see src/node/ports/power-loss.ts. */
const POWER_LOSS_FILE = 'power-loss.json';
/** Up to so many bytes of what was not synced survive a power failure: enough to tear a record in its middle. */
const MAX_TORN_BYTES = 256;

const LINK_PROBE_ATTEMPTS = 3;
const LINK_PROBE_PAUSE_MS = 250;
/** A delay is there if it is no shorter than asked for; a busy machine makes it longer. */
const SLOWER_IS_FINE_MS = 2000;

export interface DockerFaultsOptions {
  readonly system: string;
  readonly abilities: Abilities;
  readonly nodes: ReadonlyMap<NodeId, NodeContainer>;
  readonly clocks: ReadonlyMap<NodeId, NodeClock>;
  readonly loyalties: ReadonlyMap<NodeId, NodeLoyalty>;
  readonly sidecars: Sidecars;
  readonly peerPorts: readonly number[];
  readonly dataDir: string;
  readonly random: Random;
  /** Tells that requests must not be sent to a node any more. */
  readonly onDown: (node: NodeId) => void;
  /** Waits until the node answers clients; false when it did not in time. */
  readonly untilServing: (node: NodeId) => Promise<boolean>;
  /** Whether a client's request comes back. */
  readonly answers: (node: NodeId) => Promise<boolean>;
}

type ProcessFault = Extract<Fault, { kind: 'kill' | 'pause' | 'power' }>;
type ClockFault = Extract<Fault, { kind: 'clock-jump' | 'clock-rate' }>;

/** Carries faults out on containers. Every answer of a probe is a measurement, not a belief. */
export class DockerFaults implements Faults {
  private readonly links = new LinkFaults();
  /** What each node's relay serves now. */
  private readonly routes = new Map<NodeId, readonly RelayRoute[]>();
  /** Rules are derived from all faults in force: two changes at once must not overtake each other. */
  private ruleChanges: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: DockerFaultsOptions) {}

  async inject(fault: Fault): Promise<InjectedFault> {
    const ability = this.options.abilities[fault.kind];
    if (!ability.able) {
      throw new AssayError(
        'unsupported',
        `docker cannot do ${fault.kind} to ${this.options.system}: ${ability.reason}`,
      );
    }
    switch (fault.kind) {
      case 'cut':
      case 'loss':
      case 'delay':
        return await this.injectIntoLinks(fault);
      case 'kill':
      case 'pause':
      case 'power':
        return await this.injectIntoProcesses(fault);
      case 'clock-jump':
      case 'clock-rate':
        return await this.injectIntoClocks(fault);
      case 'byzantine':
        return await this.corrupt(fault.nodes, { behaviour: fault.behaviour, against: fault.against });
      case 'duplicate':
      case 'reorder':
        throw new BrokenInvariant(`${fault.kind} was declared able on docker`);
      default:
        return unreachable(fault);
    }
  }

  // --- Links

  private async injectIntoLinks(fault: LinkFault): Promise<InjectedFault> {
    const token = this.links.add(fault);
    await this.applyRules(fault);
    const probe = await this.probeLinks(fault, false);
    return injected(probe, async () => {
      this.links.remove(token);
      await this.applyRules(fault);
      return await this.probeLinks(fault, true);
    });
  }

  private applyRules({ links }: LinkFault): Promise<void> {
    const { nodes, sidecars, peerPorts } = this.options;
    const touched = new Set(links.flatMap(({ from, to }) => [from, to]));
    const addresses = new Map([...nodes].map(([id, node]) => [id, node.address]));
    const done = this.ruleChanges.then(async () => {
      await Promise.all(
        [...touched].map(async (id) => {
          const { script, routes } = this.links.rulesOf(id, addresses, peerPorts);
          const before = this.routes.get(id) ?? [];
          const ports = new Set(routes.map(({ listenPort }) => listenPort));
          const ending = before.filter(({ listenPort }) => !ports.has(listenPort));
          // The relay serves a way as long as anything may be sent there: from before the rule until after it.
          if (routes.length > 0) await sidecars.setRoutes(id, [...routes, ...ending]);
          const { exitCode, output } = await this.node(id).executeInNetwork(['sh', '-c', script]);
          if (exitCode !== 0) throw new AssayError('harness', `iptables failed at ${id}: ${output.trim()}`);
          if (ending.length > 0) await sidecars.setRoutes(id, routes);
          this.routes.set(id, routes);
        }),
      );
    });
    this.ruleChanges = done.catch(() => undefined);
    return done;
  }

  /** Measured again where it does not fit: a busy machine spoils a measurement, but a fault that is there stays. */
  private async probeLinks(fault: LinkFault, isHealed: boolean): Promise<ProbeResult> {
    for (let attempt = 1; ; attempt++) {
      const probe =
        fault.kind === 'delay'
          ? await this.probeRoundTrips(fault.links, isHealed ? healToleranceMs(fault) : SLOWER_IS_FINE_MS)
          : await this.probeDatagrams(fault);
      if (probe.confirmed || attempt === LINK_PROBE_ATTEMPTS) return probe;
      await wait(LINK_PROBE_PAUSE_MS);
    }
  }

  private async probeDatagrams({ kind, links }: LinkFault): Promise<ProbeResult> {
    // A cut shows in a few; chances need many.
    const count = kind === 'cut' ? 20 : 300;
    const arrived = await this.options.sidecars.countDatagrams(links, count);
    return summarize(
      links.map((link, index) => {
        const probe = judgeDatagrams(this.links.stateOf(link), count, arrived[index] ?? 0);
        return { ...probe, detail: `${describeLink(link)}: ${probe.detail}` };
      }),
    );
  }

  private async probeRoundTrips(links: readonly Link[], toleranceMs: number): Promise<ProbeResult> {
    const senders = [...new Set(links.map(({ from }) => from))];
    const probes = await Promise.all(
      senders.map(async (from) => {
        const peers = links.filter((link) => link.from === from).map(({ to }) => to);
        const states = new Map(
          peers.map((to) => [
            to,
            { out: this.links.stateOf({ from, to }), back: this.links.stateOf({ from: to, to: from }) },
          ]),
        );
        const longestMs = Math.max(
          ...[...states.values()].flatMap(({ out, back }) => [out.delay, back.delay].map((d) => d.meanMs + d.jitterMs)),
        );
        const measured = await this.options.sidecars.roundTripsMs(from, peers, 8 * longestMs + 2000);
        return [...states].map(([to, { out, back }]) => {
          const measuredMs = measured[to] ?? null;
          const probe = judgeRoundTrip(out, back, measuredMs, toleranceMs);
          return { ...probe, detail: `${from}→${to}→${from}: ${probe.detail}`, isMeasured: measuredMs !== null };
        });
      }),
    );
    // Of those that are confirmed, the ones that were measured say most.
    return summarize(probes.flat().sort((a, b) => Number(b.isMeasured) - Number(a.isMeasured)));
  }

  // --- Processes

  private async injectIntoProcesses(fault: ProcessFault): Promise<InjectedFault> {
    const holds = await Promise.all(fault.nodes.map((id) => this.holdProcess(fault.kind, id)));
    const probe = summarize(await Promise.all(fault.nodes.map((id) => this.probeHeld(fault.kind, id))));
    return injected(probe, async () => {
      await Promise.all(fault.nodes.map((id, index) => this.releaseProcess(id, holds[index])));
      return summarize(await Promise.all(fault.nodes.map((id) => this.probeReleased(id))));
    });
  }

  private async holdProcess(kind: ProcessFault['kind'], id: NodeId): Promise<symbol> {
    const node = this.node(id);
    if (kind === 'pause') return await node.hold('paused');
    const token = await node.hold('down');
    this.options.onDown(id);
    if (kind === 'power') {
      const tornBytes = this.options.random.int(0, MAX_TORN_BYTES);
      await node.putFile(this.options.dataDir, POWER_LOSS_FILE, JSON.stringify({ tornBytes }));
    }
    return token;
  }

  private async releaseProcess(id: NodeId, token: symbol | undefined): Promise<void> {
    if (token !== undefined) await this.node(id).release(token);
  }

  private async probeHeld(kind: ProcessFault['kind'], id: NodeId): Promise<ProbeResult> {
    const node = this.node(id);
    const state = await node.processState();
    if (kind === 'pause') {
      if (state === 'stopped') return { confirmed: false, detail: `${id} is down: it cannot be paused` };
      const answered = await this.options.answers(id);
      return {
        confirmed: state === 'paused' && !answered,
        detail: `${id} is ${state} and ${answered ? 'answers' : 'does not answer'}`,
      };
    }
    const died = { confirmed: state === 'stopped', detail: `${id} is ${state} (exit code ${await node.exitCode()})` };
    if (kind === 'kill') return died;
    const marked = await node.hasFile(`${this.options.dataDir}/${POWER_LOSS_FILE}`);
    return {
      confirmed: died.confirmed && marked,
      detail: `${died.detail}; its unsynced writes ${marked ? 'go at its next start' : 'stay'}`,
    };
  }

  private async probeReleased(id: NodeId): Promise<ProbeResult> {
    const node = this.node(id);
    // Another fault may still hold it: then it must be as that one wants it.
    if (node.isHeld('down') || node.isHeld('paused')) {
      const state = await node.processState();
      return { confirmed: state !== 'running', detail: `${id} is ${state}: another fault still holds it` };
    }
    const beganMs = performance.now();
    const serving = await this.options.untilServing(id);
    const tookMs = Math.round(performance.now() - beganMs);
    return { confirmed: serving, detail: `${id} ${serving ? 'answers' : 'does not answer'} after ${tookMs} ms` };
  }

  // --- Clocks

  private async injectIntoClocks(fault: ClockFault): Promise<InjectedFault> {
    const clocks = fault.nodes.map((id) => this.clock(id));
    const changes = await Promise.all(
      clocks.map((clock) => (fault.kind === 'clock-jump' ? clock.jump(fault.byMs) : clock.skew(fault.rate))),
    );
    return injected(summarize(changes.map(({ probe }) => probe)), async () =>
      summarize(
        await Promise.all(
          changes.map(async ({ token }, index) => {
            const clock = clocks[index];
            invariant(clock, () => `no clock for change ${index}`);
            return await (fault.kind === 'clock-jump' ? clock.unjump(token) : clock.unskew(token));
          }),
        ),
      ),
    );
  }

  // --- Traitors

  private async corrupt(ids: readonly NodeId[], corruption: Corruption): Promise<InjectedFault> {
    const loyalties = ids.map((id) => found(this.options.loyalties, id));
    const changes = await Promise.all(
      loyalties.map(async (loyalty) => ({ loyalty, ...(await loyalty.corrupt(corruption)) })),
    );
    return injected(summarize(changes.map(({ probe }) => probe)), async () =>
      summarize(await Promise.all(changes.map(({ loyalty, token }) => loyalty.restore(token)))),
    );
  }

  private node(id: NodeId): NodeContainer {
    return found(this.options.nodes, id);
  }

  private clock(id: NodeId): NodeClock {
    return found(this.options.clocks, id);
  }
}

function found<T>(map: ReadonlyMap<NodeId, T>, id: NodeId): T {
  const value = map.get(id);
  invariant(value !== undefined, () => `no node ${id} among ${[...map.keys()].join(', ')}`);
  return value;
}

/** The second call of `undo` gets the first one's answer. */
function injected(probe: ProbeResult, undo: () => Promise<ProbeResult>): InjectedFault {
  let undone: Promise<ProbeResult> | undefined;
  return {
    probe,
    undo() {
      undone ??= undo();
      return undone;
    },
  };
}

/** All must be confirmed. What was not comes first; of much that was, a few examples are enough. */
function summarize(probes: readonly ProbeResult[]): ProbeResult {
  const failed = probes.filter(({ confirmed }) => !confirmed);
  const shown = failed.length > 0 ? failed : probes;
  const details = shown.slice(0, 4).map(({ detail }) => detail);
  if (shown.length > details.length) details.push(`and ${shown.length - details.length} more`);
  return { confirmed: probes.length > 0 && failed.length === 0, detail: details.join('; ') };
}
