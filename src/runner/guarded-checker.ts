import type { RunEvent } from '../history/events.js';
import { AssayError, BrokenInvariant, messageOf } from '../kernel/errors.js';
import type { Checker, CheckResult } from '../plugin/checker.js';
import { checkResultSchema } from '../store/run-record.js';

/** How much longer than its budget a checker may take before nobody waits for it. */
const GRACE_MS = 5000;

/**
 * A checker, ours or a plugin's, whose failure can neither look like a verdict nor harm the run that it watches: what
 * it throws while it observes is told when it should conclude, what it concludes is examined, and it is not waited for
 * for ever.
 */
export class GuardedChecker implements Checker {
  readonly name: string;
  readonly reads: Checker['reads'];
  private failure: unknown;
  /** Bound: all checkers pass through {@link observe}, and to look the method up each time costs more than to call it. */
  private readonly pass: (event: RunEvent) => void;

  constructor(private readonly checker: Checker) {
    this.pass = checker.observe.bind(checker);
    this.name = checker.name;
    this.reads = checker.reads;
  }

  observe(event: RunEvent): void {
    if (this.failure !== undefined) return;
    try {
      this.pass(event);
    } catch (error) {
      this.failure = error ?? new Error('it threw nothing');
    }
  }

  /** @throws AssayError `plugin` when the checker failed, `harness` when the user interrupted */
  async conclude(budgetMs: number, signal?: AbortSignal): Promise<CheckResult> {
    if (this.failure !== undefined) throw this.failed('while it observed', this.failure);
    let result: CheckResult | undefined;
    try {
      result = await this.withinBudget(budgetMs, signal);
    } catch (error) {
      throw this.failed('while it concluded', error);
    }
    if (result === undefined) {
      return {
        checker: this.name,
        verdict: 'unknown',
        summary: `The checker ${this.name} did not conclude within its budget of ${budgetMs / 1000} s.`,
        anomalies: [],
        facts: {},
      };
    }
    const parsed = checkResultSchema.safeParse(result);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const what = `${issue?.path.join('.') || 'it'}: ${issue?.message}`;
      throw new AssayError('plugin', `the checker ${this.name} concluded what is no result (${what})`, RESULT_FORM);
    }
    return result;
  }

  private async withinBudget(budgetMs: number, signal: AbortSignal | undefined): Promise<CheckResult | undefined> {
    let timer: NodeJS.Timeout | undefined;
    let abort: (() => void) | undefined;
    try {
      return await Promise.race([
        // Called in a promise's turn: what it throws at once is a rejection like any other.
        Promise.resolve().then(() => this.checker.conclude(budgetMs)),
        new Promise<undefined>((resolve) => {
          timer = setTimeout(() => resolve(undefined), budgetMs + GRACE_MS);
        }),
        new Promise<never>((_, reject) => {
          abort = () => reject(new AssayError('harness', 'the check was interrupted'));
          // A run that was interrupted before is judged all the same: a violation beats an interruption.
          signal?.addEventListener('abort', abort, { once: true });
        }),
      ]);
    } finally {
      clearTimeout(timer);
      if (abort) signal?.removeEventListener('abort', abort);
    }
  }

  private failed(when: string, error: unknown): unknown {
    if (error instanceof AssayError || error instanceof BrokenInvariant) return error;
    return new AssayError('plugin', `the checker ${this.name} threw ${when}: ${messageOf(error)}`, undefined, {
      cause: error,
    });
  }
}

const RESULT_FORM = 'A result has checker, verdict (valid, invalid or unknown), summary, anomalies and facts.';
