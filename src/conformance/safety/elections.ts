import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { isUpToDate, type RaftMessageView } from '../raft-message.js';
import { seconds } from '../words.js';
import type { Cluster } from './cluster.js';
import type { RaftNode } from './node.js';
import { place } from './words.js';

/** VoteOnce: at most one vote in a term (§5.2). Within one life every vote counts, durable or not. */
export function vote(cluster: Cluster, node: RaftNode, term: number, candidate: NodeId, timeUs: Micros): void {
  if (node.votedFor !== null && node.votedFor !== candidate) {
    cluster.report(
      'VoteOnce',
      `${node.id} voted for ${node.votedFor} and for ${candidate} in term ${term}`,
      [node.id, node.votedFor, candidate],
      timeUs,
      [
        `${node.id} had voted for ${node.votedFor} in term ${term}.`,
        `${seconds(timeUs)}: ${node.id} voted for ${candidate} in the same term.`,
      ],
    );
  }
  node.votedFor = candidate;
  const election = cluster.election(term);
  if (candidate !== node.id) election.voters.set(node.id, { log: node.last, candidate, timeUs });
  upToDate(cluster, term, node.id);
}

export function candidacy(cluster: Cluster, node: RaftNode, term: number, timeUs: Micros): void {
  const election = cluster.election(term);
  election.candidates.set(node.id, { log: node.last, timeUs });
  for (const [voter, vote] of election.voters) if (vote.candidate === node.id) upToDate(cluster, term, voter);
}

/** A voter grants only when the candidate's log is at least as up-to-date as its own (§5.4.1). */
function upToDate(cluster: Cluster, term: number, voter: NodeId): void {
  const election = cluster.election(term);
  const vote = election.voters.get(voter);
  const candidate = vote && election.candidates.get(vote.candidate);
  if (!vote || !candidate) return;
  const own = vote.log;
  const { log } = candidate;
  if (isUpToDate(log.term, log.index, own.term, own.index)) return;
  cluster.report(
    'VoteImpliesUpToDate',
    `${voter} voted for ${vote.candidate} in term ${term}, whose log was behind its own`,
    [voter, vote.candidate],
    vote.timeUs,
    [
      `${seconds(candidate.timeUs)}: ${vote.candidate} campaigned in term ${term} with a log that ends at ${place(log)}.`,
      `${seconds(vote.timeUs)}: ${voter} voted for it, though its own log ended at ${place(own)}.`,
    ],
  );
}

/** A vote that is on a disk, or was counted by the winner: it cannot have been lost in a crash. */
export function certainVote(cluster: Cluster, voter: NodeId, term: number, candidate: NodeId, timeUs: Micros): void {
  const { certain } = cluster.election(term);
  const known = certain.get(voter);
  if (known === undefined) certain.set(voter, { candidate, timeUs });
  else if (known.candidate !== candidate) {
    cluster.report(
      'VoteOnce',
      `${voter} voted for ${known.candidate} and for ${candidate} in term ${term}`,
      [voter, known.candidate, candidate],
      timeUs,
      [
        `${seconds(known.timeUs)}: the vote of ${voter} for ${known.candidate} in term ${term} was durable or counted.`,
        `${seconds(timeUs)}: so was its vote for ${candidate} in the same term.`,
      ],
    );
  }
}

/** ElectionSafety: at most one leader in a term (§5.2), elected by a majority of votes that were really granted. */
export function becomeLeader(
  cluster: Cluster,
  node: RaftNode,
  term: number,
  voters: readonly NodeId[],
  timeUs: Micros,
): void {
  const other = cluster.leaders.get(term);
  if (other && other.node !== node.id) {
    cluster.report(
      'ElectionSafety',
      `${other.node} and ${node.id} were both leaders of term ${term}`,
      [other.node, node.id],
      timeUs,
      [
        `${seconds(other.timeUs)}: ${other.node} became leader of term ${term}.`,
        `${seconds(timeUs)}: ${node.id} became leader of term ${term}, by the votes of ${voters.join(', ')}.`,
      ],
    );
  }
  if (!other) cluster.leaders.set(term, { node: node.id, timeUs, log: node.last });
  const granted = [...new Set(voters)].filter((voter) => voter === node.id || grantedBy(cluster, node, voter));
  if (granted.length < cluster.majority) {
    cluster.report(
      'ElectionQuorum',
      `${node.id} became leader of term ${term} with ${granted.length} of the ${cluster.majority} votes it needs`,
      [node.id],
      timeUs,
      [
        `${seconds(timeUs)}: ${node.id} became leader of term ${term}, by the votes of ${voters.join(', ')}.`,
        `Votes that were granted in this term: ${granted.join(', ') || 'none'}.`,
      ],
    );
  }
  quorumDistinct(cluster, node, term, voters, granted.length, timeUs);
  for (const voter of voters) {
    if (voter === node.id || grantedBy(cluster, node, voter)) certainVote(cluster, voter, term, node.id, timeUs);
  }
  node.leading = true;
}

/** QuorumDistinct: a vote counts once, however often the network brings it (§5.2: from a majority of the servers). */
function quorumDistinct(
  cluster: Cluster,
  node: RaftNode,
  term: number,
  voters: readonly NodeId[],
  distinct: number,
  timeUs: Micros,
): void {
  const named = new Set(voters).size < voters.length;
  // Its own vote needs no message.
  const counted = distinct < cluster.majority && node.grants + 1 >= cluster.majority;
  if (!named && !counted) return;
  cluster.report(
    'QuorumDistinct',
    `${node.id} became leader of term ${term} by counting a vote more than once`,
    [node.id],
    timeUs,
    [
      `${node.id} had received ${node.grants} messages that grant it a vote of term ${term}.`,
      `${seconds(timeUs)}: it became leader, by the votes of ${voters.join(', ')}: ${distinct} different nodes, where ${cluster.majority} are a majority.`,
    ],
  );
}

function grantedBy(cluster: Cluster, candidate: RaftNode, voter: NodeId): boolean {
  const node = cluster.nodes.get(voter);
  return node !== undefined && candidate.granted[node.place] === true;
}

/** A candidate tells where its log ends, for that is what voters judge it by (§5.4.1). */
export function tellsOwnLog(
  cluster: Cluster,
  node: RaftNode,
  message: RaftMessageView,
  term: number,
  timeUs: Micros,
): void {
  const { preVote, lastLogIndex, lastLogTerm } = message;
  if (typeof lastLogIndex !== 'number' || typeof lastLogTerm !== 'number') return;
  // A request waits for the disk, and the log may have changed by then: what counts is the log of the candidacy.
  const log = preVote === true ? node.last : cluster.logOfCandidate(node.id, term);
  if (log === undefined || (log.index === lastLogIndex && log.term === lastLogTerm)) return;
  cluster.report(
    'CandidateLog',
    `${node.id} asked for votes in term ${term} with a log that is not its own`,
    [node.id],
    timeUs,
    [
      `The log of ${node.id} ended at ${place(log)}.`,
      `${seconds(timeUs)}: it asked for votes in term ${term} with one that ends at index ${lastLogIndex} of term ${lastLogTerm}.`,
    ],
  );
}
