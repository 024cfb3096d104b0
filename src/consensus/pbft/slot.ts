import type { NodeId } from '../../kernel/ids.js';
import type { Commit, Digest, PrePrepare, Prepare, PreparedClaim, Proposal } from './messages.js';

/**
 * The votes of one phase for one sequence number: of each replica the one of the latest view, and of one view the
 * first, so that what traitors send takes no more room than what others do. Votes for views that have not begun here
 * are kept, for messages overtake each other.
 */
export class Votes<Vote extends Prepare | Commit> {
  private readonly byReplica = new Map<NodeId, Vote>();
  /** Votes that only a bug counts: the same one again. */
  repeated = 0;

  /** False where the replica said something for this view, or for a later one, already. */
  add(vote: Vote): boolean {
    const earlier = this.byReplica.get(vote.replica);
    if (earlier !== undefined && earlier.view >= vote.view) return false;
    this.byReplica.set(vote.replica, vote);
    return true;
  }

  of(replica: NodeId): Vote | undefined {
    return this.byReplica.get(replica);
  }

  all(): Iterable<Vote> {
    return this.byReplica.values();
  }

  /** How many {@link for} would list: asked for every vote, where the list is wanted once. */
  count(view: number, digest: Digest): number {
    let count = 0;
    for (const vote of this.byReplica.values()) if (vote.view === view && vote.digest === digest) count++;
    return count;
  }

  /** Those for this digest in this view. */
  for(view: number, digest: Digest): Vote[] {
    const votes: Vote[] = [];
    for (const vote of this.byReplica.values()) {
      if (vote.view === view && vote.digest === digest) votes.push(vote);
    }
    return votes;
  }
}

/** All that a replica knows of one sequence number. */
export class Slot {
  /** The pre-prepare accepted in the latest view in which one was. */
  accepted: PrePrepare | undefined;
  readonly prepares = new Votes<Prepare>();
  readonly commits = new Votes<Commit>();
  /** A proposal for a view that has not begun here. */
  early: Proposal | undefined;
  /** A proposal of the view whose clients this replica cannot authenticate by itself. */
  unverified: Proposal | undefined;
  /** With what it was prepared in the latest view in which it was; for that view's VIEW-CHANGE. */
  prepared: PreparedClaim | undefined;
  /** The latest view in which each digest was pre-prepared: Q's entries (thesis §3.2.4). */
  readonly prePrepared = new Map<Digest, number>();
  /** Committed-local in the view of `accepted`. */
  committed = false;
  /** Of each other replica the first digest that it said was decided here. */
  readonly decisions = new Map<NodeId, Digest>();
  /** What was executed here, or is known to be decided by the word of others. */
  decided: Digest | undefined;

  constructor(readonly sequence: number) {}

  /** Whether the predicate prepared(m, v, n, i) holds for what is accepted. */
  get isPrepared(): boolean {
    const { accepted, prepared } = this;
    return accepted !== undefined && prepared?.view === accepted.view && prepared.digest === accepted.digest;
  }

  /** The digests whose batches this replica needs. */
  get needed(): Digest[] {
    const { accepted, decided } = this;
    return [accepted?.digest, decided].filter((digest) => digest !== undefined);
  }

  accept(prePrepare: PrePrepare): void {
    this.accepted = prePrepare;
    this.committed = false;
    this.prePrepared.set(prePrepare.digest, prePrepare.view);
  }
}
