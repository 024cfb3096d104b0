import type { Outcome } from '../../history/events.js';
import type { PbftStep, RequestRef } from '../../history/pbft-trace.js';
import { unreachable } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import { type Micros, usFromMs } from '../../kernel/units.js';
import type { Keyring, Principal } from '../../ports/keys.js';
import { BugSwitches } from '../bug-switches.js';
import { StateMachine, type StateMachineOptions } from '../kv/state-machine.js';
import type { ClientRequest, DurableRecord, Effect, Input, Protocol, ProtocolStatus } from '../protocol.js';
import { Authenticator, type Statement } from './authentication.js';
import { Batches, clientExtra } from './batches.js';
import { type BugName, NO_BUGS } from './bugs.js';
import { CheckpointVotes } from './checkpoints.js';
import type {
  Batch,
  Checkpoint,
  Commit,
  Decided,
  Digest,
  FetchBatch,
  FetchState,
  NewView,
  PbftMessage,
  PrePrepare,
  Prepare,
  Proposal,
  Request,
  StateChunk,
  Status,
  ViewChange,
} from './messages.js';
import type { PbftOptions } from './options.js';
import { Persistence } from './persistence.js';
import { type Quorums, quorumsOf } from './quorums.js';
import type { PbftRecord, StateCheckpoint } from './records.js';
import { Requests } from './requests.js';
import { Slot } from './slot.js';
import { type Fetch, StateTransfer } from './state-transfer.js';
import { Certificates, type Selection } from './view-change.js';
import { type Limits, wellFormed } from './well-formed.js';

export interface PbftContext {
  readonly id: NodeId;
  /** All replicas, self included, in the order in which they are primaries; fixed for life. */
  readonly nodes: readonly NodeId[];
  readonly keys: Keyring;
  readonly options: PbftOptions;
}

const VIEW_CHANGE_TIMER = 'view-change';
const STATUS_TIMER = 'status';
const BATCH_TIMER = 'batch';
/** The timeout doubles so many times at most: a minute and more of faults must not be paid for by hours of waiting. */
const MAX_DOUBLINGS = 6;
/** Sequence numbers for which a replica that is behind is told votes, or what was decided, at a time. */
const RESENT_AT_ONCE = 32;

/**
 * Practical Byzantine fault tolerance, in the words of Castro and Liskov, OSDI '99 (`§`), and of Castro's thesis
 * (`thesis §`). One replica of a fixed set of n ≥ 4, of which up to ⌊(n−1)/3⌋ may be faulty in any way.
 *
 * Whatever comes from the network may be a traitor's: it is taken only when it is well-formed, authentic and fits the
 * state; anything else is counted and forgotten.
 */
export class Pbft implements Protocol<PbftMessage> {
  private view = 0;
  /** False between a VIEW-CHANGE and the NEW-VIEW that answers it: no part is taken in any view then (§4.4). */
  private active = true;
  /** The view that was left when `active` became false. */
  private formerView = 0;
  /** With which the view began; none for view 0. */
  private newView: NewView | undefined;
  /** Of each replica the one for the highest view, all above the view that is active. */
  private readonly viewChanges = new Map<NodeId, ViewChange>();
  /** The latest view that the timer was started for before it began. */
  private timedView = 0;
  /** View changes since a batch was last executed: what the timeout doubles by (§4.5.2). */
  private attempts = 0;

  private readonly slots = new Map<number, Slot>();
  private readonly batches: Batches;
  /** The last sequence number that this primary gave (§4.2). */
  private lastSequence = 0;
  private proposedAtUs: Micros = Number.NEGATIVE_INFINITY;
  private executed = 0;
  /** Up to where the process before may have executed and told clients so: until then the state is an old one. */
  private recoveredTo = 0;
  private machine: StateMachine;
  private readonly machineOptions: StateMachineOptions;
  private readonly requests: Requests;
  /** The request whose execution the timer waits for. */
  private watched: Request | undefined;

  private stable: StateCheckpoint;
  /** Own checkpoints that are not stable yet. */
  private readonly checkpoints = new Map<number, StateCheckpoint>();
  private readonly checkpointVotes: CheckpointVotes;
  /** A stable checkpoint of the others that this replica has not reached. */
  private target: Omit<StateCheckpoint, 'data'> | undefined;
  private readonly transfer: StateTransfer;
  private executedAtTick = 0;
  /** What each replica said of itself last. */
  private readonly heard = new Map<NodeId, Status>();

  // Of one step.
  private nowUs: Micros = 0;
  private effects: Effect<PbftMessage>[] = [];
  private readonly emit = (effect: Effect<PbftMessage>): void => {
    this.effects.push(effect);
  };

  private readonly id: NodeId;
  private readonly nodes: readonly NodeId[];
  private readonly peers: readonly NodeId[];
  private readonly keys: Keyring;
  private readonly options: PbftOptions;
  private readonly bugs: BugSwitches<BugName>;
  private readonly quorums: Quorums;
  private readonly limits: Limits;
  private readonly authenticator: Authenticator;
  private readonly certificates: Certificates;
  private readonly persistence: Persistence;
  private readonly timeoutUs: Micros;
  private readonly counters = {
    malformed: 0,
    unauthenticated: 0,
    unjustified: 0,
    equivocations: 0,
    viewChanges: 0,
    statesInstalled: 0,
  };

  constructor({ id, nodes, keys, options }: PbftContext) {
    this.id = id;
    this.nodes = nodes;
    this.peers = nodes.filter((node) => node !== id);
    this.keys = keys;
    this.options = options;
    this.bugs = new BugSwitches(options.bugs);
    this.quorums = this.chooseQuorums();
    this.limits = { nodes: new Set(nodes), logWindow: options.logWindow, batchRequests: options.batchRequests };
    this.authenticator = new Authenticator(keys, nodes, options.authentication, this.bugs);
    this.certificates = new Certificates(nodes, this.quorums, options, this.authenticator, this.bugs);
    this.persistence = new Persistence(
      ({ kind }) => ['accepted', 'pre-prepared', 'prepared'].includes(kind) && this.bugs.strikes('persistsNoVotes'),
    );
    this.timeoutUs = usFromMs(options.viewChangeTimeoutMs);
    this.batches = new Batches(keys);
    this.requests = new Requests(options.maxSessions);
    this.transfer = new StateTransfer(this.peers);
    this.checkpointVotes = new CheckpointVotes(options.logWindow, options.checkpointInterval);
    this.machineOptions = {
      maxSessions: options.maxSessions,
      executesAgain: () => this.bugs.strikes('executesReplays'),
      snapshotSessions: !this.bugs.on.omitsReplies,
    };
    this.machine = StateMachine.empty(this.machineOptions);
    this.stable = { sequence: 0, digest: keys.digest(this.machine.encode().data), data: '', proof: [] };
  }

