import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import clock from '../../../nemeses/clock.js';
import kill from '../../../nemeses/kill.js';
import packet from '../../../nemeses/packet.js';
import partition from '../../../nemeses/partition.js';
import pause from '../../../nemeses/pause.js';
import power from '../../../nemeses/power.js';
import { majority, nodeIds } from '../../../src/kernel/ids.js';
import { Random } from '../../../src/kernel/random.js';
import type { Nemesis } from '../../../src/plugin/nemesis.js';
import type { Fault, Link } from '../../../src/ports/faults.js';
import { nodesOf } from '../../../src/ports/faults.js';

const ALL: readonly Nemesis[] = [clock, kill, packet, partition, pause, power];

function context(
  nemesis: Nemesis,
  given: object,
  size: number,
  seed: number,
  round = 0,
  leader: string | undefined = 'n2',
) {
  const nodes = nodeIds(size);
  return {
    options: nemesis.options.parse(given),
    random: new Random(seed),
    nodes,
    round,
    available: () => nodes,
    leader: () => leader,
  };
}

/** The faults of one round. */
function strike(nemesis: Nemesis, given: object, size: number, seed: number, round = 0): readonly Fault[] {
  return nemesis.next(context(nemesis, given, size, seed, round))?.faults ?? [];
}

function cut(shape: string, size: number, seed: number): readonly Link[] {
  const [fault] = strike(partition, { shape }, size, seed);
  if (fault?.kind !== 'cut') throw new Error(`${shape} made no cut of ${size} nodes`);
  return fault.links;
}

/** Whom a node still hears and reaches, itself included. */
function neighbours(node: string, links: readonly Link[], size: number): string[] {
  const gone = new Set(links.filter(({ from }) => from === node).map(({ to }) => to));
  return nodeIds(size).filter((other) => other === node || !gone.has(other));
}

const sizes = fc.integer({ min: 3, max: 9 });

describe('nemesis', () => {
  it.each(ALL.map((nemesis) => [nemesis.name, nemesis] as const))(
    '%s asks only for faults that it declared',
    (_, nemesis) => {
      fc.assert(
        fc.property(sizes, fc.nat(), fc.nat(20), (size, seed, round) => {
          const given = context(nemesis, {}, size, seed, round);
          const kinds: string[] = [...nemesis.needs(given.options)];
          const faults = nemesis.next(given)?.faults ?? [];
          expect(faults.length).toBeGreaterThan(0);
          for (const fault of faults) {
            expect(kinds).toContain(fault.kind);
            for (const node of nodesOf(fault)) expect(given.nodes).toContain(node);
          }
        }),
      );
    },
  );

  it.each(ALL.map((nemesis) => [nemesis.name, nemesis] as const))(
    '%s repeats itself for the same seed',
    (_, nemesis) => {
      fc.assert(
        fc.property(sizes, fc.nat(), (size, seed) => {
          expect(nemesis.next(context(nemesis, {}, size, seed))).toEqual(
            nemesis.next(context(nemesis, {}, size, seed)),
          );
        }),
      );
    },
  );

  it('goes through all shapes of a partition in six rounds', () => {
    const shapes = new Set<string>();
    for (let round = 0; round < 6; round++) {
      const [fault] = strike(partition, {}, 5, 9, round);
      if (fault?.kind === 'cut') shapes.add(`${fault.links.length}`);
    }
    expect(shapes.size).toBeGreaterThanOrEqual(4);
  });

  it('has nothing to strike when every node is held already', () => {
    const nemesis: Nemesis = kill;
    expect(nemesis.next({ ...context(kill, {}, 5, 1), available: () => [] })).toBeUndefined();
  });
});

describe('targets', () => {
  it('any: a majority stays untouched, whatever other nemeses hold', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(9), fc.nat(9), (size, seed, round, held) => {
        const nemesis: Nemesis = kill;
        const nodes = nodeIds(size);
        const available = () => nodes.slice(Math.min(held, size));
        const [fault] =
          nemesis.next({ ...context(kill, {}, size, seed, round, nodes.at(-1)), available })?.faults ?? [];
        const struck = fault === undefined ? [] : nodesOf(fault);
        const running = available().length - struck.length;
        expect(struck.length === 0 || running >= majority(size)).toBe(true);
        if (available().length > majority(size)) expect(struck.length).toBeGreaterThan(0);
      }),
    );
  });

  it.each([
    ['all', 5],
    ['majority', 3],
    ['one', 1],
    ['leader', 1],
  ])('%s of five nodes is %d', (target, count) => {
    const [fault] = strike(kill, { target }, 5, 1);
    expect(fault && nodesOf(fault)).toHaveLength(count);
  });
});

describe('partition', () => {
  it('halves: a majority on one side, no link between the sides', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, seed) => {
        const links = cut('halves', size, seed);
        const groups = new Set(nodeIds(size).map((node) => neighbours(node, links, size).join()));
        expect(groups.size).toBe(2);
        const larger = Math.max(...[...groups].map((group) => group.split(',').length));
        expect(larger).toBe(majority(size));
      }),
    );
  });

  it('majorities-ring: every node sees a majority, and with four nodes or more none sees all', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, seed) => {
        const links = size === 3 ? [] : cut('majorities-ring', size, seed);
        for (const node of nodeIds(size)) {
          const seen = neighbours(node, links, size).length;
          expect(seen).toBeGreaterThanOrEqual(majority(size));
          if (size > 4) expect(seen).toBeLessThan(size);
        }
      }),
    );
  });

  it('bridge: exactly one node still reaches everybody', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, seed) => {
        const links = cut('bridge', size, seed);
        const whole = nodeIds(size).filter((node) => neighbours(node, links, size).length === size);
        expect(whole).toHaveLength(1);
      }),
    );
  });

  it('isolate-leader: the leader alone is cut off, both ways', () => {
    const links = cut('isolate-leader', 5, 3);
    expect(neighbours('n2', links, 5)).toEqual(['n2']);
    expect(links).toHaveLength(8);
  });

  it('one-way: never both directions of a link', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), (size, seed) => {
        const links = cut('one-way', size, seed);
        const names = new Set(links.map(({ from, to }) => `${from} ${to}`));
        for (const { from, to } of links) expect(names.has(`${to} ${from}`)).toBe(false);
        expect(links).toHaveLength(size - 1);
      }),
    );
  });
});

describe('clock', () => {
  it('never draws a rate so near to 1 that nobody would notice', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [fault] = strike(clock, { kind: 'rate' }, 5, seed);
        if (fault?.kind !== 'clock-rate') throw new Error('no rate');
        expect(Math.abs(Math.log2(fault.rate))).toBeGreaterThan(0.25);
        expect(fault.rate).toBeGreaterThanOrEqual(0.5);
        expect(fault.rate).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('jumps both ways', () => {
    const jumps = Array.from({ length: 50 }, (_, seed) => strike(clock, { kind: 'jump' }, 5, seed)[0]);
    const signs = new Set(jumps.map((fault) => (fault?.kind === 'clock-jump' ? Math.sign(fault.byMs) : 0)));
    expect(signs).toEqual(new Set([-1, 1]));
  });
});
