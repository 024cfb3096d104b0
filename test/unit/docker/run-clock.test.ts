import { describe, expect, it } from 'vitest';
import { RunClock } from '../../../src/backends/docker/run-clock.js';
import { sleep } from '../../../src/ports/clock.js';

describe("the harness's clock", () => {
  it('begins at zero', () => {
    expect(new RunClock().nowUs()).toBeLessThan(50_000);
  });

  it('never ends a sleep early', async () => {
    const clock = new RunClock();
    await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const durationUs = 500 + index * 137;
        const began = clock.nowUs();
        await sleep(clock, durationUs);
        expect(clock.nowUs() - began).toBeGreaterThanOrEqual(durationUs);
      }),
    );
  });

  it('does not fire a timer that was cleared', async () => {
    const clock = new RunClock();
    let fired = false;
    clock.clearTimer(
      clock.setTimer(1000, () => {
        fired = true;
      }),
    );
    await sleep(clock, 10_000);
    expect(fired).toBe(false);
  });
});
