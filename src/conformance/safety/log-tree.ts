import type { EntryRef } from '../../history/trace.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { ByIndex } from './by-index.js';

/**
 * One entry together with everything before it. Cells are shared: two logs with the same prefix have the same cell
 * for it, so equal cells mean equal logs up to there, and each property of whole logs is one comparison.
 */
export interface Cell {
  readonly index: number;
  readonly term: number;
  /** Undefined only for the end of a snapshot whose entries were never seen. */
  readonly digest: number | undefined;
  /** Null at the very beginning, and where a snapshot hides what was before, or it is forgotten. */
  parent: Cell | null;
  /** Who had it first in the trace, and when. */
  readonly node: NodeId;
  readonly timeUs: Micros;
  firstChild: Cell | null;
  nextSibling: Cell | null;
  /** The next in the list of all cells with this index. */
  nextAtIndex: Cell | null;
}

/** All logs of a cluster, ever, as one tree of {@link Cell}s. */
export class LogTree {
  readonly root: Cell = newCell(0, 0, 0, null, '', 0);
  /** By index: the head of a list of the cells there. There is seldom more than one. */
  private readonly atIndex = new ByIndex<Cell>();
  /** What is before this index is forgotten. */
  floor = 0;

  /**
   * @param onMismatch gets a new cell and another with its index and term: that breaks Log Matching, unless a snapshot
   * hides what one of them rests on
   */
  constructor(private readonly onMismatch: (added: Cell, other: Cell) => void) {
    this.list(this.root);
  }

  /** The cell for `entry` right after `parent`, new where it was not there. */
  child(parent: Cell, entry: EntryRef, node: NodeId, timeUs: Micros): Cell {
    for (let cell = parent.firstChild; cell !== null; cell = cell.nextSibling) {
      if (cell.digest === entry.digest && cell.term === entry.term) return cell;
    }
    const cell = newCell(parent.index + 1, entry.term, entry.digest, parent, node, timeUs);
    cell.nextSibling = parent.firstChild;
    parent.firstChild = cell;
    for (let other = this.atIndex.get(cell.index) ?? null; other !== null; other = other.nextAtIndex) {
      if (other.term === cell.term && firstDifference(cell, other) !== undefined) this.onMismatch(cell, other);
    }
    this.list(cell);
    return cell;
  }

  /**
   * The cell where a snapshot ends. An entry is known by its index and term (Log Matching), so a cell seen before
   * serves; else one whose past is hidden.
   */
  snapshotEnd(index: number, term: number, node: NodeId, timeUs: Micros): Cell {
    if (index === 0) return this.root;
    for (let cell = this.atIndex.get(index) ?? null; cell !== null; cell = cell.nextAtIndex) {
      if (cell.term === term) return cell;
    }
    const cell = newCell(index, term, undefined, null, node, timeUs);
    this.list(cell);
    return cell;
  }

  private list(cell: Cell): void {
    cell.nextAtIndex = this.atIndex.get(cell.index) ?? null;
    this.atIndex.set(cell.index, cell);
  }

  /**
   * Forgets all cells before `floor`, which no log may rest on. Each is cut off from its neighbours: somebody may hold
   * one, and must not hold all the others by it.
   */
  forget(floor: number): void {
    for (let index = this.floor; index <= floor; index++) {
      for (let cell = this.atIndex.get(index) ?? null; cell !== null; cell = cell.nextAtIndex) {
        cell.parent = null;
        if (index === floor) continue;
        cell.firstChild = null;
        cell.nextSibling = null;
      }
    }
    this.atIndex.forget(floor);
    this.floor = floor;
  }
}

function newCell(
  index: number,
  term: number,
  digest: number | undefined,
  parent: Cell | null,
  node: NodeId,
  timeUs: Micros,
): Cell {
  return { index, term, digest, parent, node, timeUs, firstChild: null, nextSibling: null, nextAtIndex: null };
}

/** This cell's ancestor (or itself) at `index`; `undefined` where a snapshot hides it, or above the cell. */
export function ancestorAt(cell: Cell, index: number): Cell | undefined {
  let ancestor: Cell | null = cell;
  while (ancestor !== null && ancestor.index > index) ancestor = ancestor.parent;
  return ancestor?.index === index ? ancestor : undefined;
}

/** The lowest index at which two logs of equal length surely differ; what snapshots hide is given the benefit. */
export function firstDifference(left: Cell, right: Cell): number | undefined {
  let found: number | undefined;
  let a: Cell | null = left;
  let b: Cell | null = right;
  while (a !== null && b !== null && a !== b) {
    const digestsDiffer = a.digest !== undefined && b.digest !== undefined && a.digest !== b.digest;
    if (a.term !== b.term || digestsDiffer) found = a.index;
    a = a.parent;
    b = b.parent;
  }
  return found;
}
