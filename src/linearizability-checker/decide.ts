import { MemoryBudget, OutOfBudget } from './budget.js';
import type { Deadline, Pulse } from './deadline.js';
import { type Model, type MonitorResult, NEVER } from './model.js';
import type { Problem } from './problem.js';
import { findStaleRead } from './register/stale-read.js';
import { RegisterSweep } from './register/sweep.js';
import { uniqueWritesMonitor } from './register/unique.js';
import { type RegisterHistory, registerHistory } from './register/view.js';
import { Search, type SearchOutcome } from './search.js';
import { CompiledModel } from './states.js';
import { isLinearization } from './witness.js';

export type Decision =
  | { readonly verdict: 'legal'; readonly order: readonly number[] }
  | {
      readonly verdict: 'illegal';
      readonly core?: readonly number[];
      /** The rank of the return at which it became illegal, where that is known. */
      readonly failedAt?: number;
      /** Everything that returned before the return with this rank is linearizable. */
      readonly reached?: number;
      /** The rank of a return by which it is very likely illegal already. */
      readonly suspect?: number;
    };

/** An algorithm that goes on where it stopped. */
interface Engine {
  readonly name: string;
  /** How many times as much as others it may do in a round. */
  readonly share: number;
  /** Configurations visited so far. */
  readonly visited: number;
  /** Everything that returned before the return with this rank is linearizable. */
  readonly reached: number | undefined;
  run(configurations: number): SearchOutcome | undefined;
}

/** Where nothing crashed, a sweep goes straight to its end; a search may be lost. */
const SWEEP_SHARE = 4;
/** Between two looks at the clock. */
const SLICE = 250;

/**
 * Decides one partition: the model's monitor first, the register algorithms where it is one, the general search where
 * these cannot tell. Stops and resumes, so that no partition starves another.
 */
export class PartitionDecider<State, Input, Output> {
  /** What decided, or is trying to. */
  algorithm = 'none';
  /** Absent until the monitors could not tell, and something is to be searched. */
  private engines: readonly Engine[] | undefined;
  /** Of a register that the monitors could not decide; absent until they were asked. */
  private open: { readonly register: RegisterHistory | undefined } | undefined;
  private readonly ended = new Set<Engine>();
  private decision: Decision | undefined;
  /** Of engines that are gone. */
  private visited = 0;
  private furthest = -1;
  /** To each algorithm in all, but for its share. */
  private allowed = 0;

  /** What is used up when {@link run} gives no answer; a search that is out of memory has ended for good. */
  exhausted: 'time' | 'memory' = 'time';

  constructor(
    private readonly model: Model<State, Input, Output>,
    readonly problem: Problem<Input, Output>,
    private readonly memory = new MemoryBudget(),
  ) {}

  /** Configurations that the searches have visited. */
  get states(): number {
    return (this.engines ?? []).reduce((sum, engine) => sum + engine.visited, this.visited);
  }

  /** Everything that returned before the return with this rank is known to be linearizable. */
  get reached(): number {
    return Math.max(this.furthest, ...(this.engines ?? []).map((engine) => engine.reached ?? -1));
  }

  /** Whether going on makes sense: something is left that may decide. */
  get hopeful(): boolean {
    return this.engines === undefined || this.engines.some((engine) => !this.ended.has(engine));
  }

  /**
   * Goes on until decided, until each algorithm visited `configurations` more, or until a budget is used up; then
   * `undefined`. With none to visit only the monitors are asked.
   */
  run(configurations: number, deadline: Deadline): Decision | undefined {
    this.allow(configurations);
    return this.goOn(Number.POSITIVE_INFINITY, deadline);
  }

  /** Each algorithm may visit so many configurations more. */
  allow(configurations: number): void {
    this.allowed += configurations;
  }

  /** Uses up what is allowed, but about so many configurations at most. */
  goOn(configurations: number, deadline: Deadline): Decision | undefined {
    if (this.decision) return this.decision;
    if (this.open === undefined && !this.guarded(() => this.askMonitors(deadline))) return undefined;
    if (this.decision || this.allowed === 0) return this.decision;
    if (this.engines === undefined && !this.guarded(() => this.prepare(deadline))) {
      this.memory.releaseAll();
      // What others hold may be free one day.
      if (this.exhausted === 'memory' && this.memory.unused) this.dismissEngines();
      return undefined;
    }
    const end = this.states + configurations;
    for (const engine of this.engines ?? []) {
      if (this.decision) break;
      const most = end - this.states;
      if (!this.ended.has(engine) && !this.guarded(() => this.advance(engine, most, deadline))) this.ended.add(engine);
    }
    if (this.decision || !this.hopeful) this.dismissEngines();
    // The first round is for luck; whoever goes straight to the end comes first from then on.
    else if (this.paused) this.engines = this.engines?.toSorted((left, right) => right.share - left.share);
    return this.decision;
  }

