import type { Counterexample } from './counterexample.js';

/** What a search through the states of a specification found out. */
export interface Findings {
  /**
   * `valid`: all states that the search set out to look at were looked at, and no rule is broken in them. `unknown`: it
   * was ended early.
   */
  readonly verdict: 'valid' | 'invalid' | 'unknown';
  readonly distinct: number;
  /** How often a state was reached, the initial one included, as TLC counts. */
  readonly generated: number;
  /** States on the longest of the ways that were taken; of all states, on the longest shortest one. */
  readonly depth: number;
  readonly coverage: readonly ActionCoverage[];
  readonly violation?: Counterexample;
}

export interface ActionCoverage {
  readonly name: string;
  /** Steps by this action, and how many of them led to a new state. */
  readonly generated: number;
  readonly distinct: number;
}

/** Counts the steps of a search by rule. */
export class Coverage {
  private readonly generated: Float64Array;
  private readonly distinct: Float64Array;

  constructor(private readonly rules: readonly string[]) {
    this.generated = new Float64Array(rules.length);
    this.distinct = new Float64Array(rules.length);
  }

  step(rule: number): void {
    (this.generated[rule] as number)++;
  }

  newState(rule: number): void {
    (this.distinct[rule] as number)++;
  }

  byAction(): ActionCoverage[] {
    return this.rules.map((name, rule) => ({
      name,
      generated: this.generated[rule] as number,
      distinct: this.distinct[rule] as number,
    }));
  }
}
