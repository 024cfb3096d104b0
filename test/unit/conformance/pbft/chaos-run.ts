import type { TraceEvent } from '../../../../src/history/trace.js';
import { type ChaosOptions, type ChaosResult, runChaos } from '../../consensus/pbft/chaos.js';

/** The trace of a run of the core under faults, each event as it happens, from the first start of each replica on. */
export function traceChaos(options: ChaosOptions, observe: (event: TraceEvent) => void): ChaosResult {
  return runChaos({
    ...options,
    prepare(world) {
      const { onTrace } = world;
      world.onTrace = (node, step) => {
        onTrace(node, step);
        observe({ ...step, kind: 'trace', timeUs: world.nowUs, node });
      };
      for (const id of world.ids) {
        world.crash(id);
        world.boot(id);
      }
      options.prepare?.(world);
    },
  });
}
