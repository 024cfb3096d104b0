import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AssayError, messageOf } from '../kernel/errors.js';

const CHUNK = 256 * 1024;

/**
 * A file's bytes, piece by piece, so that no file is too large. What `gzip` packed is unpacked on the way, whatever the
 * name says.
 *
 * @throws AssayError `not-found` or `bad-file`, naming the file
 */
export async function* readBytes(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* await unpacked(file);
  } catch (error) {
    throw error instanceof AssayError ? error : unreadable(file, error);
  }
}

/** The text of bytes that come in pieces. Bytes that are not UTF-8 are read as U+FFFD. */
export async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of bytes) {
    const text = decoder.decode(piece, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

async function unpacked(file: string): Promise<AsyncIterable<Uint8Array>> {
  const raw: AsyncIterator<Uint8Array> = createReadStream(file, { highWaterMark: CHUNK })[Symbol.asyncIterator]();
  const first = await raw.next();
  async function* whole(): AsyncGenerator<Uint8Array> {
    if (first.done) return;
    yield first.value;
    for (let next = await raw.next(); !next.done; next = await raw.next()) yield next.value;
  }
  const packed = !first.done && first.value[0] === 0x1f && first.value[1] === 0x8b;
  if (!packed) return whole();
  const source = Readable.from(whole(), { objectMode: false });
  const gunzip = createGunzip({ chunkSize: CHUNK });
  source.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => source.destroy());
  return source.pipe(gunzip);
}

function unreadable(file: string, error: unknown): AssayError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const missing = code === 'ENOENT';
  return new AssayError(
    missing ? 'not-found' : 'bad-file',
    missing ? `there is no file ${file}` : `cannot read ${file}: ${messageOf(error)}`,
    missing
      ? 'Name a file, or a run: `assay serve` shows those that there are.'
      : 'Is the file whole? A .gz must unpack with gunzip.',
    { cause: error },
  );
}
