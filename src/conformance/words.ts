import type { Micros } from '../kernel/units.js';

/** A time of the run as stories tell it: "12.345 s". */
export function seconds(timeUs: Micros): string {
  return `${(timeUs / 1_000_000).toFixed(3)} s`;
}
