import { describe, expect, it } from 'vitest';
import { pbftSafety, pbftSteps } from '../../../../src/conformance/pbft/index.js';
import { AUTHENTICATIONS } from '../../../../src/consensus/pbft/index.js';
import type { TraceEvent } from '../../../../src/history/trace.js';
import { nodeIds } from '../../../../src/kernel/ids.js';
import type { Checker } from '../../../../src/plugin/checker.js';
import type { ChaosOptions } from '../../consensus/pbft/chaos.js';
import { traceChaos, traceTraitors } from './chaos-run.js';
import { nodeByNode } from './trace.js';

async function judged(checker: Checker, events: readonly TraceEvent[]): Promise<string> {
  for (const event of events) checker.observe(event);
  const { verdict, summary } = await checker.conclude(1000);
  return verdict === 'valid' ? 'valid' : summary;
}

/** By both checkers, as it happened, in that order but as if it were not known, and node by node. */
async function readings(
  events: readonly TraceEvent[],
  nodes: readonly string[],
  authentication: (typeof AUTHENTICATIONS)[number],
): Promise<string[]> {
  const options = { nodes, logWindow: 20 };
  const steps = { ...options, authentication, checkpointInterval: 5 };
  return [
    await judged(pbftSafety({ ...options, inOrder: true }), events),
    await judged(pbftSafety(options), events),
    await judged(pbftSafety(options), nodeByNode(events, nodes)),
    await judged(pbftSteps({ ...steps, inOrder: true }), events),
    await judged(pbftSteps(steps), events),
    await judged(pbftSteps(steps), nodeByNode(events, nodes)),
  ];
}

describe.each(AUTHENTICATIONS)('the core with %s under kills, partitions and loss', (authentication) => {
  it.each([4, 5, 6, 7])('keeps every rule with %d replicas, however its trace is read', async (size) => {
    const nodes = nodeIds(size);
    for (let seed = 1; seed <= 2; seed++) {
      const events: TraceEvent[] = [];
      traceChaos({ seed: 1000 * size + seed, size, options: { authentication } }, (event) => events.push(event));
      const results = await readings(events, nodes, authentication);
      expect({ seed, results }).toEqual({ seed, results: results.map(() => 'valid') });
    }
  });

  it.each([4, 7])('correct replicas among %d keep every rule, whatever traitors do', async (size) => {
    const nodes = nodeIds(size);
    for (let seed = 1; seed <= 4; seed++) {
      const events: TraceEvent[] = [];
      traceTraitors({ seed: 2000 * size + seed, size, options: { authentication } }, (event) => events.push(event));
      expect(events.some(({ name }) => name === 'Turn')).toBe(true);
      const results = await readings(events, nodes, authentication);
      expect({ seed, results }).toEqual({ seed, results: results.map(() => 'valid') });
    }
  });
});

it('a primary proposes nothing in its new view before what that begins with', async () => {
  type Sized = ChaosOptions & { readonly size: number };
  type Trace = (options: Sized, observe: (event: TraceEvent) => void) => unknown;
  const verdictOf = (trace: Trace, options: Sized) => {
    const events: TraceEvent[] = [];
    trace({ ...options, options: { authentication: 'macs' } }, (event) => events.push(event));
    return judged(pbftSafety({ nodes: nodeIds(options.size), inOrder: true, logWindow: 20 }), events);
  };
  // Where the checkpoint of the view becomes stable with it, and where its state comes from the primary's own disk.
  expect(await verdictOf(traceChaos, { seed: 7, size: 7 })).toBe('valid');
  expect(await verdictOf(traceTraitors, { seed: 5091, size: 5, faultsMs: 3000, recoveryMs: 1000 })).toBe('valid');
});
