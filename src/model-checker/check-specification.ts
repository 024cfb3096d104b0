import { setImmediate } from 'node:timers/promises';
import { type Exploration, type ExploreProgress, exploreInSlices } from '../../spec/explore.js';
import { AssayError } from '../kernel/errors.js';
import { type Model, specificationOf } from './model.js';

export interface CheckOptions {
  readonly model: Model;
  /** States that differ only by the names of nodes count once. */
  readonly symmetry: boolean;
  readonly timeoutMs?: number;
  /** About so many states at most. */
  readonly maxStates?: number;
  /** Ends it early, as the limits do. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ExploreProgress) => void;
}

export interface CheckedSpecification extends Exploration {
  readonly elapsedMs: number;
  /** Why not every state was looked at. */
  readonly endedBy?: 'timeout' | 'max-states' | 'signal';
}

/**
 * Looks at every state of a bounded model.
 *
 * @throws AssayError `bad-argument` for bounds that are too wide
 */
export async function checkSpecification(options: CheckOptions): Promise<CheckedSpecification> {
  const { model, symmetry, maxStates, timeoutMs = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  const start = performance.now();
  const slices = exploreInSlices(specificationOf(model), { symmetry, ...(maxStates !== undefined && { maxStates }) });
  let endedBy: CheckedSpecification['endedBy'];
  try {
    let slice = slices.next(false);
    while (!slice.done) {
      onProgress(slice.value);
      // A signal is heard only between two slices.
      await setImmediate();
      if (signal.aborted) endedBy = 'signal';
      else if (performance.now() - start >= timeoutMs) endedBy = 'timeout';
      slice = slices.next(endedBy !== undefined);
    }
    const exploration = slice.value;
    return {
      ...exploration,
      elapsedMs: performance.now() - start,
      ...(exploration.verdict === 'unknown' && { endedBy: endedBy ?? 'max-states' }),
    };
  } catch (error) {
    if (error instanceof RangeError) throw tooWide(error);
    throw error;
  }
}

/** The explorer keeps numbers of few bits, and tables that an array can hold. */
function tooWide(error: RangeError): AssayError {
  return new AssayError(
    'bad-argument',
    `the model is too large: ${error.message}`,
    'Lower --terms, --log or --restarts, or give --max-states.',
    { cause: error },
  );
}
