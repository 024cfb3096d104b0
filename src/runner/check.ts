import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { availability } from '../checkers/availability.js';
import { checkEvents } from '../checkers/check-events.js';
import { linearizability } from '../checkers/linearizability.js';
import type { RunEvent } from '../history/events.js';
import { AssayError } from '../kernel/errors.js';
import { nodeIds } from '../kernel/ids.js';
import { Random } from '../kernel/random.js';
import type { Checker, CheckResult, Verdict } from '../plugin/checker.js';
import { worstVerdict } from '../plugin/checker.js';
import { readEvents } from '../store/event-reader.js';
import { HISTORY_FILE, RUN_RECORD_FILE, RunFolder, TRACE_FILE } from '../store/results.js';
import { type Catalogue, find } from './catalogue.js';
import { parseOptions } from './plan.js';

export const MODELS = ['cas-register', 'append-list'] as const;
export type ModelName = (typeof MODELS)[number];

export interface CheckOptions {
  /** Overrides what the run's record or the operations say. */
  readonly model?: ModelName;
  readonly budgetMs: number;
  readonly catalogue: Catalogue;
}

export interface CheckedHistory {
  readonly file: string;
  readonly verdict: Verdict;
  readonly checks: readonly CheckResult[];
  readonly operations: number;
  /** What a reader should know: a cut last line, a missing trace. */
  readonly notes: readonly string[];
}

/**
 * Judges recorded events again: a history file, or the folder of a run. Beside a `run.json` the run's own checkers
 * judge, and its trace as well; alone, the linearizability of its operations, by the model named or evident.
 *
 * @throws AssayError `not-found` or `bad-file`, naming file and line
 */
export async function checkFile(target: string, options: CheckOptions): Promise<CheckedHistory> {
  const file = existsSync(target) && statSync(target).isDirectory() ? join(target, HISTORY_FILE) : target;
  const folder = new RunFolder(dirname(file));
  const notes: string[] = [];
  const checkers = await checkersFor(file, folder, options);
  const traceFile = folder.file(TRACE_FILE);
  const traced = existsSync(traceFile) && checkers.some((checker) => checker.reads === 'trace');
  if (!existsSync(traceFile) && checkers.some((checker) => checker.reads === 'trace')) {
    notes.push(
      `there is no ${TRACE_FILE} beside it, so only what the clients saw is judged; \`assay replay\` makes it anew`,
    );
  }
  let operations = 0;
  async function* recorded(): AsyncGenerator<RunEvent> {
    const cutOff = (where: string) => (line: number) =>
      notes.push(`line ${line}, the last of ${where}, is cut off: its writer was killed; it is left out`);
    for await (const event of readEvents(file, { onTornTail: cutOff(file) })) {
      if (event.kind === 'invoke') operations++;
      yield event;
    }
    if (operations === 0) throw new AssayError('bad-file', `${file} holds no operation`, EXAMPLE);
    if (traced) yield* readEvents(traceFile, { onTornTail: cutOff(traceFile) });
  }
  const judging = traced ? checkers : checkers.filter((checker) => checker.reads === 'history');
  const checks = await checkEvents(recorded(), judging, options.budgetMs);
  return { file, verdict: worstVerdict(checks.map((check) => check.verdict)), checks, operations, notes };
}

const EXAMPLE = 'A history has lines such as {"kind":"invoke","timeUs":0,"process":0,"f":"read","key":"k1"}.';

async function checkersFor(file: string, folder: RunFolder, options: CheckOptions): Promise<Checker[]> {
  if (options.model === undefined && existsSync(folder.file(RUN_RECORD_FILE))) {
    const record = await folder.readRecord();
    const workload = find('workload', record.options.workload, options.catalogue.workloads);
    const system = find('system', record.options.system, options.catalogue.systems);
    const run = workload.create({
      options: parseOptions(`workload ${workload.name}`, workload.options, record.options.workloadOptions),
      random: new Random(record.options.seed),
      concurrency: record.options.concurrency,
    });
    const systemOptions = parseOptions(`system ${system.name}`, system.options, record.options.systemOptions);
    return [
      ...run.checkers(),
      ...system.traceCheckers({ nodes: nodeIds(record.options.nodes), options: systemOptions }),
      // A run that was cut short had no chance to recover: what it recorded is judged, not that it ended.
      ...(record.finished && !record.error ? [availability({ recoveryMs: record.options.recoveryMs })] : []),
    ];
  }
  return [linearizability({ model: options.model ?? (await evidentModel(file)) })];
}

/** Lists where anything is appended, else registers. */
async function evidentModel(file: string): Promise<ModelName> {
  for await (const event of readEvents(file)) {
    if (event.kind !== 'invoke') continue;
    if (event.f === 'append') return 'append-list';
    if (event.f === 'write' || event.f === 'cas') return 'cas-register';
  }
  return 'cas-register';
}
