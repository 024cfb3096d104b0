import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { acknowledgedIndex, announcesTerm, grantsVote, isFromLeader, viewMessage } from '../raft-message.js';
import type { Cluster } from './cluster.js';
import { acknowledges, grants } from './durability.js';
import { answersPreVote, asked } from './duties.js';
import { tellsOwnLog } from './elections.js';
import type { RaftNode } from './node.js';

export function send(cluster: Cluster, node: RaftNode, to: NodeId, content: unknown, timeUs: Micros): void {
  const message = viewMessage(content);
  const { type, term } = message;
  if (type === 'RequestVoteResponse' && message.preVote === true) {
    answersPreVote(cluster, node, to);
    return;
  }
  if (typeof term !== 'number') return;
  switch (type) {
    case 'AppendEntriesResponse':
    case 'InstallSnapshotResponse': {
      const index = acknowledgedIndex(message);
      const ofSnapshot = type === 'InstallSnapshotResponse';
      if (index > 0) acknowledges(cluster, node, { to, term, index, ofSnapshot }, timeUs);
      break;
    }
    case 'RequestVote':
      tellsOwnLog(cluster, node, message, term, timeUs);
      break;
    case 'RequestVoteResponse':
      if (grantsVote(message)) grants(cluster, node, to, term, timeUs);
      break;
  }
}

export function receive(cluster: Cluster, node: RaftNode, from: NodeId, content: unknown, timeUs: Micros): void {
  const message = viewMessage(content);
  const { term } = message;
  const peer = cluster.nodes.get(from);
  if (typeof term !== 'number' || !peer) return;
  node.appendTerm = message.type === 'AppendEntries' ? term : 0;
  if (message.type === 'RequestVote') asked(cluster, node, peer, message, term, timeUs);
  else if (term > node.term && announcesTerm(message)) node.duty = { kind: 'enter-term', term, from, timeUs };
  if (isFromLeader(message) && term >= node.term && !node.leading) node.heardFromLeaderUs = timeUs;
  if (term !== node.term) return;
  const index = acknowledgedIndex(message);
  if (index > (node.acknowledged[peer.place] as number)) node.acknowledged[peer.place] = index;
  else if (grantsVote(message)) node.granted[peer.place] = true;
}
