import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Starts the worker's program: the compiled one, or, in a checkout, the source by way of tsx. */
export function startWorker(options: WorkerOptions): Worker {
  const fromSource = import.meta.url.endsWith('.ts');
  const program = new URL(fromSource ? './worker-from-source.mjs' : './worker.js', import.meta.url);
  // Flags of this process, a test runner's loader for one, are not for the worker.
  return new Worker(program, { ...options, execArgv: [] });
}
