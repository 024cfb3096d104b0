import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceEvent, TraceStep } from '../../../src/history/trace.js';
import { nodeIds } from '../../../src/kernel/ids.js';
import { renderHtml } from '../../../src/report/html.js';
import { isAbout } from '../../../src/report/phases/phase-steps.js';
import { type Moment, PhaseSurvey } from '../../../src/report/phases/phase-survey.js';
import { PhaseTable } from '../../../src/report/phases/phase-table.js';
import type { PhasesView } from '../../../src/report/phases/view.js';
import { buildRunView } from '../../../src/report/view-model.js';
import { type PbftSampleOptions, writePbftRun } from './sample-pbft-run.js';
import { writeSampleRun } from './sample-run.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-phases-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const at = (timeUs: number, node: string, step: TraceStep): TraceEvent =>
  ({ kind: 'trace', timeUs, node, ...step }) as TraceEvent;
const accept = (timeUs: number, node: string, sequence: number, digest = `d${sequence}`, view = 0): TraceEvent =>
  at(timeUs, node, { name: 'AcceptPrePrepare', view, sequence, digest, requests: [] });
const commit = (timeUs: number, node: string, sequence: number, digest = `d${sequence}`): TraceEvent =>
  at(timeUs, node, { name: 'CommittedLocal', view: 0, sequence, digest, by: [] });

const NODES = nodeIds(4);

/** Which sequence numbers are shown of a run in which one is accepted each millisecond, and why. */
function chosen(events: readonly TraceEvent[], { sequences = 3000, moments = [] as Moment[], nodes = NODES } = {}) {
  const survey = new PhaseSurvey(nodes, moments);
  for (let sequence = 1; sequence <= sequences; sequence++) survey.observe(accept(sequence * 1000, 'n1', sequence));
  for (const event of events) survey.observe(event);
  return survey.choose();
}

function shownPhases(options: PbftSampleOptions): Promise<PhasesView> {
  const { folder } = writePbftRun(mkdtempSync(join(root, 'run-')), options);
  return buildRunView(folder).then(({ batchPhases }) => {
    if (batchPhases === undefined) throw new Error('no phases are shown');
    return batchPhases;
  });
}

describe('the sequence numbers that are shown', () => {
  it('are the first and the last, where nothing happened', () => {
    expect([...chosen([]).keys()].sort((a, b) => a - b)).toEqual([
      ...Array.from({ length: 10 }, (_, index) => index + 1),
      ...Array.from({ length: 10 }, (_, index) => 2991 + index),
    ]);
  });

  it('are those around an anomaly, by its time, whatever order the nodes’ steps come in', () => {
    const moments = [{ timeUs: 1_500_400, reason: 'the anomaly', before: 12, after: 12 }];
    const late = [accept(700_000, 'n2', 700), accept(2_900_000, 'n2', 2900)];
    const shown = chosen(late, { moments });
    expect(shown.get(1500)?.map(({ text }) => text)).toEqual(['the anomaly']);
    for (const sequence of [1488, 1512]) expect(shown.has(sequence)).toBe(true);
    for (const sequence of [1487, 1513, 700]) expect(shown.has(sequence)).toBe(false);
  });

  it('are those that two batches were committed for, unless a traitor says so', () => {
    const split = [commit(1, 'n2', 800), commit(2, 'n3', 800, 'other')];
    expect(chosen(split).get(800)).toEqual([{ text: 'two batches were committed', urgent: true }]);
    const turned = at(0, 'n3', { name: 'Turn', behaviour: 'collude' });
    expect(chosen([turned, ...split]).has(800)).toBe(false);
  });

  it('are those around the beginning of a view, and where two batches were proposed', () => {
    const proposals = [1200, 1201].map((sequence) => ({ sequence, digest: 'd' }));
    const entered = at(5, 'n2', { name: 'EnterView', view: 1, stable: 1100, proposals });
    const shown = chosen([entered, accept(9, 'n3', 400, 'other')]);
    expect(shown.get(1202)?.[0]?.text).toBe('view 1 begins');
    expect(shown.get(400)?.[0]?.text).toBe('two batches were proposed');
    expect(shown.has(1197) && shown.has(1207)).toBe(true);
  });

  it('are bounded, the more so the more nodes there are, and the most important stay', () => {
    const events = Array.from({ length: 600 }, (_, index) => [
      commit(1, 'n2', 5 * index + 3),
      commit(2, 'n3', 5 * index + 3, 'other'),
    ]).flat();
    const moments = [{ timeUs: 2_000_000, reason: 'asked for', before: 25, after: 25 }];
    expect(chosen(events, { moments }).size).toBeLessThanOrEqual(200);
    const few = chosen(events, { moments, nodes: nodeIds(40) });
    expect(few.size).toBe(40);
    expect(few.has(3)).toBe(true);
  });
});

