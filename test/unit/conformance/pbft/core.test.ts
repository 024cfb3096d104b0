import { describe, expect, it } from 'vitest';
import { pbftSafety, pbftSteps } from '../../../../src/conformance/pbft/index.js';
import { AUTHENTICATIONS } from '../../../../src/consensus/pbft/index.js';
import type { TraceEvent } from '../../../../src/history/trace.js';
import { nodeIds } from '../../../../src/kernel/ids.js';
import type { Checker } from '../../../../src/plugin/checker.js';
import { traceChaos } from './chaos-run.js';
import { nodeByNode } from './trace.js';

async function judged(checker: Checker, events: readonly TraceEvent[]): Promise<string> {
  for (const event of events) checker.observe(event);
  const { verdict, summary } = await checker.conclude(1000);
  return verdict === 'valid' ? 'valid' : summary;
}

describe.each(AUTHENTICATIONS)('the core with %s under kills, partitions and loss', (authentication) => {
  it.each([4, 5, 6, 7])('keeps every rule with %d replicas, however its trace is read', async (size) => {
    const nodes = nodeIds(size);
    for (let seed = 1; seed <= 3; seed++) {
      const events: TraceEvent[] = [];
      traceChaos({ seed: 1000 * size + seed, size, options: { authentication } }, (event) => events.push(event));
      const safety = (inOrder: boolean) => pbftSafety({ nodes, inOrder, logWindow: 20 });
      const steps = (inOrder: boolean) =>
        pbftSteps({ nodes, authentication, inOrder, logWindow: 20, checkpointInterval: 5 });
      const results = [
        await judged(safety(true), events),
        await judged(safety(false), events),
        await judged(safety(false), nodeByNode(events, nodes)),
        await judged(steps(true), events),
        await judged(steps(false), events),
        await judged(steps(false), nodeByNode(events, nodes)),
      ];
      expect({ seed, results }).toEqual({ seed, results: results.map(() => 'valid') });
    }
  });
});

it('a primary proposes nothing in its new view before what that begins with', async () => {
  const events: TraceEvent[] = [];
  traceChaos({ seed: 7, size: 7, options: { authentication: 'macs' } }, (event) => events.push(event));
  expect(await judged(pbftSafety({ nodes: nodeIds(7), inOrder: true, logWindow: 20 }), events)).toBe('valid');
});
