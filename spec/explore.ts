import { Compiled, type CompiledStep, type RuleViolation } from './compiled.js';
import { type Fingerprint, VisitedStates } from './fingerprints.js';
import type { Addressed, Cluster, Specification } from './specification.js';

export interface ExploreOptions {
  /** States that differ only by the names of nodes count once. Default false. */
  readonly symmetry?: boolean;
  /** States that are kept at most. Default: no limit. */
  readonly maxStates?: number;
  /** Called after each level with the numbers so far; `false` ends the exploration. */
  readonly onLevel?: (progress: LevelProgress) => boolean | undefined;
}

export interface LevelProgress {
  readonly depth: number;
  readonly distinct: number;
  readonly generated: number;
  /** States that were found and not looked into yet. */
  readonly open: number;
}

export interface Exploration {
  /** `valid`: every reachable state was looked at. `unknown`: a limit came first. */
  readonly verdict: 'valid' | 'invalid' | 'unknown';
  readonly distinct: number;
  /** How often a state was reached, the initial one included, as TLC counts. */
  readonly generated: number;
  /** The number of levels: of states on the longest shortest path. */
  readonly depth: number;
  readonly coverage: readonly ActionCoverage[];
  readonly violation?: Counterexample;
}

export interface ActionCoverage {
  readonly name: string;
  /** Steps by this action, and how many of them led to a new state. */
  readonly generated: number;
  readonly distinct: number;
}

export interface Counterexample extends RuleViolation {
  /** A shortest path to it: the initial state, then a step and the state that it leads to, again and again. */
  readonly path: readonly PathStep[];
}

export interface PathStep {
  /** Absent for the initial state. */
  readonly action?: string;
  readonly node?: number;
  readonly choice?: string;
  /** The message that it was about. */
  readonly message?: unknown;
  readonly cluster: Cluster<unknown, unknown>;
  /** Messages on their way, in the order in which they were sent. */
  readonly messages: readonly unknown[];
}

/** Where the parts of a state begin: after the fingerprints for each renaming the nodes, the shared variables, the messages. */
interface Layout {
  readonly nodes: number;
  readonly shared: number;
  readonly messages: number;
}

/** A message stands in a state with how often it is on its way: 0 once it was delivered. */
const COUNT_BITS = 3;
const COUNT_MASK = (1 << COUNT_BITS) - 1;
/** In place of a count: it was never sent. */
const ABSENT = COUNT_MASK;
const SHARED_KEY = 1 << 16;
const MESSAGE_KEY = 1 << 17;
const FIRST_CAPACITY = 1 << 16;

/**
 * Looks at every state that the specification can reach, those that are near first, so that a counterexample is a
 * shortest one.
 *
 * The network keeps each message until it is delivered, and may deliver it at any time or never. It remembers what was
 * delivered, as in Vanlightly/raft-tlaplus: handlers that do not consume a message may still come upon it.
 *
 * What is kept of a visited state is its fingerprint of 64 bits (63 of them count). Two states are taken for one with a
 * probability of about states² / 2^64.
 */
export function explore<Node, Message extends Addressed, Shared>(
  specification: Specification<Node, Message, Shared>,
  options: ExploreOptions = {},
): Exploration {
  const explorer = new Explorer(specification, options.symmetry ?? false);
  const { maxStates = Number.POSITIVE_INFINITY, onLevel } = options;
  explorer.begin();
  let stopped = false;
  while (explorer.open > 0 && explorer.violated === undefined && !stopped) {
    explorer.level();
    const { depth, distinct, generated, open } = explorer;
    stopped = onLevel?.({ depth, distinct, generated, open }) === false || distinct > maxStates;
  }
  return explorer.result();
}

/** {@link explore}, a level at a time. */
export class Explorer<Node, Message extends Addressed, Shared> {
  distinct = 0;
  generated = 0;
  depth = 0;
  violated: (RuleViolation & { readonly at: Fingerprint }) | undefined;
  private readonly compiled: Compiled<Node, Message, Shared>;
  private readonly size: number;
  private readonly layout: Layout;
  private readonly ruleGenerated: Float64Array;
  private readonly ruleDistinct: Float64Array;
  private visited = new VisitedStates(new ArrayBuffer(VisitedStates.bytesFor(FIRST_CAPACITY)));
  /** States of the nodes and the shared variables, without messages, in which the invariants hold. */
  private sound = new VisitedStates(new ArrayBuffer(VisitedStates.bytesFor(FIRST_CAPACITY)));
  private soundCount = 0;
  private frontier = new States();
  private next = new States();
  /** Of the state that is being made. */
  private readonly prints: Int32Array;

