import type { TraceEvent } from '../history/trace.js';
import type { NodeId } from '../kernel/ids.js';
import type { Random } from '../kernel/random.js';
import type { Abilities, System } from '../plugin/system.js';
import type { Clock } from '../ports/clock.js';
import type { Faults } from '../ports/faults.js';
import type { Identities } from '../ports/keys.js';
import type { Requests } from '../ports/requests.js';

export interface ClusterOptions {
  readonly system: System;
  /** Parsed by the system's schema. */
  readonly systemOptions: unknown;
  readonly nodes: readonly NodeId[];
  readonly random: Random;
  /** The run's folder, for a backend that leaves files (node logs). Undefined when nothing is to be kept. */
  readonly folder?: string;
  /** The nodes' trace, in time order per node; called while the run goes on or, at the latest, during `stop`. */
  readonly onTrace?: (event: TraceEvent) => void;
  /** Something that the reader of the run should know: a node left by itself, a log line that speaks of a panic. */
  readonly onNote: (text: string) => void;
  /** Progress while starting: "building the image". */
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A running cluster under test. The runner, nemeses and clients see only this. */
export interface Cluster extends AsyncDisposable {
  readonly nodes: readonly NodeId[];
  /** The harness's clock, origin at the run's start: virtual in the simulator. */
  readonly clock: Clock;
  readonly requests: Requests;
  readonly faults: Faults;
  /** Makes clients keys, where the system's nodes have some. */
  readonly identities?: Identities;
  /** Facts for the report: versions, image, kernel abilities. */
  readonly facts: Readonly<Record<string, string>>;
  /**
   * How often a known bug that was switched on took effect, by node, those that ended included; empty where none is on.
   * A backend that cannot know what a process counted before it was killed has none.
   */
  bugEffects?(): Readonly<Record<NodeId, number>>;
  /**
   * Drives `main` to its end on this cluster's time. In the simulator this turns the event queue; elsewhere it just
   * awaits. `clock.sleep` and requests work only inside it.
   */
  run<T>(main: () => Promise<T>): Promise<T>;
  /** Stops gracefully, hands over the rest of the trace, removes everything that was made. Idempotent. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Backend {
  readonly name: string;
  /** What it can do to this system; the runner refuses a run that asks for more. */
  abilities(system: System): Promise<Abilities>;
  /** Undefined when usable here; else why not and the way out. */
  unavailable(): Promise<{ readonly reason: string; readonly wayOut: string } | undefined>;
  start(options: ClusterOptions): Promise<Cluster>;
}
