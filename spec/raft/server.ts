/** One server's variables, as in ongardie/raft.tla (Ongaro's thesis, appendix B). */
export interface Server {
  // Figure 2: persistent state on all servers.
  readonly currentTerm: number;
  readonly votedFor: number | null;
  readonly log: readonly Entry[];
  // Volatile state on all servers.
  readonly state: 'Follower' | 'Candidate' | 'Leader';
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

export type RaftMessage = RequestVoteRequest | RequestVoteResponse | AppendEntriesRequest | AppendEntriesResponse;

interface Envelope {
  readonly from: number;
  readonly to: number;
  readonly term: number;
}

export interface RequestVoteRequest extends Envelope {
  readonly type: 'RequestVoteRequest';
  readonly lastLogTerm: number;
  readonly lastLogIndex: number;
}

export interface RequestVoteResponse extends Envelope {
  readonly type: 'RequestVoteResponse';
  readonly voteGranted: boolean;
}

export interface AppendEntriesRequest extends Envelope {
  readonly type: 'AppendEntriesRequest';
  readonly prevLogIndex: number;
  readonly prevLogTerm: number;
  /** One at the most: a batch is several messages that arrive together. */
  readonly entries: readonly Entry[];
  readonly commitIndex: number;
}

export interface AppendEntriesResponse extends Envelope {
  readonly type: 'AppendEntriesResponse';
  readonly success: boolean;
  readonly matchIndex: number;
}

/** What a bounded model counts, and what clients were told. */
export interface Bookkeeping {
  readonly elections: number;
  readonly restarts: number;
  /** By value: `null` until a client asks for it; then whether it was acknowledged. */
  readonly acked: readonly (boolean | null)[];
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
