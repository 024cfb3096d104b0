import type { PartialMessage, PartialTraceEvent } from '../../history/traces/schema.js';
import type { NodeId } from '../../kernel/ids.js';
import { type PartialContext, take } from './context.js';
import { hasVoted, inTerm, isElected, leads, termOf, voteArrived } from './elections.js';
import type { Point } from './known-log.js';
import type { PartialNode } from './node.js';
import { exactly, includes, inWords } from './range.js';
import { type AppendEntries, endOf, noteEntries, taking } from './replication.js';
import { PARTIAL_RULES } from './rules.js';

/** "AppendEntries of term 3 after index 7 of term 2 with 1 entry". */
export function describeMessage(message: PartialMessage): string {
  const { type, term, ...rest } = message;
  const told = Object.entries(rest).filter(([, value]) => value !== undefined);
  const fields = told.map(([field, value]) => `${field} ${Array.isArray(value) ? `${value.length} in number` : value}`);
  return `${type} of term ${term}${fields.length > 0 ? ` (${fields.join(', ')})` : ''}`;
}

/** What a message tells a node. Its state changes when the node says so, or may have where that is not recorded. */
export function receive(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  from: NodeId,
  message: PartialMessage,
): void {
  // What the message before it brought was taken by now, or never will.
  node.become(node.states.map((state) => ({ ...state, pending: false })));
  node.inbox = { from, message };
  const told = termTold(message);
  if (told !== undefined) node.heard.add(told);
  switch (message.type) {
    case 'RequestVote': {
      if (message.preVote) break;
      const asked = node.asked.get(message.term) ?? new Map<NodeId, typeof message>();
      node.asked.set(message.term, asked.set(from, message));
      break;
    }
    case 'RequestVoteResponse': {
      if (message.preVote || message.granted === false) break;
      if (from !== node.id && message.granted) voteArrived(context, node, event, from, message.term);
      const grants = node.grants.get(message.term) ?? new Set<NodeId>();
      node.grants.set(message.term, grants.add(from));
      break;
    }
    case 'AppendEntries': {
      node.followed.add(message.term);
      leads(context, node, event, message.term, from);
      const end = endOf(message);
      if (message.prevLogIndex !== undefined && message.entries !== undefined) {
        noteEntries(context, node, event, message.prevLogIndex + 1, message.entries);
      }
      const empty = message.entries?.length === 0;
      const reaches = end ?? (empty ? 0 : Number.POSITIVE_INFINITY);
      node.offered.set(from, Math.max(node.offered.get(from) ?? 0, reaches));
      node.tellCommit(message.term, message.leaderCommit ?? Number.POSITIVE_INFINITY, end ?? Number.POSITIVE_INFINITY);
      if (empty) break;
      node.wait(message);
      if (!node.observed.has('appends')) mayTake(node, message);
      break;
    }
    case 'InstallSnapshot': {
      node.followed.add(message.term);
      leads(context, node, event, message.term, from);
      const index = message.lastIncludedIndex ?? Number.POSITIVE_INFINITY;
      node.offered.set(from, Math.max(node.offered.get(from) ?? 0, index));
      node.toldCommit = Math.max(node.toldCommit, index);
      if (!node.observed.has('appends')) mayTake(node, message);
      break;
    }
    case 'AppendEntriesResponse':
      if (message.success !== false) acknowledge(node, from, message.term, message.matchIndex);
      break;
    case 'InstallSnapshotResponse':
      if (message.installed) acknowledge(node, from, message.term, message.lastIncludedIndex);
      break;
  }
}

/** The node may take what a leader's message brings, or not (yet). */
function mayTake(node: PartialNode, message: PartialMessage): void {
  node.become(node.states.flatMap((state) => [{ ...state, pending: true }, ...taking(state, message)]));
}

/** What the last message brought may have been taken since the node last told anything. */
export function takeLate(node: PartialNode): void {
  const { inbox, states } = node;
  if (inbox === null) return;
  node.become(states.flatMap((state) => (state.pending ? [state, ...taking(state, inbox.message)] : [state])));
  node.before = node.states;
}

/** §5.1: the term that a message makes a node enter. Who asks for a pre-vote is still in the term before. */
function termTold(message: PartialMessage): number | undefined {
  if (message.type === 'RequestVote' && message.preVote) return message.term - 1;
  return message.type === 'RequestVoteResponse' && message.preVote && message.granted ? undefined : message.term;
}

function acknowledge(node: PartialNode, from: NodeId, term: number, index: number | undefined): void {
  if (index === undefined) return;
  const acknowledged = node.acknowledged.get(term) ?? new Map<NodeId, number>();
  node.acknowledged.set(term, acknowledged.set(from, Math.max(acknowledged.get(from) ?? 0, index)));
}

