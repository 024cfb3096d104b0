import { LOOK } from '../deadline.js';
import { NEVER } from '../model.js';
import { type Container, type ContainerHistory, Kind, removalCall } from './container.js';
import { CoverageTree } from './coverage-tree.js';
import type { PlacedAnswer } from './empty-answers.js';
import { MaximumTree } from './maximum-tree.js';

/** Later than any event, earlier than never: when the removal of a value is called that nobody removes. */
const AT_THE_END = NEVER - 1;

/** The values of a stack that are surely inside at some time, as intervals. */
interface Intervals {
  /** Their insertions, in the order of their returns: the intervals' starts. Other lists hold places in this one. */
  readonly values: Int32Array;
  readonly byCall: Int32Array;
  /** By removal call, the intervals' ends: their ranks, and how many values had started before. One more at the end. */
  readonly endTimes: Int32Array;
  readonly startedBefore: Int32Array;
  /** Of how many values the interval goes on right after each end. */
  readonly covered: Int32Array;
  /** By value: the first end after its start, and its own. */
  readonly firstEnd: Int32Array;
  readonly ownEnd: Int32Array;
  /** Insertions of the other values, whose removals were called while the insertion was pending: in time order. */
  readonly brief: readonly number[];
}

/**
 * The order of effect of a stack's operations, or insertions whose values cannot be nested in one another.
 *
 * After Lee & Mathur (arXiv 2410.04581). A value is surely inside from the return of its push to the call of its pop;
 * one without such a time can be pushed and popped in one moment, and disturbs nobody. Where no value is surely
 * inside, the stack may as well be empty (see {@link placeEmptyAnswers}), and what is before and after are two
 * problems. Between two such moments one value must be at the bottom all the time: pushed before any other push had
 * to return, popped after all other pops were called. Any value that can be is as good as any other, for it can be
 * stretched around the rest in every linearization. If there is none, there is no linearization; else it is taken
 * out, and the rest falls into parts at the moments that only it had covered.
 *
 * The leftmost part is always taken first, so the values that can be at its bottom by their push are always those
 * whose push was pending when the first value of all that are left was surely inside. O(n log n).
 */
export function nest(
  history: ContainerHistory,
  container: Container,
  answers: readonly PlacedAnswer[],
): number[] | { readonly crossing: readonly number[] } {
  const { callRank, returnRank } = history;
  const { partner } = container;
  const intervals = intervalsOf(history, container);
  const { values, byCall, endTimes, startedBefore, covered, firstEnd, ownEnd, brief } = intervals;
  const placeOf = new Int32Array(history.size);
  for (let place = 0; place < values.length; place++) placeOf[values[place] as number] = place;
  const removalReturn = (op: number) => {
    const removal = partner[op] as number;
    return removal < 0 ? NEVER : (returnRank[removal] as number);
  };

  const order: number[] = [];
  let nextBrief = 0;
  const emit = (op: number, time: number) => {
    emitBrief(time);
    order.push(op);
  };
  const emitBrief = (until: number) => {
    for (; nextBrief < brief.length; nextBrief++) {
      const op = brief[nextBrief] as number;
      const removal = partner[op] as number;
      if (Math.max(callRank[op] as number, callRank[removal] as number) >= until) return;
      order.push(op, removal);
    }
  };
  /** Values taken out whose part still goes on, and the ranks at which these parts end. */
  const open: number[] = [];
  const openUntil: number[] = [];
  let nextAnswer = 0;
  const advance = (time: number) => {
    while (open.length > 0 && (openUntil[open.length - 1] as number) <= time) {
      openUntil.pop();
      const removal = partner[open.pop() as number] as number;
      emit(removal, callRank[removal] as number);
    }
    // While a part goes on, something is surely inside: no answer has its moment there.
    for (; nextAnswer < answers.length; nextAnswer++) {
      const { op, gap } = answers[nextAnswer] as PlacedAnswer;
      if (gap >= time) return;
      emit(op, gap);
    }
  };

  const coverage = new CoverageTree(covered);
  const removable = new MaximumTree(values.length);
  const taken = new Uint8Array(values.length);
  let first = 0;
  let called = 0;
  for (let step = 0; step < values.length; step++) {
    if ((step & 1023) === 0) history.pulse();
    while (taken[first] === 1) first++;
    const start = returnRank[values[first] as number] as number;
    for (; called < byCall.length && (callRank[byCall[called] as number] as number) < start; called++) {
      const op = byCall[called] as number;
      removable.set(placeOf[op] as number, removalReturn(op));
    }
    advance(start);
    const end = coverage.firstUncovered(firstEnd[first] as number);
    const bottom = removable.greatest(first, startedBefore[end] as number);
    if (removable.at(bottom) <= (endTimes[end] as number)) {
      return { crossing: chainOf(history, intervals, taken, first, end) };
    }
    taken[bottom] = 1;
    removable.set(bottom, 0);
    coverage.lower(firstEnd[bottom] as number, ownEnd[bottom] as number);
    const op = values[bottom] as number;
    emit(op, callRank[op] as number);
    open.push(op);
    openUntil.push(endTimes[end] as number);
  }
  advance(AT_THE_END - 1);
  emitBrief(NEVER);
  return order;
}

