import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { checkEvents } from '../checkers/check-events.js';
import { evidentModel, type ModelEvidence, type ModelName } from '../checkers/interpret/evident-model.js';
import { describeObject, OBJECT_NAMES, objectNamed } from '../checkers/interpret/models.js';
import {
  type Judge,
  type LinearizabilityChecker,
  type LinearizabilityDetails,
  linearizability,
} from '../checkers/linearizability.js';
import type { IsolationLevel } from '../checkers/transactions/levels.js';
import type { RunEvent, Value } from '../history/events.js';
import type { DialectOptions } from '../history/importers/dialects.js';
import type { HistoryFormat } from '../history/importers/formats.js';
import { AssayError } from '../kernel/errors.js';
import type { Checker, CheckResult, Verdict } from '../plugin/checker.js';
import { worstVerdict } from '../plugin/checker.js';
import { readEvents } from '../store/event-reader.js';
import { openHistory } from '../store/history-reader.js';
import type { Catalogue } from './catalogue.js';

export type { ModelName };

/** What a history can be judged as, by name, with what it is. */
export const MODELS: ReadonlyMap<ModelName, string> = new Map<ModelName, string>([
  ...OBJECT_NAMES.map((name) => [name, describeObject(name)] as const),
  ['list-append', "transactions of appends to and reads of lists (Elle's list-append)"],
  ['rw-register', "transactions of writes and reads (Elle's rw-register)"],
]);

export interface CheckOptions {
  /** Overrides what the run's record or the operations say. */
  readonly model?: ModelName;
  /** What the objects hold at first. */
  readonly initial?: Value;
  /** What transactions were promised; default strict serializability. */
  readonly isolation?: IsolationLevel;
  /** Default: by how the file begins. */
  readonly format?: HistoryFormat;
  /** What is said of a history that another tool wrote. */
  readonly dialect?: DialectOptions;
  readonly budgetMs: number;
  /** Asked for only where the folder of a run is judged: plugins take long to load. */
  readonly catalogue: Catalogue | (() => Promise<Catalogue>);
}

export interface CheckedHistory {
  readonly file: string;
  readonly verdict: Verdict;
  readonly format: HistoryFormat;
  /** What the operations were judged as; absent where the run's own checkers judged. */
  readonly model?: ModelName;
  readonly checks: readonly CheckResult[];
  readonly operations: number;
  /** Key by key, by which algorithm, with what effort, and what contradicts what. */
  readonly linearizability?: LinearizabilityDetails;
  /** What a reader should know: a cut last line, a missing trace, what was taken for granted. */
  readonly notes: readonly string[];
}

/** The model of the name, also by a name that it has elsewhere. */
export function modelNamed(name: string): ModelName | undefined {
  return objectNamed(name) ?? [...MODELS.keys()].find((model) => model === name);
}

/**
 * Judges recorded events again: a history file of any format that is known, or the folder of a run. Beside a `run.json`
 * the run's own checkers judge, and its trace as well; alone, its operations are judged by the model named or evident.
 *
 * @throws AssayError `not-found` or `bad-file`, naming file and line; `bad-argument` where no model is evident
 */
export async function checkFile(target: string, options: CheckOptions): Promise<CheckedHistory> {
  const file = existsSync(target) && statSync(target).isDirectory() ? join(target, HISTORY_FILE) : target;
  const recorded = basename(file).startsWith(HISTORY_FILE) && existsSync(join(dirname(file), RUN_RECORD_FILE));
  const ownRun = options.model === undefined && recorded;
  return ownRun ? checkRun(file, options) : checkAlone(file, options);
}

// Named here as well as in the store, whose schemas a bare history does without.
const HISTORY_FILE = 'history.ndjson';
const RUN_RECORD_FILE = 'run.json';

/** Events from which a model is told. */
const HEAD = 10_000;

