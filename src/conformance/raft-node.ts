import type { NodeId } from '../kernel/ids.js';
import type { Cell } from './raft-log.js';

/** What the trace says of one node so far. */
export class RaftNode {
  started = false;
  term = 0;
  leading = false;
  commitIndex = 0;
  applied = 0;
  /** The vote of the current term, durable or not. */
  votedFor: NodeId | null = null;
  /** What was durable by the last word of it. */
  durableTerm = 0;
  durableVote: NodeId | null = null;
  durable: Cell;
  /** The term of the last AppendEntries received; 0 when the last message was another. */
  appendTerm = 0;
  /** As a candidate: who granted, by place in the cluster. As a leader: how far each follower acknowledged. */
  readonly granted: boolean[];
  readonly acknowledged: number[];
  /** Where the log begins, behind a snapshot, and its cells from there. */
  private base: Cell;
  private cells: Cell[] = [];

  constructor(
    readonly id: NodeId,
    readonly place: number,
    clusterSize: number,
    root: Cell,
  ) {
    this.base = root;
    this.durable = root;
    this.granted = new Array<boolean>(clusterSize).fill(false);
    this.acknowledged = new Array<number>(clusterSize).fill(0);
  }

  get baseIndex(): number {
    return this.base.index;
  }

  get last(): Cell {
    return this.cells[this.cells.length - 1] ?? this.base;
  }

  /** `undefined` before the log's beginning and after its end. */
  cellAt(index: number): Cell | undefined {
    return index === this.base.index ? this.base : this.cells[index - this.base.index - 1];
  }

  /** Replaces the log: `base`, then nothing yet. */
  reset(base: Cell): void {
    this.base = base;
    this.cells = [];
  }

  push(cell: Cell): void {
    this.cells.push(cell);
  }

  /** Drops `from` and all that follows. */
  truncate(from: number): void {
    const kept = from - this.base.index - 1;
    if (kept < this.cells.length) this.cells.length = Math.max(0, kept);
    const durable = this.cellAt(from - 1);
    if (this.durable.index >= from && durable !== undefined) this.durable = durable;
  }

  /** Drops what a snapshot covers. */
  compact(index: number): void {
    const base = this.cellAt(index);
    if (base === undefined) return;
    this.cells.splice(0, index - this.base.index);
    this.base = base;
  }

  /** A leadership begins, or a candidacy: what peers said before does not count. */
  forgetPeers(): void {
    this.granted.fill(false);
    this.acknowledged.fill(0);
  }
}
