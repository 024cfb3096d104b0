import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/history/events.js';
import { BEHAVIOURS } from '../../../src/ports/corruption.js';
import { loadCatalogue } from '../../../src/runner/catalogue.js';
import { runOptions } from '../../../src/runner/defaults.js';
import { executeRun } from '../../../src/runner/run.js';
import { ResultsStore } from '../../../src/store/results.js';
import type { RunOptions, RunRecord } from '../../../src/store/run-record.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-traitors-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function run(given: Partial<RunOptions>): Promise<RunRecord> {
  const options = runOptions({ system: 'pbft', nodes: 4, rate: 50, timeLimitMs: 15_000, seed: 1, ...given });
  return executeRun(options, {
    catalogue: await loadCatalogue(folder),
    store: new ResultsStore(folder),
    signal: new AbortController().signal,
    onProgress: () => {},
  });
}

/** What the harness saw of the run. */
function historyOf({ id }: RunRecord): RunEvent[] {
  const lines = readFileSync(join(folder, id, 'history.ndjson'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

const treason = (options: Record<string, unknown> = {}) => ({ name: 'byzantine', options });

describe('f traitors', () => {
  it.each(BEHAVIOURS)('%s: deceive nobody, and find occasion to try', async (behaviour) => {
    // Some lies need a view to be over, or one to begin.
    const kill = { name: 'kill', options: { target: 'leader', duration: '2s', interval: '2s' } };
    const record = await run({ nemeses: [treason({ behaviour }), kill] });
    expect(record.verdict, record.narrative.join(' ')).toBe('valid');
    const misdeeds = historyOf(record).map((event) => (event.kind === 'status' && event.status.misdeeds) || 0);
    expect(Math.max(...misdeeds)).toBeGreaterThan(0);
  });

  it('of seven, while nodes die, are cut off and stand still, deceive nobody', async () => {
    const others = ['partition', 'kill', 'pause', 'power'].map((name) => ({ name, options: {} }));
    const record = await run({ nodes: 7, nemeses: [treason(), ...others] });
    expect(record.verdict, record.narrative.join(' ')).toBe('valid');
  });

  it('that lie on to the end do not keep the cluster from coming back', async () => {
    const others = ['kill', 'partition'].map((name) => ({ name, options: {} }));
    const record = await run({ nemeses: [treason({ behaviour: 'silent', nodes: 'n1', stay: true }), ...others] });
    expect(record.verdict, record.narrative.join(' ')).toBe('valid');
    const treasons = historyOf(record).flatMap((event) =>
      event.kind === 'fault' && event.fault.kind === 'byzantine' ? [event] : [],
    );
    const healed = new Set(treasons.filter(({ phase }) => phase === 'heal').map(({ id }) => id));
    const open = treasons.filter(({ id }) => !healed.has(id));
    expect(open.map(({ phase, probe }) => [phase, probe.confirmed])).toEqual([['inject', true]]);
    // Begun when all others had ended.
    expect(treasons.at(-1)).toBe(open[0]);
  });
});

describe('f+1 traitors', () => {
  it('that act together deceive clients and break agreement, and are caught', async () => {
    const record = await run({ nemeses: [treason({ behaviour: 'collude', traitors: 'f+1' })], seed: 3 });
    expect(record.verdict, record.narrative.join(' ')).toBe('invalid');
  });
});

it('a run with traitors is replayed exactly by its seed', async () => {
  const [first, again] = [await run({ nemeses: [treason()] }), await run({ nemeses: [treason()] })];
  expect(again.streamHash).toBe(first.streamHash);
});

it('Raft knows no traitors: the run is refused, with the reason', async () => {
  await expect(run({ system: 'raft', nemeses: [treason()] })).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('the nodes of raft cannot be made to lie'),
  });
});
