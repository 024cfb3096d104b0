import type { Micros } from '../../kernel/units.js';
import { seconds } from '../words.js';
import type { Cluster, Commit, Leadership } from './cluster.js';
import { ancestorAt, type Cell, firstDifference } from './log-tree.js';
import type { RaftNode } from './node.js';
import { place } from './words.js';

export function advanceCommit(
  cluster: Cluster,
  node: RaftNode,
  index: number,
  asLeader: boolean,
  timeUs: Micros,
): void {
  const cell = node.cellAt(index);
  node.commitIndex = Math.max(node.commitIndex, index);
  if (cell === undefined) {
    if (index > node.last.index) {
      cluster.report(
        'StateMachineSafety',
        `${node.id} takes everything up to ${index} for committed, but its log ends at ${node.last.index}`,
        [node.id],
        timeUs,
        [
          `${seconds(timeUs)}: ${node.id} advanced its commit index to ${index}; its log ended at index ${node.last.index}.`,
        ],
      );
    }
    return;
  }
  if (asLeader) leaderCommits(cluster, node, cell, timeUs);
  commit(cluster, node, cell, timeUs);
}

/**
 * CommitRule (§5.4.2): a leader commits by counting only entries of its own term. CommitQuorum (§5.3): and only
 * those that a majority holds durably. The leader's own word is enough to check that: each acknowledgement that it
 * received in its term, and its own disk. Whether followers acknowledge only what is durable is a rule of theirs.
 */
function leaderCommits(cluster: Cluster, node: RaftNode, cell: Cell, timeUs: Micros): void {
  if (cell.term !== node.term) {
    cluster.report(
      'CommitRule',
      `${node.id}, leader of term ${node.term}, committed index ${cell.index} of term ${cell.term} by counting`,
      [node.id],
      timeUs,
      [
        `${seconds(timeUs)}: ${node.id}, leader of term ${node.term}, advanced its commit index to ${place(cell)}.`,
        'A leader commits entries of former terms only along with one of its own (§5.4.2, Figure 8): a later leader may lack it.',
      ],
    );
  }
  let holders = node.durableIndex >= cell.index ? 1 : 0;
  for (const acknowledged of node.acknowledged) if (acknowledged >= cell.index) holders++;
  if (holders < cluster.majority) {
    cluster.report(
      'CommitQuorum',
      `${node.id}, leader of term ${node.term}, committed index ${cell.index} with ${holders} of the ${cluster.majority} durable copies it needs`,
      [node.id],
      timeUs,
      [
        `${node.id} had synced its own log up to index ${node.durableIndex}.`,
        ...acknowledgements(cluster, node),
        `${seconds(timeUs)}: it advanced its commit index to ${cell.index}.`,
      ],
    );
  }
  const highest = cluster.committedByTerm.get(node.term);
  if (!highest || highest.cell.index < cell.index) {
    cluster.committedByTerm.set(node.term, { cell, node: node.id, timeUs });
  }
}

function acknowledgements(cluster: Cluster, leader: RaftNode): string[] {
  const peers = [...cluster.nodes.values()].filter((peer) => peer !== leader);
  return peers.map(
    (peer) => `${peer.id} had acknowledged up to index ${leader.acknowledged[peer.place]} in this term.`,
  );
}

/** All nodes agree on what is committed: the first to know an entry settles it for the others. */
function commit(cluster: Cluster, node: RaftNode, cell: Cell, timeUs: Micros): void {
  if (cell.index > cluster.highestCommit) cluster.highestCommit = cell.index;
  for (let link: Cell | null = cell; link !== null && link.index > 0; link = link.parent) {
    const settled = cluster.committed.get(link.index);
    if (settled !== undefined) {
      // Equal cells are equal logs: nothing below can differ either.
      agree(cluster, node, link, settled, timeUs);
      return;
    }
    cluster.committed.set(link.index, { cell: link, node: node.id, timeUs });
  }
}

function agree(cluster: Cluster, node: RaftNode, cell: Cell, settled: Commit, timeUs: Micros): void {
  const difference = firstDifference(cell, settled.cell);
  if (difference === undefined) return;
  const own = ancestorAt(cell, difference) ?? cell;
  const theirs = ancestorAt(settled.cell, difference) ?? settled.cell;
  cluster.report(
    'StateMachineSafety',
    `${settled.node} and ${node.id} take different entries at index ${difference} for committed`,
    [settled.node, node.id],
    timeUs,
    [
      `${seconds(settled.timeUs)}: ${settled.node} took ${place(theirs)} for committed.`,
      `${seconds(timeUs)}: ${node.id} took ${place(own)} for committed.`,
    ],
  );
}

/**
 * LeaderCompleteness (§5.4): what one term's leader committed is in the log of every later term's leader. Judged at the
 * end, when all leaders and commits are known, and before what it rests on is forgotten.
 */
export function leaderCompleteness(cluster: Cluster): void {
  const terms = [...new Set([...cluster.leaders.keys(), ...cluster.committedByTerm.keys()])].sort((a, b) => a - b);
  let highest: (Commit & { readonly term: number }) | undefined;
  for (const term of terms) {
    const leader = cluster.leaders.get(term);
    if (leader && highest) leaderHas(cluster, term, leader, highest);
    const commit = cluster.committedByTerm.get(term);
    if (commit && (!highest || commit.cell.index > highest.cell.index)) highest = { ...commit, term };
  }
}

function leaderHas(
  cluster: Cluster,
  term: number,
  leader: Leadership,
  commit: Commit & { readonly term: number },
): void {
  if (cluster.incompleteLeaders.has(term)) return;
  const own = ancestorAt(leader.log, commit.cell.index);
  const tooShort = leader.log.index < commit.cell.index;
  const differs = own !== undefined && firstDifference(own, commit.cell) !== undefined;
  if (!tooShort && !differs) return;
  cluster.incompleteLeaders.add(term);
  const what = tooShort ? `ended at index ${leader.log.index}` : `held ${place(own ?? leader.log)} instead`;
  cluster.report(
    'LeaderCompleteness',
    `${leader.node} became leader of term ${term} without entry ${commit.cell.index}, which ${commit.node} had committed in term ${commit.term}`,
    [commit.node, leader.node],
    Math.max(leader.timeUs, commit.timeUs),
    [
      `${seconds(commit.timeUs)}: ${commit.node}, leader of term ${commit.term}, committed ${place(commit.cell)}.`,
      `${seconds(leader.timeUs)}: ${leader.node} became leader of term ${term}; its log ${what}.`,
    ],
  );
}
