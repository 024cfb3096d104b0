import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { MemoryBudget } from '../../../src/linearizability-checker/budget.js';
import { VisitedConfigurations } from '../../../src/linearizability-checker/visited.js';

interface Configuration {
  readonly pending: number[];
  readonly state: number;
  readonly uses: number[];
}

/** Few different ones, so that many are known already. */
function configuration(random: Random, kinds: number): Configuration {
  const pending = Array.from({ length: random.int(0, 3) }, () => random.int(0, 4));
  return { pending, state: random.int(-3, 3), uses: Array.from({ length: kinds }, () => random.int(0, 3)) };
}

/** The dumb twin: a list. */
class List {
  private readonly members: Configuration[] = [];

  add(added: Configuration): boolean {
    const known = this.members.some(
      ({ pending, state, uses }) =>
        state === added.state &&
        pending.length === added.pending.length &&
        pending.every((op, index) => op === added.pending[index]) &&
        uses.every((count, index) => count <= (added.uses[index] as number)),
    );
    if (!known) this.members.push(added);
    return !known;
  }
}

describe('visited configurations', () => {
  it('know every one that was there, and each that used more of what never returned', () => {
    for (const kinds of [0, 1, 2]) {
      const random = new Random(kinds + 1);
      const visited = new VisitedConfigurations();
      const list = new List();
      let added = 0;
      for (let index = 0; index < 2500; index++) {
        const each = configuration(random, kinds);
        const wanted = list.add(each);
        if (wanted) added++;
        expect(visited.add(each.pending, each.state, each.uses), `${kinds} kinds, number ${index}`).toBe(wanted);
      }
      // More than the table and the array begin with.
      expect(added).toBeGreaterThan(600);
    }
  });

  it('are forgotten all at once', () => {
    const visited = new VisitedConfigurations();
    const states = Array.from({ length: 300 }, (_, state) => state);
    const add = () => states.map((state) => visited.add([1], state, [0]));
    expect(new Set(add())).toEqual(new Set([true]));
    expect(new Set(add())).toEqual(new Set([false]));
    visited.clear();
    expect(new Set(add())).toEqual(new Set([true]));
    expect(new Set(add())).toEqual(new Set([false]));
  });

  it('are told apart also where their hashes are equal', () => {
    // So many, and so far apart, that some hashes of 32 bits are the same.
    const visited = new VisitedConfigurations();
    let known = 0;
    for (let index = 0; index < 400_000; index++) {
      const pending = [Math.imul(index, 0x9e37_79b1) >>> 1, Math.imul(index ^ 0x5555, 0x2545_f491) >>> 1];
      if (!visited.add(pending, 0, [])) known++;
    }
    expect(known).toBe(0);
  });

  it('fit, whatever their sizes', () => {
    for (let length = 0; length < 6; length++) {
      for (let kinds = 0; kinds < 8; kinds++) {
        const visited = new VisitedConfigurations();
        const add = (state: number, used: number) =>
          visited.add(Array(length).fill(state), state, Array(kinds).fill(used));
        const states = [...Array(400).keys()];
        const added = [2, 1, 1].map((used) => states.filter((state) => add(state, used)).length);
        // Fewer uses are worth another look, where anything is counted.
        expect(added, `${length} pending, ${kinds} kinds`).toEqual([400, kinds > 0 ? 400 : 0, 0]);
      }
    }
  });

  it('are all known still when there is no memory for more', () => {
    for (let bytes = 6_000; bytes < 26_000; bytes += 100) {
      const visited = new VisitedConfigurations(new MemoryBudget(bytes));
      let added = 0;
      const fill = () => {
        while (visited.add([added], 0, [])) added++;
      };
      expect(fill).toThrow('out of memory');
      expect(added).toBeGreaterThan(50);
      const forgotten = Array.from({ length: added }, (_, op) => visited.add([op], 0, [])).indexOf(true);
      expect(forgotten, `${bytes} bytes`).toBe(-1);
    }
  });
});
