import type { Action, Handled, Handler } from '../specification.js';
import type { Facts } from './facts.js';
import type { Content, PbftMessage } from './messages.js';
import type { Node, Replica } from './replica.js';
import type { Setting } from './setting.js';

export type PbftAction = Action<Node, PbftMessage, Facts>;
export type PbftHandler = Handler<Node, PbftMessage>;

/** What a replica becomes, and what it multicasts to all others. */
export interface Outcome {
  readonly node: Replica;
  readonly tells?: readonly Content[];
}

/** Traitors need no message: see {@link Facts}. */
export function multicast(
  { correct }: Setting,
  self: number,
  { node, tells = [] }: Outcome,
): { readonly node: Replica; readonly sends: readonly PbftMessage[] } {
  const others = correct.filter((replica) => replica !== self);
  return { node, sends: tells.flatMap((content) => others.map((to) => ({ ...content, from: self, to }))) };
}

/** A rule of what a correct replica does with messages of one type; each may come again at any time. */
export function onMessage<Type extends PbftMessage['type']>(
  setting: Setting,
  type: Type,
  outcome: (node: Replica, message: Extract<PbftMessage, { type: Type }>, self: number) => Outcome | undefined,
): Pick<PbftHandler, 'consumes' | 'handle'> {
  const concerns = (message: PbftMessage): message is Extract<PbftMessage, { type: Type }> => message.type === type;
  return {
    consumes: false,
    handle(node, message): Handled<Node, PbftMessage> | undefined {
      if (node === null || !concerns(message)) return undefined;
      const result = outcome(node, message, message.to);
      return result && multicast(setting, message.to, result);
    },
  };
}

/** A rule of what a correct replica does of its own accord, or with what a traitor says. */
export function ofItself(
  setting: Setting,
  outcomes: (node: Replica, self: number, facts: Facts) => readonly (Outcome & { readonly choice?: string })[],
): Pick<PbftAction, 'steps'> {
  return {
    steps(node, self, facts) {
      if (node === null) return [];
      return outcomes(node, self, facts).map(({ choice, ...outcome }) => ({
        ...multicast(setting, self, outcome),
        ...(choice !== undefined && { choice }),
      }));
    },
  };
}
