import type { Treason } from '../history/treasons.js';
import { count } from '../kernel/count.js';
import { formatDuration } from '../kernel/units.js';
import { byNumber } from './describe-fault.js';

/** A paragraph is no table: so many traitors are named at most. */
const MAX_NAMED = 4;

/** "n3 was a traitor from 3.20 s to 8.10 s (equivocate, 41 misdeeds)." */
export function describeTreasons(treasons: readonly Treason[]): string {
  const nodes = [...new Set(treasons.map(({ node }) => node))].sort(byNumber);
  const sentences = nodes.slice(0, MAX_NAMED).map((node) =>
    describeTraitor(
      node,
      treasons.filter((treason) => treason.node === node),
    ),
  );
  const more = nodes.length - sentences.length;
  return `${[...sentences, ...(more > 0 ? [`so were ${count(more, 'other node')}`] : [])].join('; ')}.`;
}

function describeTraitor(node: string, treasons: readonly Treason[]): string {
  const misdeeds = treasons.reduce((sum, treason) => sum + treason.misdeeds, 0);
  const behaviours = [...new Set(treasons.map(({ behaviour }) => behaviour))].join(', ');
  const last = treasons.some(({ toUs }) => toUs === null) ? null : Math.max(...treasons.map(({ toUs }) => toUs ?? 0));
  const fromUs = Math.min(...treasons.map((treason) => treason.fromUs));
  const times = treasons.length === 1 ? '' : ` ${treasons.length} times`;
  return `${node} was a traitor${times} ${stretchOf({ fromUs, toUs: last })} (${behaviours}, ${count(misdeeds, 'misdeed')})`;
}

/** "from 3.20 s to 8.10 s", "from 3.20 s on" */
export function stretchOf({ fromUs, toUs }: Pick<Treason, 'fromUs' | 'toUs'>): string {
  return `from ${formatDuration(fromUs)} ${toUs === null ? 'on' : `to ${formatDuration(toUs)}`}`;
}

/** "equivocate against n2 n3" */
export function deedOf({ behaviour, against }: Pick<Treason, 'behaviour' | 'against'>): string {
  return against.length === 0 ? behaviour : `${behaviour} against ${against.join(' ')}`;
}
