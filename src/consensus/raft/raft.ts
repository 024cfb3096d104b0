import type { Operation, Outcome } from '../../history/events.js';
import type { RaftStep, ReadHow } from '../../history/trace.js';
import { invariant, unreachable } from '../../kernel/errors.js';
import { majority, type NodeId } from '../../kernel/ids.js';
import type { Random } from '../../kernel/random.js';
import { type Micros, usFromMs } from '../../kernel/units.js';
import { BugSwitches } from '../bug-switches.js';
import { commandDigest } from '../kv/command-digest.js';
import { type EncodedState, StateMachine, type StateMachineOptions } from '../kv/state-machine.js';
import type {
  ClientRequest,
  ClientResponse,
  DurableRecord,
  Effect,
  Input,
  Protocol,
  ProtocolStatus,
} from '../protocol.js';
import { type BugName, NO_BUGS } from './bugs.js';
import { RaftLog } from './log.js';
import {
  type AppendEntries,
  type AppendEntriesRejected,
  type AppendEntriesResponse,
  type Entry,
  type InstallSnapshot,
  type InstallSnapshotResponse,
  type LeaderStamp,
  NO_ROUND,
  type RaftMessage,
  type RequestVote,
  type RequestVoteResponse,
} from './messages.js';
import type { RaftOptions } from './options.js';
import { Persistence } from './persistence.js';
import { Progress, type SnapshotTransfer } from './progress.js';
import { reachedBy } from './quorum.js';
import { NO_SNAPSHOT, type RaftRecord, type Snapshot } from './records.js';

export interface RaftContext {
  readonly id: NodeId;
  /** All voters, self included; fixed for life. */
  readonly nodes: readonly NodeId[];
  /** The node's own stream of chance: election timeouts. */
  readonly random: Random;
  readonly options: RaftOptions;
}

type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** A read that waits for a majority to echo its round, and for its index to be applied. */
interface PendingRead {
  readonly id: number;
  readonly operation: Operation;
  readonly readIndex: number;
  readonly round: number;
}

/** A snapshot that is arriving, chunk by chunk. */
interface IncomingSnapshot {
  readonly index: number;
  readonly term: number;
  readonly leaderTerm: number;
  data: string;
}

const ELECTION_TIMER = 'election';
const HEARTBEAT_TIMER = 'heartbeat';
const NOTHING: readonly Entry[] = [];
const NO_OP_DIGEST = 0;

/**
 * Raft, in the words of Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm (Extended
 * Version)" (`§`), and of Ongaro's dissertation (`thesis §`). One node; static membership.
 *
 * What a peer's misbehaviour could cause (two leaders in one term, say) is not asserted here: a node cannot tell its
 * own defects from its peers', and mutants must run on until a checker sees them.
 */
export class Raft implements Protocol<RaftMessage> {
  // Figure 2: persistent state on all servers.
  private currentTerm = 0;
  private votedFor: NodeId | null = null;
  private readonly log = new RaftLog();
  private snapshot: Snapshot = NO_SNAPSHOT;
  private readonly persistence: Persistence;

  // Volatile state on all servers.
  private role: Role = 'follower';
  private leader: NodeId | null = null;
  private commitIndex = 0;
  private lastApplied = 0;
  private machine: StateMachine;
  private readonly machineOptions: StateMachineOptions;
  private incoming: IncomingSnapshot | undefined;

  // Elections.
  private electionTimeoutUs: Micros = 0;
  private electionDeadlineUs: Micros = 0;
  private heardFromLeaderUs: Micros = Number.NEGATIVE_INFINITY;
  private readonly votes = new Set<NodeId>();
  /** Votes that only a bug counts: of earlier terms, and the same one again. */
  private readonly staleVotes = new Set<NodeId>();
  private duplicateVotes = 0;

  // Volatile state on leaders.
  private readonly progress = new Map<NodeId, Progress>();
  private noOpIndex = 0;
  /** Clients waiting for the entry at an index to be applied. */
  private readonly waiting = new Map<number, { readonly id: number; readonly term: number }>();
  private reads: PendingRead[] = [];
  private round = 0;
  /** A message with the current round is out, so that a later read needs a later round. */
  private roundSent = false;
  /** The newest round that was broadcast for the sake of reads. */
  private broadcastRound = 0;
  private confirmedRound = 0;

  // Of one step.
  private nowUs: Micros = 0;
  /** The first `emitted` are this step's: an array that grows with every step anew would be most of what a step allocates. */
  private readonly effects: Effect<RaftMessage>[] = [];
  private emitted = 0;
  private readonly emit = (effect: Effect<RaftMessage>): void => {
    this.effects[this.emitted++] = effect;
  };

  private readonly id: NodeId;
  private readonly peers: readonly NodeId[];
  private readonly majority: number;
  private readonly random: Random;
  private readonly options: RaftOptions;
  private readonly bugs: BugSwitches<BugName>;
  private readonly minElectionTimeoutUs: Micros;
  private readonly heartbeatUs: Micros;
  private readonly leaseUs: Micros;
  /** One number a node, reused: these are computed for every answer of every follower. */
  private readonly scratch: number[] = [];
  private readonly counters = { termChanges: 0, elections: 0, snapshotsTaken: 0, snapshotsInstalled: 0 };

  constructor({ id, nodes, random, options }: RaftContext) {
    this.id = id;
    this.peers = nodes.filter((node) => node !== id);
    this.majority = majority(nodes.length);
    this.options = options;
    this.bugs = new BugSwitches(options.bugs);
    this.random = random;
    this.minElectionTimeoutUs = usFromMs(options.electionTimeoutMs);
    this.heartbeatUs = usFromMs(options.heartbeatMs);
    this.leaseUs = Math.floor(this.minElectionTimeoutUs / options.clockDriftBound);
    this.persistence = new Persistence(this.bugs);
    this.machineOptions = {
      maxSessions: options.maxSessions,
      executesAgain: () =>
        this.bugs.strikes('noDeduplication') ||
        (this.role !== 'leader' && this.bugs.strikes('deduplicatesOnLeaderAlone')),
      snapshotSessions: !this.bugs.on.snapshotOmitsSessions,
    };
    this.machine = StateMachine.empty(this.machineOptions);
  }

