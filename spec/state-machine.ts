import { Compiled, type CompiledStep, type RuleViolation } from './compiled.js';
import type { Fingerprint } from './fingerprints.js';
import type { OpenStates } from './open-states.js';
import { Places, type PortableStates } from './portable-states.js';
import type { Addressed, Cluster, Specification } from './specification.js';

/** A message stands in a state with how often it is on its way: 0 once it was delivered. */
const COUNT_BITS = 6;
const COUNT_MASK = (1 << COUNT_BITS) - 1;
/** In place of a count: it was never sent. */
const ABSENT = COUNT_MASK;
const SHARED_KEY = 1 << 16;
const MESSAGE_KEY = 1 << 17;

/** A step that is possible in a state: one object, which the next step changes. */
export interface Move {
  /** The state is what stands here, from `start` to `end`. */
  states: Int32Array;
  start: number;
  end: number;
  node: number;
  /** Where the message stands that it is about; below 0 where there is none. */
  about: number;
  step: CompiledStep;
  /** What the shared variables become. */
  shared: number;
  /** By message that is sent: where it stands already, below 0 where it does not. */
  readonly places: number[];
}

/** What tells the steps apart that are possible in one state. */
export type Choice = Pick<Move, 'node' | 'about' | 'step'>;

/**
 * The states of a cluster as arrays of small integers, and the steps between them. A state is its fingerprints (for
 * each way to rename the nodes two words), the nodes, the shared variables, and the messages in the order in which
 * they were first sent.
 *
 * The network keeps each message until it is delivered, and may deliver it at any time or never. It remembers what was
 * delivered, as in Vanlightly/raft-tlaplus: handlers that do not consume a message may still come upon it.
 */
export class StateMachine<Node, Message extends Addressed, Shared> {
  readonly compiled: Compiled<Node, Message, Shared>;
  /** Of the state that a step leads to: see {@link printAfter}. */
  readonly prints: Int32Array;
  private readonly size: number;
  private readonly renamings: number;
  /** Where the nodes begin, after the fingerprints; then come the shared variables, then the messages. */
  private readonly nodesAt: number;
  private readonly sharedAt: number;
  private readonly messagesAt: number;
  private readonly move: Move;

  /** @param symmetry states that differ only by the names of nodes have the same fingerprint */
  constructor(
    readonly specification: Specification<Node, Message, Shared>,
    symmetry: boolean,
  ) {
    this.size = specification.initial.nodes.length;
    const identity = [...Array(this.size).keys()];
    const { alike = () => true } = specification;
    const renamings = symmetry
      ? permutations(identity).filter((to) => to.every((other, one) => one === other || alike(one, other)))
      : [identity];
    this.renamings = renamings.length;
    this.compiled = new Compiled(specification, renamings);
    this.nodesAt = 2 * this.renamings;
    this.sharedAt = this.nodesAt + this.size;
    this.messagesAt = this.sharedAt + 1;
    this.prints = new Int32Array(this.nodesAt);
    this.move = { states: this.prints, start: 0, end: 0, node: 0, about: -1, step: NO_STEP, shared: -1, places: [] };
  }

  initial(): Int32Array {
    const { compiled, specification } = this;
    const state = new Int32Array(this.messagesAt);
    specification.initial.nodes.forEach((node, index) => {
      state[this.nodesAt + index] = compiled.nodes.number(node);
    });
    state[this.sharedAt] = compiled.shareds.number(specification.initial.shared);
    this.printWhole(state);
    return state;
  }

  /** Calls `visit` for every step that is possible in a state. */
  eachStep(states: Int32Array, start: number, end: number, visit: (move: Move) => void): void {
    const { compiled, move } = this;
    move.states = states;
    move.start = start;
    move.end = end;
    move.about = -1;
    const shared = states[start + this.sharedAt] as number;
    const nodesAt = start + this.nodesAt;
    for (let node = 0; node < this.size; node++) {
      const steps = compiled.own(node, states[nodesAt + node] as number, shared);
      for (let index = 0; index < steps.length; index++) {
        move.node = node;
        move.step = steps[index] as CompiledStep;
        if (this.canSend(move)) visit(move);
      }
    }
    for (let at = start + this.messagesAt; at < end; at++) {
      const entry = states[at] as number;
      const message = entry >> COUNT_BITS;
      const node = compiled.receiver(message);
      const steps = compiled.withMessage(states[nodesAt + node] as number, message);
      for (let index = 0; index < steps.length; index++) {
        const step = steps[index] as CompiledStep;
        if (step.consumes && (entry & COUNT_MASK) === 0) continue;
        move.node = node;
        move.about = at;
        move.step = step;
        if (this.canSend(move)) visit(move);
      }
    }
  }

