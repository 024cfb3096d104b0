import type { RuleViolation } from './compiled.js';
import { type Counterexample, pathThrough } from './counterexample.js';
import { Coverage } from './findings.js';
import { type Fingerprint, VisitedStates } from './fingerprints.js';
import { OpenStates } from './open-states.js';
import type { PortableStates } from './portable-states.js';
import type { Addressed, Specification } from './specification.js';
import { type Move, StateMachine } from './state-machine.js';

/** A step that breaks a rule: from which state to which. */
export interface ViolatingStep extends RuleViolation {
  /** Absent for the initial state. */
  readonly from?: Fingerprint;
  readonly to: Fingerprint;
}

/** States that are known to be sound are kept apart from the others: so many at first. */
const FIRST_CAPACITY = 1 << 16;

/** {@link explore}, as many states at a time as the caller likes. */
export class Explorer<Node, Message extends Addressed, Shared> {
  distinct = 0;
  generated = 0;
  violated: ViolatingStep | undefined;
  readonly coverage: Coverage;
  private readonly machine: StateMachine<Node, Message, Shared>;
  /** States of the nodes and the shared variables, without messages, in which the invariants hold. */
  private sound = new VisitedStates(new ArrayBuffer(VisitedStates.bytesFor(FIRST_CAPACITY)));
  private soundCount = 0;
  private frontier = new OpenStates();
  private next = new OpenStates();
  /** States of the frontier that were looked into. */
  private done = 0;
  /** Of the state that is looked into. */
  private fromHigh = 0;
  private fromLow = 0;

  /** @param visited which the caller replaces by a larger one in time */
  constructor(
    specification: Specification<Node, Message, Shared>,
    options: { readonly symmetry: boolean },
    public visited: VisitedStates,
  ) {
    this.machine = new StateMachine(specification, options.symmetry);
    this.coverage = new Coverage(this.machine.compiled.rules);
  }

  /** States of this level that were not looked into. */
  get open(): number {
    return this.frontier.count - this.done;
  }

  /** States of the next level. */
  get found(): number {
    return this.next.count;
  }

  /** Puts the initial state on the frontier. */
  begin(): void {
    const { machine, frontier } = this;
    const state = machine.initial();
    const { high, low } = machine.fingerprint(state);
    this.generated = 1;
    this.distinct = 1;
    this.visited.add(high, low, high, low);
    const at = frontier.push(state.length);
    frontier.data.set(state, at);
    const violation = machine.violation(state, 0);
    if (violation) this.violated = { ...violation, to: { high, low } };
  }

  /**
   * Looks into open states of this level: so many at most, and no more once so many new ones were found (a few more
   * may be found at last), or once a rule is broken.
   */
  work(states: number, room: number): void {
    const { machine, frontier } = this;
    const enough = this.distinct + room;
    const until = Math.min(frontier.count, this.done + states);
    while (this.done < until && this.distinct < enough && this.violated === undefined) {
      const start = frontier.start(this.done);
      machine.least(frontier.data, start);
      this.fromHigh = machine.leastHigh;
      this.fromLow = machine.leastLow;
      machine.eachStep(frontier.data, start, frontier.end(this.done), this.take);
      this.done++;
    }
  }

  /** Turns to the states that were found. */
  nextLevel(): void {
    [this.frontier, this.next] = [this.next, this.frontier];
    this.next.truncate(0);
    this.done = 0;
  }

  /** Hands open states over, so many at most: they are looked into elsewhere. */
  give(count: number): PortableStates {
    const first = Math.max(this.done, this.frontier.count - count);
    const given = this.machine.export(this.frontier, first);
    this.frontier.truncate(first);
    return given;
  }

  /** Takes open states over. */
  receive(states: PortableStates): void {
    this.machine.import(states, this.frontier);
  }

  /** The steps to a violation: all that was kept of the states is fingerprints, and from where each was found. */
  counterexample(violated: ViolatingStep): Counterexample {
    const way: Fingerprint[] = [violated.to];
    const first = this.machine.fingerprint(this.machine.initial());
    for (let at = violated.from; at !== undefined && !equal(at, first); ) {
      way.push(at);
      at = this.visited.predecessor(at.high, at.low);
      if (at === undefined) throw new Error('a state without a predecessor');
    }
    return pathThrough(this.machine, violated.from === undefined ? [] : way.reverse());
  }

  private readonly take = (move: Move): void => {
    const { machine } = this;
    const { step } = move;
    this.generated++;
    this.coverage.step(step.rule);
    machine.printAfter(move);
    machine.least(machine.prints, 0);
    const high = machine.leastHigh;
    const low = machine.leastLow;
    const isNew = this.visited.add(high, low, this.fromHigh, this.fromLow);
    if (step.violation) this.violate(step.violation, high, low);
    if (!isNew) return;
    this.distinct++;
    this.coverage.newState(step.rule);
    const at = this.next.push(machine.lengthAfter(move));
    machine.writeAfter(this.next.data, at, move);
    this.check(at, high, low);
  };

  /** Of a state that was found; many states differ only by their messages. */
  private check(at: number, high: number, low: number): void {
    const { machine } = this;
    machine.printWithoutMessages(this.next.data, at);
    if (this.soundCount >= this.sound.capacity) this.sound = this.sound.larger((bytes) => new ArrayBuffer(bytes));
    if (!this.sound.add(machine.leastHigh, machine.leastLow, 0, 0)) return;
    this.soundCount++;
    const violation = machine.violation(this.next.data, at);
    if (violation) this.violate(violation, high, low);
  }

  private violate(violation: RuleViolation, high: number, low: number): void {
    this.violated ??= { ...violation, from: { high: this.fromHigh, low: this.fromLow }, to: { high, low } };
  }
}

function equal(left: Fingerprint, right: Fingerprint): boolean {
  return left.high === right.high && left.low === right.low;
}
