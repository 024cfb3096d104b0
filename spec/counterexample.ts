import type { RuleViolation } from './compiled.js';
import type { Fingerprint } from './fingerprints.js';
import type { Addressed, Cluster } from './specification.js';
import type { Choice, Move, StateMachine } from './state-machine.js';

export interface Counterexample extends RuleViolation {
  /** The initial state, then a step and the state that it leads to, again and again. The last one breaks the rule. */
  readonly path: readonly PathStep[];
}

export interface PathStep {
  /** Absent for the initial state. */
  readonly action?: string;
  readonly node?: number;
  readonly choice?: string;
  /** The message that it was about. */
  readonly message?: unknown;
  /** The messages that it sent. */
  readonly sent?: readonly unknown[];
  readonly cluster: Cluster<unknown, unknown>;
  /** Messages on their way, in the order in which they were first sent. */
  readonly messages: readonly unknown[];
}

/** The path through states with these fingerprints, after the initial one, to a violation in the last step. */
export function pathThrough<Node, Message extends Addressed, Shared>(
  machine: StateMachine<Node, Message, Shared>,
  way: readonly Fingerprint[],
): Counterexample {
  let state = machine.initial();
  let violation = machine.violation(state, 0);
  const path: PathStep[] = [initialStep(machine, state)];
  for (const [index, target] of way.entries()) {
    const last = index === way.length - 1;
    const from = state;
    let reached: Int32Array | undefined;
    machine.eachStep(from, 0, from.length, (move) => {
      if (reached) return;
      const after = machine.after(move);
      const { high, low } = machine.fingerprint(after);
      if (high !== target.high || low !== target.low) return;
      violation = move.step.violation ?? machine.violation(after, 0);
      if (last && violation === undefined) return;
      reached = after;
      path.push(pathStep(machine, from, move, after));
    });
    if (reached === undefined) throw new Error('no step leads to the next state of the path');
    state = reached;
  }
  if (violation === undefined) throw new Error('the path leads to no violation');
  // Named as in this path: under other names of the nodes the words would not fit.
  return { ...violation, path };
}

export function initialStep<Node, Message extends Addressed, Shared>(
  machine: StateMachine<Node, Message, Shared>,
  state: Int32Array,
): PathStep {
  return { cluster: machine.cluster(state, 0), messages: machine.messages(state) };
}

export function pathStep<Node, Message extends Addressed, Shared>(
  machine: StateMachine<Node, Message, Shared>,
  from: Int32Array,
  { node, about, step }: Choice | Move,
  after: Int32Array,
): PathStep {
  return {
    action: machine.compiled.rules[step.rule] as string,
    node,
    ...(step.choice !== undefined && { choice: step.choice }),
    ...(about >= 0 && { message: machine.messageAt(from, about) }),
    sent: step.sends.map((message) => machine.compiled.messages.value(message)),
    cluster: machine.cluster(after, 0),
    messages: machine.messages(after),
  };
}
