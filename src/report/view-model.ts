import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CompletionEvent, InvokeEvent, RunEvent, Value } from '../history/events.js';
import { Treasons } from '../history/treasons.js';
import { nodeIds } from '../kernel/ids.js';
import { LEADER_WORDS } from '../plugin/node-words.js';
import { nodesOf } from '../ports/faults.js';
import { HISTORY_FILE, RunFolder, TRACE_FILE } from '../store/results.js';
import type { RunRecord } from '../store/run-record.js';
import { describeFault } from './describe-fault.js';
import { type Damage, eventLines, stepName } from './event-lines.js';
import { isNodeStep, NodeTracks } from './node-tracks.js';
import { isSurveyed } from './phases/phase-steps.js';
import { PhaseSurvey } from './phases/phase-survey.js';
import { momentsOf, readPhases } from './phases/read-phases.js';
import { DurationHistogram, Sample, TimeBins } from './thinning.js';
import type { FaultWindow, LatencySummary, Note, OperationColumns, OutcomeName, PhaseSpan, RunView } from './view.js';
import { OUTCOMES } from './view.js';

/** A run with no more operations than this is shown whole. */
const MAX_WHOLE = 20_000;
/** Of longer runs, how many of each class are shown at most, as shares of that; those that force an anomaly always are. */
const SHARES = { near: 0.45, unusual: 0.15, other: 0.15 };
/** Operations this near to an anomaly or to the beginning or end of a fault are of interest. */
const NEAR_US = 300_000;
const MAX_FAULTS = 3000;
const MAX_NOTES = 300;

/** Bounds of the page. */
export interface ViewLimits {
  /** A run with no more operations than this is shown whole. Default 20,000. */
  readonly maxWhole?: number;
  /** A time of which a reader wants to see the phases, besides those that stand out. */
  readonly aroundUs?: number;
}

/**
 * Builds the view of the run in `folder`, reading its files twice as streams: memory is bounded however long the run.
 * A run that is unfinished or damaged gives a view that says so in `omissions`.
 *
 * @throws AssayError `not-found` or `bad-file` when run.json cannot be read
 */
export async function buildRunView(folder: string, limits: ViewLimits = {}): Promise<RunView> {
  const run = await new RunFolder(folder).readRecord();
  const damage: Damage = { lines: 0 };
  const traceDamage: Damage = { lines: 0 };
  const nodes = nodeIds(run.options.nodes);
  const words = run.words ?? LEADER_WORDS;
  const tracks = new NodeTracks(nodes, words);

  const survey = new Survey(tracks);
  for await (const event of eventLines(join(folder, HISTORY_FILE), damage)) survey.observe(event);
  const traceFile = join(folder, TRACE_FILE);
  const phaseSurvey = new PhaseSurvey(nodes, momentsOf(run, survey.treasons.list(), limits.aroundUs));
  const traceMissing = run.counts.traceEvents > 0 && !existsSync(traceFile);
  const isWanted = (line: string) => {
    const name = stepName(line);
    return isNodeStep(name) || isSurveyed(name);
  };
  for await (const event of eventLines(traceFile, traceDamage, isWanted)) {
    tracks.observe(event);
    phaseSurvey.observe(event);
  }
  const endUs = Math.max(run.durationUs, survey.lastUs, 1);
  const faults = survey.faultWindows(endUs);

  const selection = new Selection(run, faults, survey, limits.maxWhole ?? MAX_WHOLE);
  for await (const event of eventLines(join(folder, HISTORY_FILE), { lines: 0 })) selection.observe(event);
  const { columns, rows } = selection.finish(endUs, survey.invoked);

  const { invoked, ok, fail, info } = survey.bins.series();
  return {
    run,
    endUs,
    phases: survey.phaseSpans(endUs),
    faults,
    nodes: tracks.views(endUs),
    words,
    treasons: survey.treasons.list(),
    traceMissing,
    batchPhases: await readPhases(traceFile, nodes, phaseSurvey),
    operations: columns,
    lanes: run.options.concurrency,
    rate: { binUs: survey.bins.binUs, invoked, ok, fail, info },
    latency: survey.latencySummaries(),
    anomalyOperations: run.checks.map((check) =>
      check.anomalies.map((anomaly) =>
        anomaly.operations.flatMap((reference) => rows.get(nameOf(reference.process, reference.invokeUs)) ?? []),
      ),
    ),
    notes: survey.notes,
    omissions: [
      ...selection.omissions(survey.invoked),
      ...survey.omissions(),
      ...tracks.omissions(),
      ...describeDamage(HISTORY_FILE, damage),
      ...(traceMissing ? [`what only ${TRACE_FILE} tells, which is not there any more: see “Without the trace”`] : []),
      ...(run.counts.traceEvents > 0 && !traceMissing ? describeDamage(TRACE_FILE, traceDamage) : []),
    ],
  };
}

