import type { TraceEvent } from '../history/trace.js';
import type { NodeId } from '../kernel/ids.js';
import type { Checker } from '../plugin/checker.js';
import type { Observations } from './partial/observed.js';
import { RaftPartial } from './partial/raft-partial.js';
import { PbftTraceScan } from './pbft/index.js';
import { raftSafety } from './raft-safety.js';
import { raftSteps } from './raft-steps.js';
import { TraceReader } from './trace-reader.js';

/** What a trace can be held against, whoever recorded it. */
export type TraceSpecification = PartialTraceSpecification | WholeTraceSpecification;

/** Where a trace may tell less than ours do. */
interface PartialTraceSpecification {
  /** For a trace from which nothing is left out. */
  whole(nodes: readonly NodeId[], observations: Observations): Checker[];
  /** For one that tells less. */
  partial(nodes: readonly NodeId[], observations: Observations): RaftPartial;
}

/** Where a trace tells all or nothing. */
export interface WholeTraceSpecification {
  /** Nodes that make a cluster, at least. */
  readonly leastNodes: number;
  /** A first reading, which says what the second is to be held against. */
  scan(): TraceScan;
}

interface TraceScan {
  note(event: TraceEvent): void;
  /** Those that are spoken of. */
  readonly nodes: readonly NodeId[];
  /** What the trace does not tell, in words. */
  missing(): string | undefined;
  checkers(nodes: readonly NodeId[]): Checker[];
}

/** By the name of the protocol. */
export const TRACE_SPECIFICATIONS: ReadonlyMap<string, TraceSpecification> = new Map<string, TraceSpecification>([
  [
    'raft',
    {
      // Their clocks are their own, and may differ. How long an election timeout is there is not known, so that nothing
      // is said of voters that stick to a leader.
      whole: (nodes, observations) => {
        const reader = new TraceReader(nodes);
        const preVote = observations.tells('BecomePreCandidate');
        return [
          raftSafety({ nodes }, reader),
          raftSteps({ nodes, preVote, stickToLeader: true, oneClock: false }, reader),
        ];
      },
      partial: (nodes, observations) => new RaftPartial(nodes, observations),
    },
  ],
  ['pbft', { leastNodes: 4, scan: () => new PbftTraceScan() }],
]);
