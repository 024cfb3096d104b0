import type { InstallSnapshot, RequestVote } from '../../consensus/raft/messages.js';
import type { Micros } from '../../kernel/units.js';
import type { Answers } from './answers.js';
import type { StepContext } from './context.js';
import { describeMessage, type TracedAppendEntries, type TracedMessage } from './message.js';
import type { StepNode } from './node.js';
import { RULES, type StepRule } from './rules.js';

/** Whether the node may send this, now, to the peer that it owes `owed`. */
export function send(
  context: StepContext,
  node: StepNode,
  to: string,
  message: TracedMessage,
  owed: Answers,
  timeUs: Micros,
): void {
  const { demand } = node;
  if (message.type === 'RequestVoteResponse' && message.preVote && demand.answers === to) demand.answers = null;
  let rule: StepRule | undefined;
  let allowed = refusal(context, node, message, owed);
  if (allowed === undefined) {
    allowed = notDurable(node, to, message, owed.baseBefore);
    if (allowed === undefined) return;
    rule = RULES.persistentBeforeAnswer;
  }
  context.divergences.add(node, {
    rule: rule ?? ruleOf(message),
    timeUs,
    allowed,
    did: `sent ${to} ${describeMessage(message)}`,
  });
}

/**
 * What must be durable first. An answer may leave late. In a later term it was in its time; so it was behind a snapshot
 * that took the place of what it speaks of after the message came, when the node's log began after `baseBefore`.
 */
function notDurable(node: StepNode, to: string, message: TracedMessage, baseBefore: number): string | undefined {
  const { term, durableTerm, durableVote, durableIndex, log } = node;
  const replaced = log.baseIndex > baseBefore ? log.baseIndex : 0;
  switch (message.type) {
    case 'AppendEntriesResponse':
      if (!message.success || message.term !== term) return undefined;
      if (durableTerm < term) return `to acknowledge in term ${term} once that is durable`;
      return message.matchIndex <= Math.max(durableIndex, replaced)
        ? undefined
        : `to acknowledge up to index ${durableIndex}, which is durable`;
    case 'InstallSnapshotResponse':
      if (!message.installed || message.term !== term) return undefined;
      if (durableTerm < term) return `to acknowledge in term ${term} once that is durable`;
      return message.lastIncludedIndex <= durableIndex || message.lastIncludedIndex < replaced
        ? undefined
        : `to acknowledge up to index ${durableIndex}, which is durable`;
    case 'RequestVoteResponse': {
      if (!message.granted || message.preVote) return undefined;
      const kept = durableTerm > message.term || (durableTerm === message.term && durableVote === to);
      return kept ? undefined : `to grant the vote of term ${message.term} once it is durable`;
    }
    default:
      return undefined;
  }
}

function ruleOf(message: TracedMessage): StepRule {
  switch (message.type) {
    case 'RequestVote':
      return message.preVote ? RULES.preVote : RULES.requestVote;
    case 'RequestVoteResponse':
      return message.preVote ? RULES.preVote : RULES.handleRequestVote;
    case 'AppendEntries':
      return RULES.appendEntries;
    case 'AppendEntriesResponse':
      return message.success ? RULES.accept : RULES.reject;
    case 'InstallSnapshot':
    case 'InstallSnapshotResponse':
      return RULES.installSnapshot;
  }
}

/** What is allowed instead; `undefined` where this is. */
function refusal(context: StepContext, node: StepNode, message: TracedMessage, owed: Answers): string | undefined {
  switch (message.type) {
    case 'AppendEntries':
      context.coverage.times.appendEntries++;
      node.reads.sends(message);
      if (node.leadership && message.leaderCommit > node.leadership.told) node.leadership.told = message.leaderCommit;
      return appendEntries(node, message);
    case 'RequestVote':
      return message.preVote ? requestPreVote(context, node, message) : requestVote(node, message);
    case 'InstallSnapshot':
      context.coverage.times.sendSnapshot++;
      if (message.offset === 0) context.coverage.times.followerBehindSnapshot++;
      node.reads.sends(message);
      // Whoever installs it knows as well.
      if (node.leadership && message.lastIncludedIndex > node.leadership.told)
        node.leadership.told = message.lastIncludedIndex;
      return snapshot(node, message);
    default:
      return owed.take(message, context.coverage.times);
  }
}

function appendEntries(node: StepNode, message: TracedAppendEntries): string | undefined {
  const { log, role, term, commitIndex } = node;
  const { prevLogIndex, prevLogTerm, entries, leaderCommit } = message;
  if (role !== 'leader' || message.term !== term) return `entries from a leader of their term only`;
  if (leaderCommit > commitIndex) return `a leaderCommit of at most ${commitIndex}`;
  // What comes before a snapshot's last entry is not observable any more.
  if (prevLogIndex >= log.baseIndex || prevLogIndex === 0) {
    const own = prevLogIndex === 0 ? 0 : log.termAt(prevLogIndex);
    if (own === undefined) return `entries after index ${log.lastIndex} at most`;
    if (own !== prevLogTerm) return `term ${own} for the entry at index ${prevLogIndex}`;
  }
  const hidden = Math.max(0, log.baseIndex - prevLogIndex);
  for (let place = hidden; place < entries.length; place++) {
    const own = log.at(prevLogIndex + 1 + place);
    const told = entries[place];
    if (own === told) continue;
    if (own === undefined) return `entries up to index ${log.lastIndex}`;
    if (own.term !== told?.term || own.digest !== told.digest)
      return `its own entry at index ${prevLogIndex + 1 + place}`;
  }
  return undefined;
}

function requestPreVote({ preVote }: StepContext, node: StepNode, message: RequestVote): string | undefined {
  const { role, term, log } = node;
  if (!preVote) return 'no pre-votes';
  if (role !== 'pre-candidate') return `a pre-candidate to ask for pre-votes; it was ${role}`;
  const own =
    message.term === term + 1 && message.lastLogIndex === log.lastIndex && message.lastLogTerm === log.lastTerm;
  return own ? undefined : `to ask for term ${term + 1} with its log to index ${log.lastIndex} of term ${log.lastTerm}`;
}

/** A request may leave when its term is durable: later than the candidacy, with the log of that moment. */
function requestVote({ candidacies }: StepNode, message: RequestVote): string | undefined {
  for (let place = candidacies.length - 1; place >= 0; place--) {
    const { term, lastIndex, lastTerm } = candidacies[place] as (typeof candidacies)[number];
    if (term !== message.term) continue;
    return lastIndex === message.lastLogIndex && lastTerm === message.lastLogTerm
      ? undefined
      : `to ask in term ${term} with the log to index ${lastIndex} of term ${lastTerm} that it campaigned with`;
  }
  const [oldest] = candidacies;
  // Older candidacies are not remembered.
  if (oldest !== undefined && message.term < oldest.term) return undefined;
  return `no request for votes in term ${message.term}, in which it did not campaign`;
}

function snapshot(node: StepNode, message: InstallSnapshot): string | undefined {
  const { role, term, log, applied } = node;
  const { lastIncludedIndex: index, lastIncludedTerm } = message;
  if (role !== 'leader' || message.term !== term) return 'a snapshot from a leader of its term only';
  if (index > applied) return `a snapshot up to index ${applied}, which it applied`;
  // An older snapshot may still be on its way, and its last entry be hidden by a newer.
  const own = log.termAt(index);
  if (own !== undefined && own !== lastIncludedTerm) return `term ${own} for the entry at index ${index}`;
  return undefined;
}
