import type { CheckResult } from '../../../src/linearizability-checker/index.js';
import type { Prepared } from './row.js';
import { rows } from './rows.js';

/** What the bench asks of its child. */
export interface Task {
  readonly row: string;
  readonly seed: number;
  readonly timeoutMs: number;
  readonly warmUpMs: number;
}

/** What the child tells, one after another: the history is there, it is checked, it is checked and explained. */
export type Message =
  | { readonly kind: 'ready'; readonly operations: number }
  | { readonly kind: 'checked' | 'explained'; readonly measured: Measured };

export interface Measured {
  readonly verdict: CheckResult['verdict'];
  readonly ms: number;
  /** Of the process so far, the history and the warm-up included. */
  readonly peakMegabytes: number;
  readonly states: number;
  readonly algorithms: CheckResult['effort']['algorithms'];
}

/** The program of the process that each row has to itself: its memory is then the row's. */
function main({ row: name, seed, timeoutMs, warmUpMs }: Task): void {
  const row = rows().find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`no row "${name}"`);
  warmUp(row.prepare(seed + 1, 'small'), warmUpMs);
  const prepared = row.prepare(seed, 'full');
  tell({ kind: 'ready', operations: prepared.operations });
  const checked = measure(prepared, { timeoutMs, explain: 0 });
  tell({ kind: 'checked', measured: checked });
  // There is nothing to explain in a legal history, and no time left for an undecided one.
  if (checked.verdict === 'illegal') {
    tell({ kind: 'explained', measured: measure(prepared, { timeoutMs, explain: 1 }) });
  }
}

/** Checks and explains a small history again and again, so that the compiler has seen the code that is measured. */
function warmUp(prepared: Prepared, forMs: number): void {
  const end = performance.now() + forMs;
  for (let left = forMs; left > 0; left = end - performance.now()) {
    prepared.check({ timeoutMs: left, explain: 1 });
  }
}

function measure(prepared: Prepared, options: { readonly timeoutMs: number; readonly explain: number }): Measured {
  const start = performance.now();
  const { verdict, effort } = prepared.check(options);
  const ms = performance.now() - start;
  const { states, algorithms } = effort;
  return { verdict, ms, states, algorithms, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
}

function tell(message: Message): void {
  process.send?.(message);
}

main(JSON.parse(process.argv[2] ?? '') as Task);
