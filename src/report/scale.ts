/** Round positions for an axis: at most `count` ticks of 1, 2 or 5 times a power of ten, inside [from, to]. */
export function ticks(from: number, to: number, count: number): number[] {
  const span = to - from;
  if (!(span > 0) || count < 1) return [];
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const result: number[] = [];
  // By index, not by adding up: sums of fractions drift.
  for (let index = Math.ceil(from / step); index * step <= to; index++) result.push(index * step);
  return result;
}

/** A time on the run's axis, with just the digits that tell neighbours `stepUs` apart from each other: "12.35 s". */
export function formatTime(timeUs: number, stepUs: number): string {
  const digits = Math.min(6, Math.max(0, -Math.floor(Math.log10(Math.max(stepUs, 1) / 1e6) + 1e-9)));
  return `${(timeUs / 1e6).toFixed(digits)} s`;
}