/** Whether the node may send this, as far as the trace tells. */
export function send(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  to: NodeId,
  message: PartialMessage,
): void {
  if (to === node.id) return;
  switch (message.type) {
    case 'AppendEntries':
      sendEntries(context, node, event, to, message);
      break;
    case 'InstallSnapshot':
      if (!leavesLate(node, message.term)) {
        sendAsLeader(context, node, event, `sent ${to} ${describeMessage(message)}`, message.term);
      }
      break;
    case 'RequestVote':
      requestVote(context, node, event, to, message);
      break;
    case 'RequestVoteResponse':
      if (message.preVote && message.granted) break;
      answerInTerm(context, node, event, message.term);
      if (message.granted && !message.preVote && termOf(node) === message.term) {
        hasVoted(context, node, event, to);
        voteIsDurable(context, node, event, to, message.term);
      }
      break;
    case 'AppendEntriesResponse':
      answerInTerm(context, node, event, message.term);
      if (message.success === true && message.matchIndex !== undefined) {
        acknowledges(context, node, event, to, message.term, message.matchIndex);
      } else if (message.success === false) rejects(context, node, event, to, message.term);
      break;
    case 'InstallSnapshotResponse':
      answerInTerm(context, node, event, message.term);
      break;
  }
}

/** Answers carry the sender's term, or one that it has left since. */
function answerInTerm(context: PartialContext, node: PartialNode, event: PartialTraceEvent, term: number): void {
  if (node.states.some((state) => term > state.term.from)) inTerm(context, node, event, term);
}

function sendAsLeader(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  did: string,
  term: number,
): void {
  const elected = node.observed.has('roles');
  if (!elected) {
    inTerm(context, node, event, term);
    if (!node.led.has(term)) isElected(context, node, event, term);
    node.led.add(term);
  }
  take(context, node, event, {
    rule: PARTIAL_RULES.appendEntries,
    binds: elected,
    did,
    to: (state) =>
      includes(state.term, term) && (!elected || state.roles.includes('leader'))
        ? { ...state, roles: ['leader'], term: exactly(term) }
        : 'entries from a leader of their term only',
    claim: (state) => ({ ...state, roles: ['leader'], term: exactly(term) }),
  });
  leads(context, node, event, term, node.id);
}

function sendEntries(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  to: NodeId,
  message: AppendEntries,
): void {
  const did = `sent ${to} ${describeMessage(message)}`;
  const { prevLogIndex, entries, leaderCommit } = message;
  if (leavesLate(node, message.term)) return;
  sendAsLeader(context, node, event, did, message.term);
  if (prevLogIndex !== undefined && entries !== undefined) noteEntries(context, node, event, prevLogIndex + 1, entries);
  const grows = !node.observed.has('appends');
  const commits = !node.observed.has('commits');
  const end = endOf(message) ?? prevLogIndex ?? 0;
  const told = pointsOf(message);
  take(context, node, event, {
    rule: PARTIAL_RULES.appendEntries,
    binds: prevLogIndex !== undefined || leaderCommit !== undefined,
    did,
    to: (state) => {
      if (leaderCommit !== undefined && !commits && leaderCommit > state.commit.to) {
        return `a leaderCommit of at most ${state.commit.to}`;
      }
      const commit =
        leaderCommit === undefined || leaderCommit <= state.commit.from
          ? state.commit
          : { from: leaderCommit, to: Math.max(state.commit.to, leaderCommit) };
      if (end > state.log.lastIndex.to && !grows) return `entries up to index ${state.log.lastIndex.to}`;
      let log = state.log.reaching(end);
      for (const { index, term } of told) {
        const next = log.withPoint(index, term);
        if (next === undefined) {
          return `its own entry at index ${index}, of term ${inWords(log.termAt(index, state.term.to))}`;
        }
        log = next;
      }
      return { ...state, log, commit };
    },
    claim: (state) => state,
  });
}

/** What a message tells of its sender's log: the entry before those that it brings, and these. */
function pointsOf({ prevLogIndex, prevLogTerm, entries = [] }: AppendEntries): Point[] {
  if (prevLogIndex === undefined) return [];
  return [{ term: prevLogTerm }, ...entries].flatMap(({ term }, place) =>
    term === undefined ? [] : [{ index: prevLogIndex + place, term }],
  );
}

/** Whether the node led this term, and may do no more: the message was made while it did. */
function leavesLate(node: PartialNode, term: number): boolean {
  const leads = termOf(node) === term && node.states.some(({ roles }) => roles.includes('leader'));
  return node.led.has(term) && !leads;
}

