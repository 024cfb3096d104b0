import type { Micros } from '../../kernel/units.js';
import { RealClock } from '../../node/ports/clock.js';
import type { Clock, TimerHandle } from '../../ports/clock.js';

/** The harness's own clock: real time, from the moment of its making. Its timers never fire early. */
export class RunClock implements Clock {
  private readonly real = new RealClock();
  private readonly originUs = this.real.nowUs();

  nowUs(): Micros {
    return this.real.nowUs() - this.originUs;
  }

  wallMs(): number {
    return this.real.wallMs();
  }

  setTimer(afterUs: Micros, fire: () => void): TimerHandle {
    return this.real.setTimer(afterUs, fire);
  }

  clearTimer(handle: TimerHandle): void {
    this.real.clearTimer(handle);
  }
}
