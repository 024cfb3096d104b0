import type { RunEvent } from '../history/events.js';
import type { EntryRef, TraceEvent } from '../history/trace.js';
import { count, grouped } from '../kernel/count.js';
import { majority, type NodeId } from '../kernel/ids.js';
import type { Micros } from '../kernel/units.js';
import type { Anomaly, Checker, CheckResult } from '../plugin/checker.js';
import { ancestorAt, type Cell, firstDifference, LogTree } from './raft-log.js';
import {
  acknowledgedIndex,
  announcesTerm,
  grantsVote,
  isFromLeader,
  type RaftMessageView,
  viewMessage,
} from './raft-message.js';
import { type Duty, RaftNode } from './raft-node.js';

/** The rules, in the order in which their violations are told: Raft's five properties, then the nodes' duties. */
const RULES = [
  'ElectionSafety',
  'StateMachineSafety',
  'LeaderCompleteness',
  'LogMatching',
  'LeaderAppendOnly',
  'CommittedLogAppendOnly',
  'VoteOnce',
  'VoteImpliesUpToDate',
  'VoteImpliesDurable',
  'VoteRefused',
  'PreVoteAnswered',
  'CandidateLog',
  'ElectionQuorum',
  'TermMonotonic',
  'StaleTerm',
  'HigherTermEntered',
  'LeaderStickiness',
  'LogSurvivesRestart',
  'VoteSurvivesRestart',
  'CommitRule',
  'CommitQuorum',
  'AckImpliesDurable',
  'AckMatchesLeader',
  'TruncateOnlyOnConflict',
  'AppliedContiguous',
] as const;
export type RaftRule = (typeof RULES)[number];

/** Violations of one rule that are told in full. */
const TOLD = 2;

/** No host's clock runs faster than this (src/node/http-api.ts): bounds what an election timeout is on ours. */
const FASTEST_CLOCK = 100;

export interface RaftSafetyContext {
  readonly nodes: readonly NodeId[];
  /** The least election timeout, where voters stick to a leader that they hear from (thesis §4.2.3). */
  readonly stickToLeaderUs?: Micros | undefined;
}

interface Leadership {
  readonly node: NodeId;
  readonly timeUs: Micros;
  /** Its log when it was elected. */
  readonly log: Cell;
}

interface Commit {
  readonly cell: Cell;
  readonly node: NodeId;
  readonly timeUs: Micros;
}

/**
 * Raft's five safety properties (Figure 3 of the paper) over the whole trace of a cluster, and the duties of each
 * node from which they follow (static membership).
 *
 * The events of one node must come in its own order. Those of different nodes may be interleaved in any way, for
 * clocks differ and a container's trace is read when it is there: a rule either looks at one node alone, or at facts
 * that stay true whenever they are learnt (who led a term, what was committed at an index), and checks them from
 * whichever side comes last.
 *
 * A node that was killed may lack the end of its trace. What is missing counts as unobserved: no rule concludes from
 * an event that is not there, except that a node does not do twice in one life what it may do once.
 */
export function raftSafety(context: RaftSafetyContext): Checker {
  return new RaftSafety(context);
}

class RaftSafety implements Checker {
  readonly name = 'raft-safety';
  readonly reads = 'trace';
  private readonly tree = new LogTree();
  private readonly nodes = new Map<NodeId, RaftNode>();
  private readonly majority: number;
  /** For so long after it heard from a leader, whatever its clock's rate, a node must not be moved by a candidate. */
  private readonly surelyStickyUs: Micros | undefined;
  /** By term, over the whole history: an ElectionSafety that looks at simultaneous leaders only misses most breaches. */
  private readonly leaders = new Map<number, Leadership>();
  /** By index: the committed entry, with all before it. */
  private readonly committed: (Commit | undefined)[] = [];
  private highestCommit = 0;
  /** By term: the highest entry that its leader committed. */
  private readonly committedByTerm = new Map<number, Commit>();
  /** By index, where no commit was seen: what was applied. */
  private readonly applied = new Map<
    number,
    { readonly entry: EntryRef; readonly node: NodeId; readonly timeUs: Micros }
  >();
  /** By term: where each candidate's log ended, each voter's log when it voted, and the votes that are certain. */
  private readonly elections = new Map<number, Election>();
  private readonly violations: { readonly rule: RaftRule; readonly anomaly: Anomaly }[] = [];
  private readonly counts = new Map<RaftRule, number>();
  private events = 0;
  private messages = 0;
  private restarts = 0;

  constructor({ nodes: ids, stickToLeaderUs }: RaftSafetyContext) {
    ids.forEach((id, place) => {
      this.nodes.set(id, new RaftNode(id, place, ids.length, this.tree.root));
    });
    this.majority = majority(ids.length);
    this.surelyStickyUs = stickToLeaderUs === undefined ? undefined : stickToLeaderUs / FASTEST_CLOCK;
  }

