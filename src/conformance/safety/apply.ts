import type { EntryRef } from '../../history/trace.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { seconds } from '../words.js';
import type { Cluster } from './cluster.js';
import type { RaftNode } from './node.js';
import { entryAt } from './words.js';

/** AppliedContiguous, AppliedMonotonic and StateMachineSafety: without gaps, once, and the same everywhere (§5.4.3). */
export function apply(
  cluster: Cluster,
  node: RaftNode,
  from: number,
  entries: readonly EntryRef[],
  timeUs: Micros,
): void {
  if (from !== node.applied + 1) {
    cluster.report(
      from > node.applied ? 'AppliedContiguous' : 'AppliedMonotonic',
      `${node.id} applied index ${from} after index ${node.applied}`,
      [node.id],
      timeUs,
      [
        `${node.id} had applied everything up to index ${node.applied}.`,
        `${seconds(timeUs)}: the next that it applied was index ${from}.`,
      ],
    );
  }
  let index = from;
  for (const entry of entries) {
    applyOne(cluster, node, index, entry, timeUs);
    index++;
  }
  node.applied = index - 1;
  if (node.applied > node.commitIndex) {
    cluster.report(
      'StateMachineSafety',
      `${node.id} applied index ${node.applied}, though it knew only ${node.commitIndex} as committed`,
      [node.id],
      timeUs,
      [
        `${node.id} knew that everything up to index ${node.commitIndex} is committed.`,
        `${seconds(timeUs)}: it applied entries up to index ${node.applied}.`,
      ],
    );
  }
}

function applyOne(cluster: Cluster, node: RaftNode, index: number, entry: EntryRef, timeUs: Micros): void {
  const settled = cluster.committed.get(index);
  if (settled !== undefined && settled.cell.digest !== undefined) {
    if (settled.cell.digest === entry.digest && settled.cell.term === entry.term) return;
    differentlyApplied(cluster, node, index, entry, settled.cell, settled, timeUs, 'knew as committed');
    return;
  }
  const known = cluster.applied.get(index);
  if (known === undefined) cluster.applied.set(index, { entry, node: node.id, timeUs });
  else if (known.entry.digest !== entry.digest || known.entry.term !== entry.term) {
    differentlyApplied(cluster, node, index, entry, known.entry, known, timeUs, 'applied');
  }
}

function differentlyApplied(
  cluster: Cluster,
  node: RaftNode,
  index: number,
  entry: EntryRef,
  other: { readonly term: number; readonly digest: number | undefined },
  by: { readonly node: NodeId; readonly timeUs: Micros },
  timeUs: Micros,
  verb: string,
): void {
  cluster.report(
    'StateMachineSafety',
    `${node.id} applied another entry at index ${index} than ${by.node} ${verb}`,
    [by.node, node.id],
    timeUs,
    [
      `${seconds(by.timeUs)}: ${by.node} ${verb} ${entryAt(index, other)}.`,
      `${seconds(timeUs)}: ${node.id} applied ${entryAt(index, entry)}.`,
    ],
  );
}
