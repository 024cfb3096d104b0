import type { Cluster } from '../backends/cluster.js';
import { availability, type Service, serviceOf } from '../checkers/availability.js';
import { evidence } from '../checkers/evidence.js';
import { Tally } from '../checkers/tally.js';
import type { Operation, Outcome, Phase } from '../history/events.js';
import { AssayError, messageOf } from '../kernel/errors.js';
import { type NodeId, nodeIds } from '../kernel/ids.js';
import { Random } from '../kernel/random.js';
import { type Micros, usFromMs } from '../kernel/units.js';
import type { CheckResult } from '../plugin/checker.js';
import { LEADER_WORDS } from '../plugin/node-words.js';
import type { WorkloadRun } from '../plugin/workload.js';
import { sleep } from '../ports/clock.js';
import { renderHtml } from '../report/html.js';
import { REPORT_FILE, type ResultsStore, type RunFolder, TRACE_FILE, timeStamp } from '../store/results.js';
import type { RunOptions, RunRecord } from '../store/run-record.js';
import type { Catalogue } from './catalogue.js';
import { Chaos } from './chaos.js';
import { harnessFacts } from './facts.js';
import { GuardedChecker } from './guarded-checker.js';
import { Load } from './load.js';
import { Observer } from './observer.js';
import { type Plan, planRun } from './plan.js';
import { Recorder } from './recorder.js';
import { replayCommand } from './replay-command.js';
import { narrate, verdictOf } from './verdict.js';

/** Where the run stands, a few times a second. */
export interface Progress {
  readonly phase: Phase | 'starting' | 'checking' | 'reporting';
  /** What a long step is about: "building the image". */
  readonly text?: string;
  /** On the run's own axis. */
  readonly elapsedUs: Micros;
  readonly totalUs: Micros;
  readonly ok: number;
  readonly fail: number;
  readonly info: number;
  /** Faults in force, described. */
  readonly faults: readonly string[];
  /** Who leads, and what that is called: a primary, a leader. */
  readonly leader?: { readonly word: string; readonly node: NodeId };
}

export interface RunEnvironment {
  readonly catalogue: Catalogue;
  /** Where the run's folder goes; undefined keeps nothing but the record that is returned. */
  readonly store?: ResultsStore;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Whether to hash the event stream (simulator); a kept run always is. */
  readonly hashed?: boolean;
  /** Drops the trace's file, by far the largest, after a valid run in the simulator: the seed brings it back. */
  readonly dropReplayableTrace?: boolean;
}

/**
 * One run from options to record. Operating failures of the harness (an engine that died, a full disk) end in a
 * record with `error` and whatever verdict the checkers reached; only what is wrong before anything started throws.
 *
 * @throws AssayError for unknown names, bad options, unsupported faults, an unusable backend or results folder
 */
export async function executeRun(options: RunOptions, environment: RunEnvironment): Promise<RunRecord> {
  const plan = await planRun(options, environment.catalogue);
  const startedAt = new Date();
  const run = new Run(plan, environment, startedAt);
  return run.execute();
}

/** `20261123T140501-raft-sim-register-42`: sorts by time, says what it is. */
function runName(options: RunOptions, startedAt: Date): string {
  return `${timeStamp(startedAt)}-${options.system}-${options.backend}-${options.workload}-${options.seed}`;
}

/** How long the run waits for a first leader before it begins without one. */
const LEADER_WITHIN_MS = 10_000;

class Run {
  private readonly random: Random;
  private readonly workload: WorkloadRun;
  private readonly checkers: GuardedChecker[];
  /** Made last: what a plugin throws before leaves no folder behind. */
  private readonly folder: RunFolder | undefined;
  private readonly recorder: Recorder;
  private readonly tally = new Tally();
  private readonly facts: Record<string, string> = harnessFacts();
  private cluster: Cluster | undefined;
  private chaos: Chaos | undefined;
  private observer: Observer | undefined;
  private load: Load | undefined;
  private phase: Progress['phase'] = 'starting';
  private progressText: string | undefined;
  private durationUs: Micros = 0;
  /** By the backend, where it knows. */
  private bugEffects: RunRecord['counts']['bugEffects'];
  private error: RunRecord['error'];

