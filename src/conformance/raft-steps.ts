import type { RunEvent } from '../history/events.js';
import type { ReadHow, TraceEvent } from '../history/trace.js';
import { count } from '../kernel/count.js';
import { majority, type NodeId } from '../kernel/ids.js';
import type { Micros } from '../kernel/units.js';
import type { Checker, CheckResult } from '../plugin/checker.js';
import { Coverage, type CoverageKey } from './reach/coverage.js';
import { Answers } from './steps/answers.js';
import type { StepContext } from './steps/context.js';
import { Divergences } from './steps/divergences.js';
import {
  becomeCandidate,
  becomeFollower,
  becomeLeader,
  becomePreCandidate,
  inTerm,
  updateTerm,
  vote,
} from './steps/elections.js';
import { describeMessage, wholeMessage } from './steps/message.js';
import { StepNode } from './steps/node.js';
import { readRequest, serveRead } from './steps/reads.js';
import { receive } from './steps/receive.js';
import { advanceCommit, append, apply, compact, durable, installSnapshot } from './steps/replication.js';
import { RULES } from './steps/rules.js';
import { send } from './steps/sends.js';
import { SentMessages, type Unsent } from './steps/sent-messages.js';
import { settle } from './steps/settle.js';
import { takeSnapshot } from './steps/snapshots.js';
import { NO_TERM, TraceReader } from './trace-reader.js';

export interface RaftStepsContext {
  readonly nodes: readonly NodeId[];
  /** Whether nodes ask before they campaign (thesis §9.6). */
  readonly preVote: boolean;
  /** Whether voters may ignore candidates while they hear from a leader (thesis §4.2.3). */
  readonly stickToLeader: boolean;
  /** Whether all nodes' times are of one clock; default: true. Without, a message is not found to be made up. */
  readonly oneClock?: boolean;
}

/**
 * Step conformance: every event of a node's trace must be a step that the specification (`spec/raft`, and the paper
 * where the bounded model stops) allows in the state that the node is in; every message received must have been sent.
 * A behaviour of the whole cluster is legal exactly if all of these are, so there is no search over interleavings: time
 * is linear in the trace's length, and memory is bounded by the nodes' logs.
 *
 * After a divergence the node is taken at its word, so that what follows is judged again. Events of one node must come
 * in its own order; those of different nodes may be interleaved in any way.
 *
 * What a trace does not show is allowed: how much time has passed, which answers wait for a disk, what a process that
 * was killed did not come to record.
 */
export function raftSteps(context: RaftStepsContext, reader = new TraceReader(context.nodes)): Checker {
  return new RaftSteps(context, reader);
}

/** Which action serves a read. */
const READS = {
  'read-index': 'readIndex',
  lease: 'leaseRead',
  follower: 'followerRead',
} as const satisfies Record<ReadHow, CoverageKey>;

class RaftSteps implements Checker {
  readonly name = 'raft-steps';
  readonly reads = 'trace';
  private readonly nodes: readonly StepNode[];
  private readonly context: StepContext;
  private readonly sent = new SentMessages();
  /** What each owes to each, by place. */
  private readonly owed: readonly (readonly Answers[])[];
  /** Messages of Raft that were received. */
  private receipts = 0;
  private appended = 0;
  private events = 0;
  /** Events of nodes that are not of the cluster, or of steps that Raft does not have. */
  private foreign = 0;
  /** Messages that are none of Raft's. */
  private unread = 0;
  private unobserved = 0;
  private readonly oneClock: boolean;

  constructor(
    { nodes: ids, preVote, stickToLeader, oneClock = true }: RaftStepsContext,
    private readonly reader: TraceReader,
  ) {
    this.oneClock = oneClock;
    this.nodes = ids.map((id, place) => new StepNode(id, place, ids.length));
    this.owed = ids.map(() => ids.map(() => new Answers()));
    this.context = {
      nodes: new Map(this.nodes.map((node) => [node.id, node])),
      majority: majority(ids.length),
      preVote,
      stickToLeader,
      divergences: new Divergences(),
      coverage: new Coverage({ size: ids.length, preVote, stickToLeader }),
    };
  }

