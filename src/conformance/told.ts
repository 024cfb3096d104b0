import type { Anomaly } from '../plugin/checker.js';

/** Breaches of one rule that are told in full. */
const TOLD = 2;

/** Counts the breaches of each rule and keeps the first of each to tell. */
export class Told<Rule> {
  readonly anomalies: { readonly rule: Rule; readonly anomaly: Anomaly }[] = [];
  private readonly counts = new Map<Rule, number>();

  /** `tell` is called only for a breach that is told. */
  add(rule: Rule, tell: () => Anomaly): void {
    const count = (this.counts.get(rule) ?? 0) + 1;
    this.counts.set(rule, count);
    if (count <= TOLD) this.anomalies.push({ rule, anomaly: tell() });
  }

  has(rule: Rule): boolean {
    return this.counts.has(rule);
  }

  get total(): number {
    let total = 0;
    for (const count of this.counts.values()) total += count;
    return total;
  }

  /** How many of each rule, in the order in which the rules were broken first. */
  byRule(): readonly [rule: Rule, count: number][] {
    return [...this.counts];
  }
}