  // ---------------------------------------------------------------- inputs

  start(recovered: readonly DurableRecord[], nowUs: Micros): Effect<RaftMessage>[] {
    this.begin(nowUs);
    for (const record of recovered as readonly RaftRecord[]) this.recover(record);
    this.persistence.recovered(this.log.lastIndex);
    this.machine = StateMachine.decode(this.snapshot.data, this.machineOptions);
    this.commitIndex = this.snapshot.index;
    this.lastApplied = this.snapshot.index;
    this.trace({
      name: 'InitState',
      term: this.currentTerm,
      votedFor: this.votedFor,
      snapshotIndex: this.log.snapshotIndex,
      snapshotTerm: this.log.snapshotTerm,
      log: this.log.all(),
      stateHash: this.machine.hash,
    });
    // It may have promised a leader, just before it went down, not to vote for a while: that promise is in no record.
    if (recovered.length > 0) this.heardFromLeaderUs = nowUs;
    this.restartElectionTimer();
    return this.end();
  }

  step(input: Input<RaftMessage>, nowUs: Micros): Effect<RaftMessage>[] {
    this.begin(nowUs);
    switch (input.kind) {
      case 'receive':
        this.receive(input.from, input.message);
        break;
      case 'timer':
        if (input.timer === ELECTION_TIMER) this.electionTimerFired();
        else this.heartbeatTimerFired();
        break;
      case 'persisted':
        this.persisted(input.token);
        break;
      case 'request':
        this.request(input.id, input.request);
        break;
      default:
        unreachable(input);
    }
    return this.end();
  }

  private begin(nowUs: Micros): void {
    this.nowUs = nowUs;
    this.emitted = 0;
  }

  private end(): Effect<RaftMessage>[] {
    if (!this.persistence.isQuiet(this.log.lastIndex)) {
      this.persistence.flush(
        { currentTerm: this.currentTerm, votedFor: this.votedFor, log: this.log, snapshot: this.snapshot },
        this.emit,
      );
    }
    return this.effects.slice(0, this.emitted);
  }

  private recover(record: RaftRecord): void {
    switch (record.kind) {
      case 'hard-state':
        this.currentTerm = record.term;
        this.votedFor = record.votedFor;
        break;
      case 'entries':
        this.log.truncate(record.from);
        for (const entry of record.entries) this.log.append(entry);
        break;
      case 'snapshot':
        this.snapshot = record.snapshot;
        this.log.reset(record.snapshot.index, record.snapshot.term);
        break;
      default:
        unreachable(record);
    }
  }

  private receive(from: NodeId, message: RaftMessage): void {
    this.trace({ name: 'Receive', from, message });
    switch (message.type) {
      case 'AppendEntries':
        this.handleAppendEntries(from, message);
        break;
      case 'AppendEntriesResponse':
        this.handleAppendEntriesResponse(from, message);
        break;
      case 'RequestVote':
        this.handleRequestVote(from, message);
        break;
      case 'RequestVoteResponse':
        this.handleRequestVoteResponse(from, message);
        break;
      case 'InstallSnapshot':
        this.handleInstallSnapshot(from, message);
        break;
      case 'InstallSnapshotResponse':
        this.handleInstallSnapshotResponse(from, message);
        break;
      default:
        unreachable(message);
    }
  }

  /** A write reached the disk: what waited for it may count (thesis §10.2.1). */
  private persisted(token: number): void {
    this.persistence.completed(token);
    if (this.role === 'candidate' && this.persistence.isHardStateDurable) this.countVote(this.id);
    if (this.role === 'leader') this.advanceLeaderCommit();
  }

  // ---------------------------------------------------------------- §5.1 terms and roles

  /** "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to follower." */
  private becomeFollower(term: number, leader: NodeId | null): void {
    const formerRole = this.role;
    if (term > this.currentTerm) this.adoptTerm(term);
    if (formerRole === 'follower' && this.leader === leader) return;
    this.role = 'follower';
    this.leader = leader;
    this.trace({ name: 'BecomeFollower', term: this.currentTerm, leader });
    if (formerRole === 'follower') return;
    if (formerRole === 'leader') this.abdicate();
    this.restartElectionTimer();
  }

  private adoptTerm(term: number): void {
    this.currentTerm = term;
    this.counters.termChanges++;
    if (this.votedFor !== null && !this.bugs.strikes('voteNeverReset')) this.votedFor = null;
    this.persistence.hardStateChanged();
    this.trace({ name: 'UpdateTerm', term });
    if (this.commitIndex < this.log.lastIndex && this.bugs.strikes('rollsBackOnStepDown'))
      this.replaceLogFrom(this.commitIndex + 1, NOTHING);
  }

  /** Nobody's entry is confirmed any more: tells the waiting clients what is known. */
  private abdicate(): void {
    this.emit({ kind: 'clear-timer', timer: HEARTBEAT_TIMER });
    this.progress.clear();
    for (const { id } of this.reads) this.reply(id, { type: 'redirect', leader: this.leader });
    this.reads = [];
    if (this.bugs.on.answersByIndexOnly) return;
    for (const { id } of this.waiting.values()) {
      this.reply(
        id,
        this.bugs.strikes('failsWhatMayCommit')
          ? { type: 'fail', error: 'not-committed' }
          : { type: 'info', error: 'leadership-lost' },
      );
    }
    this.waiting.clear();
  }

  // ---------------------------------------------------------------- §5.2 leader election

  /** Starts a fresh random timeout, so that elections seldom collide (§5.2). */
  private restartElectionTimer(): void {
    this.electionTimeoutUs = this.bugs.strikes('identicalTimeouts')
      ? this.minElectionTimeoutUs
      : this.random.int(this.minElectionTimeoutUs, 2 * this.minElectionTimeoutUs - 1);
    this.electionDeadlineUs = this.nowUs + this.electionTimeoutUs;
    this.emit({ kind: 'set-timer', timer: ELECTION_TIMER, afterUs: this.electionTimeoutUs });
  }

