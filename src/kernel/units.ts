/**
 * Times on the run's axis and all durations inside Assay are whole microseconds: exact in a double for 285 years,
 * so that the simulator adds them without rounding and the same seed gives the same bytes everywhere. Options for
 * people are in milliseconds (`…Ms`) or have a unit in their text ("5s").
 */
export type Micros = number;

export function usFromMs(milliseconds: number): Micros {
  return Math.round(milliseconds * 1000);
}

export function msFromUs(micros: Micros): number {
  return micros / 1000;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration as people write it: `250ms`, `5s`, `1.5m`, `1h`; a bare number is seconds. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * (UNIT_MS[match[2] ?? 's'] ?? Number.NaN);
}

/** "850 µs", "12.3 ms", "4.50 s", "3 min 20 s": three digits that a person can compare. */
export function formatDuration(micros: Micros): string {
  if (micros < 1000) return `${Math.round(micros)} µs`;
  if (micros < 1_000_000) return `${(micros / 1000).toPrecision(3)} ms`;
  if (micros < 120_000_000) return `${(micros / 1_000_000).toFixed(2)} s`;
  const minutes = Math.floor(micros / 60_000_000);
  return `${minutes} min ${Math.round((micros - minutes * 60_000_000) / 1_000_000)} s`;
}
