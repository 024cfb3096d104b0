import type { PartialMessage, PartialTraceEvent, Recorded, TraceHeader } from '../../history/traces/schema.js';

/**
 * What the trace of one node has completely: what is not there of it did not happen. A node that records what it
 * receives has received nothing else.
 */
export class Observed {
  readonly recorded = new Set<Recorded>();

  note({ name }: PartialTraceEvent): void {
    const kind = KINDS[name];
    if (kind !== undefined) this.recorded.add(kind);
  }

  has(kind: Recorded): boolean {
    return this.recorded.has(kind);
  }
}

const KINDS: Readonly<Partial<Record<PartialTraceEvent['name'], Recorded>>> = {
  InitState: 'starts',
  BecomeFollower: 'roles',
  BecomeCandidate: 'roles',
  BecomeLeader: 'roles',
  Append: 'appends',
  AdvanceCommit: 'commits',
  Send: 'sends',
  Receive: 'receives',
  Durable: 'durability',
};

const TYPES: readonly PartialMessage['type'][] = [
  'RequestVote',
  'RequestVoteResponse',
  'AppendEntries',
  'AppendEntriesResponse',
];

const STEPS_OF_ALL: readonly PartialTraceEvent['name'][] = [
  'InitState',
  'Vote',
  'Append',
  'Durable',
  'AdvanceCommit',
  'Apply',
  'Send',
  'Receive',
];

/** A first reading of a trace, before it is judged: what it has. */
export class Observations {
  readonly nodes = new Map<string, Observed>();
  /** Nodes that are spoken of: members, senders, receivers, candidates. */
  readonly named = new Set<string>();
  /** Kinds of messages, and fields, that occur in messages that were received. */
  private readonly inMessages = new Set<string>();
  /** Fields and steps that occur. */
  private readonly seen = new Set<string>();
  /** Whether nodes say whose votes count. */
  tellsVoters = false;
  /** Whether a header said what is recorded completely. */
  private declared = false;
  private nodesOfHeader: readonly string[] | undefined;

  /** Kinds of messages that were sent, as far as that is recorded. */
  private readonly sentTypes = new Set<string>();
  /** Whether there are messages that are not recorded: pre-votes, transfers of leadership. */
  otherMessages = false;

  note(event: PartialTraceEvent): void {
    this.of(event.node).note(event);
    this.named.add(event.node);
    this.seen.add(event.name);
    for (const [field, value] of Object.entries(event)) if (value !== undefined) this.seen.add(field);
    if (event.name === 'Send') {
      this.named.add(event.to);
      this.sentTypes.add(event.message.type);
    } else if (event.name === 'Receive') {
      this.named.add(event.from);
      this.inMessages.add(event.message.type);
      for (const [field, value] of Object.entries(event.message)) if (value !== undefined) this.inMessages.add(field);
    } else if (event.name === 'State') {
      this.tellsVoters ||= event.voters !== undefined;
      for (const list of event.voters ?? []) for (const voter of list) this.named.add(voter);
    }
  }

  /** What is recorded completely, once all was read: what a header says, or what follows from what is there. */
  settle(header: TraceHeader | undefined): void {
    this.nodesOfHeader = header?.nodes;
    const recorded = header?.recorded;
    if (recorded === undefined) {
      // Who records no change of one kind may not record it: it is not known to have every change.
      const roles = ['BecomeFollower', 'BecomeCandidate', 'BecomeLeader'].every((name) => this.seen.has(name));
      const snapshots = this.inMessages.has('InstallSnapshot') || this.sentTypes.has('InstallSnapshot');
      const appends = !snapshots || this.seen.has('InstallSnapshot');
      for (const observed of this.nodes.values()) {
        if (!roles) observed.recorded.delete('roles');
        if (!appends) observed.recorded.delete('appends');
      }
      return;
    }
    this.declared = true;
    for (const observed of this.nodes.values()) {
      observed.recorded.clear();
      for (const kind of recorded) observed.recorded.add(kind);
    }
  }

  /** The cluster: the nodes that a header names, or those that are spoken of. */
  get members(): string[] {
    return [...(this.nodesOfHeader ?? this.named)].sort();
  }

  /** Whether messages of this kind are recorded where they are sent. */
  sends(type: string): boolean {
    return this.declared || this.sentTypes.has(type);
  }

  /** Some of what this node recorded could not be read: nothing follows from what is not there. */
  doubt(node: string): void {
    this.of(node).recorded.clear();
  }

  of(node: string): Observed {
    let observed = this.nodes.get(node);
    if (observed === undefined) {
      observed = new Observed();
      this.nodes.set(node, observed);
    }
    return observed;
  }

  /** Whether a step, or a field, occurs at all. */
  tells(what: string): boolean {
    return this.seen.has(what);
  }

  /** Whether messages that were received say this at all: a type, or a field. */
  messagesTell(what: string): boolean {
    return this.inMessages.has(what);
  }

  /** Whether all messages that may carry a term are recorded. */
  get allMessages(): boolean {
    return !this.otherMessages && TYPES.every((type) => this.inMessages.has(type));
  }

  /** Whether no kind of step is missing that all nodes take, so that what is not there did not happen. */
  get complete(): boolean {
    return STEPS_OF_ALL.every((name) => this.seen.has(name));
  }

  /** What people want to know is missing. */
  missing(): string[] {
    const has = (kind: Recorded) => [...this.nodes.values()].some((observed) => observed.has(kind));
    const lacking: [string, boolean][] = [
      ['starts', !has('starts')],
      ['roles', !has('roles') && !this.seen.has('role')],
      ['terms', !this.seen.has('term')],
      ['votes', !this.seen.has('candidate') && !this.seen.has('votedFor') && !this.inMessages.has('granted')],
      ["the log's length", !has('appends') && !this.seen.has('lastIndex')],
      ['commit indexes', !this.seen.has('commitIndex')],
      ['sent messages', !has('sends')],
      ['received messages', !has('receives')],
      ['some kinds of messages', has('receives') && !this.allMessages],
      ['completed syncs', !has('durability')],
      ['applied entries', !this.seen.has('Apply') && !this.seen.has('applied')],
    ];
    return lacking.filter(([, lacks]) => lacks).map(([what]) => what);
  }
}