  private postponeElection(): void {
    this.electionDeadlineUs = this.nowUs + this.electionTimeoutUs;
  }

  private electionTimerFired(): void {
    if (this.role === 'leader') return;
    // A message postpones the deadline without touching the timer: cheaper, and the same.
    if (this.nowUs < this.electionDeadlineUs) {
      this.emit({ kind: 'set-timer', timer: ELECTION_TIMER, afterUs: this.electionDeadlineUs - this.nowUs });
    } else if (this.options.preVote && !this.bugs.strikes('noPreVoteNorStickiness')) {
      this.becomePreCandidate();
    } else {
      this.becomeCandidate();
    }
  }

  /** Thesis §9.6: asks whether it would win, without raising the term. */
  private becomePreCandidate(): void {
    this.role = 'pre-candidate';
    this.leader = null;
    this.votes.clear();
    this.trace({ name: 'BecomePreCandidate', term: this.currentTerm });
    this.restartElectionTimer();
    const message = this.requestVote(this.currentTerm + 1, true);
    for (const peer of this.peers) this.send(peer, message);
    this.countPreVote(this.id);
  }

  private becomeCandidate(): void {
    this.role = 'candidate';
    this.leader = null;
    this.votes.clear();
    this.staleVotes.clear();
    this.duplicateVotes = 0;
    this.currentTerm++;
    this.votedFor = this.id;
    this.counters.termChanges++;
    this.counters.elections++;
    this.persistence.hardStateChanged();
    this.trace({ name: 'BecomeCandidate', term: this.currentTerm });
    this.trace({ name: 'Vote', term: this.currentTerm, candidate: this.id });
    this.restartElectionTimer();
    const message = this.requestVote(this.currentTerm, false);
    for (const peer of this.peers) this.sendWhenDurable(peer, message, 0);
    if (this.persistence.isHardStateDurable) this.countVote(this.id);
  }

  private requestVote(term: number, preVote: boolean): RequestVote {
    return {
      type: 'RequestVote',
      term,
      preVote,
      lastLogIndex: this.log.lastIndex,
      lastLogTerm:
        this.isWholeLogCompacted() && this.bugs.strikes('lastTermZeroAfterCompaction') ? 0 : this.log.lastTerm,
    };
  }

  private isWholeLogCompacted(): boolean {
    return this.log.lastIndex > 0 && this.log.lastIndex === this.snapshot.index;
  }

  private handleRequestVote(from: NodeId, message: RequestVote): void {
    const { term, preVote } = message;
    if (preVote && term <= this.currentTerm && this.bugs.strikes('dropsLowerTermPreVote')) return;
    if (preVote) {
      const granted = term > this.currentTerm && !this.ignoresCandidates() && this.isUpToDate(message);
      if (granted && this.hearsFromLeader()) this.bugs.tookEffect();
      this.send(from, { type: 'RequestVoteResponse', term: granted ? term : this.currentTerm, preVote, granted });
      return;
    }
    // Thesis §4.2.3: whoever hears from a leader neither votes nor adopts the term.
    if (term > this.currentTerm && !this.ignoresCandidates()) {
      if (this.hearsFromLeader()) this.bugs.tookEffect();
      this.becomeFollower(term, null);
    }
    const free = this.votedFor === null || this.votedFor === from;
    // Also in its own term: it may have entered that by a response since it heard from the leader of a former one.
    const sticks = this.votedFor !== from && this.ignoresCandidates();
    const may = (free || this.bugs.on.doubleVote) && (!sticks || this.bugs.on.sticksOnlyAgainstLaterTerms);
    const granted = term === this.currentTerm && may && this.isUpToDate(message);
    if (granted && (!free || sticks)) this.bugs.tookEffect();
    if (granted && this.votedFor !== from) {
      this.votedFor = from;
      this.persistence.hardStateChanged();
      this.trace({ name: 'Vote', term, candidate: from });
      this.postponeElection();
    }
    this.sendWhenDurable(from, { type: 'RequestVoteResponse', term: this.currentTerm, preVote, granted }, 0);
  }

  /** "Within the minimum election timeout of hearing from a current leader" (thesis §4.2.3); a leader hears itself. */
  private hearsFromLeader(): boolean {
    if (!this.options.checkQuorum) return false;
    return this.role === 'leader' || this.nowUs - this.heardFromLeaderUs < this.minElectionTimeoutUs;
  }

  private ignoresCandidates(): boolean {
    const { leaseWithoutStickiness, noPreVoteNorStickiness } = this.bugs.on;
    return !leaseWithoutStickiness && !noPreVoteNorStickiness && this.hearsFromLeader();
  }

  /** §5.4.1: the later last term is more up to date; with equal last terms, the longer log. */
  private isUpToDate({ lastLogIndex, lastLogTerm }: RequestVote): boolean {
    const { lastTerm: ownTerm, lastIndex: ownIndex } = this.log;
    const isLonger = lastLogIndex >= ownIndex;
    if (lastLogTerm > ownTerm || (lastLogTerm === ownTerm && isLonger)) {
      return isLonger || !(this.bugs.strikes('logCheckIndexOnly') || this.bugs.strikes('logCheckVectorOrder'));
    }
    return (
      this.bugs.strikes('noUpToDateCheck') ||
      (isLonger && this.bugs.strikes('logCheckIndexOnly')) ||
      ((lastLogTerm > 0 || isLonger) && this.isWholeLogCompacted() && this.bugs.strikes('lastTermZeroAfterCompaction'))
    );
  }

  private handleRequestVoteResponse(from: NodeId, message: RequestVoteResponse): void {
    const { term, preVote, granted } = message;
    if (preVote && granted) {
      if (this.role === 'pre-candidate' && term === this.currentTerm + 1) this.countPreVote(from);
      return;
    }
    if (term > this.currentTerm && !this.bugs.strikes('ignoresHigherTermInResponse')) this.becomeFollower(term, null);
    else if (granted && term === this.currentTerm) this.countVote(from);
    else if (granted && this.bugs.on.countsStaleVotes) this.countStaleVote(from);
  }

