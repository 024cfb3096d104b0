import { MemoryBudget } from './budget.js';

/**
 * The configurations that a search has been in. Open addressing over one growing array of integers: a configuration
 * is a few numbers, and a search may visit millions.
 */
export class VisitedConfigurations {
  /** For each: hash, next use vector's place, state, number of pending, the pending; then chains of use vectors. */
  private arena: Int32Array;
  private used = 1;
  private table: Int32Array;
  private count = 0;

  constructor(private readonly memory = new MemoryBudget()) {
    this.arena = memory.array(1 << 10);
    this.table = memory.array(1 << 8);
  }

  clear(): void {
    this.used = 1;
    this.count = 0;
    this.table.fill(0);
  }

  /**
   * Adds a configuration. False when it is known already, or one like it that used no more of anything: whatever can
   * be reached from here can be reached from there.
   */
  add(pending: readonly number[], state: number, uses: readonly number[]): boolean {
    const hash = hashOf(pending, state);
    let slot = hash & (this.table.length - 1);
    while (true) {
      const entry = this.table[slot] as number;
      if (entry === 0) break;
      if (this.matches(entry, hash, pending, state)) return this.addUses(entry, uses);
      slot = (slot + 1) & (this.table.length - 1);
    }
    this.reserve(4 + pending.length);
    const entry = this.used;
    this.arena[entry] = hash;
    this.arena[entry + 1] = 0;
    this.arena[entry + 2] = state;
    this.arena[entry + 3] = pending.length;
    for (let index = 0; index < pending.length; index++) this.arena[entry + 4 + index] = pending[index] as number;
    this.used += 4 + pending.length;
    this.table[slot] = entry;
    this.count++;
    if (2 * this.count > this.table.length) this.grow();
    return this.addUses(entry, uses);
  }

  private matches(entry: number, hash: number, pending: readonly number[], state: number): boolean {
    const { arena } = this;
    if (arena[entry] !== hash || arena[entry + 2] !== state || arena[entry + 3] !== pending.length) return false;
    for (let index = 0; index < pending.length; index++) {
      if (arena[entry + 4 + index] !== pending[index]) return false;
    }
    return true;
  }

  /** Use vectors of one configuration hang in a chain: next, then the numbers. */
  private addUses(entry: number, uses: readonly number[]): boolean {
    for (let vector = this.arena[entry + 1] as number; vector !== 0; vector = this.arena[vector] as number) {
      let dominates = true;
      for (let index = 0; index < uses.length && dominates; index++) {
        dominates = (this.arena[vector + 1 + index] as number) <= (uses[index] as number);
      }
      if (dominates) return false;
    }
    this.reserve(1 + uses.length);
    const vector = this.used;
    this.arena[vector] = this.arena[entry + 1] as number;
    for (let index = 0; index < uses.length; index++) this.arena[vector + 1 + index] = uses[index] as number;
    this.arena[entry + 1] = vector;
    this.used += 1 + uses.length;
    return true;
  }

  private reserve(more: number): void {
    if (this.used + more > this.arena.length) this.arena = this.memory.grown(this.arena, this.used + more);
  }

  private grow(): void {
    const larger = this.memory.grown(this.table, 2 * this.table.length).fill(0);
    for (const entry of this.table) {
      if (entry === 0) continue;
      let slot = (this.arena[entry] as number) & (larger.length - 1);
      while (larger[slot] !== 0) slot = (slot + 1) & (larger.length - 1);
      larger[slot] = entry;
    }
    this.table = larger;
  }
}

function hashOf(pending: readonly number[], state: number): number {
  let hash = Math.imul(state ^ 0x9e37_79b9, 0x85eb_ca6b);
  for (let index = 0; index < pending.length; index++) {
    hash = Math.imul((hash ^ (hash >>> 15) ^ (pending[index] as number)) + 0x7f4a_7c15, 0x2c1b_3c6d);
  }
  return (hash ^ (hash >>> 13)) | 0;
}
