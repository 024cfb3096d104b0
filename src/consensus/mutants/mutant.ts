/**
 * What step conformance (`raft-steps`) says of a run in which a bug took effect: the rule that it names, others perhaps
 * as well; or why it is blind to it, as no step of one node that a trace shows is against the specification, and the
 * rule of `raft-safety` that is named instead, where there is one.
 */
export type StepVerdict = { readonly rule: string } | { readonly blind: string; readonly safety?: string };

/** Where a mutant shows itself: what to run it with. */
export interface KillHint {
  /** As on the command line: `partition,kill`. */
  readonly nemesis: string;
  /** Options of the system that the bug needs, besides the mutant itself. */
  readonly options?: Readonly<Record<string, string | number | boolean>>;
  /** The number of nodes, where the default hides the bug. */
  readonly nodes?: number;
  /** As on the command line: `register:reads=0.9`. */
  readonly workload?: string;
  /** The load, where the default hides the bug. */
  readonly load?: {
    readonly concurrency?: number;
    readonly rate?: number;
    readonly operationTimeoutMs?: number;
    readonly timeLimitMs?: number;
    /** Within which it must serve again after all faults; ten seconds unless said. */
    readonly recoveryMs?: number;
  };
  /** Seeds within which it shows; 5 unless said. */
  readonly seeds?: number;
  /**
   * Who notices, others perhaps as well: clients by the history, the safety properties over the nodes' trace, its steps,
   * or the recovery and availability checks.
   */
  readonly noticedBy: 'history' | 'trace' | 'steps' | 'availability';
  /** Why random faults do not show it, by argument: nothing is expected of it yet. */
  readonly notYet?: string;
}

/** A hint that says what step conformance makes of the mutant. */
export interface JudgedHint extends KillHint {
  /** What the trace shows of it. */
  readonly steps: StepVerdict;
}

/** A known bug that a node can be started with: does the harness notice? */
export interface Mutant<Bug extends string = string, Hint extends KillHint = KillHint> {
  /** The defect's id in the literature of this project. */
  readonly name: string;
  readonly protocol: 'raft' | 'pbft';
  readonly summary: string;
  /** Who shipped it or described it. */
  readonly origin: string;
  readonly bug: Bug;
  readonly kill: Hint;
}

/** The core's switches with the bug of one of `mutants` on; all off without a name. */
export function switchesOf<Bug extends string>(
  mutants: readonly Mutant<Bug>[],
  none: Readonly<Record<Bug, boolean>>,
  name: string | undefined,
): Readonly<Record<Bug, boolean>> {
  const mutant = mutants.find((each) => each.name === name);
  return mutant === undefined ? none : { ...none, [mutant.bug]: true };
}
