import { MemoryBudget } from './budget.js';
import { Deadline } from './deadline.js';
import { type Decision, PartitionDecider } from './decide.js';
import { type Explanation, explain } from './explain.js';
import type { Model, Operation } from './model.js';
import { type Problem, problemOf } from './problem.js';

export type Verdict = 'legal' | 'illegal' | 'unknown';

export interface CheckOptions {
  /** Past this the verdict is `unknown`, never a guess. Default: no limit. */
  readonly timeoutMs?: number;
  /** What the searches may hold in memory, beside the history itself. Past it the verdict is `unknown`. Default: no limit. */
  readonly memoryBytes?: number;
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
   * happen in it; others that are missing change nothing, and nobody knows what they saw.
   */
  readonly order?: readonly number[];
  readonly violation?: Violation;
  readonly undecided?: Undecided;
}

/** What is certain all the same. */
export interface Undecided {
  /** `settled`: another partition is illegal, so this one was left. */
  readonly reason: 'time' | 'memory' | 'settled';
  /** So many operations had returned at the end of the longest prefix that was shown to be linearizable. */
  readonly linearizablePrefix: number;
}

export interface Violation {
  /**
   * Operations that cannot all have happened as recorded, whatever became of the others, in the order of their calls.
   * An operation outside this list counts as "called, and nobody knows whether it took effect".
   */
  readonly operations: readonly number[];
  /** Whether none of them can be spared; false when time ran out before that was proved. */
  readonly minimal: boolean;
  /**
   * If given, they contradict one another whatever the object held at this time, and operations that had returned
   * before do not matter.
   */
  readonly since?: number;
  /** Where the values came from that they found, if not from one another: the last updates that can have made them. */
  readonly origins: readonly number[];
  /** The operation whose return made the history illegal: everything up to the return before it is linearizable. */
  readonly failedAt?: number;
  /** The longest linearizable prefix: the operations that had returned before that, in call order. */
  readonly prefix?: readonly number[];
  /** A linearization of that prefix: operations that had not returned may be in it. */
  readonly prefixOrder?: readonly number[];
  /** The model's state after it. */
  readonly prefixState?: unknown;
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
  const memory = new MemoryBudget(options.memoryBytes);
  const partitions = partitioned(model, operations).map(([key, members]) => ({
    key,
    decider: new PartitionDecider(model, problemOf(model, operations, members), memory),
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
    open = open.filter((partition) => partition.decision === undefined && partition.decider.hopeful);
  }

  let explanations = options.explain ?? 3;
  const results = partitions.map(({ key, decider, operations: count, decision }): PartitionResult => {
    const { sources } = decider.problem;
    const base = { key, operations: count, algorithm: decider.algorithm, states: decider.states };
    if (decision === undefined) {
      const reason = violated ? 'settled' : decider.exhausted;
      return { ...base, verdict: 'unknown', undecided: { reason, linearizablePrefix: returnedBefore(decider) } };
    }
    if (decision.verdict === 'legal') {
      return { ...base, verdict: 'legal', order: decision.order.map((op) => sources[op] as number) };
    }
    if (explanations-- <= 0) return { ...base, verdict: 'illegal' };
    const explanation = explain(model, decider.problem, decision, deadline.part(EXPLAIN_SHARE));
    return { ...base, verdict: 'illegal', violation: violationOf(operations, decider.problem, explanation) };
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

function returnedBefore<State, Input, Output>({ problem, reached }: PartitionDecider<State, Input, Output>): number {
  let count = 0;
  for (const rank of problem.returnRank) if (rank < reached) count++;
  return count;
}

function violationOf<Input, Output>(
  operations: readonly Operation<Input, Output>[],
  problem: Problem<Input, Output>,
  explanation: Explanation,
): Violation {
  const sourceOf = (op: number) => problem.sources[op] as number;
  const { failedAt, prefix, since } = explanation;
  return {
    operations: explanation.operations.map(sourceOf),
    minimal: explanation.minimal,
    ...(since !== undefined && { since: (operations[sourceOf(since)] as Operation<Input, Output>).call }),
    origins: explanation.origins.map(sourceOf),
    ...(failedAt !== undefined && { failedAt: sourceOf(failedAt), prefix: returnedInPrefix(problem, failedAt) }),
    ...(prefix && { prefixOrder: prefix.order.map(sourceOf), prefixState: prefix.state }),
  };
}

function returnedInPrefix<Input, Output>({ returnRank, sources }: Problem<Input, Output>, failedAt: number): number[] {
  const rank = returnRank[failedAt] as number;
  const prefix: number[] = [];
  for (let op = 0; op < sources.length; op++) if ((returnRank[op] as number) < rank) prefix.push(sources[op] as number);
  return prefix;
}
