import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AssayError, messageOf } from '../kernel/errors.js';
import { type RunRecord, runRecordSchema } from './run-record.js';

export const RUN_RECORD_FILE = 'run.json';
export const HISTORY_FILE = 'history.ndjson';
export const TRACE_FILE = 'trace.ndjson';
export const REPORT_FILE = 'report.html';

/** `20261123T140501`: what the names of folders begin with, so that they sort by time. */
export function timeStamp(time: Date): string {
  return time.toISOString().replace(/[-:]/g, '').slice(0, 15);
}

/** One run's folder. */
export class RunFolder {
  constructor(readonly path: string) {}

  get id(): string {
    return basename(this.path);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /**
   * Writes aside and renames, so that a reader never sees half a record.
   *
   * @throws AssayError `no-space` when the disk is full
   */
  writeRecord(record: RunRecord): void {
    this.write(RUN_RECORD_FILE, `${JSON.stringify(record, null, 2)}\n`);
  }

  write(name: string, text: string): void {
    guardSpace(this.path, () => writeFileAside(this.file(name), text));
  }

  remove(name: string): void {
    rmSync(this.file(name), { force: true });
  }

  /** @throws AssayError `not-found` or `bad-file` */
  async readRecord(): Promise<RunRecord> {
    const file = this.file(RUN_RECORD_FILE);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      throw new AssayError('not-found', `${this.path} holds no run: ${messageOf(error)}`, LIST_RUNS, { cause: error });
    }
    try {
      return runRecordSchema.parse(JSON.parse(text));
    } catch (error) {
      throw new AssayError('bad-file', `${file} is not a run record: ${messageOf(error)}`, LIST_RUNS, { cause: error });
    }
  }
}

const LIST_RUNS = 'See `assay serve` for the runs that there are.';

/** The folder of all results, one sub-folder a run or campaign, and `latest`, a link to the newest. */
export class ResultsStore {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** Makes a folder for a new run; a number is added when the name is taken, so that two harnesses never share one. */
  create(name: string): RunFolder {
    return guardSpace(this.path, () => {
      mkdirSync(this.path, { recursive: true });
      for (let attempt = 1; ; attempt++) {
        const path = join(this.path, attempt === 1 ? name : `${name}-${attempt}`);
        try {
          mkdirSync(path);
        } catch (error) {
          if (isCode(error, 'EEXIST')) continue;
          throw error;
        }
        this.linkLatest(path);
        return new RunFolder(path);
      }
    });
  }

  /** The names of the folders, oldest first. */
  names(): string[] {
    if (!existsSync(this.path)) return [];
    return readdirSync(this.path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  }

  /**
   * A run by its id, by a unique beginning of it, by its path, or `latest`.
   *
   * @throws AssayError `not-found`, with what there is
   */
  open(name: string): RunFolder {
    const asPath = resolve(name);
    if (existsSync(join(asPath, RUN_RECORD_FILE))) return new RunFolder(asPath);
    if (existsSync(asPath) && existsSync(join(dirname(asPath), RUN_RECORD_FILE))) return new RunFolder(dirname(asPath));
    const found = this.named(name);
    const [only] = found;
    if (only !== undefined && (found.length === 1 || only === name)) return new RunFolder(join(this.path, only));
    const choice = found.length > 1 ? found : this.runs().slice(-5);
    throw new AssayError(
      'not-found',
      found.length > 1
        ? `"${name}" is the beginning of ${found.length} runs`
        : `there is no run "${name}" in ${this.path}`,
      choice.length > 0 ? `Try one of: ${choice.join(', ')}` : 'Make one with `assay run raft`.',
    );
  }

  /** The runs whose names begin so, oldest first; of `latest`, the newest of all. */
  named(name: string): string[] {
    const runs = this.runs();
    return name === 'latest' ? runs.slice(-1) : runs.filter((each) => each.startsWith(name));
  }

  private runs(): string[] {
    return this.names().filter((each) => existsSync(join(this.path, each, RUN_RECORD_FILE)));
  }

  private linkLatest(path: string): void {
    const link = join(this.path, 'latest');
    try {
      rmSync(link, { force: true });
      symlinkSync(basename(path), link);
    } catch {
      // A convenience only: some file systems have no links.
    }
  }
}

/**
 * Appends lines to a file so that what was written survives the harness: `immediate` hands each line to the system at
 * once (a SIGKILL loses nothing), `buffered` gathers 64 KiB (for traces).
 */
export class LineWriter {
  private readonly descriptor: number;
  private pending: string[] = [];
  private pendingLength = 0;

  constructor(
    private readonly path: string,
    private readonly mode: 'immediate' | 'buffered',
  ) {
    this.descriptor = guardSpace(path, () => openSync(path, 'a'));
  }

  /** @throws AssayError `no-space` when the disk is full */
  write(line: string): void {
    this.pending.push(line, '\n');
    this.pendingLength += line.length + 1;
    if (this.mode === 'immediate' || this.pendingLength > 65_536) this.flush();
  }

  flush(): void {
    if (this.pendingLength === 0) return;
    const bytes = Buffer.from(this.pending.join(''));
    this.pending = [];
    this.pendingLength = 0;
    guardSpace(this.path, () => {
      for (let offset = 0; offset < bytes.length; ) offset += writeSync(this.descriptor, bytes, offset);
    });
  }

  close(): void {
    try {
      this.flush();
    } finally {
      closeSync(this.descriptor);
    }
  }
}

function writeFileAside(file: string, text: string): void {
  const aside = `${file}.tmp`;
  writeFileSync(aside, text);
  renameSync(aside, file);
}

/** Runs `write`; a full or read-only disk becomes one clear message. */
function guardSpace<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (isCode(error, 'ENOSPC') || isCode(error, 'EDQUOT')) {
      throw new AssayError(
        'no-space',
        `the disk is full: cannot write ${path}`,
        'Free some space, or name another folder with --results.',
        { cause: error },
      );
    }
    if (isCode(error, 'EACCES') || isCode(error, 'EROFS') || isCode(error, 'ENOTDIR') || isCode(error, 'EEXIST')) {
      throw new AssayError(
        'bad-argument',
        `cannot write ${path}: ${messageOf(error)}`,
        'Name a folder that you may write with --results.',
        { cause: error },
      );
    }
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
