import type { RunEvent } from '../../../history/events.js';
import type { TraceEvent } from '../../../history/trace.js';
import { count, grouped } from '../../../kernel/count.js';
import type { NodeId } from '../../../kernel/ids.js';
import type { Checker, CheckResult } from '../../../plugin/checker.js';
import { PbftReader } from '../reader.js';
import { installState, stabilizeCheckpoint, takeCheckpoint } from './checkpoints.js';
import { settleClaims } from './claims.js';
import { PbftCluster } from './cluster.js';
import { execute, learnDecision } from './execution.js';
import { receive, send } from './messages.js';
import type { Replica } from './replica.js';
import { acceptPrePrepare, committedLocal, prepared } from './slots.js';
import { enterView, initReplica, startViewChange } from './views.js';

export interface PbftSafetyContext {
  readonly nodes: readonly NodeId[];
  /** Whether events of different nodes come in the order in which they happened, as the simulator's do. */
  readonly inOrder?: boolean | undefined;
  /** L, where it is known: how far the watermarks are apart (§4.3). */
  readonly logWindow?: number | undefined;
}

/**
 * PBFT's invariants over the whole trace of a cluster, and the duties of each replica from which they follow, of the
 * correct replicas alone: from its first `Turn` with a behaviour on, nothing that a replica's trace says counts, and
 * what it did before does.
 *
 * The events of one node must come in its own order. Those of different nodes may be interleaved in any way, so that it
 * may become known late who is a traitor: what is wrong only if another replica is correct is decided at the end then.
 *
 * A process that was killed may lack the end of its trace. What is missing counts as unobserved. Whether a client made
 * the requests that it is said to have made, no trace shows; only that nobody made two of them with one timestamp.
 */
export function pbftSafety(context: PbftSafetyContext, reader = new PbftReader(context.nodes)): Checker {
  return new PbftSafety(context, reader);
}

class PbftSafety implements Checker {
  readonly name = 'pbft-safety';
  readonly reads = 'trace';
  private readonly cluster: PbftCluster;
  private events = 0;
  private messages = 0;
  private executed = 0;
  private highestExecuted = 0;
  private viewsEntered = 0;
  private checkpoints = 0;

  constructor(
    { nodes, inOrder = false, logWindow }: PbftSafetyContext,
    private readonly reader: PbftReader,
  ) {
    this.cluster = new PbftCluster(nodes, inOrder, logWindow);
  }

  observe(observed: RunEvent): void {
    const { cluster, reader } = this;
    const event = reader.read(observed);
    if (event === undefined) return;
    const replica = cluster.at(reader.node);
    if (replica === undefined) return;
    this.events++;
    replica.lastUs = reader.timeUs;
    if (event.name === 'Turn') {
      if (event.behaviour !== null && !replica.turned) {
        replica.turned = true;
        cluster.forget();
      }
    } else if (!replica.turned) this.step(replica, event);
    else if (event.name === 'InitReplica') replica.started = true;
  }

  /** Of a correct replica. */
  private step(replica: Replica, event: TraceEvent): void {
    const { cluster, reader } = this;
    const { timeUs } = event;
    switch (event.name) {
      case 'Send':
        this.messages++;
        send(cluster, replica, reader);
        break;
      case 'Receive':
        this.messages++;
        receive(cluster, replica, reader);
        break;
      case 'AcceptPrePrepare':
        acceptPrePrepare(cluster, replica, event, timeUs);
        break;
      case 'AcceptBatch':
        cluster.requests.learns(cluster, replica, event.digest, event.requests, timeUs);
        break;
      case 'Prepared':
        prepared(cluster, replica, event, timeUs);
        break;
      case 'CommittedLocal':
        committedLocal(cluster, replica, event, timeUs);
        break;
      case 'LearnDecision':
        learnDecision(cluster, replica, event, timeUs);
        break;
      case 'Execute':
        this.executed++;
        this.highestExecuted = Math.max(this.highestExecuted, event.sequence);
        execute(cluster, replica, event, timeUs);
        break;
      case 'TakeCheckpoint':
        takeCheckpoint(cluster, replica, event, timeUs);
        break;
      case 'StabilizeCheckpoint':
        this.checkpoints++;
        stabilizeCheckpoint(cluster, replica, event, timeUs);
        break;
      case 'InstallState':
        installState(cluster, replica, event, timeUs);
        break;
      case 'StartViewChange':
        startViewChange(cluster, replica, event.view, timeUs);
        break;
      case 'EnterView':
        this.viewsEntered++;
        enterView(cluster, replica, event, timeUs);
        break;
      case 'InitReplica':
        initReplica(cluster, replica, event, timeUs);
        break;
    }
  }

  conclude(): CheckResult {
    const { cluster } = this;
    const { findings, replicas } = cluster;
    for (const facts of cluster.knownSequences()) settleClaims(cluster, facts, true);
    for (const facts of cluster.checkpoints.values()) facts.settle(cluster);
    findings.settle();
    const traitors = replicas.filter(({ turned }) => turned).map(({ id }) => id);
    const facts: Record<string, number | string> = {
      traceEvents: this.events,
      messages: this.messages,
      executed: this.highestExecuted,
      'views entered': this.viewsEntered,
      'checkpoints found stable': this.checkpoints,
      restarts: cluster.restarts,
      'states compared': cluster.states.compared,
      traitors: traitors.join(', ') || 'none',
      ...(findings.unobserved > 0 && { unobserved: findings.unobserved }),
    };
    for (const [rule, times] of findings.byRule()) facts[rule] = times;
    const base = { checker: this.name, facts };
    if (findings.total > 0) {
      const anomalies = findings.anomalies();
      const beyond = traitors.length > cluster.quorums.faulty;
      const summary = `Not PBFT (${findings.rules().join(', ')}): ${anomalies[0]?.title}.${beyond ? ` There were ${traitors.length} traitors, more than the ${cluster.quorums.faulty} that it bears.` : ''}`;
      return { ...base, verdict: 'invalid', summary, anomalies };
    }
    const correct = replicas.length - traitors.length;
    const consumed = `${count(this.events, 'trace event')} of ${count(correct, 'correct replica')} with ${grouped(this.highestExecuted)} executed sequence numbers`;
    const silent = replicas.filter(({ started, turned }) => !started && !turned).map(({ id }) => id);
    const doubt =
      this.events === 0
        ? 'The trace is empty, so no rule was checked.'
        : silent.length > 0
          ? `${silent.join(', ')} recorded no start, so the trace (${consumed}) is incomplete.`
          : this.executed === 0
            ? `No correct replica executed anything (${consumed}), so hardly a rule was checked.`
            : undefined;
    if (doubt !== undefined) return { ...base, verdict: 'unknown', summary: doubt, anomalies: [] };
    return { ...base, verdict: 'valid', summary: `All rules hold over ${consumed}.`, anomalies: [] };
  }
}
