import { invariant } from '../../kernel/errors.js';
import type { Micros } from '../../kernel/units.js';
import type { Clock } from '../../ports/clock.js';

/** The machine's own monotonic clock (CLOCK_MONOTONIC): one axis for all processes and containers of a machine. */
export function monotonicUs(): Micros {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000_000 + Math.floor(nanoseconds / 1000);
}

/** Node's timers overflow beyond this delay and fire at once; a longer one is armed in steps. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff;

interface Timer {
  dueUs: Micros;
  fire: () => void;
  timeout: NodeJS.Timeout | undefined;
}

/**
 * The machine's clock, at a rate that can be set while it runs: the fault "this node's quartz is fast". Local time
 * never jumps, it only goes faster or slower from now on; pending timers keep their local due time.
 */
export class RealClock implements Clock {
  private readonly pending = new Set<Timer>();
  private rate = 1;
  /** Local time was `localOriginUs` when the machine's was `originUs`; since then it has run at `rate`. */
  private originUs = monotonicUs();
  private localOriginUs = this.originUs;

  nowUs(): Micros {
    // At rate 1 and without a past skew this is the machine's time, without rounding.
    return Math.floor(this.localOriginUs + (monotonicUs() - this.originUs) * this.rate);
  }

  wallMs(): number {
    return Date.now();
  }

  setTimer(afterUs: Micros, fire: () => void): Timer {
    const timer: Timer = { dueUs: this.nowUs() + afterUs, fire, timeout: undefined };
    this.pending.add(timer);
    this.arm(timer);
    return timer;
  }

  clearTimer(handle: unknown): void {
    const timer = handle as Timer;
    clearTimeout(timer.timeout);
    this.pending.delete(timer);
  }

  getRate(): number {
    return this.rate;
  }

  /** @param rate local microseconds per real one; above 0 */
  setRate(rate: number): void {
    invariant(Number.isFinite(rate) && rate > 0, () => `a clock cannot run at rate ${rate}`);
    this.localOriginUs = this.nowUs();
    this.originUs = monotonicUs();
    this.rate = rate;
    for (const timer of this.pending) {
      clearTimeout(timer.timeout);
      this.arm(timer);
    }
  }

  private arm(timer: Timer): void {
    const realMs = (timer.dueUs - this.nowUs()) / this.rate / 1000;
    timer.timeout = setTimeout(() => this.expire(timer), Math.min(Math.max(0, Math.ceil(realMs)), LONGEST_TIMEOUT_MS));
  }

  private expire(timer: Timer): void {
    // Node's timers follow a clock of their own and may be a little early.
    if (this.nowUs() < timer.dueUs) {
      this.arm(timer);
      return;
    }
    this.pending.delete(timer);
    timer.fire();
  }
}
