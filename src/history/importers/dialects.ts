import type { Value } from '../events.js';
import type { HistoryRecord } from './records.js';

/** The `error` of a compare-and-set that was carried out and found another value: a fact about the register. */
export const CAS_MISMATCH = 'cas-mismatch';

/** The `error` of a read whose answer says nothing. */
export const NIL_READ = 'nil-read';

/**
 * Where histories of the same look mean different things. Each has a default by format, for the reason given there,
 * and a flag of `assay check` that overrides it.
 */
export interface Dialect {
  /**
   * What a failed compare-and-set says: `mismatch`, that it was carried out and found another value; `nothing`, that
   * it did not happen.
   */
  readonly failedCas: 'mismatch' | 'nothing';
  /** What a read of nil says: that it found `nothing`, or that `anything` may have been there. */
  readonly nilRead: 'nothing' | 'anything';
  /** Whether each value is a pair `[key value]` (jepsen.independent), every key an object by itself. */
  readonly independent: boolean;
}

/** What the user says about a history; the rest is decided by its format and its first records. */
export type DialectOptions = Partial<Dialect>;

export type JepsenFormat = 'jepsen-edn' | 'jepsen-log' | 'elle-json';

const BY_FORMAT: Readonly<Record<JepsenFormat, Omit<Dialect, 'independent'>>> = {
  /*
   * The log lines of Jepsen's 2014 etcd tests. Their client failed a compare-and-set only when etcd answered that the
   * values differ (time-outs are `:info`), and a read of a missing key is `nil`. Porcupine reads them so, too
   * (porcupine_test.go, `parseJepsenLog`): some of the published verdicts hold only then.
   */
  'jepsen-log': { failedCas: 'mismatch', nilRead: 'nothing' },
  /*
   * Knossos: "`:fail` … did not take place" (knossos.history), whatever the reason, and its register models let a read
   * of nil match any state (knossos.model, `CASRegister`), for old tests wrote nil when they did not learn the value.
   * Jepsen's, Maelstrom's and Porcupine's maps are judged by the same rules.
   */
  'jepsen-edn': { failedCas: 'nothing', nilRead: 'anything' },
  /** elle-cli feeds JSON to the same models. */
  'elle-json': { failedCas: 'nothing', nilRead: 'anything' },
};

/** The dialect of a history, from its format, its first records, and what the user says. */
export function dialectOf(format: JepsenFormat, head: readonly HistoryRecord[], options: DialectOptions = {}): Dialect {
  return { independent: looksIndependent(head), ...BY_FORMAT[format], ...definedOnly(options) };
}

/**
 * Pairs `[key value]` are known by invocations that cannot be anything else: a read that asks for `[key nil]`, or a
 * compare-and-set of `[key [expected new]]`; provided that every other value is a pair as well.
 */
function looksIndependent(head: readonly HistoryRecord[]): boolean {
  let evidence = false;
  for (const { type, process, key, f, value } of head) {
    if (type !== 'invoke' || process === undefined || value === null) continue;
    if (key !== undefined || f === undefined || f === 'txn' || !isPair(value)) return false;
    evidence ||= value[1] === null || (f === 'cas' && isPair(value[1] as Value));
  }
  return evidence;
}

export function isPair(value: Value): value is readonly [Value, Value] {
  return Array.isArray(value) && value.length === 2;
}

/**
 * The error that a failed operation is recorded with.
 *
 * A log line may carry a reason after the value; then the compare-and-set failed for that reason. The 2014 lines repeat
 * the compare-and-set's own value.
 */
export function failureOf(dialect: Dialect, invoke: HistoryRecord, fail: HistoryRecord): string {
  if (invoke.f === 'cas' && dialect.failedCas === 'mismatch') {
    const same = fail.value === null || JSON.stringify(fail.value) === JSON.stringify(invoke.value);
    if (same && fail.error === undefined) return CAS_MISMATCH;
  }
  const reason = fail.error ?? (typeof fail.value === 'string' ? fail.value : undefined);
  return reason === undefined ? 'failed' : typeof reason === 'string' ? reason : JSON.stringify(reason);
}

function definedOnly(options: DialectOptions): DialectOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
