import type { EntryRef } from '../../history/trace.js';
import { majority, type NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { Told } from '../told.js';
import { ByIndex } from './by-index.js';
import { leaderCompleteness } from './commit.js';
import { mismatch } from './log.js';
import { type Cell, LogTree } from './log-tree.js';
import { RaftNode } from './node.js';
import type { RaftRule } from './rules.js';
import { KnownStates } from './states.js';

/** Some more than the states that are compared, so that what a restart brings back is seldom forgotten. */
const KEPT_ENTRIES = 1 << 14;

/** Terms whose votes are remembered after all nodes have left them. */
const KEPT_TERMS = 64;

export interface Leadership {
  readonly node: NodeId;
  readonly timeUs: Micros;
  /** Its log when it was elected. */
  readonly log: Cell;
}

export interface Commit {
  readonly cell: Cell;
  readonly node: NodeId;
  readonly timeUs: Micros;
}

/** What is known of the votes of one term. */
export interface Election {
  /** Where each candidate's log ended. */
  readonly candidates: Map<NodeId, { readonly log: Cell; readonly timeUs: Micros }>;
  /** Each voter's log when it voted. */
  readonly voters: Map<NodeId, { readonly log: Cell; readonly candidate: NodeId; readonly timeUs: Micros }>;
  /** Votes that no crash can have taken. */
  readonly certain: Map<NodeId, { readonly candidate: NodeId; readonly timeUs: Micros }>;
}

/** What the trace says of the nodes so far, and of the cluster over its whole history: facts that stay true. */
export class Cluster {
  readonly tree = new LogTree((added, other) => mismatch(this, added, other));
  /** By place in the cluster, and by name. */
  readonly members: readonly RaftNode[];
  readonly nodes: ReadonlyMap<NodeId, RaftNode>;
  readonly majority: number;
  /** By term, over the whole history: an ElectionSafety that looks at simultaneous leaders only misses most breaches. */
  readonly leaders = new Map<number, Leadership>();
  /** By index: the committed entry, with all before it. */
  readonly committed = new ByIndex<Commit>();
  highestCommit = 0;
  /** Processes that began where one had been. */
  restarts = 0;
  /** By term: the highest entry that its leader committed. */
  readonly committedByTerm = new Map<number, Commit>();
  /** By index, where no commit was seen: what was applied. */
  readonly applied = new ByIndex<{ readonly entry: EntryRef; readonly node: NodeId; readonly timeUs: Micros }>();
  readonly states = new KnownStates();
  readonly violations = new Told<RaftRule>();
  /** Terms whose leader was told to lack something committed: each once. */
  readonly incompleteLeaders = new Set<number>();
  private readonly elections = new Map<number, Election>();

  constructor(
    ids: readonly NodeId[],
    /** For so long after it heard from a leader, whatever its clock's rate, a node must not be moved by a candidate. */
    readonly surelyStickyUs: Micros | undefined,
    /** Entries that are remembered, of those that all nodes have compacted. */
    private readonly keptEntries = KEPT_ENTRIES,
  ) {
    this.members = ids.map((id, place) => new RaftNode(id, place, ids.length, this.tree.root));
    this.nodes = new Map(this.members.map((node) => [node.id, node]));
    this.majority = majority(ids.length);
  }

  /**
   * Forgets the beginning of all logs, which every node has put into a snapshot: so memory does not grow with the trace.
   * Nothing is concluded from what is forgotten: all nodes agreed on it when they committed it. A node whose trace was
   * not read yet has compacted nothing, so while traces are read one after another, nothing is forgotten.
   */
  forgetCompacted(): void {
    const { members, tree } = this;
    const floor = Math.min(this.highestCommit - this.keptEntries, ...members.map(({ settledIndex }) => settledIndex));
    if (floor - tree.floor < Math.max(1, this.keptEntries >> 3)) return;
    leaderCompleteness(this);
    tree.forget(floor);
    this.committed.forget(floor);
    this.applied.forget(floor);
    const left = Math.min(...members.map(({ term }) => term)) - KEPT_TERMS;
    for (const term of this.elections.keys()) if (term < left) this.elections.delete(term);
  }

  election(term: number): Election {
    let election = this.elections.get(term);
    if (election === undefined) {
      election = { candidates: new Map(), voters: new Map(), certain: new Map() };
      this.elections.set(term, election);
    }
    return election;
  }

  /** The log that `node` campaigned with in `term`. */
  logOfCandidate(node: NodeId, term: number): Cell | undefined {
    return this.elections.get(term)?.candidates.get(node)?.log;
  }

  report(rule: RaftRule, title: string, nodes: readonly NodeId[], timeUs: Micros, story: readonly string[]): void {
    this.violations.add(rule, () => ({
      kind: rule,
      title,
      story,
      operations: [],
      nodes: [...new Set(nodes)],
      fromUs: timeUs,
      toUs: timeUs,
    }));
  }
}
