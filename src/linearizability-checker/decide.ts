import type { Deadline } from './deadline.js';
import { type Model, type MonitorResult, NEVER } from './model.js';
import { type Problem, truncate } from './problem.js';
import { RegisterSweep } from './register/sweep.js';
import { uniqueWritesMonitor } from './register/unique.js';
import { registerHistory } from './register/view.js';
import { Search, type SearchOutcome } from './search.js';
import { CompiledModel } from './states.js';
import { isLinearization } from './witness.js';

export type Decision =
  | { readonly verdict: 'legal'; readonly order: readonly number[] }
  /** `failedAt`: the search got no further than to the return with this rank; the prefix before it is legal. */
  | { readonly verdict: 'illegal'; readonly core?: readonly number[]; readonly failedAt?: number };

/** An algorithm that goes on where it stopped. */
interface Engine {
  readonly name: string;
  /** Configurations visited so far. */
  readonly visited: number;
  run(configurations: number): SearchOutcome | undefined;
}

/** Between two looks at the clock. */
const SLICE = 1000;

/**
 * Decides one partition: the model's monitor first, the register algorithms where it is one, the general search where
 * these cannot tell. Stops and resumes, so that no partition starves another.
 */
export class PartitionDecider<State, Input, Output> {
  /** What decided, or is trying to. */
  algorithm = 'none';
  private engines: readonly Engine[] | undefined;
  private decision: Decision | undefined;

  constructor(
    private readonly model: Model<State, Input, Output>,
    readonly problem: Problem<Input, Output>,
  ) {}

  /** Configurations that the searches have visited. */
  get states(): number {
    return this.engines?.reduce((sum, engine) => sum + engine.visited, 0) ?? 0;
  }

  /**
   * Goes on until decided, until each algorithm visited `configurations` more, or until the deadline; then
   * `undefined`.
   */
  run(configurations: number, deadline: Deadline): Decision | undefined {
    if (this.decision) return this.decision;
    try {
      this.engines ??= this.start(deadline);
    } catch (error) {
      if (error instanceof OutOfTime) return undefined;
      throw error;
    }
    for (const engine of this.engines) {
      if (this.decision) break;
      this.algorithm = engine.name;
      const end = engine.visited + configurations;
      while (engine.visited < end && !deadline.passed()) {
        const outcome = engine.run(Math.min(SLICE, end - engine.visited));
        if (outcome === undefined) continue;
        this.decision = outcome.verdict === 'legal' ? this.confirmed(outcome.order) : outcome;
        break;
      }
    }
    return this.decision;
  }

  /** Asks the monitors; where they cannot tell, the algorithms to take turns. */
  private start(deadline: Deadline): readonly Engine[] {
    const { model, problem } = this;
    const pulse = () => {
      if (deadline.passed()) throw new OutOfTime();
    };
    if (this.decided(model.monitor?.({ ...problem, pulse }))) return [];
    const register = model.register && registerHistory(problem, model.register);
    if (register && this.decided(uniqueWritesMonitor(register, pulse))) return [];
    const search = Object.assign(new Search(problem, new CompiledModel(model, problem)), { name: 'search' });
    // The search finds a linearization sooner, the sweep the lack of one.
    return register ? [search, Object.assign(new RegisterSweep(register), { name: 'register sweep' })] : [search];
  }

  private decided(result: MonitorResult | undefined): boolean {
    if (result === undefined) return false;
    this.algorithm = result.algorithm;
    this.decision = result.verdict === 'legal' ? this.confirmed(result.order) : result;
    return true;
  }

  private confirmed(order: readonly number[]): Decision {
    if (!isLinearization(this.model, this.problem, order)) {
      throw new Error(`${this.algorithm}: the linearization found for ${this.model.name} does not replay`);
    }
    return { verdict: 'legal', order };
  }
}

class OutOfTime extends Error {}

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
