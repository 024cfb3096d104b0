import { expect } from 'vitest';
import { pbftSteps } from '../../../../src/conformance/pbft/index.js';
import type { TraceEvent } from '../../../../src/history/trace.js';
import type { CheckResult } from '../../../../src/plugin/checker.js';
import { BEGINNING } from './judge-safety.js';
import { eventsOf, INTERVAL, type Line, NODES, nodeByNode, WINDOW } from './trace.js';

export interface Assumed {
  readonly authentication?: 'signatures' | 'macs';
  readonly inOrder?: boolean;
  readonly oneClock?: boolean;
}

export async function judgeEvents(events: readonly TraceEvent[], assumed: Assumed = {}): Promise<CheckResult> {
  const options = { nodes: NODES, logWindow: WINDOW, checkpointInterval: INTERVAL };
  const checker = pbftSteps({ ...options, authentication: 'signatures', inOrder: true, ...assumed });
  for (const event of events) checker.observe(event);
  return checker.conclude(1000);
}

const kinds = ({ anomalies }: CheckResult) => [...new Set(anomalies.map(({ kind }) => kind))].sort();

/** The same events as they happened, and node by node. */
async function readings(lines: readonly Line[], assumed: Assumed): Promise<CheckResult[]> {
  const events = eventsOf([
    ...BEGINNING,
    ...lines,
    ...NODES.map((node): Line => [node, { name: 'Turn', behaviour: null }]),
  ]);
  return [
    await judgeEvents(events, { ...assumed, inOrder: true }),
    await judgeEvents(events, { ...assumed, inOrder: false }),
    await judgeEvents(nodeByNode(events), { ...assumed, inOrder: false }),
    await judgeEvents(nodeByNode(events, [...NODES].reverse()), { ...assumed, inOrder: false }),
  ];
}

/** What follows the beginning are steps as well, however the events are interleaved. */
export async function steps(lines: readonly Line[], assumed: Assumed = {}): Promise<void> {
  for (const result of await readings(lines, assumed)) {
    expect(result.anomalies.map(({ title }) => title)).toEqual([]);
    expect(result.verdict).toBe('valid');
  }
}

/** They are not: by these rules and no other, and the first is told so. */
export async function diverges(
  rules: string | string[],
  lines: readonly Line[],
  allowed?: string,
  assumed: Assumed = {},
): Promise<void> {
  const expected = [rules].flat().sort();
  for (const result of await readings(lines, assumed)) {
    expect(kinds(result), result.anomalies[0]?.title).toEqual(expected);
    if (allowed !== undefined) {
      expect(result.anomalies.map(({ story }) => story[1]).join('\n')).toContain(allowed);
    }
  }
}
