import type { PartialMessage, PartialTraceEvent } from '../../history/traces/schema.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Candidate } from './candidate.js';
import type { PartialNode } from './node.js';

interface Receipt {
  readonly from: NodeId;
  readonly message: PartialMessage;
  /** Of the receiver. */
  readonly number: number;
  readonly event: PartialTraceEvent;
  readonly states: readonly Candidate[];
}

/**
 * Which messages were sent, and which received. Nodes' clocks play no part: that a message was sent counts whenever it
 * is read, and the end of a node's trace is known to come later than a receipt where something that the receiver sent
 * afterwards reached that node.
 */
export class PartialMessages {
  /** By sender, receiver, kind and term: the messages, with the number of the event that sent each first. */
  private readonly sent = new Map<string, Map<string, { readonly message: PartialMessage; readonly number: number }>>();
  /** The same, by what they are about as well: where a side recorded less, only few have to be compared. */
  private readonly sentAbout = new Map<string, PartialMessage[]>();
  /** By receiver and sender: what was received, each once. */
  private readonly received = new Map<string, Map<string, Receipt>>();

  send(from: PartialNode, to: NodeId, message: PartialMessage): void {
    const known = inner(this.sent, sentKey(from.id, to, message));
    const text = JSON.stringify(message);
    if (known.has(text)) return;
    known.set(text, { message, number: from.eventNumber });
    const key = aboutKey(from.id, to, message, placeOf(message));
    const about = this.sentAbout.get(key);
    if (about === undefined) this.sentAbout.set(key, [message]);
    else about.push(message);
  }

  receive(node: PartialNode, from: NodeId, message: PartialMessage, event: PartialTraceEvent): void {
    const known = inner(this.received, `${node.id} ${from}`);
    const text = JSON.stringify(message);
    if (!known.has(text)) known.set(text, { from, message, number: node.eventNumber, event, states: node.states });
  }

  /** Receipts of messages that their sender did not send, though its trace goes on after that. */
  madeUp(receiver: PartialNode, sender: PartialNode): Receipt[] {
    const receipts = this.received.get(`${receiver.id} ${sender.id}`);
    if (receipts === undefined) return [];
    const reached = this.reached(receiver.id, sender.id);
    return [...receipts.values()].filter(
      ({ number, message }) => number < reached && !this.wasSent(sender.id, receiver.id, message),
    );
  }

  /** Whether any message of `from` is known to have come to `to`. */
  passed(from: NodeId, to: NodeId): boolean {
    return this.received.has(`${to} ${from}`);
  }

  /** The last of `from`'s events that `to` has surely outlived: that which sent something for the first time. */
  private reached(from: NodeId, to: NodeId): number {
    let last = 0;
    for (const { message } of this.received.get(`${to} ${from}`)?.values() ?? []) {
      const sent = this.sent.get(sentKey(from, to, message))?.get(JSON.stringify(message));
      if (sent !== undefined) last = Math.max(last, sent.number);
    }
    return last;
  }

  private wasSent(from: NodeId, to: NodeId, message: PartialMessage): boolean {
    const alike = this.sent.get(sentKey(from, to, message));
    if (alike === undefined) return false;
    if (alike.has(JSON.stringify(message))) return true;
    // Where one side recorded less of it, what both did must be the same.
    const place = placeOf(message);
    if (place === undefined) return [...alike.values()].some((sent) => compatible(sent.message, message));
    return [place, undefined].some((at) =>
      this.sentAbout.get(aboutKey(from, to, message, at))?.some((sent) => compatible(sent, message)),
    );
  }
}

function sentKey(from: NodeId, to: NodeId, { type, term }: PartialMessage): string {
  return `${from} ${to} ${type} ${term}`;
}

function aboutKey(from: NodeId, to: NodeId, message: PartialMessage, place: number | undefined): string {
  return `${sentKey(from, to, message)} ${place}`;
}

/** The index that tells most messages of a kind apart. */
function placeOf(message: PartialMessage): number | undefined {
  switch (message.type) {
    case 'RequestVote':
      return message.lastLogIndex;
    case 'AppendEntries':
      return message.prevLogIndex;
    case 'AppendEntriesResponse':
      return message.matchIndex;
    case 'InstallSnapshot':
    case 'InstallSnapshotResponse':
      return message.lastIncludedIndex;
    default:
      return undefined;
  }
}

function inner<Value>(outer: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  let found = outer.get(key);
  if (found === undefined) {
    found = new Map();
    outer.set(key, found);
  }
  return found;
}

function compatible(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  if (Array.isArray(left) && Array.isArray(right) && left.length !== right.length) return false;
  const [one, other] = [left as Record<string, unknown>, right as Record<string, unknown>];
  return Object.keys(one).every((field) => compatible(one[field], other[field]));
}