  private countPreVote(voter: NodeId): void {
    this.votes.add(voter);
    if (this.votes.size >= this.majority) this.becomeCandidate();
  }

  private countVote(voter: NodeId): void {
    if (this.role !== 'candidate') return;
    if (this.bugs.on.countsDuplicateVotes && voter !== this.id && this.votes.has(voter)) this.duplicateVotes++;
    this.staleVotes.delete(voter);
    this.votes.add(voter);
    this.leadWithMajority();
  }

  private countStaleVote(voter: NodeId): void {
    if (this.role !== 'candidate') return;
    if (!this.votes.has(voter)) this.staleVotes.add(voter);
    this.votes.add(voter);
    this.leadWithMajority();
  }

  private leadWithMajority(): void {
    const needed = this.bugs.on.electionQuorumOfPeers ? Math.floor(this.peers.length / 2) + 1 : this.majority;
    if (this.votes.size + this.duplicateVotes < needed) return;
    if (this.votes.size - this.staleVotes.size < this.majority) this.bugs.tookEffect();
    this.becomeLeader();
  }

  private becomeLeader(): void {
    this.role = 'leader';
    this.leader = this.id;
    this.trace({ name: 'BecomeLeader', term: this.currentTerm, voters: [...this.votes] });
    this.emit({ kind: 'clear-timer', timer: ELECTION_TIMER });
    this.emit({ kind: 'set-timer', timer: HEARTBEAT_TIMER, afterUs: this.heartbeatUs });
    this.progress.clear();
    for (const peer of this.peers) {
      this.progress.set(peer, new Progress(peer, this.log.lastIndex + 1, this.nowUs));
    }
    this.confirmedRound = this.round;
    this.broadcastRound = this.round;
    this.round++;
    this.roundSent = false;
    // §8: a no-op, for a leader learns what is committed only by committing an entry of its own term.
    this.noOpIndex = this.log.lastIndex + 1;
    this.appendAsLeader({ term: this.currentTerm, digest: NO_OP_DIGEST, command: null });
  }

  // ---------------------------------------------------------------- §5.3 log replication: the leader

  private appendAsLeader(entry: Entry): void {
    const index = this.log.lastIndex + 1;
    this.log.append(entry);
    this.persistence.logChanged(index);
    this.trace({ name: 'Append', term: this.currentTerm, from: index, entries: this.log.slice(index, index) });
    // In parallel with the leader's own disk write (thesis §10.2.1).
    for (const progress of this.progress.values()) this.replicate(progress);
    this.advanceLeaderCommit();
  }

  /** Sends what the follower lacks, as far as its window lets it. */
  private replicate(progress: Progress): void {
    if (progress.state === 'probe') {
      if (progress.paused) return;
      if (progress.nextIndex <= this.log.snapshotIndex) {
        this.startSnapshot(progress);
        return;
      }
      progress.paused = true;
      this.sendAppendEntries(progress, this.batchEnd(progress.nextIndex));
    } else if (progress.state === 'replicate') {
      while (progress.nextIndex <= this.log.lastIndex && progress.inflight.length < this.options.maxInflight) {
        if (progress.nextIndex <= this.log.snapshotIndex) {
          this.startSnapshot(progress);
          return;
        }
        const end = this.batchEnd(progress.nextIndex);
        this.sendAppendEntries(progress, end);
        progress.inflight.push(end);
        progress.nextIndex = end + 1;
      }
    }
  }

  private batchEnd(from: number): number {
    return Math.min(this.log.lastIndex, from + this.options.maxEntriesPerMessage - 1);
  }

  /** AppendEntries with the entries from `nextIndex` to `end`; none when `end` is before. */
  private sendAppendEntries(progress: Progress, end: number): void {
    const prevLogIndex = progress.nextIndex - 1;
    const prevLogTerm = this.log.termAt(prevLogIndex);
    if (prevLogTerm === undefined) {
      this.startSnapshot(progress);
      return;
    }
    this.sendAsLeader(progress, {
      type: 'AppendEntries',
      term: this.currentTerm,
      prevLogIndex,
      prevLogTerm,
      entries: this.log.slice(progress.nextIndex, end),
      leaderCommit: this.commitIndex,
      round: this.round,
      sentAtUs: this.nowUs,
    });
  }

  private sendAsLeader(progress: Progress, message: AppendEntries | InstallSnapshot): void {
    progress.sentSinceHeartbeat = true;
    this.roundSent = true;
    this.send(progress.id, message);
  }

  /**
   * AppendEntries without entries. Its `prevLogIndex` is the optimistic `nextIndex` - 1, so that whatever was lost
   * before is found by its rejection, and whatever answer was lost is made good by its acceptance.
   */
  private sendHeartbeat(progress: Progress): void {
    if (progress.state === 'snapshot') {
      // What it holds of our log is not known; the empty prefix always matches.
      this.sendAsLeader(progress, {
        type: 'AppendEntries',
        term: this.currentTerm,
        prevLogIndex: 0,
        prevLogTerm: 0,
        entries: NOTHING,
        leaderCommit: 0,
        round: this.round,
        sentAtUs: this.nowUs,
      });
    } else if (progress.nextIndex <= this.log.lastIndex && this.bugs.strikes('heartbeatFromLeaderEnd')) {
      this.sendAsLeader(progress, {
        type: 'AppendEntries',
        term: this.currentTerm,
        prevLogIndex: this.log.lastIndex,
        prevLogTerm: this.log.lastTerm,
        entries: NOTHING,
        leaderCommit: this.commitIndex,
        round: this.round,
        sentAtUs: this.nowUs,
      });
    } else {
      // Turns into a snapshot where the log was compacted while the follower did not answer.
      this.sendAppendEntries(progress, progress.nextIndex - 1);
    }
  }

