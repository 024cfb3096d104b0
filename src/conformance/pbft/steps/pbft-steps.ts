import { quorumsOf } from '../../../../spec/pbft/quorums.js';
import type { RunEvent } from '../../../history/events.js';
import type { TraceEvent } from '../../../history/trace.js';
import { count } from '../../../kernel/count.js';
import type { NodeId } from '../../../kernel/ids.js';
import type { Checker, CheckResult } from '../../../plugin/checker.js';
import { Divergences } from '../../steps/divergences.js';
import { PbftCoverage } from '../reach/coverage.js';
import { PbftReader } from '../reader.js';
import { acceptBatch, acceptPrePrepare } from './accept.js';
import { installState, stabilizeCheckpoint, takeCheckpoint } from './checkpoints.js';
import { StepContext, type Suspicion } from './context.js';
import { learnDecision } from './decisions.js';
import { settle } from './demands.js';
import { DigestSet } from './digest-set.js';
import { execute } from './execution.js';
import { Receipts } from './receipts.js';
import { receive } from './receive.js';
import { StepReplica } from './replica.js';
import { initReplica } from './restart.js';
import { send } from './sends.js';
import { enterView, startViewChange } from './views.js';
import { committedLocal, prepared } from './votes.js';

export interface PbftStepsContext {
  readonly nodes: readonly NodeId[];
  /** How the normal case is authenticated: with MACs a new view rests on what a quorum claims (thesis §3.2.4). */
  readonly authentication: 'signatures' | 'macs';
  /** L and K, where they are known (§4.3). */
  readonly logWindow?: number | undefined;
  readonly checkpointInterval?: number | undefined;
  /** Whether events of different nodes come in the order in which they happened, and none is missing; default: false. */
  readonly inOrder?: boolean | undefined;
  /** Whether all nodes' times are of one clock; default: true. Without, a message is not found to be made up. */
  readonly oneClock?: boolean | undefined;
}

/** L where it is not known: more than anybody has. */
const LARGE_WINDOW = 4096;

/**
 * Step conformance: every event of a correct replica's trace must be a step that PBFT allows in the state that the
 * replica is in, by its own trace and what it received; every statement received in the name of a correct replica must
 * have been made. What follows at once from what a replica heard must happen before it takes its next message. Time is
 * linear in the trace's length, and memory is bounded by the replicas' windows.
 *
 * From its first `Turn` with a behaviour on, nothing that a replica's trace says is looked at, and what others hear of it
 * counts as it does for them: as its word alone. After a divergence a replica is taken at its word.
 *
 * What a trace does not show is allowed: how much time has passed, what clients asked for, and whether what stands in a
 * certificate is signed.
 */
export function pbftSteps(context: PbftStepsContext, reader = new PbftReader(context.nodes)): Checker {
  return new PbftSteps(context, reader);
}

class PbftSteps implements Checker {
  readonly name = 'pbft-steps';
  readonly reads = 'trace';
  private readonly context: StepContext;
  private readonly receipts: Receipts;
  private readonly oneClock: boolean;
  private events = 0;
  /** Events of nodes that are not of the cluster, or of steps that PBFT does not have. */
  private foreign = 0;
  private received = 0;

  constructor(
    { nodes, authentication, logWindow, checkpointInterval, inOrder = false, oneClock = true }: PbftStepsContext,
    private readonly reader: PbftReader,
  ) {
    this.oneClock = oneClock;
    const quorums = quorumsOf(nodes.length);
    this.context = new StepContext(
      nodes.map((id, place) => new StepReplica(id, place, quorums.quorum)),
      quorums,
      { authentication, window: logWindow ?? LARGE_WINDOW, interval: checkpointInterval, inOrder },
      reader,
      new Divergences(),
      new PbftCoverage(),
      new DigestSet(),
    );
    this.receipts = new Receipts(this.context);
  }

  observe(observed: RunEvent): void {
    const { context, reader } = this;
    const event = reader.read(observed);
    if (event === undefined) return;
    this.events++;
    const replica = context.at(reader.node);
    if (replica === undefined) {
      this.foreign++;
      return;
    }
    replica.eventNumber++;
    if (event.name === 'Turn') {
      if (event.behaviour !== null && !replica.turned) {
        replica.turned = true;
        context.coverage.times.turned++;
      }
    } else if (!replica.turned) this.step(replica, event);
    replica.lastUs = reader.timeUs;
  }

