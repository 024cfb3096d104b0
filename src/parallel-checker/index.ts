export { checkInParallel, type ParallelCheckOptions } from './check-in-parallel.js';
export type { ModelSource } from './model-source.js';
