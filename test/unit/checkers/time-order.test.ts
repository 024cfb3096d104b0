import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeOrder } from '../../../src/checkers/time-order.js';

describe('the order of time', () => {
  it('is restored for operations that become known when they end, and nothing is held that is past', () => {
    const operation = fc.record({ call: fc.nat(50), length: fc.option(fc.nat(20)) });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (plans) => {
        const operations = plans.map(({ call, length }) => ({
          call,
          ...(length !== null && { return: call + length }),
        }));
        const endOf = ({ call, return: returned = call }: { call: number; return?: number }) => returned;
        const byEnd = [...operations].sort((left, right) => endOf(left) - endOf(right));
        const events: [time: number, kind: number][] = [];
        const order = new TimeOrder<{ readonly call: number; readonly return?: number }>(
          ({ call }) => events.push([call, 0]),
          ({ return: returned }) => events.push([returned as number, 1]),
        );
        byEnd.forEach((each, index) => {
          order.add(each);
          const running = byEnd.slice(index + 1).map(({ call }) => call);
          const earliest = Math.min(...running, endOf(byEnd[index + 1] ?? each));
          order.upTo(earliest);
          expect(events.length).toBeLessThanOrEqual(2 * (index + 1));
        });
        order.upTo(Number.POSITIVE_INFINITY);
        const expected = operations
          .flatMap(({ call, return: returned }): [number, number][] =>
            returned === undefined
              ? [[call, 0]]
              : [
                  [call, 0],
                  [returned, 1],
                ],
          )
          .sort((left, right) => left[0] - right[0] || left[1] - right[1]);
        expect(events).toEqual(expected);
      }),
    );
  });
});
