/** A whole number that is not known: it is one of these. */
export interface Range {
  readonly from: number;
  /** May be infinite. */
  readonly to: number;
}

export const ANY: Range = { from: 0, to: Number.POSITIVE_INFINITY };

export function exactly(value: number): Range {
  return { from: value, to: value };
}

export function atLeast(value: number): Range {
  return { from: value, to: Number.POSITIVE_INFINITY };
}

export function includes({ from, to }: Range, value: number): boolean {
  return from <= value && value <= to;
}

export function contains(outer: Range, inner: Range): boolean {
  return outer.from <= inner.from && inner.to <= outer.to;
}

/** The least range that has both. */
export function hull(left: Range, right: Range): Range {
  return { from: Math.min(left.from, right.from), to: Math.max(left.to, right.to) };
}

/** "7", "at least 7", "3 to 7", "unknown". */
export function inWords({ from, to }: Range): string {
  if (from === to) return `${from}`;
  if (to !== Number.POSITIVE_INFINITY) return `${from} to ${to}`;
  return from === 0 ? 'unknown' : `at least ${from}`;
}
