import { AssayError } from '../kernel/errors.js';
import { hash32 } from '../kernel/hash.js';
import { worstVerdict } from '../plugin/checker.js';
import { renderCampaignHtml } from '../report/campaign-html.js';
import { campaignJunit } from '../report/junit.js';
import { CAMPAIGN_FILES, type CampaignRecord } from '../store/campaign-record.js';
import { type ResultsStore, timeStamp } from '../store/results.js';
import type { RunOptions, RunRecord } from '../store/run-record.js';
import { CampaignCoverage, campaignEvidence } from './campaign-coverage.js';
import { type Catalogue, find } from './catalogue.js';
import { parseOptions } from './plan.js';
import { matrixOf, type PlannedRun, type ProfileName } from './profiles.js';
import { certifyCommand, withOptions } from './replay-command.js';
import { executeRun, type Progress } from './run.js';
import { worstFirst } from './verdict.js';

export interface CertifyOptions {
  readonly system: string;
  readonly systemOptions: Readonly<Record<string, unknown>>;
  readonly profile: ProfileName;
  /** Backends to use, in order; each must be usable. */
  readonly backends: readonly string[];
  readonly seed: number;
  /** Undefined: the system's own number. */
  readonly nodes?: number;
  readonly concurrency: number;
  readonly rate: number;
  readonly operationTimeoutMs: number;
  readonly recoveryMs: number;
  readonly checkBudgetMs: number;
}

export interface CertifyEnvironment {
  readonly catalogue: Catalogue;
  readonly store: ResultsStore;
  readonly signal: AbortSignal;
  readonly onProgress: (
    progress: Progress,
    position: { readonly number: number; readonly of: number; readonly title: string },
  ) => void;
  readonly onRun: (record: RunRecord, title: string) => void;
}

/**
 * A certification: the profile's matrix of workloads and nemeses on each backend, one verdict over all. Every run
 * keeps its own folder; the campaign's holds JSON, HTML and JUnit.
 *
 * @throws AssayError for unknown names or an unusable backend, before anything runs
 */
export async function certify(
  options: CertifyOptions,
  environment: CertifyEnvironment,
): Promise<{ record: CampaignRecord; folder: string }> {
  const { catalogue, store, signal } = environment;
  const startedAt = new Date();
  const { words, runs, leftOut } = await planCampaign(options, catalogue);
  const folder = store.create(`${timeStamp(startedAt)}-certify-${options.system}-${options.profile}-${options.seed}`);
  const done: CampaignRecord['runs'] = [];
  const coverage = new CampaignCoverage();
  const record = (finished: boolean): CampaignRecord => {
    const reach = coverage.summary();
    const evidence = finished && done.length > 0 ? campaignEvidence(options.profile, reach) : undefined;
    return {
      format: 1,
      id: folder.id,
      system: options.system,
      ...(words && { words }),
      backends: [...options.backends],
      profile: options.profile,
      seed: options.seed,
      startedAt: startedAt.toISOString(),
      finished,
      wallMs: Date.now() - startedAt.getTime(),
      // A campaign that was cut short has not seen what the rest would have shown.
      verdict: worstVerdict([...done.map((run) => run.verdict), evidence?.verdict ?? 'unknown']),
      runs: done,
      ...(reach && { reach }),
      ...(evidence && { evidence }),
      leftOut,
      command: certifyCommand(options),
    };
  };
  const write = (finished: boolean): CampaignRecord => {
    const current = record(finished);
    folder.write(CAMPAIGN_FILES.json, `${JSON.stringify(current, null, 2)}\n`);
    folder.write(CAMPAIGN_FILES.html, renderCampaignHtml(current));
    folder.write(CAMPAIGN_FILES.junit, campaignJunit(current));
    return current;
  };
  for (const [index, { backend, planned }] of runs.entries()) {
    if (signal.aborted) break;
    const title = titleOf(backend, planned);
    const run = await executeRun(runOptions(options, backend, planned, catalogue), {
      catalogue,
      store,
      signal,
      dropReplayableTrace: true,
      onProgress: (progress) => environment.onProgress(progress, { number: index + 1, of: runs.length, title }),
    });
    done.push(summaryOf(run, title));
    coverage.add(run);
    environment.onRun(run, title);
    write(false);
  }
  return { record: write(done.length === runs.length), folder: folder.path };
}

async function planCampaign(options: CertifyOptions, catalogue: Catalogue) {
  const system = find('system', options.system, catalogue.systems);
  // Before there is a folder: a wrong option would leave it empty.
  parseOptions(`system ${system.name}`, system.options, options.systemOptions);
  const runs: Array<{ backend: string; planned: PlannedRun }> = [];
  const leftOut: string[] = [];
  for (const name of options.backends) {
    const backend = find('backend', name, catalogue.backends);
    const unavailable = await backend.unavailable();
    if (unavailable) throw new AssayError('no-engine', unavailable.reason, unavailable.wayOut);
    const matrix = matrixOf(options.profile, name, system, await backend.abilities(system), catalogue);
    runs.push(...matrix.runs.map((planned) => ({ backend: name, planned })));
    leftOut.push(...matrix.leftOut);
  }
  return { words: system.words, runs, leftOut };
}

function runOptions(options: CertifyOptions, backend: string, planned: PlannedRun, catalogue: Catalogue): RunOptions {
  const title = titleOf(backend, planned);
  return {
    system: options.system,
    systemOptions: { ...options.systemOptions },
    backend,
    nodes: options.nodes ?? find('system', options.system, catalogue.systems).defaultNodes,
    workload: planned.workload,
    workloadOptions: {},
    nemeses: [...planned.nemeses],
    timeLimitMs: planned.timeLimitMs,
    recoveryMs: options.recoveryMs,
    concurrency: options.concurrency,
    rate: options.rate,
    operationTimeoutMs: options.operationTimeoutMs,
    checkBudgetMs: options.checkBudgetMs,
    // Every cell of the matrix its own seed, from the campaign's and the cell's name alone.
    seed: hash32(`${title} #${planned.repetition}`, options.seed % 0x1_0000_0000),
  };
}

function titleOf(backend: string, { workload, nemeses, repetition }: PlannedRun): string {
  const faults = nemeses.map(({ name, options }) => withOptions(name, options)).join(' + ') || 'no faults';
  return `${workload} × ${faults} (${backend}${repetition > 0 ? `, seed ${repetition + 1}` : ''})`;
}

function summaryOf(run: RunRecord, title: string): CampaignRecord['runs'][number] {
  const { options } = run;
  return {
    runId: run.id,
    title,
    workload: withOptions(options.workload, options.workloadOptions),
    nemesis: options.nemeses.map(({ name, options: own }) => withOptions(name, own)).join(',') || 'none',
    backend: options.backend,
    seed: options.seed,
    verdict: run.verdict,
    headline: worstFirst(run.checks)[0]?.summary ?? run.narrative[0] ?? '',
    checks: run.checks.map(({ checker, verdict, summary }) => ({ checker, verdict, summary })),
    replay: run.replay,
    durationUs: run.durationUs,
    wallMs: run.wallMs,
    counts: run.counts,
  };
}
