import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { MemoryBudget } from '../../../src/linearizability-checker/budget.js';
import {
  Configurations,
  NO_LINK,
  SATISFIED,
  TRAIL,
  VALUE,
} from '../../../src/linearizability-checker/register/configurations.js';
import { Trail } from '../../../src/linearizability-checker/register/trail.js';

const WORDS = 2;
const COUNTS = 2;

interface Plain {
  readonly value: number;
  readonly satisfied: readonly number[];
  readonly used: readonly number[];
  readonly costs: readonly number[];
  readonly result: boolean;
}

function chosen(random: Random, values: number): Plain {
  const bits = () => Array.from({ length: WORDS }, () => random.int(0, 3) << random.pick([0, 30]));
  return {
    value: random.int(0, values - 1),
    satisfied: bits(),
    used: bits(),
    costs: Array.from({ length: 1 + COUNTS }, () => random.int(0, 1)),
    result: random.chance(0.3),
  };
}

function dominates(left: Plain, right: Plain): boolean {
  return (
    left.value === right.value &&
    right.satisfied.every((word, index) => (word & ~(left.satisfied[index] as number)) === 0) &&
    left.used.every((word, index) => (word & ~(right.used[index] as number)) === 0) &&
    left.costs.every((cost, index) => cost <= (right.costs[index] as number))
  );
}

/** The dumb twin: compares with all others. The first that stands in for a result is one. */
function kept(all: readonly Plain[]): Plain[] {
  let living: Plain[] = [];
  for (const added of all) {
    const better = living.find((other) => dominates(other, added));
    if (better) {
      living = living.map((other) => (other === better ? { ...other, result: other.result || added.result } : other));
      continue;
    }
    const worse = living.filter((other) => dominates(added, other));
    living = living.filter((other) => !worse.includes(other));
    living.push({ ...added, result: added.result || worse.some(({ result }) => result) });
  }
  return living;
}

function write(configurations: Configurations, plain: Plain): boolean {
  const scratch = new Configurations(WORDS, COUNTS, new MemoryBudget());
  scratch.addInitial(plain.value);
  plain.satisfied.forEach((word, index) => {
    scratch.data[SATISFIED + index] = word;
  });
  plain.used.forEach((word, index) => {
    scratch.data[scratch.usedAt + index] = word;
  });
  plain.costs.forEach((cost, index) => {
    scratch.data[scratch.costAt + index] = cost;
  });
  configurations.add(scratch, 0);
  return configurations.keepLast(plain.result);
}

function read(configurations: Configurations): Plain[] {
  const { data, stride, usedAt, costAt } = configurations;
  return Array.from({ length: configurations.count }, (_, index) => index * stride)
    .filter((at) => !configurations.isDead(at))
    .map((at) => ({
      value: data[at + VALUE] as number,
      satisfied: [...data.subarray(at + SATISFIED, at + usedAt)],
      used: [...data.subarray(at + usedAt, at + costAt)],
      costs: [...data.subarray(at + costAt, at + stride)],
      result: configurations.isResult(at),
    }));
}

const texts = (list: readonly Plain[]) => list.map((plain) => JSON.stringify(plain)).sort();

