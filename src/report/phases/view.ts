/** How far a batch came at a replica, in the order of the protocol (PBFT §4.2). */
export const PHASES = ['pre-prepared', 'prepared', 'committed', 'executed'] as const;

/** What the page shows of batches on their way: not all, but those around what is of interest. */
export interface PhasesView {
  readonly nodes: readonly string[];
  /** The highest sequence number of the run. */
  readonly highest: number;
  /** In the order of their sequence numbers. */
  readonly stretches: readonly PhaseStretch[];
  readonly viewChanges: readonly ViewChange[];
  /** View changes beyond those that are kept. */
  readonly furtherViewChanges: number;
  /** Since when a node's own word proves nothing, as it was a traitor. */
  readonly turnedUs: Readonly<Record<string, number>>;
}

/** Sequence numbers that follow each other. */
export interface PhaseStretch {
  /** Why they are shown: "view 3 begins". */
  readonly reasons: readonly string[];
  /** Whether a reader wants to see them before all others. */
  readonly urgent: boolean;
  readonly rows: readonly PhaseRow[];
}

export interface PhaseRow {
  readonly sequence: number;
  /** Of the batch; undefined where nobody said. */
  readonly requests: number | undefined;
  /** By replica; undefined where it never heard of it. */
  readonly cells: readonly (PhaseCell | undefined)[];
}

export interface PhaseCell {
  /** By phase: when it was first reached. */
  readonly timesUs: readonly (number | undefined)[];
  /** Index into {@link PHASES} of the furthest one, or -1 where the batch only came as part of another's state. */
  readonly furthest: number;
  /** When the state came that had the batch in it. */
  readonly installedUs: number | undefined;
  /** Of the batch that came furthest; '' for one that came as part of a state. */
  readonly digest: string;
  /** All that it held for this sequence number, the first first. */
  readonly digests: readonly string[];
  readonly views: readonly number[];
  /** It had been a traitor by then: this is only what it says. */
  readonly turned: boolean;
}

export interface ViewChange {
  readonly view: number;
  readonly primary: string;
  readonly asked: NodeTime | undefined;
  /** Where it began, the first first; empty where it never did. */
  readonly began: readonly NodeTime[];
  /** Batches of former views that are proposed again. */
  readonly takenOver: number;
  /** The first sequence number that is its own. */
  readonly first: number;
}

export interface NodeTime {
  readonly node: string;
  readonly timeUs: number;
}
