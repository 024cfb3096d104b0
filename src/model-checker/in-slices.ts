import { setImmediate } from 'node:timers/promises';
import { AssayError } from '../kernel/errors.js';

/** What ends a search early. */
export interface Limits {
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

export interface Ended<Result> {
  readonly result: Result;
  readonly elapsedMs: number;
  /** Which limit was met, if one was. */
  readonly endedBy: 'timeout' | 'signal' | undefined;
}

/** So long this thread may be deaf. */
const DEAF_MS = 50;

/**
 * Carries a search to its end or to a limit, a slice at a time.
 *
 * @throws AssayError `bad-argument` for bounds that are too wide
 */
export async function inSlices<Progress, Result>(
  search: Generator<Progress, Result, boolean>,
  { timeoutMs = Number.POSITIVE_INFINITY, signal }: Limits,
  onProgress: (progress: Progress) => void,
): Promise<Ended<Result>> {
  const start = performance.now();
  let heard = start;
  let endedBy: Ended<Result>['endedBy'];
  try {
    let slice = search.next(false);
    while (!slice.done) {
      const now = performance.now();
      if (now - heard >= DEAF_MS) {
        onProgress(slice.value);
        // A signal is heard only between two slices.
        await setImmediate();
        heard = now;
      }
      if (signal.aborted) endedBy = 'signal';
      else if (now - start >= timeoutMs) endedBy = 'timeout';
      slice = search.next(endedBy !== undefined);
    }
    return { result: slice.value, elapsedMs: performance.now() - start, endedBy };
  } catch (error) {
    if (error instanceof RangeError) throw tooWide(error);
    throw error;
  }
}

/** The explorer keeps numbers of few bits, and tables that an array can hold. */
export function tooWide(error: Error): AssayError {
  return new AssayError(
    'bad-argument',
    `the model is too large: ${error.message}`,
    'Lower its bounds, --log for one, or give --max-states.',
    { cause: error },
  );
}