  observe(event: RunEvent): void {
    if (event.kind !== 'trace') return;
    const node = this.nodes.get(event.node);
    if (!node) return;
    this.events++;
    const { timeUs } = event;
    if (node.duty !== null) this.settle(node, node.duty, event);
    switch (event.name) {
      case 'Send':
        this.messages++;
        this.send(node, event.to, event.message, timeUs);
        break;
      case 'Receive':
        this.messages++;
        this.receive(node, event.from, event.message, timeUs);
        break;
      case 'Append':
        this.enterTerm(node, event.term, timeUs);
        this.append(node, event.from, event.entries, timeUs);
        break;
      case 'Durable':
        this.durable(node, event.term, event.votedFor, event.lastIndex, timeUs);
        break;
      case 'AdvanceCommit':
        this.enterTerm(node, event.term, timeUs);
        this.advanceCommit(node, event.commitIndex, event.leader, timeUs);
        break;
      case 'Apply':
        this.apply(node, event.from, event.entries, timeUs);
        break;
      case 'UpdateTerm':
        this.enterTerm(node, event.term, timeUs);
        node.leading = false;
        break;
      case 'BecomeFollower':
        this.enterTerm(node, event.term, timeUs);
        node.leading = false;
        break;
      case 'BecomePreCandidate':
        node.leading = false;
        break;
      case 'BecomeCandidate':
        this.enterTerm(node, event.term, timeUs);
        node.leading = false;
        node.forgetPeers();
        this.candidacy(node, event.term, timeUs);
        break;
      case 'Vote':
        this.enterTerm(node, event.term, timeUs);
        this.vote(node, event.term, event.candidate, timeUs);
        break;
      case 'BecomeLeader':
        this.enterTerm(node, event.term, timeUs);
        this.becomeLeader(node, event.term, event.voters, timeUs);
        break;
      case 'InitState':
        this.initState(node, event);
        break;
      case 'Compact':
        node.compact(event.index);
        break;
      case 'InstallSnapshot':
        this.installSnapshot(node, event.index, event.term, event.log, timeUs);
        break;
    }
  }

  conclude(): CheckResult {
    this.leaderCompleteness();
    const silent = [...this.nodes.values()].filter((node) => !node.started).map((node) => node.id);
    const facts: Record<string, number | string> = {
      traceEvents: this.events,
      messages: this.messages,
      leaders: this.leaders.size,
      committed: this.highestCommit,
      restarts: this.restarts,
    };
    for (const [rule, number] of this.counts) facts[rule] = number;
    const base = { checker: this.name, facts };
    if (this.violations.length > 0) {
      this.violations.sort((left, right) => RULES.indexOf(left.rule) - RULES.indexOf(right.rule));
      const anomalies = this.violations.map(({ anomaly }) => anomaly);
      const rules = RULES.filter((rule) => this.counts.has(rule)).join(', ');
      return { ...base, verdict: 'invalid', summary: `Not Raft (${rules}): ${anomalies[0]?.title}.`, anomalies };
    }
    const consumed = `${count(this.events, 'trace event')} with ${count(this.leaders.size, 'leader')} and ${grouped(this.highestCommit)} committed entries`;
    const doubt =
      this.events === 0
        ? 'The trace is empty, so nothing is known of the nodes.'
        : silent.length > 0
          ? `${silent.join(', ')} recorded no start, so the trace (${consumed}) is incomplete.`
          : this.highestCommit === 0
            ? `Nothing was committed in the trace (${consumed}), so there was little to break.`
            : undefined;
    if (doubt !== undefined) return { ...base, verdict: 'unknown', summary: doubt, anomalies: [] };
    return {
      ...base,
      verdict: 'valid',
      summary: `Raft's safety properties hold over ${consumed}.`,
      anomalies: [],
    };
  }

  // ------------------------------------------------------------ terms and restarts