  /** Goes to a step again that {@link eachStep} found. */
  moveOf(state: Int32Array, choice: Choice): Move {
    const { move } = this;
    Object.assign(move, { states: state, start: 0, end: state.length, ...choice });
    this.canSend(move);
    return move;
  }

  /** Leaves the places of the step's messages in {@link Move.places}, and what follows from them. */
  private canSend(move: Move): boolean {
    const { states, start, end, step, places } = move;
    const { sends } = step;
    let shared = step.shared >= 0 ? step.shared : (states[start + this.sharedAt] as number);
    for (let index = 0; index < sends.length; index++) {
      const message = sends[index] as number;
      let place = -1;
      for (let at = start + this.messagesAt; at < end; at++) {
        if ((states[at] as number) >> COUNT_BITS !== message) continue;
        place = at;
        break;
      }
      if (place >= 0 && step.once[index]) return false;
      places[index] = place;
      shared = this.compiled.overheard(shared, message);
    }
    move.shared = shared;
    return true;
  }

  /** Leaves the fingerprints of the state that the step leads to in {@link prints}. */
  printAfter({ states, start, node, about, step, shared, places }: Move): void {
    const { compiled, prints } = this;
    const before = states[start + this.nodesAt + node] as number;
    for (let word = 0; word < prints.length; word++) prints[word] = states[start + word] as number;
    if (step.node !== before) {
      compiled.nodes.toggle(prints, before, node, compiled.renamings);
      compiled.nodes.toggle(prints, step.node, node, compiled.renamings);
    }
    const sharedBefore = states[start + this.sharedAt] as number;
    if (shared !== sharedBefore) {
      compiled.shareds.toggle(prints, sharedBefore, SHARED_KEY);
      compiled.shareds.toggle(prints, shared, SHARED_KEY);
    }
    if (about >= 0 && step.consumes) this.recount(states[about] as number, -1);
    const { sends } = step;
    for (let index = 0; index < sends.length; index++) {
      const at = places[index] as number;
      this.recount(at < 0 ? ((sends[index] as number) << COUNT_BITS) | ABSENT : (states[at] as number), 1);
    }
  }

  /** Of a message that stands so in a state, one more or less is on its way. */
  private recount(entry: number, change: number): void {
    const { compiled, prints } = this;
    const message = entry >> COUNT_BITS;
    const count = entry & COUNT_MASK;
    if (count !== ABSENT) compiled.messages.toggle(prints, message, MESSAGE_KEY + count);
    compiled.messages.toggle(prints, message, MESSAGE_KEY + (count === ABSENT ? change : count + change));
  }

  /** How long the state is that the step leads to. */
  lengthAfter({ start, end, step, places }: Move): number {
    let length = end - start;
    for (let index = 0; index < step.sends.length; index++) if ((places[index] as number) < 0) length++;
    return length;
  }

  /** Writes the state that the step leads to, after {@link printAfter}. */
  writeAfter(target: Int32Array, at: number, { states, start, end, node, about, step, shared, places }: Move): void {
    const { prints } = this;
    for (let from = start + prints.length, to = at + prints.length; from < end; from++, to++) {
      target[to] = states[from] as number;
    }
    for (let word = 0; word < prints.length; word++) target[at + word] = prints[word] as number;
    target[at + this.nodesAt + node] = step.node;
    target[at + this.sharedAt] = shared;
    if (about >= 0 && step.consumes) (target[at + about - start] as number)--;
    let last = at + end - start;
    for (let index = 0; index < step.sends.length; index++) {
      const place = places[index] as number;
      if (place < 0) {
        target[last++] = ((step.sends[index] as number) << COUNT_BITS) | 1;
      } else {
        if (((states[place] as number) & COUNT_MASK) === ABSENT - 1) {
          throw new RangeError(`a message is on its way more than ${ABSENT - 1} times`);
        }
        (target[at + place - start] as number)++;
      }
    }
  }

  /** The state that a step leads to. */
  after(move: Move): Int32Array {
    this.printAfter(move);
    const state = new Int32Array(this.lengthAfter(move));
    this.writeAfter(state, 0, move);
    return state;
  }

  /** The fingerprint that stands for a state under all its names. */
  leastHigh = 0;
  leastLow = 0;
  /** Leaves it in {@link leastHigh} and {@link leastLow}. */
  least(prints: Int32Array, start: number): void {
    let high = prints[start] as number;
    let low = prints[start + 1] as number;
    for (let word = start + 2; word < start + this.nodesAt; word += 2) {
      const otherHigh = prints[word] as number;
      const otherLow = prints[word + 1] as number;
      if (otherHigh < high || (otherHigh === high && otherLow < low)) {
        high = otherHigh;
        low = otherLow;
      }
    }
    this.leastHigh = high;
    this.leastLow = low;
  }

