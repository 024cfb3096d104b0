import type { Disk } from './durability.js';
import type { ClocksBookkeeping, LeaseVariables } from './leases.js';
import type { PreVoteVariables } from './pre-vote.js';
import type { ReadsBookkeeping, ReadVariables } from './reads.js';
import type { SessionsBookkeeping, StateMachineVariables } from './sessions.js';
import type { SnapshotVariables } from './snapshots.js';

/** One server's variables, as in ongardie/raft.tla (Ongaro's thesis, appendix B), and those of features that are on. */
export interface Server
  extends Partial<PreVoteVariables>,
    Partial<SnapshotVariables>,
    Partial<StateMachineVariables>,
    Partial<ReadVariables>,
    Partial<LeaseVariables>,
    Partial<Disk> {
  // Figure 2: persistent state on all servers.
  readonly currentTerm: number;
  readonly votedFor: number | null;
  readonly log: readonly Entry[];
  // Volatile state on all servers.
  readonly state: 'Follower' | 'PreCandidate' | 'Candidate' | 'Leader';
  readonly commitIndex: number;
  /** Of a candidate: who granted it a vote in its term, in ascending order. */
  readonly votesGranted: readonly number[];
  /** Of a leader: by server, the next entry to send to it, and the latest that it acknowledged. */
  readonly nextIndex: readonly number[];
  readonly matchIndex: readonly number[];
  /**
   * Of a leader: by server, whether an answer is awaited. The paper's leaders may send again at any time; here they
   * wait, as in Vanlightly/raft-tlaplus, for what else they could send is the same or comes later.
   */
  readonly pendingResponse: readonly boolean[];
}

export interface Entry {
  readonly term: number;
  readonly value: number;
}

/** What a bounded model counts, and what clients were told. */
export interface Bookkeeping
  extends Partial<SessionsBookkeeping>,
    Partial<ReadsBookkeeping>,
    Partial<ClocksBookkeeping> {
  readonly elections: number;
  readonly restarts: number;
  /** By value: `null` until a client asks for it; then whether it was acknowledged. */
  readonly acked: readonly (boolean | null)[];
}

/** What the state machine has: where the model does not tell it from what is committed, all that is. */
export function appliedIndex({ lastApplied, commitIndex }: Server): number {
  return lastApplied ?? commitIndex;
}

/** Up to where a leader may count itself: what a crash would leave of its log, where the model tells disks from memory. */
export function ownMatchIndex({ log, disk }: Server): number {
  if (disk === undefined) return log.length;
  const lost = log.findIndex((entry, place) => !sameEntry(entry, disk.log[place]));
  return lost < 0 ? log.length : lost;
}

export function sameEntry(left: Entry | undefined, right: Entry | undefined): boolean {
  return left?.term === right?.term && left?.value === right?.value;
}

/** The term of the entry at a place; 0 for the place before the first. */
export function termAt(log: readonly Entry[], index: number): number {
  return log[index - 1]?.term ?? 0;
}

export function lastTerm(log: readonly Entry[]): number {
  return termAt(log, log.length);
}

export function isQuorum(count: number, servers: number): boolean {
  return 2 * count > servers;
}

/** §5.4.1: the later last term is more up-to-date; with equal last terms, the longer log. */
export function isUpToDate(
  candidate: { readonly lastLogTerm: number; readonly lastLogIndex: number },
  log: readonly Entry[],
): boolean {
  const own = lastTerm(log);
  return candidate.lastLogTerm > own || (candidate.lastLogTerm === own && candidate.lastLogIndex >= log.length);
}
