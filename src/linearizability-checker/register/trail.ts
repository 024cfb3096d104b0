import type { MemoryBudget } from '../budget.js';
import type { Configurations } from './configurations.js';
import type { Transition } from './transitions.js';

const FIRST_CROWD = 1 << 20;

/** The changes that led to each configuration, as linked lists. */
export class Trail {
  /** For each: the one before, move, rank. */
  private links: Int32Array;
  private used = 0;
  private crowdedAt = FIRST_CROWD;

  constructor(private readonly memory: MemoryBudget) {
    this.links = memory.array(3 * 1024);
  }

  release(): void {
    this.memory.release(this.links);
  }

  /** @param previous the change before it, or −1 */
  push(previous: number, { move, rank }: Transition): number {
    if (3 * this.used + 3 > this.links.length) this.links = this.memory.grown(this.links, 3 * this.used + 3);
    this.links[3 * this.used] = previous;
    this.links[3 * this.used + 1] = move;
    this.links[3 * this.used + 2] = rank;
    return this.used++;
  }

  get crowded(): boolean {
    return this.used >= this.crowdedAt;
  }

  /** Forgets what led to no configuration that is left. */
  compact(configurations: Configurations): void {
    const renumbered = new Int32Array(this.used).fill(-1);
    for (let index = 0; index < configurations.count; index++) {
      for (let link = configurations.trailOf(index); link >= 0 && renumbered[link] === -1; ) {
        renumbered[link] = 0;
        link = this.links[3 * link] as number;
      }
    }
    let kept = 0;
    for (let link = 0; link < this.used; link++) {
      if (renumbered[link] === -1) continue;
      const previous = this.links[3 * link] as number;
      this.links[3 * kept] = previous < 0 ? previous : (renumbered[previous] as number);
      this.links[3 * kept + 1] = this.links[3 * link + 1] as number;
      this.links[3 * kept + 2] = this.links[3 * link + 2] as number;
      renumbered[link] = kept++;
    }
    for (let index = 0; index < configurations.count; index++) {
      const link = configurations.trailOf(index);
      if (link >= 0) configurations.setTrail(index, renumbered[link] as number);
    }
    this.used = kept;
    this.crowdedAt = Math.max(FIRST_CROWD, 2 * kept);
  }

  from(link: number): Transition[] {
    const path: Transition[] = [];
    for (let at = link; at >= 0; at = this.links[3 * at] as number) {
      path.push({ move: this.links[3 * at + 1] as number, rank: this.links[3 * at + 2] as number });
    }
    return path.reverse();
  }
}
