import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { seconds } from '../words.js';
import type { Cluster } from './cluster.js';
import type { RaftNode } from './node.js';

/** States are remembered of so many of the latest indexes, a power of two. */
const KEPT = 1 << 14;

/** How a state came about: entries were applied, or a snapshot was taken, installed, or found on the disk. */
type How = 'applied' | 'took' | 'installed' | 'recovered';

/** The state after an index, as one node told it. */
interface ToldState {
  readonly index: number;
  readonly hash: number;
  readonly node: NodeId;
  readonly timeUs: Micros;
  readonly by: How;
}

/** As {@link ToldState}, of one node and kept up to date. */
interface OwnState {
  index: number;
  hash: number;
  readonly node: NodeId;
  timeUs: Micros;
  by: How;
}

const ownState = (node: NodeId): OwnState => ({ index: -1, hash: 0, node, timeUs: 0, by: 'applied' });

/** What nodes told of their state machines, in constant memory: there is something to keep several times an operation. */
export class KnownStates {
  /** By the index modulo {@link KEPT}: the first that was told of it. */
  private readonly indexes = new Float64Array(KEPT).fill(-1);
  private readonly hashes = new Float64Array(KEPT);
  private readonly times = new Float64Array(KEPT);
  private readonly nodes: NodeId[] = [];
  private readonly ways: How[] = [];
  /** By node: what it applied last, and its latest snapshot, which may be old when it is needed. */
  private readonly applied = new Map<NodeId, OwnState>();
  private readonly snapshots = new Map<NodeId, OwnState>();
  /** States that were compared with another of the same index. */
  compared = 0;
  /** States too old to be compared: what there was at their indexes is forgotten. */
  forgotten = 0;
  /** Steps that do not say what the state is. */
  untold = 0;

  /** Compares it with what is known of the same index, and answers that where it is different. */
  compare(index: number, hash: number, node: NodeId, timeUs: Micros, by: How): ToldState | undefined {
    const slot = index & (KEPT - 1);
    const known = this.indexes[slot] as number;
    if (known === index) {
      this.compared++;
      return this.hashes[slot] === hash ? undefined : this.at(slot);
    }
    if (known > index) {
      this.forgotten++;
      return undefined;
    }
    this.indexes[slot] = index;
    this.hashes[slot] = hash;
    this.times[slot] = timeUs;
    this.nodes[slot] = node;
    this.ways[slot] = by;
    return undefined;
  }

  appliedBy(node: NodeId): OwnState {
    return own(this.applied, node);
  }

  snapshotOf(node: NodeId): OwnState {
    return own(this.snapshots, node);
  }

  private at(slot: number): ToldState {
    return {
      index: this.indexes[slot] as number,
      hash: this.hashes[slot] as number,
      node: this.nodes[slot] as NodeId,
      timeUs: this.times[slot] as number,
      by: this.ways[slot] as How,
    };
  }
}

function own(states: Map<NodeId, OwnState>, node: NodeId): OwnState {
  let state = states.get(node);
  if (state === undefined) {
    state = ownState(node);
    states.set(node, state);
  }
  return state;
}

/** StateHash: nodes that applied the same log up to an index have the same state, whatever they restored before. */
export function stateAfterApply(cluster: Cluster, node: RaftNode, hash: number | undefined, timeUs: Micros): void {
  const { states } = cluster;
  if (hash === undefined) {
    states.untold++;
    return;
  }
  const state = states.appliedBy(node.id);
  become(state, node.applied, hash, timeUs, 'applied');
  const other = states.compare(state.index, hash, node.id, timeUs, 'applied');
  if (other !== undefined) differs(cluster, state, other);
}

/**
 * SnapshotContent: a snapshot that ends at an index holds the state that applying everything up to there gives; whether
 * its own node took it, a leader sent it, or a restart found it on the disk.
 */
export function stateOfSnapshot(
  cluster: Cluster,
  node: RaftNode,
  { index, stateHash: hash }: { readonly index: number; readonly stateHash?: number | undefined },
  by: How,
  timeUs: Micros,
): void {
  const { states } = cluster;
  if (hash === undefined) {
    states.untold++;
    return;
  }
  const applied = states.appliedBy(node.id);
  const snapshot = states.snapshotOf(node.id);
  // The node's own word first: what it took this from, or left on its disk.
  const before = by === 'took' ? applied : snapshot;
  let other: ToldState | undefined;
  if (before.index === index) {
    states.compared++;
    if (before.hash !== hash) other = { ...before };
  } else other = states.compare(index, hash, node.id, timeUs, by);
  become(snapshot, index, hash, timeUs, by);
  if (by !== 'took') become(applied, index, hash, timeUs, by);
  if (other !== undefined) differs(cluster, snapshot, other);
}

function become(state: OwnState, index: number, hash: number, timeUs: Micros, by: How): void {
  state.index = index;
  state.hash = hash;
  state.timeUs = timeUs;
  state.by = by;
}

function differs(cluster: Cluster, state: ToldState, other: ToldState): void {
  const { index, node, timeUs } = state;
  const story = [tell(other), tell(state)];
  const nodes = [other.node, node];
  if (state.by === 'applied' && other.by === 'applied') {
    cluster.report('StateHash', `${node} has another state after index ${index} than ${other.node}`, nodes, timeUs, [
      ...story,
      'The same entries give the same state on every node (§5.4.3): what is applied must not depend on the node.',
    ]);
    return;
  }
  const snapshot = state.by === 'applied' ? other : state;
  cluster.report(
    'SnapshotContent',
    `the snapshot that ${snapshot.node} ${snapshot.by} does not hold the state after index ${index}`,
    nodes,
    timeUs,
    [...story, 'A snapshot takes the place of the entries up to its index (§7), so it must hold all that they did.'],
  );
}

function tell({ index, hash, node, timeUs, by }: ToldState): string {
  const what = by === 'applied' ? `applied everything up to index ${index}` : `${by} a snapshot to index ${index}`;
  return `${seconds(timeUs)}: ${node} ${what}; the state was ${hash.toString(16)}.`;
}

/** For the report: how much could be compared. */
export function stateFacts({ states: { compared, forgotten, untold } }: Cluster): Record<string, number | string> {
  if (untold > 0 && compared === 0) return { 'states compared': 'not observable: the trace has no state hashes' };
  return {
    'states compared': compared,
    ...(forgotten > 0 && { 'states too old to compare': forgotten }),
    ...(untold > 0 && { 'states not told': untold }),
  };
}
