import { AssayError, type ErrorCode } from '../kernel/errors.js';
import type { Verdict } from '../plugin/checker.js';

/** How `assay` ends, for scripts: a verdict, or the reason why there is none. */
export const EXIT = { valid: 0, invalid: 1, unknown: 2, badArguments: 254, harnessFailure: 255 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What the user can mend on the command line or in a file; everything else is the harness's own trouble. */
const USER_ERRORS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'bad-argument',
  'bad-option',
  'bad-file',
  'unknown-name',
  'unsupported',
  'not-found',
  'plugin',
]);

export function exitCodeOfError(error: unknown): ExitCode {
  return error instanceof AssayError && USER_ERRORS.has(error.code) ? EXIT.badArguments : EXIT.harnessFailure;
}

/** A violation that was found stays found, whatever happened to the harness afterwards. */
export function exitCodeOfRun(run: { readonly verdict: Verdict; readonly error?: unknown }): ExitCode {
  if (run.verdict === 'invalid') return EXIT.invalid;
  return run.error === undefined ? EXIT[run.verdict] : EXIT.harnessFailure;
}
