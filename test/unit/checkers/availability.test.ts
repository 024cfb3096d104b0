import { expect, it } from 'vitest';
import { availability } from '../../../src/checkers/availability.js';
import { checkEvents } from '../../../src/checkers/check-events.js';
import type { RunEvent } from '../../../src/history/events.js';
import type { CheckResult } from '../../../src/plugin/checker.js';
import { done, info, invoke, phase } from './events.js';

async function judge(...events: RunEvent[]): Promise<CheckResult> {
  const [result] = await checkEvents(events, [availability({ recoveryMs: 1000 })], 1000);
  if (!result) throw new Error('no result');
  return result;
}

const LOAD = [phase(0, 'load'), ...done(10, 20, 1, 'write'), ...done(30, 40, 1, 'read'), phase(900, 'heal')];
const RECOVERY = phase(1000, 'recovery');
const END = [phase(2000, 'final'), ...done(2010, 2020, 1, 'read', { key: 'k' }), phase(2100, 'end')];

it('a cluster that serves a read and an update within the bound has recovered', async () => {
  const result = await judge(
    ...LOAD,
    RECOVERY,
    ...done(1100, 1200, 1, 'write'),
    ...done(1300, 1400, 1, 'read'),
    ...END,
  );
  expect(result.verdict).toBe('valid');
  expect(result.facts.recoveryMs).toBe(400);
  expect(result.facts.longestOutageMs).toBe(860);
});

it('one that serves reads only has not', async () => {
  const result = await judge(...LOAD, RECOVERY, invoke(1100, 2, 'write'), ...done(1300, 1400, 1, 'read'), ...END);
  expect(result.verdict).toBe('invalid');
  expect(result.anomalies[0]?.kind).toBe('not-recovered');
  expect(result.anomalies[0]?.title).toBe('no update succeeded within 1.00 s after everything was healed at 1.000 s');
});

it('one that serves too late has not', async () => {
  const late = [...done(1100, 1200, 1, 'read'), ...done(1300, 2500, 1, 'write')];
  expect((await judge(...LOAD, RECOVERY, ...late, phase(2600, 'final'))).verdict).toBe('invalid');
});

it('operations invoked before the healing ended do not count', async () => {
  const early = [invoke(950, 1, 'write'), RECOVERY];
  const result = await judge(...LOAD, ...early, { ...done(0, 1100, 1, 'write')[1] } as RunEvent, phase(2100, 'final'));
  expect(result.verdict).toBe('invalid');
});

it('a service that nobody asked for after the healing is neither there nor gone', async () => {
  const read = done(1100, 1200, 1, 'read');
  expect((await judge(...LOAD, RECOVERY, ...read, ...END)).verdict).toBe('unknown');
  expect((await judge(...LOAD, RECOVERY, ...read, invoke(1900, 2, 'write'), ...END)).verdict).toBe('unknown');
  expect((await judge(...LOAD, RECOVERY, ...read, invoke(1400, 2, 'write'), ...END)).verdict).toBe('invalid');
});

it('final reads of clients that only ever wrote are no reads that must come back', async () => {
  const writes = [phase(0, 'load'), ...done(10, 20, 1, 'write'), phase(900, 'heal')];
  const late = [phase(2000, 'final'), ...done(2900, 2950, 1, 'read', { key: 'k' }), phase(3000, 'end')];
  expect((await judge(...writes, RECOVERY, ...done(1100, 1200, 1, 'write'), ...late)).verdict).toBe('valid');
});

it('a final read without an answer is told', async () => {
  const served = [...done(1100, 1200, 1, 'write'), ...done(1300, 1400, 1, 'read')];
  const unanswered = [
    phase(2000, 'final'),
    invoke(2010, 1, 'read', { key: 'k7' }),
    info(2090, 1, 'read'),
    phase(2100, 'end'),
  ];
  const result = await judge(...LOAD, RECOVERY, ...served, ...unanswered);
  expect(result.verdict).toBe('invalid');
  expect(result.anomalies[0]?.title).toMatch(/1 final read did not succeed.*k7/);
});

it('a history that was cut off before the recovery, or in it, says nothing', async () => {
  expect((await judge(...LOAD)).verdict).toBe('unknown');
  expect((await judge(...LOAD, RECOVERY, invoke(1100, 1, 'write'))).verdict).toBe('unknown');
});
