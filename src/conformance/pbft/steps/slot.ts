/** What a replica did with one digest in one view of a sequence number: a set of these. */
export const ACCEPTED = 1;
export const PREPARED = 2;
export const COMMITTED = 4;

/** How often a vote was sent to each, by place; and how many STATUS had been heard when it was decided. */
export interface Sends {
  readonly times: number[];
  statuses: number;
}

/** Of one view and digest. */
export interface Act {
  readonly view: number;
  readonly digest: string;
  what: number;
  /** Of its PREPARE, or pre-prepare, and of its COMMIT. */
  readonly vote: Sends;
  readonly commit: Sends;
  /** Whether others may know of its vote and of its COMMIT, in this process or before. */
  promised: number;
}

export interface Vote {
  readonly view: number;
  readonly digest: string;
  /** Whether it came when it could be counted. */
  counts: boolean;
}

/** Different votes of one replica that are remembered: a traitor may cast any number. */
const REMEMBERED = 16;

/** The place of no replica. */
const NOBODY = -1;

/** Votes of one phase, by place of the voter. */
export class PhaseVotes {
  private readonly votes: Vote[][] = [];

  add(voter: number, view: number, digest: string, counts: boolean): void {
    let votes = this.votes[voter];
    if (votes === undefined) {
      votes = [];
      this.votes[voter] = votes;
    }
    for (const known of votes) {
      if (known.view !== view || known.digest !== digest) continue;
      known.counts ||= counts;
      return;
    }
    if (votes.length < REMEMBERED) votes.push({ view, digest, counts });
  }

  /** How many said the same for this view, and nothing else that counts: the most, over what was said. */
  most(view: number): number {
    const digests = new Set(this.votes.flatMap((votes) => votes.map(({ digest }) => digest)));
    return Math.max(0, ...[...digests].map((digest) => this.counted(view, digest, NOBODY)));
  }

  /** Whether it may count for this: not all that a traitor said is remembered. */
  mayCount(voter: number, view: number, digest: string): boolean {
    const votes = this.votes[voter];
    if (votes === undefined) return false;
    return votes.length === REMEMBERED || votes.some((vote) => vote.view === view && vote.digest === digest);
  }

  /** How many must count: those who said this, and nothing else for this view or a later one. */
  counted(view: number, digest: string, except: number): number {
    let count = 0;
    for (let voter = 0; voter < this.votes.length; voter++) {
      const votes = this.votes[voter];
      if (voter === except || votes === undefined) continue;
      let counts = false;
      for (const vote of votes) {
        if (vote.view < view) continue;
        counts = vote.view === view && vote.digest === digest && vote.counts;
        if (!counts) break;
      }
      if (counts) count++;
    }
    return count;
  }
}

function unsent(): Sends {
  return { times: [], statuses: 0 };
}

/** What one replica has for one sequence number, in this process. */
export class StepSlot {
  /** Newest view last. */
  readonly acts: Act[] = [];
  readonly prepares = new PhaseVotes();
  readonly commits = new PhaseVotes();
  readonly proposals = new PhaseVotes();
  /** What others say that they executed. */
  readonly decisions = new PhaseVotes();
  /** What is decided by their word, and what was executed here. */
  learnt: string | undefined;
  executed: string | undefined;
  /** The latest pre-prepare that was accepted, and what prepared last. */
  accepted: Act | undefined;
  prepared: Act | undefined;
  /** Whether it was looked at since the last message. */
  touched = false;

  constructor(readonly sequence: number) {}

  /** Whether this replica needs the batch of the digest here. */
  needs(digest: string): boolean {
    return this.accepted?.digest === digest || this.learnt === digest;
  }

  find(view: number, digest: string): Act | undefined {
    for (const act of this.acts) if (act.view === view && act.digest === digest) return act;
    return undefined;
  }

  act(view: number, digest: string): Act {
    let act = this.find(view, digest);
    if (act === undefined) {
      act = { view, digest, what: 0, vote: unsent(), commit: unsent(), promised: 0 };
      this.acts.push(act);
    }
    return act;
  }

  /** Another digest that was accepted in the view. */
  otherAccepted(view: number, digest: string): Act | undefined {
    for (const act of this.acts) {
      if (act.view === view && act.digest !== digest && (act.what & ACCEPTED) !== 0) return act;
    }
    return undefined;
  }

  did(view: number, digest: string, what: number): boolean {
    const act = this.find(view, digest);
    return act !== undefined && (act.what & what) !== 0;
  }

  /** Whether a batch of this digest was committed-local here, in whichever view, or others executed it. */
  decided(digest: string): boolean {
    if (this.learnt === digest) return true;
    return this.acts.some((act) => act.digest === digest && (act.what & COMMITTED) !== 0);
  }
}
