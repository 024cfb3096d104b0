import type { Micros } from '../../kernel/units.js';
import type { Clock } from '../../ports/clock.js';

/** The harness's own clock: real time, from the moment of its making. */
export class RunClock implements Clock {
  private readonly originNs = process.hrtime.bigint();

  nowUs(): Micros {
    return Number((process.hrtime.bigint() - this.originNs) / 1000n);
  }

  wallMs(): number {
    return Date.now();
  }

  setTimer(afterUs: Micros, fire: () => void): NodeJS.Timeout {
    return setTimeout(fire, Math.ceil(afterUs / 1000));
  }

  clearTimer(handle: unknown): void {
    clearTimeout(handle as NodeJS.Timeout);
  }
}
