import { expect, test } from 'vitest';
import { fifoQueue, LinearizabilityStream, stack } from '../../../src/linearizability-checker/index.js';

// Hashes of a queue's and of a stack's states may collide, and those of [0] and [] do.
test('a removal of which nobody knows what became of it changes the state even if the hash stays', () => {
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
