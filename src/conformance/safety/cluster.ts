import type { EntryRef } from '../../history/trace.js';
import { majority, type NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { Told } from '../told.js';
import { mismatch } from './log.js';
import { type Cell, LogTree } from './log-tree.js';
import { RaftNode } from './node.js';
import type { RaftRule } from './rules.js';
import { KnownStates } from './states.js';

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
  readonly committed: (Commit | undefined)[] = [];
  highestCommit = 0;
  /** Processes that began where one had been. */
  restarts = 0;
  /** By term: the highest entry that its leader committed. */
  readonly committedByTerm = new Map<number, Commit>();
  /** By index, where no commit was seen: what was applied. */
  readonly applied = new Map<number, { readonly entry: EntryRef; readonly node: NodeId; readonly timeUs: Micros }>();
  readonly states = new KnownStates();
  readonly violations = new Told<RaftRule>();
  private readonly elections = new Map<number, Election>();

  constructor(
    ids: readonly NodeId[],
    /** For so long after it heard from a leader, whatever its clock's rate, a node must not be moved by a candidate. */
    readonly surelyStickyUs: Micros | undefined,
  ) {
    this.members = ids.map((id, place) => new RaftNode(id, place, ids.length, this.tree.root));
    this.nodes = new Map(this.members.map((node) => [node.id, node]));
    this.majority = majority(ids.length);
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
