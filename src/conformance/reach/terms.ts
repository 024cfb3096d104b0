import { majority, type NodeId } from '../../kernel/ids.js';

interface TermFacts {
  readonly term: number;
  /** Where the logs of its candidates ended. */
  readonly candidates: { readonly lastIndex: number; readonly lastTerm: number }[];
  /** Who voted for whom. */
  readonly votes: Map<NodeId, NodeId>;
  led: boolean;
  /** Up to where its leader committed. */
  committed: number;
}

/** Terms that are remembered; a node whose trace is read later than the others' may still speak of them. */
const KEPT = 1024;

/**
 * What is known of each term, by its number and not by the time, so that it does not matter in which order nodes'
 * traces are read. Of terms that are forgotten only those count that all nodes had left: too few, never too many.
 */
export class Terms {
  splitVotes = 0;
  staleCandidates = 0;
  private readonly facts = new Map<number, TermFacts>();
  private highest = 0;
  private readonly majority: number;
  /** By place in the cluster: the term that each node is known to have entered. */
  private readonly entered: number[];
  /** Of these, nothing is heard any more. */
  private forgottenTo = 0;
  /** The last entry that was committed in the terms that are forgotten. */
  private committedTerm = 0;
  private committedIndex = 0;

  constructor(size: number) {
    this.majority = majority(size);
    this.entered = new Array<number>(size).fill(0);
  }

  enters(place: number, term: number): void {
    if (term > (this.entered[place] as number)) this.entered[place] = term;
    if (term > this.highest) this.highest = term;
  }

  candidate(term: number, lastIndex: number, lastTerm: number): void {
    this.of(term)?.candidates.push({ lastIndex, lastTerm });
  }

  vote(term: number, voter: NodeId, candidate: NodeId): void {
    this.of(term)?.votes.set(voter, candidate);
  }

  /** Somebody leads the term, or follows who does. */
  led(term: number): void {
    const facts = this.of(term);
    if (facts) facts.led = true;
  }

  committed(term: number, index: number): void {
    const facts = this.of(term);
    if (facts && index > facts.committed) facts.committed = index;
  }

  /** Called once, after the last event. */
  conclude(): void {
    this.forget(this.facts.size, Number.POSITIVE_INFINITY);
  }

  private of(term: number): TermFacts | undefined {
    if (term <= this.forgottenTo) return undefined;
    let facts = this.facts.get(term);
    if (facts === undefined) {
      if (this.facts.size === KEPT) this.forget(KEPT / 2, Math.min(...this.entered));
      facts = { term, candidates: [], votes: new Map(), led: false, committed: 0 };
      this.facts.set(term, facts);
    }
    return facts;
  }

  /** Counts and forgets the lowest, as far as all that could be known of them is: they are lower than `left`. */
  private forget(count: number, left: number): void {
    const lowest = [...this.facts.values()].sort((one, other) => one.term - other.term).slice(0, count);
    for (const facts of lowest) {
      if (facts.term < left) this.count(facts);
      this.facts.delete(facts.term);
      this.forgottenTo = facts.term;
    }
  }

  private count({ term, candidates, votes, led, committed }: TermFacts): void {
    for (const { lastIndex, lastTerm } of candidates) {
      const behind =
        lastTerm < this.committedTerm || (lastTerm === this.committedTerm && lastIndex < this.committedIndex);
      if (behind) this.staleCandidates++;
    }
    if (committed > 0) {
      this.committedTerm = term;
      this.committedIndex = committed;
    }
    // The votes of the last term may have been on their way when the trace ended.
    if (!led && term < this.highest && this.isSplit(votes)) this.splitVotes++;
  }

  private isSplit(votes: ReadonlyMap<NodeId, NodeId>): boolean {
    const received = new Map<NodeId, number>();
    for (const candidate of votes.values()) received.set(candidate, (received.get(candidate) ?? 0) + 1);
    return received.size > 1 && Math.max(...received.values()) < this.majority;
  }
}
