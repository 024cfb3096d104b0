import type { ExploreProgress } from '../../spec/explore.js';
import { Explorer, type ViolatingStep } from '../../spec/explorer.js';
import type { ActionCoverage, Findings } from '../../spec/findings.js';
import { VisitedStates } from '../../spec/fingerprints.js';
import { Hand } from './hand.js';
import type { Ended, Limits } from './in-slices.js';
import { FIGURES } from './messages.js';
import { type Model, specificationOf } from './model.js';

export interface ParallelOptions extends Limits {
  readonly model: Model;
  readonly symmetry: boolean;
  /** 2 or more. */
  readonly workers: number;
  readonly maxStates?: number;
  readonly onProgress: (progress: ExploreProgress) => void;
}

const FIRST_CAPACITY = 1 << 16;
/** The visited states may take up so much more than fits well before the memory grows, at the next barrier. */
const OVERFULL = 1.5;
/** Fewer open states than this by worker are not worth sharing out. */
const SHARED_OUT = 200;
/** Nor are fewer than this worth an interruption, when a worker has nothing left. */
const INTERRUPTING = 4000;
/** Nor is a difference between two workers that is less than this part of what one has on average. */
const UNEVEN = 0.1;
const TICK_MS = 100;

/**
 * As `explore`, by several workers, with the same counts: whoever first adds the fingerprint of a state to the memory
 * that they share owns the state, and looks into it in the next level. At the end of each level all wait for one
 * another; there the memory grows. States move to those who have few, there and when one has nothing left.
 *
 * @throws AssayError `bad-argument` for bounds that are too wide
 */
export async function exploreInParallel(options: ParallelOptions): Promise<Ended<Findings>> {
  const exploration = new ParallelExploration(options);
  try {
    return await exploration.run();
  } finally {
    await exploration.dismiss();
  }
}

type Figure = 'open' | 'found' | 'distinct' | 'generated';

class ParallelExploration {
  private readonly hands: readonly Hand[];
  private readonly figures: Float64Array;
  private readonly stop = new Int32Array(new SharedArrayBuffer(4));
  private visited = VisitedStates.for(FIRST_CAPACITY, allocate);
  private depth = 1;
  private readonly start = performance.now();
  private endedBy: Ended<Findings>['endedBy'];

  constructor(private readonly options: ParallelOptions) {
    const { model, symmetry, workers } = options;
    const figures = new SharedArrayBuffer(workers * FIGURES.count * Float64Array.BYTES_PER_ELEMENT);
    this.figures = new Float64Array(figures);
    const stop = this.stop.buffer as SharedArrayBuffer;
    this.hands = Array.from({ length: workers }, (_, index) => new Hand({ model, symmetry, figures, index, stop }));
  }

  async run(): Promise<Ended<Findings>> {
    const ticks = setInterval(() => this.tick(), TICK_MS);
    try {
      await this.hands[0]?.ask({ kind: 'begin', visited: this.memory });
      while (this.total('open') > 0 && this.violated === undefined && !this.limited()) {
        await this.shareOut();
        await this.work();
        if (this.total('open') === 0 && this.violated === undefined && this.total('found') > 0) await this.nextLevel();
      }
      return { result: this.result(), elapsedMs: performance.now() - this.start, endedBy: this.endedBy };
    } finally {
      clearInterval(ticks);
    }
  }

  async dismiss(): Promise<void> {
    await Promise.all(this.hands.map((hand) => hand.dismiss()));
  }

  /** All look into what they have, until it is done, the memory is full, or somebody has nothing left. */
  private async work(): Promise<void> {
    const distinct = this.total('distinct');
    if (distinct >= this.visited.capacity) await this.grow();
    const room = Math.ceil((this.visited.capacity * OVERFULL - distinct) / this.hands.length);
    Atomics.store(this.stop, 0, 0);
    const working = new Set(this.hands.filter(({ latest }) => latest.open > 0));
    await Promise.all(
      [...working].map(async (hand) => {
        await hand.ask({ kind: 'work', visited: this.memory, room });
        working.delete(hand);
        const most = Math.max(0, ...[...working].map((other) => this.figure(other, 'open')));
        if (most > INTERRUPTING) Atomics.store(this.stop, 0, 1);
      }),
    );
  }

