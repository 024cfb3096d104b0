import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeEvent } from '../../../src/history/codec.js';
import type { RunEvent } from '../../../src/history/events.js';
import { AssayError } from '../../../src/kernel/errors.js';
import { OUTCOMES, type RunView } from '../../../src/report/view.js';
import { buildRunView } from '../../../src/report/view-model.js';
import { writePbftRun } from './sample-pbft-run.js';
import { type Sample, writeSampleRun } from './sample-run.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-view-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function sample(name: string, options: Parameters<typeof writeSampleRun>[1]): Sample {
  return writeSampleRun(join(root, name), options);
}

function eventsOf(folder: string): RunEvent[] {
  const lines = readFileSync(join(folder, 'history.ndjson'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

const outcomesOf = (view: RunView) =>
  Object.fromEntries(
    OUTCOMES.map((name, index) => [name, view.operations.outcome.filter((outcome) => outcome === index).length]),
  );
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe('the view of a run', () => {
  it('holds every operation with its outcome while the run is not long', async () => {
    const { folder, record, invoked } = sample('whole', { verdict: 'valid', seconds: 20 });
    const view = await buildRunView(folder);
    expect(view.operations.total).toBe(invoked);
    expect(view.operations.process).toHaveLength(invoked);
    const { ok, fail, info } = record.counts;
    expect(outcomesOf(view)).toEqual({ ok, fail, info, pending: 0 });
    expect(ok * fail * info).toBeGreaterThan(0);
    expect(view.omissions.filter((each) => each.includes('operations'))).toEqual([]);
  });

  it('has operations in order of invocation, each on the lane of the worker that it retired from', async () => {
    const { folder } = sample('order', { verdict: 'valid', seconds: 10, concurrency: 7 });
    const { operations, lanes } = await buildRunView(folder);
    expect(operations.invokeUs).toEqual([...operations.invokeUs].sort((a, b) => a - b));
    expect(lanes).toBe(7);
    expect(Math.max(...operations.process)).toBeGreaterThanOrEqual(lanes);
  });

  it('counts every completion into the rate, and into the faults in force at that time', async () => {
    const { folder, record } = sample('rates', { verdict: 'valid', seconds: 20 });
    const view = await buildRunView(folder);
    for (const kind of ['ok', 'fail', 'info'] as const) expect(sum(view.rate[kind])).toBe(record.counts[kind]);
    const acknowledged = eventsOf(folder).filter(({ kind }) => kind === 'ok');
    expect(view.faults.length).toBeGreaterThan(3);
    for (const fault of view.faults) {
      const meanwhile = acknowledged.filter(({ timeUs }) => fault.fromUs <= timeUs && timeUs < fault.toUs);
      expect(Math.abs(fault.acknowledged - meanwhile.length)).toBeLessThanOrEqual(1);
    }
  });

  it('shows each leader in its term, exactly as the trace has it', async () => {
    const { folder, leaderTerms } = sample('leaders', { verdict: 'valid', seconds: 60 });
    const view = await buildRunView(folder);
    const led = view.nodes.flatMap(({ id, spans }) =>
      spans.filter(({ state }) => state === 'leader').map(({ term }) => `${id} ${term}`),
    );
    expect(new Set(led).size).toBe(leaderTerms);
    expect(leaderTerms).toBeGreaterThan(2);
    expect(view.nodes.map(({ id }) => id)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
    for (const { commit } of view.nodes) expect(commit.index.length).toBeGreaterThan(0);
  });

  it('shows leaders and commit indexes of a system without a trace from what its nodes answered', async () => {
    const { folder } = sample('untraced', { verdict: 'valid', seconds: 20 });
    rmSync(join(folder, 'trace.ndjson'));
    const view = await buildRunView(folder);
    const states = new Set(view.nodes.flatMap(({ spans }) => spans.map(({ state }) => state)));
    expect(states).toContain('leader');
    expect(states).toContain('down');
    expect(view.nodes[0]?.commit.index.at(-1)).toBeGreaterThan(100);
  });

  it('points from an anomaly to the operations that force it', async () => {
    const { folder, record } = sample('invalid', { verdict: 'invalid', seconds: 10 });
    const { operations, anomalyOperations } = await buildRunView(folder);
    const rows = anomalyOperations[0]?.[0] ?? [];
    const found = rows.map((row) => ({ process: operations.process[row], invokeUs: operations.invokeUs[row] }));
    expect(found).toEqual(record.checks[0]?.anomalies[0]?.operations);
    expect(found).toHaveLength(3);
  });

  it('is the same for the same files', async () => {
    const { folder } = sample('same', { verdict: 'invalid', seconds: 10 });
    expect(await buildRunView(folder, { maxWhole: 100 })).toEqual(await buildRunView(folder, { maxWhole: 100 }));
  });
});

describe('the view of a long run', () => {
  it('is bounded, keeps what forces the anomaly, and says what it leaves out', async () => {
    const { folder, invoked, record } = sample('long', { verdict: 'invalid', seconds: 60 });
    expect(invoked).toBeGreaterThan(8000);
    const view = await buildRunView(folder, { maxWhole: 2000 });
    expect(view.operations.total).toBe(invoked);
    expect(view.operations.process.length).toBeLessThan(2000);
    expect(view.anomalyOperations[0]?.[0]).toHaveLength(3);
    expect(view.omissions[0]).toContain(
      `${(invoked - view.operations.process.length).toLocaleString('en')} of ${invoked.toLocaleString('en')} operations`,
    );
    // What is left out is counted all the same.
    const { ok, fail, info } = record.counts;
    expect(sum(view.latency.map(({ count }) => count))).toBe(ok + fail + info + 3);
    expect(sum(view.rate.invoked)).toBe(invoked);
    for (const { commit } of view.nodes) expect(commit.index.length).toBeLessThanOrEqual(1201);
  });

  it('keeps operations near a fault’s beginning and end before all others', async () => {
    const { folder } = sample('near', { verdict: 'valid', seconds: 60 });
    const view = await buildRunView(folder, { maxWhole: 1000 });
    const { operations } = view;
    const near = eventsOf(folder).filter(
      (event) =>
        event.kind === 'invoke' &&
        view.faults.some(({ fromUs, toUs }) => [fromUs, toUs].some((edge) => Math.abs(edge - event.timeUs) < 300_000)),
    );
    const shown = new Set(operations.invokeUs.map((timeUs, row) => `${operations.process[row]}@${timeUs}`));
    const kept = near.filter((event) => event.kind === 'invoke' && shown.has(`${event.process}@${event.timeUs}`));
    expect(near.length).toBeGreaterThan(500);
    expect(kept.length / near.length).toBeGreaterThan(operations.process.length / operations.total);
  });
});

describe('latency', () => {
  it('counts from the time when an operation was due, not from when a process was free for it', async () => {
    const { folder } = sample('due', { verdict: 'valid', seconds: 2 });
    const events: RunEvent[] = [
      { kind: 'invoke', timeUs: 5_000_000, process: 0, f: 'read', key: 'k', dueUs: 1_000_000 },
      { kind: 'ok', timeUs: 5_001_000, process: 0, f: 'read', key: 'k', value: 1 },
    ];
    writeFileSync(join(folder, 'history.ndjson'), events.map((event) => `${encodeEvent(event)}\n`).join(''));
    const view = await buildRunView(folder);
    expect(view.latency).toEqual([
      {
        title: 'ok, no fault in force',
        count: 1,
        p50Us: 4_001_000,
        p95Us: 4_001_000,
        p99Us: 4_001_000,
        maxUs: 4_001_000,
      },
    ]);
    expect(view.operations.dueUs).toEqual([1_000_000]);
  });
});

describe('a damaged run', () => {
  it('is shown up to its last whole line, and the page says that there is more', async () => {
    const { folder, invoked } = sample('torn', { verdict: 'valid', seconds: 5 });
    appendFileSync(join(folder, 'history.ndjson'), '{"kind":"invoke","timeUs":99');
    const view = await buildRunView(folder);
    expect(view.operations.total).toBe(invoked);
    expect(view.omissions.join()).toMatch(
      /1 unreadable lines of history\.ndjson, of which the first: .*line \d+ is not JSON/,
    );
  });

  it('shows operations that were never completed as pending', async () => {
    const { folder } = sample('pending', { verdict: 'valid', seconds: 5, finished: false });
    const path = join(folder, 'history.ndjson');
    const lines = readFileSync(path, 'utf8').split('\n');
    const cut = lines.findIndex((line, index) => index > lines.length / 2 && line.startsWith('{"kind":"invoke"'));
    writeFileSync(path, lines.slice(0, cut + 1).join('\n'));
    const view = await buildRunView(folder);
    expect(outcomesOf(view).pending).toBeGreaterThan(0);
    expect(view.run.finished).toBe(false);
    expect(view.endUs).toBeGreaterThan(1_000_000);
  });

  it('has a view even when nothing but its record is left', async () => {
    const { folder } = sample('bare', { verdict: 'unknown', seconds: 2 });
    rmSync(join(folder, 'history.ndjson'));
    rmSync(join(folder, 'trace.ndjson'));
    const view = await buildRunView(folder);
    expect(view.operations.total).toBe(0);
    expect(view.omissions.join()).toMatch(/all of history\.ndjson, which cannot be read/);
  });

  it('is refused in words when its record cannot be read', async () => {
    const error = await buildRunView(join(root, 'nowhere')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AssayError);
    expect(error).toMatchObject({ code: 'not-found' });
  });
});

describe('the view of a run with views and traitors', () => {
  it('shows each replica as primary, backup or waiting, in its views, and speaks of them so', async () => {
    const folder = join(root, 'views');
    const { trace } = writePbftRun(folder, { behaviour: 'silent', turnBackAt: 30 });
    const view = await buildRunView(folder);
    expect(view.words).toMatchObject({ leader: 'primary', follower: 'backup', term: 'view', progress: 'executed' });
    const entered = trace.filter(({ name }) => name === 'EnterView');
    expect(entered.length).toBeGreaterThanOrEqual(3);
    for (const [index, { id, spans, commit }] of view.nodes.entries()) {
      const leads = spans.filter(({ state }) => state === 'leader').map(({ term }) => term);
      expect(leads.every((term) => (term ?? 0) % 4 === index)).toBe(true);
      if (id === 'n2') expect(leads).toContain(1);
      const executed = trace.filter(({ name, node }) => name === 'Execute' && node === id);
      expect(commit.index.at(-1)).toBe(executed.length);
    }
    const n3 = view.nodes[2]?.spans.map(({ state, term }) => `${state} ${term}`);
    expect(n3?.slice(0, 3)).toEqual(['follower 0', 'candidate 1', 'follower 1']);
  });

  it('names the traitors with their misdeeds', async () => {
    const folder = join(root, 'traitors');
    const { history } = writePbftRun(folder);
    const [treason, ...others] = (await buildRunView(folder)).treasons;
    expect(others).toEqual([]);
    expect(treason).toMatchObject({ node: 'n1', behaviour: 'equivocate', against: ['n2'], confirmed: true });
    const [inject, heal] = history.filter(({ kind }) => kind === 'fault');
    expect([treason?.fromUs, treason?.toUs]).toEqual([inject?.timeUs, heal?.timeUs]);
    expect(treason?.misdeeds).toBeGreaterThan(0);
  });

  it('of leaders and terms speaks as before', async () => {
    const { folder } = sample('terms', { verdict: 'valid', seconds: 2 });
    const view = await buildRunView(folder);
    expect(view.words).toMatchObject({ leader: 'leader', term: 'term', progress: 'commit index' });
    expect(view.treasons).toEqual([]);
  });
});
