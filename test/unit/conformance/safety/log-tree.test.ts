import { describe, expect, it } from 'vitest';
import { ancestorAt, type Cell, firstDifference, LogTree } from '../../../../src/conformance/safety/log-tree.js';
import { entry } from '../trace.js';

/** A tree that says which cells it told not to match, and logs in it. */
function planted() {
  const mismatches: string[] = [];
  const tree = new LogTree((added, other) => mismatches.push(`${added.index}: ${added.digest} and ${other.digest}`));
  const log = (...entries: { term: number; digest: number }[]) => {
    const cells = [tree.root];
    for (const each of entries) cells.push(tree.child(cells.at(-1) as Cell, each, 'n1', 0));
    return cells;
  };
  return { mismatches, tree, log };
}

/** Where these cells are in a log; -1 where there is none. */
const placesIn = (log: readonly Cell[], cells: readonly (Cell | null | undefined)[]) =>
  cells.map((cell) => log.indexOf(cell as Cell));

const LONG = [entry(1, 11), entry(1, 12), entry(1, 13), entry(1, 14)];

describe('LogTree', () => {
  it('shares equal logs, and only those', () => {
    const { tree, log } = planted();
    const first = log(...LONG);
    expect(placesIn(first, log(...LONG))).toEqual([0, 1, 2, 3, 4]);
    const others = [entry(2, 12), entry(1, 19)].map((other) => tree.child(first[1] as Cell, other, 'n2', 0));
    expect(new Set([first[2], ...others]).size).toBe(3);
    expect(log(LONG[0] as Cell & { digest: number }, entry(2, 12))[2]).toBe(others[0]);
    expect(log(LONG[0] as Cell & { digest: number }, entry(1, 12))[2]).toBe(first[2]);
  });

  it('tells each pair of cells with one index and term that differ in themselves, or in what is before', () => {
    const { mismatches, log } = planted();
    log(entry(1, 11), entry(2, 12));
    log(entry(2, 11), entry(1, 12));
    expect(mismatches).toEqual([]);
    log(entry(1, 91));
    log(entry(3, 92), entry(2, 12));
    expect(mismatches).toEqual(['1: 91 and 11', '2: 12 and 12']);
  });

  it('knows the end of a snapshot by index and term', () => {
    const { tree, log } = planted();
    const cells = log(...LONG);
    expect(tree.snapshotEnd(3, 1, 'n2', 0)).toBe(cells[3]);
    expect(tree.snapshotEnd(0, 0, 'n2', 0)).toBe(tree.root);
    const unknown = tree.snapshotEnd(3, 2, 'n2', 0);
    expect(unknown).toMatchObject({ index: 3, term: 2, digest: undefined, parent: null });
    expect(tree.snapshotEnd(3, 2, 'n3', 0)).toBe(unknown);
    expect(tree.snapshotEnd(3, 1, 'n3', 0)).toBe(cells[3]);
  });

  it('lets go of what is forgotten: no cell before holds another, and none after holds one before', () => {
    const { tree, log } = planted();
    const cells = log(...LONG);
    const side = tree.child(cells[1] as Cell, entry(2, 22), 'n2', 0);
    tree.forget(3);
    expect(
      placesIn(
        cells,
        cells.map(({ parent }) => parent),
      ),
    ).toEqual([-1, -1, -1, -1, 3]);
    expect(
      placesIn(
        cells,
        cells.map(({ firstChild }) => firstChild),
      ),
    ).toEqual([-1, -1, -1, 4, -1]);
    expect(side).toMatchObject({ parent: null, nextSibling: null });
    // The root is where an empty disk begins, whatever is forgotten.
    expect(tree.snapshotEnd(0, 0, 'n2', 0)).toBe(tree.root);
    expect(tree.snapshotEnd(2, 1, 'n2', 0)).not.toBe(cells[2]);
    expect(tree.snapshotEnd(3, 1, 'n2', 0)).toBe(cells[3]);
    tree.forget(4);
    expect(
      placesIn(
        cells,
        cells.map(({ firstChild }) => firstChild),
      ),
    ).toEqual([-1, -1, -1, -1, -1]);
    expect(cells[4]?.parent).toBe(null);
  });
});

describe('ancestorAt', () => {
  it('is the cell of that index below, where nothing hides it', () => {
    const { tree, log } = planted();
    const cells = log(...LONG);
    const [last] = cells.slice(-1) as [Cell];
    expect(
      placesIn(
        cells,
        cells.map(({ index }) => ancestorAt(last, index)),
      ),
    ).toEqual([0, 1, 2, 3, 4]);
    expect(ancestorAt(cells[2] as Cell, 3)).toBe(undefined);
    const behind = tree.child(tree.snapshotEnd(8, 1, 'n2', 0), entry(1, 19), 'n2', 0);
    expect(ancestorAt(behind, 8)?.index).toBe(8);
    expect(ancestorAt(behind, 7)).toBe(undefined);
  });
});

describe('firstDifference', () => {
  it('is the lowest index at which the logs surely differ', () => {
    const { tree, log } = planted();
    const end = (...entries: { term: number; digest: number }[]) => log(...entries).at(-1) as Cell;
    const [left, right] = [end(...LONG), end(entry(1, 11), entry(1, 92), entry(1, 13), entry(1, 94))];
    expect(firstDifference(left, right)).toBe(2);
    expect(firstDifference(left, left)).toBe(undefined);
    expect(firstDifference(end(entry(1, 11)), end(entry(2, 11)))).toBe(1);
    // What a snapshot hides is given the benefit.
    const hidden = tree.snapshotEnd(4, 3, 'n2', 0);
    expect(firstDifference(left, hidden)).toBe(4);
    const behind = tree.child(tree.snapshotEnd(3, 3, 'n2', 0), entry(1, 14), 'n2', 0);
    expect(firstDifference(left, behind)).toBe(3);
  });

  it('does not know the digest of what only a snapshot told', () => {
    const { tree, log } = planted();
    const hidden = tree.snapshotEnd(2, 1, 'n2', 0);
    const seen = log(entry(1, 11), entry(1, 12))[2] as Cell;
    expect(seen).not.toBe(hidden);
    expect(firstDifference(seen, hidden)).toBe(undefined);
    expect(firstDifference(hidden, seen)).toBe(undefined);
  });
});