describe('the phases of a batch', () => {
  it('are told by when each was reached first, with the batch and the views', () => {
    const table = new PhaseTable(NODES, new Map([[7, []]]), { n3: 25 });
    const steps = [
      accept(10, 'n2', 7, 'old'),
      accept(20, 'n2', 7, 'new', 1),
      at(21, 'n2', { name: 'Prepared', view: 1, sequence: 7, digest: 'new', by: [] }),
      commit(30, 'n3', 7),
      accept(40, 'n2', 8),
      at(50, 'n4', { name: 'InstallState', sequence: 100, digest: 'state', stateHash: 1 }),
    ];
    for (const step of steps) table.observe(step);
    const [row, ...others] = table.stretches().flatMap(({ rows }) => rows);
    expect(others).toEqual([]);
    expect(row?.cells[0]).toBeUndefined();
    expect(row?.cells[1]).toMatchObject({
      timesUs: [10, 21, undefined, undefined],
      furthest: 1,
      digest: 'new',
      digests: ['old', 'new'],
      views: [0, 1],
      turned: false,
    });
    expect(row?.cells[2]).toMatchObject({ furthest: 2, turned: true });
    expect(row?.cells[3]).toMatchObject({ furthest: -1, installedUs: 50, turned: false });
  });

  it('are read of no other lines than those about them', () => {
    const wanted = isAbout(new Map([[12, []]]));
    const line = (name: string, sequence: number) =>
      `{"kind":"trace","timeUs":1,"node":"n1","name":"${name}","view":0,"sequence":${sequence},"digest":"x"}`;
    expect(wanted(line('Prepared', 12))).toBe(true);
    expect(wanted(line('Prepared', 120))).toBe(false);
    expect(wanted(line('TakeCheckpoint', 12))).toBe(false);
    expect(wanted(line('InstallState', 100))).toBe(true);
  });
});

describe('a report on batches and views', () => {
  it('has every correct replica execute every batch, in the order of the phases', async () => {
    const { stretches, highest } = await shownPhases({ traitors: [] });
    const rows = stretches.flatMap((stretch) => stretch.rows);
    expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: highest }, (_, index) => index + 1));
    expect(highest).toBe(30);
    for (const cell of rows.flatMap(({ cells }) => cells)) {
      expect(cell?.furthest).toBe(3);
      expect(cell?.timesUs).toEqual([...(cell?.timesUs ?? [])].sort((a, b) => (a ?? 0) - (b ?? 0)));
    }
  });

  it('says of each view who asked for it first, where it began, and with how many batches', async () => {
    const { folder, trace } = writePbftRun(join(root, 'views'), { behaviour: 'silent', turnBackAt: 30 });
    const changes = (await buildRunView(folder)).batchPhases?.viewChanges ?? [];
    const first = changes[0];
    expect(first).toMatchObject({ view: 1, primary: 'n2' });
    const asked = trace.find(({ name }) => name === 'StartViewChange');
    expect(first?.asked).toEqual({ node: asked?.node, timeUs: asked?.timeUs });
    const entered = trace.filter((event) => event.name === 'EnterView' && event.view === 1);
    expect(first?.began).toEqual(entered.map(({ node, timeUs }) => ({ node, timeUs })));
    const between = /class="between">(.*?)<\/tr>/.exec(await renderHtml(folder))?.[1] ?? '';
    expect(between.replace(/<[^>]*>/g, '')).toMatch(
      /^View 1, primary n2, asked for first by n\d at \d\.\d{3} s; began n2 at .*, n\d \+[\d.]+ ms; \d+ batch(es)? taken over$/,
    );
  });

  it('opens at two batches that correct replicas committed for one sequence number, and shows which', async () => {
    const options = { traitors: ['n1', 'n4'], behaviour: 'collude', against: ['n2'], turnBackAt: 40 } as const;
    const { folder } = writePbftRun(join(root, 'broken'), options);
    const view = (await buildRunView(folder)).batchPhases;
    const row = view?.stretches.flatMap(({ rows }) => rows).find(({ cells }) => cells[1]?.digest !== cells[2]?.digest);
    expect(row?.cells.map((cell) => cell?.turned)).toEqual([true, false, false, true]);
    const text = await renderHtml(folder);
    const open = /<details class="more" open>[\s\S]*?<\/details>/.exec(text)?.[0] ?? '';
    expect(open).toContain('two batches were committed');
    expect(open).toContain('class="broken"');
    expect(open).toContain('<code class="d1">');
  });

  it('shows the batches around a time that was asked for', async () => {
    const { folder, trace } = writePbftRun(join(root, 'around'), { traitors: [], requests: 90 });
    const middle = trace.find((event) => event.name === 'AcceptPrePrepare' && event.sequence === 45);
    const aroundUs = middle?.timeUs ?? 0;
    const reasons = async (limits: { aroundUs?: number }) =>
      (await buildRunView(folder, limits)).batchPhases?.stretches.find(({ urgent }) => urgent)?.rows ?? [];
    expect(await reasons({})).toEqual([]);
    expect((await reasons({ aroundUs })).some(({ sequence }) => sequence === 45)).toBe(true);
  });

  it('is not made of a trace that tells of none', async () => {
    const { folder } = writeSampleRun(join(root, 'raft'), { verdict: 'valid', seconds: 2 });
    expect((await buildRunView(folder)).batchPhases).toBeUndefined();
    expect(await renderHtml(folder)).not.toContain('id="phases"');
  });

  it('is harmless whatever a trace says', async () => {
    const { folder } = writePbftRun(join(root, 'hostile'), { traitors: [] });
    const file = join(folder, 'trace.ndjson');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/"digest":"/g, '"digest":"<b>\\"'));
    const text = await renderHtml(folder);
    expect(text).toContain('<code>&lt;b&gt;&quot;');
    expect(text).not.toContain('<code><b>');
  });
});
