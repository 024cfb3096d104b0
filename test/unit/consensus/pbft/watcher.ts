import { StateMachine } from '../../../../src/consensus/kv/state-machine.js';
import { DEFAULT_PBFT_OPTIONS } from '../../../../src/consensus/pbft/index.js';
import type { Outcome } from '../../../../src/history/events.js';
import type { RequestRef } from '../../../../src/history/pbft-trace.js';
import type { TraceStep } from '../../../../src/history/trace.js';
import type { NodeId } from '../../../../src/kernel/ids.js';
import type { Asked } from './world.js';

type Execute = Extract<TraceStep, { name: 'Execute' }>;

/**
 * What correct replicas must agree on and clients may believe, looked at as it happens: the plainest twin of trace
 * conformance and of the checkers of histories. It executes what the replicas execute on a state machine of its own.
 */
export class Watcher {
  readonly violations: string[] = [];
  private readonly bySequence = new Map<number, string>();
  private readonly states = new Map<number, number>();
  private readonly last = new Map<NodeId, number>();
  private readonly requests = new Map<string, Asked>();
  private readonly outcomes = new Map<string, Outcome>();
  private readonly model = StateMachine.empty({
    maxSessions: DEFAULT_PBFT_OPTIONS.maxSessions,
    executesAgain: () => false,
    snapshotSessions: true,
  });
  executed = 0;

  constructor(private readonly traitors: readonly NodeId[]) {}

  asked(asked: Asked): void {
    this.requests.set(nameOf(asked.client.owner, asked.timestamp), asked);
  }

  observe(node: NodeId, step: TraceStep): void {
    if (this.traitors.includes(node)) return;
    switch (step.name) {
      case 'InitReplica':
        this.last.set(node, step.stable);
        break;
      case 'InstallState':
        this.last.set(node, step.sequence);
        break;
      case 'Execute': {
        const { sequence } = step;
        if (sequence !== (this.last.get(node) ?? 0) + 1) this.violated(`AppliedContiguous at ${node}, ${sequence}`);
        this.last.set(node, sequence);
        this.executed = Math.max(this.executed, sequence);
        this.compare(step);
        break;
      }
    }
  }

  /** Whatever a client believes is what became of its request. */
  believed({ client, timestamp, believed }: Asked): void {
    if (believed === undefined) return;
    const truth = this.outcomes.get(nameOf(client.owner, timestamp));
    if (JSON.stringify(truth) === JSON.stringify(believed)) return;
    const [told, was] = [JSON.stringify(believed), JSON.stringify(truth) ?? 'nothing'];
    this.violated(`ClientFooled: ${client.owner} believes ${told} of ${timestamp}, it was ${was}`);
  }

  private compare({ sequence, digest, requests, stateHash }: Execute): void {
    const what = `${digest} ${JSON.stringify(requests)}`;
    const before = this.bySequence.get(sequence);
    if (before === undefined) for (const request of requests) this.execute(request);
    else if (before !== what) this.violated(`Agreement at ${sequence}: ${before}, ${what}`);
    this.bySequence.set(sequence, what);
    const state = this.states.get(sequence) ?? this.model.hash;
    if (state !== stateHash) this.violated(`StateHash at ${sequence}`);
    this.states.set(sequence, stateHash);
  }

  private execute({ client, timestamp }: RequestRef): void {
    const name = nameOf(client, timestamp);
    const asked = this.requests.get(name);
    if (asked === undefined) {
      this.violated(`Invented: nobody asked ${name}`);
      return;
    }
    if (this.outcomes.has(name)) this.violated(`ExecutedTwice: ${name}`);
    this.outcomes.set(name, this.model.apply({ operation: asked.operation, session: { client, serial: timestamp } }));
  }

  private violated(what: string): void {
    this.violations.push(what);
  }
}

function nameOf(client: string, timestamp: number): string {
  return `${client} ${timestamp}`;
}