function describeDamage(name: string, damage: Damage): string[] {
  if (damage.lines > 0) return [`${damage.lines} unreadable lines of ${name}, of which the first: ${damage.first}`];
  return damage.first === undefined ? [] : [`all of ${name}, which cannot be read: ${damage.first}`];
}

interface OpenWindow {
  readonly window: Omit<FaultWindow, 'toUs' | 'healed' | 'acknowledged' | 'heal'>;
  acknowledged: number;
  toUs?: number;
  heal?: FaultWindow['inject'];
}

/** The first reading: everything but the operations themselves. */
class Survey {
  readonly bins = new TimeBins(['invoked', 'ok', 'fail', 'info']);
  readonly notes: Note[] = [];
  readonly treasons = new Treasons();
  invoked = 0;
  lastUs = 0;
  private notesDropped = 0;
  private faultsDropped = 0;
  private readonly phases: { phase: string; fromUs: number }[] = [];
  private readonly windows = new Map<number, OpenWindow>();
  private readonly inForce = new Set<OpenWindow>();
  private readonly outstanding = new Map<number, { readonly fromUs: number; readonly underFault: boolean }>();
  private readonly latencies = {
    calm: new DurationHistogram(),
    underFault: new DurationHistogram(),
    fail: new DurationHistogram(),
    info: new DurationHistogram(),
  };

  constructor(private readonly tracks: NodeTracks) {}

  observe(event: RunEvent): void {
    this.lastUs = Math.max(this.lastUs, event.timeUs);
    switch (event.kind) {
      case 'invoke':
        this.invoked++;
        this.bins.add('invoked', event.dueUs ?? event.timeUs);
        this.outstanding.set(event.process, { fromUs: event.dueUs ?? event.timeUs, underFault: this.inForce.size > 0 });
        return;
      case 'ok':
      case 'fail':
      case 'info':
        this.complete(event);
        return;
      case 'fault':
        this.fault(event);
        this.treasons.observe(event);
        return;
      case 'status':
        this.tracks.observe(event);
        this.treasons.observe(event);
        return;
      case 'phase':
        this.phases.push({ phase: event.phase, fromUs: event.timeUs });
        return;
      case 'note':
        if (this.notes.length < MAX_NOTES) this.notes.push({ timeUs: event.timeUs, text: event.text });
        else this.notesDropped++;
    }
  }

  /** What separates a slow acknowledgement from a usual one: one in two hundred is slower. */
  get slowUs(): number {
    return Math.max(this.latencies.calm.quantile(0.995), this.latencies.underFault.quantile(0.995));
  }

  faultWindows(endUs: number): FaultWindow[] {
    return [...this.windows.values()].map(({ window, acknowledged, toUs, heal }) => ({
      ...window,
      acknowledged,
      toUs: toUs ?? endUs,
      healed: toUs !== undefined,
      ...(heal && { heal }),
    }));
  }

  phaseSpans(endUs: number): PhaseSpan[] {
    return this.phases
      .map(({ phase, fromUs }, index) => ({ phase, fromUs, toUs: this.phases[index + 1]?.fromUs ?? endUs }))
      .filter(({ phase }) => phase !== 'end');
  }

  latencySummaries(): LatencySummary[] {
    const { calm, underFault, fail, info } = this.latencies;
    const kinds: [string, DurationHistogram][] = [
      ['ok, no fault in force', calm],
      ['ok, under a fault', underFault],
      ['fail', fail],
      ['info', info],
    ];
    return kinds
      .filter(([, histogram]) => histogram.count > 0)
      .map(([title, histogram]) => ({
        title,
        count: histogram.count,
        p50Us: Math.round(histogram.quantile(0.5)),
        p95Us: Math.round(histogram.quantile(0.95)),
        p99Us: Math.round(histogram.quantile(0.99)),
        maxUs: histogram.maxUs,
      }));
  }

