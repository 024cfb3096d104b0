import { fingerprintOf, mix } from './fingerprints.js';
import type { Addressed, Cluster, Specification } from './specification.js';

/** A step of one node in numbers: what it was and what it becomes, and which messages are sent. */
export interface CompiledStep {
  /** Of the specification's actions and handlers, in this order. */
  readonly rule: number;
  readonly choice: string | undefined;
  readonly node: number;
  /** Below 0: as before. */
  readonly shared: number;
  readonly sends: readonly number[];
  /** By message that it sends: whether the step is not possible if the message was sent before. */
  readonly once: readonly boolean[];
  readonly consumes: boolean;
  /** The step invariant that it breaks, and how. */
  readonly violation: RuleViolation | undefined;
}

export interface RuleViolation {
  readonly rule: string;
  readonly what: string;
}

/**
 * A specification whose nodes, messages and shared variables have numbers, each the same whenever the same value comes
 * again: what a node can do in one state is worked out once, and a state of the cluster is a few small integers.
 *
 * The fingerprint of a state is the exclusive or of those of its parts, for each way to rename the nodes that is to
 * make no difference.
 */
export class Compiled<Node, Message extends Addressed, Shared> {
  readonly nodes: Values<Node>;
  readonly messages: Values<Message>;
  readonly shareds: Values<Shared>;
  readonly rules: readonly string[];
  /** By node's state, then by node and shared variables. */
  private ownSteps: (Map<number, readonly CompiledStep[]> | undefined)[] = [];
  /** By message. */
  private readonly receivers: number[] = [];
  /** By message, then by the receiver's state. */
  private messageSteps: (readonly CompiledStep[] | undefined)[][] = [];
  private rareSteps: (Map<number, readonly CompiledStep[]> | undefined)[] = [];
  /** How much room the lists of steps take. */
  private remembered = 0;
  /** By message, then by shared variables. */
  private readonly overheardBy: (Map<number, number> | undefined)[] = [];

  /** @param renamings the first is the identity */
  constructor(
    readonly specification: Specification<Node, Message, Shared>,
    readonly renamings: readonly (readonly number[])[],
  ) {
    const { renamed, actions, handlers } = specification;
    this.nodes = new Values(renamings, renamed.node);
    this.messages = new Values(renamings, renamed.message);
    this.shareds = new Values(renamings, renamed.shared);
    this.rules = [...actions, ...handlers].map(({ name }) => name);
  }

  /** What node `self` can do of its own accord. */
  own(self: number, node: number, shared: number): readonly CompiledStep[] {
    let known = this.ownSteps[node];
    if (known === undefined) {
      known = new Map();
      this.ownSteps[node] = known;
    }
    const key = shared * MOST_NODES + self;
    let steps = known.get(key);
    if (steps === undefined) {
      steps = this.findOwn(self, node, shared);
      known.set(key, steps);
      this.remember(ENTRY);
    }
    return steps;
  }

  /** What the message's receiver can do with it. */
  withMessage(node: number, message: number): readonly CompiledStep[] {
    const known = this.messageSteps[message]?.[node];
    if (known !== undefined) return known;
    if (node >= DENSE) return this.withMessageRarely(node, message);
    const steps = this.findWithMessage(node, message);
    this.remember(Math.max(0, node + 1 - (this.messageSteps[message]?.length ?? 0)));
    const list = this.messageSteps[message] ?? [];
    this.messageSteps[message] = list;
    for (let index = list.length; index <= node; index++) list.push(undefined);
    list[node] = steps;
    return steps;
  }

  /** The same where there are many states of nodes, of which a message meets few. */
  private withMessageRarely(node: number, message: number): readonly CompiledStep[] {
    let known = this.rareSteps[message];
    if (known === undefined) {
      known = new Map();
      this.rareSteps[message] = known;
    }
    let steps = known.get(node);
    if (steps === undefined) {
      steps = this.findWithMessage(node, message);
      known.set(node, steps);
      this.remember(ENTRY);
    }
    return steps;
  }

  /** Kept apart, for it is asked for every message of every state. */
  receiver(message: number): number {
    const known = this.receivers[message];
    if (known !== undefined) return known;
    for (let index = this.receivers.length; index <= message; index++) {
      this.receivers.push(this.messages.value(index).to);
    }
    return this.receivers[message] as number;
  }

  /** The shared variables once the message was sent. */
  overheard(shared: number, message: number): number {
    const { overhear } = this.specification;
    if (overhear === undefined) return shared;
    let known = this.overheardBy[message];
    if (known === undefined) {
      known = new Map();
      this.overheardBy[message] = known;
    }
    let after = known.get(shared);
    if (after === undefined) {
      after = this.shareds.number(overhear(this.shareds.value(shared), this.messages.value(message)));
      known.set(shared, after);
    }
    return after;
  }

  /** Walks come upon most states once: what they found out would fill the memory. */
  private remember(room: number): void {
    this.remembered += room;
    if (this.remembered < ROOM) return;
    this.remembered = 0;
    this.ownSteps = [];
    this.messageSteps = [];
    this.rareSteps = [];
  }