  constructor(
    private readonly specification: Specification<Node, Message, Shared>,
    symmetry: boolean,
  ) {
    this.size = specification.initial.nodes.length;
    const identity = [...Array(this.size).keys()];
    const renamings = symmetry ? permutations(identity) : [identity];
    this.compiled = new Compiled(specification, renamings);
    const nodes = 2 * renamings.length;
    const shared = nodes + this.size;
    this.layout = { nodes, shared, messages: shared + 1 };
    this.prints = new Int32Array(nodes);
    this.ruleGenerated = new Float64Array(this.compiled.rules.length);
    this.ruleDistinct = new Float64Array(this.compiled.rules.length);
  }

  get open(): number {
    return this.frontier.count;
  }

  /** Puts the initial state on the frontier. */
  begin(): void {
    const state = this.initialState();
    this.generated = 1;
    this.distinct = 1;
    const print = this.least(state);
    this.addPrints(print.high, print.low, print);
    this.check(state);
    this.frontier.push(state);
  }

  /** Looks into every state of the frontier; those that are found are the next frontier. */
  level(): void {
    this.depth++;
    for (let index = 0; index < this.frontier.count && this.violated === undefined; index++) {
      this.expand(this.frontier.at(index));
    }
    [this.frontier, this.next] = [this.next, this.frontier];
    this.next.clear();
  }

  result(): Exploration {
    const { distinct, generated, depth, compiled } = this;
    const coverage = compiled.rules.map((name, rule) => ({
      name,
      generated: this.ruleGenerated[rule] as number,
      distinct: this.ruleDistinct[rule] as number,
    }));
    const base = { distinct, generated, depth, coverage };
    if (this.violated !== undefined) {
      const { rule, what } = this.violated;
      return { ...base, verdict: 'invalid', violation: { rule, what, path: this.pathTo(this.violated.at) } };
    }
    return { ...base, verdict: this.open === 0 ? 'valid' : 'unknown' };
  }

  private initialState(): Int32Array {
    const { compiled, layout, specification } = this;
    const state = new Int32Array(layout.messages);
    specification.initial.nodes.forEach((node, index) => {
      state[layout.nodes + index] = compiled.nodes.number(node);
    });
    state[layout.shared] = compiled.shareds.number(specification.initial.shared);
    for (let renaming = 0; renaming < compiled.renamings.length; renaming++) {
      const to = compiled.renamings[renaming] as readonly number[];
      for (let node = 0; node < this.size; node++) {
        this.toggle(state, renaming, compiled.nodes, state[layout.nodes + node] as number, to[node] as number);
      }
      this.toggle(state, renaming, compiled.shareds, state[layout.shared] as number, SHARED_KEY);
    }
    return state;
  }

  /** Puts a part into a fingerprint, or takes it out. */
  private toggle(
    prints: Int32Array,
    renaming: number,
    values: {
      high(number: number, renaming: number, key: number): number;
      low(number: number, renaming: number, key: number): number;
    },
    number: number,
    key: number,
  ): void {
    (prints[2 * renaming] as number) ^= values.high(number, renaming, key);
    (prints[2 * renaming + 1] as number) ^= values.low(number, renaming, key);
  }

  private expand(state: Int32Array): void {
    this.enabled(state, this.take);
  }

  /** Calls `visit` for every step that is possible. */
  private enabled(state: Int32Array, visit: Visit): void {
    const { layout, compiled } = this;
    const shared = state[layout.shared] as number;
    for (let node = 0; node < this.size; node++) {
      for (const step of compiled.own(node, state[layout.nodes + node] as number, shared)) {
        if (this.canSend(state, step)) visit(state, { node, about: -1, step });
      }
    }
    for (let at = layout.messages; at < state.length; at++) {
      const entry = state[at] as number;
      const message = entry >> COUNT_BITS;
      const node = compiled.receiver(message);
      for (const step of compiled.withMessage(state[layout.nodes + node] as number, message)) {
        if (step.consumes && (entry & COUNT_MASK) === 0) continue;
        if (this.canSend(state, step)) visit(state, { node, about: at, step });
      }
    }
  }

