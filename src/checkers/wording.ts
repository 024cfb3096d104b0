import type { Micros } from '../kernel/units.js';
import type { Scalar } from '../linearizability-checker/index.js';

/** A place on the run's axis: "12.310 s". */
export function showTime(timeUs: Micros): string {
  return `${(timeUs / 1_000_000).toFixed(3)} s`;
}

/** What marks the text of a structured value, so that no string is taken for one. */
export const STRUCTURED = 'json:';

export function showValue(value: Scalar | undefined): string {
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'string' && value.startsWith(STRUCTURED)
    ? value.slice(STRUCTURED.length)
    : JSON.stringify(value);
}

/** A list's end, for its beginning is rarely the point: "[…, 8, 9, 10] (10 values)". */
export function showList(values: readonly Scalar[]): string {
  if (values.length <= 6) return `[${values.map(showValue).join(', ')}]`;
  return `[…, ${values.slice(-4).map(showValue).join(', ')}] (${values.length} values)`;
}
