import { inBudget } from '../../linearizability-checker/budget.js';
import { Deadline, type Pulse } from '../../linearizability-checker/deadline.js';
import { tellCycle } from './cycle-story.js';
import { findCycles } from './cycles.js';
import { Findings, type TransactionAnomaly } from './finding.js';
import { GraphBuilder } from './graph.js';
import { ISOLATION_LEVELS, type IsolationLevel } from './levels.js';
import { findListAnomalies } from './list-anomalies.js';
import { addListDependencies } from './list-dependencies.js';
import { listOrder } from './list-order.js';
import type { TransactionLog } from './log.js';
import { findLostUpdates } from './lost-updates.js';
import { addProcessOrder, addRealTimeOrder } from './orders.js';
import { findRegisterAnomalies, tellCyclicVersions } from './register-anomalies.js';
import { addRegisterDependencies } from './register-dependencies.js';
import { type RegisterAssumptions, registerStates } from './register-order.js';
import { touchesOf } from './touches.js';

export interface JudgeOptions extends RegisterAssumptions {
  /** What was promised; default strict-serializable. */
  readonly isolation?: IsolationLevel;
  /** Past it, a verdict that is not `invalid` by then is `unknown`. Default: no limit. */
  readonly timeoutMs?: number;
  /** Milliseconds from any origin, monotonic. Default: `performance.now`. */
  readonly now?: () => number;
}

export interface TransactionsResult {
  /** `unknown` when nothing contradicts the level, but no read can, values were not unique, or time ran out. */
  readonly verdict: 'valid' | 'invalid' | 'unknown';
  /** Why the verdict is `unknown`. */
  readonly because?: string;
  readonly isolation: IsolationLevel;
  /** All that was found, worst first, also what the promised level allows; a few of each kind. */
  readonly anomalies: readonly TransactionAnomaly[];
  /** How many were found of each kind; of cycles, how many are told. */
  readonly found: Readonly<Record<string, number>>;
  /** The levels that the anomalies exclude, weakest first. */
  readonly excluded: readonly IsolationLevel[];
  /** The others: this evidence does not exclude them, which is no proof that they hold. */
  readonly notExcluded: readonly IsolationLevel[];
  readonly effort: {
    readonly transactions: number;
    readonly microOperations: number;
    readonly reads: number;
    readonly keys: number;
    readonly edges: number;
    /** Transactions that are on some cycle, or between two. */
    readonly entangled: number;
  };
}

export function judge(log: TransactionLog, options: JudgeOptions, deadline = deadlineOf(options)): TransactionsResult {
  const isolation = options.isolation ?? 'strict-serializable';
  const findings = new Findings();
  const { cycles, entangled, complete, edges } = inBudget(() => {
    const graph = dependencies(log, options, findings, deadline.pulse);
    return { ...findCycles(graph.build(deadline.pulse), deadline), edges: graph.edges };
  }) ?? { cycles: [], entangled: 0, complete: false, edges: 0 };
  for (const cycle of cycles) findings.add(cycle.kind, () => tellCycle(log, cycle));
  const { anomalies } = findings;
  const denied = new Set(anomalies.flatMap(({ excludes }) => excludes));
  const doubt = doubts(log, complete);
  return {
    verdict: denied.has(isolation) ? 'invalid' : doubt === undefined ? 'valid' : 'unknown',
    ...(doubt !== undefined && !denied.has(isolation) && { because: doubt }),
    isolation,
    anomalies,
    found: findings.found,
    excluded: ISOLATION_LEVELS.filter((level) => denied.has(level)),
    notExcluded: ISOLATION_LEVELS.filter((level) => !denied.has(level)),
    effort: {
      transactions: log.transactions,
      microOperations: log.operations,
      reads: log.reads,
      keys: log.keys.length,
      edges,
      entangled,
    },
  };
}

/** Tells what single reads show by themselves, and says who comes before whom. @throws OutOfBudget */
function dependencies(log: TransactionLog, options: JudgeOptions, findings: Findings, pulse: Pulse): GraphBuilder {
  const touches = touchesOf(log, pulse);
  // Three of time and one of its process a transaction, and seldom more than two a micro-operation.
  const newGraph = () => new GraphBuilder(log.transactions, 1024 + 4 * log.transactions + 2 * log.operations);
  let graph: GraphBuilder;
  if (log.model === 'list-append') {
    const order = listOrder(log, pulse);
    findListAnomalies(log, touches, order, findings, pulse);
    findLostUpdates(log, touches, order.states, findings, pulse);
    graph = newGraph();
    addListDependencies(log, touches, order, graph, pulse);
  } else {
    findRegisterAnomalies(log, touches, findings, pulse);
    findLostUpdates(log, touches, registerStates(log), findings, pulse);
    graph = newGraph();
    tellCyclicVersions(log, addRegisterDependencies(log, touches, options, graph, pulse), findings);
  }
  addProcessOrder(log, graph, pulse);
  addRealTimeOrder(log, graph, pulse);
  return graph;
}

export function deadlineOf({ timeoutMs = Number.POSITIVE_INFINITY, now }: JudgeOptions): Deadline {
  return new Deadline(timeoutMs, now);
}

function doubts(log: TransactionLog, complete: boolean): string | undefined {
  if (!complete) return 'time ran out before every kind of cycle had been looked for';
  if (log.committed === 0) return 'no transaction committed';
  if (log.reads === 0) return 'no transaction that committed read anything';
  if (log.ambiguous > 0)
    return 'some values were written to their key more than once, so that reads of them say nothing';
  return undefined;
}
