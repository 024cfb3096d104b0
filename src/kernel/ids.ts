/** A node of the cluster: `n1`, `n2`, … The numbering is from 1, in the order of the cluster's list. */
export type NodeId = string;

/** The ids of a cluster of `count` nodes. */
export function nodeIds(count: number): NodeId[] {
  return Array.from({ length: count }, (_, index) => `n${index + 1}`);
}

/** The most traitors that so many nodes bear: ⌊(n−1)/3⌋ (Pease, Shostak and Lamport, 1980). */
export function mostTraitors(count: number): number {
  return Math.max(0, Math.floor((count - 1) / 3));
}

/** The smallest number of nodes that two of which always share one: ⌊n/2⌋+1. */
export function majority(count: number): number {
  return Math.floor(count / 2) + 1;
}
