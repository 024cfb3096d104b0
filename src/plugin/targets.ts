import { z } from 'zod';
import { majority, type NodeId } from '../kernel/ids.js';
import type { NemesisContext } from './nemesis.js';

/**
 * Whom a nemesis strikes. `any` strikes one node, a minority or the leader, in turn, and only while a majority stays
 * untouched, whatever other nemeses hold: the cluster can go on, and clients see how. The others ask nobody.
 */
export const TARGETS = ['any', 'one', 'minority', 'majority', 'all', 'leader'] as const;
export type Target = (typeof TARGETS)[number];

export function targetOption(defaultTarget: Target) {
  return z.enum(TARGETS).default(defaultTarget).describe('whom to strike');
}

const ANY: readonly Target[] = ['one', 'minority', 'leader'];

/**
 * The nodes to strike this round, among those that are available. Undefined when there are none, or when the leader
 * is wanted and nobody knows of one.
 */
export function chooseTargets(context: NemesisContext<unknown>, target: Target): NodeId[] | undefined {
  const available = context.available();
  if (available.length === 0) return undefined;
  const { random, nodes } = context;
  const minority = Math.max(1, nodes.length - majority(nodes.length));
  switch (target) {
    case 'any': {
      const room = available.length - majority(nodes.length);
      return room > 0 ? chooseTargets(context, inTurn(context, ANY))?.slice(0, room) : undefined;
    }
    case 'one':
      return [random.pick(available)];
    case 'minority':
      return take(context, random.int(1, minority));
    case 'majority':
      return take(context, majority(nodes.length));
    case 'all':
      return [...available];
    case 'leader': {
      const leader = context.leader();
      return leader !== undefined && available.includes(leader) ? [leader] : undefined;
    }
  }
}

/** Goes through all choices, one a round, in an order that the seed decides: none is left out by bad luck. */
export function inTurn<T>(context: Pick<NemesisContext<unknown>, 'random' | 'round'>, choices: readonly T[]): T {
  const order = context.random.fork('order').shuffle(choices);
  return order[context.round % order.length] as T;
}

function take(context: NemesisContext<unknown>, count: number): NodeId[] {
  return context.random.shuffle(context.available()).slice(0, count);
}
