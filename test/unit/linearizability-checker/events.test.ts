import { expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { eventsInOrder } from '../../../src/linearizability-checker/monitors/events.js';

it('events come in the order of their ranks, however many ranks lie between them', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const size = random.int(0, 40);
    const gap = random.pick([1, 3, 2_000]);
    const ranks = Array.from({ length: 2 * size }, (_, index) => gap * index + random.int(0, gap - 1));
    const callRank = new Int32Array(size);
    const returnRank = new Int32Array(size);
    const expected: { rank: number; event: number }[] = [];
    // Any operation can have any two of the ranks, the earlier for its call.
    const deck = random.shuffle(ranks);
    for (let op = 0; op < size; op++) {
      const [one, other] = [deck[2 * op] as number, deck[2 * op + 1] as number];
      callRank[op] = Math.min(one, other);
      returnRank[op] = random.chance(0.2) ? NEVER : Math.max(one, other);
      expected.push({ rank: callRank[op] as number, event: 2 * op });
      if (returnRank[op] !== NEVER) expected.push({ rank: returnRank[op] as number, event: 2 * op + 1 });
    }
    expected.sort((left, right) => left.rank - right.rank);
    expect([...eventsInOrder({ size, callRank, returnRank })]).toEqual(expected.map(({ event }) => event));
  }
});
