import { invariant } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import type { BugSwitches } from '../bug-switches.js';
import type { Effect } from '../protocol.js';
import type { BugName } from './bugs.js';
import type { RaftLog } from './log.js';
import type { RaftMessage } from './messages.js';
import { NO_SNAPSHOT, type RaftRecord, type Snapshot } from './records.js';

/** What has to be on disk. */
export interface PersistentState {
  readonly currentTerm: number;
  readonly votedFor: NodeId | null;
  readonly log: RaftLog;
  readonly snapshot: Snapshot;
}

/** The trace step that a completed sync justifies. Ours until it is carried out: a truncation meanwhile lowers it. */
interface DurableStep {
  readonly name: 'Durable';
  readonly term: number;
  readonly votedFor: NodeId | null;
  lastIndex: number;
}

/**
 * Group commit: at most one `persist` is under way; what changes meanwhile is written together by the next. Messages
 * that promise something not yet durable wait behind the write that makes it so.
 */
export class Persistence {
  private durableIndex = 0;
  /** Entries from here on were not handed to the disk yet. */
  private unwrittenFrom = 1;
  private hardStateUnwritten = false;
  private replaceAll = false;
  private writing: { readonly token: number; readonly hardState: boolean; readonly step: DurableStep } | undefined;
  private waiting: Effect<RaftMessage>[] = [];
  private tokens = 0;

  constructor(private readonly bugs: BugSwitches<BugName>) {}

  /** All of the log that was recovered is durable. */
  recovered(lastIndex: number): void {
    this.durableIndex = lastIndex;
    this.unwrittenFrom = lastIndex + 1;
  }

  hardStateChanged(): void {
    this.hardStateUnwritten = !this.bugs.strikes('voteNotPersisted') && !this.bugs.strikes('persistsNothing');
  }

  /** The log is different from `from` on. */
  logChanged(from: number): void {
    if (from < this.unwrittenFrom) this.unwrittenFrom = from;
    if (from <= this.durableIndex) this.durableIndex = from - 1;
    if (this.writing && from <= this.writing.step.lastIndex) this.writing.step.lastIndex = from - 1;
  }

  /** A snapshot took the place of the log's beginning; entries after `matchedTo` are gone from the disk's log. */
  snapshotChanged(matchedTo: number): void {
    this.replaceAll = true;
    this.logChanged(matchedTo + 1);
  }

  /** The log, as it is now, survives a power failure up to here. */
  get lastDurableIndex(): number {
    return this.durableIndex;
  }

  get isHardStateDurable(): boolean {
    return !this.hardStateUnwritten && this.writing?.hardState !== true;
  }

  /** May something be told that rests on the term, the vote and the log up to `index`? */
  isDurable(index: number): boolean {
    return this.isHardStateDurable && index <= this.durableIndex;
  }

  /** Holds effects back until everything that is there now is durable. */
  hold(effect: Effect<RaftMessage>): void {
    if (this.waiting.length === 0) this.waiting = [effect];
    else this.waiting.push(effect);
  }

  /** The write under way is done. */
  completed(token: number): void {
    const { writing } = this;
    invariant(writing?.token === token, () => `persisted ${token}, but ${writing?.token ?? 'nothing'} was under way`);
    this.writing = undefined;
    if (writing.step.lastIndex > this.durableIndex) this.durableIndex = writing.step.lastIndex;
  }

  /** Whether a {@link flush} now would do nothing; asked after every step. */
  isQuiet(lastIndex: number): boolean {
    if (this.writing) return true;
    return this.unwrittenFrom > lastIndex && !this.hardStateUnwritten && !this.replaceAll && this.waiting.length === 0;
  }

  /** Starts the next write where there is something to write and none is under way. */
  flush(state: PersistentState, emit: (effect: Effect<RaftMessage>) => void): void {
    if (this.writing) return;
    const records = this.takeRecords(state);
    if (records.length === 0) {
      // Nothing to wait for (any more): what was held back for the write that just ended may go.
      for (const effect of this.waiting) emit(effect);
      if (this.waiting.length > 0) this.waiting = [];
      return;
    }
    const step: DurableStep = {
      name: 'Durable',
      term: state.currentTerm,
      votedFor: state.votedFor,
      lastIndex: state.log.lastIndex,
    };
    const token = ++this.tokens;
    this.writing = { token, hardState: this.hardStateUnwritten, step };
    emit({
      kind: 'persist',
      mode: this.replaceAll ? 'replace' : 'append',
      records,
      then: afterTrace(step, this.waiting),
      token,
    });
    this.waiting = [];
    this.hardStateUnwritten = false;
    this.replaceAll = false;
    this.unwrittenFrom = state.log.lastIndex + 1;
  }

  private takeRecords({ currentTerm, votedFor, log, snapshot }: PersistentState): RaftRecord[] {
    if (this.bugs.on.persistsNothing) {
      if (this.replaceAll || this.unwrittenFrom <= log.lastIndex) this.bugs.tookEffect();
      this.replaceAll = false;
      this.recovered(log.lastIndex);
      return [];
    }
    const from = this.replaceAll ? snapshot.index + 1 : this.unwrittenFrom;
    const entries: RaftRecord | undefined =
      from <= log.lastIndex ? { kind: 'entries', from, entries: log.slice(from, log.lastIndex) } : undefined;
    // By far the most frequent, and kept for long: an array of just one.
    if (entries && !this.hardStateUnwritten && !this.replaceAll) return [entries];
    const records: RaftRecord[] = [];
    if (this.hardStateUnwritten || (this.replaceAll && !this.bugs.on.voteNotPersisted)) {
      records.push({ kind: 'hard-state', term: currentTerm, votedFor });
    }
    if (this.replaceAll && snapshot !== NO_SNAPSHOT) records.push({ kind: 'snapshot', snapshot });
    if (entries) records.push(entries);
    return records;
  }
}

/** Mostly nothing waits, or one answer: an array of just that size takes a third of the room. */
function afterTrace(step: DurableStep, waiting: readonly Effect<RaftMessage>[]): Effect<RaftMessage>[] {
  const trace: Effect<RaftMessage> = { kind: 'trace', step };
  const [first] = waiting;
  if (first === undefined) return [trace];
  return waiting.length === 1 ? [trace, first] : [trace, ...waiting];
}
