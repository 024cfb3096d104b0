import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderVerdict } from '../../../src/report/terminal.js';
import { runRecordSchema } from '../../../src/store/run-record.js';
import { writePbftRun } from './sample-pbft-run.js';
import { writeSampleRun } from './sample-run.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-terminal-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const record = (options: Parameters<typeof writeSampleRun>[1]) =>
  writeSampleRun(mkdtempSync(join(root, 'run-')), { seconds: 5, ...options }).record;

describe('the verdict on a terminal', () => {
  it('is plain where colours are not wanted', () => {
    const text = renderVerdict(record({ verdict: 'valid' }), { color: false, columns: 200 });
    expect(text).toMatch(/^VALID {2}No violation was found/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what must not be there
    expect(text).not.toMatch(/\u001b/);
    expect(text).toMatch(
      /acknowledged under faults [1-9][\d,]* · faults confirmed \d+ of \d+ · leader changes \d+ · recovery 212 ms/,
    );
  });

  it('counts what the system calls a change of who leads', () => {
    const { folder } = writePbftRun(mkdtempSync(join(root, 'pbft-')));
    const text = renderVerdict(runRecordSchema.parse(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))));
    expect(text).toMatch(/· view\s+changes\s+\d+/);
    expect(text).not.toContain('leader');
  });

  it('has a colour for the verdict where they are', () => {
    expect(renderVerdict(record({ verdict: 'invalid' }), { color: true })).toContain('\u001b[31mINVALID');
  });

  it('tells the first anomaly step by step', () => {
    const text = renderVerdict(record({ verdict: 'invalid' }), { color: false });
    expect(text).toContain('n5 answered a read of k9 with 41, but 42 had been acknowledged');
    expect(text).toMatch(/ {2}1\. Process 1 wrote 41 to k9/);
    expect(text).toMatch(/ {2}3\. Process 4 then asked/);
  });

  it('keeps within the columns that there are', () => {
    const lines = renderVerdict(record({ verdict: 'invalid' }), { color: false, columns: 60 }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines.length).toBeGreaterThan(10);
  });

  it('says that a run is unfinished rather than what its verdict might be', () => {
    expect(renderVerdict(record({ verdict: 'valid', finished: false }), { color: false })).toMatch(/^UNFINISHED /);
  });

  it('shows escape sequences of a system under test instead of obeying them', () => {
    const text = renderVerdict(record({ verdict: 'invalid', text: '\u001b[2J\u0007' }), { color: false });
    expect(text).toContain('\\x1b[2J\\x07');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what must not be there
    expect(text).not.toMatch(/[\u001b\u0007]/);
  });
});