  private chooseQuorums(): Quorums {
    const n = this.nodes.length;
    const quorums = quorumsOf(n);
    const wrong = this.options.bugs.quorumOfMajority
      ? Math.floor(n / 2) + 1
      : this.options.bugs.quorumOfTwoFaultyAndOne
        ? 2 * quorums.faulty + 1
        : quorums.quorum;
    return { ...quorums, quorum: wrong };
  }

  // ---------------------------------------------------------------- inputs

  start(recovered: readonly DurableRecord[], nowUs: Micros): Effect<PbftMessage>[] {
    this.nowUs = nowUs;
    this.effects = [];
    for (const record of recovered as readonly PbftRecord[]) this.recover(record);
    this.machine = StateMachine.decode(this.stable.data, this.machineOptions);
    this.executed = this.stable.sequence;
    for (const { prepared } of this.slots.values()) {
      if (prepared !== undefined) this.recoveredTo = Math.max(this.recoveredTo, prepared.sequence);
    }
    this.executedAtTick = this.executed;
    this.lastSequence = Math.max(this.stable.sequence, this.lastAccepted());
    this.trace({
      name: 'InitReplica',
      view: this.view,
      active: this.active,
      stable: this.stable.sequence,
      digest: this.stable.digest,
      slots: [...this.slots.values()].flatMap(({ sequence, accepted, prepared }) => {
        if (accepted === undefined) return [];
        const { view, digest } = accepted;
        return { sequence, view, digest, prepared: prepared ? { view: prepared.view, digest: prepared.digest } : null };
      }),
      stateHash: this.machine.hash,
    });
    if (this.active) for (const slot of this.slots.values()) this.voteAgain(slot);
    else this.viewChanges.set(this.id, this.ownViewChange());
    this.setTimer(STATUS_TIMER, usFromMs(this.options.statusMs));
    return this.end();
  }

  step(input: Input<PbftMessage>, nowUs: Micros): Effect<PbftMessage>[] {
    this.nowUs = nowUs;
    this.effects = [];
    switch (input.kind) {
      case 'receive':
        this.receive(input.from, input.message);
        break;
      case 'timer':
        if (input.timer === STATUS_TIMER) this.tick();
        else if (input.timer === BATCH_TIMER) this.propose();
        else this.viewChangeTimerFired();
        break;
      case 'persisted':
        this.persistence.durable(input.token);
        break;
      case 'request':
        this.clientPort(input.id, input.request);
        break;
      default:
        unreachable(input);
    }
    return this.end();
  }

  private end(): Effect<PbftMessage>[] {
    this.persistence.flush(this.emit);
    return this.effects;
  }

  private recover(record: PbftRecord): void {
    switch (record.kind) {
      case 'stable':
        this.stable = record.checkpoint;
        break;
      case 'checkpoint':
        this.checkpoints.set(record.checkpoint.sequence, record.checkpoint);
        break;
      case 'target':
        this.target = record.target;
        break;
      case 'view':
        this.view = record.view;
        this.active = false;
        break;
      case 'new-view':
        this.view = record.newView.view;
        this.active = true;
        this.newView = record.newView;
        break;
      case 'accepted':
        this.slot(record.prePrepare.sequence).accept(record.prePrepare);
        break;
      case 'pre-prepared':
        this.slot(record.claim.sequence).prePrepared.set(record.claim.digest, record.claim.view);
        break;
      case 'batch':
        this.batches.add(record.digest, record.requests, record.sequence);
        break;
      case 'prepared':
        this.slot(record.claim.sequence).prepared = record.claim;
        break;
      case 'executed':
        this.recoveredTo = Math.max(this.recoveredTo, record.sequence);
        break;
      default:
        unreachable(record);
    }
  }

  /** The votes that were sent before, or would have been: as they were, for keys sign one text one way. */
  private voteAgain(slot: Slot): void {
    const { accepted } = slot;
    if (accepted === undefined || accepted.view !== this.view) return;
    const { view, sequence, digest } = accepted;
    if (accepted.replica !== this.id) slot.prepares.add(this.state({ type: 'Prepare', view, sequence, digest }));
    if (slot.isPrepared) slot.commits.add(this.state({ type: 'Commit', view, sequence, digest }));
  }

  private receive(from: NodeId, content: PbftMessage): void {
    const message = wellFormed(content, this.limits);
    if (message === undefined) {
      this.counters.malformed++;
      if (this.bugs.strikes('crashesOnMalformed')) throw new TypeError(`${from} sent what is no message`);
      return;
    }
    if (!this.isAuthentic(from, message)) {
      this.counters.unauthenticated++;
      return;
    }
    this.trace({ name: 'Receive', from, message });
    switch (message.type) {
      case 'Request':
        this.handleRequest(message);
        break;
      case 'PrePrepare':
        this.handleProposal(message);
        break;
      case 'Prepare':
        this.handlePrepare(message);
        break;
      case 'Commit':
        this.handleCommit(message);
        break;
      case 'Checkpoint':
        this.handleCheckpoint(message);
        break;
      case 'ViewChange':
        this.handleViewChange(message);
        break;
      case 'NewView':
        this.handleNewView(message);
        break;
      case 'Status':
        this.handleStatus(message);
        break;
      case 'Decided':
        this.handleDecided(message);
        break;
      case 'FetchBatch':
        this.handleFetchBatch(message);
        break;
      case 'Batch':
        this.handleBatch(message);
        break;
      case 'FetchState':
        this.handleFetchState(message);
        break;
      case 'StateChunk':
        this.handleStateChunk(from, message);
        break;
      default:
        unreachable(message);
    }
  }

  /** Whether it is said by whom it names, another replica or a client; batches and states prove themselves. */
  private isAuthentic(from: NodeId, message: PbftMessage): boolean {
    if (!('auth' in message)) return true;
    if (message.type === 'Request') {
      return this.authenticator.isAuthenticRequest(message) || this.bugs.strikes('trustsRequests');
    }
    if (message.replica === this.id) return false;
    if (this.authenticator.isAuthentic(message)) return true;
    if (this.bugs.on.trustsBodies) {
      return this.authenticator.isAuthenticFrom(from, message) && this.bugs.strikes('trustsBodies');
    }
    return this.bugs.strikes('trustsSenders');
  }

  // ---------------------------------------------------------------- clients (§4.1)