  private heartbeatTimerFired(): void {
    if (this.role !== 'leader') return;
    this.emit({ kind: 'set-timer', timer: HEARTBEAT_TIMER, afterUs: this.heartbeatUs });
    if (this.options.checkQuorum && !this.hearsFromMajority()) {
      this.becomeFollower(this.currentTerm, null);
      return;
    }
    for (const progress of this.progress.values()) {
      const { transfer } = progress;
      if (transfer && this.nowUs - transfer.sentAtUs >= this.heartbeatUs) this.sendSnapshotChunk(progress, transfer);
      if (progress.sentSinceHeartbeat) {
        progress.sentSinceHeartbeat = false;
        continue;
      }
      // Silence for a whole interval: what was sent before, or its answer, may be lost.
      if (progress.state === 'probe' && !this.bugs.strikes('neverResends')) {
        progress.paused = false;
        this.replicate(progress);
      } else {
        this.sendHeartbeat(progress);
      }
      progress.sentSinceHeartbeat = false;
    }
  }

  /** CheckQuorum: a leader that nobody hears must not keep its clients waiting (thesis §6.2). */
  private hearsFromMajority(): boolean {
    let heard = 1;
    for (const progress of this.progress.values()) {
      if (this.nowUs - progress.lastContactUs < this.minElectionTimeoutUs) heard++;
    }
    return heard >= this.majority;
  }

  private handleAppendEntriesResponse(from: NodeId, message: AppendEntriesResponse): void {
    const progress = this.progressOf(from, message.term);
    if (!progress) return;
    this.heard(progress, message);
    if (message.success) {
      const { commitIndex } = this;
      this.matched(progress, message.matchIndex);
      // Only `countsRepliesToOldLeadership` comes here with another term, and only a commitment by it is an effect.
      if (message.term !== this.currentTerm && this.commitIndex > commitIndex) this.bugs.tookEffect();
    } else if (message.prevLogIndex > progress.matchIndex) {
      // §5.3: skip a whole term at a time. In `probe`, only the answer to the latest question counts.
      if (progress.state === 'replicate' || progress.nextIndex === message.prevLogIndex + 1) {
        if (!(message.conflictTerm === 0 && progress.matchIndex > 0 && this.bugs.strikes('neverResends'))) {
          progress.probeFrom(Math.max(progress.matchIndex + 1, this.indexAfterConflict(message)));
          this.replicate(progress);
        }
      }
    }
    this.confirmReads();
  }

  /** The sender's progress, when this is an answer to the present leadership; steps down for a later term. */
  private progressOf(from: NodeId, term: number): Progress | undefined {
    if (term > this.currentTerm && !this.bugs.strikes('ignoresHigherTermInResponse')) {
      this.becomeFollower(term, null);
      return undefined;
    }
    if (this.role !== 'leader') return undefined;
    if (term !== this.currentTerm && !this.bugs.on.countsRepliesToOldLeadership) return undefined;
    return this.progress.get(from);
  }

  private heard(progress: Progress, { round, sentAtUs }: LeaderStamp): void {
    progress.lastContactUs = this.nowUs;
    if (round === NO_ROUND) return;
    const confirmsLaterRead = round < (this.reads.at(-1)?.round ?? 0) && this.bugs.strikes('acceptsOldRounds');
    progress.heard(confirmsLaterRead ? this.round : round, sentAtUs);
  }

  private indexAfterConflict(message: AppendEntriesRejected): number {
    if (message.conflictTerm === 0) return message.conflictIndex;
    const sameTerm = this.log.lastIndexOfTerm(message.conflictTerm, message.prevLogIndex);
    return sameTerm === undefined ? message.conflictIndex : Math.max(message.conflictIndex, sameTerm + 1);
  }

  private matched(progress: Progress, matchIndex: number): void {
    const advanced = matchIndex > progress.matchIndex;
    progress.matched(matchIndex);
    if (progress.state === 'probe' || (progress.transfer && progress.matchIndex >= progress.transfer.snapshot.index)) {
      progress.probeFrom(progress.matchIndex + 1);
      progress.state = 'replicate';
    }
    if (advanced) this.advanceLeaderCommit();
    this.replicate(progress);
  }

  // ---------------------------------------------------------------- §5.3 log replication: the follower

  private handleAppendEntries(from: NodeId, message: AppendEntries): void {
    if (!this.acceptsLeader(from, message.term)) {
      this.rejectAppendEntries(from, message, 0, 0);
      return;
    }
    const { prevLogIndex, entries } = message;
    const { snapshotIndex } = this.log;
    const ownTerm = this.log.termAt(prevLogIndex);
    if (prevLogIndex >= snapshotIndex) {
      if (ownTerm === undefined) {
        this.rejectAppendEntries(from, message, 0, this.log.lastIndex + 1);
        return;
      }
      if (ownTerm !== message.prevLogTerm && !this.bugs.strikes('skipsPrevTermCheck')) {
        this.rejectAppendEntries(from, message, ownTerm, this.log.firstIndexOfTermAt(prevLogIndex));
        return;
      }
      this.appendAsFollower(prevLogIndex, entries);
    } else {
      // What was compacted is committed, and so in the leader's log as well.
      this.appendAsFollower(snapshotIndex, entries.slice(snapshotIndex - prevLogIndex));
    }
    const lastNewIndex = prevLogIndex + entries.length;
    // "min(leaderCommit, index of last new entry)": what follows that may still differ from the leader's log.
    const unverified = Math.min(message.leaderCommit, this.log.lastIndex);
    const commitsUnverified =
      unverified > Math.max(lastNewIndex, this.commitIndex) && this.bugs.strikes('followerCommitsUnverifiedSuffix');
    this.advanceCommit(commitsUnverified ? unverified : Math.min(message.leaderCommit, lastNewIndex));
    const hasMore = lastNewIndex < this.log.lastIndex;
    const matchIndex = hasMore && this.bugs.strikes('acknowledgesOwnLastIndex') ? this.log.lastIndex : lastNewIndex;
    this.sendWhenDurable(
      from,
      {
        type: 'AppendEntriesResponse',
        term: message.term,
        success: true,
        matchIndex,
        round: message.round,
        sentAtUs: message.sentAtUs,
      },
      matchIndex,
    );
  }

