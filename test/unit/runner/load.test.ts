import { describe, expect, it } from 'vitest';
import { HarnessClock } from '../../../src/backends/sim/clocks.js';
import { World } from '../../../src/backends/sim/world.js';
import type { OperationEvent, RunEvent } from '../../../src/history/events.js';
import { Random } from '../../../src/kernel/random.js';
import type { Answer, Client } from '../../../src/plugin/system.js';
import { sleep } from '../../../src/ports/clock.js';
import { Load } from '../../../src/runner/load.js';
import { Recorder } from '../../../src/runner/recorder.js';

const SECOND_US = 1_000_000;

/** Runs a load in virtual time against clients that answer as `answer` says, and returns the history. */
async function historyOf(options: {
  answer: (clock: HarnessClock, operation: number) => Promise<Answer>;
  ratePerSecond: number;
  concurrency: number;
  seconds: number;
  sweep?: boolean;
}): Promise<{ events: OperationEvent[]; shed: number; clients: number }> {
  const world = new World();
  const clock = new HarnessClock(world);
  const events: OperationEvent[] = [];
  const observe = (event: RunEvent) => {
    if (event.kind === 'invoke' || event.kind === 'ok' || event.kind === 'fail' || event.kind === 'info')
      events.push(event);
  };
  let clients = 0;
  let operations = 0;
  const newClient = (): Client => {
    clients++;
    return { invoke: () => options.answer(clock, operations++) };
  };
  const load = new Load({
    clock,
    recorder: new Recorder({ hashed: false, checkers: [], observer: { observe } }),
    concurrency: options.concurrency,
    operationTimeoutMs: 1000,
    newClient,
    onOutcome: () => {},
  });
  await world.run(async () => {
    load.start({ ratePerSecond: options.ratePerSecond, random: new Random(1), draw: () => ({ f: 'read', key: 'k' }) });
    for (let second = 0; second < options.seconds; second++) {
      await sleep(clock, SECOND_US);
      if (options.sweep) load.sweep();
    }
    if (!options.sweep) await load.stop();
  }, new AbortController().signal);
  return { events, shed: load.shed, clients };
}

const after = (durationUs: number, answer: Answer) => async (clock: HarnessClock) => {
  await sleep(clock, durationUs);
  return answer;
};

describe('Load', () => {
  it('keeps the rate that it was asked for, however fast the replies come', async () => {
    const { events } = await historyOf({
      answer: after(1000, { type: 'ok' }),
      ratePerSecond: 500,
      concurrency: 10,
      seconds: 10,
    });
    const invoked = events.filter(({ kind }) => kind === 'invoke').length;
    expect(invoked).toBeGreaterThan(4700);
    expect(invoked).toBeLessThan(5300);
  });

  it('has one operation outstanding per process, and ends every one', async () => {
    const { events } = await historyOf({
      answer: after(30_000, { type: 'ok' }),
      ratePerSecond: 500,
      concurrency: 5,
      seconds: 5,
    });
    const open = new Set<number>();
    for (const { kind, process } of events) {
      expect(open.has(process)).toBe(kind !== 'invoke');
      if (kind === 'invoke') open.add(process);
      else open.delete(process);
    }
    expect(open.size).toBe(0);
  });

  it('retires a process whose operation ended in doubt: its id never comes again', async () => {
    let count = 0;
    const { events, clients } = await historyOf({
      answer: async (clock) => {
        await sleep(clock, 1000);
        return ++count % 7 === 0 ? { type: 'info', error: 'lost' } : { type: 'ok' };
      },
      ratePerSecond: 200,
      concurrency: 3,
      seconds: 5,
    });
    const retired = new Set<number>();
    for (const { kind, process } of events) {
      expect(retired.has(process)).toBe(false);
      if (kind === 'info') retired.add(process);
    }
    expect(retired.size).toBeGreaterThan(100);
    expect(clients).toBe(3 + retired.size);
  });

  it('does not hide load behind slow replies: what waited says when it was due, the rest is counted', async () => {
    const { events, shed } = await historyOf({
      answer: after(100_000, { type: 'ok' }),
      ratePerSecond: 200,
      concurrency: 10,
      seconds: 10,
    });
    const invokes = events.filter((event) => event.kind === 'invoke');
    const late = invokes.filter((event) => event.dueUs !== undefined && event.timeUs - event.dueUs > 500_000);
    expect(late.length).toBeGreaterThan(500);
    expect(invokes.length + shed).toBeGreaterThan(1700);
    expect(shed).toBeGreaterThan(500);
  });

  it('gives up an operation whose client never answers, and does not believe a late answer', async () => {
    const { events } = await historyOf({
      answer: after(3.5 * SECOND_US, { type: 'ok', value: 1 }),
      ratePerSecond: 50,
      concurrency: 2,
      seconds: 8,
      sweep: true,
    });
    expect(events.some(({ kind }) => kind === 'info')).toBe(true);
    expect(events.some(({ kind }) => kind === 'ok')).toBe(false);
  });

  it('takes a client that throws for an outcome in doubt', async () => {
    const { events } = await historyOf({
      answer: async () => {
        throw new Error('boom');
      },
      ratePerSecond: 50,
      concurrency: 1,
      seconds: 1,
    });
    const info = events.find(({ kind }) => kind === 'info');
    expect(info).toMatchObject({ error: 'the client threw: boom' });
  });
});
