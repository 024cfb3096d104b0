import type { Random } from '../kernel/random.js';
import type { Micros } from '../kernel/units.js';

/**
 * An open-loop schedule: when operations are *due*, whatever the replies do (Poisson arrivals of the given rate).
 * Closed-loop clients slow down with the system and so hide its worst latencies; these do not.
 */
export class Arrivals {
  private due: number;
  private readonly meanGapUs: number;

  constructor(
    private readonly random: Random,
    ratePerSecond: number,
    startUs: Micros,
  ) {
    this.meanGapUs = 1_000_000 / ratePerSecond;
    this.due = startUs;
  }

  next(): Micros {
    this.due += this.random.exponential(this.meanGapUs);
    return Math.round(this.due);
  }
}
