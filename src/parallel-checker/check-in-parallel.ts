import { availableParallelism } from 'node:os';
import { Checking, FIRST_ROUND, resultOf } from '../linearizability-checker/check.js';
import type {
  CheckOptions,
  CheckResult,
  Model,
  Operation,
  PartitionResult,
  Violation,
} from '../linearizability-checker/index.js';
import { Crew, type Job } from './crew.js';
import { monotonicMs, type WorkerSettings } from './messages.js';
import { builtInSource, type ModelSource } from './model-source.js';
import { startWorker } from './start-worker.js';

export interface ParallelCheckOptions extends Omit<CheckOptions, 'now'> {
  /** How workers make the model. Default: found by the name of a model of this package. */
  readonly source?: ModelSource;
  /** Default: as many as there are cores. */
  readonly workers?: number;
}

const MEBIBYTE = 2 ** 20;
/** What a worker's heap holds beside the searches: its code, and its part of the history. */
const CODE_MEBIBYTES = 128;
const OPERATION_BYTES = 512;
/** How long a worker may overrun the time limit before it is ended: a share of the limit, and at least so long. */
const GRACE_SHARE = 0.03;
const GRACE_MS = 20;

/**
 * `check` with worker threads: the same verdict, with partitions that are hard shared out among the workers. What a
 * model of this package decides at once is decided here, and no worker is started for it; a user's model runs in
 * workers only (but for `partition`, `readOnly` and, for a violation, `step`).
 *
 * At the time limit workers are ended, whatever they are doing. Starting the first takes a tenth of a second or so,
 * which counts. Each has its share of `memoryBytes`; one whose heap exceeds it leaves its partition `unknown`.
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
  const first = new Checking(model, operations, { timeoutMs, memoryBytes, explain });
  if (source.module === undefined) first.round(FIRST_ROUND);
  const { open } = first;
  const known = first.result();
  if (open.length === 0 || first.overdue) return known;

  const jobs = open.map(
    ({ partition, operations: members }): Job => ({
      partition,
      key: (known.partitions[partition] as PartitionResult).key,
      operations: Array.from(members, (member) => operations[member] as Operation<Input, Output>),
      state: 'waiting',
      rounds: 0,
      owner: undefined,
    }),
  );
  const size = Math.max(1, Math.min(options.workers ?? availableParallelism(), jobs.length));
  const settings: WorkerSettings = {
    source: { ...source, ...(source.module !== undefined && { module: String(source.module) }) },
    memoryBytes: memoryBytes / size,
    explain: explain > 0,
  };
  const heapBytes = settings.memoryBytes + CODE_MEBIBYTES * MEBIBYTE + OPERATION_BYTES * operations.length;
  const resourceLimits = Number.isFinite(heapBytes) && {
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapBytes / MEBIBYTE) },
  };
  await new Crew(jobs, {
    size,
    start: () => startWorker({ workerData: settings, ...resourceLimits }),
    endMs: beganMs + timeoutMs,
    graceMs: Math.max(GRACE_MS, GRACE_SHARE * timeoutMs),
    model: model.name,
  }).run();

  const partitions = [...known.partitions];
  for (const [index, job] of jobs.entries()) {
    const before = partitions[job.partition] as PartitionResult;
    partitions[job.partition] = joined(model, operations, open[index]?.operations as Int32Array, before, job);
  }
  const settled = partitions.some(({ verdict }) => verdict === 'illegal') ? partitions.map(leftAlone) : partitions;
  return resultOf(settled, operations.length, monotonicMs() - beganMs);
}

/** What the main thread and the workers found out about one partition. */
function joined<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  members: Int32Array,
  before: PartitionResult,
  { result = { ...before, states: 0 }, outOfMemory = false, state }: Job,
): PartitionResult {
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
      const reason = outOfMemory ? 'memory' : state === 'ended' ? (result.undecided?.reason ?? 'time') : 'time';
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
