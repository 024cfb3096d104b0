import type { RaftMessage, RaftRecord } from '../../../src/consensus/raft/index.js';
import type { EntryRef, TraceStep } from '../../../src/history/trace.js';
import type { NodeId } from '../../../src/kernel/ids.js';
import type { TestCluster, TestNode } from './cluster.js';

/** A log as a plain list from index 1; `null` where a snapshot took the entry's place. */
type PlainLog = (EntryRef | null)[];

/**
 * The rules' dumb twins: it looks at every node's disk and at every step, believes nothing that a node says of
 * another, and recomputes what must hold in the most obvious way.
 */
export class Observer {
  readonly violations: string[] = [];
  readonly leaders = new Map<number, NodeId>();
  /** By index: what the cluster committed. */
  readonly committed: EntryRef[] = [];
  private readonly logs = new Map<NodeId, PlainLog>();
  private readonly terms = new Map<NodeId, number>();
  /** Votes that were told, by "voter in term". */
  private readonly spokenVotes = new Map<string, NodeId>();
  /** The latest term that a node told anybody of. */
  private readonly spokenTerm = new Map<NodeId, number>();
  snapshotsInstalled = 0;
  truncations = 0;

  constructor(private readonly cluster: TestCluster) {
    for (const id of cluster.ids) this.logs.set(id, []);
    cluster.onTrace = (node, step) => this.observe(node, step);
  }

  private observe(node: TestNode, step: TraceStep): void {
    const { id } = node;
    const log = this.logs.get(id) ?? [];
    switch (step.name) {
      case 'InitState': {
        this.logs.set(id, [...Array.from({ length: step.snapshotIndex }, () => null), ...step.log]);
        const spoken = this.spokenTerm.get(id) ?? 0;
        if (step.term < spoken)
          this.violated(`TermMonotonic: ${id} woke in term ${step.term}, having spoken in ${spoken}`);
        this.terms.set(id, step.term);
        break;
      }
      case 'UpdateTerm':
      case 'BecomeCandidate':
        this.terms.set(id, step.term);
        break;
      case 'BecomeLeader':
        this.checkElection(id, step.term, log);
        break;
      case 'Append':
        if (step.from <= log.length) this.truncations++;
        this.logs.set(id, [...log.slice(0, step.from - 1), ...step.entries]);
        this.checkLogMatching(id);
        break;
      case 'InstallSnapshot':
        this.snapshotsInstalled++;
        this.logs.set(id, [...Array.from({ length: step.index }, () => null), ...step.log]);
        break;
      case 'AdvanceCommit':
        if (step.leader) this.checkLeaderCommit(id, step.term, step.commitIndex, log);
        break;
      case 'Apply':
        for (const [offset, entry] of step.entries.entries()) this.checkApplied(id, step.from + offset, entry);
        break;
      case 'Send':
        this.checkPromise(node, step.to, step.message as RaftMessage);
        break;
    }
  }

  /** Raft §5.2, Election Safety, over the whole past; §5.4, Leader Completeness. */
  private checkElection(id: NodeId, term: number, log: PlainLog): void {
    const other = this.leaders.get(term);
    if (other !== undefined && other !== id) this.violated(`ElectionSafety: ${other} and ${id} led term ${term}`);
    this.leaders.set(term, id);
    for (const [position, entry] of this.committed.entries()) {
      const own = log[position];
      if (own === null) continue;
      if (!same(own, entry)) {
        this.violated(`LeaderCompleteness: ${id} leads term ${term} without committed entry ${position + 1}`);
        return;
      }
    }
  }

  /** Raft §5.3: equal index and term, equal everything before. Compared pair by pair, entry by entry. */
  private checkLogMatching(id: NodeId): void {
    const own = this.logs.get(id) ?? [];
    for (const [otherId, other] of this.logs) {
      if (otherId === id) continue;
      let agreed = false;
      for (let position = Math.min(own.length, other.length) - 1; position >= 0; position--) {
        const [a, b] = [own[position], other[position]];
        if (!a || !b) continue;
        if (a.term === b.term) agreed = true;
        if (agreed && !same(a, b)) {
          this.violated(`LogMatching: ${id} and ${otherId} differ at ${position + 1}, but agree after it`);
          return;
        }
      }
    }
  }

