import {
  type CheckResult,
  type Effort,
  LinearizabilityStream,
  type Model,
  type Operation,
  type StreamHandle,
  type Undecided,
  type Verdict,
  type Violation,
} from '../linearizability-checker/index.js';
import { TimeOrder } from './time-order.js';

/** What was found out of a history, whichever way it was judged; `Recorded` is what is known of an operation. */
export interface Judgement<Recorded> {
  readonly verdict: Verdict;
  readonly effort: Effort;
  readonly partitions: readonly JudgedPartition<Recorded>[];
}

export interface JudgedPartition<Recorded> {
  readonly key: string;
  readonly verdict: Verdict;
  readonly operations: number;
  readonly algorithm: string;
  readonly undecided?: Undecided | { readonly reason: string };
  /** A linearization, where there is one. Operations that never returned and are missing did not happen in it. */
  readonly order?: readonly Recorded[];
  readonly violation?: JudgedViolation<Recorded>;
}

export interface JudgedViolation<Recorded> {
  readonly minimal: boolean;
  readonly forced: readonly Recorded[];
  readonly origins: readonly Recorded[];
  readonly since?: number;
  readonly failedAt?: Recorded;
  /** How many operations had returned before that, and a state in which they can have left the object. */
  readonly prefix?: { readonly operations: number; readonly state: unknown };
  /** All operations of the key that are still known. */
  readonly all: readonly Recorded[];
}

/** What `check` found out, in the operations' own terms. */
export function judgementOf<State, Input, Output, Recorded extends Operation<Input, Output>>(
  model: Model<State, Input, Output>,
  recorded: readonly Recorded[],
  { verdict, effort, partitions }: CheckResult,
): Judgement<Recorded> {
  const ofKey = (key: string) => recorded.filter(({ input }) => (model.partition?.(input) ?? '') === key);
  return {
    verdict,
    effort,
    partitions: partitions.map(({ key, violation, undecided, order, ...partition }) => ({
      key,
      verdict: partition.verdict,
      operations: partition.operations,
      algorithm: partition.algorithm,
      ...(undecided && { undecided }),
      ...(order && { order: order.map((index) => recorded[index] as Recorded) }),
      ...(violation && { violation: toldOf(violation, recorded, ofKey(key)) }),
    })),
  };
}

function toldOf<Recorded>(
  violation: Violation,
  recorded: readonly Recorded[],
  all: readonly Recorded[],
): JudgedViolation<Recorded> {
  const named = (indices: readonly number[]) => indices.flatMap((index) => recorded[index] ?? []);
  const { failedAt, prefix, since } = violation;
  const failed = failedAt === undefined ? undefined : recorded[failedAt];
  return {
    minimal: violation.minimal,
    forced: named(violation.operations),
    origins: named(violation.origins),
    ...(since !== undefined && { since }),
    ...(failed !== undefined && { failedAt: failed }),
    ...(violation.prefixOrder && { prefix: { operations: prefix?.length ?? 0, state: violation.prefixState } }),
    all,
  };
}

/** After so many operations the stream is fed. */
const BATCH = 256;

/** Judges operations as they end, and forgets what was judged. */
export class ContinuousJudging<State, Input, Output, Recorded extends Operation<Input, Output>> {
  private readonly stream: LinearizabilityStream<State, Input, Output, Recorded>;
  private readonly order: Pick<TimeOrder<StreamHandle<Input, Output, Recorded>>, 'add' | 'upTo'>;
  private waiting = 0;
  private readonly options: { timeoutMs?: number } = {};

  constructor(model: Model<State, Input, Output>) {
    this.stream = new LinearizabilityStream(model, this.options);
    this.order = new TimeOrder<StreamHandle<Input, Output, Recorded>>(
      (operation) => this.stream.begin(operation),
      (operation) => this.stream.end(operation),
    );
  }

  /** @param earliest when the earliest operation that is still running was called */
  add(operation: Recorded, earliest: number): void {
    this.order.add(this.stream.known(operation, operation));
    if (++this.waiting < BATCH || earliest === Number.NEGATIVE_INFINITY) return;
    this.waiting = 0;
    this.order.upTo(earliest);
  }

  conclude(timeoutMs: number): Judgement<Recorded> {
    this.options.timeoutMs = timeoutMs;
    this.order.upTo(Number.POSITIVE_INFINITY);
    const { verdict, partitions, operations, states, elapsedMs } = this.stream.conclude();
    const algorithms: Record<string, number> = {};
    for (const { algorithm } of partitions) algorithms[algorithm] = (algorithms[algorithm] ?? 0) + 1;
    return {
      verdict,
      effort: { operations, states, algorithms, elapsedMs },
      partitions: partitions.map(({ recorded = [], violation, reason, ...partition }) => {
        const known = recorded.map(({ tag }) => tag);
        return {
          key: partition.key,
          verdict: partition.verdict,
          operations: partition.operations,
          algorithm: partition.algorithm,
          ...(reason !== undefined && { undecided: { reason } }),
          ...(violation && { violation: toldOf(violation, known, known) }),
        };
      }),
    };
  }
}
