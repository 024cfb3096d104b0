import { invariant } from '../../kernel/errors.js';
import { mostTraitors, type NodeId } from '../../kernel/ids.js';

/** How many replicas agree on what, among `n` of which at most `f` are faulty. For n = 3f+1 the paper's numbers. */
export interface Quorums {
  /** The most faulty replicas that n can bear: ⌊(n−1)/3⌋. */
  readonly faulty: number;
  /**
   * Any two of this size share a correct replica: ⌈(n+f+1)/2⌉, which is 2f+1 where n = 3f+1 and more where n is larger.
   * With 2f+1 of five, two quorums may have a traitor alone in common.
   */
  readonly quorum: number;
  /** At least one of so many is correct: f+1. */
  readonly weak: number;
}

export function quorumsOf(n: number): Quorums {
  const faulty = mostTraitors(n);
  return { faulty, quorum: Math.floor((n + faulty) / 2) + 1, weak: faulty + 1 };
}

/** The primary of `view`: p = v mod |R| (§4.1). */
export function primaryOf(view: number, nodes: readonly NodeId[]): NodeId {
  const primary = nodes[view % nodes.length];
  invariant(primary !== undefined, () => `no primary of view ${view} among ${nodes.length}`);
  return primary;
}
