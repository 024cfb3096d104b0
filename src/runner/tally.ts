import { LeaderWatch } from '../checkers/leader-watch.js';
import type { Phase, RunEvent } from '../history/events.js';
import type { RunRecord } from '../store/run-record.js';

/** Counts a run's events for its record and for the progress line. */
export class Tally {
  private readonly outcomes = { ok: 0, fail: 0, info: 0 };
  private readonly faults = new Map<string, { injected: number; confirmed: number }>();
  /** Ids of the faults in force. */
  private readonly open = new Set<number>();
  private okDuringFaults = 0;
  private readonly leaders = new LeaderWatch();
  private phase: Phase | undefined;

  observe(event: RunEvent): void {
    switch (event.kind) {
      case 'ok':
        this.outcomes.ok++;
        if (this.open.size > 0) this.okDuringFaults++;
        break;
      case 'fail':
      case 'info':
        this.outcomes[event.kind]++;
        break;
      case 'status':
        this.leaders.observe(event, this.phase);
        break;
      case 'phase':
        this.phase = event.phase;
        break;
      case 'fault': {
        if (event.phase === 'heal') {
          this.open.delete(event.id);
          break;
        }
        this.open.add(event.id);
        const count = this.faults.get(event.fault.kind) ?? { injected: 0, confirmed: 0 };
        this.faults.set(event.fault.kind, {
          injected: count.injected + 1,
          confirmed: count.confirmed + (event.probe.confirmed ? 1 : 0),
        });
        break;
      }
    }
  }

  counts(shed: number, traceEvents: number): RunRecord['counts'] {
    return {
      ...this.outcomes,
      shed,
      okDuringFaults: this.okDuringFaults,
      leaderChanges: this.leaders.changes,
      faults: Object.fromEntries(this.faults),
      traceEvents,
    };
  }
}