  omissions(): string[] {
    return [
      ...(this.faultsDropped > 0 ? [`${this.faultsDropped} faults after the first ${MAX_FAULTS}`] : []),
      ...(this.treasons.dropped > 0
        ? [`${this.treasons.dropped} times that nodes were traitors, after the first`]
        : []),
      ...(this.notesDropped > 0 ? [`${this.notesDropped} notes after the first ${MAX_NOTES}`] : []),
    ];
  }

  private complete(event: CompletionEvent): void {
    this.bins.add(event.kind, event.timeUs);
    if (event.kind === 'ok') for (const window of this.inForce) window.acknowledged++;
    const begun = this.outstanding.get(event.process);
    if (!begun) return;
    this.outstanding.delete(event.process);
    const underFault = begun.underFault || this.inForce.size > 0;
    const histogram = event.kind === 'ok' ? (underFault ? 'underFault' : 'calm') : event.kind;
    this.latencies[histogram].add(event.timeUs - begun.fromUs);
  }

  private fault(event: Extract<RunEvent, { kind: 'fault' }>): void {
    const { id, nemesis, fault, probe, timeUs } = event;
    if (event.phase === 'inject') {
      if (this.windows.size >= MAX_FAULTS) {
        this.faultsDropped++;
        return;
      }
      const open: OpenWindow = {
        window: {
          id,
          nemesis,
          kind: fault.kind,
          description: describeFault(fault),
          nodes: nodesOf(fault),
          fromUs: timeUs,
          inject: probe,
        },
        acknowledged: 0,
      };
      this.windows.set(id, open);
      this.inForce.add(open);
    } else {
      const open = this.windows.get(id);
      if (!open) return;
      open.toUs = timeUs;
      open.heal = probe;
      this.inForce.delete(open);
    }
  }
}

interface ShownOperation {
  readonly invoke: InvokeEvent;
  readonly completion: CompletionEvent | undefined;
}

/** The second reading: which operations are shown. */
class Selection {
  private readonly forcing: ReadonlySet<string>;
  private readonly boundaries: readonly number[];
  private readonly spans: readonly { readonly fromUs: number; readonly toUs: number }[];
  private readonly slowUs: number;
  private readonly all: ShownOperation[] = [];
  private readonly near: Sample<ShownOperation>;
  private readonly unusual: Sample<ShownOperation>;
  private readonly other: Sample<ShownOperation>;
  private readonly outstanding = new Map<number, InvokeEvent>();
  private readonly whole: boolean;

  constructor(run: RunRecord, faults: readonly FaultWindow[], survey: Survey, maxWhole: number) {
    const anomalies = run.checks.flatMap((check) => check.anomalies);
    this.forcing = new Set(
      anomalies.flatMap(({ operations }) => operations.map(({ process, invokeUs }) => nameOf(process, invokeUs))),
    );
    this.boundaries = faults.flatMap(({ fromUs, toUs }) => [fromUs, toUs]).sort((a, b) => a - b);
    this.spans = anomalies.flatMap(({ fromUs, toUs }) =>
      fromUs === undefined ? [] : [{ fromUs, toUs: toUs ?? fromUs }],
    );
    this.slowUs = survey.slowUs;
    this.whole = survey.invoked <= maxWhole;
    this.near = new Sample(maxWhole * SHARES.near);
    this.unusual = new Sample(maxWhole * SHARES.unusual);
    this.other = new Sample(maxWhole * SHARES.other);
  }

  observe(event: RunEvent): void {
    if (event.kind === 'invoke') {
      this.outstanding.set(event.process, event);
    } else if (event.kind === 'ok' || event.kind === 'fail' || event.kind === 'info') {
      const invoke = this.outstanding.get(event.process);
      if (!invoke) return;
      this.outstanding.delete(event.process);
      this.offer({ invoke, completion: event });
    }
  }

