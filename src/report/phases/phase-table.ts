import type { RunEvent } from '../../history/events.js';
import type { NodeId } from '../../kernel/ids.js';
import type { BatchStep } from './phase-steps.js';
import type { Reason } from './phase-survey.js';
import type { PhaseCell, PhaseRow, PhaseStretch } from './view.js';

/** Longer stretches are cut: so many rows are read at a glance. */
const MAX_ROWS_OF_STRETCH = 25;
/** Installed states that are remembered of a node. */
const MAX_INSTALLED = 100;

const PHASE_OF = { AcceptPrePrepare: 0, Prepared: 1, CommittedLocal: 2, Execute: 3 } as const;

interface Cell {
  readonly timesUs: (number | undefined)[];
  furthest: number;
  digest: string;
  readonly digests: string[];
  readonly views: number[];
}

interface Row {
  requests: number | undefined;
  readonly cells: Map<NodeId, Cell>;
}

/** The second reading of a trace: how far each replica came with the batches of the chosen sequence numbers. */
export class PhaseTable {
  private readonly rows: ReadonlyMap<number, Row>;
  private readonly installed = new Map<NodeId, { readonly sequence: number; readonly timeUs: number }[]>();

  constructor(
    private readonly nodes: readonly NodeId[],
    private readonly chosen: ReadonlyMap<number, readonly Reason[]>,
    private readonly turnedUs: Readonly<Record<NodeId, number>>,
  ) {
    const ascending = [...chosen.keys()].sort((a, b) => a - b);
    this.rows = new Map(ascending.map((sequence) => [sequence, { requests: undefined, cells: new Map() }]));
  }

  observe(event: RunEvent): void {
    if (event.kind !== 'trace') return;
    switch (event.name) {
      case 'AcceptPrePrepare':
      case 'Prepared':
      case 'CommittedLocal':
      case 'Execute':
        this.step(event);
        return;
      case 'InstallState': {
        const states = this.installed.get(event.node) ?? [];
        if (states.length < MAX_INSTALLED) states.push({ sequence: event.sequence, timeUs: event.timeUs });
        this.installed.set(event.node, states);
      }
    }
  }

  stretches(): PhaseStretch[] {
    const stretches: { reasons: Reason[]; rows: PhaseRow[] }[] = [];
    for (const [sequence, { requests, cells }] of this.rows) {
      let last = stretches.at(-1);
      if (last?.rows.at(-1)?.sequence !== sequence - 1 || last.rows.length >= MAX_ROWS_OF_STRETCH) {
        last = { reasons: [], rows: [] };
        stretches.push(last);
      }
      last.rows.push({
        sequence,
        requests,
        cells: this.nodes.map((node) => this.cell(node, sequence, cells.get(node))),
      });
      last.reasons.push(...(this.chosen.get(sequence) ?? []));
    }
    return stretches.map(({ reasons, rows }) => ({
      reasons: [...new Set(reasons.toSorted((a, b) => Number(b.urgent) - Number(a.urgent)).map(({ text }) => text))],
      urgent: reasons.some(({ urgent }) => urgent),
      rows,
    }));
  }

  private step(event: BatchStep): void {
    const row = this.rows.get(event.sequence);
    if (row === undefined) return;
    let cell = row.cells.get(event.node);
    if (cell === undefined) {
      cell = { timesUs: PHASES_UNREACHED.slice(), furthest: -1, digest: '', digests: [], views: [] };
      row.cells.set(event.node, cell);
    }
    const phase = PHASE_OF[event.name];
    // A replica that was started again does some of it once more.
    cell.timesUs[phase] ??= event.timeUs;
    if (phase >= cell.furthest) {
      cell.furthest = phase;
      cell.digest = event.digest;
    }
    if (!cell.digests.includes(event.digest)) cell.digests.push(event.digest);
    if (!cell.views.includes(event.view)) cell.views.push(event.view);
    if (event.name === 'AcceptPrePrepare') row.requests ??= event.requests?.length;
    else if (event.name === 'Execute') row.requests ??= event.requests.length + event.skipped.length;
  }

  private cell(node: NodeId, sequence: number, own: Cell | undefined): PhaseCell | undefined {
    const executed = own?.timesUs[3] !== undefined;
    const state = executed ? undefined : this.installed.get(node)?.find((each) => each.sequence >= sequence);
    if (own === undefined && state === undefined) return undefined;
    const cell = own ?? { timesUs: PHASES_UNREACHED, furthest: -1, digest: '', digests: [], views: [] };
    const firstUs = Math.min(...cell.timesUs.map((timeUs) => timeUs ?? Number.POSITIVE_INFINITY));
    const turned =
      (state && own === undefined ? state.timeUs : firstUs) >= (this.turnedUs[node] ?? Number.POSITIVE_INFINITY);
    return { ...cell, installedUs: state?.timeUs, turned };
  }
}

const PHASES_UNREACHED: readonly undefined[] = [undefined, undefined, undefined, undefined];