  private clientPort(id: number, { operation, session, extra: unparsed }: ClientRequest): void {
    const extra = clientExtra(unparsed);
    if (session === undefined || extra === undefined || session.serial < 1) {
      this.answer(id, { type: 'fail', error: 'no request of a client that this protocol knows' });
      return;
    }
    const { client, serial: timestamp } = session;
    if (extra.kind === 'await') {
      this.awaitReply(client, timestamp, id);
      return;
    }
    const { readOnly, auth } = extra;
    const request: Request = { type: 'Request', client, timestamp, operation, readOnly, auth };
    const isShaped = wellFormed(request, this.limits) !== undefined;
    if (!isShaped || (!this.authenticator.isAuthenticRequest(request) && !this.bugs.strikes('trustsRequests'))) {
      this.counters[isShaped ? 'unauthenticated' : 'malformed']++;
      this.answer(id, { type: 'fail', error: 'the request is not authentic' });
      return;
    }
    if (readOnly && operation.f === 'read') {
      if (this.executed < this.recoveredTo) {
        this.answer(id, { type: 'fail', error: 'the state of before the restart is not there yet' });
        return;
      }
      this.vouch(id, request, { type: 'ok', value: this.machine.read(operation.key ?? '') });
      return;
    }
    this.awaitReply(client, timestamp, id);
    // A client that asks again has it relayed again: the first relay may be lost, or have gone to another primary.
    if (this.requests.has(request) && this.active && this.primary !== this.id) this.sendNow(this.primary, request);
    this.handleRequest(request);
  }

  private awaitReply(client: Principal, timestamp: number, id: number): void {
    const latest = this.machine.latestOf(client);
    if (latest?.serial === timestamp) {
      this.vouch(id, { client, timestamp }, latest.outcome);
      return;
    }
    for (const other of this.requests.await(client, timestamp, id)) {
      this.answer(other, { type: 'info', error: 'the client asks for something else by now' });
    }
  }

  /** From its client, or relayed: only the primary can order it, and everyone watches that it does (§4.4). */
  private handleRequest(request: Request): void {
    const latest = this.machine.latestOf(request.client);
    if (latest !== undefined && latest.serial >= request.timestamp) return;
    const isPrimary = this.primary === this.id;
    if (!isPrimary && this.bugs.strikes('noTimerForRelayedRequests')) {
      if (this.active) this.sendNow(this.primary, request);
      return;
    }
    if (!this.requests.add(request)) return;
    if (!this.active) return;
    if (isPrimary) this.propose();
    else this.sendNow(this.primary, request);
    this.watch();
  }

  private answerWaiting({ client, timestamp }: Request, outcome: Outcome): void {
    for (const id of this.requests.takeWaiting(client, timestamp)) this.vouch(id, { client, timestamp }, outcome);
  }

  private vouch(id: number, request: { client: Principal; timestamp: number }, outcome: Outcome): void {
    const mac = this.authenticator.replyMac(request, this.view, outcome);
    const voucher = { replica: this.id, view: this.view, mac };
    // Not before the votes that it rests on are durable, this replica's own among them: if it forgot them in a crash,
    // too few correct ones might know that this was committed.
    this.persistence.hold({ kind: 'reply', id, response: { type: 'vouched', outcome, voucher } });
  }

  private answer(id: number, outcome: Outcome): void {
    this.emit({ kind: 'reply', id, response: outcome });
  }

  // ---------------------------------------------------------------- normal case (§4.2)

  /** The primary of the view that this replica is in, or waits for. */
  private get primary(): NodeId {
    return this.certificates.primaryOf(this.view);
  }

  /** Puts what is asked for into batches, while few are under way (thesis §5.1.4), and not one after each request. */
  private propose(): void {
    const { batchesInFlight, batchRequests, batchIntervalMs } = this.options;
    if (!this.active || this.primary !== this.id) return;
    while (this.lastSequence - this.executed < batchesInFlight && this.isInWindow(this.lastSequence + 1)) {
      const waitUs = this.proposedAtUs + usFromMs(batchIntervalMs) - this.nowUs;
      if (waitUs > 0) {
        if (this.requests.hasUnproposed()) this.setTimer(BATCH_TIMER, waitUs);
        return;
      }
      const requests = this.requests.takeUnproposed(batchRequests);
      if (requests.length === 0) return;
      this.proposedAtUs = this.nowUs;
      const digest = this.batches.digestOf(requests);
      const sequence = ++this.lastSequence;
      const header = this.state<PrePrepare>({ type: 'PrePrepare', view: this.view, sequence, digest });
      const proposal: Proposal = { ...header, requests };
      this.learnBatch(digest, requests, sequence);
      for (const peer of this.peers) this.promise(peer, proposal);
      this.accept(this.slot(sequence), header);
    }
  }

  private handleProposal(proposal: Proposal): void {
    const { view, sequence, digest, replica, requests } = proposal;
    if (replica !== this.certificates.primaryOf(view) || !this.isInWindow(sequence)) return;
    if (view > this.view || (view === this.view && !this.active)) {
      // It overtook the NEW-VIEW. Of one sequence number the latest is kept.
      const slot = this.slot(sequence);
      if (slot.early === undefined || slot.early.view < view) slot.early = proposal;
      return;
    }
    if (!this.takesPartIn(view)) return;
    if (requests.length === 0) {
      this.reject();
      return;
    }
    if (this.batches.digestOf(requests) !== digest && !this.bugs.strikes('trustsDigest')) {
      this.reject();
      return;
    }
    const slot = this.slot(sequence);
    if (slot.accepted?.view === view) {
      if (slot.accepted.digest === digest) {
        // Of a new view's pre-prepare only the digest was known.
        this.learnMissing(digest, requests);
        return;
      }
      this.counters.equivocations++;
      if (!this.bugs.strikes('acceptsConflictingPrePrepare')) return;
    }
    if (!this.areAuthentic(requests)) {
      // Somebody correct may yet say that it could tell: the client's MAC was for others (thesis §3.2.2).
      if (this.options.authentication === 'macs') slot.unverified = proposal;
      if (!this.isVouchedFor(slot) && !this.bugs.strikes('trustsRequests')) {
        this.reject();
        return;
      }
    }
    this.acceptProposal(slot, proposal);
  }

  private acceptProposal(slot: Slot, { requests, ...header }: Proposal): void {
    slot.unverified = undefined;
    this.learnBatch(header.digest, requests, slot.sequence);
    this.accept(slot, header);
    for (const request of requests) {
      const latest = this.machine.latestOf(request.client);
      if (latest === undefined || latest.serial < request.timestamp) this.requests.add(request);
    }
    this.watch();
  }

  private areAuthentic(requests: readonly Request[]): boolean {
    return requests.every(
      (request) => this.requests.isKnown(request) || this.authenticator.isAuthenticRequest(request),
    );
  }

