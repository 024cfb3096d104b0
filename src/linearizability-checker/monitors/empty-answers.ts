import { LOOK } from '../deadline.js';
import { type Container, type ContainerHistory, Kind, removalCall } from './container.js';

/** An answer "empty", and when: right after the event with this rank. */
export interface PlacedAnswer {
  readonly op: number;
  readonly gap: number;
}

/**
 * Finds for each answer "empty" a moment of its interval when nothing was surely inside. A value is surely inside
 * from the return of its insertion to the call of its removal. At a moment when no value is, every value can be moved
 * wholly before or wholly after that moment without any other harm, in a queue and in a stack alike: take a
 * linearization, and let each value that is inside come later, or go earlier, whichever its interval allows. So these
 * answers are judged by themselves, and all of them at once. (Henzinger, Sezgin & Vafeiadis, CONCUR 2013, the "empty"
 * violation.)
 *
 * @returns the answers in the order of their moments, or the insertions that fill the interval of one without a gap
 */
export function placeEmptyAnswers(
  history: ContainerHistory,
  container: Container,
): PlacedAnswer[] | { readonly answer: number; readonly inside: readonly number[] } {
  const { callRank, returnRank } = history;
  const { kinds, partner, events, emptyAnswers } = container;
  if (emptyAnswers.length === 0) return [];
  const placed: PlacedAnswer[] = [];
  let waiting: number[] = [];
  let inside = 0;
  for (let index = 0; index < events.length; index++) {
    if ((index & LOOK) === 0) history.pulse();
    const event = events[index] as number;
    const op = event >> 1;
    const kind = kinds[op];
    const returns = (event & 1) === 1;
    const rank = (returns ? returnRank[op] : callRank[op]) as number;
    if (kind === Kind.insertion) {
      if (returns && removalCall(history, container, op) > rank) inside++;
    } else if (kind === Kind.emptyAnswer) {
      if (!returns) waiting.push(op);
      else if (waiting.includes(op)) return { answer: op, inside: filling(history, container, op) };
    } else if (!returns && (partner[op] as number) >= 0) {
      if ((returnRank[partner[op] as number] as number) < rank) inside--;
    }
    if (inside > 0 || waiting.length === 0) continue;
    for (const answer of waiting) placed.push({ op: answer, gap: rank });
    waiting = [];
  }
  return placed;
}

/** Few insertions whose values, one after another, were surely inside during the whole interval of this answer. */
function filling(history: ContainerHistory, container: Container, answer: number): number[] {
  const { callRank, returnRank } = history;
  const { kinds, events } = container;
  const until = returnRank[answer] as number;
  const chosen: number[] = [];
  let reached = callRank[answer] as number;
  let best = -1;
  let bestEnd = reached;
  for (let index = 0; index < events.length; index++) {
    if ((index & LOOK) === 0) history.pulse();
    const event = events[index] as number;
    const op = event >> 1;
    if ((event & 1) === 0 || kinds[op] !== Kind.insertion) continue;
    if ((returnRank[op] as number) > reached) {
      // Of those that were inside by then, the one that stayed longest. There is one, for no gap is open.
      chosen.push(best);
      reached = bestEnd;
      if (reached >= until) return chosen;
    }
    const end = removalCall(history, container, op);
    if (end > bestEnd) {
      best = op;
      bestEnd = end;
    }
  }
  chosen.push(best);
  return chosen;
}
