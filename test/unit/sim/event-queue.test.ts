import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../../src/backends/sim/event-queue.js';

describe('the event queue', () => {
  it('gives events by time, and those of one time in the order of scheduling, like a stable sort', () => {
    const commands = fc.array(fc.oneof(fc.nat({ max: 20 }), fc.constant('pop' as const)), { maxLength: 300 });
    fc.assert(
      fc.property(commands, (list) => {
        const queue = new EventQueue();
        const model: { time: number; name: number }[] = [];
        const happened: number[] = [];
        const expected: number[] = [];
        const pop = () => {
          const next = model.reduce<(typeof model)[number] | undefined>(
            (best, each) => (best === undefined || each.time < best.time ? each : best),
            undefined,
          );
          if (next) {
            model.splice(model.indexOf(next), 1);
            expected.push(next.name);
            expect(queue.nextTimeUs()).toBe(next.time);
          }
          queue.pop()?.happen();
        };
        list.forEach((command, name) => {
          if (command === 'pop') pop();
          else {
            model.push({ time: command, name });
            queue.push(command, { happen: () => happened.push(name) });
          }
        });
        while (queue.size > 0) pop();
        expect(happened).toEqual(expected);
        expect(queue.pop()).toBeUndefined();
      }),
    );
  });
});
