import { expect, test } from 'vitest';
import { RunClock } from '../../../src/backends/docker/run-clock.js';
import { Random } from '../../../src/kernel/random.js';
import { sleep } from '../../../src/ports/clock.js';
import { Load } from '../../../src/runner/load.js';
import { Recorder } from '../../../src/runner/recorder.js';

test('timers that come a millisecond late do not slow the schedule down', async () => {
  const clock = new RunClock();
  let invoked = 0;
  const recorder = new Recorder({
    hashed: false,
    checkers: [],
    observer: { observe: (event) => (invoked += event.kind === 'invoke' ? 1 : 0) },
  });
  const load = new Load({
    clock,
    recorder,
    concurrency: 50,
    operationTimeoutMs: 1000,
    newClient: () => ({ invoke: async () => ({ type: 'ok' }) }),
    onOutcome: () => undefined,
  });
  const startUs = clock.nowUs();
  load.start({ ratePerSecond: 10_000, random: new Random(3), draw: () => ({ f: 'read', key: 'x' }) });
  await sleep(clock, 300_000);
  await load.stop();
  const seconds = (clock.nowUs() - startUs) / 1_000_000;
  // A timer for each arrival would make a thousand a second at most.
  expect(invoked / seconds).toBeGreaterThan(3000);
  expect(load.shed).toBe(0);
});
