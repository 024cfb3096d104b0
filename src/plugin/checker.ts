import type { RunEvent } from '../history/events.js';
import type { NodeId } from '../kernel/ids.js';
import type { Micros } from '../kernel/units.js';
import type { Reached } from './coverage.js';

export type Verdict = 'valid' | 'invalid' | 'unknown';

/** What one checker says of one run. */
export interface CheckResult {
  /** The checker's name: `linearizability`, `raft-safety`, `availability`, … */
  readonly checker: string;
  readonly verdict: Verdict;
  /** One sentence for the verdict paragraph. */
  readonly summary: string;
  /** What is wrong, worst first; empty unless invalid. */
  readonly anomalies: readonly Anomaly[];
  /** Effort and findings, for the report: operations checked, states visited, algorithm. */
  readonly facts: Readonly<Record<string, number | string>>;
  /** What the run came upon, and what it did not, in the order of reports. */
  readonly coverage?: readonly Reached[];
}

/** One thing that must not be, with the evidence that forces it. */
export interface Anomaly {
  /** Stable and short: `stale-read`, `ElectionSafety`, `not-recovered`. */
  readonly kind: string;
  /** "n3 answered a read of k2 with 41, but 42 had been acknowledged 1.05 s earlier". */
  readonly title: string;
  /** Step by step, one sentence an item. */
  readonly story: readonly string[];
  /** The operations that force it, as `(process, invocation time)`: enough to find them in the history. */
  readonly operations: readonly OperationRef[];
  readonly nodes?: readonly NodeId[];
  /** The clients that it speaks of, by the names in the trace: a story may leave out a long name's public key. */
  readonly clients?: readonly string[];
  readonly fromUs?: Micros;
  readonly toUs?: Micros;
}

export interface OperationRef {
  readonly process: number;
  readonly invokeUs: Micros;
}

/**
 * A checker reads the run's events one by one, in time order, and then decides. It must hold memory in proportion to
 * what it needs, not to the run: it is fed while the run goes on.
 */
export interface Checker {
  readonly name: string;
  /** `history` sees the harness's events, `trace` the nodes'. */
  readonly reads: 'history' | 'trace';
  observe(event: RunEvent): void;
  /** Called once, after the last event. `budgetMs` bounds the time; past it the verdict is `unknown`. */
  conclude(budgetMs: number): CheckResult | Promise<CheckResult>;
}

/** Violation beats everything; then doubt; valid only when every checker said so. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  let worst: Verdict = 'valid';
  for (const verdict of verdicts) {
    if (verdict === 'invalid') return 'invalid';
    if (verdict === 'unknown') worst = 'unknown';
  }
  return worst;
}