  /** One of f+1 is correct, and prepared what it could authenticate. */
  private isVouchedFor({ unverified, prepares }: Slot): boolean {
    if (unverified === undefined) return false;
    const believes = prepares.for(unverified.view, unverified.digest).length >= this.quorums.weak;
    return believes && !this.bugs.strikes('neverBelievesOthers');
  }

  /** Nobody may be told two digests for one sequence number in one view: it is written before it is said. */
  private accept(slot: Slot, header: PrePrepare): void {
    const { view, sequence, digest, replica } = header;
    if (slot.prepared !== undefined && slot.prepared.digest !== digest && this.bugs.strikes('locksForEver')) return;
    slot.accept(header);
    this.persistence.write({ kind: 'accepted', prePrepare: header });
    this.trace({
      name: 'AcceptPrePrepare',
      view,
      sequence,
      digest,
      requests: this.batches.refsOf(digest) ?? null,
    });
    if (replica !== this.id) {
      const prepare = this.state<Prepare>({ type: 'Prepare', view, sequence, digest });
      slot.prepares.add(prepare);
      this.promiseAll(prepare);
    }
    this.advance(slot);
  }

  private handlePrepare(prepare: Prepare): void {
    const slot = this.slotForVote(prepare);
    if (slot === undefined) return;
    if (!slot.prepares.add(prepare)) slot.prepares.repeated++;
    const { unverified } = slot;
    if (unverified !== undefined && this.takesPartIn(unverified.view) && this.isVouchedFor(slot)) {
      this.acceptProposal(slot, unverified);
    }
    if (!this.takesPartIn(prepare.view)) return;
    if (slot.isPrepared && this.bugs.strikes('commitsPerPrepare')) {
      const commit = slot.commits.of(this.id);
      if (commit !== undefined) this.promiseAll(commit);
    }
    this.advance(slot);
  }

  private handleCommit(commit: Commit): void {
    const slot = this.slotForVote(commit);
    if (slot === undefined) return;
    if (!slot.commits.add(commit)) slot.commits.repeated++;
    if (this.takesPartIn(commit.view)) this.advance(slot);
  }

  /** Where to keep a vote: for this view, or for one that has not begun here yet. */
  private slotForVote({ view, sequence }: Prepare | Commit): Slot | undefined {
    if (view < this.view && !this.takesPartIn(view)) return undefined;
    if (!this.isInWindow(sequence)) return undefined;
    const slot = this.slots.get(sequence);
    if (slot?.accepted?.view !== view && this.bugs.strikes('dropsEarlyVotes')) return undefined;
    return slot ?? this.slot(sequence);
  }

  /** As far as the votes go: prepared, committed-local, executed (§4.2). */
  private advance(slot: Slot): void {
    const { accepted } = slot;
    if (accepted === undefined || !this.takesPartIn(accepted.view)) return;
    const { view, digest } = accepted;
    if (!slot.isPrepared && this.mayBePrepared(slot, accepted)) {
      const prepares = this.preparesFor(slot, accepted);
      if (prepares.length + this.repeatedOf(slot.prepares) >= this.quorums.quorum - 1) {
        this.becomePrepared(slot, accepted, prepares);
      }
    }
    if (slot.committed) return;
    const unprepared = !slot.isPrepared;
    if (unprepared && !this.bugs.on.countsOwnCommitUnprepared) return;
    const own = unprepared ? 1 : 0;
    const count = slot.commits.count(view, digest);
    if (count + own + this.repeatedOf(slot.commits) < this.quorums.quorum) return;
    if (unprepared) this.bugs.tookEffect();
    slot.committed = true;
    const by = slot.commits.for(view, digest).map(({ replica }) => replica);
    this.trace({ name: 'CommittedLocal', view, sequence: slot.sequence, digest, by });
    if (slot.sequence <= this.executed && this.bugs.strikes('reexecutes')) {
      this.execute(slot, accepted, this.batches.of(digest) ?? []);
    }
    this.executeCommitted();
  }

  /** Whether there are votes enough, the primary's included, which does not count. */
  private mayBePrepared({ prepares }: Slot, { view, digest }: PrePrepare): boolean {
    const { countsPreparesOfOtherDigests, countsDuplicateVotes } = this.bugs.on;
    if (countsPreparesOfOtherDigests || countsDuplicateVotes) return true;
    return prepares.count(view, digest) >= this.quorums.quorum - 1;
  }

  private preparesFor({ prepares }: Slot, { view, digest, replica }: PrePrepare): Prepare[] {
    const matching = prepares.for(view, digest).filter((prepare) => prepare.replica !== replica);
    if (!this.bugs.on.countsPreparesOfOtherDigests) return matching;
    const all = [...prepares.all()].filter((prepare) => prepare.replica !== replica);
    if (all.length > matching.length) this.bugs.tookEffect();
    return all;
  }

  private repeatedOf({ repeated }: { readonly repeated: number }): number {
    return repeated > 0 && this.bugs.strikes('countsDuplicateVotes') ? repeated : 0;
  }

  private becomePrepared(slot: Slot, accepted: PrePrepare, prepares: readonly Prepare[]): void {
    const { view, sequence, digest, replica } = accepted;
    const proof =
      this.options.authentication === 'signatures'
        ? { prePrepare: accepted, prepares: prepares.slice(0, this.quorums.quorum - 1) }
        : null;
    slot.prepared = { sequence, view, digest, proof };
    this.persistence.write({ kind: 'prepared', claim: slot.prepared });
    this.trace({ name: 'Prepared', view, sequence, digest, by: [replica, ...prepares.map((each) => each.replica)] });
    const commit = this.state<Commit>({ type: 'Commit', view, sequence, digest });
    slot.commits.add(commit);
    this.promiseAll(commit);
    if (this.bugs.strikes('executesPrepared')) this.executeCommitted();
  }

  /** What is to be executed there: what is committed-local, or by the word of others what they executed. */
  private decisionOf(slot: Slot): Pick<PrePrepare, 'view' | 'digest'> | undefined {
    const { accepted, committed, decided } = slot;
    if (accepted && (committed || (this.bugs.on.executesPrepared && slot.isPrepared))) return accepted;
    return decided === undefined ? undefined : { view: this.view, digest: decided };
  }

  /** In the order of sequence numbers, without gaps. */
  private executeCommitted(): void {
    for (;;) {
      const slot = this.slots.get(this.executed + 1) ?? this.afterGap();
      const decision = slot && this.decisionOf(slot);
      if (slot === undefined || decision === undefined) break;
      const requests = this.batches.of(decision.digest);
      if (requests === undefined) break;
      this.executed = slot.sequence;
      slot.decided = decision.digest;
      // What others executed in their view is no reason to be less patient with the next.
      if (decision === slot.accepted) this.attempts = 0;
      else this.executesOnWord();
      this.execute(slot, decision, requests);
      if (this.executed % this.options.checkpointInterval === 0) this.takeCheckpoint();
    }
    this.propose();
    this.watch();
  }