  fingerprint(state: Int32Array): Fingerprint {
    this.least(state, 0);
    return { high: this.leastHigh, low: this.leastLow };
  }

  /** The fingerprint of the nodes and the shared variables alone, in {@link leastHigh} and {@link leastLow}. */
  printWithoutMessages(states: Int32Array, start: number): void {
    const { compiled } = this;
    const shared = states[start + this.sharedAt] as number;
    let high = compiled.shareds.high(shared, 0, SHARED_KEY);
    let low = compiled.shareds.low(shared, 0, SHARED_KEY);
    for (let node = 0; node < this.size; node++) {
      const number = states[start + this.nodesAt + node] as number;
      high ^= compiled.nodes.high(number, 0, node);
      low ^= compiled.nodes.low(number, 0, node);
    }
    this.leastHigh = high;
    this.leastLow = low;
  }

  /** The first invariant that does not hold in a state. */
  violation(states: Int32Array, start: number): RuleViolation | undefined {
    return this.compiled.violation(this.cluster(states, start));
  }

  cluster(states: Int32Array, start: number): Cluster<Node, Shared> {
    const { compiled } = this;
    const nodes = states.subarray(start + this.nodesAt, start + this.sharedAt);
    return {
      nodes: Array.from(nodes, (node) => compiled.nodes.value(node)),
      shared: compiled.shareds.value(states[start + this.sharedAt] as number),
    };
  }

  /** Messages on their way. */
  messages(state: Int32Array): Message[] {
    return Array.from(state.subarray(this.messagesAt))
      .flatMap((entry) => Array<number>(entry & COUNT_MASK).fill(entry >> COUNT_BITS))
      .map((message) => this.compiled.messages.value(message));
  }

  /** Of the message that stands there. */
  messageNumber(state: Int32Array, place: number): number {
    return (state[place] as number) >> COUNT_BITS;
  }

  messageAt(state: Int32Array, place: number): Message {
    return this.compiled.messages.value(this.messageNumber(state, place));
  }

  /** States for another machine of the same specification: those from a number on. */
  export(from: OpenStates, first: number): PortableStates {
    const { compiled } = this;
    const nodes = new Places(compiled.nodes);
    const shareds = new Places(compiled.shareds);
    const messages = new Places(compiled.messages);
    const start = from.start(first);
    const data = from.data.slice(start, from.end(from.count - 1));
    const lengths = new Int32Array(from.count - first);
    for (let index = 0; index < lengths.length; index++) {
      const at = from.start(first + index) - start;
      const end = from.end(first + index) - start;
      lengths[index] = end - at;
      this.renumber(data, at, end, nodes, shareds, messages);
    }
    return { nodes: nodes.list, shareds: shareds.list, messages: messages.list, data, lengths };
  }

  /** Takes states of another machine over. */
  import({ nodes, shareds, messages, data, lengths }: PortableStates, into: OpenStates): void {
    const { compiled } = this;
    const numbers = {
      nodes: nodes.map((value) => compiled.nodes.number(value as Node)),
      shareds: shareds.map((value) => compiled.shareds.number(value as Shared)),
      messages: messages.map((value) => compiled.messages.number(value as Message)),
    };
    const of = (list: readonly number[]) => ({ of: (place: number) => list[place] as number });
    let at = 0;
    for (const length of lengths) {
      const to = into.push(length);
      into.data.set(data.subarray(at, at + length), to);
      this.renumber(into.data, to, to + length, of(numbers.nodes), of(numbers.shareds), of(numbers.messages));
      at += length;
    }
  }

  private renumber(states: Int32Array, at: number, end: number, nodes: To, shareds: To, messages: To): void {
    for (let node = at + this.nodesAt; node < at + this.sharedAt; node++) {
      states[node] = nodes.of(states[node] as number);
    }
    states[at + this.sharedAt] = shareds.of(states[at + this.sharedAt] as number);
    for (let place = at + this.messagesAt; place < end; place++) {
      const entry = states[place] as number;
      states[place] = (messages.of(entry >> COUNT_BITS) << COUNT_BITS) | (entry & COUNT_MASK);
    }
  }

  private printWhole(state: Int32Array): void {
    const { compiled } = this;
    for (let node = 0; node < this.size; node++) {
      compiled.nodes.toggle(state, state[this.nodesAt + node] as number, node, compiled.renamings);
    }
    compiled.shareds.toggle(state, state[this.sharedAt] as number, SHARED_KEY);
  }
}

/** Other numbers for numbers. */
interface To {
  of(number: number): number;
}

const NO_STEP: CompiledStep = {
  rule: 0,
  choice: undefined,
  node: 0,
  shared: -1,
  sends: [],
  once: [],
  consumes: false,
  violation: undefined,
};

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}