  finish(endUs: number, total: number): { columns: OperationColumns; rows: ReadonlyMap<string, number> } {
    for (const invoke of this.outstanding.values()) this.offer({ invoke, completion: undefined });
    const shown = [...this.all, ...this.near.items(), ...this.unusual.items(), ...this.other.items()];
    shown.sort((a, b) => a.invoke.timeUs - b.invoke.timeUs || a.invoke.process - b.invoke.process);
    const rows = new Map(shown.map(({ invoke }, row) => [nameOf(invoke.process, invoke.timeUs), row]));
    return { columns: toColumns(shown, endUs, total), rows };
  }

  omissions(total: number): string[] {
    if (this.whole) return [];
    const { near, unusual, other } = this;
    const shown = this.all.length + near.items().length + unusual.items().length + other.items().length;
    return [
      `${(total - shown).toLocaleString('en')} of ${total.toLocaleString('en')} operations. Shown are all that force an anomaly, ${share(near)} of those near an anomaly or a fault's beginning or end, ${share(unusual)} of the slow and the unsuccessful ones, and ${share(other)} of the rest; rates, latency figures and verdicts count every one`,
    ];
  }

  private offer(operation: ShownOperation): void {
    const { invoke, completion } = operation;
    const name = nameOf(invoke.process, invoke.timeUs);
    if (this.whole || this.forcing.has(name)) {
      this.all.push(operation);
      return;
    }
    const fromUs = invoke.timeUs;
    const toUs = completion?.timeUs ?? Number.POSITIVE_INFINITY;
    const latencyUs = toUs - (invoke.dueUs ?? invoke.timeUs);
    if (this.isNear(fromUs, Math.min(toUs, fromUs + NEAR_US))) this.near.add(name, operation);
    else if (completion?.kind !== 'ok' || latencyUs > this.slowUs) this.unusual.add(name, operation);
    else this.other.add(name, operation);
  }

  private isNear(fromUs: number, toUs: number): boolean {
    if (this.spans.some((span) => fromUs <= span.toUs + NEAR_US && toUs >= span.fromUs - NEAR_US)) return true;
    let low = 0;
    let high = this.boundaries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.boundaries[middle] as number) < fromUs - NEAR_US) low = middle + 1;
      else high = middle;
    }
    return (this.boundaries[low] ?? Number.POSITIVE_INFINITY) <= toUs + NEAR_US;
  }
}

function share(sample: Sample<ShownOperation>): string {
  const kept = sample.items().length;
  if (kept === sample.offered) return 'all';
  return `${((100 * kept) / sample.offered).toPrecision(2)} %`;
}

function nameOf(process: number, invokeUs: number): string {
  return `${process}@${invokeUs}`;
}

function toColumns(shown: readonly ShownOperation[], endUs: number, total: number): OperationColumns {
  const words = new Map<string, number>([['', 0]]);
  const word = (text: string) => {
    const known = words.get(text);
    if (known !== undefined) return known;
    words.set(text, words.size);
    return words.size - 1;
  };
  return {
    total,
    process: shown.map(({ invoke }) => invoke.process),
    dueUs: shown.map(({ invoke }) => invoke.dueUs ?? invoke.timeUs),
    invokeUs: shown.map(({ invoke }) => invoke.timeUs),
    endUs: shown.map(({ completion }) => completion?.timeUs ?? endUs),
    outcome: shown.map(({ completion }) => OUTCOMES.indexOf(outcomeOf(completion))),
    f: shown.map(({ invoke }) => word(invoke.f)),
    key: shown.map(({ invoke }) => word(invoke.key ?? '')),
    node: shown.map(({ completion }) => word(completion?.node ?? '')),
    argument: shown.map(({ invoke }) => textOf(invoke.value)),
    result: shown.map(({ completion }) => resultOf(completion)),
    words: [...words.keys()],
  };
}

function outcomeOf(completion: CompletionEvent | undefined): OutcomeName {
  return completion?.kind ?? 'pending';
}

/** A read's value; of anything that was not acknowledged, the error. */
function resultOf(completion: CompletionEvent | undefined): string {
  if (!completion) return '';
  if (completion.kind !== 'ok') return clip(completion.error ?? '');
  return textOf(completion.value);
}

function textOf(value: Value | undefined): string {
  return value === undefined ? '' : clip(JSON.stringify(value));
}

/** Long lists (of an append workload) would swell the page: their end is what matters. */
function clip(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 60)} … ${text.slice(-90)}`;
}
