import { Deadline } from '../../linearizability-checker/deadline.js';
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
  /** Past it the search for cycles ends, and a verdict that is not `invalid` by then is `unknown`. Default: no limit. */
  readonly timeoutMs?: number;
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

export function judge(log: TransactionLog, options: JudgeOptions): TransactionsResult {
  const isolation = options.isolation ?? 'strict-serializable';
  const deadline = new Deadline(options.timeoutMs ?? Number.POSITIVE_INFINITY);
  const findings = new Findings();
  const touches = touchesOf(log);
  // Three of time and one of its process a transaction, and seldom more than two a micro-operation.
  const graph = new GraphBuilder(log.transactions, 1024 + 4 * log.transactions + 2 * log.operations);
  if (log.model === 'list-append') {
    const order = listOrder(log);
    findListAnomalies(log, touches, order, findings);
    findLostUpdates(log, touches, order.states, findings);
    addListDependencies(log, touches, order, graph);
  } else {
    findRegisterAnomalies(log, touches, findings);
    findLostUpdates(log, touches, registerStates(log), findings);
    tellCyclicVersions(log, addRegisterDependencies(log, touches, options, graph), findings);
  }
  addProcessOrder(log, graph);
  addRealTimeOrder(log, graph);
  const { cycles, entangled, complete } = deadline.passed()
    ? { cycles: [], entangled: 0, complete: false }
    : findCycles(graph.build(), deadline);
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
      edges: graph.edges,
      entangled,
    },
  };
}

function doubts(log: TransactionLog, complete: boolean): string | undefined {
  if (log.committed === 0) return 'no transaction committed';
  if (log.reads === 0) return 'no transaction that committed read anything';
  if (log.ambiguous > 0)
    return 'some values were written to their key more than once, so that reads of them say nothing';
  if (!complete) return 'time ran out before every kind of cycle had been looked for';
  return undefined;
}
