import { invariant } from '../kernel/errors.js';
import type { Random } from '../kernel/random.js';

/**
 * A few keys at a time, each retired after a number of uses and replaced by a fresh one: contention stays high while
 * no key's history grows without bound. Names are `k<slot>` and, after a rotation, `k<slot>.<generation>`.
 */
export class RotatingKeys {
  private readonly slots: Slot[];
  private readonly retired: string[] = [];

  constructor(
    private readonly random: Random,
    slots: number,
    private readonly usesPerKey = Number.POSITIVE_INFINITY,
  ) {
    this.slots = Array.from({ length: slots }, (_, slot) => ({ name: `k${slot + 1}`, generation: 0, uses: 0 }));
  }

  next(): string {
    const index = this.random.int(0, this.slots.length - 1);
    const slot = this.slots[index];
    invariant(slot, () => `no slot ${index} of ${this.slots.length}`);
    if (slot.uses >= this.usesPerKey) {
      this.retired.push(slot.name);
      slot.generation++;
      slot.name = `k${index + 1}.${slot.generation}`;
      slot.uses = 0;
    }
    slot.uses++;
    return slot.name;
  }

  /** Every key handed out so far that was used at least once. */
  all(): string[] {
    const current = this.slots.flatMap(({ name, uses }) => (uses > 0 ? [name] : []));
    return [...this.retired, ...current];
  }
}

interface Slot {
  /** One string for all uses: a key is looked up far more often than it changes. */
  name: string;
  generation: number;
  uses: number;
}
