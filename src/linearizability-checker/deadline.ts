import { OutOfBudget } from './budget.js';

/** Looks at the clock, and ends the work (by throwing) when the time is over. */
export type Pulse = () => void;

/** For work without a limit. */
export const unhurried: Pulse = () => {};

/** How often a long loop looks at the clock: `if ((step & LOOK) === 0) pulse()`. */
export const LOOK = 0x7ff;

/**
 * The stop-watch of a check. It is the only ambient thing in this folder, and all it can do is to turn a verdict into
 * `unknown`; pass `now` to replace it.
 */
export class Deadline {
  private readonly endMs: number;
  private readonly startMs: number;

  constructor(
    timeoutMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.startMs = now();
    this.endMs = this.startMs + timeoutMs;
  }

  /** For long loops: ends them when the time is over. */
  readonly pulse: Pulse = () => {
    if (this.passed()) throw new OutOfBudget('time');
  };

  passed(): boolean {
    return this.now() >= this.endMs;
  }

  elapsedMs(): number {
    return this.now() - this.startMs;
  }

  leftMs(): number {
    return Math.max(0, this.endMs - this.now());
  }

  /** A deadline that leaves this one a part of what is left. */
  part(share: number): Deadline {
    return new Deadline(this.leftMs() * share, this.now);
  }
}
