import { Explorer } from './explorer.js';
import type { Findings } from './findings.js';
import { VisitedStates } from './fingerprints.js';
import type { Addressed, Specification } from './specification.js';

export interface ExploreOptions {
  /** States that differ only by the names of nodes count once. Default false. */
  readonly symmetry?: boolean;
  /** About so many states at most. Default: no limit. */
  readonly maxStates?: number;
  /** Called now and then with the numbers so far; `false` ends the exploration. */
  readonly onProgress?: (progress: ExploreProgress) => boolean | undefined;
}

export interface ExploreProgress {
  readonly depth: number;
  readonly distinct: number;
  readonly generated: number;
  /** States that were found and not looked into yet. */
  readonly open: number;
}

const FIRST_CAPACITY = 1 << 16;
/** So many states are looked into between two looks at the limits. */
const SLICE = 10_000;

/**
 * Looks at every state that the specification can reach, those that are near first, so that a counterexample is a
 * shortest one.
 *
 * What is kept of a visited state is its fingerprint of 64 bits (63 of them count): see `collisionProbability`.
 */
export function explore<Node, Message extends Addressed, Shared>(
  specification: Specification<Node, Message, Shared>,
  options: ExploreOptions = {},
): Findings {
  const slices = exploreInSlices(specification, options);
  let slice = slices.next(false);
  while (!slice.done) slice = slices.next(options.onProgress?.(slice.value) === false);
  return slice.value;
}

/** {@link explore} a little at a time; `next(true)` ends it early. */
export function* exploreInSlices<Node, Message extends Addressed, Shared>(
  specification: Specification<Node, Message, Shared>,
  { symmetry = false, maxStates = Number.POSITIVE_INFINITY }: ExploreOptions,
): Generator<ExploreProgress, Findings, boolean> {
  const explorer = new Explorer(specification, { symmetry }, VisitedStates.for(FIRST_CAPACITY, allocate));
  let depth = 1;
  explorer.begin();
  while (explorer.open > 0 && explorer.violated === undefined) {
    const { distinct, visited } = explorer;
    if (distinct >= maxStates) break;
    if (distinct >= visited.capacity) explorer.visited = visited.larger(allocate);
    explorer.work(SLICE, Math.min(explorer.visited.capacity, maxStates) - distinct);
    if (explorer.open === 0 && explorer.violated === undefined) {
      explorer.nextLevel();
      if (explorer.open > 0) depth++;
    }
    const { distinct: now, generated, open, found } = explorer;
    if (yield { depth, distinct: now, generated, open: open + found }) break;
  }
  const { distinct, generated, violated } = explorer;
  return {
    verdict: violated ? 'invalid' : explorer.open > 0 ? 'unknown' : 'valid',
    distinct,
    generated,
    depth: violated?.from ? depth + 1 : depth,
    coverage: explorer.coverage.byAction(),
    ...(violated && { violation: explorer.counterexample(violated) }),
  };
}

function allocate(bytes: number): ArrayBuffer {
  return new ArrayBuffer(bytes);
}
