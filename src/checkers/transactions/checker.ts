import type { RunEvent, Value } from '../../history/events.js';
import { type PairedOperation, Pairing } from '../../history/pairing.js';
import { count } from '../../kernel/count.js';
import { AssayError } from '../../kernel/errors.js';
import type { Anomaly, Checker, CheckResult } from '../../plugin/checker.js';
import type { CheckTransactionsOptions } from './check.js';
import type { TransactionAnomaly } from './finding.js';
import { judge, type TransactionsResult } from './judge.js';
import { levelName } from './levels.js';
import { TransactionLog } from './log.js';
import type { MicroOperation, Transaction } from './transaction.js';

/**
 * The transactions of a run (`f: "txn"`, the value `[[f, key, value], …]`) keep the isolation level that was promised.
 * The invocation says what was asked, an `ok` completion what was found. Other operations are not looked at.
 */
export function transactions(options: Omit<CheckTransactionsOptions, 'timeoutMs'>): Checker {
  return new TransactionsChecker(options);
}

class TransactionsChecker implements Checker {
  readonly name = 'transactions';
  readonly reads = 'history';
  private readonly pairing = new Pairing();
  private readonly log: TransactionLog;

  constructor(private readonly options: Omit<CheckTransactionsOptions, 'timeoutMs'>) {
    this.log = new TransactionLog(options.model);
  }

  observe(event: RunEvent): void {
    if (event.kind !== 'invoke' && event.kind !== 'ok' && event.kind !== 'fail' && event.kind !== 'info') return;
    const pair = this.pairing.observe(event);
    if (pair?.invoke.f === 'txn') this.log.add(transactionOf(pair));
  }

  conclude(budgetMs: number): CheckResult {
    for (const pair of this.pairing.pending()) if (pair.invoke.f === 'txn') this.log.add(transactionOf(pair));
    const result = judge(this.log, { ...this.options, timeoutMs: budgetMs });
    const told = result.anomalies.filter(({ excludes }) => excludes.includes(result.isolation));
    return {
      checker: this.name,
      verdict: result.verdict,
      summary: summary(result),
      anomalies: told.map((anomaly) => this.anomaly(anomaly)),
      facts: {
        model: this.log.model,
        isolation: levelName(result.isolation),
        transactions: result.effort.transactions,
        microOperations: result.effort.microOperations,
        reads: result.effort.reads,
        keys: result.effort.keys,
        unknownOutcomes: this.log.unknownOutcomes,
        edges: result.effort.edges,
        ...(result.excluded.length > 0 && {
          excluded: result.excluded.map(levelName).join(', '),
          'not excluded': result.notExcluded.map(levelName).join(', ') || 'none',
        }),
        ...result.found,
      },
    };
  }

  private anomaly({ kind, title, story, transactions: members, excludes }: TransactionAnomaly): Anomaly {
    const times = members.flatMap((member) => {
      const end = this.log.completeUs(member);
      return [this.log.invokeUs(member), ...(Number.isFinite(end) ? [end] : [])];
    });
    return {
      kind,
      title,
      story: [...story, `This excludes ${excludes.map(levelName).join(', ')}.`],
      operations: members.map((member) => ({
        process: this.log.process(member),
        invokeUs: this.log.invokeUs(member),
      })),
      fromUs: Math.min(...times),
      toUs: Math.max(...times),
    };
  }
}

/** @throws AssayError `bad-file` when the value is no list of micro-operations */
function transactionOf({ invoke, completion }: PairedOperation): Transaction {
  const outcome = completion?.kind ?? 'info';
  const value = (outcome === 'ok' ? completion?.value : undefined) ?? invoke.value;
  return {
    process: invoke.process,
    operations: microOperations(value, invoke.timeUs),
    outcome,
    invokeUs: invoke.timeUs,
    ...(completion && { completeUs: completion.timeUs }),
  };
}

function microOperations(value: Value | undefined, timeUs: number): readonly MicroOperation[] {
  const steps = Array.isArray(value) ? (value as readonly Value[]) : undefined;
  if (!steps?.every((step) => Array.isArray(step) && typeof step[0] === 'string' && step.length >= 2)) {
    throw new AssayError(
      'bad-file',
      `The history does not fit its model: at ${timeUs} µs, a txn needs a list of [f, key, value]`,
      'Name the transactions checker only for workloads whose operations are transactions.',
    );
  }
  return steps as unknown as readonly MicroOperation[];
}

function summary(result: TransactionsResult): string {
  const { effort, anomalies, isolation, verdict, excluded, notExcluded, found } = result;
  const scope = `${count(effort.transactions, 'transaction')} over ${count(effort.keys, 'key')}`;
  if (verdict === 'unknown') return `Undecided: ${result.because} (${scope}).`;
  if (verdict === 'valid') {
    const allowed = Object.entries(found).map(([kind, times]) => `${times} ${kind}`);
    const also = allowed.length > 0 ? ` What it allows was seen: ${allowed.join(', ')}.` : '';
    return `Nothing in ${scope} contradicts ${levelName(isolation)}.${also}`;
  }
  const worst = anomalies.find(({ excludes }) => excludes.includes(isolation));
  const kept = notExcluded.length > 0 ? `; not excluded: ${notExcluded.map(levelName).join(', ')}` : '';
  return `Not ${levelName(isolation)} (${worst?.kind}): ${worst?.title}. Excluded: ${excluded.map(levelName).join(', ')}${kept}.`;
}
