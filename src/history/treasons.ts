import type { NodeId } from '../kernel/ids.js';
import type { Micros } from '../kernel/units.js';
import type { Behaviour } from '../ports/corruption.js';
import type { FaultEvent, RunEvent, StatusEvent } from './events.js';

/** One time of one node as a traitor. */
export interface Treason {
  readonly node: NodeId;
  readonly behaviour: Behaviour;
  readonly against: readonly NodeId[];
  readonly fromUs: Micros;
  /** When it was turned back; null where it was not. */
  readonly toUs: Micros | null;
  /** Whether the node itself said that it had turned. */
  readonly confirmed: boolean;
  /** How often it did what no correct node does, by its own count. */
  readonly misdeeds: number;
}

/** More than a reader wants to read of: what happened after so many is only counted. */
const MAX_TREASONS = 200;

interface OpenTreason extends Omit<Treason, 'toUs' | 'misdeeds'> {
  readonly fault: number;
  toUs: Micros | null;
  misdeeds: number;
}

/**
 * Who was a traitor when, and how often it lied: by the faults that turned nodes, and by what nodes say of themselves
 * when asked. A count begins anew with each process, so what one counted between the last question and its end is
 * missed.
 */
export class Treasons {
  private readonly all: OpenTreason[] = [];
  /** What each node's process had counted when it was last asked. */
  private readonly counted = new Map<NodeId, number>();
  /** Beyond those that are kept. */
  dropped = 0;

  observe(event: RunEvent): void {
    if (event.kind === 'fault') this.observeFault(event);
    else if (event.kind === 'status') this.observeStatus(event);
  }

  /** In the order in which they began. */
  list(): Treason[] {
    return this.all.map(({ fault: _, ...treason }) => treason);
  }

  private observeFault({ id, phase, fault, probe, timeUs }: FaultEvent): void {
    if (fault.kind !== 'byzantine') return;
    if (phase === 'heal') {
      for (const treason of this.all) if (treason.fault === id) treason.toUs ??= timeUs;
      return;
    }
    const { behaviour, against, nodes } = fault;
    for (const node of nodes) {
      const begun = { node, behaviour, against, fromUs: timeUs, toUs: null, confirmed: probe.confirmed, misdeeds: 0 };
      if (this.all.length < MAX_TREASONS) this.all.push({ fault: id, ...begun });
      else this.dropped++;
    }
  }

  private observeStatus({ node, status: { misdeeds, behaviour } }: StatusEvent): void {
    if (misdeeds === undefined) return;
    const before = this.counted.get(node) ?? 0;
    this.counted.set(node, misdeeds);
    // A count that fell is another process's.
    const fresh = misdeeds < before ? misdeeds : misdeeds - before;
    if (fresh === 0) return;
    const own = this.all.filter((treason) => treason.node === node);
    // One that has just been turned back says no more how it lied until then.
    const of = own.findLast((treason) => treason.behaviour === behaviour) ?? own.at(-1);
    if (of) of.misdeeds += fresh;
  }
}
