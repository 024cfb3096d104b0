import { type ExploreProgress, exploreInSlices } from '../../spec/explore.js';
import type { Findings } from '../../spec/findings.js';
import { exploreInParallel } from './explore-in-parallel.js';
import { type Ended, inSlices, type Limits } from './in-slices.js';
import { type Model, specificationOf } from './model.js';

export interface CheckSpecificationOptions extends Limits {
  readonly model: Model;
  /** States that differ only by the names of nodes count once. */
  readonly symmetry: boolean;
  /** About so many states at most. */
  readonly maxStates?: number;
  /** Threads that look into states; 1 is this thread. */
  readonly workers: number;
  readonly onProgress: (progress: ExploreProgress) => void;
}

export interface CheckedSpecification extends Findings {
  readonly elapsedMs: number;
  /** Why not every state was looked at. */
  readonly endedBy?: 'timeout' | 'max-states' | 'signal';
}

/**
 * Looks at every state of a bounded model.
 *
 * @throws AssayError `bad-argument` for bounds that are too wide
 */
export async function checkSpecification(options: CheckSpecificationOptions): Promise<CheckedSpecification> {
  const { result, elapsedMs, endedBy } = await (options.workers > 1
    ? exploreInParallel(options)
    : exploreHere(options));
  return { ...result, elapsedMs, ...(result.verdict === 'unknown' && { endedBy: endedBy ?? 'max-states' }) };
}

function exploreHere(options: CheckSpecificationOptions): Promise<Ended<Findings>> {
  const { model, symmetry, maxStates, onProgress } = options;
  const exploration = exploreInSlices(specificationOf(model), { symmetry, ...(maxStates && { maxStates }) });
  return inSlices(exploration, options, onProgress);
}
