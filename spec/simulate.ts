import type { RuleViolation } from './compiled.js';
import { type Counterexample, initialStep, type PathStep, pathStep } from './counterexample.js';
import { Coverage, type Findings } from './findings.js';
import { VisitedStates } from './fingerprints.js';
import type { Addressed, Specification } from './specification.js';
import { type Choice, type Move, StateMachine } from './state-machine.js';

export interface SimulateOptions {
  readonly walks: number;
  /** Of a walk at most. */
  readonly steps: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface SimulateProgress {
  readonly walks: number;
  readonly distinct: number;
  readonly generated: number;
}

/** `valid`: no walk came upon a violation, which does not say that there is none. A violation may have a shorter way. */
export interface Simulation extends Findings {
  readonly walks: number;
}

const FIRST_CAPACITY = 1 << 16;
/** A walk likes an action up to 2^5 times less than another. */
const LIKINGS = 6;
/** So many steps in a row, on average, the same nodes are apart from the others. */
const PARTITION_STEPS = 8;

/** Walks at random through the states of a specification; `next(true)` ends it early. */
export function* simulateInWalks<Node, Message extends Addressed, Shared>(
  specification: Specification<Node, Message, Shared>,
  options: SimulateOptions,
): Generator<SimulateProgress, Simulation, boolean> {
  const walker = new Walker(specification, options);
  let walks = 0;
  let violated = false;
  let stopped = false;
  while (walks < options.walks && !violated && !stopped) {
    violated = walker.walk();
    walks++;
    stopped = yield { walks, distinct: walker.distinct, generated: walker.generated };
  }
  const { distinct, generated, depth } = walker;
  const verdict = violated ? 'invalid' : walks < options.walks ? 'unknown' : 'valid';
  return {
    ...{ verdict, walks, distinct, generated, depth, coverage: walker.coverage.byAction() },
    ...(violated && { violation: walker.counterexample() }),
  };
}

/** {@link simulateInWalks} at once. */
export function simulate<Node, Message extends Addressed, Shared>(
  specification: Specification<Node, Message, Shared>,
  options: SimulateOptions,
): Simulation {
  const walks = simulateInWalks(specification, options);
  let walk = walks.next(false);
  while (!walk.done) walk = walks.next(false);
  return walk.value;
}

/** What tells a step from the others, whatever the state: an action by a node, with a choice or about a message. */
interface Taken {
  readonly rule: number;
  readonly node: number;
  readonly choice: string | undefined;
  /** Its number; below 0 where there is none. */
  readonly message: number;
}

class Walker<Node, Message extends Addressed, Shared> {
  distinct = 0;
  generated = 0;
  depth = 0;
  readonly coverage: Coverage;
  private readonly machine: StateMachine<Node, Message, Shared>;
  private visited = VisitedStates.for(FIRST_CAPACITY, allocate);
  /** Of the latest walk. */
  private taken: Taken[] = [];
  private readonly choices: Choice[] = [];
  /** By rule, in the latest walk. */
  private liking: number[];
  /** By node, whether it acts and is heard for the time being. */
  private awake: boolean[] = [];

  constructor(
    specification: Specification<Node, Message, Shared>,
    private readonly options: SimulateOptions,
  ) {
    this.machine = new StateMachine(specification, false);
    this.coverage = new Coverage(this.machine.compiled.rules);
    this.liking = this.machine.compiled.rules.map(() => 1);
  }

  /** Whether it came upon a violation. */
  walk(): boolean {
    const { machine } = this;
    this.taken = [];
    this.liking = this.liking.map(() => 2 ** -Math.floor(this.options.random() * LIKINGS));
    let state = machine.initial();
    this.generated++;
    this.awake = machine.specification.initial.nodes.map(() => true);
    this.note(state);
    if (machine.violation(state, 0)) return true;
    while (this.taken.length < this.options.steps) {
      const choice = this.choose(state) ?? this.chooseTogether(state);
      if (choice === undefined) break;
      const { rule } = choice.step;
      this.taken.push(this.takenBy(state, choice));
      state = machine.after(machine.moveOf(state, choice));
      this.generated++;
      this.coverage.step(rule);
      if (choice.step.violation) return true;
      if (!this.note(state)) continue;
      this.coverage.newState(rule);
      if (machine.violation(state, 0)) return true;
    }
    this.depth = Math.max(this.depth, this.taken.length + 1);
    return false;
  }

