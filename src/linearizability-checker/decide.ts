import type { Deadline } from './deadline.js';
import { type Model, type MonitorResult, NEVER } from './model.js';
import { type Problem, truncate } from './problem.js';
import { Search } from './search.js';
import { CompiledModel } from './states.js';
import { isLinearization } from './witness.js';

export type Decision =
  | { readonly verdict: 'legal'; readonly order: readonly number[] }
  /** `failedAt`: the search got no further than to the return with this rank; the prefix before it is legal. */
  | { readonly verdict: 'illegal'; readonly core?: readonly number[]; readonly failedAt?: number };

/**
 * Decides one partition: the model's monitor first, the general search where that cannot tell. Stops and resumes, so
 * that no partition starves another.
 */
export class PartitionDecider<State, Input, Output> {
  algorithm = 'search';
  private search: Search<State, Input, Output> | undefined;
  private decision: Decision | undefined;

  constructor(
    private readonly model: Model<State, Input, Output>,
    readonly problem: Problem<Input, Output>,
  ) {}

  /** Configurations that the search has visited. */
  get states(): number {
    return this.search?.visited ?? 0;
  }

  /** Goes on until decided, until `configurations` more were visited, or until the deadline. */
  run(configurations: number, deadline: Deadline): Decision | undefined {
    if (this.decision) return this.decision;
    if (!this.search) {
      const monitored = this.monitored(deadline);
      if (monitored === 'out of time') return undefined;
      if (monitored) {
        this.algorithm = monitored.algorithm;
        this.decision = monitored.verdict === 'legal' ? this.confirmed(monitored.order) : monitored;
        return this.decision;
      }
      this.search = new Search(this.problem, new CompiledModel(this.model, this.problem));
    }
    const end = this.search.visited + configurations;
    while (this.search.visited < end && !deadline.passed()) {
      const outcome = this.search.run(Math.min(1000, end - this.search.visited));
      if (outcome) {
        this.decision = outcome.verdict === 'legal' ? this.confirmed(outcome.order) : outcome;
        return this.decision;
      }
    }
    return undefined;
  }

  private monitored(deadline: Deadline): MonitorResult | 'out of time' | undefined {
    const outOfTime = new Error('out of time');
    const pulse = () => {
      if (deadline.passed()) throw outOfTime;
    };
    try {
      return this.model.monitor?.({ ...this.problem, pulse });
    } catch (error) {
      if (error === outOfTime) return 'out of time';
      throw error;
    }
  }

  private confirmed(order: readonly number[]): Decision {
    if (!isLinearization(this.model, this.problem, order)) {
      throw new Error(`${this.algorithm}: the linearization found for ${this.model.name} does not replay`);
    }
    return { verdict: 'legal', order };
  }
}

/** Decides at once, or `undefined` at the deadline. */
export function decide<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  deadline: Deadline,
): Decision | undefined {
  return new PartitionDecider(model, problem).run(Number.POSITIVE_INFINITY, deadline);
}

/**
 * The rank of the return at which an illegal history became illegal: every shorter prefix is linearizable. By
 * bisection, for illegality never heals. `undefined` at the deadline.
 *
 * @param from the first rank that can be it. It need not be it: a search knows the answers of operations that were
 * still pending at that return, and the prefix does not.
 */
export function firstFailingReturn<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  from: number | undefined,
  deadline: Deadline,
): number | undefined {
  const returns = [...problem.returnRank]
    .filter((rank) => rank !== NEVER && rank >= (from ?? 0))
    .sort((left, right) => left - right);
  let low = 0;
  let high = returns.length - 1;
  while (low < high) {
    // Where the search stopped is nearly always the place.
    const middle = low === 0 && from !== undefined ? 0 : (low + high) >> 1;
    const decision = decide(model, truncate(problem, returns[middle] as number), deadline);
    if (decision === undefined) return undefined;
    if (decision.verdict === 'illegal') high = middle;
    else low = middle + 1;
  }
  return returns[low];
}