async function checkAlone(file: string, options: CheckOptions): Promise<CheckedHistory> {
  const history = await openHistory(file, {
    ...(options.format && { format: options.format }),
    ...(options.dialect && { dialect: options.dialect }),
  });
  const batches = history.batches[Symbol.asyncIterator]();
  const head: RunEvent[][] = [];
  let known = 0;
  while (known < HEAD) {
    const next = await batches.next();
    if (next.done) break;
    head.push(next.value);
    known += next.value.length;
  }
  const notes: string[] = [];
  const evidence = evidentModel(head.flat());
  if (evidence.functions.length === 0) throw new AssayError('bad-file', `${file} holds no operation`, EXAMPLE);
  const model = options.model ?? evidence.model;
  if (model === undefined) throw noModel(file, evidence);
  const initial = options.initial ?? (model === evidence.model ? evidence.initial : undefined);
  if (options.initial === undefined && initial !== undefined) {
    notes.push(
      `keys seem to hold ${JSON.stringify(initial)} at first, for reads found that (--initial says otherwise)`,
    );
  }
  const checker = await checkerOf(model, initial, history.format, options.isolation);
  let operations = 0;
  const observe = (events: readonly RunEvent[]) => {
    for (const event of events) {
      if (event.kind === 'invoke') operations++;
      if (event.kind !== 'trace') checker.observe(event);
    }
  };
  for (const events of head.splice(0)) observe(events);
  for (let next = await batches.next(); !next.done; next = await batches.next()) observe(next.value);
  const concluded = await checker.conclude(options.budgetMs);
  notes.unshift(...history.notes());
  if (concluded.verdict === 'invalid' && initial === undefined && DEPENDS_ON_INITIAL.has(model)) {
    notes.push(`--initial was not given, so ${model} is taken to hold ${model === 'counter' ? 0 : 'nothing'} at first`);
  }
  const details = 'details' in checker ? checker.details() : undefined;
  return {
    file,
    verdict: concluded.verdict,
    format: history.format,
    model,
    checks: [concluded],
    operations,
    ...(details && { linearizability: details }),
    notes,
  };
}

const DEPENDS_ON_INITIAL: ReadonlySet<ModelName> = new Set<ModelName>(['cas-register', 'key-value', 'counter', 'bank']);

async function checkerOf(
  model: ModelName,
  initial: Value | undefined,
  format: HistoryFormat,
  isolation: IsolationLevel | undefined,
): Promise<Checker | LinearizabilityChecker> {
  if (model !== 'list-append' && model !== 'rw-register') {
    // Other tools call a history valid in which everything failed.
    return linearizability({
      model,
      needsEvidence: format === 'assay',
      judge: judgeOnAllCores,
      ...(initial !== undefined && { initial }),
    });
  }
  const { transactions } = await import('../checkers/transactions/index.js');
  return transactions({ model, ...(isolation && { isolation }) });
}

const judgeOnAllCores: Judge = async (model, operations, options) => {
  const { checkInParallel, checkHere, isBuiltIn } = await import('../parallel-checker/index.js');
  return isBuiltIn(model) ? checkInParallel(model, operations, options) : checkHere(model, operations, options);
};

function noModel(file: string, { because, functions }: ModelEvidence): AssayError {
  const names = [...MODELS.keys()];
  return new AssayError(
    'bad-argument',
    `${file} does not say what its operations (${functions.slice(0, 8).join(', ')}) are about: ${because}`,
    `Name the model with --model: ${names.slice(0, -1).join(', ')} or ${names.at(-1)}.`,
  );
}

const EXAMPLE = 'A history has lines such as {"kind":"invoke","timeUs":0,"process":0,"f":"read","key":"k1"}.';

/** What a run recorded, by the run's own checkers. */
async function checkRun(file: string, options: CheckOptions): Promise<CheckedHistory> {
  const { TRACE_FILE } = await import('../store/results.js');
  const notes: string[] = [];
  const checkers = await checkersOfRun(dirname(file), options);
  const traceFile = join(dirname(file), TRACE_FILE);
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
  const verdict = worstVerdict(checks.map((check) => check.verdict));
  return { file, verdict, format: 'assay', checks, operations, notes };
}

async function checkersOfRun(folder: string, options: CheckOptions): Promise<Checker[]> {
  const [{ availability }, { nodeIds }, { Random }, { RunFolder }, { find }, { parseOptions }, catalogue] =
    await Promise.all([
      import('../checkers/availability.js'),
      import('../kernel/ids.js'),
      import('../kernel/random.js'),
      import('../store/results.js'),
      import('./catalogue.js'),
      import('./plan.js'),
      typeof options.catalogue === 'function' ? options.catalogue() : options.catalogue,
    ]);
  const record = await new RunFolder(folder).readRecord();
  const workload = find('workload', record.options.workload, catalogue.workloads);
  const system = find('system', record.options.system, catalogue.systems);
  const run = workload.create({
    options: parseOptions(`workload ${workload.name}`, workload.options, record.options.workloadOptions),
    random: new Random(record.options.seed),
    concurrency: record.options.concurrency,
  });
  const systemOptions = parseOptions(`system ${system.name}`, system.options, record.options.systemOptions);
  return [
    ...run.checkers(),
    ...system.traceCheckers({
      nodes: nodeIds(record.options.nodes),
      options: systemOptions,
      inOrder: record.options.backend === 'sim',
    }),
    // A run that was cut short had no chance to recover: what it recorded is judged, not that it ended.
    ...(record.finished && !record.error ? [availability({ recoveryMs: record.options.recoveryMs })] : []),
  ];
}
