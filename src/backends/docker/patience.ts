import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../../kernel/errors.js';
import type { ProbeResult } from '../../ports/faults.js';
import { isPassing } from './engine.js';

/** Longer than a fault holds a node by default. */
const PATIENCE_MS = 10_000;
const BETWEEN_ATTEMPTS_MS = 300;

/**
 * Other nemeses may kill or pause the node while something is done to it: tries until the node confirms, for as long
 * as such a fault may last.
 */
export async function patiently(attempt: () => Promise<ProbeResult>, patienceMs = PATIENCE_MS): Promise<ProbeResult> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const probe = await attempt().catch((error: unknown): ProbeResult => {
      if (!isPassing(error)) throw error;
      return { confirmed: false, detail: messageOf(error) };
    });
    if (probe.confirmed || performance.now() >= untilMs) return probe;
    await wait(BETWEEN_ATTEMPTS_MS);
  }
}