  /** A message of the current term's leader, or of a later term's: follows it. False when it is a deposed leader's. */
  private acceptsLeader(from: NodeId, term: number): boolean {
    if (this.role === 'leader' && term <= this.currentTerm) return false;
    if (term < this.currentTerm && !this.bugs.strikes('acceptsStaleTerm')) return false;
    if (this.leader === null && term === this.currentTerm && this.votedFor !== null) {
      if (this.bugs.strikes('voteForgottenOnLeaderDiscovery')) {
        this.votedFor = null;
        this.persistence.hardStateChanged();
      }
    }
    this.becomeFollower(term, from);
    this.heardFromLeaderUs = this.nowUs;
    this.postponeElection();
    return true;
  }

  private rejectAppendEntries(to: NodeId, message: AppendEntries, conflictTerm: number, conflictIndex: number): void {
    this.sendWhenDurable(
      to,
      {
        type: 'AppendEntriesResponse',
        term: this.currentTerm,
        success: false,
        prevLogIndex: message.prevLogIndex,
        conflictTerm,
        conflictIndex,
        round: this.roundOf(message),
        sentAtUs: message.sentAtUs,
      },
      0,
    );
  }

  /** What an answer in the present term confirms. */
  private roundOf({ term, round }: AppendEntries | InstallSnapshot): number {
    return term === this.currentTerm || this.bugs.strikes('echoesFormerRounds') ? round : NO_ROUND;
  }

  /** "If an existing entry conflicts with a new one, delete it and all that follow it; append any not in the log." */
  private appendAsFollower(prevLogIndex: number, entries: readonly Entry[]): void {
    let known = 0;
    while (known < entries.length && this.log.termAt(prevLogIndex + known + 1) === entries[known]?.term) known++;
    if (known > 0 && this.bugs.strikes('truncatesOnMatch')) known = 0;
    if (known === entries.length) return;
    const from = prevLogIndex + known + 1;
    const added = known === 0 ? entries : entries.slice(known);
    const tailFrom = from + added.length;
    if (tailFrom <= this.log.lastIndex && this.bugs.strikes('keepsStaleTail')) {
      this.replaceLogFrom(from, [...added, ...this.log.slice(tailFrom, this.log.lastIndex)]);
    } else {
      this.replaceLogFrom(from, added);
    }
  }

  private replaceLogFrom(from: number, entries: readonly Entry[]): void {
    if (from <= this.log.lastIndex) {
      this.log.truncate(from);
      if (this.log.lastTerm !== this.currentTerm && this.bugs.strikes('termRevertsOnTruncate')) {
        this.currentTerm = this.log.lastTerm;
        this.votedFor = null;
      }
    }
    for (const entry of entries) this.log.append(entry);
    this.persistence.logChanged(from);
    this.trace({ name: 'Append', term: this.currentTerm, from, entries });
  }

  // ---------------------------------------------------------------- §5.3, §5.4.2 commit and apply

  /**
   * "If there exists an N > commitIndex that a majority of matchIndex reach, and log[N].term = currentTerm: set
   * commitIndex = N" (§5.4.2). The leader counts itself only as far as its own disk is.
   */
  private advanceLeaderCommit(): void {
    const own = this.persistence.lastDurableIndex;
    const agreed = this.reachedBy(this.majority, own, matchIndexOf);
    const index = this.mistakenlyAgreed(own) ?? agreed;
    if (index <= this.commitIndex) return;
    if (this.log.termAt(index) !== this.currentTerm && !this.bugs.strikes('commitsOldTermByCounting')) return;
    if (index > agreed) this.bugs.tookEffect();
    this.advanceCommit(index);
    this.serveReads();
  }

  private mistakenlyAgreed(own: number): number | undefined {
    if (this.bugs.on.countsUnsyncedSelf) return this.reachedBy(this.majority, this.log.lastIndex, matchIndexOf);
    if (this.bugs.on.commitsWithMinority) return this.reachedBy(Math.max(1, this.majority - 1), own, matchIndexOf);
    return undefined;
  }

  private advanceCommit(index: number): void {
    if (index <= this.commitIndex) return;
    this.commitIndex = index;
    this.trace({ name: 'AdvanceCommit', term: this.currentTerm, commitIndex: index, leader: this.role === 'leader' });
    const snapshotIsDue = index - this.snapshot.index >= this.options.snapshotEntries;
    const tooEarly = snapshotIsDue && this.bugs.on.snapshotLabelledLater ? this.machine.encode() : undefined;
    this.applyCommitted();
    if (snapshotIsDue) this.takeSnapshot(tooEarly ?? this.machine.encode());
  }

  private applyCommitted(): void {
    const from = this.lastApplied + 1;
    const entries = this.log.slice(from, this.commitIndex);
    this.lastApplied = this.commitIndex;
    // The answers come after it, and so does what makes its hash: it is ours until the step ends.
    const step = { name: 'Apply' as const, from, entries, stateHash: 0 };
    this.trace(step);
    let index = from;
    for (const { term, command } of entries) {
      const outcome = command === null ? undefined : this.machine.apply(command);
      if (this.waiting.size > 0) this.answerWaiting(index, term, outcome);
      index++;
    }
    step.stateHash = this.machine.hash;
  }

  /** A client is answered only by the very entry that carried its command: same index and same term. */
  private answerWaiting(index: number, term: number, outcome: Outcome | undefined): void {
    const waiting = this.waiting.get(index);
    if (waiting === undefined || (waiting.term !== term && !this.bugs.strikes('answersByIndexOnly'))) return;
    this.waiting.delete(index);
    this.reply(waiting.id, outcome ?? { type: 'ok' });
  }

  // ---------------------------------------------------------------- §7 log compaction

