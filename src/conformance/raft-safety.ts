import type { RunEvent } from '../history/events.js';
import { count, grouped } from '../kernel/count.js';
import type { NodeId } from '../kernel/ids.js';
import type { Micros } from '../kernel/units.js';
import type { Checker, CheckResult } from '../plugin/checker.js';
import { apply } from './safety/apply.js';
import { Cluster } from './safety/cluster.js';
import { advanceCommit, leaderCompleteness } from './safety/commit.js';
import { durable } from './safety/durability.js';
import { settle } from './safety/duties.js';
import { becomeLeader, candidacy, vote } from './safety/elections.js';
import { append, installSnapshot } from './safety/log.js';
import { receive, send } from './safety/messages.js';
import { Reads } from './safety/reads.js';
import { RULES } from './safety/rules.js';
import { stateAfterApply, stateFacts, stateOfSnapshot } from './safety/states.js';
import { enterTerm, initState } from './safety/terms.js';
import { TraceReader } from './trace-reader.js';

/** No host's clock runs faster than this (src/node/http-api.ts): bounds what an election timeout is on ours. */
const FASTEST_CLOCK = 100;

export interface RaftSafetyContext {
  readonly nodes: readonly NodeId[];
  /** The least election timeout, where voters stick to a leader that they hear from (thesis §4.2.3). */
  readonly stickToLeaderUs?: Micros | undefined;
  /** Whether events of different nodes come in the order in which they happened, as the simulator's do. */
  readonly inOrder?: boolean | undefined;
  /** Entries that are remembered, of those that all nodes have compacted (default: 16,384). */
  readonly keptEntries?: number | undefined;
}

/**
 * Raft's five safety properties (Figure 3 of the paper) over the whole trace of a cluster, and the duties of each
 * node from which they follow (static membership).
 *
 * The events of one node must come in its own order. Those of different nodes may be interleaved in any way, for
 * clocks differ and a container's trace is read when it is there: a rule either looks at one node alone, or at facts
 * that stay true whenever they are learnt (who led a term, what was committed at an index), and checks them from
 * whichever side comes last. Two rules of reads need the order, and are silent without it.
 *
 * A node that was killed may lack the end of its trace. What is missing counts as unobserved: no rule concludes from
 * an event that is not there, except that a node does not do twice in one life what it may do once.
 */
export function raftSafety(context: RaftSafetyContext, reader = new TraceReader(context.nodes)): Checker {
  return new RaftSafety(context, reader);
}

class RaftSafety implements Checker {
  readonly name = 'raft-safety';
  readonly reads = 'trace';
  private readonly cluster: Cluster;
  private readonly servedReads: Reads;
  private events = 0;
  private messages = 0;

  constructor(
    { nodes, stickToLeaderUs, inOrder = false, keptEntries }: RaftSafetyContext,
    private readonly reader: TraceReader,
  ) {
    this.servedReads = new Reads(inOrder);
    const surelyStickyUs = stickToLeaderUs === undefined ? undefined : stickToLeaderUs / FASTEST_CLOCK;
    this.cluster = new Cluster(nodes, surelyStickyUs, keptEntries);
  }

  observe(observed: RunEvent): void {
    const { cluster, reader } = this;
    const event = reader.read(observed);
    if (event === undefined) return;
    const node = cluster.members[reader.node];
    if (node === undefined) return;
    this.events++;
    const { timeUs } = reader;
    if (node.duty !== null) settle(cluster, node, node.duty, event);
    switch (event.name) {
      case 'Send':
        this.messages++;
        send(cluster, node, event.to, reader, timeUs);
        break;
      case 'Receive':
        this.messages++;
        receive(cluster, node, reader, timeUs);
        break;
      case 'Append':
        enterTerm(cluster, node, event.term, timeUs);
        append(cluster, node, event.from, event.entries, timeUs);
        break;
      case 'Durable':
        durable(cluster, node, event.term, event.votedFor, event.lastIndex, timeUs);
        break;
      case 'AdvanceCommit':
        enterTerm(cluster, node, event.term, timeUs);
        advanceCommit(cluster, node, event.commitIndex, event.leader, timeUs);
        break;
      case 'Apply':
        apply(cluster, node, event.from, event.entries, timeUs);
        stateAfterApply(cluster, node, event.stateHash, timeUs);
        break;
      case 'UpdateTerm':
        enterTerm(cluster, node, event.term, timeUs);
        break;
      case 'BecomeFollower':
        enterTerm(cluster, node, event.term, timeUs);
        node.leading = false;
        break;
      case 'BecomePreCandidate':
        enterTerm(cluster, node, event.term, timeUs);
        node.leading = false;
        break;
      case 'BecomeCandidate':
        enterTerm(cluster, node, event.term, timeUs);
        node.forgetPeers();
        candidacy(cluster, node, event.term, timeUs);
        break;
      case 'Vote':
        enterTerm(cluster, node, event.term, timeUs);
        vote(cluster, node, event.term, event.candidate, timeUs);
        break;
      case 'BecomeLeader':
        enterTerm(cluster, node, event.term, timeUs);
        becomeLeader(cluster, node, event.term, event.voters, timeUs);
        this.servedReads.elected(node.id, event.term, timeUs);
        break;
      case 'InitState':
        initState(cluster, node, event);
        stateOfSnapshot(cluster, node, { ...event, index: event.snapshotIndex }, 'recovered', timeUs);
        this.servedReads.forget(node.id);
        break;
      case 'TakeSnapshot':
        stateOfSnapshot(cluster, node, event, 'took', timeUs);
        break;
      case 'Compact':
        node.compact(event.index);
        cluster.forgetCompacted();
        break;
      case 'InstallSnapshot':
        installSnapshot(cluster, node, event.index, event.term, event.log, timeUs);
        stateOfSnapshot(cluster, node, event, 'installed', timeUs);
        break;
      case 'ReadRequest':
        enterTerm(cluster, node, event.term, timeUs);
        this.servedReads.arrives(cluster, node.id, event.read, timeUs);
        break;
      case 'ServeRead':
        enterTerm(cluster, node, event.term, timeUs);
        this.servedReads.serves(cluster, event);
        break;
    }
  }

  conclude(): CheckResult {
    const { cluster } = this;
    const { violations } = cluster;
    leaderCompleteness(cluster);
    const silent = cluster.members.filter((node) => !node.started).map((node) => node.id);
    const facts: Record<string, number | string> = {
      traceEvents: this.events,
      messages: this.messages,
      leaders: cluster.leaders.size,
      committed: cluster.highestCommit,
      restarts: cluster.restarts,
      ...stateFacts(cluster),
      ...this.servedReads.facts(),
    };
    for (const [rule, number] of violations.byRule()) facts[rule] = number;
    const base = { checker: this.name, facts };
    if (violations.total > 0) {
      const anomalies = violations.anomalies
        .toSorted((left, right) => RULES.indexOf(left.rule) - RULES.indexOf(right.rule))
        .map(({ anomaly }) => anomaly);
      const rules = RULES.filter((rule) => violations.has(rule)).join(', ');
      return { ...base, verdict: 'invalid', summary: `Not Raft (${rules}): ${anomalies[0]?.title}.`, anomalies };
    }
    const consumed = `${count(this.events, 'trace event')} with ${count(cluster.leaders.size, 'leader')} and ${grouped(cluster.highestCommit)} committed entries`;
    const doubt =
      this.events === 0
        ? 'The trace is empty, so nothing is known of the nodes.'
        : silent.length > 0
          ? `${silent.join(', ')} recorded no start, so the trace (${consumed}) is incomplete.`
          : cluster.highestCommit === 0
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
}
