import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Measured, Message, Task } from './measure.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const HEAP_MEGABYTES = 2048;
/** How long a child may take to load, warm up and make its history. */
const PREPARE_MS = 60_000;
/** A checker honours its time limit within 5 %; the rest is for a busy machine. */
const PATIENCE = 1.25;

/** What became of a child. */
export interface Outcome {
  readonly operations: number;
  readonly checked?: Measured;
  readonly explained?: Measured;
  /** Absent when the child ended by itself and in good order. */
  readonly failure?: string;
}

/** The measuring program as plain JavaScript, so that children start at once and hold no compiler. */
export class MeasuringProgram implements Disposable {
  private constructor(private readonly folder: string) {}

  static async build(): Promise<MeasuringProgram> {
    const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
    await build({
      absWorkingDir: ROOT,
      entryPoints: ['test/bench/checker/measure.ts'],
      outfile: join(folder, 'measure.mjs'),
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'inline',
    });
    return new MeasuringProgram(folder);
  }

  /** One row in a process of its own. */
  run(task: Task): Promise<Outcome> {
    return new Promise((resolve) => {
      const child = fork(join(this.folder, 'measure.mjs'), [JSON.stringify(task)], {
        cwd: ROOT,
        execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      });
      let outcome: Outcome = { operations: 0 };
      let complaint = '';
      let late = false;
      let timer: NodeJS.Timeout | undefined;
      const allow = (ms: number) => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          late = true;
          child.kill('SIGKILL');
        }, ms);
      };
      allow(PREPARE_MS);
      child.stderr?.on('data', (chunk) => {
        complaint += String(chunk);
      });
      child.on('message', (message: Message) => {
        allow(task.timeoutMs * PATIENCE + 1000);
        outcome =
          message.kind === 'ready'
            ? { ...outcome, operations: message.operations }
            : { ...outcome, [message.kind]: message.measured };
      });
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        const failure = late ? 'killed: too late' : failureOf(code, signal, complaint);
        resolve({ ...outcome, ...(failure && { failure }) });
      });
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function failureOf(code: number | null, signal: string | null, complaint: string): string | undefined {
  if (code === 0) return undefined;
  if (/heap out of memory/.test(complaint)) return 'out of memory';
  const error = /^\w*Error.*$/m.exec(complaint)?.[0] ?? complaint.trim().replaceAll('\n', ' ').slice(0, 400);
  return error || `ended with ${signal ?? code}`;
}