  /** Before anybody is told: after a restart no vote tells how far the state was that this replica answered from. */
  private executesOnWord(): void {
    this.recoveredTo = Math.max(this.recoveredTo, this.executed);
    this.persistence.write({ kind: 'executed', sequence: this.executed });
    if (this.lastSequence < this.executed) this.lastSequence = this.executed;
  }

  /** Only a bug goes on beyond what is missing. */
  private afterGap(): Slot | undefined {
    if (!this.bugs.on.executesOutOfOrder) return undefined;
    const later = [...this.slots.values()].filter(({ sequence }) => sequence > this.executed);
    const decided = later.sort((left, right) => left.sequence - right.sequence).find((slot) => this.decisionOf(slot));
    if (decided !== undefined) this.bugs.tookEffect();
    return decided;
  }

  private execute(
    { sequence }: Slot,
    { view, digest }: Pick<PrePrepare, 'view' | 'digest'>,
    requests: readonly Request[],
  ): void {
    const skipped: RequestRef[] = [];
    const executed: RequestRef[] = [];
    for (const request of requests) {
      const { client, timestamp, operation } = request;
      const latest = this.machine.latestOf(client);
      const isNew = latest === undefined || latest.serial < timestamp;
      const outcome = this.machine.apply({ operation, session: { client, serial: timestamp } });
      // A client whose timestamps were forgotten, or do not begin at 1, is refused, and nothing is executed.
      const isRemembered = this.machine.latestOf(client)?.serial === timestamp;
      const isExecuted = (isNew && isRemembered) || this.bugs.on.executesReplays;
      (isExecuted ? executed : skipped).push(this.batches.refOf(request));
      this.requests.executed(client, timestamp);
      this.answerWaiting(request, outcome);
    }
    this.trace({ name: 'Execute', view, sequence, digest, requests: executed, skipped, stateHash: this.machine.hash });
  }

  // ---------------------------------------------------------------- checkpoints (§4.3)

  /** Between the watermarks: h < n ≤ h + L. */
  private isInWindow(sequence: number): boolean {
    const { logWindow } = this.options;
    // What is far below a checkpoint that it lacks was forgotten, and must not be accepted anew.
    if (sequence <= Math.max(this.stable.sequence, this.proved.sequence - logWindow)) return false;
    return sequence <= this.proved.sequence + logWindow || this.bugs.strikes('noHighWatermark');
  }

  /** The latest checkpoint that it can prove to be stable, be it that it lacks the state: h, the low watermark. */
  private get proved(): Omit<StateCheckpoint, 'data'> {
    return this.target ?? this.stable;
  }

  private takeCheckpoint(): void {
    const sequence = this.executed;
    const { data } = this.machine.encode();
    const digest = this.keys.digest(data);
    const checkpoint = { sequence, digest, data, proof: [] };
    this.checkpoints.set(sequence, checkpoint);
    // Whom a quorum convinces that this state is stable must be able to get it, also when all of them restart.
    this.persistence.write({ kind: 'checkpoint', checkpoint });
    this.trace({ name: 'TakeCheckpoint', sequence, digest });
    const message = this.state<Checkpoint>({ type: 'Checkpoint', sequence, digest });
    this.checkpointVotes.add(message, this.stable.sequence);
    this.promiseAll(message);
    if (this.bugs.strikes('stableAlone')) this.learnStable({ sequence, digest, proof: [message] });
    if (this.target?.sequence === sequence) this.learnStable(this.target);
    this.checkStable(sequence, digest);
  }

  private handleCheckpoint(message: Checkpoint): void {
    this.checkpointVotes.add(message, this.stable.sequence);
    this.checkStable(message.sequence, message.digest);
    // There may be room above the watermark now.
    this.propose();
  }

  private checkStable(sequence: number, digest: Digest): void {
    const proof = this.checkpointVotes.for(sequence, digest);
    if (proof.length >= this.quorums.quorum) this.learnStable({ sequence, digest, proof });
  }

  /** A quorum says that its state after `sequence` has this digest. */
  private learnStable(proved: Omit<StateCheckpoint, 'data'>): void {
    const { sequence, digest, proof } = proved;
    if (sequence <= this.stable.sequence) return;
    const own = this.checkpoints.get(sequence);
    if (own?.digest === digest) {
      if (sequence > this.executed) this.install({ ...own, proof });
      else this.stabilize({ ...own, proof });
    } else if (sequence > this.proved.sequence) {
      this.target = proved;
      this.persistence.write({ kind: 'target', target: proved });
      // Some of what is below may still be executed in order; what is far below comes with the state alone.
      const end = sequence - this.options.logWindow;
      for (const slot of this.slots.values()) if (slot.sequence <= end) this.slots.delete(slot.sequence);
    }
  }

  /** What is at or below a stable checkpoint is never asked for again. */
  private stabilize(checkpoint: StateCheckpoint): void {
    const { sequence, digest, proof } = checkpoint;
    this.stable = checkpoint;
    this.trace({ name: 'StabilizeCheckpoint', sequence, digest, by: proof.map(({ replica }) => replica) });
    for (const slot of this.slots.values()) {
      if (slot.sequence <= sequence) this.slots.delete(slot.sequence);
      else if (!this.active && slot.prepared && this.bugs.strikes('forgetsDuringViewChange')) slot.prepared = undefined;
    }
    for (const taken of this.checkpoints.keys()) if (taken <= sequence) this.checkpoints.delete(taken);
    this.batches.forgetUpTo(sequence, new Set([...this.slots.values()].flatMap(({ needed }) => needed)));
    this.checkpointVotes.forgetUpTo(sequence);
    if (this.target !== undefined && this.target.sequence <= sequence) this.target = undefined;
    if (this.lastSequence < sequence) this.lastSequence = sequence;
    this.persistence.replace(this.records());
  }

  /** All that must not be forgotten. */
  private records(): PbftRecord[] {
    const records: PbftRecord[] = [{ kind: 'stable', checkpoint: this.stable }];
    for (const checkpoint of this.checkpoints.values()) records.push({ kind: 'checkpoint', checkpoint });
    if (this.target !== undefined) records.push({ kind: 'target', target: this.target });
    if (this.newView !== undefined) records.push({ kind: 'new-view', newView: this.newView });
    if (!this.active) records.push({ kind: 'view', view: this.view });
    if (this.recoveredTo > this.stable.sequence) records.push({ kind: 'executed', sequence: this.recoveredTo });
    for (const { digest, requests, sequence } of this.batches.all()) {
      records.push({ kind: 'batch', sequence, digest, requests });
    }
    for (const { sequence, accepted, prepared, prePrepared } of this.slots.values()) {
      for (const [digest, view] of prePrepared) {
        if (view !== accepted?.view) records.push({ kind: 'pre-prepared', claim: { sequence, digest, view } });
      }
      if (accepted !== undefined) records.push({ kind: 'accepted', prePrepare: accepted });
      if (prepared !== undefined) records.push({ kind: 'prepared', claim: prepared });
    }
    return records;
  }

