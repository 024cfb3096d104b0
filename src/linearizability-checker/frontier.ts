import type { Model, Operation } from './model.js';
import type { OnlineDecider } from './stream.js';

/** What can be true at one moment of a history. */
interface Configuration<State> {
  readonly state: State;
  readonly hash: string | number;
  /** The running operations that took effect: a bit for each slot. */
  readonly done: number;
  /** How often each kind of crashed operation was used. */
  readonly used: readonly number[];
}

/** Operations that never returned, alike in what they ask for. */
interface CrashedKind<Input> {
  readonly input: Input;
  called: number;
}

const SLOTS = 31;

/**
 * Lowe's just-in-time linearization ("Testing for linearizability", 2017), event by event: the set of configurations
 * that the history so far allows, each a state with the running operations that have taken effect in it. An operation
 * takes effect only when a return needs it to; one that only observes, as soon as it can. Of two configurations in the
 * same state, the one that satisfied more observers and used less of what crashed dominates.
 *
 * What it holds grows with concurrency, not with length. The answers of operations must be known when they are called.
 */
export class Frontier<State, Input, Output> implements OnlineDecider<State, Input, Output> {
  readonly name = 'frontier';
  /** Configurations made so far. */
  visited = 0;
  private configurations: Configuration<State>[];
  private readonly running: (Operation<Input, Output> | undefined)[] = [];
  /** The slots of those that only observe. */
  private observers = 0;
  private readonly crashed: CrashedKind<Input>[] = [];
  private readonly crashedByText = new Map<string, CrashedKind<Input>>();

  /** @param limit how many configurations to hold at most */
  constructor(
    private readonly model: Model<State, Input, Output>,
    initial: State,
    private readonly limit: number,
  ) {
    this.configurations = [{ state: initial, hash: this.hashOf(initial), done: 0, used: [] }];
  }

  /** The state, if it is certain: nothing is running, nothing crashed, and there is only one. */
  get onlyState(): State | undefined {
    if (this.configurations.length !== 1 || this.crashed.length > 0 || this.running.some(Boolean)) return undefined;
    return this.configurations[0]?.state;
  }

  call(operation: Operation<Input, Output>): number | 'gave up' {
    if (operation.return === undefined) {
      this.callCrashed(operation.input);
      return -1;
    }
    let slot = this.running.indexOf(undefined);
    if (slot < 0) slot = this.running.length;
    if (slot >= SLOTS) return 'gave up';
    this.running[slot] = operation;
    if (this.model.readOnly?.(operation.input, operation.output)) this.observers |= 1 << slot;
    this.configurations = this.configurations.map((each) => this.observed(each));
    return slot;
  }

  private callCrashed(input: Input): void {
    if (this.model.readOnly?.(input, undefined)) return;
    const text = JSON.stringify(input);
    const known = this.crashedByText.get(text);
    if (known) known.called++;
    else {
      const kind = { input, called: 1 };
      this.crashedByText.set(text, kind);
      this.crashed.push(kind);
    }
  }

  return_(slot: number): 'legal' | 'illegal' | 'gave up' {
    const bit = 1 << slot;
    const ready = new Antichain<State>(this.model, this.observers);
    const waiting: Configuration<State>[] = [];
    const seen = new Antichain<State>(this.model, this.observers);
    for (const configuration of this.configurations) {
      if ((configuration.done & bit) !== 0) ready.add(configuration);
      else if (seen.add(configuration)) waiting.push(configuration);
    }
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      for (const made of this.successors(next)) {
        if (++this.visited % 64 === 0 && seen.size + ready.size > this.limit) return 'gave up';
        if ((made.done & bit) !== 0) ready.add(made);
        else if (seen.add(made)) waiting.push(made);
      }
    }
    this.running[slot] = undefined;
    this.observers &= ~bit;
    const left = new Antichain<State>(this.model, this.observers);
    for (const configuration of ready.members()) left.add({ ...configuration, done: configuration.done & ~bit });
    this.configurations = [...left.members()];
    if (this.configurations.length > this.limit) return 'gave up';
    return this.configurations.length === 0 ? 'illegal' : 'legal';
  }

  end(): 'legal' {
    return 'legal';
  }

  private *successors(from: Configuration<State>): Generator<Configuration<State>> {
    for (let slot = 0; slot < this.running.length; slot++) {
      const operation = this.running[slot];
      const bit = 1 << slot;
      if (operation === undefined || (from.done & bit) !== 0 || (this.observers & bit) !== 0) continue;
      const state = this.model.step(from.state, operation.input, operation.output);
      if (state !== undefined) yield this.made(from, state, from.done | bit, from.used);
    }
    for (let kind = 0; kind < this.crashed.length; kind++) {
      const { input, called } = this.crashed[kind] as CrashedKind<Input>;
      const uses = from.used[kind] ?? 0;
      if (uses >= called) continue;
      const state = this.model.step(from.state, input, undefined);
      if (state === undefined) continue;
      const used = Array.from({ length: Math.max(from.used.length, kind + 1) }, (_, each) => from.used[each] ?? 0);
      used[kind] = uses + 1;
      const made = this.made(from, state, from.done, used);
      if (!this.sameState(made, from)) yield made;
    }
  }

  private made(from: Configuration<State>, state: State, done: number, used: readonly number[]): Configuration<State> {
    const changed = state !== from.state;
    return this.observed({ state, hash: changed ? this.hashOf(state) : from.hash, done, used });
  }

  /** Whoever only observes and can do it now has done it. */
  private observed(configuration: Configuration<State>): Configuration<State> {
    let { done } = configuration;
    for (let slot = 0; slot < this.running.length; slot++) {
      const bit = 1 << slot;
      if ((this.observers & bit) === 0 || (done & bit) !== 0) continue;
      const { input, output } = this.running[slot] as Operation<Input, Output>;
      if (this.model.step(configuration.state, input, output) !== undefined) done |= bit;
    }
    return done === configuration.done ? configuration : { ...configuration, done };
  }

  /** Hashes may collide where the model can compare states. */
  private sameState(left: Configuration<State>, right: Configuration<State>): boolean {
    return left.hash === right.hash && (this.model.equals?.(left.state, right.state) ?? true);
  }

  private hashOf(state: State): string | number {
    return this.model.hash ? this.model.hash(state) : JSON.stringify(state);
  }
}

/** Configurations none of which dominates another. */
class Antichain<State> {
  size = 0;
  private readonly byState = new Map<string | number, Configuration<State>[]>();

  constructor(
    private readonly model: Pick<Model<State, never, never>, 'equals'>,
    private readonly observers: number,
  ) {}

  /** False when another dominates it. */
  add(configuration: Configuration<State>): boolean {
    const alike = this.byState.get(configuration.hash);
    if (alike === undefined) {
      this.byState.set(configuration.hash, [configuration]);
      this.size++;
      return true;
    }
    if (alike.some((other) => this.dominates(other, configuration))) return false;
    let kept = 0;
    for (const other of alike) if (!this.dominates(configuration, other)) alike[kept++] = other;
    this.size += kept + 1 - alike.length;
    alike.length = kept;
    alike.push(configuration);
    return true;
  }

  *members(): Generator<Configuration<State>> {
    for (const alike of this.byState.values()) yield* alike;
  }

  private dominates(left: Configuration<State>, right: Configuration<State>): boolean {
    if ((left.done & ~this.observers) !== (right.done & ~this.observers)) return false;
    if ((right.done & ~left.done) !== 0) return false;
    if (left.used.some((uses, kind) => uses > (right.used[kind] ?? 0))) return false;
    return this.model.equals === undefined || this.model.equals(left.state, right.state);
  }
}
