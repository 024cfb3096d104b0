import type { PartialTraceEvent } from '../../history/traces/schema.js';
import { count } from '../../kernel/count.js';
import type { NodeId } from '../../kernel/ids.js';
import type { CheckResult } from '../../plugin/checker.js';
import { ANYTHING } from './candidate.js';
import { Cluster } from './cluster.js';
import { contradict, type PartialContext, take } from './context.js';
import { campaign, follow, hasVoted, inRole, inTerm, isNoLeader, lead, leads, termIsOpen } from './elections.js';
import { Findings } from './findings.js';
import { KnownLog } from './known-log.js';
import { describeMessage, receive, send, takeLate } from './messages.js';
import { PartialNode } from './node.js';
import type { Observations } from './observed.js';
import { ANY, atLeast, exactly } from './range.js';
import { append, applied, appliedEntries, committed, endsAt, endsWith, noteEntries } from './replication.js';
import { PARTIAL_RULES } from './rules.js';
import { PartialMessages } from './sent.js';

type Step<Name> = Extract<PartialTraceEvent, { readonly name: Name }>;

/**
 * Holds a trace that does not tell all against the specification, as far as it goes: for every node the set of states
 * that it may be in is kept, and each event takes a step from each of them. The trace diverges where no state is left.
 * What it does not tell is allowed to have been anything; what a node records completely (`Observed`) did not happen
 * where it is not there.
 *
 * Unlike `raft-steps` it says nothing of what a node ought to have done and did not. Events of one node must come in
 * its own order; the nodes may be read in any order.
 */
export class RaftPartial {
  private readonly nodes: ReadonlyMap<NodeId, PartialNode>;
  private readonly context: PartialContext;
  private readonly messages = new PartialMessages();
  private events = 0;
  private foreign = 0;
  private readonly strangers = new Set<string>();
  /** Steps besides starts, and states that say nothing new. */
  private readonly taken = new Map<string, number>();

  constructor(nodes: readonly NodeId[], observations: Observations) {
    // Where some say whose votes count, nothing is known of those that have not said so yet; and not all of those that
    // are spoken of may be members.
    const more = [...observations.named].some((id) => !nodes.includes(id));
    const voters = observations.tellsVoters || more ? undefined : nodes;
    this.nodes = new Map(nodes.map((id) => [id, new PartialNode(id, voters, observations.of(id))]));
    this.context = { observations, cluster: new Cluster(), findings: new Findings() };
  }

  observe(event: PartialTraceEvent): void {
    this.events++;
    const node = this.nodes.get(event.node);
    if (node === undefined) {
      this.foreign++;
      this.strangers.add(event.node);
      return;
    }
    if (node.count(`${event.file} ${event.line}`)) takeLate(node);
    this.taken.set(event.name, (this.taken.get(event.name) ?? 0) + 1);
    const { context } = this;
    switch (event.name) {
      case 'InitState':
        this.start(node, event);
        break;
      case 'UpdateTerm':
        if (event.term === undefined) termIsOpen(node);
        else inTerm(context, node, event, event.term);
        break;
      case 'BecomeFollower':
        if (event.term === undefined) termIsOpen(node);
        else inTerm(context, node, event, event.term);
        follow(node);
        if (event.leader != null && event.term !== undefined) leads(context, node, event, event.term, event.leader);
        break;
      case 'BecomePreCandidate':
        if (event.term !== undefined) inTerm(context, node, event, event.term);
        inRole(context, node, event, 'pre-candidate');
        break;
      case 'BecomeCandidate':
        campaign(context, node, event, event.term);
        break;
      case 'BecomeLeader':
        if (event.term !== undefined) inTerm(context, node, event, event.term);
        lead(context, node, event, event.voters);
        break;
      case 'Vote':
        if (event.term === undefined) termIsOpen(node);
        else inTerm(context, node, event, event.term);
        if (event.candidate !== undefined) hasVoted(context, node, event, event.candidate);
        break;
      case 'Append':
        if (event.term !== undefined) inTerm(context, node, event, event.term);
        append(context, node, event);
        break;
      case 'AdvanceCommit':
        if (event.term !== undefined) inTerm(context, node, event, event.term);
        else if (event.leader === undefined && !node.observed.has('roles')) termIsOpen(node);
        if (event.leader) inRole(context, node, event, 'leader');
        else if (event.leader === false && !node.observed.has('roles')) isNoLeader(node);
        if (event.commitIndex !== undefined) committed(context, node, event, event.commitIndex, { advanced: true });
        break;
      case 'Apply':
        appliedEntries(context, node, event);
        break;
      case 'Durable':
        node.synced(event);
        break;
      case 'Compact':
        node.snapshotIndex = Math.max(node.snapshotIndex, event.index ?? 0);
        break;
      case 'InstallSnapshot':
        this.install(node, event);
        break;
      case 'State':
        this.state(node, event);
        break;
      case 'Send':
        this.messages.send(node, event.to, event.message);
        send(context, node, event, event.to, event.message);
        break;
      case 'Receive':
        this.messages.receive(node, event.from, event.message, event);
        receive(context, node, event, event.from, event.message);
        break;
    }
  }