  private canSend(state: Int32Array, { sends }: CompiledStep): boolean {
    for (const message of sends) {
      if (this.compiled.sentOnce(message) && this.placeOf(state, message) >= 0) return false;
    }
    return true;
  }

  /** Where a message stands in a state; below 0: it was not sent. */
  private placeOf(state: Int32Array, message: number): number {
    for (let at = this.layout.messages; at < state.length; at++) {
      if ((state[at] as number) >> COUNT_BITS === message) return at;
    }
    return -1;
  }

  private readonly take: Visit = (state, move) => {
    const { step } = move;
    this.generated++;
    (this.ruleGenerated[step.rule] as number)++;
    this.printAfter(state, move);
    const from = this.least(state);
    const { high, low } = this.least(this.prints);
    if (!this.addPrints(high, low, from)) return;
    this.distinct++;
    (this.ruleDistinct[step.rule] as number)++;
    const made = this.made(state, move);
    this.next.push(made);
    if (step.violation) this.violate(made, step.violation);
    else this.check(made);
  };

  /** Leaves the fingerprints of the state that the step leads to in {@link prints}. */
  private printAfter(state: Int32Array, { node, about, step }: Move): void {
    const { layout, compiled, prints } = this;
    const before = state[layout.nodes + node] as number;
    const sharedBefore = state[layout.shared] as number;
    for (let word = 0; word < layout.nodes; word++) prints[word] = state[word] as number;
    for (let renaming = 0; renaming < compiled.renamings.length; renaming++) {
      if (step.node !== before) {
        const key = (compiled.renamings[renaming] as readonly number[])[node] as number;
        this.toggle(prints, renaming, compiled.nodes, before, key);
        this.toggle(prints, renaming, compiled.nodes, step.node, key);
      }
      if (step.shared >= 0) {
        this.toggle(prints, renaming, compiled.shareds, sharedBefore, SHARED_KEY);
        this.toggle(prints, renaming, compiled.shareds, step.shared, SHARED_KEY);
      }
    }
    if (about >= 0 && step.consumes) this.recount(state[about] as number, -1);
    for (const message of step.sends) {
      const at = this.placeOf(state, message);
      this.recount(at < 0 ? (message << COUNT_BITS) | ABSENT : (state[at] as number), 1);
    }
  }

  /** Of a message that stands so in a state, one more or less is on its way. */
  private recount(entry: number, change: number): void {
    const { compiled, prints } = this;
    const message = entry >> COUNT_BITS;
    const count = entry & COUNT_MASK;
    for (let renaming = 0; renaming < compiled.renamings.length; renaming++) {
      if (count !== ABSENT) this.toggle(prints, renaming, compiled.messages, message, MESSAGE_KEY + count);
      const after = count === ABSENT ? change : count + change;
      this.toggle(prints, renaming, compiled.messages, message, MESSAGE_KEY + after);
    }
  }

  /** The state that the step leads to, with {@link prints}. */
  private made(state: Int32Array, { node, about, step }: Move): Int32Array {
    const { layout } = this;
    const added = step.sends.filter((message) => this.placeOf(state, message) < 0);
    const made = new Int32Array(state.length + added.length);
    made.set(state);
    made.set(this.prints);
    made[layout.nodes + node] = step.node;
    if (step.shared >= 0) made[layout.shared] = step.shared;
    if (about >= 0 && step.consumes) (made[about] as number)--;
    added.forEach((message, index) => {
      made[state.length + index] = (message << COUNT_BITS) | 1;
    });
    for (const message of step.sends) {
      if (added.includes(message)) continue;
      const at = this.placeOf(state, message);
      if (((state[at] as number) & COUNT_MASK) === ABSENT - 1)
        throw new RangeError('a message is on its way too often');
      (made[at] as number)++;
    }
    return made;
  }

  /** Whether no such state was there before. */
  private addPrints(high: number, low: number, from: Fingerprint): boolean {
    if (this.distinct >= this.visited.capacity) this.visited = larger(this.visited);
    return this.visited.add(high, low, from.high, from.low);
  }

  private check(state: Int32Array): void {
    const { layout, compiled } = this;
    // Many states differ only by their messages.
    let high = compiled.shareds.high(state[layout.shared] as number, 0, SHARED_KEY);
    let low = compiled.shareds.low(state[layout.shared] as number, 0, SHARED_KEY);
    for (let node = 0; node < this.size; node++) {
      high ^= compiled.nodes.high(state[layout.nodes + node] as number, 0, node);
      low ^= compiled.nodes.low(state[layout.nodes + node] as number, 0, node);
    }
    if (this.soundCount >= this.sound.capacity) this.sound = larger(this.sound);
    if (!this.sound.add(high, low, 0, 0)) return;
    this.soundCount++;
    const violation = compiled.violation(this.clusterOf(state));
    if (violation) this.violate(state, violation);
  }