  /** Of a correct replica. */
  private step(replica: StepReplica, event: TraceEvent): void {
    const { context, reader } = this;
    const { times } = context.coverage;
    const { timeUs } = reader;
    switch (event.name) {
      case 'Send':
        send(context, replica, reader);
        break;
      case 'Receive':
        this.received++;
        settle(context, replica, timeUs);
        receive(context, replica, reader, this.receipts);
        break;
      case 'AcceptPrePrepare':
        acceptPrePrepare(context, replica, event, timeUs);
        break;
      case 'AcceptBatch':
        acceptBatch(context, replica, event, timeUs);
        break;
      case 'Prepared':
        prepared(context, replica, event, timeUs);
        break;
      case 'CommittedLocal':
        committedLocal(context, replica, event, timeUs);
        break;
      case 'LearnDecision':
        learnDecision(context, replica, event, timeUs);
        break;
      case 'Execute':
        times.executed++;
        execute(context, replica, event, timeUs);
        break;
      case 'TakeCheckpoint':
        takeCheckpoint(context, replica, event, timeUs);
        break;
      case 'StabilizeCheckpoint':
        times.checkpointStable++;
        stabilizeCheckpoint(context, replica, event, timeUs);
        break;
      case 'InstallState':
        installState(context, replica, event, timeUs);
        break;
      case 'StartViewChange':
        startViewChange(context, replica, event.view, timeUs);
        break;
      case 'EnterView':
        enterView(context, replica, event, timeUs);
        break;
      case 'InitReplica':
        initReplica(context, replica, event, timeUs);
        break;
      default:
        this.foreign++;
    }
  }

  conclude(): CheckResult {
    const { context, events, foreign, received } = this;
    this.receipts.settle();
    for (const suspicion of context.held) this.decide(suspicion);
    const { divergences, coverage, replicas, unobserved } = context;
    const { anomalies } = divergences;
    const facts: Record<string, number | string> = { consumed: events - foreign, foreign, unobserved };
    for (const [rule, times] of divergences.byRule()) facts[rule] = times;
    const base = { checker: this.name, facts, coverage: coverage.conclude() };
    if (divergences.total > 0) {
      const rules = [...new Set(anomalies.map(({ kind }) => kind))].join(', ');
      return {
        ...base,
        verdict: 'invalid',
        summary: `Not steps of PBFT (${rules}): ${anomalies[0]?.title}.`,
        anomalies,
      };
    }
    const silent = replicas.filter(({ started, turned }) => !started && !turned).map(({ id }) => id);
    const consumed = `${count(events - foreign, 'event')} of ${count(replicas.length, 'replica')}`;
    const doubt =
      events === 0
        ? 'The trace is empty, so no step was checked.'
        : foreign > 0
          ? `${count(foreign, 'event')} of ${count(events, 'event')} are no steps of this cluster, so the trace was not consumed whole.`
          : silent.length > 0
            ? `${silent.join(', ')} recorded no start, so the trace (${consumed}) is incomplete.`
            : received === 0 || coverage.times.executed === 0
              ? `The trace (${consumed}) has no message that a correct replica received or no batch that it executed, so it matched trivially.`
              : undefined;
    if (doubt !== undefined) return { ...base, verdict: 'unknown', summary: doubt, anomalies: [] };
    return { ...base, verdict: 'valid', summary: `All ${consumed} are steps of the specification.`, anomalies: [] };
  }

  /** What others turned out to be is known by now. */
  private decide({ replica, divergence, of, unlessUnseen }: Suspicion): void {
    if (of.some(({ turned }) => turned)) return;
    const isUnseen = ({ restarted, started, lastUs }: StepReplica) => {
      return restarted || !started || !this.oneClock || lastUs <= divergence.timeUs;
    };
    if (unlessUnseen && of.some(isUnseen)) this.context.unobserved++;
    else this.context.diverges(replica, divergence);
  }
}