  // ---------------------------------------------------------------- view changes (§4.4)

  /** Has the timer wait for the request that has waited longest, if any: that one, whatever else is executed. */
  private watch(): void {
    if (!this.active) return;
    if (this.watched !== undefined && this.requests.has(this.watched)) return;
    this.watched = this.requests.oldest();
    if (this.watched === undefined) this.emit({ kind: 'clear-timer', timer: VIEW_CHANGE_TIMER });
    else this.setTimer(VIEW_CHANGE_TIMER, this.patienceUs());
  }

  private patienceUs(): Micros {
    if (this.attempts > 0 && this.bugs.strikes('noBackOff')) return this.timeoutUs;
    return this.timeoutUs * 2 ** Math.min(this.attempts, MAX_DOUBLINGS);
  }

  private viewChangeTimerFired(): void {
    if (this.bugs.strikes('noViewChange')) return;
    const isLocked = [...this.slots.values()].some((slot) => slot.sequence > this.executed && slot.isPrepared);
    if (isLocked && this.active && this.bugs.strikes('committedNeverLeaves')) return;
    this.startViewChange(this.view + 1);
  }

  private startViewChange(view: number): void {
    if (this.active) this.formerView = this.view;
    this.view = view;
    this.active = false;
    this.attempts++;
    this.counters.viewChanges++;
    this.watched = undefined;
    this.emit({ kind: 'clear-timer', timer: VIEW_CHANGE_TIMER });
    this.trace({ name: 'StartViewChange', view });
    this.persistence.write({ kind: 'view', view });
    const message = this.ownViewChange();
    this.viewChanges.set(this.id, message);
    this.promiseAll(message);
    this.considerViewChanges();
  }

  private ownViewChange(): ViewChange {
    const { authentication } = this.options;
    const { sequence: stable, proof } = this.proved;
    const above = [...this.slots.values()].filter(({ sequence }) => sequence > stable);
    const slots = above.sort((left, right) => left.sequence - right.sequence);
    const prepared = slots.flatMap((slot) => slot.prepared ?? []);
    const prePrepared =
      authentication === 'macs'
        ? slots.flatMap(({ sequence, prePrepared: views }) =>
            [...views].map(([digest, view]) => ({ sequence, digest, view })),
          )
        : [];
    return this.state<ViewChange>({
      type: 'ViewChange',
      view: this.view,
      stable,
      proof,
      prepared: prepared.length > 0 && this.bugs.strikes('dropsPrepared') ? [] : prepared,
      prePrepared,
    });
  }

  private handleViewChange(message: ViewChange): void {
    const { view, replica } = message;
    if (view < this.view || (view === this.view && this.active)) return;
    const known = this.viewChanges.get(replica);
    if (known !== undefined && known.view >= view) return;
    if (!this.certificates.isValidViewChange(message)) {
      this.reject();
      return;
    }
    this.viewChanges.set(replica, message);
    this.considerViewChanges();
  }

  /** Joins others that are ahead, waits for a new view that a quorum asks for, or begins it as its primary. */
  private considerViewChanges(): void {
    const ahead = [...this.viewChanges.values()].filter(({ view }) => view > this.view).map(({ view }) => view);
    if (ahead.length >= this.quorums.weak && !this.bugs.strikes('noJoin')) {
      // §4.5.2: one of f+1 is correct, and the smallest of their views is one that a correct replica asks for or less.
      this.startViewChange(Math.min(...ahead));
      return;
    }
    if (this.active) return;
    const changes = [...this.viewChanges.values()].filter(({ view }) => view === this.view);
    const { quorum } = this.quorums;
    if (changes.length >= quorum && this.primary === this.id && this.beginView(changes)) return;
    // §4.5.2: from now on the new primary has what it needs. Who went on to a later view left this one too, and sends
    // its VIEW-CHANGE for this one no more: were it not counted, some could wait here for ever.
    const left = [...this.viewChanges.values()].filter(({ view }) => view >= this.view).length;
    if (left < quorum || this.timedView === this.view) return;
    this.timedView = this.view;
    this.setTimer(VIEW_CHANGE_TIMER, this.patienceUs());
  }

  /** As its primary; false where these view-changes do not tell yet what to propose. */
  private beginView(viewChanges: readonly ViewChange[]): boolean {
    const selection = this.certificates.select(viewChanges);
    if (selection === undefined) return false;
    const { view } = this;
    const prePrepares = selection.proposals.map(({ sequence, digest }) =>
      this.authenticator.sign<PrePrepare>({ type: 'PrePrepare', view, sequence, digest, replica: this.id }),
    );
    const newView = this.state<NewView>({ type: 'NewView', view, viewChanges, prePrepares });
    this.promiseAll(newView);
    this.enterView(newView, selection);
    return true;
  }

  private handleNewView(newView: NewView): void {
    const { view, replica } = newView;
    if (view === this.view && this.active) return;
    if (view < this.view && !this.bugs.strikes('viewGoesBack')) return;
    if (replica !== this.certificates.primaryOf(view)) {
      this.reject();
      return;
    }
    if (!this.certificates.isValidNewView(newView) && !this.bugs.strikes('trustsNewView')) {
      this.reject();
      return;
    }
    const selection = this.certificates.select(newView.viewChanges);
    if (selection !== undefined) this.enterView(newView, selection);
  }

  private enterView(newView: NewView, { stable, proof }: Selection): void {
    const { view, prePrepares } = newView;
    this.view = view;
    this.active = true;
    this.newView = newView;
    for (const [replica, change] of this.viewChanges) if (change.view <= view) this.viewChanges.delete(replica);
    this.persistence.write({ kind: 'new-view', newView });
    const proposals = prePrepares.map(({ sequence, digest }) => ({ sequence, digest }));
    this.trace({ name: 'EnterView', view, stable, proposals });
    this.requests.forgetProposed();
    // Whatever is executed from here on has a primary propose, and what the view begins with is taken.
    this.lastSequence = Math.max(this.stable.sequence, stable, proposals.at(-1)?.sequence ?? 0);
    const digest = proof[0]?.digest;
    if (digest !== undefined) this.learnStable({ sequence: stable, digest, proof });
    this.watched = undefined;
    for (const header of prePrepares) this.acceptAgain(header);
    for (const { early } of this.slots.values()) if (early?.view === view) this.handleProposal(early);
    this.fetchMissing();
    if (this.primary !== this.id) for (const request of this.requests.all()) this.sendNow(this.primary, request);
    this.executeCommitted();
  }

