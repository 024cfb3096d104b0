import type { Operation, QueueInput, QueueOutput } from '../../../src/linearizability-checker/index.js';

/**
 * Enqueues of the values 0, 1 and 2 in turn, all concurrent, then a dequeue for each, one after another; the last one
 * finds a 0 too many. The search tries every order of the values: a moment for 11 enqueues, hours for 24. As values
 * repeat, no monitor can tell.
 *
 * @param enqueues not 1 modulo 3, for the last value is then a 0
 */
export function hardQueue(key: string, enqueues: number): Operation<QueueInput, QueueOutput>[] {
  const numbers = Array.from({ length: enqueues }, (_, index) => index);
  return [
    ...numbers.map((index) => ({
      input: { f: 'enqueue', key, value: index % 3 } as const,
      output: null,
      call: index,
      return: 1000 + index,
    })),
    ...numbers.map((index) => ({
      input: { f: 'dequeue', key } as const,
      output: index === enqueues - 1 ? 0 : index % 3,
      call: 2000 + 2 * index,
      return: 2001 + 2 * index,
    })),
  ];
}
