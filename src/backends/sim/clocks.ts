import type { Micros } from '../../kernel/units.js';
import type { Clock, TimerHandle } from '../../ports/clock.js';
import type { SimEvent } from './event-queue.js';
import type { World } from './world.js';

/** Every simulated run begins at the same wall-clock time: 2025-01-01 00:00 UTC. */
const EPOCH_MS = Date.UTC(2025, 0, 1);

/** The harness's clock: virtual time itself. */
export class HarnessClock implements Clock {
  constructor(private readonly world: World) {}

  nowUs(): Micros {
    return this.world.nowUs;
  }

  wallMs(): number {
    return EPOCH_MS + this.world.nowUs / 1000;
  }

  setTimer(afterUs: Micros, fire: () => void): TimerHandle {
    const timer = new HarnessTimer(this.world, fire);
    this.world.await();
    this.world.at(this.world.nowUs + Math.max(0, Math.round(afterUs)), timer);
    return timer;
  }

  clearTimer(handle: TimerHandle): void {
    if (handle instanceof HarnessTimer) handle.clear();
  }
}

class HarnessTimer implements SimEvent {
  private pending = true;

  constructor(
    private readonly world: World,
    private readonly fire: () => void,
  ) {}

  happen(): void {
    if (!this.pending) return;
    this.clear();
    this.fire();
  }

  clear(): void {
    if (!this.pending) return;
    this.pending = false;
    this.world.wake();
  }
}

/** Who a node's timers fire for: a process that stands still or died keeps them waiting or drops them. */
export interface TimerOwner {
  /** Has `event` handled by the process now living, when it can. */
  deliver(event: { handle(): void }): void;
}

/**
 * One machine's clock: its monotonic time runs at a rate of its own, its wall clock may be off. Its timers follow the
 * rate, also those that were set before it changed. It outlives the machine's processes.
 */
export class NodeClock implements Clock {
  private rate = 1;
  /** Virtual and local time when the rate last changed. */
  private sinceUs: Micros = 0;
  private localUs: Micros = 0;
  private wallOffsetMs = 0;
  private timers: NodeTimer[] = [];

  constructor(
    private readonly world: World,
    private readonly owner: TimerOwner,
  ) {}

  nowUs(): Micros {
    if (this.rate === 1) return this.localUs + this.world.nowUs - this.sinceUs;
    return this.localUs + Math.floor((this.world.nowUs - this.sinceUs) * this.rate);
  }

  wallMs(): number {
    return EPOCH_MS + this.nowUs() / 1000 + this.wallOffsetMs;
  }

  setTimer(afterUs: Micros, fire: () => void): TimerHandle {
    const timer = new NodeTimer(this, this.nowUs() + Math.max(0, Math.round(afterUs)), fire);
    timer.position = this.timers.length;
    this.timers.push(timer);
    this.schedule(timer);
    return timer;
  }

  clearTimer(handle: TimerHandle): void {
    if (!(handle instanceof NodeTimer)) return;
    handle.cleared = true;
    this.remove(handle);
  }

  setRate(rate: number): void {
    this.localUs = this.nowUs();
    this.sinceUs = this.world.nowUs;
    this.rate = rate;
    for (const timer of this.timers) this.schedule(timer);
  }

  jumpWall(byMs: number): void {
    this.wallOffsetMs += byMs;
  }

  /** The process died, and its timers with it. */
  forgetTimers(): void {
    for (const timer of this.timers) timer.position = -1;
    this.timers = [];
  }

  /** The timer's moment came, by some rate. */
  expire(timer: NodeTimer): void {
    // A change of rate scheduled it anew; only the latest counts.
    if (timer.position < 0 || timer.happensUs !== this.world.nowUs) return;
    this.remove(timer);
    this.owner.deliver(timer);
  }

  private schedule(timer: NodeTimer): void {
    timer.happensUs = this.virtualTimeOf(timer.dueUs);
    this.world.at(timer.happensUs, timer);
  }

  /** The first moment of virtual time at which this clock shows at least `localUs`. */
  private virtualTimeOf(localUs: Micros): Micros {
    const now = this.world.nowUs;
    if (this.rate === 1) return Math.max(now, localUs - this.localUs + this.sinceUs);
    let virtual = this.sinceUs + Math.ceil((localUs - this.localUs) / this.rate);
    while (this.localUs + Math.floor((virtual - this.sinceUs) * this.rate) < localUs) virtual++;
    return Math.max(now, virtual);
  }

  private remove(timer: NodeTimer): void {
    if (timer.position < 0) return;
    const last = this.timers.pop();
    if (last && last !== timer) {
      this.timers[timer.position] = last;
      last.position = timer.position;
    }
    timer.position = -1;
  }
}

class NodeTimer implements SimEvent {
  /** Its place among the clock's timers; -1 once it fired or was cleared. */
  position = -1;
  /** When it happens, in virtual time, by the clock's present rate. */
  happensUs: Micros = 0;
  /** Also one that expired in a paused process may still be cleared, by what the process handles first. */
  cleared = false;

  constructor(
    private readonly clock: NodeClock,
    /** By the node's clock. */
    readonly dueUs: Micros,
    private readonly fire: () => void,
  ) {}

  happen(): void {
    this.clock.expire(this);
  }

  handle(): void {
    if (!this.cleared) this.fire();
  }
}