  /** Figure 2, "persistent state": what was durable is back. The rest begins anew. */
  private start(node: PartialNode, event: Step<'InitState'>): void {
    const { durable } = node;
    if (node.eventNumber === 1) node.beganWithStart = true;
    else node.restarted = true;
    node.begin();
    const { term, votedFor, snapshotIndex, snapshotTerm, log } = event;
    const base = { index: snapshotIndex ?? 0, term: snapshotTerm };
    // Where the log begins is not known without the index of the snapshot.
    const told = snapshotIndex === undefined ? undefined : log;
    const recovered = told === undefined ? KnownLog.unknown : this.logAfter(node, event, base, told);
    if (told !== undefined) noteEntries(this.context, node, event, base.index + 1, told);
    node.snapshotIndex = base.index;
    const first = { ...ANYTHING, roles: ['follower'] as const, log: recovered };
    node.states = [
      {
        ...first,
        term: term === undefined ? ANY : exactly(term),
        vote: votedFor,
        commit: snapshotIndex === undefined ? ANY : { from: snapshotIndex, to: recovered.lastIndex.to },
        applied: snapshotIndex === undefined ? ANY : atLeast(snapshotIndex),
      },
    ];
    if (durable === null) {
      if (node.observed.has('durability')) node.durable = { term, vote: votedFor, lastIndex: lengthOf(recovered) };
      return;
    }
    const lost = [
      term !== undefined && durable.term !== undefined && term < durable.term && `term ${durable.term}`,
      term !== undefined &&
        term === durable.term &&
        durable.vote != null &&
        votedFor !== undefined &&
        votedFor !== durable.vote &&
        `the vote for ${durable.vote}`,
      durable.lastIndex !== undefined &&
        node.observed.has('appends') &&
        recovered.lastIndex.to < durable.lastIndex &&
        `the log up to index ${durable.lastIndex}`,
    ].filter((what) => typeof what === 'string');
    take(this.context, node, event, {
      rule: PARTIAL_RULES.durable,
      binds: term !== undefined || votedFor !== undefined || told !== undefined,
      did: `started in term ${term ?? 'unknown'}${told === undefined ? '' : ` with a log to index ${recovered.lastIndex.to}`}`,
      to: (state) => (lost.length === 0 ? state : `to have ${lost.join(' and ')} again, which was durable`),
      claim: (state) => state,
    });
    // What is recovered is durable.
    node.durable = {
      term: term ?? durable.term,
      vote: votedFor,
      lastIndex: told === undefined ? durable.lastIndex : lengthOf(recovered),
    };
  }

  /** §5.3: the log that a node says that it has after a snapshot; terms never fall along it. */
  private logAfter(
    node: PartialNode,
    event: PartialTraceEvent,
    base: { readonly index: number; readonly term: number | undefined },
    entries: readonly { readonly term?: number | undefined }[],
  ): KnownLog {
    const log = KnownLog.of(entries, base);
    if (log !== undefined) return log;
    this.context.findings.checked(PARTIAL_RULES.accept);
    contradict(this.context, node, event, {
      rule: PARTIAL_RULES.accept,
      allowed: 'a log along which terms do not fall',
      did: `had entries of terms ${entries.map(({ term }) => term ?? 'unknown').join(', ')} after index ${base.index} of term ${base.term ?? 'unknown'}`,
    });
    return KnownLog.unknown;
  }

  /** Figure 13: a snapshot that came, newer than what is here. */
  private install(node: PartialNode, event: Step<'InstallSnapshot'>): void {
    const { index, term, log } = event;
    if (index === undefined) {
      node.states = node.states.map((state) => ({
        ...state,
        log: KnownLog.unknown,
        commit: atLeast(state.commit.from),
        applied: ANY,
      }));
      return;
    }
    const came = node.toldCommit >= index;
    const strict = node.receives && this.context.observations.messagesTell('lastIncludedIndex');
    const installed =
      log === undefined || term === undefined ? undefined : this.logAfter(node, event, { index, term }, log);
    take(this.context, node, event, {
      rule: PARTIAL_RULES.installSnapshot,
      binds: strict,
      did: `installed a snapshot to index ${index}`,
      to: (state) => {
        if (strict && !came) return 'no snapshot, for none came that reaches so far';
        if (index < state.commit.from) return `no snapshot before its commit index ${state.commit.from}`;
        return {
          ...state,
          log: installed ?? KnownLog.unknown.open(0, atLeast(index)),
          commit: exactly(index),
          applied: exactly(index),
        };
      },
      claim: (state) => ({
        ...state,
        log: installed ?? KnownLog.unknown,
        commit: exactly(index),
        applied: exactly(index),
      }),
    });
    node.snapshotIndex = Math.max(node.snapshotIndex, index);
  }

