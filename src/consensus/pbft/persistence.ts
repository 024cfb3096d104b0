import { invariant } from '../../kernel/errors.js';
import type { Effect } from '../protocol.js';
import type { PbftMessage } from './messages.js';
import type { PbftRecord } from './records.js';

/**
 * What a step wrote and what it promises: the promises leave only when all that was written before them is durable. A
 * replica that forgot what it had told others would be faulty itself.
 */
export class Persistence {
  private records: PbftRecord[] = [];
  private replaces = false;
  private held: Effect<PbftMessage>[] = [];
  private lastToken = 0;
  private durableToken = 0;

  constructor(private readonly forgetsVotes: (record: PbftRecord) => boolean) {}

  write(record: PbftRecord): void {
    if (!this.forgetsVotes(record)) this.records.push(record);
  }

  /** These are all that there is from now on. */
  replace(records: readonly PbftRecord[]): void {
    this.records = records.filter((record) => !this.forgetsVotes(record));
    this.replaces = true;
  }

  /** Carries the effect out when everything written until now is durable. */
  hold(effect: Effect<PbftMessage>): void {
    this.held.push(effect);
  }

  durable(token: number): void {
    invariant(token > this.durableToken && token <= this.lastToken, () => `persisted ${token} after ${this.lastToken}`);
    this.durableToken = token;
  }

  /** At the end of every step. */
  flush(emit: (effect: Effect<PbftMessage>) => void): void {
    const { records, held } = this;
    const hasRecords = records.length > 0 || this.replaces;
    if (!hasRecords && held.length === 0) return;
    if (!hasRecords && this.durableToken === this.lastToken) {
      for (const effect of held) emit(effect);
    } else {
      const mode = this.replaces ? 'replace' : 'append';
      emit({ kind: 'persist', mode, records, then: held, token: ++this.lastToken });
      this.records = [];
      this.replaces = false;
    }
    this.held = [];
  }
}
