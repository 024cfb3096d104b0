import type { NodeId } from '../kernel/ids.js';
import type { Micros } from '../kernel/units.js';
import type { Behaviour } from '../ports/corruption.js';
import type { Fault, ProbeResult } from '../ports/faults.js';
import type { TraceEvent } from './trace.js';

/**
 * A run is a stream of events on one time axis: whole microseconds since the run's start, by the harness's monotonic
 * clock. `history.ndjson` holds everything that the harness saw, `trace.ndjson` what the nodes recorded.
 */
export type RunEvent = OperationEvent | FaultEvent | StatusEvent | PhaseEvent | NoteEvent | TraceEvent;

/** A client process id. A process whose operation ended `info` is retired and never seen again, as in Jepsen. */
export type ProcessId = number;

/** JSON values that operations carry. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** What a workload asks of a system: a function's name, the key it is about, its argument. */
export interface Operation {
  /** `read`, `write`, `cas`, `append`, … A `cas` has the value `[expected, new]`. */
  readonly f: string;
  readonly key?: string;
  readonly value?: Value;
}

/** It happened; it surely did not; nobody knows. */
export type Outcome =
  | { readonly type: 'ok'; readonly value?: Value }
  | { readonly type: 'fail'; readonly error: string }
  | { readonly type: 'info'; readonly error: string };

export type OperationEvent = InvokeEvent | CompletionEvent;

export interface InvokeEvent extends Operation {
  readonly kind: 'invoke';
  readonly timeUs: Micros;
  readonly process: ProcessId;
  /** When the open-loop schedule wanted it; earlier than `timeUs` while all processes were busy. */
  readonly dueUs?: Micros;
}

export interface CompletionEvent extends Operation {
  readonly kind: 'ok' | 'fail' | 'info';
  readonly timeUs: Micros;
  readonly process: ProcessId;
  readonly error?: string;
  /** The node that answered, where the client knows. */
  readonly node?: NodeId;
}

export interface FaultEvent {
  readonly kind: 'fault';
  readonly timeUs: Micros;
  /** Pairs an injection with its heal. */
  readonly id: number;
  readonly nemesis: string;
  readonly phase: 'inject' | 'heal';
  readonly fault: Fault;
  readonly probe: ProbeResult;
}

/** What a node said of itself when asked. */
export interface StatusEvent {
  readonly kind: 'status';
  readonly timeUs: Micros;
  readonly node: NodeId;
  readonly status: NodeStatus;
}

export interface NodeStatus {
  readonly up: boolean;
  readonly role?: 'leader' | 'candidate' | 'follower';
  readonly leader?: NodeId;
  readonly term?: number;
  readonly commitIndex?: number;
  readonly lastIndex?: number;
  /** How often a known bug that was switched on took effect in this process; only where one is on. */
  readonly bugEffects?: number;
  /** How it was made to lie, if it was, and how often it did in this process. */
  readonly behaviour?: Behaviour;
  readonly misdeeds?: number;
}

/** The run's phases: set-up, load under faults, heal-everything, recovery, final reads. */
export type Phase = 'setup' | 'load' | 'heal' | 'recovery' | 'final' | 'end';

export interface PhaseEvent {
  readonly kind: 'phase';
  readonly timeUs: Micros;
  readonly phase: Phase;
}

/** A remark of the harness that a reader of the run should see: operations shed, a node that left by itself. */
export interface NoteEvent {
  readonly kind: 'note';
  readonly timeUs: Micros;
  readonly text: string;
}
