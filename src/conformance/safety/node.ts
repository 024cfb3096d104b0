import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { ancestorAt, type Cell } from './log-tree.js';

/** What a message that was just received asks of the node at once: its next step shows whether it complies. */
export interface Duty {
  /** Enter the message's term; vote for its sender, when in its term; or not even enter its term. */
  readonly kind: 'enter-term' | 'vote' | 'ignore';
  readonly term: number;
  readonly from: NodeId;
  readonly timeUs: Micros;
}

/** What the trace says of one node so far. */
export class RaftNode {
  started = false;
  /** Its process began with what another had left. */
  recovered = false;
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
  /** How far the log, as it is now, is durable; `durable` stands there unless a snapshot hides that place. */
  durableIndex = 0;
  /** The term of the last AppendEntries received; 0 when the last message was another. */
  appendTerm = 0;
  /** Up to where it acknowledged its log to a leader, and the term in which it did. */
  toldIndex = 0;
  toldTerm = 0;
  /** When it last heard from a leader of its term. */
  heardFromLeaderUs: Micros = Number.NEGATIVE_INFINITY;
  duty: Duty | null = null;
  /** Whose request for a pre-vote it has not answered yet, by place in the cluster. */
  readonly unanswered: boolean[];
  /** As a candidate: who granted, by place in the cluster. As a leader: how far each follower acknowledged. */
  readonly granted: boolean[];
  /** How many messages granted, also those that came twice. */
  grants = 0;
  readonly acknowledged: number[];
  /** Where the log begins, behind a snapshot, and its cells from there. */
  private base: Cell;
  /** Where the log began before its latest compaction: that one may not be durable yet, and undone by a crash. */
  settledIndex = 0;
  private cells: Cell[] = [];

  constructor(
    readonly id: NodeId,
    readonly place: number,
    clusterSize: number,
    root: Cell,
  ) {
    this.base = root;
    this.durable = root;
    this.unanswered = new Array<boolean>(clusterSize).fill(false);
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
    this.settledIndex = Math.min(this.base.index, base.index);
    this.base = base;
    this.cells = [];
  }

  push(cell: Cell): void {
    this.cells.push(cell);
  }

  /** Drops `from`, which is behind the base, and all that follows. */
  truncate(from: number): void {
    this.cells.length = from - this.base.index - 1;
    this.becomeDurable(this.durableIndex);
  }

  /** The log is durable up to `index`, or, where something was taken back, no further. */
  becomeDurable(index: number): void {
    this.durableIndex = Math.min(index, this.last.index);
    this.durable = this.cellAt(this.durableIndex) ?? ancestorAt(this.base, this.durableIndex) ?? this.durable;
  }

  /** Drops what a snapshot covers. */
  compact(index: number): void {
    const base = this.cellAt(index);
    if (base === undefined) return;
    this.cells.splice(0, index - this.base.index);
    this.settledIndex = this.base.index;
    this.base = base;
  }

  /** A candidacy begins, or a life: what peers said before does not count. */
  forgetPeers(): void {
    this.granted.fill(false);
    this.grants = 0;
    this.acknowledged.fill(0);
  }
}
