import type { Scalar } from '../models/cas-register.js';

/**
 * Which operation a value belongs to: a map, with an array instead for small whole numbers, which most generators of
 * unique values count with, and which are looked up several times as fast there.
 */
export class ValueIndex {
  /** Operations plus one. */
  private readonly small: Int32Array;
  private readonly others = new Map<Scalar, number>();

  /** @param size how many operations there are: how far "small" goes */
  constructor(size: number) {
    this.small = new Int32Array(2 * size);
  }

  /** The operation noted for this value, or −1. */
  get(value: Scalar): number {
    if (this.isSmall(value)) return (this.small[value] as number) - 1;
    return this.others.get(value) ?? -1;
  }

  set(value: Scalar, op: number): void {
    if (this.isSmall(value)) this.small[value] = op + 1;
    else this.others.set(value, op);
  }

  private isSmall(value: Scalar): value is number {
    return typeof value === 'number' && value >= 0 && value < this.small.length && value === (value | 0);
  }
}