  observe(observed: RunEvent): void {
    const { reader } = this;
    const event = reader.read(observed);
    if (event === undefined) return;
    this.events++;
    const node = this.nodes[reader.node];
    if (node === undefined) {
      this.foreign++;
      return;
    }
    node.eventNumber++;
    this.step(node, event);
    node.lastUs = reader.timeUs;
  }

  private step(node: StepNode, event: TraceEvent): void {
    const { context } = this;
    const { times } = context.coverage;
    const { timeUs } = this.reader;
    switch (event.name) {
      case 'Send':
        this.send(node, event.to, timeUs);
        break;
      case 'Receive':
        settle(context, node, event);
        this.receive(node, event.from, timeUs);
        break;
      case 'Append':
        this.appended++;
        if (node.role === 'leader') settle(context, node, event);
        inTerm(context, node, event.term, timeUs);
        append(context, node, event);
        break;
      case 'Durable':
        times.durable++;
        durable(context, node, event);
        break;
      case 'AdvanceCommit':
        if (node.role === 'leader') settle(context, node, event);
        inTerm(context, node, event.term, timeUs);
        advanceCommit(context, node, event);
        break;
      case 'Apply':
        times.apply++;
        apply(context, node, event);
        break;
      case 'UpdateTerm':
        times.updateTerm++;
        updateTerm(context, node, event.term, timeUs);
        break;
      case 'BecomeFollower':
        times.becomeFollower++;
        inTerm(context, node, event.term, timeUs);
        becomeFollower(context, node, event.leader, timeUs);
        break;
      case 'BecomePreCandidate':
        times.preVote++;
        settle(context, node, event);
        inTerm(context, node, event.term, timeUs);
        becomePreCandidate(context, node, timeUs);
        break;
      case 'BecomeCandidate':
        settle(context, node, event);
        becomeCandidate(context, node, event.term, timeUs);
        break;
      case 'Vote':
        inTerm(context, node, event.term, timeUs);
        vote(context, node, event.candidate, timeUs);
        break;
      case 'BecomeLeader':
        settle(context, node, event);
        inTerm(context, node, event.term, timeUs);
        becomeLeader(context, node, event.voters, timeUs);
        node.reads.begin(node.log.lastIndex + 1);
        break;
      case 'InitState':
        this.initState(node, event);
        break;
      case 'Compact':
        times.compact++;
        compact(context, node, event);
        break;
      case 'InstallSnapshot':
        times.installSnapshot++;
        installSnapshot(context, node, event);
        break;
      case 'TakeSnapshot':
        times.takeSnapshot++;
        takeSnapshot(context, node, event);
        break;
      case 'ReadRequest':
        times.readRequest++;
        settle(context, node, event);
        inTerm(context, node, event.term, timeUs);
        readRequest(context, node, event);
        break;
      case 'ServeRead':
        times[READS[event.how]]++;
        inTerm(context, node, event.term, timeUs);
        serveRead(context, node, event);
        break;
      default:
        this.foreign++;
    }
  }

  /** Figure 2, "persistent state": that what was durable is back, `raft-safety` checks. The rest begins anew. */
  private initState(node: StepNode, event: TraceEvent & { readonly name: 'InitState' }): void {
    node.restarted = node.started;
    if (node.restarted) this.context.coverage.restarts(node, event);
    this.context.coverage.terms.enters(node.place, event.term);
    node.started = true;
    node.enter(event.term);
    node.votedFor = event.votedFor;
    node.log.reset(event.snapshotIndex, event.snapshotTerm, event.log);
    node.commitIndex = event.snapshotIndex;
    node.applied = event.snapshotIndex;
    node.durableTerm = event.term;
    node.durableVote = event.votedFor;
    node.durableIndex = node.log.lastIndex;
    node.incoming = null;
    node.candidacies = [];
    node.demand.clear();
    for (const answers of this.owed[node.place] as readonly Answers[]) answers.clear();
  }

