import type { Micros } from '../kernel/units.js';

export type TimerHandle = unknown;

/** Time as one process sees it. A node's clock may be skewed; the harness's own never is. */
export interface Clock {
  /** Monotonic, whole microseconds from a fixed origin. */
  nowUs(): Micros;
  /** Wall clock, milliseconds since 1970. It may jump; protocols must not trust it. */
  wallMs(): number;
  /** Calls `fire` once, `afterUs` later by this clock. */
  setTimer(afterUs: Micros, fire: () => void): TimerHandle;
  clearTimer(handle: TimerHandle): void;
}

export function sleep(clock: Clock, durationUs: Micros): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(durationUs, resolve);
  });
}
