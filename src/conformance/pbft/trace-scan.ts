import type { TraceEvent } from '../../history/trace.js';
import { pbftStepProblem } from '../../history/traces/pbft-schema.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Checker } from '../../plugin/checker.js';
import { readNewView, readViewChange, type ViewChangeRef } from './message.js';
import { PbftReader } from './reader.js';
import { pbftSafety } from './safety/pbft-safety.js';
import { pbftSteps } from './steps/pbft-steps.js';

/** Steps that every replica takes that takes part. */
const STEPS = ['InitReplica', 'AcceptPrePrepare', 'Prepared', 'CommittedLocal', 'Execute', 'Send', 'Receive'] as const;

/** A first reading of a trace: who is in the cluster, and whether the trace tells all that PBFT's rules ask. */
export class PbftTraceScan {
  private readonly named = new Set<NodeId>();
  private readonly seen = new Set<string>();
  /** Whether view-changes carry proofs, which only signatures make (thesis §3.2.4). */
  private hasProofs = false;
  private event = 0;
  /** What is missing, in words; undefined for a whole trace. */
  private lack: string | undefined;

  note(event: TraceEvent): void {
    this.event++;
    const { node, name } = event;
    this.named.add(node);
    this.seen.add(name);
    const problem = pbftStepProblem(event);
    if (problem !== undefined) this.lack ??= `event ${this.event}, a ${name} of ${node}, is not whole (${problem})`;
    else if (name === 'Send' || name === 'Receive') {
      this.named.add(name === 'Send' ? event.to : event.from);
      for (const change of changesIn(event.message)) {
        if (change.prepared.some(({ authors }) => authors !== null)) this.hasProofs = true;
      }
    }
  }

  get nodes(): NodeId[] {
    return [...this.named].sort();
  }

  missing(): string | undefined {
    const absent = STEPS.find((name) => !this.seen.has(name));
    return this.lack ?? (absent && `there is no ${absent} in it`);
  }

  /** How far the watermarks are apart, and whose clock is whose, is not known. */
  checkers(nodes: readonly NodeId[]): Checker[] {
    const reader = new PbftReader(nodes);
    const authentication = this.hasProofs ? 'signatures' : 'macs';
    return [pbftSafety({ nodes }, reader), pbftSteps({ nodes, authentication, oneClock: false }, reader)];
  }
}

function changesIn(message: unknown): readonly ViewChangeRef[] {
  const { type } = message as { readonly type: string };
  if (type === 'ViewChange') return [readViewChange(message)].filter((change) => change !== undefined);
  return type === 'NewView' ? (readNewView(message)?.viewChanges ?? []) : [];
}
