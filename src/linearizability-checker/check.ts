import { MemoryBudget, OutOfBudget } from './budget.js';
import { Deadline, LOOK } from './deadline.js';
import { type Decision, FIRST_ROUND, PartitionDecider } from './decide.js';
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
  /**
   * One for each key, in the order of first appearance. Once one is illegal, hard ones are left `unknown`. Where the
   * time was over before all operations had been looked at, those that had been.
   */
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
   * An operation outside this list counts as "called, and nobody knows whether it took effect" (or, if it answered
   * that it changed nothing, as not there), as the history stood at the return of {@link failedAt}.
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

export { FIRST_ROUND };

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
  const checking = new Checking(model, operations, options);
  for (let budget = FIRST_ROUND; checking.open.length > 0 && !checking.overdue; budget *= 4) checking.round(budget);
  return checking.result();
}

interface Partition<State, Input, Output> {
  /** Where it stands in the result. */
  readonly index: number;
  readonly key: string;
  readonly members: Int32Array;
  /** Absent until there was time to rank the operations. */
  decider: PartitionDecider<State, Input, Output> | undefined;
  decision: Decision | undefined;
  /** Of a legal one, in the caller's numbers. */
  order: readonly number[] | undefined;
  /** Its part of what the searches hold. */
  readonly memory: MemoryBudget;
  /** What is told of deciders that were given up. */
  states: number;
  linearizablePrefix: number;
}

/** One that is not decided: where it stands in the result, and its operations. */
export interface OpenPartition {
  readonly partition: number;
  readonly key: string;
  readonly operations: Int32Array;
}

/** What became of a partition in its turn: going means that some of what is allowed is left, paused that none is. */
export type Turn = Verdict | 'going' | 'paused';

/** A {@link check} that stops after each round and goes on when told to. */
export class Checking<State, Input, Output> {
  private readonly deadline: Deadline;
  private readonly partitions: readonly Partition<State, Input, Output>[];
  private undecided: Partition<State, Input, Output>[];
  private violated = false;

  constructor(
    private readonly model: Model<State, Input, Output>,
    private readonly operations: readonly Operation<Input, Output>[],
    private readonly options: CheckOptions = {},
    memory = new MemoryBudget(options.memoryBytes),
  ) {
    this.deadline = new Deadline(options.timeoutMs ?? Number.POSITIVE_INFINITY, options.now);
    const { keys, complete } = partitioned(model, operations, this.deadline);
    this.partitions = keys.map(([key, members], index) => ({
      index,
      key,
      members,
      decider: undefined,
      decision: undefined,
      order: undefined,
      memory: new MemoryBudget(undefined, memory),
      states: 0,
      linearizablePrefix: 0,
    }));
    this.undecided = complete ? [...this.partitions] : [];
  }

  /** What further rounds may decide. After a violation the whole is settled, and nothing is open. */
  get open(): readonly OpenPartition[] {
    return this.violated ? [] : this.hard;
  }

  /** The same, but for whether there is a violation: keys that are still hard then stay undecided. */
  get hard(): readonly OpenPartition[] {
    return this.undecided
      .filter(isOpen)
      .map(({ index, key, members }) => ({ partition: index, key, operations: members }));
  }

  get overdue(): boolean {
    return this.deadline.passed();
  }

  /** Each algorithm may visit so many configurations more, for every open partition; if none, monitors are asked. */
  round(configurations: number): void {
    for (const partition of this.undecided) {
      this.advance(partition, (decider) => decider.run(configurations, this.deadline));
    }
    this.undecided = this.undecided.filter(isOpen);
  }

  /** Each algorithm may visit so many configurations more for a partition, in its next turns. */
  allow(index: number, configurations: number): void {
    this.partitions[index]?.decider?.allow(configurations);
  }

  /** Uses up what is allowed, but about so many configurations at most. */
  turn(index: number, configurations: number): Turn {
    const partition = this.partitions[index] as Partition<State, Input, Output>;
    this.advance(partition, (decider) => decider.goOn(configurations, this.deadline));
    if (partition.decision) return partition.decision.verdict;
    if (!isOpen(partition)) return 'unknown';
    return partition.decider?.paused === false ? 'going' : 'paused';
  }

  /** Gives up the searches of a partition and the memory that they took. */
  forget(index: number): void {
    const partition = this.partitions[index] as Partition<State, Input, Output>;
    const { decider } = partition;
    if (decider === undefined) return;
    partition.states += decider.states;
    partition.linearizablePrefix = Math.max(partition.linearizablePrefix, returnedBefore(decider));
    partition.decider = undefined;
    partition.memory.releaseAll();
  }

  private advance(
    partition: Partition<State, Input, Output>,
    run: (decider: PartitionDecider<State, Input, Output>) => Decision | undefined,
  ): void {
    // There may be very many, each too small to look at the clock by itself.
    if (this.deadline.passed()) return;
    partition.decider ??= this.deciderOf(partition);
    const { decider } = partition;
    if (decider === undefined) return;
    partition.decision = run(decider);
    if (partition.decision?.verdict === 'illegal') this.violated = true;
    if (partition.decision?.verdict === 'legal') {
      partition.order = inSources(partition.decision.order, decider.problem.sources);
    }
  }

