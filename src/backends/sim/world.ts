import { AssayError } from '../../kernel/errors.js';
import type { Micros } from '../../kernel/units.js';
import { EventQueue, type SimEvent } from './event-queue.js';

/**
 * After an event that let the harness's own code go on, so many microtask turns follow before the next event. That
 * code (clients, nemeses, the runner) is async; the turns let it go on to its next request or sleep. Microtasks run in
 * an order that the language fixes, so any number is deterministic; code that needs more turns goes on a few events
 * later.
 */
const TURNS = 5;

/** How many events pass between two looks at the outside: signals, progress, abortion. */
const EVENTS_PER_BREATH = 20_000;

/** How long, in real time, harness code may do something other than wait for the simulation. */
const STALLED_MS = 10_000;

const SETTLED = Promise.resolve();

/** Virtual time: what happens next, and the harness's code that waits for it. */
export class World {
  nowUs: Micros = 0;
  readonly queue = new EventQueue();
  /** Harness promises that only an event can resolve: sleeps, requests. */
  private awaited = 0;
  private woken = false;
  private running = false;

  at(timeUs: Micros, event: SimEvent): void {
    this.queue.push(timeUs, event);
  }

  /** The harness begins to wait for something. */
  await(): void {
    this.awaited++;
  }

  /** What it waited for came: called within an event, before a promise is resolved. */
  wake(): void {
    this.awaited--;
    this.woken = true;
  }

  /**
   * Turns events until `main` ends.
   *
   * @throws AssayError `harness` when `main` waits for something that no event will bring; the signal's reason when it
   * is aborted; whatever `main` throws
   */
  async run<T>(main: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.running) throw new AssayError('harness', 'the simulator runs already: one run() at a time');
    this.running = true;
    try {
      let ended = false;
      const result = main().finally(() => {
        ended = true;
      });
      // Its rejection is reported by the return below, also when that comes a few turns later.
      result.catch(() => {});
      const isEnded = () => ended;
      while (!isEnded()) {
        await this.turnEvents(isEnded);
        await breath();
        signal.throwIfAborted();
        if (this.awaited === 0) await this.settle(isEnded);
      }
      return await result;
    } finally {
      this.running = false;
    }
  }

  /**
   * Turns events for a while, and lets the harness's code go on in between. Written with callbacks, for it is the
   * hottest loop of all and a thousand awaits cost more than the events themselves.
   */
  private turnEvents(isEnded: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let events = 0;
      let turns = 0;
      const turn = () => {
        if (++turns < TURNS) {
          SETTLED.then(turn);
          return;
        }
        turns = 0;
        this.woken = false;
        try {
          while (!this.woken) {
            if (isEnded() || this.awaited === 0 || ++events > EVENTS_PER_BREATH) {
              resolve();
              return;
            }
            this.next();
          }
          SETTLED.then(turn);
        } catch (error) {
          reject(error);
        }
      };
      SETTLED.then(turn);
    });
  }

  private next(): void {
    this.nowUs = this.queue.nextTimeUs();
    this.queue.pop()?.happen();
  }

  /** `main` waits for no event: it is about to end, to go on, or does real input and output. Time stands still. */
  private async settle(isEnded: () => boolean): Promise<void> {
    const start = performance.now();
    while (!isEnded() && this.awaited === 0) {
      await breath();
      if (performance.now() - start > STALLED_MS) {
        throw new AssayError(
          'harness',
          `the simulation stands still at ${this.nowUs} µs: the harness waits for something that no event will bring`,
          'Code that runs in the simulator may wait only for the cluster’s clock and requests.',
        );
      }
    }
  }
}

function breath(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
