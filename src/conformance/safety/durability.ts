import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { seconds } from '../words.js';
import type { Cluster } from './cluster.js';
import { certainVote } from './elections.js';
import { firstDifference } from './log-tree.js';
import type { RaftNode } from './node.js';
import { place } from './words.js';

// What a message promises must be durable when it leaves (Figure 2: "updated on stable storage before responding to
// RPCs"): the vote that it grants, the entries that it acknowledges.

export function durable(
  cluster: Cluster,
  node: RaftNode,
  term: number,
  votedFor: NodeId | null,
  lastIndex: number,
  timeUs: Micros,
): void {
  node.durableTerm = term;
  node.durableVote = votedFor;
  node.becomeDurable(lastIndex);
  if (votedFor !== null) certainVote(cluster, node.id, term, votedFor, timeUs);
}

export interface Acknowledgement {
  readonly to: NodeId;
  readonly term: number;
  readonly index: number;
}

/**
 * AckImpliesDurable. An answer that waited for the disk may leave after the log has moved on. It is still true if the
 * node is in a later term by then: the entries were there when the former ended. And if a snapshot took their place
 * meanwhile: they were on the disk until it was.
 */
export function acknowledges(cluster: Cluster, node: RaftNode, ack: Acknowledgement, timeUs: Micros): void {
  const { to, term, index } = ack;
  if (term !== node.term) return;
  if (index >= node.baseIndex && node.durableIndex < index) {
    cluster.report(
      'AckImpliesDurable',
      `${node.id} acknowledged entries up to ${index}, but only ${node.durableIndex} were durable`,
      [node.id, to],
      timeUs,
      [
        `${node.id} had synced its log up to index ${node.durableIndex}.`,
        `${seconds(timeUs)}: it told ${to} that it holds everything up to index ${index}.`,
      ],
    );
  }
  matchesLeader(cluster, node, ack, timeUs);
  node.toldIndex = node.toldTerm === term ? Math.max(node.toldIndex, index) : index;
  node.toldTerm = term;
}

/**
 * AckMatchesLeader: an acknowledged log equals the leader's. Looked up only while that leader still leads the term of
 * the message: its log then only grows, so its entry at an index is the same whenever its trace is read.
 */
function matchesLeader(cluster: Cluster, node: RaftNode, { to, term, index }: Acknowledgement, timeUs: Micros): void {
  const leader = cluster.nodes.get(to);
  if (!leader?.leading || leader.term !== term) return;
  const own = node.cellAt(index);
  const expected = leader.cellAt(index);
  if (own === undefined || expected === undefined || own === expected) return;
  const difference = firstDifference(own, expected);
  if (difference === undefined) return;
  cluster.report(
    'AckMatchesLeader',
    `${node.id} acknowledged entries up to ${index} to ${to}, but its own differ from index ${difference} on`,
    [node.id, to],
    timeUs,
    [
      `${to}, leader of term ${leader.term}, holds ${place(expected)}.`,
      `${seconds(timeUs)}: ${node.id} told it that their logs are equal up to index ${index}, where it holds ${place(own)}.`,
    ],
  );
}

/** VoteImpliesDurable. */
export function grants(cluster: Cluster, node: RaftNode, to: NodeId, term: number, timeUs: Micros): void {
  const { durableTerm, durableVote } = node;
  if (durableTerm > term || (durableTerm === term && durableVote === to)) return;
  const vote = durableVote === null ? 'no vote' : `a vote for ${durableVote}`;
  cluster.report(
    'VoteImpliesDurable',
    `${node.id} granted its vote of term ${term} to ${to} before that was durable`,
    [node.id, to],
    timeUs,
    [
      durableTerm === 0 ? `${node.id} had synced no term.` : `${node.id} had synced term ${durableTerm} with ${vote}.`,
      `${seconds(timeUs)}: it granted its vote of term ${term} to ${to}: a crash would let it vote again.`,
    ],
  );
}
