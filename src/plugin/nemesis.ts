import type { z } from 'zod';
import type { NodeId } from '../kernel/ids.js';
import type { Random } from '../kernel/random.js';
import type { Fault, FaultKind } from '../ports/faults.js';
import type { OptionsSchema } from './options.js';

export interface NemesisContext<Options> {
  readonly options: Options;
  readonly random: Random;
  readonly nodes: readonly NodeId[];
  /** Counts this nemesis's episodes, from 0: a way to go through all shapes in turn. */
  readonly round: number;
  /** Nodes that no kill, pause or power fault holds at the moment. */
  available(): readonly NodeId[];
  /** The leader by the nodes' latest word, where one is known. */
  leader(): NodeId | undefined;
}

/** One round of a nemesis: these faults together, held, undone, then rest. */
export interface Episode {
  readonly faults: readonly Fault[];
  /** Overrides the nemesis's `duration` option for this round. */
  readonly holdMs?: number;
}

/**
 * A nemesis: decides which faults come, round by round, from the run's seed. The runner injects them, has them
 * verified, holds them for the `duration` option, undoes them and rests for the `interval` option; both are added to
 * every nemesis's options.
 */
export interface Nemesis<Schema extends OptionsSchema = OptionsSchema> {
  readonly name: string;
  readonly description: string;
  readonly options: Schema;
  /** The faults that it may ask for with these options; a backend that lacks one refuses the run before it starts. */
  needs(options: z.output<Schema>): readonly FaultKind[];
  /** Whether its faults should depose a leader at least once in a run of some length. */
  readonly disturbsLeader: boolean;
  /**
   * Whether one more round begins when all other faults have stopped, and holds to the end of the run: what the cluster
   * must bear at any time, and recover under.
   */
  lasts?(options: z.output<Schema>): boolean;
  /** The next round, or undefined when there is nothing sensible to do now (all nodes are down already). */
  next(context: NemesisContext<z.output<Schema>>): Episode | undefined;
}

/** Defines a nemesis. The default export of a file in `nemeses/`. */
export function defineNemesis<Schema extends OptionsSchema>(nemesis: Nemesis<Schema>): Nemesis<Schema> {
  return nemesis;
}