  constructor(
    private readonly plan: Plan,
    private readonly environment: RunEnvironment,
    private readonly startedAt: Date,
  ) {
    const { options, system, systemOptions, workload, workloadOptions, nemeses } = plan;
    const nodes = nodeIds(options.nodes);
    this.random = new Random(options.seed);
    const { run, judges } = fromPlugin(`workload ${workload.name}`, () => {
      const created = workload.create({
        options: workloadOptions,
        random: this.random.fork('workload'),
        concurrency: options.concurrency,
      });
      return { run: created, judges: created.checkers() };
    });
    if (judges.length === 0) {
      throw new AssayError(
        'plugin',
        `workload ${workload.name} names no checker: nothing would judge what the clients see`,
        "Return at least one from checkers(), such as linearizability({ model: 'cas-register' }).",
      );
    }
    this.workload = run;
    this.checkers = [
      ...judges,
      ...fromPlugin(`system ${system.name}`, () =>
        system.traceCheckers({ nodes, options: systemOptions, inOrder: plan.backend.name === 'sim' }),
      ),
      availability({ recoveryMs: options.recoveryMs }),
      evidence({
        nemeses: nemeses.map(({ nemesis, kinds }) => ({ name: nemesis.name, kinds })),
        expectLeaderChange: nemeses.some(({ nemesis }) => nemesis.disturbsLeader),
        words: system.words,
      }),
    ].map((checker) => new GuardedChecker(checker));
    this.folder = environment.store?.create(runName(options, startedAt));
    this.recorder = new Recorder({
      folder: this.folder,
      hashed: plan.backend.name === 'sim' && (environment.hashed === true || this.folder !== undefined),
      checkers: this.checkers,
      observer: this.tally,
    });
  }

  async execute(): Promise<RunRecord> {
    this.folder?.writeRecord(this.record(false, []));
    const ticker = setInterval(() => this.tell(), 200);
    try {
      await this.guard(() => this.live());
      this.closeRecorder();
      this.enter('checking');
      const checks = await this.conclude();
      const record = this.record(true, checks);
      this.enter('reporting');
      await this.guard(() => this.report(record));
      // A report that cannot be written is a failure of the harness, and a violation beats it all the same.
      if (this.error === record.error) return record;
      return { ...record, verdict: verdictOf(checks, this.error), ...(this.error && { error: this.error }) };
    } finally {
      clearInterval(ticker);
    }
  }

  /** From the cluster's start to its removal. */
  private async live(): Promise<void> {
    const { plan, environment, random, folder } = this;
    this.tell();
    const cluster = await plan.backend.start({
      system: plan.system,
      systemOptions: plan.systemOptions,
      nodes: nodeIds(plan.options.nodes),
      random: random.fork('cluster'),
      ...(folder && { folder: folder.path }),
      onTrace: this.recorder.recordTrace,
      onNote: (text) => this.note(text),
      onProgress: (text) => {
        this.progressText = text;
        this.tell();
      },
      signal: environment.signal,
    });
    this.progressText = undefined;
    this.cluster = cluster;
    Object.assign(this.facts, cluster.facts);
    try {
      await untilAborted(
        cluster.run(() => this.drive(cluster)),
        environment.signal,
      );
    } finally {
      this.observer?.stop();
      this.durationUs = cluster.clock.nowUs();
      this.bugEffects = cluster.bugEffects?.();
      await cluster[Symbol.asyncDispose]();
    }
  }

  /** The run's phases, on the cluster's time. */
  private async drive(cluster: Cluster): Promise<void> {
    const { plan, random, recorder, workload } = this;
    const { options } = plan;
    const { clock } = cluster;
    this.enter('setup');
    const observer = this.observe(cluster);
    await this.awaitLeader(cluster, observer);
    const recovery = new Recovery();
    const load = this.startLoad(cluster, recovery);
    const chaos = new Chaos({
      clock,
      faults: cluster.faults,
      nodes: cluster.nodes,
      random: random.fork('nemesis'),
      leader: () => observer.leader(),
      record: (event) => recorder.record(event),
      note: (text) => this.note(text),
      signal: this.environment.signal,
    });
    this.chaos = chaos;

    this.enter('load');
    const untilUs = clock.nowUs() + usFromMs(options.timeLimitMs);
    await Promise.all([chaos.run(plan.nemeses, untilUs), sleep(clock, untilUs - clock.nowUs())]);

    this.enter('heal');
    await chaos.healEverything();

    this.enter('recovery');
    const recoveryUntilUs = clock.nowUs() + usFromMs(options.recoveryMs);
    recovery.begin(clock.nowUs());
    while (!recovery.done && clock.nowUs() < recoveryUntilUs) await sleep(clock, usFromMs(50));
    await load.stop();

    this.enter('final');
    await load.performAll(workload.finalReads(), clock.nowUs() + usFromMs(options.recoveryMs));
    observer.stop();
    this.enter('end');
  }