  private violate(state: Int32Array, violation: RuleViolation): void {
    this.violated ??= { ...violation, at: this.least(state) };
  }

  private clusterOf(state: Int32Array): Cluster<Node, Shared> {
    const { layout, compiled } = this;
    return {
      nodes: Array.from(state.subarray(layout.nodes, layout.shared), (node) => compiled.nodes.value(node)),
      shared: compiled.shareds.value(state[layout.shared] as number),
    };
  }

  /** The fingerprint that stands for a state under all its names. */
  private least(prints: Int32Array): Fingerprint {
    let high = prints[0] as number;
    let low = prints[1] as number;
    for (let word = 2; word < this.layout.nodes; word += 2) {
      const otherHigh = prints[word] as number;
      const otherLow = prints[word + 1] as number;
      if (otherHigh < high || (otherHigh === high && otherLow < low)) {
        high = otherHigh;
        low = otherLow;
      }
    }
    return { high, low };
  }

  /** Goes back by the predecessors, then forward along them: all that was kept of the states is fingerprints. */
  private pathTo(end: Fingerprint): PathStep[] {
    let state = this.initialState();
    const first = this.least(state);
    const way: Fingerprint[] = [];
    for (let at = end; !equal(at, first); ) {
      way.push(at);
      const before = this.visited.predecessor(at.high, at.low);
      if (before === undefined) throw new Error('a state without a predecessor');
      at = before;
    }
    const path: PathStep[] = [this.pathStep(state)];
    for (const target of way.reverse()) {
      let reached: Int32Array | undefined;
      let taken: PathStep | undefined;
      this.enabled(state, (from, move) => {
        if (reached) return;
        this.printAfter(from, move);
        if (!equal(this.least(this.prints), target)) return;
        reached = this.made(from, move);
        taken = this.pathStep(reached, { from, move });
      });
      if (reached === undefined || taken === undefined) throw new Error('no step leads to the next state of the path');
      path.push(taken);
      state = reached;
    }
    return path;
  }

  private pathStep(state: Int32Array, by?: { readonly from: Int32Array; readonly move: Move }): PathStep {
    const { compiled, layout } = this;
    const messages = Array.from(state.subarray(layout.messages))
      .flatMap((entry) => Array<number>(entry & COUNT_MASK).fill(entry >> COUNT_BITS))
      .map((message) => compiled.messages.value(message));
    const result = { cluster: this.clusterOf(state), messages };
    if (by === undefined) return result;
    const { node, about, step } = by.move;
    return {
      ...result,
      action: compiled.rules[step.rule] as string,
      node,
      ...(step.choice !== undefined && { choice: step.choice }),
      ...(about >= 0 && { message: compiled.messages.value((by.from[about] as number) >> COUNT_BITS) }),
    };
  }
}

/** A step of a node, in a state; `about`: where the message stands that it is about, below 0 where there is none. */
interface Move {
  readonly node: number;
  readonly about: number;
  readonly step: CompiledStep;
}

type Visit = (state: Int32Array, move: Move) => void;

/** States one after another in one array. */
class States {
  count = 0;
  private data = new Int32Array(1 << 16);
  private ends = new Int32Array(1 << 12);

  push(state: Int32Array): void {
    const start = this.count === 0 ? 0 : (this.ends[this.count - 1] as number);
    if (start + state.length > this.data.length) this.data = grown(this.data);
    if (this.count === this.ends.length) this.ends = grown(this.ends);
    this.data.set(state, start);
    this.ends[this.count++] = start + state.length;
  }

  at(index: number): Int32Array {
    return this.data.subarray(index === 0 ? 0 : (this.ends[index - 1] as number), this.ends[index]);
  }

  clear(): void {
    this.count = 0;
  }
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

function larger(visited: VisitedStates): VisitedStates {
  const next = new VisitedStates(new ArrayBuffer(2 * visited.memory.byteLength));
  next.addAll(visited);
  return next;
}

function equal(left: Fingerprint, right: Fingerprint): boolean {
  return left.high === right.high && left.low === right.low;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}