  /** Whether what is allowed is used up. */
  get paused(): boolean {
    return (this.engines ?? []).every((engine) => this.ended.has(engine) || engine.visited >= this.endOf(engine));
  }

  private endOf(engine: Engine): number {
    return engine.share * this.allowed;
  }

  /** What they hold is not needed any more. */
  private dismissEngines(): void {
    this.visited = this.states;
    this.furthest = this.reached;
    this.engines = [];
    this.memory.releaseAll();
  }

  private advance(engine: Engine, configurations: number, deadline: Deadline): void {
    const end = Math.min(this.endOf(engine), engine.visited + configurations);
    if (engine.visited < end) this.algorithm = engine.name;
    while (engine.visited < end && !deadline.passed()) {
      const outcome = engine.run(Math.min(SLICE, end - engine.visited));
      if (outcome === undefined) continue;
      this.decision = outcome.verdict === 'legal' ? this.confirmed(outcome.order, deadline.pulse) : outcome;
      return;
    }
  }

  /** False when a budget was used up on the way. */
  private guarded(attempt: () => void): boolean {
    try {
      attempt();
      return true;
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
      this.exhausted = error.what;
      return false;
    }
  }

  private askMonitors({ pulse }: Deadline): void {
    const { model, problem } = this;
    if (this.decided(model.monitor?.({ ...problem, pulse }), pulse)) return;
    const register = registerHistory(problem, model, pulse);
    if (register) {
      if (this.decided(uniqueWritesMonitor(register, pulse), pulse)) return;
      const stale = findStaleRead(register, pulse);
      if (stale) {
        this.algorithm = 'stale-read monitor';
        // Where the value was written, all its writers are needed to show that it was gone: no core for people.
        const suspect = problem.returnRank[stale.op] as number;
        this.decision = { verdict: 'illegal', suspect, ...(stale.witness === undefined && { core: [stale.op] }) };
        return;
      }
    }
    this.open = { register };
  }

  /** Names the algorithms that are to take turns. */
  private prepare({ pulse }: Deadline): void {
    const { model, problem, memory } = this;
    const register = this.open?.register;
    const engines: Engine[] = [
      Object.assign(new Search(problem, new CompiledModel(model, problem, memory, pulse), memory, pulse), {
        name: 'search',
        share: 1,
      }),
    ];
    // The search finds a linearization sooner, if it is lucky; the sweep takes about as long for every history.
    if (register)
      engines.push(
        Object.assign(new RegisterSweep(register, { memory }), {
          name: 'register sweep',
          share: hasCrashes(problem) ? 1 : SWEEP_SHARE,
        }),
      );
    this.engines = engines;
  }

  private decided(result: MonitorResult | undefined, pulse: Pulse): boolean {
    if (result === undefined) return false;
    this.algorithm = result.algorithm;
    this.decision = result.verdict === 'legal' ? this.confirmed(result.order, pulse) : result;
    return true;
  }

  private confirmed(order: readonly number[], pulse: Pulse): Decision {
    if (!isLinearization(this.model, this.problem, order, pulse)) {
      throw new Error(`${this.algorithm}: the linearization found for ${this.model.name} does not replay`);
    }
    return { verdict: 'legal', order };
  }
}

function hasCrashes({ returnRank }: Problem<unknown, unknown>): boolean {
  return returnRank.includes(NEVER);
}

/** The first round; each has four times as many configurations. */
export const FIRST_ROUND = 20_000;

/** Decides at once, or `undefined` at the deadline. */
export function decide<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  deadline: Deadline,
): Decision | undefined {
  const decider = new PartitionDecider(model, problem);
  for (let budget = FIRST_ROUND; decider.hopeful && !deadline.passed(); budget *= 4) {
    const decision = decider.run(budget, deadline);
    if (decision) return decision;
  }
  return undefined;
}
