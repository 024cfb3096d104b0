import type { MemoryBudget } from '../budget.js';
import { type Configurations, NO_LINK } from './configurations.js';
import type { Transition } from './transitions.js';

/** So many changes are worth a clean-up. */
const CROWD = 1 << 20;

/** A link: the one before, move, rank. */
const LINK = 3;

/** The changes that led to each configuration, as linked lists. */
export class Trail {
  private links: Int32Array;
  private used = 0;
  private crowdedAt: number;

  constructor(
    private readonly memory: MemoryBudget,
    private readonly crowd = CROWD,
  ) {
    this.links = memory.array(LINK * 1024);
    this.crowdedAt = crowd;
  }

  release(): void {
    this.memory.release(this.links);
  }

  /** @param previous the change before it, or {@link NO_LINK} */
  push(previous: number, { move, rank }: Transition): number {
    const at = LINK * this.used;
    if (at + LINK > this.links.length) this.links = this.memory.grown(this.links, at + LINK);
    this.links[at] = previous;
    this.links[at + 1] = move;
    this.links[at + 2] = rank;
    return this.used++;
  }

  get crowded(): boolean {
    return this.used >= this.crowdedAt;
  }

  /** Forgets what led to no configuration that is left. */
  compact(configurations: Configurations): void {
    const { links } = this;
    const renumbered = new Int32Array(this.used).fill(NO_LINK);
    for (let index = 0; index < configurations.count; index++) {
      for (let link = configurations.trailOf(index); link !== NO_LINK && renumbered[link] === NO_LINK; ) {
        renumbered[link] = 0;
        link = links[LINK * link] as number;
      }
    }
    let kept = 0;
    for (const [link, mark] of renumbered.entries()) {
      if (mark === NO_LINK) continue;
      const previous = links[LINK * link] as number;
      links.copyWithin(LINK * kept, LINK * link, LINK * (link + 1));
      links[LINK * kept] = previous === NO_LINK ? NO_LINK : (renumbered[previous] as number);
      renumbered[link] = kept++;
    }
    for (let index = 0; index < configurations.count; index++) {
      const link = configurations.trailOf(index);
      if (link !== NO_LINK) configurations.setTrail(index, renumbered[link] as number);
    }
    this.used = kept;
    this.crowdedAt = Math.max(this.crowd, 2 * kept);
  }

  from(link: number): Transition[] {
    const path: Transition[] = [];
    for (let at = link; at !== NO_LINK; at = this.links[LINK * at] as number) {
      path.push({ move: this.links[LINK * at + 1] as number, rank: this.links[LINK * at + 2] as number });
    }
    return path.reverse();
  }
}
