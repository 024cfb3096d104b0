import type { TraceEvent } from '../../history/trace.js';
import type { Micros } from '../../kernel/units.js';
import { seconds } from '../words.js';
import type { Cluster } from './cluster.js';
import { certainVote } from './elections.js';
import { extend } from './log.js';
import { ancestorAt, firstDifference } from './log-tree.js';
import type { RaftNode } from './node.js';

/** TermMonotonic: a node's term never falls (§5.1). */
export function enterTerm(cluster: Cluster, node: RaftNode, term: number, timeUs: Micros): void {
  if (term === node.term) return;
  if (term < node.term) {
    cluster.report('TermMonotonic', `${node.id} fell from term ${node.term} back to term ${term}`, [node.id], timeUs, [
      `${node.id} was in term ${node.term}.`,
      `${seconds(timeUs)}: ${node.id} acted in term ${term}.`,
    ]);
  }
  node.term = term;
  node.votedFor = null;
  node.leading = false;
}

/**
 * A process begins. What was durable must be back (Figure 2, "persistent state"): a term at least as high; in the
 * same term the same vote; the log, unless other entries took the place of some.
 *
 * The end of the former life's trace may be missing, and with it a truncation. But Raft removes entries only where
 * others take their place, so a log that merely *ends* too early has lost something in any case.
 */
export function initState(cluster: Cluster, node: RaftNode, event: TraceEvent & { readonly name: 'InitState' }): void {
  const { timeUs, term, votedFor } = event;
  const { durable, durableTerm, durableVote, started } = node;
  if (started) cluster.restarts++;
  node.started = true;
  if (term > 0) node.recovered = true;
  node.reset(cluster.tree.snapshotEnd(event.snapshotIndex, event.snapshotTerm, node.id, timeUs));
  extend(cluster, node, event.log, timeUs);
  if (term < durableTerm) {
    cluster.report(
      'TermMonotonic',
      `${node.id} restarted in term ${term}, but term ${durableTerm} was durable`,
      [node.id],
      timeUs,
      [`${node.id} had synced term ${durableTerm} to its disk.`, `${seconds(timeUs)}: it restarted in term ${term}.`],
    );
  } else if (term === durableTerm && durableVote !== null && votedFor !== durableVote) {
    const remembered = votedFor === null ? 'no vote' : `a vote for ${votedFor}`;
    cluster.report(
      'VoteSurvivesRestart',
      `${node.id} forgot in a restart that it had voted for ${durableVote} in term ${term}`,
      [node.id, durableVote],
      timeUs,
      [
        `${node.id} had synced its vote for ${durableVote} in term ${term} to its disk.`,
        `${seconds(timeUs)}: it restarted in the same term with ${remembered}: it may vote twice.`,
      ],
    );
  }
  if (node.last.index < durable.index) {
    const { last } = node;
    const remaining = ancestorAt(durable, last.index);
    const prefix = remaining !== undefined && firstDifference(remaining, last) === undefined;
    // Nothing takes the place of what all nodes had committed and compacted.
    if (prefix || last.index < cluster.tree.floor) {
      cluster.report(
        'LogSurvivesRestart',
        `${node.id} lost entries ${node.last.index + 1} to ${durable.index} in a restart, though they were durable`,
        [node.id],
        timeUs,
        [
          `${node.id} had synced its log up to index ${durable.index} (term ${durable.term}) to its disk.`,
          `${seconds(timeUs)}: it restarted with a log that ends at index ${node.last.index}.`,
        ],
      );
    }
  }
  node.term = term;
  node.votedFor = votedFor;
  node.leading = false;
  node.commitIndex = event.snapshotIndex;
  node.applied = event.snapshotIndex;
  node.appendTerm = 0;
  node.heardFromLeaderUs = Number.NEGATIVE_INFINITY;
  node.unanswered.fill(false);
  node.forgetPeers();
  // It was read from the disk, so it is on the disk.
  node.becomeDurable(node.last.index);
  node.durableTerm = term;
  node.durableVote = votedFor;
  if (votedFor !== null) certainVote(cluster, node.id, term, votedFor, timeUs);
}
