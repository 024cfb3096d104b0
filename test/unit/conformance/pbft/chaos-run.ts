import { createReplica } from '../../../../src/consensus/pbft/index.js';
import type { TraceEvent } from '../../../../src/history/trace.js';
import { Random } from '../../../../src/kernel/random.js';
import { BEHAVIOURS, type Behaviour } from '../../../../src/ports/corruption.js';
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

/** The same with so many replicas that are turned one after another, each in a way of its own. */
export function traceTraitors(
  options: ChaosOptions & { readonly size: number },
  observe: (event: TraceEvent) => void,
  count = Math.floor((options.size - 1) / 3),
  behaviours: readonly Behaviour[] = BEHAVIOURS,
): ChaosResult {
  const random = new Random(options.seed).fork('traitors');
  const ids = Array.from({ length: options.size }, (_, index) => `n${index + 1}`);
  const traitors = random.shuffle(ids).slice(0, count);
  return traceChaos(
    {
      ...options,
      traitors,
      create: (id, nodes, keys, given) =>
        createReplica({ id, nodes, keys, options: given, random: new Random(options.seed).fork(id) }),
      prepare(world) {
        const against = random.shuffle(ids).slice(0, random.int(1, options.size - 1));
        for (const traitor of traitors) {
          const behaviour = random.pick(behaviours);
          world.at(random.int(0, 1_000_000), () => world.turn(traitor, { behaviour, against }));
        }
      },
    },
    observe,
  );
}
