import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/history/events.js';
import { readEvents } from '../../../src/store/event-reader.js';
import { LineWriter, ResultsStore } from '../../../src/store/results.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-store-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function all(file: string, onTornTail?: (line: number) => void): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of readEvents(file, onTornTail ? { onTornTail } : {})) events.push(event);
  return events;
}
const note = (text: string) => `{"kind":"note","timeUs":1,"text":"${text}"}`;

describe('ResultsStore', () => {
  it('never gives two runs one folder', () => {
    const store = new ResultsStore(folder);
    const [a, b] = [store.create('run'), store.create('run')];
    expect(a.path).not.toBe(b.path);
    expect(store.names()).toEqual(['run', 'run-2']);
  });

  it('finds a run by its id, a beginning of it, its path and as the latest', () => {
    const store = new ResultsStore(folder);
    for (const name of ['2026-a', '2027-b']) writeFileSync(store.create(name).file('run.json'), '{}');
    expect(store.open('2026-a').id).toBe('2026-a');
    expect(store.open('2027').id).toBe('2027-b');
    expect(store.open('latest').id).toBe('2027-b');
    expect(store.open(join(folder, '2026-a')).id).toBe('2026-a');
    expect(store.open(join(folder, '2026-a', 'history.ndjson'.replace('history.ndjson', 'run.json'))).id).toBe(
      '2026-a',
    );
  });

  it('names what there is when there is no such run', () => {
    const store = new ResultsStore(folder);
    writeFileSync(store.create('only-run').file('run.json'), '{}');
    expect(() => store.open('nope')).toThrow(
      expect.objectContaining({ code: 'not-found', wayOut: expect.stringContaining('only-run') }),
    );
  });

  it('says which file is no run record', async () => {
    const run = new ResultsStore(folder).create('broken');
    writeFileSync(run.file('run.json'), '{"format":1}');
    await expect(run.readRecord()).rejects.toThrow(/broken.run\.json is not a run record/);
  });

  it('refuses a folder that is a file, with the way out', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => new ResultsStore(join(folder, 'file')).create('run')).toThrow(
      expect.objectContaining({ code: 'bad-argument', wayOut: expect.stringContaining('--results') }),
    );
  });
});

describe('LineWriter', () => {
  it('has handed every line to the system before write returns, in immediate mode', () => {
    const writer = new LineWriter(join(folder, 'x'), 'immediate');
    writer.write('one');
    expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('one\n');
    writer.close();
  });

  it('says that the disk is full', () => {
    if (!existsSync('/dev/full')) return expect(process.platform).not.toBe('linux');
    const writer = new LineWriter('/dev/full', 'immediate');
    expect(() => writer.write('one')).toThrow(expect.objectContaining({ code: 'no-space' }));
  });
});

describe('readEvents', () => {
  it('reads what was written, gzipped or not', async () => {
    const lines = `${note('a')}\n${note('b')}\n`;
    writeFileSync(join(folder, 'h.ndjson'), lines);
    writeFileSync(join(folder, 'h.ndjson.gz'), gzipSync(lines));
    expect(await all(join(folder, 'h.ndjson'))).toHaveLength(2);
    expect(await all(join(folder, 'h.ndjson.gz'))).toHaveLength(2);
  });

  it('leaves out a last line that was cut off, and tells', async () => {
    writeFileSync(join(folder, 'h'), `${note('a')}\n${note('b').slice(0, 20)}`);
    const torn: number[] = [];
    expect(await all(join(folder, 'h'), (line) => torn.push(line))).toHaveLength(1);
    expect(torn).toEqual([2]);
  });

  it('refuses a malformed line anywhere else, naming it', async () => {
    writeFileSync(join(folder, 'h'), `${note('a')}\nnot json\n${note('b')}\n`);
    await expect(all(join(folder, 'h'))).rejects.toThrow(/line 2 is not JSON/);
  });

  it('refuses a last line that is whole and wrong', async () => {
    writeFileSync(join(folder, 'h'), `${note('a')}\n{"kind":"wat"}\n`);
    await expect(all(join(folder, 'h'))).rejects.toThrow(/line 2/);
    writeFileSync(join(folder, 'h'), `${note('a')}\nnot json\n`);
    await expect(all(join(folder, 'h'))).rejects.toThrow(/line 2/);
  });

  it('says when there is no such file, or it does not unpack', async () => {
    await expect(all(join(folder, 'none'))).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
    writeFileSync(join(folder, 'bad.gz'), 'not gzip');
    await expect(all(join(folder, 'bad.gz'))).rejects.toThrow(expect.objectContaining({ code: 'bad-file' }));
    writeFileSync(join(folder, 'cut.gz'), gzipSync(`${note('a')}\n`.repeat(1000)).subarray(0, 60));
    await expect(all(join(folder, 'cut.gz'))).rejects.toThrow(expect.objectContaining({ code: 'bad-file' }));
  });
});