  private async grow(): Promise<void> {
    const from = this.memory;
    this.visited = VisitedStates.for(2 * this.visited.capacity, allocate);
    const to = this.memory;
    const parts = this.hands.length;
    await Promise.all(this.hands.map((hand, part) => hand.ask({ kind: 'grow', from, to, part, parts })));
  }

  private async nextLevel(): Promise<void> {
    this.depth++;
    await Promise.all(this.hands.map((hand) => hand.ask({ kind: 'next-level' })));
  }

  /** Moves open states to those who have few. */
  private async shareOut(): Promise<void> {
    for (;;) {
      const byOpen = [...this.hands].sort((left, right) => left.latest.open - right.latest.open);
      const [least, most] = [byOpen[0], byOpen.at(-1)];
      const average = this.total('open') / this.hands.length;
      if (!least || !most || average < SHARED_OUT) return;
      const difference = most.latest.open - least.latest.open;
      if (difference < UNEVEN * average) return;
      const { given } = await most.ask({ kind: 'give', count: Math.floor(difference / 2) });
      if (given) await least.ask({ kind: 'receive', states: given });
    }
  }

  /** Limits are looked at while workers are at work, too. */
  private tick(): void {
    const { onProgress } = this.options;
    const sum = (figure: Figure) => this.hands.reduce((total, hand) => total + this.figure(hand, figure), 0);
    const distinct = sum('distinct');
    onProgress({ depth: this.depth, distinct, generated: sum('generated'), open: sum('open') + sum('found') });
    if (this.limited(distinct)) Atomics.store(this.stop, 0, 1);
  }

  /** What a worker left, while it works. */
  private figure(hand: Hand, figure: Figure): number {
    return this.figures[this.hands.indexOf(hand) * FIGURES.count + FIGURES[figure]] as number;
  }

  private limited(distinct = this.total('distinct')): boolean {
    const { signal, timeoutMs = Number.POSITIVE_INFINITY, maxStates = Number.POSITIVE_INFINITY } = this.options;
    if (signal.aborted) this.endedBy ??= 'signal';
    else if (performance.now() - this.start >= timeoutMs) this.endedBy ??= 'timeout';
    return this.endedBy !== undefined || distinct >= maxStates;
  }

  private result(): Findings {
    const { violated, depth } = this;
    const coverage = (this.hands[0]?.latest.coverage ?? []).map(({ name }, rule) => ({
      name,
      generated: this.covered(rule, 'generated'),
      distinct: this.covered(rule, 'distinct'),
    }));
    return {
      verdict: violated ? 'invalid' : this.total('open') + this.total('found') > 0 ? 'unknown' : 'valid',
      distinct: this.total('distinct'),
      generated: this.total('generated'),
      depth: violated?.from ? depth + 1 : depth,
      coverage,
      ...(violated && { violation: this.explorer().counterexample(violated) }),
    };
  }

  /** For what it knows of the specification. */
  private explorer() {
    return new Explorer(specificationOf(this.options.model), this.options, this.visited);
  }

  private get violated(): ViolatingStep | undefined {
    return this.hands.find(({ latest }) => latest.violated)?.latest.violated;
  }

  private get memory(): SharedArrayBuffer {
    return this.visited.memory as SharedArrayBuffer;
  }

  private total(figure: Figure): number {
    return this.hands.reduce((sum, { latest }) => sum + latest[figure], 0);
  }

  private covered(rule: number, figure: 'generated' | 'distinct'): number {
    const of = (coverage: readonly ActionCoverage[]) => coverage[rule]?.[figure] ?? 0;
    return this.hands.reduce((sum, { latest }) => sum + of(latest.coverage), 0);
  }
}

function allocate(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}
