import { Deadline } from './deadline.js';
import { type Decision, firstFailingReturn, PartitionDecider } from './decide.js';
import { reduce } from './explain.js';
import { type Model, NEVER, type Operation } from './model.js';
import { problemOf, truncate } from './problem.js';

export type Verdict = 'legal' | 'illegal' | 'unknown';

export interface CheckOptions {
  /** Past this the verdict is `unknown`, never a guess. Default: no limit. */
  readonly timeoutMs?: number;
  /** Milliseconds from any origin, monotonic. Default: `performance.now`. */
  readonly now?: () => number;
  /** How many illegal partitions to explain; explaining costs time. Default 3. */
  readonly explain?: number;
}

export interface CheckResult {
  /** Illegal if any partition is; else unknown if any is; else legal. */
  readonly verdict: Verdict;
  /** One for each key, in the order of first appearance. Once one is illegal, hard ones are left `unknown`. */
  readonly partitions: readonly PartitionResult[];
  readonly effort: Effort;
}

export interface Effort {
  readonly operations: number;
  /** Configurations visited by the general search; 0 where fast decisions sufficed. */
  readonly states: number;
  /** How many partitions each algorithm decided. */
  readonly algorithms: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}

/** All numbers in the lists are indices into the operations given to {@link check}. */
export interface PartitionResult {
  readonly key: string;
  readonly verdict: Verdict;
  readonly operations: number;
  readonly algorithm: string;
  readonly states: number;
  /**
   * Legal: a linearization, confirmed by replay. Operations that never returned and that are missing from it did not
   * happen in it.
   */
  readonly order?: readonly number[];
  readonly violation?: Violation;
}

export interface Violation {
  /**
   * Operations that cannot all have happened as recorded, whatever became of the others, in the order of their calls.
   * An operation outside this list counts as "called, and nobody knows whether it took effect".
   */
  readonly operations: readonly number[];
  /** Whether none of them can be spared; false when time ran out before that was proved. */
  readonly minimal: boolean;
  /** The operation whose return made the history illegal: everything up to the return before it is linearizable. */
  readonly failedAt?: number;
  /** The longest linearizable prefix: the operations that had returned before that, in call order. */
  readonly prefix?: readonly number[];
}

/** The share of the time that is left which one explanation may use up. */
const EXPLAIN_SHARE = 0.5;
const FIRST_ROUND = 20_000;

/**
 * Is there an order of these operations, one after another, that contradicts no one's clock and in which each answer
 * is what the model says? (Herlihy & Wing 1990.)
 *
 * Partitions take turns, with budgets that grow from round to round, so that a hard key does not keep an easy
 * violation in another from being found.
 *
 * @example
 * const result = check(casRegister(), [
 *   { input: { f: 'write', value: 1 }, call: 0, return: 10 },
 *   { input: { f: 'read' }, output: null, call: 20, return: 30 },
 * ]);
 * result.verdict; // 'illegal': the write had returned before the read was called
 */
export function check<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: CheckOptions = {},
): CheckResult {
  const deadline = new Deadline(options.timeoutMs ?? Number.POSITIVE_INFINITY, options.now);
  const partitions = partitioned(model, operations).map(([key, members]) => ({
    key,
    decider: new PartitionDecider(model, problemOf(model, operations, members)),
    operations: members.length,
    decision: undefined as Decision | undefined,
  }));

  let open = partitions;
  let violated = false;
  // After a violation the whole is settled: keys that are still hard then stay undecided.
  for (let budget = FIRST_ROUND; open.length > 0 && !violated && !deadline.passed(); budget *= 4) {
    for (const partition of open) {
      partition.decision = partition.decider.run(budget, deadline);
      if (partition.decision?.verdict === 'illegal') violated = true;
    }
    open = open.filter((partition) => partition.decision === undefined);
  }

  let explanations = options.explain ?? 3;
  const results = partitions.map(({ key, decider, operations: count, decision }): PartitionResult => {
    const { sources } = decider.problem;
    const base = { key, operations: count, algorithm: decider.algorithm, states: decider.states };
    if (decision === undefined) return { ...base, verdict: 'unknown' };
    if (decision.verdict === 'legal') {
      return { ...base, verdict: 'legal', order: decision.order.map((op) => sources[op] as number) };
    }
    if (explanations-- <= 0) return { ...base, verdict: 'illegal' };
    return { ...base, verdict: 'illegal', violation: explain(model, decider, decision, deadline.part(EXPLAIN_SHARE)) };
  });

  const algorithms: Record<string, number> = {};
  for (const { algorithm } of results) algorithms[algorithm] = (algorithms[algorithm] ?? 0) + 1;
  return {
    verdict: overall(results),
    partitions: results,
    effort: {
      operations: operations.length,
      states: results.reduce((sum, result) => sum + result.states, 0),
      algorithms,
      elapsedMs: deadline.elapsedMs(),
    },
  };
}

/** The keys in the order of their first appearance, each with its operations. */
function partitioned<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): [key: string, members: Int32Array][] {
  const numbers = new Map<string, number>();
  const sizes: number[] = [];
  const keyOf = new Int32Array(operations.length);
  for (let index = 0; index < operations.length; index++) {
    const key = model.partition?.((operations[index] as Operation<Input, Output>).input) ?? '';
    let number = numbers.get(key);
    if (number === undefined) {
      number = sizes.push(0) - 1;
      numbers.set(key, number);
    }
    keyOf[index] = number;
    (sizes[number] as number)++;
  }
  const members = sizes.map((size) => new Int32Array(size));
  const filled = new Int32Array(sizes.length);
  for (let index = 0; index < keyOf.length; index++) {
    const number = keyOf[index] as number;
    (members[number] as Int32Array)[(filled[number] as number)++] = index;
  }
  return [...numbers].map(([key, number]) => [key, members[number] as Int32Array]);
}

function overall(results: readonly PartitionResult[]): Verdict {
  if (results.some((result) => result.verdict === 'illegal')) return 'illegal';
  return results.some((result) => result.verdict === 'unknown') ? 'unknown' : 'legal';
}

function explain<State, Input, Output>(
  model: Model<State, Input, Output>,
  decider: PartitionDecider<State, Input, Output>,
  decision: Decision & { readonly verdict: 'illegal' },
  deadline: Deadline,
): Violation {
  const { problem } = decider;
  const failedRank = firstFailingReturn(model, problem, decision.failedAt, deadline.part(EXPLAIN_SHARE));
  if (failedRank === undefined) {
    const { operations, minimal } = reduce(model, problem, decision.core, deadline);
    return { operations: operations.map((op) => problem.sources[op] as number), minimal };
  }
  const prefix = truncate(problem, failedRank);
  const failing = new PartitionDecider(model, prefix).run(Number.POSITIVE_INFINITY, deadline);
  const core = failing?.verdict === 'illegal' ? failing.core : undefined;
  const { operations, minimal } = reduce(model, prefix, core, deadline);
  const survivors: number[] = [];
  for (let op = 0; op < prefix.size; op++) {
    const rank = prefix.returnRank[op] as number;
    if (rank !== NEVER && rank < failedRank) survivors.push(prefix.sources[op] as number);
  }
  const failedAt = prefix.sources[prefix.returnRank.indexOf(failedRank)];
  return {
    operations: operations.map((op) => prefix.sources[op] as number),
    minimal,
    prefix: survivors,
    ...(failedAt !== undefined && { failedAt }),
  };
}