  private findOwn(self: number, node: number, shared: number): CompiledStep[] {
    const before = this.nodes.value(node);
    return this.specification.actions.flatMap((action, rule) =>
      action.steps(before, self, this.shareds.value(shared)).map((step) => ({
        rule,
        choice: step.choice,
        node: this.nodes.number(step.node),
        shared: step.shared === undefined ? -1 : this.shareds.number(step.shared),
        ...this.sending(step.sends ?? []),
        consumes: false,
        violation: this.stepViolation(before, step.node, self, step.sends ?? []),
      })),
    );
  }

  private findWithMessage(node: number, message: number): CompiledStep[] {
    const { actions, handlers } = this.specification;
    const before = this.nodes.value(node);
    const content = this.messages.value(message);
    return handlers.flatMap((handler, index) => {
      const handled = handler.handle(before, content);
      if (handled === undefined) return [];
      const sends = [...(handled.reply ? [handled.reply] : []), ...(handled.sends ?? [])];
      return [
        {
          rule: actions.length + index,
          choice: undefined,
          node: this.nodes.number(handled.node),
          shared: -1,
          ...this.sending(sends),
          consumes: handler.consumes,
          violation: this.stepViolation(before, handled.node, content.to, sends),
        },
      ];
    });
  }

  private sending(messages: readonly Message[]): Pick<CompiledStep, 'sends' | 'once'> {
    return {
      sends: messages.map((message) => this.messages.number(message)),
      once: messages.map((message) => this.specification.sentOnce(message)),
    };
  }

  private stepViolation(before: Node, after: Node, self: number, sent: readonly Message[]): RuleViolation | undefined {
    for (const { name, violation } of this.specification.stepInvariants) {
      const what = violation(before, after, self, sent);
      if (what !== undefined) return { rule: name, what };
    }
    return undefined;
  }

  /** The first invariant that does not hold. */
  violation(cluster: Cluster<Node, Shared>): RuleViolation | undefined {
    for (const { name, violation } of this.specification.invariants) {
      const what = violation(cluster);
      if (what !== undefined) return { rule: name, what };
    }
    return undefined;
  }
}

/** So many different values are too many to keep. */
const LIMIT = 2 ** 24;
/** States of nodes with lower numbers have a place for each message. */
const DENSE = 2 ** 13;
/** Room in places of a list: what a map needs for an entry, and how much there is, some hundred megabytes. */
const ENTRY = 8;
const ROOM = 2 ** 25;
/** More nodes do not fit into the keys above. */
const MOST_NODES = 2 ** 8;

/** Values with numbers, and with fingerprints under each renaming. */
export class Values<Value> {
  private readonly numbers = new Map<string, number>();
  private readonly values: Value[] = [];
  /** By number and renaming: high and low. */
  private prints = new Int32Array(1024);
  private readonly width: number;

  constructor(
    private readonly renamings: readonly (readonly number[])[],
    private readonly rename: (value: Value, to: readonly number[]) => Value,
  ) {
    this.width = 2 * renamings.length;
  }

  get count(): number {
    return this.values.length;
  }

  number(value: Value): number {
    const text = canonicalText(value);
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.values.length;
    if (number >= LIMIT) throw new RangeError(`more than ${LIMIT} different values: the model's bounds are too wide`);
    this.numbers.set(text, number);
    this.values.push(value);
    while ((number + 1) * this.width > this.prints.length) {
      const larger = new Int32Array(2 * this.prints.length);
      larger.set(this.prints);
      this.prints = larger;
    }
    this.renamings.forEach((to, index) => {
      const { high, low } = fingerprintOf(index === 0 ? text : canonicalText(this.rename(value, to)));
      this.prints[number * this.width + 2 * index] = high;
      this.prints[number * this.width + 2 * index + 1] = low;
    });
    return number;
  }

  value(number: number): Value {
    return this.values[number] as Value;
  }

  /**
   * Puts a value into the fingerprints of a state, or takes it out.
   *
   * @param key where it stands; with `renamings`, which is renamed too
   */
  toggle(prints: Int32Array, number: number, key: number, renamings?: readonly (readonly number[])[]): void {
    const at = number * this.width;
    for (let word = 0; word < this.width; word += 2) {
      const place = renamings ? ((renamings[word >> 1] as readonly number[])[key] as number) : key;
      (prints[word] as number) ^= mix(this.prints[at + word] as number, place);
      (prints[word + 1] as number) ^= mix(this.prints[at + word + 1] as number, place);
    }
  }

  /** The high and the low word, mixed with a key that says where the value stands. */
  high(number: number, renaming: number, key: number): number {
    return mix(this.prints[number * this.width + 2 * renaming] as number, key);
  }

  low(number: number, renaming: number, key: number): number {
    return mix(this.prints[number * this.width + 2 * renaming + 1] as number, key);
  }
}

/** JSON with the keys in order: the same for equal values. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