  private takeSnapshot({ data, hash }: EncodedState): void {
    const index = this.lastApplied;
    const term = this.log.termAt(index);
    if (term === undefined) return;
    // Only `snapshotOmitsSessions` and `snapshotLabelledLater` make it differ.
    if (hash !== this.machine.hash) this.bugs.tookEffect();
    this.snapshot = { index, term, data };
    this.counters.snapshotsTaken++;
    this.trace({ name: 'TakeSnapshot', index, term, stateHash: hash });
    const keepFrom = Math.max(this.log.snapshotIndex, index - this.options.trailingEntries);
    this.persistence.snapshotChanged(this.log.lastIndex);
    if (keepFrom === this.log.snapshotIndex) return;
    this.log.compact(keepFrom);
    this.trace({ name: 'Compact', index: keepFrom, term: this.log.snapshotTerm });
  }

  private startSnapshot(progress: Progress): void {
    this.sendSnapshotChunk(progress, progress.startTransfer(this.snapshot));
  }

  private sendSnapshotChunk(progress: Progress, transfer: SnapshotTransfer): void {
    const { snapshot, offset } = transfer;
    transfer.sentAtUs = this.nowUs;
    const end = offset + this.options.snapshotChunkCharacters;
    this.sendAsLeader(progress, {
      type: 'InstallSnapshot',
      term: this.currentTerm,
      lastIncludedIndex: snapshot.index,
      lastIncludedTerm: snapshot.term,
      offset,
      data: snapshot.data.slice(offset, end),
      done: end >= snapshot.data.length,
      round: this.round,
      sentAtUs: this.nowUs,
    });
  }

  private handleInstallSnapshot(from: NodeId, message: InstallSnapshot): void {
    const { lastIncludedIndex: index, lastIncludedTerm: term, offset, data } = message;
    if (!this.acceptsLeader(from, message.term)) {
      this.answerSnapshot(from, message, 0, false);
      return;
    }
    if (index <= this.commitIndex && !this.bugs.strikes('installsOlderSnapshot')) {
      // Older than or equal to what is here: a state machine never goes back.
      this.answerSnapshot(from, message, offset + data.length, true);
      return;
    }
    let { incoming } = this;
    if (incoming?.index !== index || incoming.term !== term || incoming.leaderTerm !== message.term) {
      incoming = { index, term, leaderTerm: message.term, data: '' };
      this.incoming = incoming;
    }
    // A chunk that was here before is skipped, one that comes too early is asked for again.
    if (offset !== incoming.data.length) {
      this.answerSnapshot(from, message, incoming.data.length, false);
      return;
    }
    incoming.data += data;
    if (message.done) {
      this.incoming = undefined;
      this.installSnapshot({ index, term, data: incoming.data });
    }
    this.answerSnapshot(from, message, incoming.data.length, message.done);
  }

  /** Figure 13: "if an existing entry has the same index and term as the snapshot's last, retain what follows it." */
  private installSnapshot(snapshot: Snapshot): void {
    const { index, term } = snapshot;
    const hasSuffix = this.log.lastIndex > index;
    const matches = this.log.termAt(index) === term && !(hasSuffix && this.bugs.strikes('snapshotDiscardsSuffix'));
    const durableTo = matches ? this.log.lastIndex : Math.min(this.commitIndex, this.persistence.lastDurableIndex);
    if (matches && index >= this.log.snapshotIndex) this.log.compact(index);
    else this.log.reset(index, term);
    this.snapshot = snapshot;
    this.machine = StateMachine.decode(this.snapshot.data, this.machineOptions);
    this.commitIndex = index;
    this.lastApplied = index;
    this.counters.snapshotsInstalled++;
    this.persistence.snapshotChanged(durableTo);
    this.trace({ name: 'InstallSnapshot', index, term, log: this.log.all(), stateHash: this.machine.hash });
  }

  private answerSnapshot(to: NodeId, message: InstallSnapshot, nextOffset: number, installed: boolean): void {
    this.sendWhenDurable(
      to,
      {
        type: 'InstallSnapshotResponse',
        term: this.currentTerm,
        lastIncludedIndex: message.lastIncludedIndex,
        nextOffset,
        installed,
        round: this.roundOf(message),
        sentAtUs: message.sentAtUs,
      },
      installed ? message.lastIncludedIndex : 0,
    );
  }

  private handleInstallSnapshotResponse(from: NodeId, message: InstallSnapshotResponse): void {
    const progress = this.progressOf(from, message.term);
    if (!progress) return;
    this.heard(progress, message);
    const { transfer } = progress;
    if (message.installed) {
      this.matched(progress, message.lastIncludedIndex);
    } else if (transfer?.snapshot.index === message.lastIncludedIndex && transfer.offset !== message.nextOffset) {
      transfer.offset = message.nextOffset;
      this.sendSnapshotChunk(progress, transfer);
    }
    this.confirmReads();
  }

  // ---------------------------------------------------------------- §8 clients

  private request(id: number, request: ClientRequest): void {
    const { operation } = request;
    if (operation.f === 'read' && this.options.reads !== 'log') this.read(id, operation);
    else if (this.role !== 'leader') this.reply(id, { type: 'redirect', leader: this.leader });
    else {
      this.waiting.set(this.log.lastIndex + 1, { id, term: this.currentTerm });
      this.appendAsLeader({ term: this.currentTerm, digest: commandDigest(request), command: request });
    }
  }

  private reply(id: number, response: ClientResponse): void {
    this.emit({ kind: 'reply', id, response });
  }

  private replyRead(id: number, { key = '' }: Operation): void {
    this.reply(id, { type: 'ok', value: this.machine.read(key) });
  }

  /** Thesis §6.4: a read that bypasses the log must not be older than its own arrival. */
  private read(id: number, operation: Operation): void {
    if (this.options.reads === 'follower') {
      this.servesRead('follower', [id]);
      this.replyRead(id, operation);
      return;
    }
    if (this.role !== 'leader') {
      this.reply(id, { type: 'redirect', leader: this.leader });
      return;
    }
    const leased = this.options.reads === 'lease' && this.lastApplied >= this.noOpIndex && this.holdsLease();
    if (leased || this.bugs.strikes('readsLeaderLocally')) {
      this.servesRead(leased ? 'lease' : 'read-index', [id]);
      this.replyRead(id, operation);
      return;
    }
    if (this.roundSent) {
      this.round++;
      this.roundSent = false;
    }
    // §6.4 steps 1 and 2: a new leader's commitIndex is current only when its no-op is committed.
    const current = this.commitIndex >= this.noOpIndex || this.bugs.strikes('readsBeforeTermCommit');
    const readIndex = current ? this.commitIndex : this.noOpIndex;
    this.reads.push({ id, operation, readIndex, round: this.round });
    this.trace({ name: 'ReadRequest', term: this.currentTerm, read: id, readIndex, round: this.round });
    this.broadcastForReads();
    this.confirmReads();
  }

