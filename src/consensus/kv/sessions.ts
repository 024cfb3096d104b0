import type { Outcome } from '../../history/events.js';
import { changed, combine, EMPTY_HASH, hashOutcome, hashText, type StateHash } from './state-hash.js';

/** One client's latest command and what became of it. */
type Remembered = readonly [client: string, serial: number, outcome: Outcome];

export type SessionsState = readonly Remembered[];

interface Session {
  readonly clientHash: number;
  serial: number;
  outcome: Outcome;
  /** Of the client with what is remembered; 0 before anything is. */
  hash: number;
}

const NOTHING_YET: Outcome = { type: 'ok' };

/**
 * Exactly-once (Raft thesis §6.3): the outcome of each session's latest command. A session has one command
 * outstanding, so the latest is all that a retry can ask for. The table is part of the replicated state: it changes
 * by applied commands alone, and when it is full the session that was used least recently *in log order* goes, so
 * that every replica forgets the same one.
 */
export class Sessions {
  private readonly latest = new Map<string, Session>();
  private total: StateHash = EMPTY_HASH;

  constructor(private readonly capacity: number) {}

  static from(state: SessionsState, capacity: number): Sessions {
    const sessions = new Sessions(capacity);
    for (const [client, serial, outcome] of state) sessions.remember(client, serial, outcome);
    return sessions;
  }

  get size(): number {
    return this.latest.size;
  }

  get hash(): StateHash {
    return this.total;
  }

  /** The answer to a command that must not be executed (again); undefined when it is new. */
  answerWithoutExecuting(client: string, serial: number): Outcome | undefined {
    const known = this.latest.get(client);
    if (known === undefined) {
      // A session's serials start at 1 and go on only after an answer: this session was here and has been evicted.
      return serial > 1 ? { type: 'info', error: 'session-expired' } : undefined;
    }
    if (serial === known.serial) return known.outcome;
    return serial < known.serial ? { type: 'info', error: 'stale-serial' } : undefined;
  }

  latestOf(client: string): { readonly serial: number; readonly outcome: Outcome } | undefined {
    return this.latest.get(client);
  }

  remember(client: string, serial: number, outcome: Outcome): void {
    let session = this.latest.get(client);
    if (session === undefined) session = { clientHash: hashText(client), serial, outcome: NOTHING_YET, hash: 0 };
    else this.latest.delete(client);
    this.latest.set(client, session);
    const hash = combine(combine(session.clientHash, serial), hashOutcome(outcome));
    this.total = changed(this.total, session.hash, hash);
    session.serial = serial;
    session.outcome = outcome;
    session.hash = hash;
    if (this.latest.size > this.capacity) this.forgetLeastRecent();
  }

  private forgetLeastRecent(): void {
    for (const [client, { hash }] of this.latest) {
      this.latest.delete(client);
      this.total = changed(this.total, hash, 0);
      return;
    }
  }

  state(): SessionsState {
    return [...this.latest].map(([client, { serial, outcome }]) => [client, serial, outcome]);
  }
}
