import { invariant } from '../../kernel/errors.js';

/** One file of a tar archive. */
export interface TarFile {
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Numeric owner, user and group alike; 0 when left out. */
  readonly owner?: number;
}

const BLOCK = 512;

/** A tar archive (POSIX ustar) of small files: what the engine takes for image builds and for files in containers. */
export function packTar(files: readonly TarFile[]): Buffer {
  const blocks = files.flatMap(({ name, content, owner = 0 }) => {
    const bytes = Buffer.from(content);
    return [header(name, bytes.length, owner), bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(name: string, size: number, owner: number): Buffer {
  invariant(Buffer.byteLength(name) < 100, () => `the name ${name} is too long for a plain tar header`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(name, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(owner, 8), 108);
  block.write(octal(owner, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  // The checksum is taken with its own field full of spaces.
  block.write(' '.repeat(8), 148);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** The content of the first regular file of an archive, in pieces as they come: it may be far larger than memory. */
export async function* firstFileOfTar(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let buffered = Buffer.alloc(0);
  /** Bytes of the file still to come; undefined before its header was seen. */
  let left: number | undefined;
  /** Bytes of extended headers and padding to pass over. */
  let skip = 0;
  for await (const chunk of archive) {
    buffered = buffered.length === 0 ? Buffer.from(chunk) : Buffer.concat([buffered, chunk]);
    while (left === undefined && buffered.length > 0) {
      if (skip > 0) {
        const passed = Math.min(skip, buffered.length);
        skip -= passed;
        buffered = buffered.subarray(passed);
        continue;
      }
      if (buffered.length < BLOCK) break;
      const size = Number.parseInt(buffered.toString('latin1', 124, 136), 8);
      const type = buffered.toString('latin1', 156, 157);
      buffered = buffered.subarray(BLOCK);
      if (type === '0' || type === '\0') left = size;
      else skip = Math.ceil((Number.isNaN(size) ? 0 : size) / BLOCK) * BLOCK;
    }
    if (left !== undefined && left > 0 && buffered.length > 0) {
      const piece = buffered.subarray(0, left);
      left -= piece.length;
      buffered = Buffer.alloc(0);
      yield piece;
    }
    // The stream is read to its end all the same, so that the connection can be used again.
    if (left === 0) buffered = Buffer.alloc(0);
  }
}
