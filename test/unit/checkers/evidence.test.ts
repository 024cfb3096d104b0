import { expect, it } from 'vitest';
import { checkEvents } from '../../../src/checkers/check-events.js';
import { evidence } from '../../../src/checkers/evidence.js';
import type { RunEvent } from '../../../src/history/events.js';
import type { CheckResult } from '../../../src/plugin/checker.js';
import { LEADER_WORDS, type NodeWords } from '../../../src/plugin/node-words.js';
import { done, kill, leads, phase } from './events.js';

const judge = (...events: RunEvent[]) => judgeAs(undefined, ...events);

async function judgeAs(words: NodeWords | undefined, ...events: RunEvent[]): Promise<CheckResult> {
  const checker = evidence({ nemeses: [{ name: 'kill', kinds: ['kill'] }], expectLeaderChange: true, words });
  const [result] = await checkEvents(events, [checker], 1000);
  if (!result) throw new Error('no result');
  return result;
}

const work = (fromMs: number) =>
  Array.from({ length: 10 }, (_, i) => done(fromMs + i * 10, fromMs + i * 10 + 5, 1, 'read')).flat();
const START = [phase(0, 'setup'), leads(5, 'n1', 1), phase(10, 'load')];

it('a run that hurt and went on is worth its verdict', async () => {
  const result = await judge(...START, kill(20, 1, 'inject'), leads(25, 'n2', 2), ...work(30), kill(200, 1, 'heal'));
  expect(result.verdict).toBe('valid');
  expect(result.facts).toMatchObject({ ok: 10, okDuringFaults: 10, leaderChanges: 1, kill: '1 of 1 confirmed' });
});

it('operations outside the fault windows are no evidence', async () => {
  const result = await judge(...START, kill(20, 1, 'inject'), leads(25, 'n2', 2), kill(28, 1, 'heal'), ...work(30));
  expect(result.verdict).toBe('unknown');
  expect(result.summary).toMatch(/only 0 operations succeeded while a fault was in force/);
});

it('a fault whose probe failed makes the run inconclusive', async () => {
  const failed = await judge(...START, kill(20, 1, 'inject', false), leads(25, 'n2', 2), ...work(30));
  expect(failed.verdict).toBe('unknown');
  expect(failed.summary).toMatch(/no fault of kill was confirmed.*n1 still answers/);
});

it('so does a heal whose probe failed', async () => {
  const result = await judge(
    ...START,
    kill(20, 1, 'inject'),
    leads(25, 'n2', 2),
    ...work(30),
    kill(200, 1, 'heal', false),
  );
  expect(result.verdict).toBe('unknown');
  expect(result.summary).toMatch(/was taken back/);
});

it('a nemesis that never struck, a leader that never changed and an idle run are named', async () => {
  expect((await judge(...START, leads(25, 'n2', 2), ...work(30))).summary).toMatch(/kill never struck/);
  expect((await judge(...START, kill(20, 1, 'inject'), ...work(30))).summary).toMatch(
    /no leader change was seen although the faults should have deposed a leader/,
  );
  expect((await judge(...START, kill(20, 1, 'inject'), leads(25, 'n2', 2))).summary).toMatch(
    /only 0 operations succeeded in the whole run/,
  );
});

it('an old leader that has not heard of its successor is no change', async () => {
  const result = await judge(
    ...START,
    kill(20, 1, 'inject'),
    leads(22, 'n2', 2),
    leads(24, 'n1', 1),
    leads(26, 'n2', 2),
    ...work(30),
  );
  expect(result.facts.leaderChanges).toBe(1);
});

it('a system is spoken of in its own words', async () => {
  const words = { ...LEADER_WORDS, leader: 'primary', change: 'view change' };
  const changed = [...START, kill(20, 1, 'inject'), leads(22, 'n2', 2), leads(25, 'n3', 3), ...work(30)];
  const result = await judgeAs(words, ...changed);
  expect(result.summary).toMatch(/, 2 view changes\.$/);
  expect(result.facts).toMatchObject({ viewChanges: 2 });
  expect((await judgeAs(words, ...START, kill(20, 1, 'inject'), ...work(30))).summary).toMatch(
    /no view change was seen although the faults should have deposed a primary/,
  );
  expect((await judgeAs(words, ...work(30))).summary).toMatch(/no node ever named a primary/);
});
