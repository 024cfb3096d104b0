import { crc32 } from 'node:zlib';
import type { DurableRecord } from '../consensus/protocol.js';
import { AssayError } from '../kernel/errors.js';
import type { Disk, UnmadeWrite, Write } from '../ports/disk.js';

/** The one file that a node's protocol state lives in. */
export const WAL_FILE = 'wal';

/**
 * A frame on disk, little endian: payload length, CRC-32 of the payload, CRC-32 of these eight bytes, payload (JSON).
 * The header has a checksum of its own because a wrong length would make a damaged record look like a torn tail.
 */
const HEADER_BYTES = 12;

/** Storage writes whole sectors: what a torn write never reached reads as zeros from a sector's edge on. */
const SECTOR_BYTES = 512;

export interface RecoveredLog {
  readonly records: DurableRecord[];
  /** How many bytes, from the start, hold those records. */
  readonly validBytes: number;
  /** What follows them: the remains of a write that a crash tore, never acknowledged to anyone. */
  readonly tornBytes: number;
}

/** A node's write-ahead log: records appended, made durable by `sync`, all replaced at compaction. */
export class WriteAheadLog {
  constructor(
    private readonly disk: Disk,
    private readonly file: string = WAL_FILE,
  ) {}

  /**
   * Reads everything back, once, at boot. A torn tail is cut off the file.
   *
   * @throws AssayError `bad-file` when a record was damaged after it had been written: nothing that was acknowledged
   * may be guessed at or dropped in silence
   */
  recover(): Pick<RecoveredLog, 'records' | 'tornBytes'> {
    const writes = this.disk.readWrites?.(this.file);
    const known = writes && recordsOf(writes);
    if (known) return { records: known, tornBytes: 0 };
    const bytes = this.disk.read(this.file);
    if (bytes === undefined) return { records: [], tornBytes: 0 };
    const recovered = decodeRecords(bytes, this.file);
    if (recovered.tornBytes > 0) this.disk.truncate(this.file, recovered.validBytes);
    return recovered;
  }

  append(records: readonly DurableRecord[]): void {
    // Each a write of its own: a power failure may take some and leave others.
    for (const record of records) this.disk.append(this.file, new Frame(record));
  }

  /** Calls back when all earlier appends are durable. */
  sync(done: (error?: Error) => void): void {
    this.disk.sync(this.file, done);
  }

  /** Makes `records` all that there is, atomically; calls back when that is durable. */
  replace(records: readonly DurableRecord[], done: (error?: Error) => void): void {
    this.disk.replace(this.file, new Frames(records), done);
  }
}

/** What was written, where no write went through bytes. */
function recordsOf(writes: readonly Write[]): DurableRecord[] | undefined {
  const records: DurableRecord[] = [];
  for (const write of writes) {
    if (write instanceof Frame) records.push(write.record);
    else if (write instanceof Frames) records.push(...write.records);
    else return undefined;
  }
  return records;
}

/** A record on its way to the disk. */
class Frame implements UnmadeWrite {
  constructor(readonly record: DurableRecord) {}

  bytes(): Uint8Array {
    return encodeRecord(this.record);
  }
}

/** Records that replace all others. */
class Frames implements UnmadeWrite {
  constructor(readonly records: readonly DurableRecord[]) {}

  bytes(): Uint8Array {
    return Buffer.concat(this.records.map(encodeRecord));
  }
}

/** One record as it stands on disk. */
export function encodeRecord(record: DurableRecord): Uint8Array {
  const payload = JSON.stringify(record);
  const length = Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + length);
  frame.write(payload, HEADER_BYTES);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(crc32(frame.subarray(HEADER_BYTES)), 4);
  frame.writeUInt32LE(crc32(frame.subarray(0, 8)), 8);
  return frame;
}

/**
 * Reads a log's bytes. A tail is torn when the file ends inside its last frame, or when a sector's share of that frame
 * is zeros (as in etcd's WAL; JSON holds no zero byte): the write never finished, so no sync had covered it. Everything
 * else that does not match its checksum was damaged later.
 *
 * @throws AssayError `bad-file`, naming file, offset and record, for such damage
 */
export function decodeRecords(bytes: Uint8Array, file: string): RecoveredLog {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: DurableRecord[] = [];
  let offset = 0;
  while (offset < buffer.length) {
    const torn = (): RecoveredLog => ({ records, validBytes: offset, tornBytes: buffer.length - offset });
    const start = offset + HEADER_BYTES;
    if (start > buffer.length) return torn();
    if (crc32(buffer.subarray(offset, offset + 8)) !== buffer.readUInt32LE(offset + 8)) {
      if (isZero(buffer, Math.max(offset, sectorOf(buffer.length - 1)), buffer.length)) return torn();
      throw damaged(file, offset, records.length, 'its header does not match its checksum');
    }
    const end = start + buffer.readUInt32LE(offset);
    if (end > buffer.length) return torn();
    const payload = buffer.subarray(start, end);
    if (crc32(payload) !== buffer.readUInt32LE(offset + 4)) {
      if (end === buffer.length && hasZeroSector(buffer, start, end)) return torn();
      throw damaged(file, offset, records.length, 'its content does not match its checksum');
    }
    const record: unknown = JSON.parse(payload.toString());
    if (typeof record !== 'object' || record === null) {
      throw damaged(file, offset, records.length, 'it holds no record');
    }
    records.push(record);
    offset = end;
  }
  return { records, validBytes: offset, tornBytes: 0 };
}

function hasZeroSector(buffer: Buffer, from: number, to: number): boolean {
  for (let start = from; start < to; start = sectorOf(start) + SECTOR_BYTES) {
    if (isZero(buffer, start, Math.min(to, sectorOf(start) + SECTOR_BYTES))) return true;
  }
  return false;
}

/** Where the sector of that byte begins. */
function sectorOf(offset: number): number {
  return offset - (offset % SECTOR_BYTES);
}

function isZero(buffer: Buffer, from: number, to: number): boolean {
  for (let index = from; index < to; index++) {
    if (buffer[index] !== 0) return false;
  }
  return true;
}

function damaged(file: string, offset: number, record: number, what: string): AssayError {
  return new AssayError(
    'bad-file',
    `the write-ahead log "${file}" is damaged at byte ${offset}, record ${record + 1}: ${what}`,
    'The disk lost what it had confirmed. Restore the file from a copy, or remove the node and join it anew; ' +
      'do not delete the file and restart: the node would forget votes and entries that others count on.',
  );
}
