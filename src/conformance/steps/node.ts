import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import type { Leadership } from '../reach/leaderships.js';
import { Demand } from './demand.js';
import { StepLog } from './log.js';
import { WaitingReads } from './waiting-reads.js';

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** Up to where a snapshot has arrived that comes in pieces (§7). */
export interface IncomingSnapshot {
  readonly index: number;
  readonly term: number;
  readonly leaderTerm: number;
  length: number;
}

/** What the node asked votes with in a term: the requests may leave later, once the term is durable. */
export interface Candidacy {
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
}

/** One node's variables (Figure 2), as its trace tells them. */
export class StepNode {
  started = false;
  /** Whether another process followed its first. */
  restarted = false;
  /** Of this node's trace, from 1. */
  eventNumber = 0;
  /** When it recorded its last event: while one is looked at, the one before. */
  lastUs: Micros = Number.NEGATIVE_INFINITY;
  role: Role = 'follower';
  term = 0;
  votedFor: NodeId | null = null;
  readonly log = new StepLog();
  commitIndex = 0;
  applied = 0;
  durableTerm = 0;
  durableVote: NodeId | null = null;
  /** How far the log, as it is now, is durable. */
  durableIndex = 0;
  incoming: IncomingSnapshot | null = null;
  /** Of this life, oldest first. */
  candidacies: Candidacy[] = [];
  /** By place in the cluster: who granted a vote, or a pre-vote, in this candidacy. */
  readonly granted: boolean[];
  /** By place: how far a follower acknowledged the log in this leadership. */
  readonly acknowledged: number[];
  /** While it leads, for the coverage. */
  leadership: Leadership | undefined;
  /** Whether it follows a leader of its term. */
  follows = false;
  /** What the message that was received last asks for. */
  readonly demand = new Demand();
  /** As a leader: reads that are in no log, and who answered it. */
  readonly reads: WaitingReads;

  constructor(
    readonly id: NodeId,
    readonly place: number,
    readonly clusterSize: number,
  ) {
    this.reads = new WaitingReads(clusterSize);
    this.granted = new Array<boolean>(clusterSize).fill(false);
    this.acknowledged = new Array<number>(clusterSize).fill(0);
  }

  /** Enters `term` as a follower that has not voted (§5.1). */
  enter(term: number): void {
    this.term = term;
    this.votedFor = null;
    this.role = 'follower';
    this.follows = false;
  }

  /** The largest index that a majority holds durably, by this leader's own knowledge. */
  agreedIndex(majority: number): number {
    const { acknowledged, place, durableIndex, clusterSize } = this;
    let agreed = 0;
    for (let candidate = 0; candidate < clusterSize; candidate++) {
      const index = candidate === place ? durableIndex : (acknowledged[candidate] as number);
      if (index <= agreed) continue;
      let holders = durableIndex >= index ? 1 : 0;
      for (let peer = 0; peer < clusterSize; peer++) {
        if (peer !== place && (acknowledged[peer] as number) >= index) holders++;
      }
      if (holders >= majority) agreed = index;
    }
    return agreed;
  }

  /** How many followers acknowledged the log up to `index`. */
  holders(index: number): number {
    let count = 0;
    for (const acknowledged of this.acknowledged) if (acknowledged >= index) count++;
    return count;
  }

  grants(): number {
    let count = 0;
    for (const granted of this.granted) if (granted) count++;
    return count;
  }

  /** "follower in term 3, vote for n1, log to index 7 of term 2, commit 5, applied 5". */
  describe(): string {
    const vote = this.votedFor === null ? 'no vote' : `vote for ${this.votedFor}`;
    return `${this.role} in term ${this.term}, ${vote}, log to index ${this.log.lastIndex} of term ${this.log.lastTerm}, commit index ${this.commitIndex}, applied ${this.applied}`;
  }
}