  private send(node: StepNode, to: NodeId, timeUs: Micros): void {
    const { peer: place, type, term, message: content } = this.reader;
    const peer = this.nodes[place];
    const message = term === NO_TERM ? undefined : wholeMessage(type, content);
    if (peer === undefined || message === undefined) {
      this.unread++;
      return;
    }
    this.sent.send(node.place, peer.place, message);
    send(this.context, node, to, message, this.answers(node, peer), timeUs);
  }

  private receive(node: StepNode, from: NodeId, timeUs: Micros): void {
    const { demand } = node;
    demand.clear();
    const { peer: place, type, term, message: content } = this.reader;
    const peer = this.nodes[place];
    const message = term === NO_TERM ? undefined : wholeMessage(type, content);
    if (peer === undefined || message === undefined) {
      this.unread++;
      return;
    }
    this.receipts++;
    demand.type = message.type;
    demand.from = from;
    demand.eventNumber = node.eventNumber;
    demand.timeUs = timeUs;
    this.sent.receive(peer.place, node.place, message, node.eventNumber, timeUs);
    receive(this.context, node, peer, message, this.answers(node, peer));
  }

  private answers(node: StepNode, peer: StepNode): Answers {
    return (this.owed[node.place] as readonly Answers[])[peer.place] as Answers;
  }

  conclude(): CheckResult {
    this.receivedWasSent();
    const { context, nodes, events } = this;
    const { divergences, coverage } = context;
    const { anomalies } = divergences;
    const facts: Record<string, number | string> = {
      consumed: events - this.foreign,
      foreign: this.foreign,
      unobserved: this.unobserved + this.unread,
      chanceUnsentUnnoticed: Number(this.sent.chanceUnnoticed.toFixed(4)),
    };
    for (const [rule, times] of divergences.byRule()) facts[rule] = times;
    const base = { checker: this.name, facts, coverage: coverage.conclude(nodes) };
    if (divergences.total > 0) {
      const rules = [...new Set(anomalies.map(({ kind }) => kind))].join(', ');
      const first = anomalies[0]?.title;
      return { ...base, verdict: 'invalid', summary: `Not steps of Raft (${rules}): ${first}.`, anomalies };
    }
    const silent = nodes.filter(({ started }) => !started).map(({ id }) => id);
    const consumed = `${count(events, 'event')} of ${count(nodes.length, 'node')}`;
    const doubt =
      events === 0
        ? 'The trace is empty, so no step was checked.'
        : this.foreign > 0
          ? `${count(this.foreign, 'event')} of ${count(events, 'event')} are no steps of this cluster, so the trace was not consumed whole.`
          : silent.length > 0
            ? `${silent.join(', ')} recorded no start, so the trace (${consumed}) is incomplete.`
            : this.receipts === 0 || this.appended === 0
              ? `The trace (${consumed}) has no message that was received or no entry that was appended, so it matched trivially.`
              : undefined;
    if (doubt !== undefined) return { ...base, verdict: 'unknown', summary: doubt, anomalies: [] };
    return { ...base, verdict: 'valid', summary: `All ${consumed} are steps of the specification.`, anomalies: [] };
  }

  /** The network makes no messages up, and changes none (§2). */
  private receivedWasSent(): void {
    this.unobserved += this.sent.dropped;
    for (const receipt of this.sent.unsent()) {
      if (this.mayLackItsEnd(receipt)) {
        this.unobserved++;
        continue;
      }
      const [sender, receiver] = [this.nodes[receipt.from] as StepNode, this.nodes[receipt.to] as StepNode];
      this.context.divergences.add(receiver, {
        rule: RULES.receivedWasSent,
        timeUs: receipt.timeUs,
        eventNumber: receipt.eventNumber,
        allowed: `only messages of ${sender.id} that ${sender.id} sent to it`,
        did: `received ${describeMessage(receipt.message)} from ${sender.id}, which never sent it`,
      });
    }
  }

  /**
   * Whether the sender's trace may lack the send: its process was killed and started again, or recorded nothing after
   * the receipt, so that it may have been killed, or never traced.
   */
  private mayLackItsEnd({ from, timeUs }: Unsent): boolean {
    const { restarted, lastUs } = this.nodes[from] as StepNode;
    return restarted || !this.oneClock || lastUs <= timeUs;
  }
}
