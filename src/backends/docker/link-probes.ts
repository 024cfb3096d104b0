import type { Link, ProbeResult } from '../../ports/faults.js';
import type { LinkState } from './links.js';

/** A busy machine drops a datagram or wakes a process late now and then. */
const STRAY_SHARE = 0.05;
const WAKE_UP_MS = 40;

/**
 * How much longer than expected a round trip may take once `fault` was undone and the undo still be confirmed: half of
 * the least that the fault had added tells the two apart, however busy the machine is.
 */
export function healToleranceMs(fault: { meanMs: number; jitterMs: number }): number {
  return Math.max(WAKE_UP_MS, (fault.meanMs - fault.jitterMs) / 2 + WAKE_UP_MS / 2);
}

/** Whether the number of datagrams that arrived fits the link's state: within four standard deviations. */
export function judgeDatagrams(state: LinkState, sent: number, arrived: number): ProbeResult {
  const detail = `${arrived} of ${sent} datagrams arrived`;
  if (state.cut) return { confirmed: arrived === 0, detail };
  const expected = sent * (1 - state.loss);
  const tolerance = 4 * Math.sqrt(sent * state.loss * (1 - state.loss)) + STRAY_SHARE * sent;
  return {
    confirmed: Math.abs(arrived - expected) <= tolerance,
    detail: `${detail}, expected ${Math.round(expected)}`,
  };
}

/**
 * Whether a round trip fits the delays of its two directions; null: the byte did not come back. It may take
 * `toleranceMs` longer, but not shorter.
 */
export function judgeRoundTrip(
  out: LinkState,
  back: LinkState,
  measuredMs: number | null,
  toleranceMs: number,
): ProbeResult {
  const meanMs = out.delay.meanMs + back.delay.meanMs;
  const jitterMs = out.delay.jitterMs + back.delay.jitterMs;
  if (measuredMs === null) {
    const hindered = out.cut || back.cut || out.loss + back.loss > 0;
    return {
      confirmed: hindered,
      detail: hindered ? 'not measurable: another fault cuts the link' : 'the byte did not come back',
    };
  }
  const earliest = Math.max(0, meanMs - jitterMs) - 2;
  // Lost segments come again after at least 200 ms.
  const latest = meanMs + jitterMs + toleranceMs + (out.loss + back.loss > 0 ? 2000 : 0);
  return {
    confirmed: measuredMs >= earliest && measuredMs <= latest,
    detail: `round trip ${measuredMs.toFixed(1)} ms, expected ${Math.round(meanMs)} ± ${Math.round(jitterMs)} ms`,
  };
}

export function describeLink({ from, to }: Link): string {
  return `${from}→${to}`;
}
