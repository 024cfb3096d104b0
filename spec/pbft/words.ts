import { nodeName, type Words } from '../specification.js';
import type { Facts } from './facts.js';
import type { PbftMessage } from './messages.js';
import type { Decision, History, Node, SignedViewChange, Slot } from './replica.js';
import type { Assignment, PreparedCertificate } from './view-change.js';

export const PBFT_WORDS: Words<Node, PbftMessage, Facts> = {
  node: (node) =>
    node === null
      ? {}
      : {
          view: `${node.view}${node.active ? '' : ', not entered'}`,
          low: `${node.low}`,
          slots: listed(node.slots, slotInWords),
          prepared: listed(node.prepared, certificateInWords),
          committed: listed(node.committed, decisionInWords),
          executed: listed(node.executed, decisionInWords),
          service: listed(node.service, requestName),
          checkpoints: listed(
            node.checkpoints,
            ({ sequence, history, replicas }) => `${sequence} ${historyInWords(history)} by ${names(replicas)}`,
          ),
          viewChanges: listed(node.viewChanges, viewChangeInWords),
        },
  shared: () => ({}),
  message(message) {
    switch (message.type) {
      case 'PrePrepare':
      case 'Prepare':
      case 'Commit':
        return { kind: message.type, content: `view ${message.view}, ${assignmentInWords(message)}` };
      case 'Decided':
        return { kind: message.type, content: assignmentInWords(message) };
      case 'Checkpoint':
        return { kind: message.type, content: `${message.sequence} ${historyInWords(message.history)}` };
      case 'ViewChange':
        return { kind: message.type, content: viewChangeInWords(message.content) };
      case 'NewView': {
        const { view, viewChanges, prePrepares } = message;
        const by = names(viewChanges.map(({ replica }) => replica));
        return {
          kind: message.type,
          content: `view ${view}, ${listed(prePrepares, assignmentInWords)} after VIEW-CHANGEs of ${by}`,
        };
      }
    }
  },
};

export function requestName(digest: number | null): string {
  return digest === null ? 'null' : `r${digest + 1}`;
}

function assignmentInWords({ sequence, digest }: Assignment<number | null>): string {
  return `${sequence}:${requestName(digest)}`;
}

function slotInWords(slot: Slot): string {
  const votes = slot.votes.length === 0 ? '' : ` with ${names(slot.votes)}`;
  return `${assignmentInWords(slot)} ${slot.phase}${votes}`;
}

function certificateInWords(certificate: PreparedCertificate<number>): string {
  return `${assignmentInWords(certificate)} in view ${certificate.view}`;
}

function decisionInWords(decision: Decision): string {
  return `${assignmentInWords(decision)}${decision.view === null ? '' : ` of view ${decision.view}`}`;
}

function historyInWords(history: History): string {
  return `[${history.map(requestName).join(' ')}]`;
}

function viewChangeInWords({ view, stable, prepared, replica }: SignedViewChange): string {
  return `for view ${view} by ${nodeName(replica)}, checkpoint ${stable}, prepared ${listed(prepared, certificateInWords)}`;
}

function names(replicas: readonly number[]): string {
  return replicas.map(nodeName).join(', ');
}

function listed<Item>(items: readonly Item[], inWords: (item: Item) => string): string {
  return items.length === 0 ? 'nothing' : items.map(inWords).join('; ');
}
