import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AssayError, messageOf } from '../../kernel/errors.js';
import type { Log } from '../log.js';

/** A file's companion, `wal.synced`: how many of its first bytes a power failure cannot take. */
export const SYNCED_SUFFIX = '.synced';
/** In the companion instead of a number: the whole file, old or new, while one is being renamed over the other. */
export const WHOLE_FILE = 'whole';
/** A replacement in the making. */
export const TEMPORARY_SUFFIX = '.tmp';
/** Its presence at boot says that the machine lost its power since the node last ran. */
export const POWER_LOSS_FILE = 'power-loss.json';

const markerSchema = z.strictObject({ tornBytes: z.number().int().nonnegative() });

/**
 * A killed process loses nothing that it wrote: the kernel has it. To see what a power failure does, kill the process
 * and leave `power-loss.json` `{"tornBytes": k}` in its folder: at the next boot each file is cut to its synced
 * length plus up to `k` bytes of what followed, as if only these had reached the disk.
 *
 * @throws AssayError `bad-file` for a marker that does not say how much to tear
 */
export function applyPowerLoss(folder: string, log: Log): void {
  const markerPath = join(folder, POWER_LOSS_FILE);
  if (!existsSync(markerPath)) return;
  const { tornBytes } = readMarker(markerPath);
  for (const name of readdirSync(folder)) {
    if (name.endsWith(TEMPORARY_SUFFIX)) rmSync(join(folder, name));
    if (!name.endsWith(SYNCED_SUFFIX)) continue;
    const file = name.slice(0, -SYNCED_SUFFIX.length);
    const path = join(folder, file);
    if (!existsSync(path)) continue;
    const size = statSync(path).size;
    const synced = readSyncedLength(join(folder, name), size);
    const kept = Math.min(size, synced + tornBytes);
    if (kept < size) cutFile(path, kept);
    log('warn', `power failure: ${file} lost ${size - kept} of ${size - synced} bytes not synced`, {
      file,
      syncedBytes: synced,
      tornBytes: kept - synced,
      lostBytes: size - kept,
    });
  }
  // Last: whoever kills us in between finds the marker again, and cutting twice is cutting once.
  rmSync(markerPath);
}

/** The companion's word on a file of `size` bytes: a missing one means that nothing was ever synced. */
export function readSyncedLength(companionPath: string, size: number): number {
  if (!existsSync(companionPath)) return 0;
  const text = readFileSync(companionPath, 'utf8').trim();
  return text === WHOLE_FILE ? size : Math.min(size, Number(text));
}

/** Cuts durably. */
export function cutFile(path: string, length: number): void {
  const descriptor = openSync(path, 'r+');
  try {
    ftruncateSync(descriptor, length);
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readMarker(path: string): z.output<typeof markerSchema> {
  try {
    return markerSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new AssayError(
      'bad-file',
      `${path} does not say how much to tear: ${messageOf(error)}`,
      'Write {"tornBytes": 0}, or remove the file.',
      { cause: error },
    );
  }
}
