import type { RequestRef } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import type { Replica } from './replica.js';
import type { SafetyRule } from './rules.js';

/** What a replica did, or heard of another, for one view and digest: a set of these. */
export const ACCEPTED = 1;
export const PREPARE_SENT = 2;
export const PREPARED = 4;
export const COMMIT_SENT = 8;
export const PROPOSAL_HEARD = 16;
export const PREPARE_HEARD = 32;
export const COMMIT_HEARD = 64;
/** Of no view: what was executed holds in all. */
export const EXECUTED = 512;
export const DECISION_HEARD = 1024;
/** That it accepted, or prepared, in this process, or has told others: what a crash took before is as if it never was. */
export const STANDS_ACCEPTED = 128;
export const STANDS_PREPARED = 256;

/** Of one replica, for one view and digest of a sequence number. */
export interface Act {
  readonly view: number;
  readonly digest: string;
  what: number;
  readonly next: Act | undefined;
}

/** Different things that a replica heard of one other for one sequence number, at most: traitors may say anything. */
const HEARD = 16;

/** Something that another must have done, which its trace did not show yet. */
export interface Claim {
  readonly rule: SafetyRule;
  readonly by: Replica;
  readonly what: number;
  readonly view: number;
  readonly digest: string;
  /** Who says so. */
  readonly told: Replica;
  readonly timeUs: Micros;
}

/** What was decided, by whom it was seen first. */
export interface Decision {
  readonly digest: string;
  readonly by: Replica;
  readonly timeUs: Micros;
  readonly how: 'committed' | 'learnt' | 'executed';
}

export interface Commitment {
  readonly view: number;
  readonly digest: string;
  readonly by: Replica;
  readonly timeUs: Micros;
}

export interface Execution {
  readonly requests: readonly RequestRef[];
  readonly skipped: readonly RequestRef[];
  readonly by: Replica;
  readonly timeUs: Micros;
}

/** What is known of one sequence number, over all views. */
export class SequenceFacts {
  private readonly acts: (Act | undefined)[] = [];
  private readonly hearsay: (Act | undefined)[] = [];
  decision: Decision | undefined;
  execution: Execution | undefined;
  /** Of each view the first. */
  readonly committed: Commitment[] = [];
  readonly claims: Claim[] = [];

  constructor(
    readonly sequence: number,
    private readonly size: number,
  ) {}

  /** Notes what `replica` did. */
  did({ place }: Replica, view: number, digest: string, what: number): void {
    const known = find(this.acts[place], view, digest);
    if (known !== undefined) known.what |= what;
    else this.acts[place] = { view, digest, what, next: this.acts[place] };
  }

  has({ place }: Replica, view: number, digest: string, what: number): boolean {
    const act = find(this.acts[place], view, digest);
    return act !== undefined && (act.what & what) === what;
  }

  /** Another digest for which it did that in the view. */
  otherDigest({ place }: Replica, view: number, digest: string, what: number): string | undefined {
    for (let act = this.acts[place]; act !== undefined; act = act.next) {
      if (act.view === view && (act.what & what) !== 0 && act.digest !== digest) return act.digest;
    }
    return undefined;
  }

  /** The process of `replica` is another one now. */
  restart({ place }: Replica): void {
    for (let act = this.acts[place]; act !== undefined; act = act.next) {
      if ((act.what & PREPARE_SENT) === 0) act.what &= ~STANDS_ACCEPTED;
      if ((act.what & COMMIT_SENT) === 0) act.what &= ~STANDS_PREPARED;
    }
  }

  /** Notes what `listener` heard. */
  hears(listener: Replica, author: number, view: number, digest: string, what: number): void {
    const place = listener.place * this.size + author;
    const first = this.hearsay[place];
    const known = find(first, view, digest);
    if (known !== undefined) known.what |= what;
    else if (lengthOf(first) < HEARD) this.hearsay[place] = { view, digest, what, next: first };
  }

  /** Whether it may have: of one that said very much, not all is remembered. */
  mayHaveHeard(listener: Replica, author: number, view: number, digest: string, what: number): boolean {
    const first = this.hearsay[listener.place * this.size + author];
    const act = find(first, view, digest);
    return (act !== undefined && (act.what & what) !== 0) || lengthOf(first) === HEARD;
  }
}

function find(first: Act | undefined, view: number, digest: string): Act | undefined {
  let act = first;
  while (act !== undefined && (act.view !== view || act.digest !== digest)) act = act.next;
  return act;
}

function lengthOf(first: Act | undefined): number {
  let count = 0;
  for (let act = first; act !== undefined; act = act.next) count++;
  return count;
}