  /** `undefined` when the time was over first. */
  private deciderOf({
    members,
    memory,
  }: Partition<State, Input, Output>): PartitionDecider<State, Input, Output> | undefined {
    try {
      const problem = problemOf(this.model, this.operations, members, this.deadline.pulse);
      return new PartitionDecider(this.model, problem, memory);
    } catch (error) {
      if (error instanceof OutOfBudget) return undefined;
      throw error;
    }
  }

  /** What is known by now. */
  result(explanations = this.options.explain ?? 3): CheckResult {
    let left = explanations;
    const results = this.partitions.map((partition): PartitionResult => {
      const { key, members, decider, decision, states } = partition;
      const base = {
        key,
        operations: members.length,
        algorithm: decider?.algorithm ?? 'none',
        states: states + (decider?.states ?? 0),
      };
      if (decision === undefined || decider === undefined) {
        const reason = this.violated ? 'settled' : (decider?.exhausted ?? 'time');
        const linearizablePrefix = Math.max(partition.linearizablePrefix, decider ? returnedBefore(decider) : 0);
        return { ...base, verdict: 'unknown', undecided: { reason, linearizablePrefix } };
      }
      if (decision.verdict === 'legal') {
        return { ...base, verdict: 'legal', order: partition.order ?? [] };
      }
      if (left-- <= 0) return { ...base, verdict: 'illegal' };
      const explanation = explain(this.model, decider.problem, decision, this.deadline.part(EXPLAIN_SHARE));
      return { ...base, verdict: 'illegal', violation: violationOf(this.operations, decider.problem, explanation) };
    });
    return resultOf(results, this.operations.length, this.deadline.elapsedMs());
  }
}

export function resultOf(partitions: readonly PartitionResult[], operations: number, elapsedMs: number): CheckResult {
  const algorithms: Record<string, number> = {};
  for (const { algorithm } of partitions) algorithms[algorithm] = (algorithms[algorithm] ?? 0) + 1;
  const states = partitions.reduce((sum, partition) => sum + partition.states, 0);
  return { verdict: overall(partitions), partitions, effort: { operations, states, algorithms, elapsedMs } };
}

function isOpen<State, Input, Output>({ decision, decider }: Partition<State, Input, Output>): boolean {
  return decision === undefined && decider?.hopeful !== false;
}

/** A key may take long to make out. */
const SMALL = LOOK >> 1;

interface Partitioned {
  /** In the order of their first appearance, each with its operations. */
  readonly keys: readonly (readonly [key: string, members: Int32Array])[];
  /** False when the time was over first: then these are the keys and operations that were seen by then. */
  readonly complete: boolean;
}

function partitioned<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  deadline: Deadline,
): Partitioned {
  const numbers = new Map<string, number>();
  const sizes: number[] = [];
  /** The last key and its number: runs of one key are frequent, above all where there is only one. */
  let last = '';
  let lastNumber = -1;
  const keyOf = new Int32Array(operations.length);
  let seen = 0;
  for (; seen < operations.length; seen++) {
    if ((seen & SMALL) === SMALL && deadline.passed()) break;
    const key = model.partition?.((operations[seen] as Operation<Input, Output>).input) ?? '';
    let number: number | undefined = key === last ? lastNumber : numbers.get(key);
    if (number === undefined || number < 0) {
      number = sizes.push(0) - 1;
      numbers.set(key, number);
    }
    last = key;
    lastNumber = number;
    keyOf[seen] = number;
    (sizes[number] as number)++;
  }
  if (model.partition === undefined && numbers.size === 0) numbers.set('', sizes.push(0) - 1);
  const members = sizes.map((size) => new Int32Array(size));
  const filled = new Int32Array(sizes.length);
  let complete = seen === operations.length;
  for (let index = 0; complete && index < seen; index++) {
    if ((index & LOOK) === LOOK && deadline.passed()) complete = false;
    const number = keyOf[index] as number;
    (members[number] as Int32Array)[(filled[number] as number)++] = index;
  }
  return { keys: [...numbers].map(([key, number]) => [key, members[number] as Int32Array]), complete };
}

function overall(results: readonly PartitionResult[]): Verdict {
  if (results.some((result) => result.verdict === 'illegal')) return 'illegal';
  return results.some((result) => result.verdict === 'unknown') ? 'unknown' : 'legal';
}

/** In the caller's numbers; mostly the same ones, where there is one key. */
function inSources(order: readonly number[], sources: Int32Array): readonly number[] {
  if (sources.length > 0 && sources[sources.length - 1] === sources.length - 1) return order;
  return order.map((op) => sources[op] as number);
}

function returnedBefore<State, Input, Output>({ problem, reached }: PartitionDecider<State, Input, Output>): number {
  if (reached < 0) return 0;
  let count = 0;
  for (let op = 0; op < problem.size; op++) if ((problem.returnRank[op] as number) < reached) count++;
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
