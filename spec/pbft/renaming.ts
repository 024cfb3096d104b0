import type { Renaming } from '../specification.js';
import { type Facts, ordered } from './facts.js';
import type { PbftMessage } from './messages.js';
import type { Node, SignedViewChange } from './replica.js';

/** Only replicas that are all correct, or all not, and never primaries change names: see `alike`. */
export const PBFT_RENAMED: Renaming<Node, PbftMessage, Facts> = {
  node: (node, to) =>
    node && {
      ...node,
      slots: node.slots.map((slot) => ({ ...slot, votes: members(slot.votes, to) })),
      checkpoints: ordered(node.checkpoints.map((votes) => ({ ...votes, replicas: members(votes.replicas, to) }))),
      viewChanges: byViewAndReplica(node.viewChanges.map((each) => renamed(each, to))),
    },
  message(message, to) {
    const envelope = { from: to[message.from] as number, to: to[message.to] as number };
    switch (message.type) {
      case 'ViewChange':
        return { ...message, ...envelope, content: renamed(message.content, to) };
      case 'NewView':
        return { ...message, ...envelope, viewChanges: message.viewChanges.map((each) => renamed(each, to)) };
      default:
        return { ...message, ...envelope };
    }
  },
  shared: ({ proposals, checkpoints, decisions, viewChanges }, to) => ({
    proposals: ordered(proposals.map((proposal) => ({ ...proposal, replicas: members(proposal.replicas, to) }))),
    checkpoints: ordered(checkpoints.map((votes) => ({ ...votes, replicas: members(votes.replicas, to) }))),
    decisions: ordered(decisions.map((told) => ({ ...told, replicas: members(told.replicas, to) }))),
    viewChanges: ordered(viewChanges.map((each) => renamed(each, to))),
  }),
};

/** In the order in which they are kept. */
export function byViewAndReplica(viewChanges: readonly SignedViewChange[]): SignedViewChange[] {
  return [...viewChanges].sort((left, right) => left.view - right.view || left.replica - right.replica);
}

function renamed(viewChange: SignedViewChange, to: readonly number[]): SignedViewChange {
  return { ...viewChange, replica: to[viewChange.replica] as number };
}

function members(replicas: readonly number[], to: readonly number[]): number[] {
  return replicas.map((replica) => to[replica] as number).sort((left, right) => left - right);
}
