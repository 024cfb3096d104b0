import type { InstallSnapshot, RequestVote, RequestVoteResponse } from '../../consensus/raft/messages.js';
import { acknowledgedIndex, isUpToDate } from '../raft-message.js';
import type { Coverage, CoverageKey } from '../reach/coverage.js';
import type { Answers } from './answers.js';
import type { StepContext } from './context.js';
import { dataLength, type TracedAppendEntries, type TracedMessage } from './message.js';
import type { StepNode } from './node.js';

/**
 * What the paper makes of a message in the state in which it is received: the node's {@link StepNode.demand}, the
 * answer that it owes to the sender, and what it has learnt of its peers. The log, the term and the role change only
 * when the node says so.
 */
export function receive(
  context: StepContext,
  node: StepNode,
  sender: StepNode,
  message: TracedMessage,
  owed: Answers,
): void {
  const { coverage, majority } = context;
  const { times } = coverage;
  switch (message.type) {
    case 'AppendEntries':
      if (hearsLeader(node, sender, message.term)) entriesArrive(times, node, message, owed);
      else {
        times.rejectAppendEntriesRequest++;
        if (message.term < node.term) times.rejectedLowerTerm++;
        owesRefusal(node, message, owed);
      }
      break;
    case 'InstallSnapshot':
      if (hearsLeader(node, sender, message.term)) snapshotArrives(times, node, message, owed);
      else {
        times.rejectSnapshot++;
        if (message.term < node.term) times.snapshotRejected++;
        owesRefusal(node, message, owed);
      }
      break;
    case 'RequestVote':
      voteIsAsked(context, node, sender, message, owed);
      break;
    case 'RequestVoteResponse':
      if (message.preVote) times.handlePreVoteResponse++;
      // The term of a granted pre-vote is the one that was asked about: nobody is in it yet.
      if (message.preVote && message.granted) {
        if (node.role === 'pre-candidate' && message.term === node.term + 1) node.granted[sender.place] = true;
      } else {
        const learns = learnsTerm(node, message.term);
        if (!message.preVote) countVoteAnswer(times, node, sender, message);
        if (!learns && message.granted && message.term === node.term) {
          if (node.role === 'candidate') node.granted[sender.place] = true;
        }
      }
      break;
    case 'AppendEntriesResponse':
    case 'InstallSnapshotResponse':
      if (!learnsTerm(node, message.term) && message.term === node.term && node.role === 'leader') {
        node.reads.hears(sender.place, message);
        const index = acknowledgedIndex(message);
        if (message.type === 'AppendEntriesResponse') {
          times.handleAppendEntriesResponse++;
          if (!message.success) times.ackRejected++;
          else if (index > (node.acknowledged[sender.place] as number)) times.ackAdvanced++;
          else times.ackRepeated++;
        } else times.handleInstallSnapshotResponse++;
        if (index > (node.acknowledged[sender.place] as number)) {
          node.acknowledged[sender.place] = index;
          coverage.heldByLeader(node, majority);
          if (index > node.durableIndex && node.holders(index) === majority - 1) times.leaderUnsynced++;
        }
      } else if (message.term < node.term && node.role === 'leader') times.ackFormerTerm++;
      break;
  }
}

type Times = Coverage['times'];

function countVoteAnswer(times: Times, node: StepNode, sender: StepNode, message: RequestVoteResponse): void {
  const { term, granted } = message;
  if (term === node.term) times.handleRequestVoteResponse++;
  if (!granted) {
    if (term === node.term) times.refusalHeard++;
  } else if (term < node.term || node.role !== 'candidate') times.grantLate++;
  else if (node.granted[sender.place]) times.grantRepeated++;
  else times.grantCounted++;
}

/** Whoever is deposed is told so: the answer says the term that the node is in. */
function owesRefusal(node: StepNode, request: TracedAppendEntries | InstallSnapshot, owed: Answers): void {
  owes(node, request, owed, false, 0);
}

/** To a leader, who is never ignored. */
function owes(
  { term, log }: StepNode,
  request: TracedAppendEntries | InstallSnapshot,
  owed: Answers,
  positive: boolean,
  index: number,
  conflictTerm = 0,
): void {
  owed.add({ request, termBefore: term, baseBefore: log.baseIndex, positive, ignorable: false, index, conflictTerm });
}

/** §5.1: a later term is entered. */
function learnsTerm({ term: own, demand }: StepNode, term: number): boolean {
  if (term <= own) return false;
  demand.mustEnter = term;
  demand.mayEnter = term;
  return true;
}

/** Whether this comes from the leader of a term that is not over. */
function hearsLeader(node: StepNode, sender: StepNode, term: number): boolean {
  // That there are two leaders in its term is nothing the paper has a leader do anything about.
  if (term < node.term || (term === node.term && node.role === 'leader')) return false;
  const { demand } = node;
  demand.leader = sender.id;
  if (!learnsTerm(node, term)) demand.mustFollow = node.role !== 'follower';
  return true;
}

