import type { EntryRef } from '../../history/trace.js';
import type { Micros } from '../../kernel/units.js';
import { seconds } from '../words.js';
import type { Cluster } from './cluster.js';
import { ancestorAt, type Cell, firstDifference } from './log-tree.js';
import type { RaftNode } from './node.js';
import { place } from './words.js';

export function append(
  cluster: Cluster,
  node: RaftNode,
  from: number,
  entries: readonly EntryRef[],
  timeUs: Micros,
): void {
  const { last } = node;
  if (!node.leading && node.appendTerm !== 0 && node.appendTerm < node.term) {
    cluster.report(
      'StaleTerm',
      `${node.id} took entries from a leader of term ${node.appendTerm}, though it was in term ${node.term}`,
      [node.id],
      timeUs,
      [
        `${node.id} was in term ${node.term}.`,
        `${seconds(timeUs)}: it changed its log at index ${from} at the word of a leader of term ${node.appendTerm} (§5.1: such a message is rejected).`,
      ],
    );
  }
  if (from > last.index + 1) {
    cluster.report(
      'LogMatching',
      `${node.id} has a gap in its log: it ended at ${last.index}, then ${from} was added`,
      [node.id],
      timeUs,
      [`${seconds(timeUs)}: ${node.id} appended index ${from} to a log that ended at index ${last.index}.`],
    );
    return;
  }
  if (from <= last.index) truncation(cluster, node, from, entries, timeUs);
  extend(cluster, node, entries, timeUs);
}

function truncation(
  cluster: Cluster,
  node: RaftNode,
  from: number,
  entries: readonly EntryRef[],
  timeUs: Micros,
): void {
  const { last } = node;
  const removed = node.cellAt(from);
  if (removed === undefined || from === node.baseIndex) {
    cluster.report(
      'CommittedLogAppendOnly',
      `${node.id} changed its log at index ${from}, which its snapshot covers`,
      [node.id],
      timeUs,
      [`${seconds(timeUs)}: ${node.id} put entries at index ${from}; its snapshot reaches to index ${node.baseIndex}.`],
    );
    return;
  }
  const what = `${seconds(timeUs)}: ${node.id} removed entries ${from} to ${last.index}, the first being ${place(removed)}.`;
  if (node.leading) {
    cluster.report(
      'LeaderAppendOnly',
      `${node.id} removed entries ${from} to ${last.index} from its own log while it led term ${node.term}`,
      [node.id],
      timeUs,
      [what],
    );
  }
  if (from <= node.commitIndex) {
    cluster.report(
      'CommittedLogAppendOnly',
      `${node.id} removed entry ${from} from its log, though it knew that everything up to ${node.commitIndex} is committed`,
      [node.id],
      timeUs,
      [`${node.id} knew that everything up to index ${node.commitIndex} is committed.`, what],
    );
  }
  if (node.toldTerm === node.term && from <= node.toldIndex) {
    cluster.report(
      'AckedEntryNotTruncated',
      `${node.id} removed entry ${from} from its log, though it had acknowledged everything up to ${node.toldIndex} in term ${node.term}`,
      [node.id],
      timeUs,
      [
        `${node.id} had told the leader of term ${node.term} that it holds everything up to index ${node.toldIndex}.`,
        what,
        'That leader never changes what it has (§5.3) and may have counted this copy: while the term lasts, it must stay.',
      ],
    );
  }
  // "If an existing entry conflicts with a new one (same index but different terms), delete it" (§5.3): only then.
  if (entries[0] === undefined || entries[0].term === removed.term) {
    const replacement = entries[0] === undefined ? 'nothing' : `an entry of the same term ${entries[0].term}`;
    cluster.report(
      'TruncateOnlyOnConflict',
      `${node.id} removed entries ${from} to ${last.index} from its log without a conflict`,
      [node.id],
      timeUs,
      [
        what,
        `In their place came ${replacement}: no conflict, so §5.3 does not let it delete them. An acknowledged entry may be lost this way.`,
      ],
    );
  }
  node.truncate(from);
}

export function extend({ tree }: Cluster, node: RaftNode, entries: readonly EntryRef[], timeUs: Micros): void {
  let { last } = node;
  for (const entry of entries) {
    last = tree.child(last, entry, node.id, timeUs);
    node.push(last);
  }
}

/** LogMatching: an index and a term name one entry and all before it, in whichever log they stand (§5.3). */
export function mismatch(cluster: Cluster, added: Cell, other: Cell): void {
  const difference = firstDifference(added, other);
  const what = difference === added.index ? 'hold different entries' : `differ before it, at index ${difference}`;
  cluster.report(
    'LogMatching',
    `logs of ${other.node} and ${added.node} both hold index ${added.index} of term ${added.term}, but ${what}`,
    [other.node, added.node],
    added.timeUs,
    [
      `${seconds(other.timeUs)}: ${other.node} held ${place(other)}.`,
      `${seconds(added.timeUs)}: ${added.node} held ${place(added)}; the logs ${what}.`,
    ],
  );
}

export function installSnapshot(
  cluster: Cluster,
  node: RaftNode,
  index: number,
  term: number,
  log: readonly EntryRef[],
  timeUs: Micros,
): void {
  if (index < node.applied) {
    cluster.report(
      'AppliedMonotonic',
      `${node.id} went back from applied index ${node.applied} to a snapshot of index ${index}`,
      [node.id],
      timeUs,
      [
        `${node.id} had applied everything up to index ${node.applied}.`,
        `${seconds(timeUs)}: it installed a snapshot that ends at index ${index}.`,
      ],
    );
  }
  const known = cluster.committed.get(index);
  if (known && known.cell.term !== term) {
    cluster.report(
      'StateMachineSafety',
      `${node.id} installed a snapshot that ends at index ${index} of term ${term}, but term ${known.cell.term} is committed there`,
      [node.id, known.node],
      timeUs,
      [
        `${seconds(known.timeUs)}: ${known.node} knew ${place(known.cell)} as committed.`,
        `${seconds(timeUs)}: ${node.id} installed a snapshot that ends at index ${index} of term ${term}.`,
      ],
    );
  }
  const before = node.last;
  const same = node.cellAt(index);
  if (same?.term === term && log.length < before.index - index) {
    cluster.report(
      'TruncateOnlyOnConflict',
      `${node.id} threw away entries ${index + 1} to ${before.index} when it installed a snapshot that its log contains`,
      [node.id],
      timeUs,
      [
        `${node.id} held ${place(same)} and more, up to index ${before.index}.`,
        `${seconds(timeUs)}: it installed a snapshot that ends there and kept ${log.length} entries after it (Figure 13: retain what follows).`,
      ],
    );
  }
  const { durable, durableIndex, commitIndex } = node;
  node.reset(cluster.tree.snapshotEnd(index, term, node.id, timeUs));
  extend(cluster, node, log, timeUs);
  // The snapshot itself is durable with the next sync; until then, what was durable and remains.
  const remains = ancestorAt(node.last, durable.index) === durable;
  node.becomeDurable(remains ? durableIndex : Math.min(durableIndex, commitIndex));
  node.commitIndex = Math.max(commitIndex, index);
  node.applied = index;
}
