export { check as checkHere } from '../linearizability-checker/index.js';
export { checkInParallel, type ParallelCheckOptions } from './check-in-parallel.js';
export { isBuiltIn, type ModelSource } from './model-source.js';
