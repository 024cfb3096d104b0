/** Bytes to write, or what stands for them. */
export type Write = Uint8Array | UnmadeWrite;

/** Stands for the same bytes whenever they are made: a disk in memory need not make them until somebody reads them. */
export interface UnmadeWrite {
  bytes(): Uint8Array;
}

/**
 * A node's disk: flat files of bytes. What was written is durable only after `sync` called back without an error;
 * before that a power failure may lose any suffix of it and tear its last write. Operations on one file complete in
 * the order in which they were asked for.
 */
export interface Disk {
  /**
   * The file's bytes, undefined where there is none. They are durable, also where a process that was killed had not
   * synced them: whoever acts on a recovered vote must not lose it in the next power failure. Synchronous: used once,
   * at boot.
   */
  read(file: string): Uint8Array | undefined;
  /**
   * The writes that the file consists of, with the promise of `read`, where the disk has them as they were handed to
   * it: whoever made them need not have them encoded only to decode them again.
   */
  readWrites?(file: string): readonly Write[] | undefined;
  /** Adds bytes at the end. The caller gives the array away and must not change it. */
  append(file: string, write: Write): void;
  /** Makes all earlier appends to the file durable (fdatasync). */
  sync(file: string, done: (error?: Error) => void): void;
  /** Replaces the whole file atomically and durably (write aside, sync, rename). */
  replace(file: string, write: Write, done: (error?: Error) => void): void;
  /** Cuts the file to its first `length` bytes, durably. Synchronous: used once, at boot, for a torn tail. */
  truncate(file: string, length: number): void;
}

/** The bytes that a write stands for. */
export function bytesOf(write: Write): Uint8Array {
  return write instanceof Uint8Array ? write : write.bytes();
}
