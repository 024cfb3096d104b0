import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstFileOfTar, packTar } from '../../../src/backends/docker/tar.js';

const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,40}$/);
const content = fc.uint8Array({ maxLength: 3000 });

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const sorted = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  for (const [index, from] of sorted.entries()) yield bytes.subarray(from, sorted[index + 1] ?? bytes.length);
}

async function read(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of firstFileOfTar(pieces)) parts.push(part);
  return Buffer.concat(parts);
}

describe('tar archives', () => {
  it('gives back the first file, wherever the stream is cut into pieces', () =>
    fc.assert(
      fc.asyncProperty(
        name,
        content,
        content,
        fc.array(fc.nat(), { maxLength: 8 }),
        async (file, bytes, other, cuts) => {
          const archive = packTar([
            { name: file, content: bytes },
            { name: 'other', content: other },
          ]);
          expect(await read(inPieces(archive, cuts))).toEqual(Buffer.from(bytes));
        },
      ),
    ));

  it('passes over the extended headers that engines write before a file', async () => {
    const extended = packTar([{ name: 'PaxHeaders/x', content: '30 mtime=1700000000.123456789\n' }]);
    extended.write('x', 156);
    const file = packTar([{ name: 'trace.ndjson', content: 'kept' }]);
    const archive = Buffer.concat([extended.subarray(0, 1024), file]);
    expect((await read(inPieces(archive, [100, 700]))).toString()).toBe('kept');
  });

  it('yields nothing for an archive without a file', async () => {
    expect(await read(inPieces(Buffer.alloc(1024), []))).toHaveLength(0);
  });

  it.skipIf(spawnSync('tar', ['--version']).status !== 0)('is read by tar itself, with owner and content', () => {
    const archive = packTar([
      { name: 'a.txt', content: 'first', owner: 10001 },
      { name: 'b/c.json', content: Buffer.alloc(1000, 'x') },
    ]);
    const listed = spawnSync('tar', ['--numeric-owner', '-tvf', '-'], { input: archive, encoding: 'utf8' }).stdout;
    expect(listed).toMatch(/-rw-r--r-- 10001\/10001 +5 .*a\.txt\n.* 0\/0 +1000 .*b\/c\.json/);
    const extracted = spawnSync('tar', ['-xOf', '-', 'a.txt'], { input: archive, encoding: 'utf8' });
    expect(extracted.stdout).toBe('first');
  });
});