  /** Raft §5.4.2: the entry is of the leader's term, and on the *disks* of a majority. */
  private checkLeaderCommit(id: NodeId, term: number, index: number, log: PlainLog): void {
    const entry = log[index - 1];
    if (!entry) return;
    if (entry.term !== term) this.violated(`CommitRule: ${id} committed ${index} of term ${entry.term} in ${term}`);
    const copies = this.cluster.ids.filter((node) => {
      const { log: durable } = durableOf(this.cluster.node(node));
      const found = durable[index - 1];
      return found === null || same(found, entry);
    });
    if (copies.length * 2 <= this.cluster.ids.length) {
      this.violated(`CommitQuorum: ${id} committed ${index} with copies on the disks of ${copies.join(', ')} alone`);
    }
  }

  /** State Machine Safety: one entry per index, everywhere, for ever. */
  private checkApplied(id: NodeId, index: number, entry: EntryRef): void {
    const known = this.committed[index - 1];
    if (known === undefined) {
      if (index !== this.committed.length + 1) this.violated(`AppliedContiguous: ${id} applied ${index} too early`);
      this.committed[index - 1] = entry;
    } else if (!same(known, entry)) {
      this.violated(`StateMachineSafety: ${id} applied another entry at ${index}`);
    }
  }

  /** What a message promises is on the sender's disk when it leaves. */
  private checkPromise(node: TestNode, to: NodeId, message: RaftMessage): void {
    if ('preVote' in message && message.preVote) return;
    const { id } = node;
    const durable = durableOf(node);
    this.spokenTerm.set(id, Math.max(message.term, this.spokenTerm.get(id) ?? 0));
    if (message.type === 'RequestVoteResponse' && message.granted) {
      const slot = `${id} in term ${message.term}`;
      const given = this.spokenVotes.get(slot);
      if (given !== undefined && given !== to) this.violated(`VoteOnce: ${slot} voted for ${given} and ${to}`);
      this.spokenVotes.set(slot, to);
      const covered = durable.term > message.term || (durable.term === message.term && durable.votedFor === to);
      if (!covered) this.violated(`VoteDurable: ${slot} told its vote before it was on disk`);
    }
    // An acknowledgement from before a change of term speaks of the log as it was then.
    if (message.term === this.terms.get(id)) this.checkAcknowledged(id, acknowledgedBy(message), durable.log);
  }

  private checkAcknowledged(id: NodeId, index: number, durable: PlainLog): void {
    if (index === 0) return;
    const own = this.logs.get(id)?.[index - 1];
    const onDisk = durable[index - 1];
    if (onDisk === undefined || (own && onDisk && !same(own, onDisk))) {
      this.violated(`AckDurable: ${id} acknowledged ${index}, which its disk does not hold`);
    }
  }

  private violated(what: string): void {
    this.violations.push(what);
  }
}

/** What a node would find on its disk, were it to start now. */
export function durableOf(node: TestNode): { term: number; votedFor: NodeId | null; log: PlainLog } {
  let term = 0;
  let votedFor: NodeId | null = null;
  let log: PlainLog = [];
  for (const record of node.disk as readonly RaftRecord[]) {
    if (record.kind === 'hard-state') ({ term, votedFor } = record);
    else if (record.kind === 'snapshot') log = Array.from({ length: record.snapshot.index }, () => null);
    else log = [...log.slice(0, record.from - 1), ...record.entries];
  }
  return { term, votedFor, log };
}

function acknowledgedBy(message: RaftMessage): number {
  if (message.type === 'AppendEntriesResponse' && message.success) return message.matchIndex;
  if (message.type === 'InstallSnapshotResponse' && message.installed) return message.lastIncludedIndex;
  return 0;
}

function same(a: EntryRef | null | undefined, b: EntryRef | null | undefined): boolean {
  return a?.term === b?.term && a?.digest === b?.digest;
}
