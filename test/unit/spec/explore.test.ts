import { describe, expect, it } from 'vitest';
import { explore } from '../../../spec/explore.js';
import type { Findings } from '../../../spec/findings.js';
import type { RaftBounds } from '../../../spec/raft/actions.js';
import type { Defect } from '../../../spec/raft/defects.js';
import { raft } from '../../../spec/raft/raft.js';
import { exploreNaively } from './twin.js';

/** One election, one value, no restart: the bounds of standard-raft's small model in Vanlightly/raft-tlaplus. */
const SMALL: RaftBounds = { servers: 3, elections: 1, values: 1, restarts: 0 };

/** Smaller than {@link SMALL}: each state is a text of a thousand characters to the twin. */
const BOUNDS: readonly RaftBounds[] = [
  { servers: 1, elections: 2, values: 2, restarts: 1 },
  { servers: 2, elections: 1, values: 1, restarts: 0 },
  { servers: 2, elections: 1, values: 1, restarts: 1 },
  { servers: 2, elections: 2, values: 1, restarts: 0 },
  { servers: 2, elections: 1, values: 2, restarts: 1 },
  { servers: 3, elections: 1, values: 0, restarts: 0 },
  { servers: 3, elections: 1, values: 0, restarts: 1 },
];

describe('explore', () => {
  it('finds as many states of standard-raft as TLC', () => {
    expect(explore(raft(SMALL))).toMatchObject({ verdict: 'valid', distinct: 37_345, generated: 93_145, depth: 35 });
  });

  it('finds a sixth of them up to the names of three nodes, and the states that have several names', () => {
    const { verdict, distinct, generated, depth } = explore(raft(SMALL), { symmetry: true });
    expect({ verdict, distinct, generated, depth }).toEqual({
      ...{ verdict: 'valid', distinct: 6247, generated: 15_570, depth: 35 },
    });
  });

  for (const bounds of BOUNDS) {
    const { servers, elections, values, restarts } = bounds;
    for (const symmetry of [false, true]) {
      const title = `servers: ${servers}, elections: ${elections}, values: ${values}, restarts: ${restarts}`;
      it(`finds what a plain search finds: ${title}${symmetry ? ', up to names' : ''}`, () => {
        const { broken, ...counts } = exploreNaively(raft(bounds), symmetry);
        expect(explore(raft(bounds), { symmetry })).toMatchObject({ ...counts, verdict: 'valid' });
        expect(broken).toEqual([]);
        expect(counts.distinct).toBeGreaterThan(10);
      });
    }
  }

  it.each<Defect>(['half-is-a-quorum', 'double-vote'])(
    'breaks a rule that a plain search sees broken too: %s',
    (defect) => {
      const specification = raft({ servers: 2, elections: 2, values: 0, restarts: 0 }, defect);
      const { broken } = exploreNaively(specification, false);
      expect(broken).toContain(explore(specification).violation?.rule);
    },
  );

  it('counts for each action its steps, and the states that it found', () => {
    const { coverage, generated, distinct } = explore(raft(SMALL));
    // The initial state was found by no action.
    expect(total(coverage, 'generated')).toBe(generated - 1);
    expect(total(coverage, 'distinct')).toBe(distinct - 1);
    const never = coverage.filter((action) => action.generated === 0).map(({ name }) => name);
    expect(never).toEqual(['Restart', 'RejectAppendEntriesRequest']);
  });

  it('does not know where a limit came first', () => {
    const limited = explore(raft(SMALL), { maxStates: 1000 });
    expect(limited.verdict).toBe('unknown');
    expect(limited.distinct).toBeGreaterThanOrEqual(1000);
    expect(limited.distinct).toBeLessThan(1100);
    const stopped = explore(raft(SMALL), { onProgress: ({ distinct }) => distinct < 500 });
    expect(stopped.verdict).toBe('unknown');
    expect(stopped.distinct).toBeLessThan(37_345);
  });

  it('tells how far it is', () => {
    const depths: number[] = [];
    explore(raft(SMALL), {
      onProgress({ depth, distinct, generated, open }) {
        depths.push(depth);
        expect(distinct).toBeLessThanOrEqual(generated);
        expect(open).toBeLessThanOrEqual(distinct);
        return true;
      },
    });
    expect(depths).toEqual([...depths].sort((left, right) => left - right));
    expect(depths.at(-1)).toBe(35);
  });
});

function total(coverage: Findings['coverage'], figure: 'generated' | 'distinct'): number {
  return coverage.reduce((sum, action) => sum + action[figure], 0);
}
