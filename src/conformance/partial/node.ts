import type { PartialMessage } from '../../history/traces/schema.js';
import { majority, type NodeId } from '../../kernel/ids.js';
import { ANYTHING, type Candidate, reduced } from './candidate.js';
import type { Observed } from './observed.js';
import { atLeast } from './range.js';

type RequestVote = Extract<PartialMessage, { readonly type: 'RequestVote' }>;

/** What the syncs of a node's lives made durable, as far as they said so. */
export interface Durable {
  readonly term: number | undefined;
  readonly vote: NodeId | null | undefined;
  /** How far the log is. */
  lastIndex: number;
}

/** What is known of one node: the states that it may be in, and what came to it in this life. */
export class PartialNode {
  states: readonly Candidate[] = [ANYTHING];
  /** Of its trace, from 1. */
  eventNumber = 0;
  private place = '';
  /** How its trace began: with a start, or somewhere in the middle. */
  beganWithStart = false;
  restarted = false;
  /** The message that came last. */
  inbox: { readonly from: NodeId; readonly message: PartialMessage } | null = null;
  /** Terms that messages spoke of. */
  readonly heard = new Set<number>();
  /** By term and candidate: the requests for a vote that came. */
  readonly asked = new Map<number, Map<NodeId, RequestVote>>();
  /** By term: whose votes came. */
  readonly grants = new Map<number, Set<NodeId>>();
  /** By term and follower: how far it acknowledged the log. */
  readonly acknowledged = new Map<number, Map<NodeId, number>>();
  /** Terms in which it was a candidate. */
  readonly campaigned = new Set<number>();
  /** Terms of which it was leader, where elections are not recorded. */
  readonly led = new Set<number>();
  /** By leader: how far its entries reached that came; infinite where that was not recorded. */
  readonly offered = new Map<NodeId, number>();
  /** The highest commit index that the messages that came allow. */
  toldCommit = 0;
  /** Whose votes count: one list, or two while membership changes. */
  voters: readonly (readonly NodeId[])[];
  durable: Durable | null = null;
  /** A snapshot took the place of what is up to here. */
  snapshotIndex = 0;

  constructor(
    readonly id: NodeId,
    nodes: readonly NodeId[],
    readonly observed: Observed,
  ) {
    this.voters = [nodes];
  }

  /** Counts lines, not the steps that are read from them. Between two of them the log may have changed unseen. */
  count(place: string): void {
    if (place === this.place) return;
    this.eventNumber++;
    this.place = place;
    if (!this.observed.has('appends')) this.states = this.states.map((state) => this.aged(state));
  }

  private aged(state: Candidate): Candidate {
    const { log, commit, roles } = state;
    // What a follower took it may have taken for what it had.
    if (!this.observed.has('receives')) return { ...state, log: log.open(commit.from, atLeast(commit.from)) };
    if (!roles.includes('leader') && this.observed.has('roles')) return state;
    return { ...state, log: log.open(Number.POSITIVE_INFINITY, atLeast(log.lastIndex.from)) };
  }

  become(states: readonly Candidate[]): void {
    this.states = reduced(states);
  }

  /** A process knows nothing of what came to the one before it. */
  begin(): void {
    this.inbox = null;
    this.heard.clear();
    this.asked.clear();
    this.grants.clear();
    this.acknowledged.clear();
    this.campaigned.clear();
    this.led.clear();
    this.offered.clear();
    this.toldCommit = 0;
  }

  isQuorum(has: (peer: NodeId) => boolean): boolean {
    return this.voters.every((list) => list.filter(has).length >= majority(list.length));
  }
}