function intervalsOf(history: ContainerHistory, container: Container): Intervals {
  const { callRank, returnRank } = history;
  const { kinds, partner, events } = container;
  let count = 0;
  const isBrief = (op: number) => removalCall(history, container, op) < (returnRank[op] as number);
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) history.pulse();
    if (kinds[op] === Kind.insertion && !isBrief(op)) count++;
  }

  const values = new Int32Array(count);
  const byCall = new Int32Array(count);
  const firstEnd = new Int32Array(count);
  const ownEnd = new Int32Array(count).fill(-1);
  const endTimes = new Int32Array(count + 1);
  const startedBefore = new Int32Array(count + 1);
  const covered = new Int32Array(count + 1);
  const placeOf = new Int32Array(history.size);
  const brief: number[] = [];
  let [called, started, ends] = [0, 0, 0];
  for (let index = 0; index < events.length; index++) {
    if ((index & LOOK) === 0) history.pulse();
    const event = events[index] as number;
    const op = event >> 1;
    if (kinds[op] === Kind.insertion) {
      if (isBrief(op)) {
        if ((event & 1) === 0 && removalCall(history, container, op) < (callRank[op] as number)) brief.push(op);
      } else if ((event & 1) === 0) byCall[called++] = op;
      else {
        placeOf[op] = started;
        firstEnd[started] = ends;
        values[started++] = op;
      }
      continue;
    }
    const value = partner[op] as number;
    if ((event & 1) === 1 || value < 0) continue;
    const rank = callRank[op] as number;
    if ((returnRank[value] as number) < rank) {
      const end = ends++;
      ownEnd[placeOf[value] as number] = end;
      endTimes[end] = rank;
      startedBefore[end] = started;
      covered[end] = started - ends;
    } else if ((callRank[value] as number) < rank) brief.push(value);
  }
  endTimes[ends] = AT_THE_END;
  startedBefore[ends] = started;
  for (let place = 0; place < count; place++) if (ownEnd[place] === -1) ownEnd[place] = ends;
  return {
    values,
    byCall,
    endTimes,
    startedBefore,
    covered: covered.subarray(0, ends + 1),
    firstEnd,
    ownEnd,
    brief,
  };
}

/** Few of the values that are left whose intervals, one after another, fill the part that starts with `first`. */
function chainOf(
  { returnRank }: ContainerHistory,
  { values, endTimes, startedBefore, ownEnd }: Intervals,
  taken: Uint8Array,
  first: number,
  end: number,
): number[] {
  const chain = [values[first] as number];
  let reached = ownEnd[first] as number;
  let best = first;
  for (let place = first + 1; place < (startedBefore[end] as number) && reached < end; place++) {
    if (taken[place] === 1) continue;
    if ((returnRank[values[place] as number] as number) > (endTimes[reached] as number)) {
      chain.push(values[best] as number);
      reached = ownEnd[best] as number;
    }
    if ((ownEnd[place] as number) > (ownEnd[best] as number)) best = place;
  }
  if (reached < end) chain.push(values[best] as number);
  return chain;
}