  /** What a node says of itself: each variable is held against what it may be. */
  private state(node: PartialNode, event: Step<'State'>): void {
    const { context } = this;
    if (event.voters !== undefined) node.voters = event.voters;
    if (event.term === undefined) termIsOpen(node);
    else inTerm(context, node, event, event.term);
    if (event.role !== undefined) inRole(context, node, event, event.role);
    if (event.votedFor !== undefined) hasVoted(context, node, event, event.votedFor);
    if (event.lastIndex !== undefined) endsAt(context, node, event, event.lastIndex);
    if (event.lastTerm !== undefined) endsWith(context, node, event, event.lastTerm);
    if (event.commitIndex !== undefined) committed(context, node, event, event.commitIndex);
    if (event.applied !== undefined) applied(context, node, event, event.applied);
  }

  /** @param unread lines that said something that is not known here */
  conclude(unread: number): CheckResult {
    this.receivedWasSent();
    this.foreign += unread;
    this.events += unread;
    const { findings, observations } = this.context;
    const { events, foreign } = this;
    const missing = observations.missing();
    const unchecked = findings.unchecked();
    const facts: Record<string, number | string> = { consumed: events - foreign, foreign };
    for (const [step, times] of this.taken) facts[`step ${step}`] = times;
    Object.assign(facts, findings.facts());
    for (const what of missing) facts[`not recorded: ${what}`] = '';
    for (const rule of unchecked) facts[`not checked: ${rule.name}`] = `it looks at ${rule.needs}`;
    const base = { checker: 'raft-partial', facts };
    const notObservable = missing.length === 0 ? '' : ` Not recorded: ${missing.join(', ')}.`;
    const notChecked = unchecked.length === 0 ? '' : ` Not checked: ${unchecked.map(({ name }) => name).join(', ')}.`;
    if (findings.total > 0) {
      const [first] = findings.anomalies;
      const summary = `Not steps of Raft (${[...new Set(findings.rules)].join(', ')}): ${first?.title}.${notObservable}${notChecked}`;
      return { ...base, verdict: 'invalid', summary, anomalies: findings.anomalies };
    }
    const doubt = this.doubt();
    const summary = doubt ?? `All ${this.consumed()} are steps of the specification, as far as they tell.`;
    return {
      ...base,
      verdict: doubt === undefined ? 'valid' : 'unknown',
      summary: `${summary}${notObservable}${notChecked}`,
      anomalies: [],
    };
  }

  private consumed(): string {
    return `${count(this.events, 'step')} of ${count(this.nodes.size, 'node')}`;
  }

  private doubt(): string | undefined {
    if (this.events === 0) return 'The trace is empty, so no step was checked.';
    if (this.foreign > 0)
      return `${count(this.foreign, 'event')} are no steps of this cluster${this.strangers.size > 0 ? ` (they are of ${[...this.strangers].sort().join(', ')})` : ''}, so the trace was not consumed whole.`;
    const silent = [...this.nodes.values()].filter(({ eventNumber }) => eventNumber === 0).map(({ id }) => id);
    if (silent.length > 0)
      return `${silent.join(', ')} recorded nothing, so the trace (${this.consumed()}) is incomplete.`;
    if (!this.context.findings.checkedAny)
      return `No rule could be held against the trace (${this.consumed()}), so it matched trivially.`;
    if (this.context.cluster.leaders.size === 0)
      return `Nobody led in the trace (${this.consumed()}), so it matched trivially.`;
    return undefined;
  }

  /** The network makes no messages up, and changes none (§2). */
  private receivedWasSent(): void {
    for (const receiver of this.nodes.values()) {
      for (const sender of this.nodes.values()) {
        if (!sender.observed.has('sends') || !sender.beganWithStart || sender.restarted) continue;
        for (const { message, number, event, states } of this.messages.madeUp(receiver, sender)) {
          if (!this.context.observations.sends(message.type)) continue;
          this.context.findings.add(receiver, event, {
            rule: PARTIAL_RULES.receivedWasSent,
            allowed: `only messages of ${sender.id} that ${sender.id} sent to it`,
            did: `received ${describeMessage(message)} from ${sender.id}, which never sent it`,
            at: { event, number, states },
          });
        }
        if (this.messages.passed(sender.id, receiver.id)) this.context.findings.checked(PARTIAL_RULES.receivedWasSent);
      }
    }
  }
}

function lengthOf({ lastIndex: { from, to } }: KnownLog): number | undefined {
  return from === to ? from : undefined;
}