  /** TermMonotonic: a node's term never falls (§5.1). */
  private enterTerm(node: RaftNode, term: number, timeUs: Micros): void {
    if (term === node.term) return;
    if (term < node.term) {
      this.report('TermMonotonic', `${node.id} fell from term ${node.term} back to term ${term}`, [node.id], timeUs, [
        `${node.id} was in term ${node.term}.`,
        `${at(timeUs)}: ${node.id} acted in term ${term}.`,
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
  private initState(node: RaftNode, event: TraceEvent & { readonly name: 'InitState' }): void {
    const { timeUs, term, votedFor } = event;
    const { durable, durableTerm, durableVote, started } = node;
    if (started) this.restarts++;
    node.started = true;
    node.reset(this.tree.snapshotEnd(event.snapshotIndex, event.snapshotTerm, node.id, timeUs));
    this.extend(node, event.log, timeUs);
    if (term < durableTerm) {
      this.report(
        'TermMonotonic',
        `${node.id} restarted in term ${term}, but term ${durableTerm} was durable`,
        [node.id],
        timeUs,
        [`${node.id} had synced term ${durableTerm} to its disk.`, `${at(timeUs)}: it restarted in term ${term}.`],
      );
    } else if (term === durableTerm && durableVote !== null && votedFor !== durableVote) {
      const remembered = votedFor === null ? 'no vote' : `a vote for ${votedFor}`;
      this.report(
        'VoteSurvivesRestart',
        `${node.id} forgot in a restart that it had voted for ${durableVote} in term ${term}`,
        [node.id, durableVote],
        timeUs,
        [
          `${node.id} had synced its vote for ${durableVote} in term ${term} to its disk.`,
          `${at(timeUs)}: it restarted in the same term with ${remembered}: it may vote twice.`,
        ],
      );
    }
    if (node.last.index < durable.index) {
      const remaining = ancestorAt(durable, node.last.index);
      if (remaining === node.last) {
        this.report(
          'LogSurvivesRestart',
          `${node.id} lost entries ${node.last.index + 1} to ${durable.index} in a restart, though they were durable`,
          [node.id],
          timeUs,
          [
            `${node.id} had synced its log up to index ${durable.index} (term ${durable.term}) to its disk.`,
            `${at(timeUs)}: it restarted with a log that ends at index ${node.last.index}.`,
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
    if (votedFor !== null) this.certainVote(node.id, term, votedFor, timeUs);
  }

  private durable(node: RaftNode, term: number, votedFor: NodeId | null, lastIndex: number, timeUs: Micros): void {
    node.durableTerm = term;
    node.durableVote = votedFor;
    node.becomeDurable(lastIndex);
    if (votedFor !== null) this.certainVote(node.id, term, votedFor, timeUs);
  }

  // ------------------------------------------------------------ elections

  /** VoteOnce: at most one vote in a term (§5.2). Within one life every vote counts, durable or not. */
  private vote(node: RaftNode, term: number, candidate: NodeId, timeUs: Micros): void {
    if (node.votedFor !== null && node.votedFor !== candidate) {
      this.report(
        'VoteOnce',
        `${node.id} voted for ${node.votedFor} and for ${candidate} in term ${term}`,
        [node.id, node.votedFor, candidate],
        timeUs,
        [
          `${node.id} had voted for ${node.votedFor} in term ${term}.`,
          `${at(timeUs)}: ${node.id} voted for ${candidate} in the same term.`,
        ],
      );
    }
    node.votedFor = candidate;
    const election = this.election(term);
    if (candidate !== node.id) election.voters.set(node.id, { log: node.last, candidate, timeUs });
    this.upToDate(term, node.id);
  }

  private candidacy(node: RaftNode, term: number, timeUs: Micros): void {
    const election = this.election(term);
    election.candidates.set(node.id, { log: node.last, timeUs });
    for (const [voter, vote] of election.voters) if (vote.candidate === node.id) this.upToDate(term, voter);
  }

  /** A voter grants only when the candidate's log is at least as up-to-date as its own (§5.4.1). */
  private upToDate(term: number, voter: NodeId): void {
    const election = this.election(term);
    const vote = election.voters.get(voter);
    const candidate = vote && election.candidates.get(vote.candidate);
    if (!vote || !candidate) return;
    const own = vote.log;
    const { log } = candidate;
    if (log.term > own.term || (log.term === own.term && log.index >= own.index)) return;
    this.report(
      'VoteImpliesUpToDate',
      `${voter} voted for ${vote.candidate} in term ${term}, whose log was behind its own`,
      [voter, vote.candidate],
      vote.timeUs,
      [
        `${at(candidate.timeUs)}: ${vote.candidate} campaigned in term ${term} with a log that ends at ${place(log)}.`,
        `${at(vote.timeUs)}: ${voter} voted for it, though its own log ended at ${place(own)}.`,
      ],
    );
  }

  /** A vote that is on a disk, or was counted by the winner: it cannot have been lost in a crash. */
  private certainVote(voter: NodeId, term: number, candidate: NodeId, timeUs: Micros): void {
    const { certain } = this.election(term);
    const known = certain.get(voter);
    if (known === undefined) certain.set(voter, { candidate, timeUs });
    else if (known.candidate !== candidate) {
      this.report(
        'VoteOnce',
        `${voter} voted for ${known.candidate} and for ${candidate} in term ${term}`,
        [voter, known.candidate, candidate],
        timeUs,
        [
          `${at(known.timeUs)}: the vote of ${voter} for ${known.candidate} in term ${term} was durable or counted.`,
          `${at(timeUs)}: so was its vote for ${candidate} in the same term.`,
        ],
      );
    }
  }

  /** ElectionSafety: at most one leader in a term (§5.2), elected by a majority of votes that were really granted. */
  private becomeLeader(node: RaftNode, term: number, voters: readonly NodeId[], timeUs: Micros): void {
    const other = this.leaders.get(term);
    if (other && other.node !== node.id) {
      this.report(
        'ElectionSafety',
        `${other.node} and ${node.id} were both leaders of term ${term}`,
        [other.node, node.id],
        timeUs,
        [
          `${at(other.timeUs)}: ${other.node} became leader of term ${term}.`,
          `${at(timeUs)}: ${node.id} became leader of term ${term}, by the votes of ${voters.join(', ')}.`,
        ],
      );
    }
    if (!other) this.leaders.set(term, { node: node.id, timeUs, log: node.last });
    const granted = [...new Set(voters)].filter((voter) => voter === node.id || this.grantedBy(node, voter));
    if (granted.length < this.majority) {
      this.report(
        'ElectionQuorum',
        `${node.id} became leader of term ${term} with ${granted.length} of the ${this.majority} votes it needs`,
        [node.id],
        timeUs,
        [
          `${at(timeUs)}: ${node.id} became leader of term ${term}, by the votes of ${voters.join(', ')}.`,
          `Votes that were granted in this term: ${granted.join(', ') || 'none'}.`,
        ],
      );
    }
    for (const voter of voters) {
      if (voter === node.id || this.grantedBy(node, voter)) this.certainVote(voter, term, node.id, timeUs);
    }
    node.leading = true;
    node.acknowledged.fill(0);
  }

  private grantedBy(candidate: RaftNode, voter: NodeId): boolean {
    const node = this.nodes.get(voter);
    return node !== undefined && candidate.granted[node.place] === true;
  }

  /** A candidate tells where its log ends, for that is what voters judge it by (§5.4.1). */
  private tellsOwnLog(node: RaftNode, message: RaftMessageView, timeUs: Micros): void {
    const { term, preVote, lastLogIndex, lastLogTerm } = message;
    if (typeof term !== 'number' || typeof lastLogIndex !== 'number' || typeof lastLogTerm !== 'number') return;
    // A request waits for the disk, and the log may have changed by then: what counts is the log of the candidacy.
    const log = preVote === true ? node.last : this.elections.get(term)?.candidates.get(node.id)?.log;
    if (log === undefined || (log.index === lastLogIndex && log.term === lastLogTerm)) return;
    this.report(
      'CandidateLog',
      `${node.id} asked for votes in term ${term} with a log that is not its own`,
      [node.id],
      timeUs,
      [
        `The log of ${node.id} ended at ${place(log)}.`,
        `${at(timeUs)}: it asked for votes in term ${term} with one that ends at index ${lastLogIndex} of term ${lastLogTerm}.`,
      ],
    );
  }

  /** A request for a vote arrives: notes what this node owes. */
  private asked(node: RaftNode, candidate: RaftNode, message: RaftMessageView, term: number, timeUs: Micros): void {
    if (message.preVote === true) {
      if (node.unanswered[candidate.place] === true) {
        this.report(
          'PreVoteAnswered',
          `${node.id} left a pre-vote of ${candidate.id} without an answer`,
          [node.id, candidate.id],
          timeUs,
          [
            `${node.id} had received a request for a pre-vote from ${candidate.id} and not answered it.`,
            `${at(timeUs)}: ${candidate.id} asked again, for term ${term}; ${node.id} was in term ${node.term}. Who is behind learns so only by an answer (thesis §9.6).`,
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
      this.surelyStickyUs !== undefined &&
      (node.leading || timeUs - node.heardFromLeaderUs < this.surelyStickyUs) &&
      term > node.term;
    const upToDate = lastLogTerm > last.term || (lastLogTerm === last.term && lastLogIndex >= last.index);
    if (sticky) node.duty = { kind: 'ignore', term, from: candidate.id, timeUs };
    else if (upToDate) node.duty = { kind: 'vote', term, from: candidate.id, timeUs };
  }

  /** The first step after a message that asked something of the node. */
  private settle(node: RaftNode, duty: Duty, event: TraceEvent): void {
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
        this.report(
          'HigherTermEntered',
          `${node.id} stayed in term ${node.term} after a message of term ${term} from ${from}`,
          [node.id, from],
          timeUs,
          [
            `${node.id} was in term ${node.term}.`,
            `${at(timeUs)}: it received a message of term ${term} from ${from} and went on as before (§5.1: it must enter that term as a follower).`,
          ],
        );
        break;
      case 'ignore':
        if (!enters) return;
        this.report(
          'LeaderStickiness',
          `${node.id} entered term ${term} for the candidate ${from}, though it had just heard from a leader`,
          [node.id, from],
          timeUs,
          [
            node.leading
              ? `${node.id} was the leader of term ${node.term}.`
              : `${at(node.heardFromLeaderUs)}: ${node.id} heard from the leader of term ${node.term}.`,
            `${at(timeUs)}: it received a request for its vote in term ${term} from ${from} and entered that term, sooner than an election timeout (thesis §4.2.3: such a request is ignored; leases rest on it).`,
          ],
        );
        break;
      case 'vote': {
        const voted = event.name === 'Vote' && event.candidate === from;
        // In a later term by now, or never in that one; or the vote was given away before.
        if (voted || node.term !== term || node.votedFor !== null) return;
        this.report(
          'VoteRefused',
          `${node.id} refused its vote of term ${term} to ${from} for no reason`,
          [node.id, from],
          timeUs,
          [
            `${node.id} had not voted in term ${term}; its log ended at ${place(node.last)}.`,
            `${at(timeUs)}: ${from} asked for its vote with a log that is at least as up-to-date, and did not get it (§5.4.1): nobody may be electable this way.`,
          ],
        );
        break;
      }
    }
  }

  private election(term: number): Election {
    let election = this.elections.get(term);
    if (!election) {
      election = { candidates: new Map(), voters: new Map(), certain: new Map() };
      this.elections.set(term, election);
    }
    return election;
  }

  // ------------------------------------------------------------ messages

  /**
   * What a message promises must be durable when it leaves (Figure 2: "updated on stable storage before responding to
   * RPCs"): the vote that it grants, the entries that it acknowledges.
   */
  private send(node: RaftNode, to: NodeId, content: unknown, timeUs: Micros): void {
    const message = viewMessage(content);
    if (message.type === 'RequestVote') this.tellsOwnLog(node, message, timeUs);
    else if (message.type === 'RequestVoteResponse' && message.preVote === true) {
      const peer = this.nodes.get(to);
      if (peer) node.unanswered[peer.place] = false;
    }
    const index = acknowledgedIndex(message);
    if (index > 0) {
      if (this.mustBeDurable(node, message, index) && node.durableIndex < index) {
        this.report(
          'AckImpliesDurable',
          `${node.id} acknowledged entries up to ${index}, but only ${node.durableIndex} were durable`,
          [node.id, to],
          timeUs,
          [
            `${node.id} had synced its log up to index ${node.durableIndex}.`,
            `${at(timeUs)}: it told ${to} that it holds everything up to index ${index}.`,
          ],
        );
      }
      this.matchesLeader(node, to, index, message.term, timeUs);
    } else if (grantsVote(message) && typeof message.term === 'number') {
      const { term } = message;
      const durable = node.durableTerm > term || (node.durableTerm === term && node.durableVote === to);
      if (!durable) {
        this.report(
          'VoteImpliesDurable',
          `${node.id} granted its vote of term ${term} to ${to} before that was durable`,
          [node.id, to],
          timeUs,
          [
            node.durableTerm === 0
              ? `${node.id} had synced no term.`
              : `${node.id} had synced term ${node.durableTerm} with ${node.durableVote === null ? 'no vote' : `a vote for ${node.durableVote}`}.`,
            `${at(timeUs)}: it granted its vote of term ${term} to ${to}: a crash would let it vote again.`,
          ],
        );
      }
    }
  }

  /**
   * An answer that waited for the disk may leave after the log has moved on. It is still true if the node is in a
   * later term by then: the entries were there when the former ended. And if a snapshot took their place meanwhile:
   * they were on the disk until it was.
   */
  private mustBeDurable(node: RaftNode, message: RaftMessageView, index: number): boolean {
    if (message.term !== node.term) return false;
    return index > node.baseIndex || (index === node.baseIndex && message.type === 'InstallSnapshotResponse');
  }

  /**
   * An acknowledged log equals the leader's. Looked up only while that leader still leads the term of the message:
   * its log then only grows, so its entry at an index is the same whenever its trace is read.
   */
  private matchesLeader(node: RaftNode, to: NodeId, index: number, term: unknown, timeUs: Micros): void {
    const leader = this.nodes.get(to);
    if (!leader?.leading || leader.term !== term || node.term !== term) return;
    const own = node.cellAt(index);
    const expected = leader.cellAt(index);
    if (own === undefined || expected === undefined || own === expected) return;
    const difference = firstDifference(own, expected);
    if (difference === undefined) return;
    this.report(
      'AckMatchesLeader',
      `${node.id} acknowledged entries up to ${index} to ${to}, but its own differ from index ${difference} on`,
      [node.id, to],
      timeUs,
      [
        `${to}, leader of term ${leader.term}, holds ${place(expected)}.`,
        `${at(timeUs)}: ${node.id} told it that their logs are equal up to index ${index}, where it holds ${place(own)}.`,
      ],
    );
  }

  private receive(node: RaftNode, from: NodeId, content: unknown, timeUs: Micros): void {
    const message = viewMessage(content);
    const { term } = message;
    const peer = this.nodes.get(from);
    if (typeof term !== 'number' || !peer) return;
    node.appendTerm = message.type === 'AppendEntries' ? term : 0;
    if (message.type === 'RequestVote') this.asked(node, peer, message, term, timeUs);
    else if (term > node.term && announcesTerm(message)) node.duty = { kind: 'enter-term', term, from, timeUs };
    if (isFromLeader(message) && term >= node.term && !node.leading) node.heardFromLeaderUs = timeUs;
    if (term !== node.term) return;
    const index = acknowledgedIndex(message);
    if (index > (node.acknowledged[peer.place] as number)) node.acknowledged[peer.place] = index;
    else if (grantsVote(message)) node.granted[peer.place] = true;
  }

  // ------------------------------------------------------------ logs

  private append(node: RaftNode, from: number, entries: readonly EntryRef[], timeUs: Micros): void {
    const { last } = node;
    if (!node.leading && node.appendTerm !== 0 && node.appendTerm < node.term) {
      this.report(
        'StaleTerm',
        `${node.id} took entries from a leader of term ${node.appendTerm}, though it was in term ${node.term}`,
        [node.id],
        timeUs,
        [
          `${node.id} was in term ${node.term}.`,
          `${at(timeUs)}: it changed its log at index ${from} at the word of a leader of term ${node.appendTerm} (§5.1: such a message is rejected).`,
        ],
      );
    }
    if (from > last.index + 1) {
      this.report(
        'LogMatching',
        `${node.id} has a gap in its log: it ended at ${last.index}, then ${from} was added`,
        [node.id],
        timeUs,
        [`${at(timeUs)}: ${node.id} appended index ${from} to a log that ended at index ${last.index}.`],
      );
      return;
    }
    if (from <= last.index) this.truncation(node, from, entries, timeUs);
    this.extend(node, entries, timeUs);
  }

  private truncation(node: RaftNode, from: number, entries: readonly EntryRef[], timeUs: Micros): void {
    const { last } = node;
    const removed = node.cellAt(from);
    if (removed === undefined) {
      this.report(
        'CommittedLogAppendOnly',
        `${node.id} changed its log at index ${from}, which its snapshot covers`,
        [node.id],
        timeUs,
        [`${at(timeUs)}: ${node.id} put entries at index ${from}; its snapshot reaches to index ${node.baseIndex}.`],
      );
      return;
    }
    const what = `${at(timeUs)}: ${node.id} removed entries ${from} to ${last.index}, the first being ${place(removed)}.`;
    if (node.leading) {
      this.report(
        'LeaderAppendOnly',
        `${node.id} removed entries ${from} to ${last.index} from its own log while it led term ${node.term}`,
        [node.id],
        timeUs,
        [what],
      );
    }
    if (from <= node.commitIndex) {
      this.report(
        'CommittedLogAppendOnly',
        `${node.id} removed entry ${from} from its log, though it knew that everything up to ${node.commitIndex} is committed`,
        [node.id],
        timeUs,
        [`${node.id} knew that everything up to index ${node.commitIndex} is committed.`, what],
      );
    }
    // "If an existing entry conflicts with a new one (same index but different terms), delete it" (§5.3): only then.
    if (entries[0] === undefined || entries[0].term === removed.term) {
      const replacement = entries[0] === undefined ? 'nothing' : `an entry of the same term ${entries[0].term}`;
      this.report(
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

  /** LogMatching: an index and a term name one entry and all before it, in whichever log they stand (§5.3). */
  private extend(node: RaftNode, entries: readonly EntryRef[], timeUs: Micros): void {
    let { last } = node;
    for (const entry of entries) {
      last = this.tree.child(last, entry, node.id, timeUs, (added, other) => {
        const difference = firstDifference(added, other);
        const what = difference === added.index ? 'hold different entries' : `differ before it, at index ${difference}`;
        this.report(
          'LogMatching',
          `logs of ${other.node} and ${node.id} both hold index ${added.index} of term ${added.term}, but ${what}`,
          [other.node, node.id],
          timeUs,
          [
            `${at(other.timeUs)}: ${other.node} held ${place(other)}.`,
            `${at(timeUs)}: ${node.id} held ${place(added)}; the logs ${what}.`,
          ],
        );
      });
      node.push(last);
    }
  }

  private installSnapshot(node: RaftNode, index: number, term: number, log: readonly EntryRef[], timeUs: Micros): void {
    if (index < node.applied) {
      this.report(
        'AppliedContiguous',
        `${node.id} went back from applied index ${node.applied} to a snapshot of index ${index}`,
        [node.id],
        timeUs,
        [
          `${node.id} had applied everything up to index ${node.applied}.`,
          `${at(timeUs)}: it installed a snapshot that ends at index ${index}.`,
        ],
      );
    }
    const known = this.committed[index];
    if (known && known.cell.term !== term) {
      this.report(
        'StateMachineSafety',
        `${node.id} installed a snapshot that ends at index ${index} of term ${term}, but term ${known.cell.term} is committed there`,
        [node.id, known.node],
        timeUs,
        [
          `${at(known.timeUs)}: ${known.node} knew ${place(known.cell)} as committed.`,
          `${at(timeUs)}: ${node.id} installed a snapshot that ends at index ${index} of term ${term}.`,
        ],
      );
    }
    const before = node.last;
    const same = node.cellAt(index);
    if (same?.term === term && log.length < before.index - index) {
      this.report(
        'TruncateOnlyOnConflict',
        `${node.id} threw away entries ${index + 1} to ${before.index} when it installed a snapshot that its log contains`,
        [node.id],
        timeUs,
        [
          `${node.id} held ${place(same)} and more, up to index ${before.index}.`,
          `${at(timeUs)}: it installed a snapshot that ends there and kept ${log.length} entries after it (Figure 13: retain what follows).`,
        ],
      );
    }
    const { durable, durableIndex, commitIndex } = node;
    node.reset(same?.term === term ? same : this.tree.snapshotEnd(index, term, node.id, timeUs));
    this.extend(node, log, timeUs);
    // The snapshot itself is durable with the next sync; until then, what was durable and remains.
    node.becomeDurable(node.cellAt(durable.index) === durable ? durableIndex : Math.min(durableIndex, commitIndex));
    node.commitIndex = index;
    node.applied = index;
  }

  // ------------------------------------------------------------ commit and apply

  private advanceCommit(node: RaftNode, index: number, asLeader: boolean, timeUs: Micros): void {
    const cell = node.cellAt(index);
    node.commitIndex = Math.max(node.commitIndex, index);
    if (cell === undefined) {
      if (index > node.last.index) {
        this.report(
          'StateMachineSafety',
          `${node.id} takes everything up to ${index} for committed, but its log ends at ${node.last.index}`,
          [node.id],
          timeUs,
          [
            `${at(timeUs)}: ${node.id} advanced its commit index to ${index}; its log ended at index ${node.last.index}.`,
          ],
        );
      }
      return;
    }
    if (asLeader) this.leaderCommits(node, cell, timeUs);
    this.commit(node, cell, timeUs);
  }

  /**
   * CommitRule (§5.4.2): a leader commits by counting only entries of its own term. CommitQuorum (§5.3): and only
   * those that a majority holds durably. The leader's own word is enough to check that: each acknowledgement that it
   * received in its term, and its own disk. Whether followers acknowledge only what is durable is a rule of theirs.
   */
  private leaderCommits(node: RaftNode, cell: Cell, timeUs: Micros): void {
    if (cell.term !== node.term) {
      this.report(
        'CommitRule',
        `${node.id}, leader of term ${node.term}, committed index ${cell.index} of term ${cell.term} by counting`,
        [node.id],
        timeUs,
        [
          `${at(timeUs)}: ${node.id}, leader of term ${node.term}, advanced its commit index to ${place(cell)}.`,
          'A leader commits entries of former terms only along with one of its own (§5.4.2, Figure 8): a later leader may lack it.',
        ],
      );
    }
    let holders = node.durableIndex >= cell.index ? 1 : 0;
    for (const acknowledged of node.acknowledged) if (acknowledged >= cell.index) holders++;
    if (holders < this.majority) {
      this.report(
        'CommitQuorum',
        `${node.id}, leader of term ${node.term}, committed index ${cell.index} with ${holders} of the ${this.majority} durable copies it needs`,
        [node.id],
        timeUs,
        [
          `${node.id} had synced its own log up to index ${node.durableIndex}.`,
          ...this.acknowledgements(node),
          `${at(timeUs)}: it advanced its commit index to ${cell.index}.`,
        ],
      );
    }
    const highest = this.committedByTerm.get(node.term);
    if (!highest || highest.cell.index < cell.index) {
      this.committedByTerm.set(node.term, { cell, node: node.id, timeUs });
    }
  }

  private acknowledgements(leader: RaftNode): string[] {
    const peers = [...this.nodes.values()].filter((peer) => peer !== leader);
    return peers.map(
      (peer) => `${peer.id} had acknowledged up to index ${leader.acknowledged[peer.place]} in this term.`,
    );
  }

  /** All nodes agree on what is committed: the first to know an entry settles it for the others. */
  private commit(node: RaftNode, cell: Cell, timeUs: Micros): void {
    if (cell.index > this.highestCommit) this.highestCommit = cell.index;
    for (let link: Cell | null = cell; link !== null && link.index > 0; link = link.parent) {
      const settled = this.committed[link.index];
      if (settled !== undefined) {
        // Equal cells are equal logs: nothing below can differ either.
        this.agree(node, link, settled, timeUs);
        return;
      }
      this.committed[link.index] = { cell: link, node: node.id, timeUs };
    }
  }

  private agree(node: RaftNode, cell: Cell, settled: Commit, timeUs: Micros): void {
    if (settled.cell === cell) return;
    const difference = firstDifference(cell, settled.cell);
    if (difference === undefined) return;
    const own = ancestorAt(cell, difference) ?? cell;
    const theirs = ancestorAt(settled.cell, difference) ?? settled.cell;
    this.report(
      'StateMachineSafety',
      `${settled.node} and ${node.id} take different entries at index ${difference} for committed`,
      [settled.node, node.id],
      timeUs,
      [
        `${at(settled.timeUs)}: ${settled.node} took ${place(theirs)} for committed.`,
        `${at(timeUs)}: ${node.id} took ${place(own)} for committed.`,
      ],
    );
  }

  /** AppliedContiguous and StateMachineSafety: in order, without gaps, and the same everywhere (§5.4.3). */
  private apply(node: RaftNode, from: number, entries: readonly EntryRef[], timeUs: Micros): void {
    if (from !== node.applied + 1) {
      this.report(
        'AppliedContiguous',
        `${node.id} applied index ${from} after index ${node.applied}`,
        [node.id],
        timeUs,
        [
          `${node.id} had applied everything up to index ${node.applied}.`,
          `${at(timeUs)}: the next that it applied was index ${from}.`,
        ],
      );
    }
    let index = from;
    for (const entry of entries) {
      this.applyOne(node, index, entry, timeUs);
      index++;
    }
    node.applied = index - 1;
    if (node.applied > node.commitIndex) {
      this.report(
        'StateMachineSafety',
        `${node.id} applied index ${node.applied}, though it knew only ${node.commitIndex} as committed`,
        [node.id],
        timeUs,
        [
          `${node.id} knew that everything up to index ${node.commitIndex} is committed.`,
          `${at(timeUs)}: it applied entries up to index ${node.applied}.`,
        ],
      );
    }
  }

  private applyOne(node: RaftNode, index: number, entry: EntryRef, timeUs: Micros): void {
    const settled = this.committed[index];
    if (settled !== undefined && settled.cell.digest !== undefined) {
      if (settled.cell.digest === entry.digest && settled.cell.term === entry.term) return;
      this.differentlyApplied(node, index, entry, settled.cell, settled, timeUs, 'knew as committed');
      return;
    }
    const known = this.applied.get(index);
    if (known === undefined) this.applied.set(index, { entry, node: node.id, timeUs });
    else if (known.entry.digest !== entry.digest || known.entry.term !== entry.term) {
      this.differentlyApplied(node, index, entry, known.entry, known, timeUs, 'applied');
    }
  }

  private differentlyApplied(
    node: RaftNode,
    index: number,
    entry: EntryRef,
    other: { readonly term: number; readonly digest: number | undefined },
    by: { readonly node: NodeId; readonly timeUs: Micros },
    timeUs: Micros,
    verb: string,
  ): void {
    this.report(
      'StateMachineSafety',
      `${node.id} applied another entry at index ${index} than ${by.node} ${verb}`,
      [by.node, node.id],
      timeUs,
      [
        `${at(by.timeUs)}: ${by.node} ${verb} ${entryAt(index, other)}.`,
        `${at(timeUs)}: ${node.id} applied ${entryAt(index, entry)}.`,
      ],
    );
  }

  /** LeaderCompleteness (§5.4): what one term's leader committed is in the log of every later term's leader. */
  private leaderCompleteness(): void {
    const terms = [...new Set([...this.leaders.keys(), ...this.committedByTerm.keys()])].sort((a, b) => a - b);
    let highest: (Commit & { readonly term: number }) | undefined;
    for (const term of terms) {
      const leader = this.leaders.get(term);
      if (leader && highest) this.leaderHas(term, leader, highest);
      const commit = this.committedByTerm.get(term);
      if (commit && (!highest || commit.cell.index > highest.cell.index)) highest = { ...commit, term };
    }
  }

  private leaderHas(term: number, leader: Leadership, commit: Commit & { readonly term: number }): void {
    const own = ancestorAt(leader.log, commit.cell.index);
    const tooShort = leader.log.index < commit.cell.index;
    const differs = own !== undefined && own !== commit.cell && firstDifference(own, commit.cell) !== undefined;
    if (!tooShort && !differs) return;
    const what = tooShort ? `ended at index ${leader.log.index}` : `held ${place(own ?? leader.log)} instead`;
    this.report(
      'LeaderCompleteness',
      `${leader.node} became leader of term ${term} without entry ${commit.cell.index}, which ${commit.node} had committed in term ${commit.term}`,
      [commit.node, leader.node],
      Math.max(leader.timeUs, commit.timeUs),
      [
        `${at(commit.timeUs)}: ${commit.node}, leader of term ${commit.term}, committed ${place(commit.cell)}.`,
        `${at(leader.timeUs)}: ${leader.node} became leader of term ${term}; its log ${what}.`,
      ],
    );
  }

  private report(
    rule: RaftRule,
    title: string,
    nodes: readonly NodeId[],
    timeUs: Micros,
    story: readonly string[],
  ): void {
    const count = (this.counts.get(rule) ?? 0) + 1;
    this.counts.set(rule, count);
    if (count > TOLD) return;
    this.violations.push({
      rule,
      anomaly: { kind: rule, title, story, operations: [], nodes: [...new Set(nodes)], fromUs: timeUs, toUs: timeUs },
    });
  }
}

interface Election {
  readonly candidates: Map<NodeId, { readonly log: Cell; readonly timeUs: Micros }>;
  readonly voters: Map<NodeId, { readonly log: Cell; readonly candidate: NodeId; readonly timeUs: Micros }>;
  readonly certain: Map<NodeId, { readonly candidate: NodeId; readonly timeUs: Micros }>;
}

function at(timeUs: Micros): string {
  return `${(timeUs / 1_000_000).toFixed(3)} s`;
}

function place(cell: Cell): string {
  return entryAt(cell.index, cell);
}

function entryAt(index: number, entry: { readonly term: number; readonly digest: number | undefined }): string {
  const digest = entry.digest === undefined ? '' : ` (digest ${entry.digest.toString(16)})`;
  return `index ${index} of term ${entry.term}${digest}`;
}