  /** Load and faults begin on a cluster that works; one that does not get there by itself gets them all the same. */
  private async awaitLeader(cluster: Cluster, observer: Observer): Promise<void> {
    const { clock } = cluster;
    const untilUs = clock.nowUs() + usFromMs(LEADER_WITHIN_MS);
    while (observer.leader() === undefined && clock.nowUs() < untilUs) await sleep(clock, usFromMs(50));
    if (observer.leader() === undefined) this.note(`no node led within ${LEADER_WITHIN_MS / 1000} s of the start`);
  }

  private observe(cluster: Cluster): Observer {
    const { clock, requests, nodes } = cluster;
    const observer = new Observer({
      system: this.plan.system,
      nodes,
      requests,
      clock,
      onStatus: (node, status) => this.recorder.record({ kind: 'status', timeUs: clock.nowUs(), node, status }),
    });
    this.observer = observer;
    void observer.watch().catch((error) => this.note(`watching the nodes' status ended: ${messageOf(error)}`));
    return observer;
  }

  private startLoad(cluster: Cluster, recovery: Recovery): Load {
    const { options, system, systemOptions } = this.plan;
    const { clock, requests, nodes, identities } = cluster;
    const clients = this.random.fork('clients');
    const load = new Load({
      clock,
      recorder: this.recorder,
      concurrency: options.concurrency,
      operationTimeoutMs: options.operationTimeoutMs,
      newClient: (process) =>
        system.client({
          options: systemOptions,
          nodes,
          requests,
          clock,
          random: clients.fork(String(process)),
          id: `c${process}`,
          timeoutMs: options.operationTimeoutMs,
          ...(identities && { identities }),
        }),
      onOutcome: (operation, answer, invokedUs) => {
        if (answer.type === 'ok') recovery.observe(operation, invokedUs);
        this.learn(operation, answer);
      },
    });
    this.load = load;
    const sweep = () => {
      load.sweep();
      if (this.phase !== 'end') clock.setTimer(1_000_000, sweep);
    };
    clock.setTimer(1_000_000, sweep);
    load.start({
      ratePerSecond: options.rate,
      random: this.random.fork('arrivals'),
      draw: () => {
        const operation = this.workload.next();
        recovery.asked(operation);
        return operation;
      },
    });
    return load;
  }

  /** Called in the middle of the load, where what a plugin throws would find nobody to tell. */
  private learn(operation: Operation, answer: Outcome): void {
    try {
      this.workload.learn?.(operation, answer);
    } catch (error) {
      this.blame(new AssayError('plugin', `workload ${this.plan.workload.name} threw in learn: ${messageOf(error)}`));
    }
  }

  private async conclude(): Promise<CheckResult[]> {
    const checks: CheckResult[] = [];
    for (const checker of this.checkers) {
      this.progressText = checker.name;
      this.tell();
      await this.guard(async () => {
        checks.push(await checker.conclude(this.plan.options.checkBudgetMs, this.environment.signal));
      });
    }
    return checks;
  }

  private async report(record: RunRecord): Promise<void> {
    const { folder } = this;
    if (!folder) return;
    folder.writeRecord(record);
    folder.write(REPORT_FILE, await renderHtml(folder.path));
    const replayable = this.plan.backend.name === 'sim' && record.verdict === 'valid';
    if (this.environment.dropReplayableTrace && replayable) folder.remove(TRACE_FILE);
  }

