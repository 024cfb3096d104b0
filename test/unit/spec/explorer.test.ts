import { describe, expect, it } from 'vitest';
import { Explorer } from '../../../spec/explorer.js';
import { VisitedStates } from '../../../spec/fingerprints.js';
import { raft } from '../../../spec/raft/raft.js';

const ALL = Number.POSITIVE_INFINITY;

describe('explorers that share the visited states', () => {
  it('find together what one finds, when states go from one to another that has other numbers for the same', () => {
    const visited = VisitedStates.for(40_000, (bytes) => new SharedArrayBuffer(bytes));
    const specification = raft({ servers: 3, elections: 1, values: 1, restarts: 0 });
    const explorers = [0, 1].map(() => new Explorer(specification, { symmetry: false }, visited));
    const [one, other] = explorers as [(typeof explorers)[0], (typeof explorers)[0]];
    one.begin();
    let depth = 0;
    for (let moved = 0; one.open + other.open > 0; depth++) {
      // Now one gives, now the other, a third of what it has.
      const [from, to] = depth % 2 === 0 ? [one, other] : [other, one];
      moved = Math.ceil(from.open / 3);
      const before = one.open + other.open;
      if (moved > 0) to.receive(from.give(moved));
      expect(one.open + other.open).toBe(before);
      for (const explorer of explorers) {
        explorer.work(ALL, ALL);
        explorer.nextLevel();
      }
    }
    expect(one.distinct + other.distinct).toBe(37_345);
    expect(one.generated + other.generated).toBe(93_145);
    expect(depth).toBe(35);
    expect(other.distinct).toBeGreaterThan(5000);
  });

  it('look into no more states than they are asked to, and stop once there is no room', () => {
    const visited = VisitedStates.for(40_000, (bytes) => new ArrayBuffer(bytes));
    const specification = raft({ servers: 3, elections: 1, values: 1, restarts: 0 });
    const explorer = new Explorer(specification, { symmetry: false }, visited);
    explorer.begin();
    while (explorer.open < 100) {
      explorer.work(ALL, ALL);
      explorer.nextLevel();
    }
    const open = explorer.open;
    explorer.work(10, ALL);
    expect(explorer.open).toBe(open - 10);
    const { distinct } = explorer;
    explorer.work(ALL, 5);
    expect(explorer.distinct).toBeGreaterThanOrEqual(distinct + 5);
    expect(explorer.open).toBeGreaterThan(0);
  });
});
