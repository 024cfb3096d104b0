import type { PartialMessage } from '../../history/traces/schema.js';
import { majority, type NodeId } from '../../kernel/ids.js';
import { ANYTHING, type Candidate, reduced } from './candidate.js';
import type { Observed } from './observed.js';
import { atLeast } from './range.js';

type RequestVote = Extract<PartialMessage, { readonly type: 'RequestVote' }>;
type AppendEntries = Extract<PartialMessage, { readonly type: 'AppendEntries' }>;

/** What the syncs of a node's lives made durable, as far as they said so. */
export interface Durable {
  readonly term: number | undefined;
  readonly vote: NodeId | null | undefined;
  /** How far the log is. */
  lastIndex: number | undefined;
}

/** Messages whose entries may still be taken. More than these are not remembered: then any may be. */
const MOST_WAITING = 64;

/** What is known of one node: the states that it may be in, and what came to it in this life. */
export class PartialNode {
  states: readonly Candidate[] = [ANYTHING];
  /** The states before the present event, of which the rules may already have taken a part into {@link states}. */
  before: readonly Candidate[] = this.states;
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
  /** Terms of which a leader's messages came. */
  readonly followed = new Set<number>();
  /** By leader: how far its entries reached that came; infinite where that was not recorded. */
  readonly offered = new Map<NodeId, number>();
  /** The highest commit index that the messages that came allow. */
  toldCommit = 0;
  /** Of the latest term of which entries came: the highest commit index, and how far the log equals the leader's. */
  private told: { readonly term: number; readonly commit: number; readonly matched: number } | undefined;
  /** Messages with entries, of the latest term: a node may take several at once. Undefined: too many to know. */
  waiting: AppendEntries[] | undefined = [];
  /** The term of which it was leader when it last told its commit index. */
  committedIn: number | undefined;
  /** The term that it was last seen to enter. */
  entered: number | undefined;
  /** Whose votes count: one list, or two while membership changes. Undefined: not told yet. */
  voters: readonly (readonly NodeId[])[] | undefined;
  durable: Durable | null = null;
  /** A snapshot took the place of what is up to here. */
  snapshotIndex = 0;

  constructor(
    readonly id: NodeId,
    nodes: readonly NodeId[] | undefined,
    readonly observed: Observed,
  ) {
    this.voters = nodes && [nodes];
  }

  /** Whether its trace has the process from its beginning. */
  get started(): boolean {
    return this.beganWithStart || this.restarted;
  }

  /** Whether all that came to the process is known. */
  get receives(): boolean {
    return this.observed.has('receives') && this.started;
  }

  /**
   * Counts lines, not the steps that are read from them; whether this is a new one. Between two of them the log may
   * have changed unseen.
   */
  count(place: string): boolean {
    if (place === this.place) return false;
    this.eventNumber++;
    this.place = place;
    if (!this.observed.has('appends')) this.states = this.states.map((state) => this.aged(state));
    this.before = this.states;
    return true;
  }

  private aged(state: Candidate): Candidate {
    const { log, commit, roles } = state;
    // What a follower took it may have taken for what it had.
    if (!this.receives) return { ...state, log: log.open(commit.from, atLeast(commit.from)) };
    if (!roles.includes('leader') && this.observed.has('roles')) return state;
    return { ...state, log: log.open(Number.POSITIVE_INFINITY, atLeast(log.lastIndex.from)) };
  }

  become(states: readonly Candidate[]): void {
    this.states = reduced(states);
  }

  /** A sync completed: what it says of besides what was durable before. */
  synced({ term, votedFor, lastIndex }: Partial<Durable> & { readonly votedFor?: NodeId | null | undefined }): void {
    const { durable } = this;
    this.durable = {
      term: term ?? durable?.term,
      vote: term === undefined && votedFor === undefined ? durable?.vote : votedFor,
      lastIndex: lastIndex ?? durable?.lastIndex,
    };
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
    this.followed.clear();
    this.offered.clear();
    this.toldCommit = 0;
    this.told = undefined;
    this.waiting = [];
    this.entered = undefined;
    this.committedIn = undefined;
  }

  /** A leader's message came that may bring entries up to `end`. */
  wait(message: AppendEntries): void {
    if (this.waiting === undefined) return;
    const latest = this.waiting[0]?.term ?? message.term;
    if (message.term < latest) return;
    if (message.term > latest) this.waiting = [];
    if (this.waiting.length === MOST_WAITING) this.waiting = undefined;
    else this.waiting.push(message);
  }

  /** Figure 2: a follower commits up to what its leader committed, as far as its log equals the leader's. */
  tellCommit(term: number, commit: number, matched: number): void {
    if (this.told === undefined || term > this.told.term) this.told = { term, commit, matched };
    else if (term === this.told.term) {
      this.told = { term, commit: Math.max(this.told.commit, commit), matched: Math.max(this.told.matched, matched) };
    }
    const allowed = Math.min(this.told.commit, this.told.matched);
    this.toldCommit = Math.max(this.toldCommit, allowed, Math.min(commit, matched));
  }

  /** Whether these are a majority; they may be where it is not known whose votes count. */
  isQuorum(has: (peer: NodeId) => boolean): boolean {
    if (this.voters === undefined) return true;
    return this.voters.every((list) => list.filter(has).length >= majority(list.length));
  }
}
