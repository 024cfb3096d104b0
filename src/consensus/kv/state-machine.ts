import type { Outcome, Value } from '../../history/events.js';
import type { ClientRequest } from '../protocol.js';
import { Sessions, type SessionsState } from './sessions.js';
import { changed, type StateHash } from './state-hash.js';
import { type KvState, KvStore } from './store.js';

export interface StateMachineOptions {
  readonly maxSessions: number;
  /** Asked when a command comes that was executed before; true only in mutants: `session-no-dedup`, `session-dedup-only-on-leader`. */
  readonly executesAgain: () => boolean;
  /** False only in a mutant: `snap-omits-session-table`. */
  readonly snapshotSessions: boolean;
}

/** A state as text, and the hash of what the text holds: that of the machine which {@link StateMachine.decode} makes of it. */
export interface EncodedState {
  readonly data: string;
  readonly hash: StateHash;
}

interface SnapshotText {
  readonly store: KvState;
  readonly sessions: SessionsState;
}

/** What the log is applied to: a key-value store that executes each session's commands once. */
export class StateMachine {
  private constructor(
    private readonly options: StateMachineOptions,
    private readonly store: KvStore,
    private readonly sessions: Sessions,
  ) {}

  static empty(options: StateMachineOptions): StateMachine {
    return new StateMachine(options, new KvStore(), new Sessions(options.maxSessions));
  }

  /** From what {@link encode} wrote. */
  static decode(text: string, options: StateMachineOptions): StateMachine {
    if (text === '') return StateMachine.empty(options);
    const { store, sessions } = JSON.parse(text) as SnapshotText;
    return new StateMachine(options, KvStore.from(store), Sessions.from(sessions, options.maxSessions));
  }

  apply({ operation, session }: ClientRequest): Outcome {
    if (session === undefined) return this.store.execute(operation);
    const known = this.sessions.answerWithoutExecuting(session.client, session.serial);
    if (known !== undefined) return this.options.executesAgain() ? this.store.execute(operation) : known;
    const outcome = this.store.execute(operation);
    this.sessions.remember(session.client, session.serial, outcome);
    return outcome;
  }

  /** A client's latest command that was executed, and what became of it. */
  latestOf(client: string): { readonly serial: number; readonly outcome: Outcome } | undefined {
    return this.sessions.latestOf(client);
  }

  read(key: string): Value {
    return this.store.read(key);
  }

  get sessionCount(): number {
    return this.sessions.size;
  }

  /** Equal for replicas that applied the same log; kept up to date by what each command changes. */
  get hash(): StateHash {
    return changed(this.store.hash, 0, this.sessions.hash);
  }

  /** The whole state; replicas that applied the same log give the same text. */
  encode(): EncodedState {
    const sessions = this.options.snapshotSessions ? this.sessions : new Sessions(0);
    const data = JSON.stringify({ store: this.store.state(), sessions: sessions.state() } satisfies SnapshotText);
    return { data, hash: changed(this.store.hash, 0, sessions.hash) };
  }
}
