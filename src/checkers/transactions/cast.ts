import { showList, showValue } from '../wording.js';
import { INITIAL, type TransactionLog, UNKNOWN } from './log.js';

/** Transactions as a story names them: T1, T2, … in the order in which they are mentioned. */
export class Cast {
  private readonly members: number[] = [];

  constructor(private readonly log: TransactionLog) {}

  /** "T1 (p3, 1.200–1.310 s)" at the first mention, then "T1". */
  name(transaction: number): string {
    const known = this.members.indexOf(transaction);
    if (known >= 0) return `T${known + 1}`;
    this.members.push(transaction);
    return `T${this.members.length} (${this.identity(transaction)})`;
  }

  get transactions(): readonly number[] {
    return this.members;
  }

  /** What each did: "T1: append 4 to x; read y = [1, 2]". */
  programmes(): string[] {
    return this.members.map((transaction, index) => {
      const steps: string[] = [];
      for (let operation = this.log.start(transaction); operation < this.log.start(transaction + 1); operation++) {
        steps.push(this.step(operation));
      }
      return `T${index + 1}: ${steps.join('; ')}${this.ending(transaction)}.`;
    });
  }

  private identity(transaction: number): string {
    const { log } = this;
    const from = seconds(log.invokeUs(transaction));
    const until = log.completeUs(transaction);
    const when = until === Number.POSITIVE_INFINITY ? `from ${from} s` : `${from}–${seconds(until)} s`;
    return `p${log.process(transaction)}, ${when}`;
  }

  private step(operation: number): string {
    const { log } = this;
    const { name } = log.key(log.keyAt(operation));
    const value = log.valueAt(operation);
    if (log.writesAt(operation)) {
      const written = showValue(log.versionValues[value]);
      return log.model === 'list-append' ? `append ${written} to ${name}` : `write ${written} to ${name}`;
    }
    if (value === UNKNOWN) return `read ${name}`;
    return `read ${name} = ${found(log, operation)}`;
  }

  private ending(transaction: number): string {
    const outcome = this.log.outcome(transaction);
    return outcome === 'ok' ? '' : outcome === 'fail' ? '; aborted' : '; outcome unknown';
  }
}

/** What a read found, as people write it. */
export function found(log: TransactionLog, operation: number): string {
  if (log.model === 'list-append') {
    const { list, length } = log.listAt(operation);
    return length === 0 ? 'nothing' : showList(list.slice(0, length));
  }
  const version = log.valueAt(operation);
  return version === INITIAL ? 'nothing' : showValue(log.versionValues[version]);
}

function seconds(timeUs: number): string {
  return (timeUs / 1_000_000).toFixed(3);
}
