import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import type { StackInput } from '../models/stack.js';
import { type Container, containerOf, crashedBefore, Kind, withLost, withoutValues } from './container.js';
import { placeEmptyAnswers } from './empty-answers.js';
import { nest } from './nesting.js';
import { type Deadline, deadlinesOf } from './stack-deadlines.js';

const ALGORITHM = 'stack monitor';

type StackHistory = MonitoredHistory<StackInput, Scalar>;

/**
 * Decides stacks where every value is pushed at most once, in O(n log n): see {@link nest}. `undefined` when a value
 * is pushed twice.
 *
 * Pushes that never returned and that nobody saw did not happen. Pops that never returned may each have taken a value
 * that nobody else popped. Each such value has a deadline, by which something surely below it was popped, or the
 * stack was empty. When the pops cannot meet the deadlines, or the history is illegal without these values, it is
 * illegal; when meeting them, earliest deadline first, gives a linearization, it is legal; else, which is rare,
 * `undefined`.
 */
export function stackMonitor(history: StackHistory): MonitorResult | undefined {
  const container = containerOf(history, 'push', ALGORITHM);
  if (container === undefined || 'verdict' in container) return container;
  if (container.crashedRemovals.length === 0) return judge(history, container);
  // A value whose only possible removal came too late was removed by one that may have taken any.
  let matched: Container = container;
  for (const { value, rank } of deadlinesOf(history, container)) {
    const removal = container.partner[value] as number;
    if ((history.callRank[removal] as number) > rank) matched = withLost(history, matched, value);
  }
  const deadlines = deadlinesOf(history, matched).filter(({ value }) => (matched.partner[value] as number) < 0);
  const missed = match(history, matched, deadlines);
  if (missed) {
    const core = [...new Set(missed.flatMap(({ value, witnesses }) => [value, ...witnesses]))];
    return { verdict: 'illegal', algorithm: ALGORITHM, core };
  }
  const judged = judge(history, matched);
  if (judged.verdict === 'legal') return judged;
  const without = judge(history, withoutValues(matched, [...matched.lost, ...matched.possiblyRemoved]));
  return without.verdict === 'illegal' ? without : undefined;
}

/** Decides a history with every value's removal known, if it was removed. */
function judge(history: StackHistory, container: Container): MonitorResult {
  const answers = placeEmptyAnswers(history, container);
  if ('answer' in answers) return illegal(container, answers.inside, [answers.answer]);
  const order = nest(history, container, answers);
  if ('crossing' in order) return illegal(container, order.crossing, []);
  return { verdict: 'legal', algorithm: ALGORITHM, order };
}

function illegal({ kinds, partner }: Container, values: readonly number[], answers: readonly number[]): MonitorResult {
  const core = [...values, ...answers];
  for (const op of values) {
    const removal = partner[op] as number;
    if (kinds[removal] === Kind.removal) core.push(removal);
  }
  return { verdict: 'illegal', algorithm: ALGORITHM, core };
}

/**
 * Gives the values that nobody is known to have popped to the pops that never returned, the earliest deadline to the
 * earliest call. Returns values of which not all can meet their deadlines, one more than there are pops.
 */
function match(
  history: StackHistory,
  container: Container,
  deadlines: readonly Deadline[],
): readonly Deadline[] | undefined {
  const { callRank } = history;
  const { crashedRemovals, partner } = container;
  const urgent = [...deadlines].sort((left, right) => left.rank - right.rank);
  for (let index = 0; index < urgent.length; index++) {
    const { rank, value } = urgent[index] as Deadline;
    const removal = crashedRemovals[index];
    if (removal === undefined || (callRank[removal] as number) > rank) {
      if (rank === NEVER) return undefined;
      return urgent.slice(0, crashedBefore(history, container, rank) + 1);
    }
    partner[value] = removal;
    partner[removal] = value;
  }
  return undefined;
}
