import type { z } from 'zod';
import type { Operation, Outcome } from '../history/events.js';
import type { Random } from '../kernel/random.js';
import type { Checker } from './checker.js';
import type { OptionsSchema } from './options.js';

export interface WorkloadContext<Options> {
  readonly options: Options;
  /** A stream of chance of the workload's own. */
  readonly random: Random;
  /** How many client processes run at once. */
  readonly concurrency: number;
}

/** One run's instance of a workload. */
export interface WorkloadRun {
  /** The next operation for whichever process is free; never ends by itself. */
  next(): Operation;
  /** Told how each operation ended, so that later ones can build on what was seen. */
  learn?(operation: Operation, outcome: Outcome): void;
  /** Operations, one per key, that show the final state after everything was healed. */
  finalReads(): Operation[];
  checkers(): Checker[];
}

/** A workload: what clients do, and what must then hold. */
export interface Workload<Schema extends OptionsSchema = OptionsSchema> {
  readonly name: string;
  readonly description: string;
  readonly options: Schema;
  /** Functions (`f`) that the system's client must know. */
  readonly needs: readonly string[];
  create(context: WorkloadContext<z.output<Schema>>): WorkloadRun;
}

/** Defines a workload. The default export of a file in `workloads/`. */
export function defineWorkload<Schema extends OptionsSchema>(workload: Workload<Schema>): Workload<Schema> {
  return workload;
}
