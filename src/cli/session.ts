import pc from 'picocolors';
import { AssayError } from '../kernel/errors.js';
import { EXIT, type ExitCode, exitCodeOfError } from './exit-codes.js';

/**
 * One invocation of `assay`: what it says, where, and how it ends. Results go to stdout; progress, hints and errors go
 * to stderr, so that `assay … --json | jq` and `assay … > file` hold nothing but the result.
 */
export class Session {
  exitCode: ExitCode = EXIT.valid;
  /** Where the user stands: plugins and results are found from here. */
  readonly folder = process.cwd();
  private readonly abort = new AbortController();
  private wroteJson = false;
  private onInterrupt: (() => void) | undefined;

  constructor(private readonly json: boolean) {
    // A reader that went away (`assay list | head -1`) must stop neither the clean-up nor the verdict.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe);
  }

  /** Aborted by the first SIGINT, SIGTERM or SIGHUP: commands then end early and clean up. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** A line of the result. Nothing with `--json`, where the result is one document. */
  print(text = ''): void {
    if (!this.json) process.stdout.write(`${text}\n`);
  }

  /** The result for programs: exactly one document, and only with `--json`. */
  printJson(document: unknown): void {
    if (!this.json || this.wroteJson) return;
    this.wroteJson = true;
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  }

  /** A remark beside the result. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  /** Ends the command early on a signal; a second one ends the process at once. */
  async interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = (name: NodeJS.Signals) => {
      this.onInterrupt?.();
      if (this.abort.signal.aborted) {
        this.note('Stopped at once. `assay clean` removes what may be left over.');
        process.exit(EXIT.harnessFailure);
      }
      this.note('Stopping and cleaning up. Press Ctrl-C again to stop at once.');
      this.abort.abort(new AssayError('harness', `stopped by ${name}`));
    };
    const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const name of signals) process.on(name, stop);
    try {
      return await work(this.abort.signal);
    } finally {
      for (const name of signals) process.off(name, stop);
    }
  }

  /** Lets a live line get out of the way of what a signal has to say. */
  beforeInterruptNote(clear: (() => void) | undefined): void {
    this.onInterrupt = clear;
  }

  /** Tells the user what went wrong, in one message, and sets the exit code. */
  fail(error: unknown): void {
    this.exitCode = exitCodeOfError(error);
    if (error instanceof AssayError) {
      this.printJson({ error: { code: error.code, message: error.message, wayOut: error.wayOut } });
      this.note(`${pc.red('error:')} ${error.message}`);
      if (error.wayOut !== undefined) this.note(error.wayOut);
      if (process.env.ASSAY_DEBUG === '1') this.note(stackOf(error));
      return;
    }
    this.printJson({ error: { code: 'defect', message: String(error) } });
    this.note(`${pc.red('This is a defect of Assay itself, not of the system under test:')}\n${stackOf(error)}`);
    this.note(`Please report it with the command, this text and these versions: ${versions()}`);
  }
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function versions(): string {
  return `Node ${process.version}, ${process.platform} ${process.arch}`;
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
