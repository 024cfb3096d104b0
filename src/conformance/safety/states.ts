import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { seconds } from '../words.js';
import type { Cluster } from './cluster.js';
import type { RaftNode } from './node.js';

/** States are remembered of so many of the latest indexes, a power of two. */
const KEPT = 1 << 14;

/** The state after an index, as one node told it first. */
interface KnownState {
  readonly index: number;
  readonly hash: number;
  readonly node: NodeId;
  readonly timeUs: Micros;
  /** How it came about: the entries were applied, or a snapshot was taken, installed, or found on the disk. */
  readonly by: How;
}

type How = 'applied' | 'took' | 'installed' | 'recovered';

/** What nodes told of their state machines: constant memory. */
export class KnownStates {
  /** By the index modulo {@link KEPT}. */
  private readonly known: (KnownState | undefined)[] = [];
  /** By node: what it applied last, and its latest snapshot, which may be old when it is needed. */
  readonly applied = new Map<NodeId, KnownState>();
  readonly snapshots = new Map<NodeId, KnownState>();
  /** States that were compared with another of the same index. */
  compared = 0;
  /** States too old to be compared: what there was at their indexes is forgotten. */
  forgotten = 0;
  /** Steps that do not say what the state is. */
  untold = 0;

  /** What is known of the same index; this becomes known where nothing is. */
  other(state: KnownState): KnownState | undefined {
    const slot = state.index & (KEPT - 1);
    const known = this.known[slot];
    if (known === undefined || known.index < state.index) {
      this.known[slot] = state;
      return undefined;
    }
    return known.index === state.index ? known : undefined;
  }

  hasForgotten(index: number): boolean {
    return (this.known[index & (KEPT - 1)]?.index ?? index) > index;
  }
}

/** StateHash: nodes that applied the same log up to an index have the same state, whatever they restored before. */
export function stateAfterApply(cluster: Cluster, node: RaftNode, hash: number | undefined, timeUs: Micros): void {
  const state = told(cluster, node, node.applied, hash, 'applied', timeUs);
  if (state === undefined) return;
  cluster.states.applied.set(node.id, state);
  const other = compared(cluster, state, cluster.states.other(state));
  if (other !== undefined) differs(cluster, state, other);
}

/**
 * SnapshotContent: a snapshot that ends at an index holds the state that applying everything up to there gives; whether
 * its own node took it, a leader sent it, or a restart found it on the disk.
 */
export function stateOfSnapshot(
  cluster: Cluster,
  node: RaftNode,
  { index, stateHash }: { readonly index: number; readonly stateHash?: number | undefined },
  by: How,
  timeUs: Micros,
): void {
  const state = told(cluster, node, index, stateHash, by, timeUs);
  if (state === undefined) return;
  const { states } = cluster;
  const own = by === 'took' ? states.applied.get(node.id) : states.snapshots.get(node.id);
  // The node's own word first: what it took this from, or left on its disk.
  const known = own?.index === index ? own : undefined;
  const other = compared(cluster, state, known ?? states.other(state));
  states.snapshots.set(node.id, state);
  if (by !== 'took') states.applied.set(node.id, state);
  if (other !== undefined) differs(cluster, state, other);
}

function told(
  { states }: Cluster,
  node: RaftNode,
  index: number,
  hash: number | undefined,
  by: How,
  timeUs: Micros,
): KnownState | undefined {
  if (hash !== undefined) return { index, hash, node: node.id, timeUs, by };
  states.untold++;
  return undefined;
}

/** Counts a comparison; what it was compared with, where that is different. */
function compared({ states }: Cluster, state: KnownState, other: KnownState | undefined): KnownState | undefined {
  if (other === undefined) {
    if (states.hasForgotten(state.index)) states.forgotten++;
    return undefined;
  }
  states.compared++;
  return other.hash === state.hash ? undefined : other;
}

function differs(cluster: Cluster, state: KnownState, other: KnownState): void {
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

function tell({ index, hash, node, timeUs, by }: KnownState): string {
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
