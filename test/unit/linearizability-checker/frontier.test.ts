import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { Frontier } from '../../../src/linearizability-checker/frontier.js';
import {
  casRegister,
  fifoQueue,
  LinearizabilityStream,
  type Model,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  stack,
} from '../../../src/linearizability-checker/index.js';
import { registerHistory, spoilRegister } from './histories.js';
import { lossy, lossyHistory } from './lossy-register.js';
import { follow } from './online.js';

const write = (value: number) => ({ input: { f: 'write', value } as const, output: null, call: 0, return: 1 });
const read = (value: number) => ({ input: { f: 'read' } as const, output: value, call: 0, return: 1 });

describe('the frontier', () => {
  it('says of every return whether the history is linearizable by then, and of the state whether it is certain', () => {
    const seen = { illegal: 0, certain: 0, uncertain: 0, gaveUp: 0 };
    for (let seed = 1; seed <= 1200; seed++) {
      const random = new Random(seed);
      const shape = { operations: random.int(3, 8), clients: random.int(2, 4), times: random.int(4, 30) };
      const rates = { crashes: random.pick([0, 0.1, 0.3]), values: random.int(1, 3), cas: random.pick([0, 0.3]) };
      const history = spoilRegister(seed, registerHistory(seed, { ...shape, ...rates }));
      follow(casRegister(), new Frontier(casRegister(), null, 1000), history, seen, `seed ${seed}`);
    }
    expect(Math.min(seen.illegal, seen.certain, seen.uncertain)).toBeGreaterThan(250);
    expect(seen.gaveUp).toBe(0);
  });

  it('does so for a model whose states are compared', () => {
    const seen = { illegal: 0, certain: 0, uncertain: 0, gaveUp: 0 };
    for (let seed = 1; seed <= 400; seed++)
      follow(lossy, new Frontier(lossy, lossy.init, 1000), lossyHistory(seed), seen, `seed ${seed}`);
    expect(seen.illegal).toBeGreaterThan(15);
    expect(seen.certain).toBeGreaterThan(15);
  });

  it('gives up where more run than a number has bits', () => {
    const full = (size: number) => {
      const frontier = new Frontier(casRegister(), null, 10);
      return Array.from({ length: size }, () =>
        frontier.call({ input: { f: 'read' }, output: null, call: 0, return: 1 }),
      );
    };
    expect(full(31)).toEqual([...Array(31).keys()]);
    expect(full(32).at(-1)).toBe('gave up');
  });

  it('uses places again, and none for what was lost', () => {
    const frontier = new Frontier(casRegister(), null, 100);
    for (let round = 0; round < 100; round++) {
      frontier.call({ input: { f: 'write', value: 7 }, call: 0 });
      expect(frontier.return_(frontier.call(write(1)) as number)).toBe('legal');
    }
    const quiet = new Frontier(casRegister(), null, 100);
    quiet.call({ input: { f: 'read' }, call: 0 });
    expect(quiet.onlyState).toBe(null);
    expect([frontier.visited > 100, quiet.visited]).toEqual([true, 0]);
  });

  it('lets an operation happen once, whether it is running or lost', () => {
    const told = (...operations: Operation<RegisterInput, RegisterOutput>[]) => {
      const frontier = new Frontier(casRegister(), null, 100);
      let judged: string = 'legal';
      for (const operation of operations) {
        const slot = frontier.call(operation) as number;
        // What returns at 9 is running until the end.
        if (operation.return === 1 && judged === 'legal') judged = frontier.return_(slot);
      }
      return judged;
    };
    const lost = { input: { f: 'write', value: 1 }, call: 0 } as const;
    expect(told(lost, read(1), write(2), read(1))).toBe('illegal');
    expect(told(lost, lost, read(1), write(2), read(1))).toBe('legal');
    expect(told(lost, lost, read(1), write(2), read(1), write(3), read(1))).toBe('illegal');
    expect(told(lost, { ...lost, input: write(2).input }, read(2), read(1), read(2))).toBe('illegal');
    expect(told({ ...write(1), return: 9 }, read(1), write(2), read(2))).toBe('legal');
    expect(told({ ...write(1), return: 9 }, read(1), write(2), read(1))).toBe('illegal');
  });

  it('lets nothing happen that was lost and is not possible', () => {
    const tokens: Model<{ readonly left: number }, 'take' | 'give', null> = {
      name: 'tokens',
      init: { left: 0 },
      step: ({ left }, input) => (input === 'give' ? { left: left + 1 } : left > 0 ? { left: left - 1 } : undefined),
    };
    const frontier = new Frontier(tokens, tokens.init, 100);
    frontier.call({ input: 'take', call: 0 });
    const judged = (['give', 'take', 'take'] as const).map((input) =>
      frontier.return_(frontier.call({ input, output: null, call: 0, return: 1 }) as number),
    );
    expect(judged).toEqual(['legal', 'legal', 'illegal']);
  });

  it('keeps of two ways to one state the one that may be needed', () => {
    const made = [
      { f: 'write', value: 1 },
      { f: 'cas', expected: null, value: 1 },
    ] as const;
    for (const inputs of [made, made.toReversed()]) {
      const frontier = new Frontier(casRegister(), null, 100);
      for (const input of inputs) frontier.call({ input, call: 0 });
      // It was the compare-and-set that made the first 1, for the second must be the write.
      for (const operation of [read(1), write(2), read(1)]) {
        expect(frontier.return_(frontier.call(operation) as number)).toBe('legal');
      }
    }
    const other = new Frontier(casRegister(), null, 100);
    const running = other.call(read(1)) as number;
    other.call({ input: { f: 'write', value: 1 }, call: 0 });
    expect(other.return_(other.call(write(2)) as number)).toBe('legal');
    expect(other.return_(running)).toBe('legal');
    // The read was satisfied before 2 was written.
    expect(other.return_(other.call(read(2)) as number)).toBe('legal');
  });

  it('gives up where more is possible than it may hold, and soon', () => {
    const judged = (limit: number, values: number) => {
      const frontier = new Frontier(casRegister(), null, limit);
      const slots = Array.from({ length: values }, (_, value) => frontier.call(write(value)) as number);
      return [frontier.return_(slots[0] as number), frontier.visited < 1000];
    };
    // The first of four writes takes effect at its return, and any of the other three may have before it.
    expect(judged(8, 4)).toEqual(['legal', true]);
    expect(judged(7, 4)).toEqual(['gave up', true]);
    expect(judged(100, 14)).toEqual(['gave up', true]);
  });
});

// Hashes of a queue's and of a stack's states may collide, and those of [0] and [] do.
it('a removal of which nobody knows what became of it changes the state even if the hash stays', () => {
  const queue = new LinearizabilityStream(fifoQueue());
  queue.return(queue.call({ f: 'enqueue', value: 0 }, 0, undefined), null, 1);
  queue.lose(queue.call({ f: 'dequeue' }, 2, undefined));
  queue.return(queue.call({ f: 'dequeue' }, 3, undefined), null, 4);
  expect(queue.conclude().verdict).toBe('legal');

  const pile = new LinearizabilityStream(stack());
  pile.return(pile.call({ f: 'push', value: 0 }, 0, undefined), null, 1);
  pile.lose(pile.call({ f: 'pop' }, 2, undefined));
  pile.return(pile.call({ f: 'pop' }, 3, undefined), null, 4);
  expect(pile.conclude().verdict).toBe('legal');
});
