import * as fs from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AssayError, invariant, messageOf } from '../../kernel/errors.js';
import { bytesOf, type Disk, type Write } from '../../ports/disk.js';
import type { Log } from '../log.js';
import {
  applyPowerLoss,
  cutFile,
  readSyncedLength,
  SYNCED_SUFFIX,
  TEMPORARY_SUFFIX,
  WHOLE_FILE,
} from './power-loss.js';

const write = promisify(fs.write);
const fdatasync = promisify(fs.fdatasync);
const close = promisify(fs.close);

export interface FileDiskOptions {
  readonly log: Log;
  /** Called before bytes go to a file: what explains them must be written first. */
  readonly beforeWrite?: () => void;
}

/**
 * A node's disk as files of one folder. Appends of one turn of the event loop go out in one write, and all syncs that
 * were asked for by then share one fdatasync. The first I/O error sticks to its file: after a failed fsync nobody
 * knows what is on the disk, so every later sync reports it again instead of trying its luck.
 */
export class FileDisk implements Disk {
  private readonly files = new Map<string, StoredFile>();

  /**
   * Makes the folder where there is none, and applies a power failure that was ordered for this boot.
   *
   * @throws the file system's error when the folder cannot be used
   */
  constructor(
    private readonly folder: string,
    private readonly options: FileDiskOptions,
  ) {
    fs.mkdirSync(folder, { recursive: true });
    applyPowerLoss(folder, options.log);
  }

  /** What it returns is durable: whoever acts on a recovered vote must not lose it in the next power failure. */
  read(file: string): Uint8Array | undefined {
    if (!fs.existsSync(join(this.folder, file))) return undefined;
    return this.file(file).readAll();
  }

  append(file: string, write: Write): void {
    this.file(file).enqueue({ kind: 'append', bytes: bytesOf(write) });
  }

  sync(file: string, done: (error?: Error) => void): void {
    this.file(file).enqueue({ kind: 'sync', done });
  }

  replace(file: string, write: Write, done: (error?: Error) => void): void {
    this.file(file).enqueue({ kind: 'replace', bytes: bytesOf(write), done });
  }

  truncate(file: string, length: number): void {
    this.file(file).truncate(length);
  }

  /** Finishes what was asked for and closes the files. */
  async close(): Promise<void> {
    await Promise.all([...this.files.values()].map((file) => file.close()));
    this.files.clear();
  }

  private file(name: string): StoredFile {
    let file = this.files.get(name);
    if (!file) {
      file = new StoredFile(this.folder, name, () => this.options.beforeWrite?.());
      this.files.set(name, file);
    }
    return file;
  }
}

type Job =
  | { readonly kind: 'append'; readonly bytes: Uint8Array }
  | { readonly kind: 'sync'; readonly done: (error?: Error) => void }
  | { readonly kind: 'replace'; readonly bytes: Uint8Array; readonly done: (error?: Error) => void };

/** One file, its companion that tells the synced length, and the jobs waiting for it. */
class StoredFile {
  private readonly path: string;
  private readonly companion: number;
  private descriptor: number;
  private size: number;
  /** Created since the folder was last synced: its name may still be lost. */
  private isNameNew: boolean;
  private jobs: Job[] = [];
  private working: Promise<void> | undefined;
  private failure: Error | undefined;