/** §5.2: a candidate asks with its own log; the request may leave later, when its term is durable. */
function requestVote(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  to: NodeId,
  message: PartialMessage & { readonly type: 'RequestVote' },
): void {
  if (message.preVote) return;
  const { term, lastLogIndex, lastLogTerm } = message;
  const { observed } = node;
  if (!observed.has('roles')) {
    // One of an earlier term may leave late.
    if (node.states.some((state) => term > state.term.from)) inTerm(context, node, event, term);
    node.campaigned.add(term);
  }
  // Where roles are not recorded it may follow a leader of this term by now, and the request leaves late.
  const follows = !observed.has('roles') && (!node.receives || node.followed.has(term));
  if (termOf(node) !== term || follows || node.states.every(({ roles }) => !roles.includes('candidate'))) {
    take(context, node, event, {
      rule: PARTIAL_RULES.requestVote,
      binds: observed.has('roles'),
      did: `sent ${to} ${describeMessage(message)}`,
      to: (state) =>
        node.campaigned.has(term) || !observed.has('starts') || !node.started
          ? state
          : `no request for votes in term ${term}, in which it did not campaign`,
      claim: (state) => state,
    });
    return;
  }
  take(context, node, event, {
    rule: PARTIAL_RULES.requestVote,
    binds: lastLogIndex !== undefined,
    did: `sent ${to} ${describeMessage(message)}`,
    to: (state) => {
      const { log } = state;
      const ended = lastLogIndex === undefined ? log : log.endingAt(lastLogIndex);
      const pointed =
        lastLogIndex === undefined || lastLogTerm === undefined ? ended : ended?.withPoint(lastLogIndex, lastLogTerm);
      if (pointed === undefined) {
        return `to ask with its own log to index ${inWords(log.lastIndex)} of term ${inWords(log.lastTerm(state.term.to))}`;
      }
      return { ...state, log: pointed, roles: ['candidate'] };
    },
    claim: (state) => state,
  });
}

/** §5.3: a follower acknowledges what it has, and what was sent to it. */
function acknowledges(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  to: NodeId,
  term: number,
  index: number,
): void {
  const { observed, offered, durable } = node;
  // An answer may leave late: in a later term it was right in its time.
  if (termOf(node) !== term) return;
  const strict = node.receives && context.observations.messagesTell('AppendEntries');
  const most = offered.get(to) ?? -1;
  // Its commit index may have advanced unseen, as far as it was told or, as a leader, counted.
  const unseen = observed.has('commits') ? 0 : node.led.size > 0 ? Number.POSITIVE_INFINITY : node.toldCommit;
  take(context, node, event, {
    rule: PARTIAL_RULES.accept,
    binds: strict,
    did: `acknowledged its log up to index ${index} to ${to}`,
    to: (state) => {
      if (strict && index > Math.max(most, state.commit.to, unseen)) {
        return most < 0
          ? `no such answer, for nothing came from ${to}`
          : `to acknowledge up to index ${most}, where the entries of ${to} end`;
      }
      const { lastIndex } = state.log;
      if (index > lastIndex.to) return `to acknowledge up to index ${lastIndex.to}, where its log ends`;
      return { ...state, log: state.log.reaching(index) };
    },
    claim: (state) => state,
  });
  const kept = durable?.lastIndex;
  if (!observed.has('durability') || kept === undefined || index <= node.snapshotIndex) return;
  take(context, node, event, {
    rule: PARTIAL_RULES.persistentBeforeAnswer,
    binds: true,
    did: `acknowledged its log up to index ${index} to ${to}`,
    to: (state) => (index <= kept ? state : `to acknowledge up to index ${kept}, which is durable`),
    claim: (state) => state,
  });
}

function voteIsDurable(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  to: NodeId,
  term: number,
): void {
  const { durable, observed } = node;
  if (!observed.has('durability') || durable?.term === undefined) return;
  const kept = durable.term > term || (durable.term === term && (durable.vote === undefined || durable.vote === to));
  take(context, node, event, {
    rule: PARTIAL_RULES.persistentBeforeAnswer,
    binds: true,
    did: `granted its vote of term ${term} to ${to}`,
    to: (state) => (kept ? state : `to grant the vote of term ${term} once it is durable`),
    claim: (state) => state,
  });
}

/** §5.3: what matches is not rejected. Looked at while the request is the last message that came. */
function rejects(context: PartialContext, node: PartialNode, event: PartialTraceEvent, to: NodeId, term: number): void {
  const { inbox } = node;
  if (inbox?.from !== to || inbox.message.type !== 'AppendEntries') return;
  const { prevLogIndex, prevLogTerm, term: leaderTerm } = inbox.message;
  if (prevLogIndex === undefined || prevLogTerm === undefined || leaderTerm !== term) return;
  take(context, node, event, {
    rule: PARTIAL_RULES.reject,
    binds: true,
    did: `rejected what follows index ${prevLogIndex} of term ${prevLogTerm}`,
    to: (state) => {
      const { log } = state;
      const own = log.termAt(prevLogIndex, state.term.to);
      const holds = prevLogIndex <= log.lastIndex.from && own.from === prevLogTerm && own.to === prevLogTerm;
      return holds ? `to accept what follows index ${prevLogIndex} of term ${prevLogTerm}, which its log has` : state;
    },
    claim: (state) => state,
  });
}