  /**
   * First an action, then how: else what can be done in many ways would be done nearly always. Each walk likes some
   * actions better than others (swarm testing), for rare states need much of one and little of another.
   */
  private choose(state: Int32Array): Choice | undefined {
    const { choices, options, liking, machine } = this;
    if (options.random() * PARTITION_STEPS < 1) this.partition();
    choices.length = 0;
    const rules: number[] = [];
    machine.eachStep(state, 0, state.length, ({ node, about, step }) => {
      if (!this.awake[node] || (about >= 0 && !this.awake[machine.messageAt(state, about).from])) return;
      choices.push({ node, about, step });
      if (!rules.includes(step.rule)) rules.push(step.rule);
    });
    let left = options.random() * rules.reduce((sum, rule) => sum + (liking[rule] as number), 0);
    const rule = rules.find((each) => {
      left -= liking[each] as number;
      return left < 0;
    });
    const ways = choices.filter(({ step }) => step.rule === rule);
    return ways[Math.floor(options.random() * ways.length)];
  }

  private chooseTogether(state: Int32Array): Choice | undefined {
    this.awake = this.awake.map(() => true);
    return this.choose(state);
  }

  /** Now all nodes hear each other, now some are apart: what they miss makes their logs differ. */
  private partition(): void {
    const { random } = this.options;
    const whole = random() < 1 / 3;
    this.awake = this.machine.specification.initial.nodes.map(() => whole || random() < 2 / 3);
  }

  private takenBy(state: Int32Array, { node, about, step }: Choice | Move): Taken {
    const message = about < 0 ? -1 : this.machine.messageNumber(state, about);
    return { rule: step.rule, node, choice: step.choice, message };
  }

  /** Whether no walk was there before. */
  private note(state: Int32Array): boolean {
    const { high, low } = this.machine.fingerprint(state);
    if (this.distinct >= this.visited.capacity) this.visited = this.visited.larger(allocate);
    if (!this.visited.add(high, low, 0, 0)) return false;
    this.distinct++;
    return true;
  }

  /** The latest walk, without the steps that it can do without. */
  counterexample(): Counterexample {
    let best = this.replay(this.taken);
    if (best === undefined) throw new Error('a walk does not lead where it led');
    const { rule } = best.violation;
    for (let left = -1; left !== best.taken.length; ) {
      left = best.taken.length;
      // From the end: what only prepared a step is not needed once that is gone.
      for (let index = best.taken.length - 1; index >= 0; index--) {
        const shorter = this.replay(best.taken.toSpliced(index, 1));
        if (shorter?.violation.rule === rule && shorter.taken.length < best.taken.length) best = shorter;
      }
    }
    this.depth = Math.max(this.depth, best.path.length);
    return { ...best.violation, path: best.path };
  }

  /** Takes those of the steps that are possible, up to a violation; `undefined` where there is none. */
  private replay(wanted: readonly Taken[]): Replayed | undefined {
    const { machine } = this;
    let state = machine.initial();
    let violation = machine.violation(state, 0);
    const taken: Taken[] = [];
    const path: PathStep[] = [initialStep(machine, state)];
    for (const want of wanted) {
      if (violation !== undefined) break;
      let chosen: Choice | undefined;
      machine.eachStep(state, 0, state.length, (move) => {
        if (same(this.takenBy(state, move), want)) chosen = { node: move.node, about: move.about, step: move.step };
      });
      if (chosen === undefined) continue;
      const after = machine.after(machine.moveOf(state, chosen));
      taken.push(want);
      path.push(pathStep(machine, state, chosen, after));
      violation = chosen.step.violation ?? machine.violation(after, 0);
      state = after;
    }
    return violation && { violation, taken, path };
  }
}

interface Replayed {
  readonly violation: RuleViolation;
  readonly taken: readonly Taken[];
  readonly path: readonly PathStep[];
}

function same(left: Taken, right: Taken): boolean {
  return (
    left.rule === right.rule &&
    left.node === right.node &&
    left.choice === right.choice &&
    left.message === right.message
  );
}

function allocate(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes);
}
