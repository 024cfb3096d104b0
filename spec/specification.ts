/**
 * A protocol as its nodes' possible steps: what a node may do depends on its own variables and on one message, and
 * nothing else, so the same actions describe a whole cluster (which `explore` does) and judge one node's trace.
 *
 * Everything is immutable and plain: numbers, texts, `null`, arrays and objects of these. Two values are the same when
 * their JSON texts are. Nodes are numbers from 0; people read them as n1, n2, …
 *
 * @typeParam Node one node's variables
 * @typeParam Message what one node sends to another
 * @typeParam Shared what a bounded model keeps beside the nodes: how much is left of its bounds, what clients know
 */
export interface Specification<Node, Message extends Addressed, Shared> {
  readonly name: string;
  readonly initial: Cluster<Node, Shared>;
  /** What nodes do of their own accord. */
  readonly actions: readonly Action<Node, Message, Shared>[];
  /** What nodes do with a message. */
  readonly handlers: readonly Handler<Node, Message>[];
  /** Whether a step that would send this message is not possible if the message was sent before. */
  sentOnce(message: Message): boolean;
  /** What the model keeps beside the nodes once a message was sent. Absent: the same as before. */
  overhear?(shared: Shared, message: Message): Shared;
  /** Whether two nodes may change names without a difference. Absent: any two may. */
  alike?(one: number, other: number): boolean;
  readonly invariants: readonly Invariant<Node, Shared>[];
  readonly stepInvariants: readonly StepInvariant<Node, Message>[];
  /** The same with other names for the nodes: `to[i]` is the new number of node i. */
  readonly renamed: Renaming<Node, Message, Shared>;
  readonly words: Words<Node, Message, Shared>;
}

/** For people. */
export interface Words<Node, Message, Shared> {
  /** Its variables by name, in words. */
  node(node: Node): Readonly<Record<string, string>>;
  /** What the model keeps beside the nodes, as far as it says more than the actions do. */
  shared(shared: Shared): Readonly<Record<string, string>>;
  /** What kind of message it is, and what is in it besides the addresses. */
  message(message: Message): { readonly kind: string; readonly content: string };
}

export interface Addressed {
  readonly from: number;
  readonly to: number;
}

export interface Cluster<Node, Shared> {
  readonly nodes: readonly Node[];
  readonly shared: Shared;
}

export interface Renaming<Node, Message, Shared> {
  node(node: Node, to: readonly number[]): Node;
  message(message: Message, to: readonly number[]): Message;
  shared(shared: Shared, to: readonly number[]): Shared;
}

/** What a rule is called, where it stands, and what it says. */
export interface Rule {
  /** As in ongardie/raft.tla, where it has a name there. */
  readonly name: string;
  /** Of the paper: `§5.4.1`, `Figure 2`. */
  readonly section: string;
  /** In words, for people. */
  readonly statement: string;
}

export interface Action<Node, Message, Shared> extends Rule {
  /** All that node `self` can do by this action in this state; nothing where its guard does not hold. */
  steps(node: Node, self: number, shared: Shared): readonly Step<Node, Message, Shared>[];
}

export interface Step<Node, Message, Shared> {
  readonly node: Node;
  readonly sends?: readonly Message[];
  readonly shared?: Shared;
  /** What was chosen, for people: `to n2`, `v1`. */
  readonly choice?: string;
}

export interface Handler<Node, Message> extends Rule {
  /** False: the message is still there afterwards, for another handler. */
  readonly consumes: boolean;
  /** `undefined` where the guard does not hold. */
  handle(node: Node, message: Message): Handled<Node, Message> | undefined;
}

export interface Handled<Node, Message> {
  readonly node: Node;
  readonly reply?: Message;
  /** What it sends besides. */
  readonly sends?: readonly Message[];
}

/** Holds in every state that can be reached. */
export interface Invariant<Node, Shared> extends Rule {
  /** `undefined` where it holds; else what is wrong. */
  violation(cluster: Cluster<Node, Shared>): string | undefined;
}

/** Holds for every step of a node. */
export interface StepInvariant<Node, Message> extends Rule {
  /** @param sent the messages that the step sends */
  violation(before: Node, after: Node, self: number, sent: readonly Message[]): string | undefined;
}

/** As people read it. */
export function nodeName(node: number): string {
  return `n${node + 1}`;
}
