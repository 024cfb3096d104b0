import type { Action, Handler, Renaming, Rule } from '../specification.js';
import type { RaftBounds } from './actions.js';
import type { Defect } from './defects.js';
import type { RaftMessage } from './messages.js';
import type { RaftSpecification } from './raft.js';
import type { Bookkeeping, Server } from './server.js';

export type RaftAction = Action<Server, RaftMessage, Bookkeeping>;
export type RaftHandler = Handler<Server, RaftMessage>;
type Steps = RaftAction['steps'];
type Handle = RaftHandler['handle'];
type Variables = Readonly<Record<string, string>>;

/** A feature of Raft by what it adds to a specification without it, and what it changes. */
export interface Extension {
  /** Its variables after a restart of a server that had these; after the first start as well. */
  restarted(node: Server): Partial<Server>;
  readonly shared?: Partial<Bookkeeping>;
  readonly actions?: readonly RaftAction[];
  readonly handlers?: readonly RaftHandler[];
  /** By name of a rule that there was before: the same with another guard, or with more effects. */
  readonly changedActions?: Readonly<Record<string, (steps: Steps) => Steps>>;
  readonly changedHandlers?: Readonly<Record<string, (handle: Handle) => Handle>>;
  readonly sentOnce?: (message: RaftMessage) => boolean;
  readonly invariants?: RaftSpecification['invariants'];
  /** All of them, in place of those before. */
  readonly stepInvariants?: RaftSpecification['stepInvariants'];
  /** Of its variables alone. */
  readonly renamed?: {
    node?(node: Server, to: readonly number[]): Partial<Server>;
    shared?(shared: Bookkeeping, to: readonly number[]): Partial<Bookkeeping>;
  };
  /** Of its variables and its messages alone. */
  readonly words: {
    node(node: Server): Variables;
    shared?(shared: Bookkeeping): Variables;
    /** What more there is to say of a message. */
    message?(message: RaftMessage): string | undefined;
  };
}

/** What the features are made for. */
export interface Setting {
  readonly bounds: RaftBounds;
  readonly defect: Defect | undefined;
}

/** A specification with one feature more. Throws where a rule that it changes does not exist. */
export function extend(base: RaftSpecification, extension: Extension): RaftSpecification {
  const { restarted, shared, actions = [], handlers = [], sentOnce, invariants = [] } = extension;
  const [first] = base.initial.nodes;
  const restart =
    (steps: Steps): Steps =>
    (node, self, bookkeeping) =>
      steps(node, self, bookkeeping).map((step) => ({ ...step, node: { ...step.node, ...restarted(node) } }));
  const restarting = changeRules(base.actions, { Restart: (rule) => ({ ...rule, steps: restart(rule.steps) }) });
  return {
    ...base,
    initial: {
      nodes: base.initial.nodes.map(() => ({ ...(first as Server), ...restarted(first as Server) })),
      shared: { ...base.initial.shared, ...shared },
    },
    actions: [
      ...changeRules(
        restarting,
        mapped(extension.changedActions, (change) => (rule: RaftAction) => ({ ...rule, steps: change(rule.steps) })),
      ),
      ...actions,
    ],
    handlers: [
      ...changeRules(
        base.handlers,
        mapped(extension.changedHandlers, (change) => (rule: RaftHandler) => ({
          ...rule,
          handle: change(rule.handle),
        })),
      ),
      ...handlers,
    ],
    sentOnce: sentOnce ? (message) => base.sentOnce(message) || sentOnce(message) : base.sentOnce,
    invariants: [...base.invariants, ...invariants],
    stepInvariants: extension.stepInvariants ?? base.stepInvariants,
    renamed: renaming(base.renamed, extension),
    words: {
      node: (node) => ({ ...base.words.node(node), ...extension.words.node(node) }),
      shared: (bookkeeping) => ({ ...base.words.shared(bookkeeping), ...extension.words.shared?.(bookkeeping) }),
      message(message) {
        const { kind, content } = base.words.message(message);
        const more = extension.words.message?.(message);
        return { kind, content: more === undefined ? content : `${content}, ${more}` };
      },
    },
  };
}

function renaming(
  base: Renaming<Server, RaftMessage, Bookkeeping>,
  { renamed }: Extension,
): Renaming<Server, RaftMessage, Bookkeeping> {
  return {
    node: (node, to) => ({ ...base.node(node, to), ...renamed?.node?.(node, to) }),
    message: base.message,
    shared: (shared, to) => ({ ...base.shared(shared, to), ...renamed?.shared?.(shared, to) }),
  };
}

function changeRules<Kind extends Rule>(
  rules: readonly Kind[],
  changes: Readonly<Record<string, (rule: Kind) => Kind>>,
): Kind[] {
  for (const name of Object.keys(changes)) {
    if (!rules.some((rule) => rule.name === name)) throw new Error(`there is no rule ${name} to change`);
  }
  return rules.map((rule) => changes[rule.name]?.(rule) ?? rule);
}

function mapped<From, To>(record: Readonly<Record<string, From>> = {}, to: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
}
