import type { RunEvent } from '../history/events.js';
import type { Checker, CheckResult } from '../plugin/checker.js';

/**
 * Feeds a recorded run to checkers, event by event, and has each conclude.
 *
 * @param budgetMs for each checker's conclusion
 */
export async function checkEvents(
  events: Iterable<RunEvent> | AsyncIterable<RunEvent>,
  checkers: readonly Checker[],
  budgetMs: number,
): Promise<CheckResult[]> {
  for await (const event of events) {
    const stream = event.kind === 'trace' ? 'trace' : 'history';
    for (const checker of checkers) if (checker.reads === stream) checker.observe(event);
  }
  const results: CheckResult[] = [];
  for (const checker of checkers) results.push(await checker.conclude(budgetMs));
  return results;
}
