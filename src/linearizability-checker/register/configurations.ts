import type { MemoryBudget } from '../budget.js';

/** Where a configuration holds the value, and where the last change that led to it. */
export const VALUE = 0;
export const TRAIL = 1;
/** In place of a change: there was none. */
export const NO_LINK = -1;
/** Where the bits of the satisfied operations begin; those of the used ones follow, then the cost and the counts. */
export const SATISFIED = 2;

/**
 * Configurations of a sweep side by side in one array, none of which dominates another: of two that hold the same
 * value, the one that satisfied all that the other did, and used, spent and counted no more, makes the other needless.
 */
export class Configurations {
  data: Int32Array;
  count = 0;
  readonly usedAt: number;
  readonly costAt: number;
  readonly countsAt: number;
  readonly stride: number;
  private results: Uint8Array;
  /** By value: the living. */
  private readonly byValue = new Map<number, Living>();

  /**
   * @param words how many words of 32 bits hold a bit for each running operation
   * @param counts how many kinds of crashed updates have their uses counted
   */
  constructor(
    words: number,
    counts: number,
    private readonly memory: MemoryBudget,
  ) {
    this.usedAt = SATISFIED + words;
    this.costAt = this.usedAt + words;
    this.countsAt = this.costAt + 1;
    this.stride = this.countsAt + counts;
    this.data = memory.array(64 * this.stride);
    this.results = new Uint8Array(64);
  }

  release(): void {
    this.memory.release(this.data);
  }

  clear(): void {
    this.count = 0;
    for (const living of this.byValue.values()) living.count = 0;
  }

  trailOf(index: number): number {
    return this.data[index * this.stride + TRAIL] as number;
  }

  setTrail(index: number, link: number): void {
    this.data[index * this.stride + TRAIL] = link;
  }

  isDead(at: number): boolean {
    return (this.data[at + VALUE] as number) < 0;
  }

  costOf(at: number): number {
    return this.data[at + this.costAt] as number;
  }

  /** Holds this value, and nothing has happened. */
  addInitial(value: number): void {
    const initial = new Int32Array(this.stride);
    initial[VALUE] = value;
    initial[TRAIL] = NO_LINK;
    this.append(initial, 0);
  }

  /** A copy of one of these, at the end; it counts once {@link keepLast} has decided about it. */
  copy(at: number): number {
    return this.append(this.data, at);
  }

  /** A copy of one of others, likewise. */
  add(from: Configurations, at: number): number {
    return this.append(from.data, at);
  }

  isResult(at: number): boolean {
    return this.results[at / this.stride] === 1;
  }

  /**
   * Keeps the configuration added last unless another dominates it; ends those that it dominates. One that stands in
   * for a result is a result.
   */
  keepLast(result: boolean): boolean {
    const place = (this.count - 1) * this.stride;
    const { data, results, stride, usedAt } = this;
    const value = data[place + VALUE] as number;
    let living = this.byValue.get(value);
    if (living === undefined) {
      living = new Living();
      this.byValue.set(value, living);
    }
    const { places, satisfied, used } = living;
    const mySatisfied = data[place + SATISFIED] as number;
    const myUsed = data[place + usedAt] as number;
    let standsIn = result;
    let kept = 0;
    for (let index = 0; index < living.count; index++) {
      const other = places[index] as number;
      const itsSatisfied = satisfied[index] as number;
      const itsUsed = used[index] as number;
      // The first words tell nearly always.
      if (((mySatisfied & ~itsSatisfied) | (itsUsed & ~myUsed)) === 0 && this.dominates(other, place)) {
        // Then it dominates whatever this one does: none of these has ended.
        this.count--;
        if (result) results[other / stride] = 1;
        return false;
      }
      if (((itsSatisfied & ~mySatisfied) | (myUsed & ~itsUsed)) === 0 && this.dominates(place, other)) {
        data[other + VALUE] = -1;
        if (results[other / stride] === 1) standsIn = true;
        continue;
      }
      if (kept < index) living.move(index, kept);
      kept++;
    }
    living.count = kept;
    living.add(place, mySatisfied, myUsed);
    results[this.count - 1] = standsIn ? 1 : 0;
    return true;
  }

  /** Removes the ended ones. */
  sweepDead(): void {
    const { stride, data } = this;
    let kept = 0;
    for (let at = 0; at < this.count * stride; at += stride) {
      if (this.isDead(at)) continue;
      const to = kept++ * stride;
      if (to !== at) data.copyWithin(to, at, at + stride);
    }
    this.count = kept;
  }

  private append(from: Int32Array, at: number): number {
    const { stride } = this;
    const place = this.count * stride;
    if (place + stride > this.data.length) {
      const larger = this.memory.grown(this.data, this.data.length + stride);
      // A copy of an own configuration is read from where it still is.
      if (from === this.data) from = larger;
      this.data = larger;
      const results = new Uint8Array(Math.ceil(larger.length / stride));
      results.set(this.results);
      this.results = results;
    }
    const { data } = this;
    for (let index = 0; index < stride; index++) data[place + index] = from[at + index] as number;
    this.count++;
    return place;
  }

  private dominates(left: number, right: number): boolean {
    const { data, usedAt, costAt, stride } = this;
    for (let word = SATISFIED; word < usedAt; word++) {
      if (((data[right + word] as number) & ~(data[left + word] as number)) !== 0) return false;
    }
    for (let word = usedAt; word < costAt; word++) {
      if (((data[left + word] as number) & ~(data[right + word] as number)) !== 0) return false;
    }
    for (let use = costAt; use < stride; use++) {
      if ((data[left + use] as number) > (data[right + use] as number)) return false;
    }
    return true;
  }
}

/** The places of configurations that hold one value, and their first words once more: those are looked at most. */
class Living {
  count = 0;
  places = new Int32Array(64);
  satisfied = new Int32Array(64);
  used = new Int32Array(64);

  add(place: number, satisfied: number, used: number): void {
    if (this.count === this.places.length) {
      this.places = doubled(this.places);
      this.satisfied = doubled(this.satisfied);
      this.used = doubled(this.used);
    }
    this.places[this.count] = place;
    this.satisfied[this.count] = satisfied;
    this.used[this.count++] = used;
  }

  move(from: number, to: number): void {
    this.places[to] = this.places[from] as number;
    this.satisfied[to] = this.satisfied[from] as number;
    this.used[to] = this.used[from] as number;
  }
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
