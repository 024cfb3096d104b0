import type { Treason } from '../history/treasons.js';
import type { NodeWords } from '../plugin/node-words.js';
import type { RunRecord } from '../store/run-record.js';
import type { PhasesView } from './phases/view.js';

/**
 * What the report's page shows of a run: small enough for one page however long the run was. Tables of many rows are
 * kept as columns, because they are embedded in the page as JSON. Times are whole microseconds on the run's axis.
 */
export interface RunView {
  readonly run: RunRecord;
  /** The right end of the time axis. */
  readonly endUs: number;
  readonly phases: readonly PhaseSpan[];
  readonly faults: readonly FaultWindow[];
  readonly nodes: readonly NodeView[];
  readonly words: NodeWords;
  /** Who was a traitor when; empty where nobody was. */
  readonly treasons: readonly Treason[];
  /** Whether the nodes recorded a trace that is not beside the run any more. */
  readonly traceMissing: boolean;
  /** Only where the nodes' traces tell of batches and views. */
  readonly batchPhases: PhasesView | undefined;
  readonly operations: OperationColumns;
  /** Rows of the operations plot: client process `p` is drawn on lane `p mod lanes`. */
  readonly lanes: number;
  readonly rate: RateSeries;
  readonly latency: readonly LatencySummary[];
  /** By check, by anomaly: the rows of `operations` that force it. */
  readonly anomalyOperations: readonly (readonly (readonly number[])[])[];
  readonly notes: readonly Note[];
  /** What the page leaves out and why, in sentences; empty when it shows everything. */
  readonly omissions: readonly string[];
}

export const OUTCOMES = ['ok', 'fail', 'info', 'pending'] as const;
/** `pending`: no completion was recorded, because the harness ended first. */
export type OutcomeName = (typeof OUTCOMES)[number];

/** Operations in order of invocation, by column. Texts that repeat are indexes into `words`. */
export interface OperationColumns {
  /** How many operations the run had; the columns may hold fewer. */
  readonly total: number;
  readonly words: readonly string[];
  readonly process: readonly number[];
  /** When the schedule wanted it: latency counts from here. */
  readonly dueUs: readonly number[];
  readonly invokeUs: readonly number[];
  /** Of a pending operation: the end of the axis. */
  readonly endUs: readonly number[];
  /** Index into {@link OUTCOMES}. */
  readonly outcome: readonly number[];
  readonly f: readonly number[];
  readonly key: readonly number[];
  readonly node: readonly number[];
  /** What was asked, without function and key: "41", "[40,41]". */
  readonly argument: readonly string[];
  /** What came back: a value, or the error. */
  readonly result: readonly string[];
}

export interface PhaseSpan {
  readonly phase: string;
  readonly fromUs: number;
  readonly toUs: number;
}

export interface FaultWindow {
  readonly id: number;
  readonly nemesis: string;
  readonly kind: string;
  /** "n1 n2 | n3 n4 n5", "n2 by −12.3 s". */
  readonly description: string;
  readonly nodes: readonly string[];
  readonly fromUs: number;
  readonly toUs: number;
  readonly healed: boolean;
  readonly inject: { readonly confirmed: boolean; readonly detail: string };
  readonly heal?: { readonly confirmed: boolean; readonly detail: string };
  /** Operations acknowledged while it was in force. */
  readonly acknowledged: number;
}

export type NodeState = 'leader' | 'candidate' | 'follower' | 'down' | 'unknown';

export interface NodeView {
  readonly id: string;
  readonly spans: readonly NodeSpan[];
  /** Steps of its commit index: from `timeUs[i]` on it is `index[i]`. */
  readonly commit: { readonly timeUs: readonly number[]; readonly index: readonly number[] };
}

export interface NodeSpan {
  readonly state: NodeState;
  readonly term?: number;
  readonly fromUs: number;
  readonly toUs: number;
}

/** Completions per bin by outcome, and what the schedule asked for. Bin `i` covers `[i·binUs, (i+1)·binUs)`. */
export interface RateSeries {
  readonly binUs: number;
  readonly invoked: readonly number[];
  readonly ok: readonly number[];
  readonly fail: readonly number[];
  readonly info: readonly number[];
}

/** Latency of all operations of one kind, omitted ones included, to within 5 %. */
export interface LatencySummary {
  /** "ok, no fault in force" */
  readonly title: string;
  readonly count: number;
  readonly p50Us: number;
  readonly p95Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
}

export interface Note {
  readonly timeUs: number;
  readonly text: string;
}
