import type { NodeId } from '../kernel/ids.js';

/** What traitors do: `nemeses/README.md` says it of each. */
export const BEHAVIOURS = [
  'equivocate',
  'silent',
  'selectively-silent',
  'wrong-digest',
  'conflicting-votes',
  'forged-sender',
  'replay-old-view',
  'tamper-request',
  'censor-client',
  'delay',
  'lying-checkpoint',
  'bad-new-view',
  'collude',
  'twin',
] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** How a node lies. */
export interface Corruption {
  readonly behaviour: Behaviour;
  /**
   * The nodes that are told the other story: who is left out, shown the other proposal, or given to the twin. Traitors
   * that act together are given the same.
   */
  readonly against: readonly NodeId[];
}
