import type { FaultEvent, Phase, RunEvent } from '../history/events.js';
import { Treasons } from '../history/treasons.js';
import type { FaultKind } from '../ports/faults.js';
import { BugEffects } from './bug-effects.js';
import { LeaderWatch } from './leader-watch.js';

/** What a run has to show for itself, counted event by event: for its record, for its progress, and as evidence. */
export class Tally {
  ok = 0;
  fail = 0;
  info = 0;
  /** Acknowledged while a fault was in force that its probe had confirmed: one that did nothing is no hardship. */
  okDuringFaults = 0;
  readonly faults = new Map<FaultKind, { injected: number; confirmed: number }>();
  readonly leaders = new LeaderWatch();
  readonly bugEffects = new BugEffects();
  readonly treasons = new Treasons();
  /** Confirmed faults in force, by id. */
  private readonly inForce = new Set<number>();
  private phase: Phase | undefined;

  observe(event: RunEvent): void {
    switch (event.kind) {
      case 'ok':
        this.ok++;
        if (this.inForce.size > 0) this.okDuringFaults++;
        break;
      case 'fail':
        this.fail++;
        break;
      case 'info':
        this.info++;
        break;
      case 'status':
        this.leaders.observe(event, this.phase);
        this.bugEffects.observe(event);
        this.treasons.observe(event);
        break;
      case 'phase':
        this.phase = event.phase;
        break;
      case 'fault':
        this.observeFault(event);
        this.treasons.observe(event);
        break;
      default:
        break;
    }
  }

  private observeFault({ phase, fault, probe, id }: FaultEvent): void {
    if (phase === 'heal') {
      this.inForce.delete(id);
      return;
    }
    const counts = this.faults.get(fault.kind) ?? { injected: 0, confirmed: 0 };
    counts.injected++;
    if (probe.confirmed) {
      counts.confirmed++;
      this.inForce.add(id);
    }
    this.faults.set(fault.kind, counts);
  }
}
