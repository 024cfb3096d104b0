import { availableParallelism } from 'node:os';
import { MemoryBudget } from '../linearizability-checker/budget.js';
import { Checking, resultOf } from '../linearizability-checker/check.js';
import type {
  CheckOptions,
  CheckResult,
  Model,
  Operation,
  PartitionResult,
  Violation,
} from '../linearizability-checker/index.js';
import { columnsOf } from './columns.js';
import { Crew, type Job } from './crew.js';
import { monotonicMs, type WorkerSettings } from './messages.js';
import { builtInSource, type ModelSource } from './model-source.js';
import { startWorker } from './start-worker.js';

export interface ParallelCheckOptions extends Omit<CheckOptions, 'now'> {
  /** How workers make the model. Default: found by the name of a model of this package. */
  readonly source?: ModelSource;
  /** How many threads work, this one included (but for a user's model). Default: as many as there are cores. */
  readonly workers?: number;
}

const MEBIBYTE = 2 ** 20;
/** What a worker's heap holds beside the searches: its code, and its part of the history. */
const CODE_MEBIBYTES = 128;
const OPERATION_BYTES = 512;
/** For what a search throws away at once: with Node's default it would be tidied up too often. */
const YOUNG_MEBIBYTES = 128;
/** What this thread does for a partition before it calls it hard; of how many, before it starts workers. */
const FIRST_CONFIGURATIONS = 5000;
const FEW = 2;
/** How long a worker may overrun the time limit before it is ended: a share of the limit, and at least so long. */
const GRACE_SHARE = 0.03;
const GRACE_MS = 20;

/**
 * `check` with worker threads: the same verdict, with partitions that are hard shared out among this thread and
 * workers. What a model of this package decides at once is decided here, and no worker is started for it; then this
 * thread works in slices of a few milliseconds, with a turn of the event loop between them. A user's model runs in
 * workers only (but for `partition`, `readOnly` and, for a violation, `step`).
 *
 * At the time limit workers are ended, whatever they are doing. Starting the first takes a tenth of a second or so,
 * which counts. Each thread has its share of `memoryBytes`; a worker whose heap exceeds it leaves its partition `unknown`.
 *
 * @throws TypeError for a model that workers cannot make
 * @throws Error what the model threw, naming the model and the key
 *
 * @example
 * const result = await checkInParallel(myModel(3), operations, {
 *   source: { module: new URL('./my-model.js', import.meta.url), factory: 'myModel', arguments: [3] },
 *   timeoutMs: 60_000,
 * });
 */
export async function checkInParallel<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: ParallelCheckOptions = {},
): Promise<CheckResult> {
  const { timeoutMs = Number.POSITIVE_INFINITY, memoryBytes = Number.POSITIVE_INFINITY, explain = 3 } = options;
  const beganMs = monotonicMs();
  const source = options.source ?? builtInSource(model);
  const memory = new MemoryBudget(memoryBytes);
  const mine = new Checking(model, operations, { timeoutMs, explain }, memory);
  const usersModel = source.module !== undefined;
  const begun = usersModel ? new Set() : firstRound(mine);
  const { open } = mine;
  if (open.length === 0 || mine.overdue) return mine.result();

  const jobs = open.map(
    ({ partition, key, operations: members }): Job => ({
      partition,
      key,
      size: members.length,
      columns: () => columnsOf(operations, members),
      ended: false,
      rounds: new Map(),
      begunHere: begun.has(partition),
    }),
  );
  const size = Math.max(1, Math.min(options.workers ?? availableParallelism(), jobs.length));
  const share = memoryBytes / size;
  // Of a thread that does nothing itself nothing is held.
  if (!usersModel && Number.isFinite(share)) memory.giveAway(memoryBytes - share);
  const settings: WorkerSettings = {
    source: { ...source, ...(source.module !== undefined && { module: String(source.module) }) },
    memoryBytes: share,
    explain: explain > 0,
  };
  const heapBytes = share + CODE_MEBIBYTES * MEBIBYTE + OPERATION_BYTES * operations.length;
  const resourceLimits = {
    maxYoungGenerationSizeMb: YOUNG_MEBIBYTES,
    ...(Number.isFinite(heapBytes) && { maxOldGenerationSizeMb: Math.ceil(heapBytes / MEBIBYTE) }),
  };
  await new Crew(jobs, {
    size,
    ...(!usersModel && { here: mine }),
    start: () => startWorker({ workerData: settings, resourceLimits }),
    endMs: beganMs + timeoutMs,
    graceMs: Math.max(GRACE_MS, GRACE_SHARE * timeoutMs),
    model: model.name,
  }).run();

  const partitions = [...mine.result().partitions];
  for (const [index, job] of jobs.entries()) {
    const before = partitions[job.partition] as PartitionResult;
    partitions[job.partition] = joined(model, operations, open[index]?.operations as Int32Array, before, job);
  }
  const settled = partitions.some(({ verdict }) => verdict === 'illegal') ? partitions.map(leftAlone) : partitions;
  return resultOf(settled, operations.length, monotonicMs() - beganMs);
}