describe('configurations of a register sweep', () => {
  it('are those that no other dominates, and stand in for those that they dominate', () => {
    let dominated = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const configurations = new Configurations(WORDS, COUNTS, new MemoryBudget());
      const all: Plain[] = [];
      for (let round = 0; round < 2; round++) {
        configurations.clear();
        all.length = 0;
        const size = random.int(2, 40);
        for (let index = 0; index < size; index++) {
          const plain = chosen(random, 2);
          all.push(plain);
          write(configurations, plain);
          expect(texts(read(configurations)), `seed ${seed}`).toEqual(texts(kept(all)));
        }
      }
      const living = read(configurations).map(({ result: _, ...rest }) => rest);
      dominated += configurations.count - living.length;
      configurations.sweepDead();
      expect(configurations.count).toBe(living.length);
      expect(read(configurations).map(({ result: _, ...rest }) => rest)).toEqual(living);
    }
    expect(dominated).toBeGreaterThan(300);
  });

  it('grow with their number, and what they were copied from stays what it was', () => {
    const configurations = new Configurations(1, 0, new MemoryBudget());
    configurations.addInitial(0);
    configurations.keepLast(true);
    // Each satisfied one thing that the others did not and used another: none dominates.
    for (let index = 1; index < 500; index++) {
      const made = configurations.copy(0);
      configurations.data[made + VALUE] = 1;
      configurations.data[made + SATISFIED] = index;
      configurations.data[made + configurations.usedAt] = index;
      expect(configurations.keepLast(index % 7 === 0)).toBe(true);
    }
    const { stride, data } = configurations;
    const places = Array.from({ length: 500 }, (_, index) => index * stride);
    expect(places.map((at) => data[at + SATISFIED])).toEqual([...Array(500).keys()]);
    expect(places.map((at) => data[at + TRAIL])).toEqual(Array(500).fill(NO_LINK));
    expect(places.map((at) => configurations.isResult(at))).toEqual(places.map((_, index) => index % 7 === 0));
    expect(places.some((at) => configurations.isDead(at))).toBe(false);
    // The last of them are compared like the first.
    const made = configurations.copy(300 * stride);
    (configurations.data[made + SATISFIED] as number) |= 1024;
    expect(configurations.keepLast(false)).toBe(true);
    expect(places.filter((at) => configurations.isDead(at))).toEqual([300 * stride]);
    configurations.copy(301 * stride);
    expect(configurations.keepLast(false)).toBe(false);
  });

  it('may hold as much as the budget allows, and give it back', () => {
    const memory = new MemoryBudget(64 * 6 * 4);
    const configurations = new Configurations(1, 1, memory);
    expect(() => memory.array(1)).toThrow('out of memory');
    configurations.release();
    expect(memory.array(64 * 6)).toHaveLength(64 * 6);
  });
});

describe('the trail of a sweep', () => {
  it('tells the same ways after it has forgotten what leads nowhere', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = new Random(seed);
      const memory = new MemoryBudget();
      const trail = new Trail(memory, 100);
      const ways: number[][] = [];
      const links: number[] = [];
      const configurations = new Configurations(1, 0, memory);
      let compacted = 0;
      for (let step = 0; step < 1500; step++) {
        const from = links.length === 0 || random.chance(0.02) ? undefined : random.int(0, links.length - 1);
        const link = trail.push(from === undefined ? NO_LINK : (links[from] as number), { move: step, rank: 2 * step });
        links.push(link);
        ways.push([...(from === undefined ? [] : (ways[from] as number[])), step]);
        if (links.length > 20) {
          const gone = random.int(0, links.length - 1);
          links.splice(gone, 1);
          ways.splice(gone, 1);
        }
        if (!trail.crowded) continue;
        compacted++;
        configurations.clear();
        configurations.addInitial(0);
        for (const kept of links) {
          configurations.addInitial(1);
          configurations.setTrail(configurations.count - 1, kept);
        }
        trail.compact(configurations);
        expect(configurations.trailOf(0)).toBe(NO_LINK);
        for (let index = 0; index < links.length; index++) links[index] = configurations.trailOf(index + 1);
      }
      expect(compacted, `seed ${seed}`).toBeGreaterThan(0);
      for (const [index, link] of links.entries()) {
        expect(trail.from(link)).toEqual((ways[index] as number[]).map((move) => ({ move, rank: 2 * move })));
      }
    }
  });

  it('is crowded again only when it has grown to twice what was left', () => {
    const trail = new Trail(new MemoryBudget(), 4);
    const configurations = new Configurations(1, 0, new MemoryBudget());
    let link = NO_LINK;
    for (let step = 0; step < 10; step++) link = trail.push(link, { move: step, rank: step });
    configurations.addInitial(0);
    configurations.setTrail(0, link);
    trail.compact(configurations);
    expect(trail.crowded).toBe(false);
    for (let step = 0; step < 9; step++) trail.push(NO_LINK, { move: step, rank: step });
    expect(trail.crowded).toBe(false);
    trail.push(NO_LINK, { move: 0, rank: 0 });
    expect(trail.crowded).toBe(true);
  });

  it('gives back its memory', () => {
    const memory = new MemoryBudget(3 * 1024 * 4);
    const trail = new Trail(memory);
    expect(() => memory.array(1)).toThrow('out of memory');
    trail.release();
    expect(memory.array(1)).toHaveLength(1);
  });
});