  /** Runs a step whose failure is the harness's: kept in the record, which then cannot be a pass. */
  private async guard(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.blame(error);
    }
  }

  private closeRecorder(): void {
    try {
      this.recorder.close();
    } catch (error) {
      this.blame(error);
    }
  }

  /** Keeps the first failure of the harness or of a plugin: later ones follow from it. */
  private blame(error: unknown): void {
    this.error ??= {
      code: error instanceof AssayError ? error.code : 'harness',
      message: messageOf(error),
      ...(error instanceof AssayError && error.wayOut !== undefined && { wayOut: error.wayOut }),
    };
    if (process.env.ASSAY_DEBUG === '1') console.error(error);
  }

  private record(finished: boolean, checks: CheckResult[]): RunRecord {
    const { options, system } = this.plan;
    const verdict = verdictOf(checks, this.error);
    const counts = this.counts();
    const streamHash = finished ? this.recorder.digest() : undefined;
    return {
      format: 1,
      id: this.folder?.id ?? runName(options, this.startedAt),
      options,
      ...(system.words && { words: system.words }),
      startedAt: this.startedAt.toISOString(),
      finished,
      durationUs: this.durationUs,
      wallMs: Date.now() - this.startedAt.getTime(),
      verdict,
      narrative: finished
        ? narrate({ options, verdict, checks, counts, error: this.error })
        : ['The run has not ended: it is going on, or its harness was killed.'],
      checks,
      counts,
      facts: this.facts,
      replay: replayCommand(options),
      ...(streamHash !== undefined && { streamHash }),
      ...(this.error && { error: this.error }),
    };
  }

  private counts(): RunRecord['counts'] {
    const { ok, fail, info, okDuringFaults, leaders, faults } = this.tally;
    const treasons = this.tally.treasons.list();
    const bugEffects = this.bugEffects ?? this.tally.bugEffects.counts();
    return {
      ok,
      fail,
      info,
      shed: this.load?.shed ?? 0,
      okDuringFaults,
      leaderChanges: leaders.changes,
      faults: Object.fromEntries(faults),
      traceEvents: this.recorder.traceEvents,
      ...(Object.keys(bugEffects).length > 0 && { bugEffects }),
      ...(treasons.length > 0 && { treasons }),
    };
  }

  private enter(phase: Progress['phase']): void {
    this.phase = phase;
    this.progressText = undefined;
    if (phase !== 'starting' && phase !== 'checking' && phase !== 'reporting') {
      this.recorder.record({ kind: 'phase', timeUs: this.cluster?.clock.nowUs() ?? 0, phase });
    }
    this.tell();
  }

  private note(text: string): void {
    this.recorder.record({ kind: 'note', timeUs: this.cluster?.clock.nowUs() ?? 0, text });
  }

  private tell(): void {
    const { options, system } = this.plan;
    const { ok, fail, info } = this.tally;
    const leader = this.observer?.leader();
    this.environment.onProgress({
      phase: this.phase,
      ...(this.progressText !== undefined && { text: this.progressText }),
      elapsedUs: this.cluster?.clock.nowUs() ?? 0,
      totalUs: usFromMs(options.timeLimitMs),
      ok,
      fail,
      info,
      faults: this.chaos?.inForce() ?? [],
      ...(leader !== undefined && { leader: { word: (system.words ?? LEADER_WORDS).leader, node: leader } }),
    });
  }
}

/** Waits for the first update and the first read that were asked for after everything was healed, and succeeded. */
class Recovery {
  private beganUs = Number.POSITIVE_INFINITY;
  private readonly wanted = new Set<Service>();
  private readonly seen = new Set<Service>();

  begin(timeUs: Micros): void {
    this.beganUs = timeUs;
  }

  /** Clients want this: what they never asked for need not come back. */
  asked(operation: Operation): void {
    this.wanted.add(serviceOf(operation));
  }

  observe(operation: Operation, invokedUs: Micros): void {
    if (invokedUs < this.beganUs) return;
    this.seen.add(serviceOf(operation));
  }

  get done(): boolean {
    return this.seen.size === this.wanted.size;
  }
}

/** Runs a plugin's code; what it throws is told as the plugin's. */
function fromPlugin<T>(plugin: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof AssayError) throw error;
    throw new AssayError('plugin', `${plugin} threw: ${messageOf(error)}`, undefined, { cause: error });
  }
}

/** Rejects as soon as the user interrupts, whatever the work is waiting for. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const interrupted = () =>
    new AssayError('harness', 'the run was interrupted', 'What was recorded until then is kept.');
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(interrupted());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