  /** §6.4 step 3. While one round is under way, further reads gather for the next. */
  private broadcastForReads(): void {
    const newest = this.reads.at(-1)?.round ?? 0;
    if (newest <= this.broadcastRound || this.broadcastRound > this.confirmedRound) return;
    this.broadcastRound = newest;
    for (const progress of this.progress.values()) this.sendHeartbeat(progress);
  }

  private confirmReads(): void {
    if (this.reads.length === 0 || this.role !== 'leader') return;
    this.confirmedRound = Math.max(this.confirmedRound, this.reachedBy(this.majority, this.round, echoedRoundOf));
    this.serveReads();
    this.broadcastForReads();
  }

  /** §6.4 step 4: waits until the state machine has reached the read's index. */
  private serveReads(): void {
    let ready = 0;
    for (const { readIndex, round } of this.reads) {
      if (round > this.confirmedRound) break;
      if (readIndex > this.lastApplied && !this.bugs.strikes('servesBeforeApplied')) break;
      ready++;
    }
    if (ready === 0) return;
    const served = this.reads.splice(0, ready);
    this.servesRead(
      'read-index',
      served.map(({ id }) => id),
    );
    for (const { id, operation } of served) this.replyRead(id, operation);
  }

  private servesRead(how: ReadHow, reads: readonly number[]): void {
    this.trace({ name: 'ServeRead', term: this.currentTerm, how, reads, index: this.lastApplied });
  }

  /**
   * Thesis §6.4.1: a majority took us for leader at `start`, and will elect nobody for a minimum election timeout
   * after that by their clocks; by ours that is at least the same divided by the bound on drift.
   */
  private holdsLease(): boolean {
    const start = this.reachedBy(this.majority, this.nowUs, echoedSentAtUsOf);
    const elapsedUs = this.nowUs - start;
    if (elapsedUs < this.leaseUs) return true;
    return elapsedUs < 2 * this.minElectionTimeoutUs && this.bugs.strikes('leaseWithoutDriftBound');
  }

  /** The largest value that `count` nodes reach: this leader with `own`, its followers by their progress. */
  private reachedBy(count: number, own: number, of: (progress: Progress) => number): number {
    const { scratch } = this;
    let filled = 0;
    scratch[filled++] = own;
    for (const progress of this.progress.values()) scratch[filled++] = of(progress);
    invariant(scratch.length === filled, () => `${filled} values of ${scratch.length} nodes`);
    return reachedBy(count, scratch);
  }

  // ---------------------------------------------------------------- effects and status

  private send(to: NodeId, message: RaftMessage): void {
    this.emit({ kind: 'trace', step: { name: 'Send', to, message } });
    this.emit({ kind: 'send', to, message });
  }

  /** Sends what promises the term, the vote and the log up to `index`: only when these are durable (Figure 2). */
  private sendWhenDurable(to: NodeId, message: RaftMessage, index: number): void {
    if (this.persistence.isDurable(index) || (index > 0 && this.bugs.strikes('acknowledgesBeforeSync'))) {
      this.send(to, message);
    } else {
      this.persistence.hold({ kind: 'trace', step: { name: 'Send', to, message } });
      this.persistence.hold({ kind: 'send', to, message });
    }
  }

  private trace(step: RaftStep): void {
    this.emit({ kind: 'trace', step });
  }

  status(): ProtocolStatus {
    const { role, leader, counters } = this;
    const metrics: Record<string, number> = {
      raft_term: this.currentTerm,
      raft_is_leader: role === 'leader' ? 1 : 0,
      raft_has_leader: leader === null ? 0 : 1,
      raft_commit_index: this.commitIndex,
      raft_applied_index: this.lastApplied,
      raft_last_log_index: this.log.lastIndex,
      raft_durable_index: this.persistence.lastDurableIndex,
      raft_snapshot_index: this.snapshot.index,
      raft_term_changes_total: counters.termChanges,
      raft_elections_started_total: counters.elections,
      raft_snapshots_taken_total: counters.snapshotsTaken,
      raft_snapshots_installed_total: counters.snapshotsInstalled,
      raft_client_sessions: this.machine.sessionCount,
      raft_pending_commands: this.waiting.size,
      raft_pending_reads: this.reads.length,
      raft_leader_suspected: role !== 'leader' && this.silentUs(this.heardFromLeaderUs) ? 1 : 0,
    };
    for (const [peer, progress] of this.progress) {
      metrics[`raft_replication_lag_entries{follower="${peer}"}`] = this.log.lastIndex - progress.matchIndex;
      metrics[`raft_follower_suspected{follower="${peer}"}`] = this.silentUs(progress.lastContactUs) ? 1 : 0;
    }
    return {
      up: true,
      role: role === 'pre-candidate' ? 'candidate' : role,
      ...(leader !== null && { leader }),
      term: this.currentTerm,
      commitIndex: this.commitIndex,
      lastIndex: this.log.lastIndex,
      ...(this.bugs.on !== NO_BUGS && { bugEffects: this.bugs.effects }),
      metrics,
    };
  }

  /** Partition suspicion: nothing came for an election timeout. */
  private silentUs(sinceUs: Micros): boolean {
    return this.nowUs - sinceUs >= this.minElectionTimeoutUs;
  }
}

const matchIndexOf = (progress: Progress) => progress.matchIndex;
const echoedRoundOf = (progress: Progress) => progress.echoedRound;
const echoedSentAtUsOf = (progress: Progress) => progress.echoedSentAtUs;