  /** A batch that may have been committed before is ordered again, at the same place (§4.4). */
  private acceptAgain(header: PrePrepare): void {
    if (header.sequence <= this.stable.sequence) return;
    const batch = this.batches.of(header.digest);
    for (const request of batch ?? []) this.requests.markProposed(request);
    if (
      this.batches.isOlder(header.digest, this.nowUs - 2 * this.timeoutUs) &&
      this.bugs.strikes('rejectsOldProposals')
    ) {
      return;
    }
    this.accept(this.slot(header.sequence), header);
  }

  // ---------------------------------------------------------------- what was lost, and who fell behind

  /** Now and then: says how far it is, and asks for what it lacks. */
  private tick(): void {
    const { view, active, executed } = this;
    const stable = this.stable.sequence;
    const missing = active ? this.missing() : [];
    const status = this.state<Status>({ type: 'Status', view, active, stable, executed, missing });
    for (const peer of this.peers) this.sendNow(peer, status);
    const isStuck = executed === this.executedAtTick;
    if (isStuck && this.target !== undefined) this.fetchState(this.transfer.look(executed));
    if (isStuck) this.fetchMissing();
    this.executedAtTick = executed;
    this.setTimer(STATUS_TIMER, usFromMs(this.options.statusMs));
  }

  /** Sequence numbers that others vote on, or a later one of which was accepted, without a proposal here. */
  private missing(): number[] {
    let last = this.executed;
    for (const { sequence } of this.slots.values()) if (sequence > last) last = sequence;
    const missing: number[] = [];
    for (let sequence = this.executed + 1; sequence <= last && missing.length < RESENT_AT_ONCE; sequence++) {
      const accepted = this.slots.get(sequence)?.accepted;
      if (accepted?.view !== this.view || this.batches.of(accepted.digest) === undefined) missing.push(sequence);
    }
    // What this replica waits for may be in a batch that nobody else has spoken of here.
    return missing.length === 0 && this.requests.size > 0 ? [last + 1] : missing;
  }

  /** Sends again what the other lacks, when it lacked the same the last time: messages may just be on their way. */
  private handleStatus(status: Status): void {
    const { replica, view, active, stable, executed } = status;
    const before = this.heard.get(replica);
    this.heard.set(replica, status);
    if (before === undefined) return;
    if (stable === before.stable) this.resendCheckpoints(replica, stable);
    if (view !== before.view || active !== before.active) return;
    const isBehind = view < this.view || (view === this.view && !active);
    if (isBehind) this.resendView(replica);
    // Where it can enter a view, it is told more when it has.
    if (executed !== before.executed || (isBehind && this.active)) return;
    if (view === this.view && active && this.active) this.resendVotes(status);
    else this.tellDecisions(status);
  }

  /** That are above what is stable at the other: own ones, stable here or not. */
  private resendCheckpoints(to: NodeId, stable: number): void {
    for (const { sequence, digest } of [this.stable, ...this.checkpoints.values()]) {
      if (sequence <= stable || this.bugs.strikes('ignoresLaggards')) continue;
      this.promise(to, this.state<Checkpoint>({ type: 'Checkpoint', sequence, digest }));
    }
  }

  private resendView(to: NodeId): void {
    if (this.bugs.strikes('resendsNoViewChange')) return;
    const message = this.active ? this.newView : this.viewChanges.get(this.id);
    if (message !== undefined) this.promise(to, message);
  }

  private resendVotes({ replica: to, executed, missing }: Status): void {
    for (let sequence = executed + 1; sequence <= executed + RESENT_AT_ONCE; sequence++) {
      const slot = this.slots.get(sequence);
      const accepted = slot?.accepted;
      if (slot === undefined || accepted?.view !== this.view) continue;
      const requests = this.batches.of(accepted.digest);
      if (missing.includes(sequence) && requests !== undefined && requests.length > 0) {
        this.promise(to, { ...accepted, requests });
      }
      if (this.bugs.strikes('dropsEarlyVotes')) continue;
      for (const vote of [slot.prepares.of(this.id), slot.commits.of(this.id)]) {
        if (vote?.view === this.view) this.promise(to, vote);
      }
    }
  }

  /**
   * To a replica that no votes help, for it takes no part in the view: what was executed. While it lags, a client that
   * a quorum has to answer may wait for it (Berger et al., "Making Reads in BFT State Machine Replication Fast,
   * Linearizable, and Live", 2021).
   */
  private tellDecisions({ replica: to, executed }: Status): void {
    const last = Math.min(this.executed, executed + RESENT_AT_ONCE);
    for (let sequence = executed + 1; sequence <= last; sequence++) {
      const digest = this.slots.get(sequence)?.decided;
      if (digest === undefined || this.bugs.strikes('tellsNoDecisions')) continue;
      this.promise(to, this.state<Decided>({ type: 'Decided', sequence, digest }));
    }
  }

  /** One of f+1 is correct: a quorum committed that, in whichever view, and no later one can order another there. */
  private handleDecided({ sequence, digest, replica }: Decided): void {
    if (sequence <= this.executed || !this.isInWindow(sequence)) return;
    const slot = this.slot(sequence);
    const { decided, decisions } = slot;
    if (decided !== undefined || decisions.has(replica)) return;
    decisions.set(replica, digest);
    const by = [...decisions.keys()].filter((node) => decisions.get(node) === digest);
    if (by.length < this.quorums.weak && !this.bugs.strikes('believesOneDecision')) return;
    slot.decided = digest;
    this.trace({ name: 'LearnDecision', sequence, digest, by });
    this.fetchBatch(digest);
    this.executeCommitted();
  }

  /** Batches that were ordered and that never came here. */
  private fetchMissing(): void {
    for (const { needed } of this.slots.values()) for (const digest of needed) this.fetchBatch(digest);
  }

  private fetchBatch(digest: Digest): void {
    if (this.batches.of(digest) !== undefined || this.bugs.strikes('fetchesNoBatches')) return;
    const ask = this.state<FetchBatch>({ type: 'FetchBatch', digest });
    for (const peer of this.peers) this.sendNow(peer, ask);
  }

  private handleFetchBatch({ digest, replica }: FetchBatch): void {
    const requests = this.batches.of(digest);
    if (requests !== undefined && requests.length > 0) this.sendNow(replica, { type: 'Batch', requests });
  }

