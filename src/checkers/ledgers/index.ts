import type { CompletionEvent, InvokeEvent, ProcessId, RunEvent } from '../../history/events.js';
import { count } from '../../kernel/count.js';
import type { Anomaly, Checker, CheckResult } from '../../plugin/checker.js';
import { balancesOf, orderOf } from '../interpret/bank.js';
import { AccountBook, type Certain, type Transfer } from './account-book.js';
import { type Found, judgeFound } from './judge.js';

/**
 * Whether the money is all there: of every ledger that `open` made, no answer shows a balance below zero or another sum
 * than was paid in, nor an account with more or less than the transfers can have left there, each of them carried out
 * once. It takes one look at each answer, so it sees less than linearizability of a bank does, but what it sees it tells
 * in terms of money. Of a ledger that is wrong it tells the first wrong answer.
 */
export function ledgers(): Checker {
  return new LedgersChecker();
}

/** How many ledgers' first wrong answers are told. */
const TOLD = 3;

interface Running {
  readonly invoke: InvokeEvent;
  readonly certain: Certain;
  readonly transfer: Transfer | undefined;
}

class LedgersChecker implements Checker {
  readonly name = 'ledgers';
  readonly reads = 'history';
  private readonly books = new Map<string, AccountBook>();
  private readonly running = new Map<ProcessId, Running>();
  private readonly wrong = new Map<string, Anomaly>();
  private readonly lastRight = new Map<string, Found>();
  private readonly counts = { reads: 0, transfers: 0, refused: 0, moved: 0 };

  observe(event: RunEvent): void {
    if (event.kind === 'invoke') this.begin(event);
    else if (event.kind === 'ok' || event.kind === 'fail') this.end(event);
    else if (event.kind === 'info') this.running.delete(event.process);
  }

  conclude(): CheckResult {
    const anomalies = [...this.wrong.values()].slice(0, TOLD);
    const { reads } = this.counts;
    const verdict = anomalies.length > 0 ? 'invalid' : reads === 0 ? 'unknown' : 'valid';
    return {
      checker: this.name,
      verdict,
      summary: this.summary(anomalies),
      anomalies,
      facts: { ledgers: this.books.size, ...this.counts },
    };
  }

  private begin(invoke: InvokeEvent): void {
    const { key = '', f, process, timeUs } = invoke;
    if (f !== 'open' && f !== 'read' && f !== 'transfer') return;
    const book = this.bookOf(key);
    if (f === 'open') {
      book.open(balancesOf(invoke.value) ?? {});
      return;
    }
    const transfer = f === 'transfer' ? { process, call: timeUs, ...orderOf(invoke) } : undefined;
    this.running.set(process, { invoke, transfer, certain: book.certain() });
    if (transfer) book.begin(transfer);
  }

  /** Transfers may be asked for before the ledger is opened, and be carried out after. */
  private bookOf(key: string): AccountBook {
    const known = this.books.get(key);
    if (known) return known;
    const book = new AccountBook();
    this.books.set(key, book);
    return book;
  }

  private end(completion: CompletionEvent): void {
    const { kind, process, key = '', value } = completion;
    const running = this.running.get(process);
    const book = this.books.get(key);
    if (running === undefined || book === undefined) return;
    this.running.delete(process);
    const { invoke, transfer, certain } = running;
    if (kind === 'fail') {
      if (transfer) book.fail(transfer);
      if (transfer && completion.error === 'insufficient-funds') this.counts.refused++;
      return;
    }
    if (transfer) {
      this.counts.transfers++;
      this.counts.moved += transfer.amount;
      transfer.return = completion.timeUs;
      book.acknowledge(transfer);
    } else this.counts.reads++;
    const balances = balancesOf(value);
    if (balances === undefined || !book.isKnown || this.wrong.has(key)) return;
    const found = { process, key, balances, transfer, certain, call: invoke.timeUs, return: completion.timeUs };
    const anomaly = judgeFound(book, found, this.lastRight.get(key));
    if (anomaly) this.wrong.set(key, anomaly);
    else if (!transfer) this.lastRight.set(key, found);
  }

  private summary(anomalies: readonly Anomaly[]): string {
    const { reads, transfers } = this.counts;
    const [worst] = anomalies;
    if (worst) {
      const others =
        this.wrong.size > 1
          ? ` (and ${count(this.wrong.size - 1, 'more ledger')} of ${this.books.size} are wrong)`
          : '';
      return `Money is not where it should be: ${worst.title}${others}.`;
    }
    if (reads === 0) return 'No read of a ledger was answered, so nobody knows whether the money is all there.';
    return `${count(transfers, 'transfer')} over ${count(this.books.size, 'ledger')}: in ${count(reads, 'read')} the money was all there, and nobody had overdrawn.`;
  }
}
