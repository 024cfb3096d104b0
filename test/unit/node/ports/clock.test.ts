import { describe, expect, test } from 'vitest';
import { monotonicUs, RealClock } from '../../../../src/node/ports/clock.js';
import { sleep } from '../../../../src/ports/clock.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the real clock', () => {
  test('at rate 1 it is the machine’s monotonic clock', () => {
    const clock = new RealClock();
    const before = monotonicUs();
    const now = clock.nowUs();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(monotonicUs());
  });

  test('a timer never fires before its time, and not much after it', async () => {
    const clock = new RealClock();
    for (const afterUs of [0, 1, 900, 1500, 20_000]) {
      const start = clock.nowUs();
      await sleep(clock, afterUs);
      const took = clock.nowUs() - start;
      expect(took).toBeGreaterThanOrEqual(afterUs);
      expect(took).toBeLessThan(afterUs + 500_000);
    }
  });

  test('a cleared timer does not fire', async () => {
    const clock = new RealClock();
    let fired = 0;
    clock.clearTimer(clock.setTimer(5000, () => fired++));
    clock.setTimer(5000, () => (fired += 10));
    await pause(40);
    expect(fired).toBe(10);
  });

  test('time never jumps when the rate changes, and runs at the new rate from then on', async () => {
    const clock = new RealClock();
    let last = clock.nowUs();
    for (const rate of [8, 0.25, 1]) {
      clock.setRate(rate);
      const startLocal = clock.nowUs();
      const start = monotonicUs();
      expect(startLocal).toBeGreaterThanOrEqual(last);
      expect(startLocal - last).toBeLessThan(100_000);
      await pause(30);
      const local = clock.nowUs() - startLocal;
      const real = monotonicUs() - start;
      expect(local / real).toBeCloseTo(rate, 1);
      last = clock.nowUs();
    }
  });

  test('a pending timer keeps its local due time when the rate changes', async () => {
    const clock = new RealClock();
    const start = monotonicUs();
    const fired = new Promise<number>((resolve) => clock.setTimer(60_000_000, () => resolve(monotonicUs())));
    clock.setRate(1000);
    const tookUs = (await fired) - start;
    expect(tookUs).toBeGreaterThanOrEqual(59_000);
    expect(tookUs).toBeLessThan(2_000_000);
  });

  test('a timer longer than Node’s timers reach does not fire at once', async () => {
    const clock = new RealClock();
    let fired = false;
    const timer = clock.setTimer(60 * 86_400_000_000, () => {
      fired = true;
    });
    await pause(20);
    clock.clearTimer(timer);
    expect(fired).toBe(false);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('rate %s is refused', (rate) => {
    expect(() => new RealClock().setRate(rate)).toThrow(/rate/);
  });
});
