import { LOOK } from '../deadline.js';
import { NEVER } from '../model.js';
import { type Container, type ContainerHistory, Kind } from './container.js';

/** By when a value must have been removed that nobody is known to have removed. */
export interface Deadline {
  /** Its insertion. */
  readonly value: number;
  /** The rank of the return that proves it gone; {@link NEVER} where none does. */
  readonly rank: number;
  /** What proves it gone. */
  readonly witnesses: readonly number[];
}

/**
 * The deadlines of a stack's lost values, in the order of the returns of their pushes: the earliest return of a pop
 * whose value was pushed surely before the lost one and popped surely after its push, or of an answer "empty" that was
 * called after its push. O(n log n).
 */
export function deadlinesOf(history: ContainerHistory, container: Container): Deadline[] {
  const { callRank, returnRank } = history;
  const { events, kinds, partner } = container;
  // Places of the values that were removed, in the order of the returns of their insertions.
  const placeOf = new Int32Array(history.size);
  const startedBefore = new Int32Array(history.size);
  let places = 0;
  for (let index = 0; index < events.length; index++) {
    if ((index & LOOK) === 0) history.pulse();
    const event = events[index] as number;
    const op = event >> 1;
    if (kinds[op] !== Kind.insertion) continue;
    if ((event & 1) === 0) startedBefore[op] = places;
    else if ((partner[op] as number) >= 0) placeOf[op] = ++places;
  }
  // Backwards in time: at the return of a lost value's push, the tree holds the values whose pops are called later.
  const earliest = new Int32Array(places + 1).fill(-1);
  const removalReturn = (op: number) => (op < 0 ? NEVER : (returnRank[partner[op] as number] as number));
  const deadlines: Deadline[] = [];
  let answer = -1;
  for (let index = events.length - 1; index >= 0; index--) {
    if ((index & LOOK) === 0) history.pulse();
    const event = events[index] as number;
    const op = event >> 1;
    const kind = kinds[op];
    if ((event & 1) === 0) {
      if (kind === Kind.removal) {
        const value = partner[op] as number;
        if ((returnRank[value] as number) > (callRank[op] as number)) continue;
        for (let place = placeOf[value] as number; place <= places; place += place & -place) {
          if (removalReturn(value) < removalReturn(earliest[place] as number)) earliest[place] = value;
        }
      } else if (kind === Kind.emptyAnswer) {
        if (answer < 0 || (returnRank[op] as number) < (returnRank[answer] as number)) answer = op;
      }
    } else if (kind === Kind.insertion && (partner[op] === -1 || returnRank[partner[op] as number] === NEVER)) {
      let below = -1;
      for (let place = startedBefore[op] as number; place > 0; place -= place & -place) {
        const value = earliest[place] as number;
        if (removalReturn(value) < removalReturn(below)) below = value;
      }
      const byAnswer = answer < 0 ? NEVER : (returnRank[answer] as number);
      const byPop = removalReturn(below);
      if (byAnswer < byPop) deadlines.push({ value: op, rank: byAnswer, witnesses: [answer] });
      else if (byPop === NEVER) deadlines.push({ value: op, rank: NEVER, witnesses: [] });
      else deadlines.push({ value: op, rank: byPop, witnesses: [below, partner[below] as number] });
    }
  }
  return deadlines.reverse();
}
