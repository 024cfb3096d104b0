import { invariant } from './errors.js';
import { hash32, mix32 } from './hash.js';

/**
 * Seeded randomness (sfc32). Everything that chances in Assay draws from a fork of the run's seed, forked by a label
 * that says what it is for: `random.fork('nemesis').fork('partition')`. A fork depends on the seed and the labels
 * alone, never on how much was drawn before, so adding a draw in one place changes nothing elsewhere.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(private readonly seed: number) {
    this.a = mix32(seed);
    this.b = mix32(Math.floor(seed / 0x1_0000_0000) ^ 0x9e3779b9);
    this.c = mix32(this.a ^ 0x243f6a88);
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** An independent stream, named. */
  fork(label: string): Random {
    return new Random(hash32(label, mix32(this.seed ^ 0x811c9dc5)) + (mix32(this.seed) & 0xfffff) * 0x1_0000_0000);
  }

  uint32(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** Uniform in [0, 1). */
  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A whole number, uniform in [from, to], both included. */
  int(from: number, to: number): number {
    invariant(to >= from, () => `empty range ${from}..${to}`);
    return from + Math.floor(this.float() * (to - from + 1));
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.float() < p;
  }

  /** Exponentially distributed with the given mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.float());
  }

  pick<T>(items: readonly T[]): T {
    invariant(items.length > 0, () => 'pick from an empty list');
    return items[Math.floor(this.float() * items.length)] as T;
  }

  /** A new list, shuffled (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let index = result.length - 1; index > 0; index--) {
      const other = Math.floor(this.float() * (index + 1));
      [result[index], result[other]] = [result[other] as T, result[index] as T];
    }
    return result;
  }
}
