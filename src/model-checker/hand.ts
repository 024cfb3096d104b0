import { Worker } from 'node:worker_threads';
import { tooWide } from './in-slices.js';
import type { Answer, Request, WorkerSettings } from './messages.js';

/** One worker, asked for one thing at a time. */
export class Hand {
  /** What it told last. */
  latest: Answer = { open: 0, found: 0, distinct: 0, generated: 0, coverage: [] };
  private readonly worker: Worker;
  private resolve: (answer: Answer) => void = () => {};
  private reject: (error: Error) => void = () => {};
  private broken: Error | undefined;

  constructor(settings: WorkerSettings) {
    this.worker = startWorker(settings);
    this.worker.on('message', (answer: Answer) => this.receive(answer));
    this.worker.on('error', (error: Error) => this.fail(error));
    this.worker.on('exit', (code) => this.fail(new Error(`a worker ended by itself, with exit code ${code}`)));
  }

  /** @throws AssayError `bad-argument` for bounds that are too wide */
  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      if (this.broken) reject(this.broken);
      else this.worker.postMessage(request);
    });
  }

  async dismiss(): Promise<void> {
    this.worker.removeAllListeners('exit');
    await this.worker.terminate();
  }

  private receive(answer: Answer): void {
    const { error } = answer;
    if (error) {
      this.fail(error.tooWide ? tooWide(new RangeError(error.message)) : new Error(error.message));
      return;
    }
    this.latest = answer;
    this.resolve(answer);
  }

  private fail(error: Error): void {
    this.broken ??= error;
    this.reject(this.broken);
  }
}

/** Starts the worker's program: the compiled one, or, in a checkout, the source by way of tsx. */
function startWorker(settings: WorkerSettings): Worker {
  const fromSource = import.meta.url.endsWith('.ts');
  const program = new URL(fromSource ? './worker-from-source.mjs' : './worker.js', import.meta.url);
  // Flags of this process, a test runner's loader for one, are not for the worker.
  return new Worker(program, { workerData: settings, execArgv: [] });
}
