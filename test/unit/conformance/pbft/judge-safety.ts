import { expect } from 'vitest';
import { pbftSafety } from '../../../../src/conformance/pbft/index.js';
import type { TraceEvent } from '../../../../src/history/trace.js';
import type { CheckResult } from '../../../../src/plugin/checker.js';
import { eventsOf, type Line, NODES, nodeByNode, orders, STARTS, WINDOW } from './trace.js';

export async function judgeEvents(
  events: readonly TraceEvent[],
  inOrder: boolean,
  nodes: readonly string[] = NODES,
): Promise<CheckResult> {
  const checker = pbftSafety({ nodes, inOrder, logWindow: WINDOW });
  for (const event of events) checker.observe(event);
  return checker.conclude(1000);
}

export const judge = (lines: readonly Line[], inOrder = true): Promise<CheckResult> =>
  judgeEvents(eventsOf(lines), inOrder);

/** In view 0, sequence numbers 1 to 3 were ordered by all, and checkpoint 2 is stable. */
export const BEGINNING: readonly Line[] = [...STARTS, ...orders(1), ...orders(2), ...orders(3)];

const kinds = ({ anomalies }: CheckResult) => [...new Set(anomalies.map(({ kind }) => kind))];

/** No rule is broken, whether the events come as they happened, or those of one node after those of another. */
export async function holds(...lines: readonly Line[]): Promise<void> {
  const events = eventsOf([...BEGINNING, ...lines]);
  const results = [
    await judgeEvents(events, true),
    await judgeEvents(events, false),
    await judgeEvents(nodeByNode(events), false),
    await judgeEvents(nodeByNode(events, [...NODES].reverse()), false),
  ];
  for (const result of results) {
    expect(result.anomalies.map(({ title }) => title)).toEqual([]);
    expect(result.verdict).toBe('valid');
  }
}

/** These rules are broken, in this order of weight, however the events are interleaved. */
export async function breaks(rules: string | string[], ...lines: readonly Line[]): Promise<void> {
  const events = eventsOf([
    ...BEGINNING,
    ...lines,
    ...NODES.map((node): Line => [node, { name: 'Turn', behaviour: null }]),
  ]);
  const expected = [rules].flat();
  expect(kinds(await judgeEvents(events, true))).toEqual(expected);
  expect(kinds(await judgeEvents(events, false))).toEqual(expected);
  expect(kinds(await judgeEvents(nodeByNode(events), false))).toEqual(expected);
  expect(kinds(await judgeEvents(nodeByNode(events, [...NODES].reverse()), false))).toEqual(expected);
}
