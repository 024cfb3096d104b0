import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/history/events.js';
import { Recorder } from '../../../src/runner/recorder.js';
import { RunFolder } from '../../../src/store/results.js';

it('writes what comes before its end, and drops what a slow client brings after it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-recorder-'));
  try {
    const seen: RunEvent[] = [];
    const recorder = new Recorder({
      folder: new RunFolder(folder),
      hashed: true,
      checkers: [],
      observer: { observe: (event) => void seen.push(event) },
    });
    recorder.record({ kind: 'note', timeUs: 1, text: 'in time' });
    recorder.recordTrace({ kind: 'trace', timeUs: 1, node: 'n1', name: 'UpdateTerm', term: 1 });
    const digest = recorder.digest();
    recorder.close();
    recorder.record({ kind: 'note', timeUs: 2, text: 'late' });
    recorder.recordTrace({ kind: 'trace', timeUs: 2, node: 'n1', name: 'UpdateTerm', term: 2 });
    expect(seen).toHaveLength(1);
    expect(readFileSync(join(folder, 'history.ndjson'), 'utf8')).toBe('{"kind":"note","timeUs":1,"text":"in time"}\n');
    expect(readFileSync(join(folder, 'trace.ndjson'), 'utf8').trim().split('\n')).toHaveLength(1);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
