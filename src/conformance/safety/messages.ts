import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { acknowledgedIndex, grantsPreVote, grantsVote } from '../raft-message.js';
import { NO_TERM, type TraceReader } from '../trace-reader.js';
import type { Cluster } from './cluster.js';
import { acknowledges, grants } from './durability.js';
import { answersPreVote, asked } from './duties.js';
import { tellsOwnLog } from './elections.js';
import type { RaftNode } from './node.js';

// Both switch first: within a case a message has one shape, and its fields are read fast.

export function send(
  cluster: Cluster,
  node: RaftNode,
  to: NodeId,
  { type, term, message, peer: place }: TraceReader,
  timeUs: Micros,
): void {
  switch (type) {
    case 'AppendEntriesResponse':
    case 'InstallSnapshotResponse': {
      const index = acknowledgedIndex(message);
      acknowledges(cluster, node, { to, term, index }, timeUs);
      break;
    }
    case 'RequestVote':
      tellsOwnLog(cluster, node, message, term, timeUs);
      break;
    case 'RequestVoteResponse':
      if (message.preVote === true) answersPreVote(cluster, node, place);
      else if (term !== NO_TERM && grantsVote(message)) grants(cluster, node, to, term, timeUs);
      break;
  }
}

export function receive(
  cluster: Cluster,
  node: RaftNode,
  { type, term, message, peer: place }: TraceReader,
  timeUs: Micros,
): void {
  const peer = cluster.members[place];
  if (peer === undefined || term === NO_TERM) return;
  node.appendTerm = 0;
  switch (type) {
    case 'AppendEntries':
      node.appendTerm = term;
      hears(node, peer, term, timeUs);
      break;
    case 'InstallSnapshot':
      hears(node, peer, term, timeUs);
      break;
    case 'AppendEntriesResponse':
    case 'InstallSnapshotResponse':
      learns(node, peer, term, timeUs);
      if (term === node.term) {
        const index = acknowledgedIndex(message);
        if (index > (node.acknowledged[place] as number)) node.acknowledged[place] = index;
      }
      break;
    case 'RequestVote':
      asked(cluster, node, peer, message, term, timeUs);
      break;
    case 'RequestVoteResponse':
      if (!grantsPreVote(message)) learns(node, peer, term, timeUs);
      if (term === node.term && grantsVote(message)) {
        node.granted[place] = true;
        node.grants++;
      }
      break;
  }
}

/** From a leader. */
function hears(node: RaftNode, leader: RaftNode, term: number, timeUs: Micros): void {
  learns(node, leader, term, timeUs);
  if (term >= node.term && !node.leading) node.heardFromLeaderUs = timeUs;
}

/**
 * §5.1: a later term must be entered. Not that of a request for a vote, which a node that hears from a leader ignores
 * (thesis §4.2.3).
 */
function learns(node: RaftNode, { id: from }: RaftNode, term: number, timeUs: Micros): void {
  if (term > node.term) node.duty = { kind: 'enter-term', term, from, timeUs };
}