  constructor(
    private readonly folder: string,
    name: string,
    private readonly beforeWrite: () => void,
  ) {
    this.path = join(folder, name);
    // The companion first: a file without one would look as if its bytes were none of ours.
    const companionPath = this.path + SYNCED_SUFFIX;
    const hasCompanion = fs.existsSync(companionPath);
    this.companion = fs.openSync(companionPath, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
    if (!hasCompanion) this.note(0);
    this.isNameNew = !fs.existsSync(this.path);
    this.descriptor = fs.openSync(this.path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
    this.size = fs.fstatSync(this.descriptor).size;
  }

  readAll(): Uint8Array {
    this.assertIdle('read');
    const bytes = fs.readFileSync(this.path);
    if (readSyncedLength(this.path + SYNCED_SUFFIX, this.size) < this.size) {
      fs.fdatasyncSync(this.descriptor);
    }
    this.note(this.size);
    return bytes;
  }

  truncate(length: number): void {
    this.assertIdle('truncate');
    invariant(length <= this.size, () => `cannot cut ${this.path} of ${this.size} bytes to ${length}`);
    cutFile(this.path, length);
    this.size = length;
    this.note(length);
  }

  enqueue(job: Job): void {
    this.jobs.push(job);
    // Not at once: a turn of the event loop asks for several things, and they go out together.
    this.working ??= Promise.resolve().then(() => this.work());
  }

  async close(): Promise<void> {
    while (this.working) await this.working;
    await close(this.descriptor);
    await close(this.companion);
  }

  private async work(): Promise<void> {
    while (this.jobs.length > 0) {
      const [first] = this.jobs;
      const batch = first?.kind === 'replace' ? this.jobs.splice(0, 1) : this.takeUntilReplace();
      try {
        if (this.failure) throw this.failure;
        this.beforeWrite();
        if (first?.kind === 'replace') await this.replaceAll(first.bytes);
        else await this.appendAndSync(batch);
      } catch (error) {
        this.failure ??= diskFailure(this.path, error);
      }
      for (const job of batch) {
        // In a turn of its own: what the caller throws is not an I/O error.
        if (job.kind !== 'append') queueMicrotask(() => job.done(this.failure));
      }
    }
    this.working = undefined;
  }

  private takeUntilReplace(): Job[] {
    const end = this.jobs.findIndex((job) => job.kind === 'replace');
    return this.jobs.splice(0, end < 0 ? this.jobs.length : end);
  }

  private async appendAndSync(batch: readonly Job[]): Promise<void> {
    const chunks = batch.flatMap((job) => (job.kind === 'append' ? [job.bytes] : []));
    if (chunks.length > 0) {
      const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      for (let offset = 0; offset < bytes.length; ) {
        const { bytesWritten } = await write(this.descriptor, bytes, offset, bytes.length - offset, this.size);
        offset += bytesWritten;
        this.size += bytesWritten;
      }
    }
    if (!batch.some((job) => job.kind === 'sync')) return;
    await fdatasync(this.descriptor);
    if (this.isNameNew) await this.syncFolder();
    this.note(this.size);
  }

  private async replaceAll(bytes: Uint8Array): Promise<void> {
    const temporaryPath = this.path + TEMPORARY_SUFFIX;
    const temporary = await open(temporaryPath, 'w', 0o644);
    try {
      await temporary.writeFile(bytes);
      await temporary.datasync();
    } finally {
      await temporary.close();
    }
    // From here until the new length is noted, either file is complete and must not be cut to the other's length.
    this.note(WHOLE_FILE);
    await rename(temporaryPath, this.path);
    await this.syncFolder();
    const replaced = this.descriptor;
    this.descriptor = fs.openSync(this.path, fs.constants.O_RDWR);
    this.size = bytes.length;
    this.note(this.size);
    await close(replaced);
  }

  private async syncFolder(): Promise<void> {
    const folder = await open(this.folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    this.isNameNew = false;
  }

  /** In one small write of fixed width, which a SIGKILL cannot tear; it need not survive a real power failure. */
  private note(synced: number | typeof WHOLE_FILE): void {
    fs.writeSync(this.companion, `${String(synced).padEnd(16)}\n`, 0);
  }

  private assertIdle(what: string): void {
    invariant(!this.working, () => `${what} of ${this.path} while writes are under way: it is for boot alone`);
  }
}

function diskFailure(path: string, error: unknown): AssayError {
  // What had to be written first could not be.
  if (error instanceof AssayError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  return new AssayError(
    isFull ? 'no-space' : 'bad-file',
    `cannot write ${path}: ${messageOf(error)}`,
    isFull
      ? 'Make room, then start the node again: it lost nothing that it had acknowledged.'
      : 'Look at the disk before you start the node again.',
    { cause: error },
  );
}