  private handleBatch({ requests }: Batch): void {
    this.learnMissing(this.batches.digestOf(requests), requests);
  }

  /** A quorum prepared this digest, so that one correct replica found its requests authentic. */
  private learnMissing(digest: Digest, requests: readonly Request[]): void {
    if (this.batches.of(digest) !== undefined) return;
    const slot = [...this.slots.values()].find(({ needed }) => needed.includes(digest));
    if (slot === undefined) return;
    this.learnBatch(digest, requests, slot.sequence);
    for (const request of requests) this.requests.markProposed(request);
    this.trace({ name: 'AcceptBatch', digest, requests: this.batches.refsOf(digest) ?? [] });
    this.executeCommitted();
  }

  private learnBatch(digest: Digest, requests: readonly Request[], sequence: number): void {
    if (this.batches.add(digest, requests, sequence, this.nowUs)) {
      this.persistence.write({ kind: 'batch', sequence, digest, requests });
    }
  }

  private fetchState(fetch: Fetch | undefined): void {
    if (fetch === undefined) return;
    const { from, sequence, offset } = fetch;
    this.sendNow(from, this.state<FetchState>({ type: 'FetchState', sequence, offset }));
  }

  /** Sends a piece of the latest state, where that is news: from its beginning, if the other asked for another one. */
  private handleFetchState({ replica, sequence, offset }: FetchState): void {
    const { sequence: latest, digest, data: whole, proof } = this.stable;
    const from = sequence === latest ? offset : 0;
    if (latest < sequence || from > whole.length) return;
    if (this.bugs.strikes('ignoresLaggards')) return;
    const data = whole.slice(from, from + this.options.stateChunkCharacters);
    const done = from + data.length === whole.length;
    this.sendNow(replica, { type: 'StateChunk', sequence: latest, digest, proof, offset: from, data, done });
  }

  private handleStateChunk(from: NodeId, chunk: StateChunk): void {
    const { sequence, digest, proof, done } = chunk;
    if (this.target === undefined || sequence <= this.executed) return;
    if (!this.certificates.isStable(sequence, digest, proof) && !this.bugs.strikes('trustsState')) {
      this.reject();
      return;
    }
    if (!this.transfer.take(from, chunk)) return;
    if (!done) {
      this.fetchState(this.transfer.rest());
      return;
    }
    const data = this.transfer.end();
    if (this.keys.digest(data) !== digest && !this.bugs.strikes('trustsState')) {
      this.reject();
      return;
    }
    this.install({ sequence, digest, data, proof });
  }

  private install(checkpoint: StateCheckpoint): void {
    const { sequence, digest, data } = checkpoint;
    this.machine = StateMachine.decode(data, this.machineOptions);
    this.executed = sequence;
    this.counters.statesInstalled++;
    this.trace({ name: 'InstallState', sequence, digest, stateHash: this.machine.hash });
    for (const { client } of [...this.requests.all()]) {
      const latest = this.machine.latestOf(client);
      if (latest === undefined) continue;
      this.requests.executed(client, latest.serial);
      const ids = this.requests.takeWaiting(client, latest.serial);
      for (const id of ids) this.vouch(id, { client, timestamp: latest.serial }, latest.outcome);
    }
    this.stabilize(checkpoint);
    this.executeCommitted();
  }

  // ---------------------------------------------------------------- helpers

  /** Whether messages of that view are this replica's business now. */
  private takesPartIn(view: number): boolean {
    if (this.active) return view === this.view;
    return view === this.formerView && this.bugs.strikes('votesInOldView');
  }

  private slot(sequence: number): Slot {
    let slot = this.slots.get(sequence);
    if (slot === undefined) {
      slot = new Slot(sequence);
      this.slots.set(sequence, slot);
    }
    return slot;
  }

  private lastAccepted(): number {
    let last = this.executed;
    for (const { sequence, accepted } of this.slots.values()) {
      if (accepted !== undefined && sequence > last) last = sequence;
    }
    return last;
  }

  private reject(): void {
    this.counters.unjustified++;
  }

  /** A statement of this replica. */
  private state<S extends Statement>(unsigned: Unstated<S>): S {
    return this.authenticator.authenticate<S>({ ...unsigned, replica: this.id } as never);
  }

  /** Sends what promises nothing. */
  private sendNow(to: NodeId, message: PbftMessage): void {
    this.emit({ kind: 'trace', step: { name: 'Send', to, message } });
    this.emit({ kind: 'send', to, message });
  }

  /** Sends what this replica must stand by: when all that it rests on is durable. */
  private promise(to: NodeId, message: PbftMessage): void {
    this.persistence.hold({ kind: 'trace', step: { name: 'Send', to, message } });
    this.persistence.hold({ kind: 'send', to, message });
  }

  private promiseAll(message: PbftMessage): void {
    for (const peer of this.peers) this.promise(peer, message);
  }

  private setTimer(timer: string, afterUs: Micros): void {
    this.emit({ kind: 'set-timer', timer, afterUs });
  }

  private trace(step: PbftStep): void {
    this.emit({ kind: 'trace', step });
  }

  status(): ProtocolStatus {
    const { counters, active, view, primary } = this;
    const isPrimary = active && primary === this.id;
    const role = active ? (isPrimary ? 'leader' : 'follower') : 'candidate';
    return {
      up: true,
      role,
      ...(active && { leader: primary }),
      term: view,
      commitIndex: this.executed,
      lastIndex: this.lastAccepted(),
      ...(this.bugs.on !== NO_BUGS && { bugEffects: this.bugs.effects }),
      metrics: {
        pbft_view: view,
        pbft_is_primary: isPrimary ? 1 : 0,
        pbft_view_is_active: active ? 1 : 0,
        pbft_executed_sequence: this.executed,
        pbft_stable_sequence: this.stable.sequence,
        pbft_log_slots: this.slots.size,
        pbft_log_batches: this.batches.size,
        pbft_pending_requests: this.requests.size,
        pbft_client_sessions: this.machine.sessionCount,
        pbft_view_changes_total: counters.viewChanges,
        pbft_states_installed_total: counters.statesInstalled,
        'pbft_rejected_messages_total{reason="malformed"}': counters.malformed,
        'pbft_rejected_messages_total{reason="unauthenticated"}': counters.unauthenticated,
        'pbft_rejected_messages_total{reason="unjustified"}': counters.unjustified,
        'pbft_rejected_messages_total{reason="equivocation"}': counters.equivocations,
      },
    };
  }
}

/** Before it is known who states it. */
type Unstated<S extends Statement> = S extends unknown ? Omit<S, 'auth' | 'replica'> : never;
