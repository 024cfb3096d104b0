import type { NodeId } from '../../kernel/ids.js';
import type { Coverage } from '../reach/coverage.js';
import type { Divergences } from './divergences.js';
import type { StepNode } from './node.js';

/** What the rules know besides one node and its step. */
export interface StepContext {
  readonly nodes: ReadonlyMap<NodeId, StepNode>;
  readonly majority: number;
  /** Whether nodes ask before they campaign (thesis §9.6). */
  readonly preVote: boolean;
  /** Whether voters may ignore a candidate because they hear from a leader (thesis §4.2.3). When they do is not observable. */
  readonly stickToLeader: boolean;
  readonly divergences: Divergences;
  readonly coverage: Coverage;
}
