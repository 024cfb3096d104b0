import { type SimulateProgress, type Simulation, simulateInWalks } from '../../spec/simulate.js';
import { Random } from '../kernel/random.js';
import { inSlices, type Limits } from './in-slices.js';
import { type Model, specificationOf } from './model.js';

export interface SimulateSpecificationOptions extends Limits {
  readonly model: Model;
  readonly walks: number;
  /** Of a walk at most. */
  readonly steps: number;
  readonly seed: number;
  readonly onProgress: (progress: SimulateProgress) => void;
}

export interface SimulatedSpecification extends Simulation {
  readonly elapsedMs: number;
}

/**
 * Walks at random through a bounded model.
 *
 * @throws AssayError `bad-argument` for bounds that are too wide
 */
export async function simulateSpecification(options: SimulateSpecificationOptions): Promise<SimulatedSpecification> {
  const { model, walks, steps, seed, onProgress } = options;
  const random = new Random(seed).fork('walks');
  const simulation = simulateInWalks(specificationOf(model), { walks, steps, random: () => random.float() });
  const { result, elapsedMs } = await inSlices(simulation, options, onProgress);
  return { ...result, elapsedMs };
}
