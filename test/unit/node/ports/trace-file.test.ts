import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { monotonicUs } from '../../../../src/node/ports/clock.js';
import { TraceFile } from '../../../../src/node/ports/trace-file.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-trace-'));
  path = join(folder, 'trace.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lines = () => readFileSync(path, 'utf8').split('\n').slice(0, -1);

test('steps are events of this node on the machine’s monotonic axis, written when flushed', () => {
  const before = monotonicUs();
  const trace = new TraceFile(path, 'n2');
  trace.record({ name: 'UpdateTerm', term: 3 });
  trace.record({ name: 'BecomeFollower', term: 3, leader: null });
  expect(lines()).toEqual([]);
  trace.flush();
  const events = lines().map((line) => JSON.parse(line));
  expect(events).toMatchObject([
    { kind: 'trace', node: 'n2', name: 'UpdateTerm', term: 3 },
    { kind: 'trace', node: 'n2', name: 'BecomeFollower', leader: null },
  ]);
  expect(events[0].timeUs).toBeGreaterThanOrEqual(before);
  expect(events[1].timeUs).toBeGreaterThanOrEqual(events[0].timeUs);
  expect(events[1].timeUs).toBeLessThanOrEqual(monotonicUs());
  trace.close();
});

test('what nobody flushed is written at the end of the turn', async () => {
  const trace = new TraceFile(path, 'n1');
  trace.record({ name: 'UpdateTerm', term: 1 });
  await Promise.resolve();
  expect(lines()).toHaveLength(1);
  trace.close();
});

test('the next process goes on in the same file and removes the half line that a SIGKILL left', () => {
  const whole = `${JSON.stringify({ kind: 'trace', name: 'UpdateTerm' })}\n`;
  writeFileSync(path, whole);
  appendFileSync(path, `{"kind":"trace","entries":"${'x'.repeat(200_000)}`);
  const trace = new TraceFile(path, 'n1');
  trace.record({ name: 'UpdateTerm', term: 2 });
  trace.close();
  expect(lines()).toHaveLength(2);
  expect(lines().map((line) => JSON.parse(line).name)).toEqual(['UpdateTerm', 'UpdateTerm']);
});

test('a file with nothing but half a line begins anew', () => {
  writeFileSync(path, '{"kind":');
  new TraceFile(path, 'n1').close();
  expect(readFileSync(path, 'utf8')).toBe('');
});

test('a full disk under the trace is told with its place', () => {
  // A real full device.
  symlinkSync('/dev/full', path);
  const full = new TraceFile(path, 'n1');
  full.record({ name: 'UpdateTerm', term: 1 });
  expect(() => full.flush()).toThrow(/cannot write the trace file .*trace\.ndjson: ENOSPC/);
});
