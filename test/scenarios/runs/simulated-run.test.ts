import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/runner/catalogue.js';
import { checkFile } from '../../../src/runner/check.js';
import { runOptions } from '../../../src/runner/defaults.js';
import { executeRun, type Progress } from '../../../src/runner/run.js';
import { ResultsStore } from '../../../src/store/results.js';
import type { RunOptions, RunRecord } from '../../../src/store/run-record.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-run-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function run(
  given: Partial<RunOptions>,
  dropReplayableTrace = false,
  onProgress: (progress: Progress) => void = () => {},
): Promise<RunRecord> {
  const nemeses = ['partition', 'kill'].map((name) => ({ name, options: {} }));
  return executeRun(runOptions({ system: 'raft', nemeses, timeLimitMs: 20_000, seed: 3, ...given }), {
    catalogue: await loadCatalogue(folder),
    store: new ResultsStore(folder),
    signal: new AbortController().signal,
    onProgress,
    dropReplayableTrace,
  });
}

const traceOf = (record: RunRecord) => join(folder, record.id, 'trace.ndjson');

describe('a run in the simulator', () => {
  it('is replayed exactly by its seed, and differs under another', async () => {
    const [first, again, other] = [await run({}), await run({}), await run({ seed: 4 })];
    expect(first.verdict).toBe('valid');
    expect(again.streamHash).toBe(first.streamHash);
    expect(other.streamHash).not.toBe(first.streamHash);
  });

  it('can be judged again from its files, with the same verdict by clients and by trace', async () => {
    const record = await run({ systemOptions: { mutant: 'persist-nothing' } });
    expect(record.verdict).toBe('invalid');
    const checked = await checkFile(join(folder, record.id), {
      catalogue: await loadCatalogue(folder),
      budgetMs: 60_000,
    });
    const judged = record.checks.filter(({ checker }) => checked.checks.some((check) => check.checker === checker));
    expect(checked.checks.map(({ verdict }) => verdict)).toEqual(judged.map(({ verdict }) => verdict));
    expect(checked.notes).toEqual([]);
  });

  it('that finds a violation says so although its report cannot be written; a valid one is no pass then', async () => {
    const inTheWay = ({ phase }: Progress) => {
      if (phase !== 'reporting') return;
      const [name = 'no run'] = new ResultsStore(folder).names().slice(-1);
      mkdirSync(join(folder, name, 'report.html'), { recursive: true });
    };
    const invalid = await run({ systemOptions: { reads: 'follower' } }, false, inTheWay);
    expect(invalid).toMatchObject({ verdict: 'invalid', error: { code: 'harness' } });
    expect(await run({ seed: 5 }, false, inTheWay)).toMatchObject({ verdict: 'unknown', error: { code: 'harness' } });
  });

  it('keeps the trace of a campaign only where it shows something', async () => {
    const valid = await run({}, true);
    expect(existsSync(traceOf(valid))).toBe(false);
    const checked = await checkFile(join(folder, valid.id), {
      catalogue: await loadCatalogue(folder),
      budgetMs: 60_000,
    });
    expect(checked.notes.join()).toContain('no trace.ndjson');
    const invalid = await run({ systemOptions: { reads: 'follower' } }, true);
    expect(invalid.verdict).toBe('invalid');
    expect(existsSync(traceOf(invalid))).toBe(true);
  });
});
