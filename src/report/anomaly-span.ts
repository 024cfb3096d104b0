import { OUTCOMES, type RunView } from './view.js';

/** A stretch of the run's time axis. */
export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** What an anomaly itself says of its time. */
export interface AnomalyTimes {
  readonly fromUs?: number | undefined;
  readonly toUs?: number | undefined;
}

/** The moments to mark of an anomaly that no operations show: a trace's steps, mostly. */
export function anomalyMoments({ fromUs, toUs }: AnomalyTimes, rows: readonly number[]): number[] {
  if (rows.length > 0) return [];
  return [...new Set([fromUs, toUs])].filter((timeUs) => timeUs !== undefined);
}

/** The stretch of time that explains an anomaly, with a little air around it; undefined when it has no place in time. */
export function anomalySpan(view: RunView, anomaly: AnomalyTimes, rows: readonly number[]): Span | undefined {
  const { invokeUs, endUs, outcome } = view.operations;
  const starts = rows.map((row) => invokeUs[row] ?? 0);
  // An operation of unknown outcome ends when the client gave up, which is no part of the explanation.
  const ends = rows.map((row) => (OUTCOMES[outcome[row] ?? 0] === 'ok' ? (endUs[row] ?? 0) : (invokeUs[row] ?? 0)));
  if (rows.length === 0) {
    if (anomaly.fromUs !== undefined) starts.push(anomaly.fromUs);
    if (anomaly.toUs !== undefined) ends.push(anomaly.toUs);
    if (starts.length + ends.length === 0) return undefined;
  }
  const fromUs = Math.min(...starts, ...ends);
  const toUs = Math.max(...starts, ...ends);
  const air = Math.max((toUs - fromUs) * 0.06, rows.length === 0 ? 500_000 : 500);
  return { fromUs: Math.max(0, fromUs - air), toUs: Math.min(view.endUs, toUs + air) };
}