/**
 * Asks the monitors about every partition and searches a little, until it has met a few that are hard: what is easy
 * needs no worker. Gives those that were begun.
 */
function firstRound<State, Input, Output>(checking: Checking<State, Input, Output>): Set<number> {
  checking.round(0);
  const begun = new Set<number>();
  let hard = 0;
  for (const { partition } of checking.hard) {
    begun.add(partition);
    checking.allow(partition, FIRST_CONFIGURATIONS);
    if (checking.turn(partition, Number.POSITIVE_INFINITY) === 'paused' && ++hard === FEW) break;
  }
  return begun;
}

/** What this thread and a worker found out about one partition. */
function joined<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  members: Int32Array,
  before: PartitionResult,
  { result = { ...before, states: 0 }, outOfMemory = false, ended }: Job,
): PartitionResult {
  if (before.verdict !== 'unknown') return { ...before, states: before.states + result.states };
  const source = (op: number) => members[op] as number;
  const { key } = before;
  const base = {
    key,
    operations: before.operations,
    algorithm: result.algorithm,
    states: before.states + result.states,
  };
  switch (result.verdict) {
    case 'legal':
      return { ...base, verdict: 'legal', ...(result.order && { order: result.order.map(source) }) };
    case 'illegal':
      return {
        ...base,
        verdict: 'illegal',
        ...(result.violation && { violation: violationIn(model, operations, source, result.violation) }),
      };
    case 'unknown': {
      const prefix = [before, result].map(({ undecided }) => undecided?.linearizablePrefix ?? 0);
      const reason = outOfMemory ? 'memory' : ended ? (result.undecided?.reason ?? 'time') : 'time';
      return { ...base, verdict: 'unknown', undecided: { reason, linearizablePrefix: Math.max(...prefix) } };
    }
  }
}

function violationIn<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  source: (op: number) => number,
  violation: Violation,
): Violation {
  const { failedAt, prefix, prefixOrder } = violation;
  const order = prefixOrder?.map(source);
  const returned = new Set(prefix?.map(source));
  let state = model.init;
  for (const op of order ?? []) {
    const { input, output } = operations[op] as Operation<Input, Output>;
    // Of those that were still running nobody knew the answer.
    state = model.step(state, input, returned.has(op) ? output : undefined) as State;
  }
  return {
    operations: violation.operations.map(source),
    minimal: violation.minimal,
    ...(violation.since !== undefined && { since: violation.since }),
    origins: violation.origins.map(source),
    ...(failedAt !== undefined && { failedAt: source(failedAt) }),
    ...(prefix && { prefix: prefix.map(source) }),
    ...(order && { prefixOrder: order, prefixState: state }),
  };
}

/** One violation settles the whole. */
function leftAlone(partition: PartitionResult): PartitionResult {
  if (partition.undecided === undefined) return partition;
  return { ...partition, undecided: { ...partition.undecided, reason: 'settled' } };
}
