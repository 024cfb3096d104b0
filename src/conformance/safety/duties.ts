import type { TraceEvent } from '../../history/trace.js';
import type { Micros } from '../../kernel/units.js';
import { isUpToDate, type RaftMessageView } from '../raft-message.js';
import { seconds } from '../words.js';
import type { Cluster } from './cluster.js';
import type { Duty, RaftNode } from './node.js';
import { place } from './words.js';

/** A request for a vote arrives: notes what this node owes. */
export function asked(
  cluster: Cluster,
  node: RaftNode,
  candidate: RaftNode,
  message: RaftMessageView,
  term: number,
  timeUs: Micros,
): void {
  if (message.preVote === true) {
    if (node.unanswered[candidate.place] === true) {
      cluster.report(
        'PreVoteAnswered',
        `${node.id} left a pre-vote of ${candidate.id} without an answer`,
        [node.id, candidate.id],
        timeUs,
        [
          `${node.id} had received a request for a pre-vote from ${candidate.id} and not answered it.`,
          `${seconds(timeUs)}: ${candidate.id} asked again, for term ${term}; ${node.id} was in term ${node.term}. Who is behind learns so only by an answer (thesis §9.6).`,
        ],
      );
    }
    node.unanswered[candidate.place] = true;
    return;
  }
  const { lastLogIndex, lastLogTerm } = message;
  if (term < node.term || typeof lastLogIndex !== 'number' || typeof lastLogTerm !== 'number') return;
  const { last } = node;
  const sticky =
    cluster.surelyStickyUs !== undefined &&
    (node.leading || timeUs - node.heardFromLeaderUs < cluster.surelyStickyUs) &&
    term > node.term;
  const mayIgnore = term === node.term && mayHearFromLeader(cluster, node);
  if (sticky) node.duty = { kind: 'ignore', term, from: candidate.id, timeUs };
  else if (!mayIgnore && isUpToDate(lastLogTerm, lastLogIndex, last.term, last.index))
    node.duty = { kind: 'vote', term, from: candidate.id, timeUs };
}

/**
 * Whoever hears from a leader may ignore candidates in its own term too, which it may have entered since, at the word of
 * a response. For how long, its own clock says, and that may be slow. Who began anew does not know whom it heard.
 */
function mayHearFromLeader({ surelyStickyUs }: Cluster, { heardFromLeaderUs, recovered }: RaftNode): boolean {
  return surelyStickyUs !== undefined && (recovered || heardFromLeaderUs !== Number.NEGATIVE_INFINITY);
}

/** The answer to a pre-vote leaves. */
export function answersPreVote({ members }: Cluster, node: RaftNode, place: number): void {
  if (members[place] !== undefined) node.unanswered[place] = false;
}

/** The first step after a message that asked something of the node. */
export function settle(cluster: Cluster, node: RaftNode, duty: Duty, event: TraceEvent): void {
  const acts = event.name === 'UpdateTerm' || event.name === 'BecomeFollower' || event.name === 'Append';
  const enters = acts && event.term >= duty.term;
  // The vote comes after the term.
  if (duty.kind === 'vote' && enters && event.name !== 'Append') return;
  node.duty = null;
  // A process that was killed owes nothing.
  if (event.name === 'InitState') return;
  const { term, from, timeUs } = duty;
  switch (duty.kind) {
    case 'enter-term':
      if (enters) return;
      cluster.report(
        'HigherTermEntered',
        `${node.id} stayed in term ${node.term} after a message of term ${term} from ${from}`,
        [node.id, from],
        timeUs,
        [
          `${node.id} was in term ${node.term}.`,
          `${seconds(timeUs)}: it received a message of term ${term} from ${from} and went on as before (§5.1: it must enter that term as a follower).`,
        ],
      );
      break;
    case 'ignore':
      if (!enters) return;
      cluster.report(
        'LeaderStickiness',
        `${node.id} entered term ${term} for the candidate ${from}, though it had just heard from a leader`,
        [node.id, from],
        timeUs,
        [
          node.leading
            ? `${node.id} was the leader of term ${node.term}.`
            : `${seconds(node.heardFromLeaderUs)}: ${node.id} heard from the leader of term ${node.term}.`,
          `${seconds(timeUs)}: it received a request for its vote in term ${term} from ${from} and entered that term, sooner than an election timeout (thesis §4.2.3: such a request is ignored; leases rest on it).`,
        ],
      );
      break;
    case 'vote': {
      const voted = event.name === 'Vote' && event.candidate === from;
      // In a later term by now, or never in that one; or the vote was given away before.
      if (voted || node.term !== term || node.votedFor !== null) return;
      cluster.report(
        'VoteRefused',
        `${node.id} refused its vote of term ${term} to ${from} for no reason`,
        [node.id, from],
        timeUs,
        [
          `${node.id} had not voted in term ${term}; its log ended at ${place(node.last)}.`,
          `${seconds(timeUs)}: ${from} asked for its vote with a log that is at least as up-to-date, and did not get it (§5.4.1): nobody may be electable this way.`,
        ],
      );
      break;
    }
  }
}
