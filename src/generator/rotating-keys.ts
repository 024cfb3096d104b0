import type { Random } from '../kernel/random.js';

/**
 * A few keys at a time, each retired after a number of uses and replaced by a fresh one: contention stays high while
 * no key's history grows without bound. Names are `k<slot>` and, after a rotation, `k<slot>.<generation>`.
 */
export class RotatingKeys {
  private readonly uses: number[];
  private readonly generations: number[];
  private readonly retired: string[] = [];

  constructor(
    private readonly random: Random,
    slots: number,
    private readonly usesPerKey = Number.POSITIVE_INFINITY,
  ) {
    this.uses = Array.from({ length: slots }, () => 0);
    this.generations = Array.from({ length: slots }, () => 0);
  }

  next(): string {
    const slot = this.random.int(0, this.uses.length - 1);
    const used = this.uses[slot] ?? 0;
    if (used >= this.usesPerKey) {
      this.retired.push(this.name(slot));
      this.generations[slot] = (this.generations[slot] ?? 0) + 1;
      this.uses[slot] = 0;
    }
    this.uses[slot] = (this.uses[slot] ?? 0) + 1;
    return this.name(slot);
  }

  /** Every key handed out so far that was used at least once. */
  all(): string[] {
    const current = this.uses.flatMap((used, slot) => (used > 0 ? [this.name(slot)] : []));
    return [...this.retired, ...current];
  }

  private name(slot: number): string {
    const generation = this.generations[slot] ?? 0;
    return generation === 0 ? `k${slot + 1}` : `k${slot + 1}.${generation}`;
  }
}
