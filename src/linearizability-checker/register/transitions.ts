import { NEVER } from '../model.js';
import { NOT, NOTHING, type RegisterHistory, WRITE } from './view.js';

/** A visible change of a register: the operation that made it, right before the return with this rank. */
export interface Transition {
  readonly move: number;
  readonly rank: number;
}

/**
 * A linearization around the given changes, which must leave a place to every operation that returned: a read where its
 * value is held, a write that nobody sees where its value is held or right before another write, a failed
 * compare-and-set where something else is held; each as early as its interval allows.
 */
export function linearizationOf(history: RegisterHistory, changes: readonly Transition[]): number[] {
  const { size, kinds, values, callRank, returnRank } = history;
  // Gap g lies before changes[g]; the register holds held[g] in it.
  const held = [0, ...changes.map(({ move }) => values[move] as number)];
  const inGap: number[][] = Array.from(held, () => []);
  const endsGap: number[][] = Array.from(held, () => []);
  const isChange = new Uint8Array(size);
  for (const { move } of changes) isChange[move] = 1;

  const byCall: number[] = [];
  for (let op = 0; op < size; op++) {
    if (isChange[op] === 0 && kinds[op] !== NOTHING && returnRank[op] !== NEVER) byCall.push(op);
  }
  byCall.sort((left, right) => (callRank[left] as number) - (callRank[right] as number));
  let first = 0;
  for (const op of byCall) {
    const call = callRank[op] as number;
    const returned = returnRank[op] as number;
    // The gap that lasts at the call.
    while (first < changes.length && (changes[first] as Transition).rank < call) first++;
    for (let gap = first; ; gap++) {
      const here = held[gap] === values[op];
      if (kinds[op] === NOT ? !here : here) {
        inGap[gap]?.push(op);
        break;
      }
      const change = changes[gap];
      if (change === undefined || change.rank > returned) {
        throw new Error(`register sweep: operation ${op} has no place among the changes found`);
      }
      if (kinds[op] === WRITE && kinds[change.move] === WRITE) {
        endsGap[gap]?.push(op);
        break;
      }
    }
  }

  const order: number[] = [];
  held.forEach((_, gap) => {
    for (const op of inGap[gap] as number[]) order.push(op);
    for (const op of endsGap[gap] as number[]) order.push(op);
    const change = changes[gap];
    if (change) order.push(change.move);
  });
  return order;
}