function entriesArrive(times: Times, node: StepNode, message: TracedAppendEntries, owed: Answers): void {
  const { log, demand } = node;
  const { prevLogIndex, prevLogTerm, entries, leaderCommit } = message;
  // What a snapshot took the place of is committed, and so in the leader's log as well.
  const hidden = log.baseIndex - prevLogIndex;
  if (hidden <= 0) {
    const term = log.termAt(prevLogIndex);
    if (term !== prevLogTerm) {
      times.rejectAppendEntriesRequest++;
      if (term === undefined) times.rejectedShortLog++;
      else times.rejectedOtherTerm++;
      const index = term === undefined ? log.lastIndex + 1 : log.firstOfTermAt(prevLogIndex);
      owes(node, message, owed, false, index, term);
      return;
    }
  }
  let known = Math.max(hidden, 0);
  while (known < entries.length && log.termAt(prevLogIndex + 1 + known) === entries[known]?.term) known++;
  if (known < entries.length) {
    demand.appendFrom = prevLogIndex + 1 + known;
    demand.entries = entries;
    demand.known = known;
  }
  const lastNew = prevLogIndex + entries.length;
  const commit = Math.min(leaderCommit, lastNew);
  if (commit > node.commitIndex) demand.commit = commit;
  times.acceptAppendEntriesRequest++;
  if (hidden > 0) times.behindSnapshot++;
  if (leaderCommit > lastNew) {
    if (known === entries.length && log.lastIndex > lastNew) times.commitBeyondVerified++;
    if (demand.commit > 0) times.commitLimited++;
  } else if (demand.commit > 0) times.commitFollowed++;
  if (entries.length === 0) {
    if (log.lastIndex > prevLogIndex) times.heartbeatBefore++;
    else times.heartbeat++;
  } else if (known === entries.length) {
    if (log.lastIndex > lastNew) times.outrun++;
    else times.repeated++;
  }
  owes(node, message, owed, true, lastNew);
}

function snapshotArrives(times: Times, node: StepNode, message: InstallSnapshot, owed: Answers): void {
  const { demand } = node;
  const { lastIncludedIndex: index, lastIncludedTerm: term, term: leaderTerm, offset, done } = message;
  const length = dataLength(message);
  if (index <= node.commitIndex) {
    // Nothing new: a state machine never goes back.
    times.snapshotOld++;
    owes(node, message, owed, true, offset + length);
    return;
  }
  let { incoming } = node;
  if (incoming?.index !== index || incoming.term !== term || incoming.leaderTerm !== leaderTerm) {
    incoming = { index, term, leaderTerm, length: 0 };
    node.incoming = incoming;
  }
  // A piece that was here before, or that comes too early, changes nothing.
  const fits = offset === incoming.length;
  if (fits) incoming.length += length;
  if (!fits) times.snapshotPieceUnfit++;
  else if (!done) times.snapshotPiece++;
  const whole = fits && done;
  if (whole) {
    node.incoming = null;
    demand.snapshotIndex = index;
    demand.snapshotTerm = term;
  }
  owes(node, message, owed, whole, incoming.length);
}

function voteIsAsked(
  { stickToLeader, coverage: { times } }: StepContext,
  node: StepNode,
  sender: StepNode,
  message: RequestVote,
  owed: Answers,
): void {
  const { demand, log } = node;
  const { term, preVote, lastLogTerm, lastLogIndex } = message;
  const later = term > node.term;
  const upToDate = isUpToDate(lastLogTerm, lastLogIndex, log.lastTerm, log.lastIndex);
  if (preVote) {
    const ignorable = later && stickToLeader;
    times.handlePreVoteRequest++;
    if (!ignorable) demand.answers = sender.id;
    owed.add({
      request: message,
      termBefore: node.term,
      baseBefore: log.baseIndex,
      positive: later && upToDate,
      ignorable,
      index: 0,
      conflictTerm: 0,
      outcome: !later ? 'preVoteLowerTerm' : upToDate ? 'preVoteGranted' : 'preVoteStaleLog',
    });
    return;
  }
  times.handleRequestVoteRequest++;
  if (log.baseIndex > 0 && log.lastIndex === log.baseIndex) times.compactedVoter++;
  if (term === node.term && node.follows && node.votedFor !== sender.id) times.askedInLedTerm++;
  const free = later || (term === node.term && (node.votedFor === null || node.votedFor === sender.id));
  const granted = free && upToDate;
  // Also in its own term, which it may have entered since it heard from the leader of a former one; and one that has
  // its vote may ask again when it leads already.
  const ignorable = stickToLeader && (later || granted);
  if (later) {
    demand.mayEnter = term;
    if (!ignorable) demand.mustEnter = term;
  }
  if (granted && (later || node.votedFor === null)) {
    demand.candidate = sender.id;
    demand.voteTerm = term;
    demand.mustVote = later || !stickToLeader;
  }
  owed.add({
    request: message,
    termBefore: node.term,
    baseBefore: log.baseIndex,
    positive: granted,
    ignorable,
    index: 0,
    conflictTerm: 0,
    outcome: voteOutcome(node, message, free, granted),
  });
}

function voteOutcome(
  { term, votedFor, log }: StepNode,
  request: RequestVote,
  free: boolean,
  granted: boolean,
): CoverageKey {
  const { lastLogIndex, lastLogTerm } = request;
  if (granted) {
    if (request.term === term && votedFor !== null) return 'voteGrantedAgain';
    return lastLogIndex < log.lastIndex ? 'voteGrantedShorter' : 'voteGranted';
  }
  if (request.term < term) return 'voteLowerTerm';
  if (!free) return 'voteTaken';
  if (lastLogTerm === log.lastTerm) return 'voteShorterLog';
  return lastLogIndex > log.lastIndex ? 'voteLongerOlderLog' : 'voteOlderLog';
}
