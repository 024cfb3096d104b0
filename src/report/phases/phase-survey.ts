import type { RunEvent } from '../../history/events.js';
import type { NodeId } from '../../kernel/ids.js';
import { FirstDigests } from './first-digests.js';
import { ViewChanges } from './view-changes.js';

/** A time at which a reader wants to see how far batches were. */
export interface Moment {
  readonly timeUs: number;
  readonly reason: string;
  /** Whether it comes before all others. */
  readonly urgent?: boolean;
  /** Sequence numbers to show before and after the latest of that time. */
  readonly before: number;
  readonly after: number;
}

/** Why sequence numbers are shown. */
export interface Reason {
  readonly text: string;
  readonly urgent: boolean;
}

interface Wanted extends Omit<Moment, 'timeUs'> {
  readonly at: number;
}

const MAX_ROWS = 200;
/** So few are shown without gaps. */
const MAX_WHOLE = 60;
/** A page with more cells would be slow to open: clusters of many nodes get fewer rows. */
const MAX_CELLS = 1600;
const MAX_VIEW_CHANGES = 8;
const MAX_PROPOSED_TWICE = 6;

/** The first reading of a trace: which sequence numbers are worth showing, and which views there were. */
export class PhaseSurvey {
  readonly viewChanges: ViewChanges;
  /** The highest sequence number; 0 where the trace has none. */
  highest = 0;
  readonly turnedUs: Record<NodeId, number> = {};
  private readonly proposed = new FirstDigests();
  private readonly committed = new FirstDigests();
  /** By moment, ascending in time: the highest sequence number accepted after the moment before, up to it. */
  private readonly reached: number[];
  private readonly moments: readonly Moment[];
  private readonly maxRows: number;

  constructor(
    nodes: readonly NodeId[],
    private readonly byImportance: readonly Moment[],
  ) {
    this.viewChanges = new ViewChanges(nodes);
    this.moments = [...byImportance].sort((a, b) => a.timeUs - b.timeUs);
    this.reached = this.moments.map(() => 0);
    this.maxRows = Math.min(MAX_ROWS, Math.max(1, Math.floor(MAX_CELLS / nodes.length)));
  }

  observe(event: RunEvent): void {
    if (event.kind !== 'trace') return;
    switch (event.name) {
      case 'StartViewChange':
        this.viewChanges.ask(event);
        return;
      case 'EnterView':
        this.viewChanges.enter(event);
        return;
      case 'Turn':
        if (event.behaviour !== null) this.turnedUs[event.node] ??= event.timeUs;
        return;
      case 'AcceptPrePrepare':
        this.highest = Math.max(this.highest, event.sequence);
        this.proposed.add(event.sequence, event.digest);
        this.pass(event.timeUs, event.sequence);
        return;
      case 'CommittedLocal':
      case 'Execute':
        this.highest = Math.max(this.highest, event.sequence);
        // What a traitor says that it committed is no breach.
        if (this.turnedUs[event.node] === undefined) this.committed.add(event.sequence, event.digest);
    }
  }

  /** The sequence numbers to show, with the reasons where they begin to hold. */
  choose(): ReadonlyMap<number, readonly Reason[]> {
    const chosen = new Map<number, Reason[]>();
    for (const { at, before, after, reason: text, urgent = false } of this.wanted()) {
      // From the middle, so that what has no room any more is what is farthest from it.
      for (let distance = 0; distance <= Math.max(before, after); distance++) {
        if (distance <= after) this.take(chosen, at + distance);
        if (distance <= before) this.take(chosen, at - distance);
      }
      chosen.get(Math.min(Math.max(at, 1), this.highest))?.push({ text, urgent });
    }
    return chosen;
  }

  /** The most important first. */
  private wanted(): Wanted[] {
    const { highest } = this;
    const views = this.viewChanges.list(highest).filter(({ began }) => began.length > 0);
    return [
      ...this.committed.disputed.map((at) => ({
        at,
        before: 6,
        after: 6,
        reason: 'two batches were committed',
        urgent: true,
      })),
      ...this.atMoments(),
      ...views
        .slice(0, MAX_VIEW_CHANGES)
        .map(({ view, first }) => ({ at: first, before: 5, after: 5, reason: `view ${view} begins` })),
      ...this.proposed.disputed
        .slice(0, MAX_PROPOSED_TWICE)
        .map((at) => ({ at, before: 2, after: 2, reason: 'two batches were proposed' })),
      { at: highest, before: 9, after: 0, reason: 'the end' },
      { at: 1, before: 0, after: highest <= MAX_WHOLE ? highest : 9, reason: 'the beginning' },
    ];
  }

  private atMoments(): Wanted[] {
    let highest = 0;
    const at = new Map(
      this.moments.map((moment, index) => {
        highest = Math.max(highest, this.reached[index] ?? 0);
        return [moment, highest];
      }),
    );
    return this.byImportance.map(({ timeUs: _, ...moment }, index) => ({
      ...moment,
      at: at.get(this.byImportance[index] as Moment) ?? 0,
    }));
  }

  private take(chosen: Map<number, Reason[]>, sequence: number): void {
    if (sequence < 1 || sequence > this.highest || chosen.has(sequence) || chosen.size >= this.maxRows) return;
    chosen.set(sequence, []);
  }

  /** Notes the sequence number for the first moment that is not before `timeUs`. */
  private pass(timeUs: number, sequence: number): void {
    let low = 0;
    let high = this.moments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.moments[middle]?.timeUs ?? 0) < timeUs) low = middle + 1;
      else high = middle;
    }
    if (low < this.reached.length) this.reached[low] = Math.max(this.reached[low] ?? 0, sequence);
  }
}
