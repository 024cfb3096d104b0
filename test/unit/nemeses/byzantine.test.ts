import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import byzantine from '../../../nemeses/byzantine.js';
import { nodeIds } from '../../../src/kernel/ids.js';
import { Random } from '../../../src/kernel/random.js';
import { BEHAVIOURS } from '../../../src/ports/corruption.js';
import type { Fault } from '../../../src/ports/faults.js';

type Treason = Extract<Fault, { kind: 'byzantine' }>;

/** The faults of a run's first rounds, round by round. */
function rounds(
  count: number,
  size: number,
  seed: number,
  given: Record<string, unknown> = {},
  available: readonly string[] = nodeIds(size),
): Treason[][] {
  const random = new Random(seed);
  const options = byzantine.options.parse(given);
  return Array.from({ length: count }, (_, round) => {
    const context = { options, random, nodes: nodeIds(size), round, available: () => available, leader: () => 'n2' };
    return (byzantine.next(context)?.faults ?? []) as Treason[];
  });
}

const traitorsIn = (faults: readonly Treason[][]) => [...new Set(faults.flat().flatMap(({ nodes }) => nodes))].sort();

describe('the traitors of a run', () => {
  it('are f nodes, the same in every round', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 10 }), fc.nat(), (size, seed) => {
        const faults = rounds(12, size, seed);
        const traitors = traitorsIn(faults);
        expect(traitors).toHaveLength(Math.floor((size - 1) / 3));
        for (const round of faults) {
          expect(round.map(({ kind }) => kind)).toEqual(round.map(() => 'byzantine'));
          expect(round.flatMap(({ nodes }) => nodes).sort()).toEqual(traitors);
        }
      }),
    );
  });

  it('are one more on request, any number, or the nodes that are named', () => {
    expect(traitorsIn(rounds(3, 7, 1, { traitors: 'f+1' }))).toHaveLength(3);
    expect(traitorsIn(rounds(3, 7, 1, { traitors: 5 }))).toHaveLength(5);
    expect(traitorsIn(rounds(3, 4, 1, { traitors: '9' }))).toEqual(nodeIds(4));
    expect(traitorsIn(rounds(3, 7, 1, { nodes: 'n5+n2' }))).toEqual(['n2', 'n5']);
  });

  it('are none where none can be borne, and none is asked for', () => {
    expect(rounds(3, 3, 1)).toEqual([[], [], []]);
  });

  it('have the first to lead among them in more than half of all runs', () => {
    const withFirst = Array.from({ length: 200 }, (_, seed) => traitorsIn(rounds(1, 4, seed))[0] === 'n1');
    const share = withFirst.filter((isFirst) => isFirst).length / withFirst.length;
    // 1/2 + 1/2 · 1/4.
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(0.75);
  });

  it('that another fault holds are let be for the round', () => {
    const [first = '', ...others] = traitorsIn(rounds(3, 7, 1));
    const available = nodeIds(7).filter((node) => node !== first);
    expect(traitorsIn(rounds(3, 7, 1, {}, available))).toEqual(others);
    expect(rounds(2, 4, 1, { nodes: 'n2' }, ['n1', 'n3', 'n4'])).toEqual([[], []]);
  });
});

describe('what traitors do', () => {
  it('goes through all behaviours, if none is named', () => {
    const done = rounds(BEHAVIOURS.length, 4, 1).map(([fault]) => fault?.behaviour);
    expect(new Set(done)).toEqual(new Set(BEHAVIOURS));
  });

  it('is what was named, if something was', () => {
    const named = (behaviour: string) =>
      new Set(rounds(6, 7, 1, { behaviour }).flatMap((faults) => faults.map((fault) => fault.behaviour)));
    expect(named('twin')).toEqual(new Set(['twin']));
    expect(named('equivocate+delay')).toEqual(new Set(['equivocate', 'delay']));
  });

  it('is sometimes the same for all, and sometimes not', () => {
    const plots = rounds(20, 7, 1).map((faults) => faults.length);
    expect(new Set(plots)).toEqual(new Set([1, 2]));
  });

  it('has another side, of honest nodes, which all traitors know and which is never all of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 10 }), fc.nat(), fc.constantFrom('f', 'f+1'), (size, seed, traitors) => {
        const faults = rounds(10, size, seed, { traitors });
        const honest = nodeIds(size).filter((node) => !traitorsIn(faults).includes(node));
        for (const round of faults) {
          const [against = [], ...rest] = round.map((fault) => fault.against);
          for (const other of rest) expect(other).toEqual(against);
          expect(against.length).toBeGreaterThan(0);
          expect(against.length).toBeLessThan(honest.length);
          for (const node of against) expect(honest).toContain(node);
        }
      }),
    );
  });

  it('is the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(rounds(5, 7, seed)).toEqual(rounds(5, 7, seed));
      }),
    );
  });
});

describe("the nemesis's options", () => {
  it.each([
    { behaviour: 'kind' },
    { behaviour: 'twin+kind' },
    { behaviour: '' },
    { traitors: 'all' },
    { traitors: 0 },
    { traitors: '2f' },
  ])('%j is refused', (given) => {
    expect(byzantine.options.safeParse(given).success).toBe(false);
  });

  it('the behaviours that there are come with the refusal', () => {
    expect(byzantine.options.safeParse({ behaviour: 'kind' }).error?.issues[0]?.message).toContain('bad-new-view');
  });
});
