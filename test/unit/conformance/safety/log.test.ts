import { describe, expect, it } from 'vitest';
import {
  accepted,
  after,
  append,
  appendEntries,
  durable,
  entry,
  follow,
  init,
  judge,
  type Line,
  PROLOGUE,
  receive,
  replicate,
  send,
} from '../trace.js';

const commits = (node: string, term: number, commitIndex: number): Line => [
  node,
  { name: 'AdvanceCommit', term, commitIndex, leader: false },
];
const installs = (index: number, term: number, ...log: { term: number; digest: number }[]): Line => [
  'n3',
  { name: 'InstallSnapshot', index, term, log },
];
const BOTH = [entry(1, 0), entry(1, 11)];
const stray = entry(1, 12);
const holding = (...entries: { term: number; digest: number }[]) => follow('n1', 'n3', 1, 1, ...BOTH, ...entries);

describe('a log', () => {
  it('LogMatching: has no gap, and what stands behind one is not looked at', async () => {
    const { anomalies, facts } = await judge([...PROLOGUE, append('n3', 1, 2, entry(1, 7))]);
    expect(anomalies.map(({ title }) => title)).toEqual(['n3 has a gap in its log: it ended at 0, then 2 was added']);
    expect(facts.LogMatching).toBe(1);
  });

  it('LogMatching: the title says whether the entries differ, or what is before them', async () => {
    const titles = async (...entries: { term: number; digest: number }[]) =>
      (await judge([...PROLOGUE, append('n3', 1, 1, ...entries)])).anomalies.map(({ title }) => title);
    expect(await titles(entry(1, 0), entry(1, 99))).toEqual([
      'logs of n1 and n3 both hold index 2 of term 1, but hold different entries',
    ]);
    expect(await titles(entry(0, 98), entry(1, 11))).toEqual([
      'logs of n1 and n3 both hold index 2 of term 1, but differ before it, at index 1',
    ]);
  });

  it('TruncateOnlyOnConflict: the story says what came in the place of what was removed', async () => {
    const story = async (...entries: { term: number; digest: number }[]) =>
      (await judge([...PROLOGUE, append('n2', 1, 3, stray), append('n2', 1, 3, ...entries)])).anomalies[0]?.story[1];
    expect(await story()).toMatch(/^In their place came nothing:/);
    expect(await story(stray)).toMatch(/^In their place came an entry of the same term 1:/);
  });
});

describe('a log behind a snapshot', () => {
  it('TruncateOnlyOnConflict: is changed only on conflict, and goes on from there', async () => {
    const twice = [installs(2, 1), append('n3', 0, 3, stray), append('n3', 0, 3, stray)];
    expect(await after(...twice, append('n3', 0, 4, entry(1, 13)))).toEqual(['TruncateOnlyOnConflict']);
    const conflict = [installs(2, 1), append('n3', 0, 3, entry(0, 9)), append('n3', 1, 3, stray)];
    expect(await after(...conflict, append('n3', 1, 4, entry(1, 13)))).toEqual([]);
    expect(await after(...conflict, ...replicate('n1', 'n2', 1, 3, stray), commits('n3', 1, 3))).toEqual([]);
  });

  it('CommittedLogAppendOnly: what the snapshot covers is not changed', async () => {
    expect(await after(installs(2, 1), append('n3', 0, 1, entry(0, 5)))).toEqual(['CommittedLogAppendOnly']);
    expect(await after(installs(2, 1), append('n3', 0, 2, entry(0, 5)))).toEqual(['CommittedLogAppendOnly']);
  });

  it('TruncateOnlyOnConflict: keeps what follows when the same snapshot comes again', async () => {
    const behind = [installs(2, 1), append('n3', 0, 3, stray)];
    expect(await after(...behind, installs(2, 1, stray))).toEqual([]);
    expect(await after(...behind, installs(2, 1))).toEqual(['TruncateOnlyOnConflict']);
    const { anomalies } = await judge([...PROLOGUE, ...holding(stray, entry(1, 13)), installs(2, 1)]);
    expect(anomalies[0]?.title).toBe('n3 threw away entries 3 to 4 when it installed a snapshot that its log contains');
  });

  it('holds what was kept behind the snapshot', async () => {
    expect(await after(...holding(stray), installs(2, 1, stray), commits('n3', 1, 3))).toEqual([]);
  });
});

describe('a snapshot that is installed', () => {
  it('AppliedMonotonic: may end at what was applied, not before', async () => {
    const applied: Line[] = [...holding(), commits('n3', 1, 2), ['n3', { name: 'Apply', from: 1, entries: BOTH }]];
    expect(await after(...applied, installs(2, 1))).toEqual([]);
    const goesOn: Line = ['n3', { name: 'Apply', from: 3, entries: [stray] }];
    expect(await after(installs(2, 1), append('n3', 1, 3, stray), commits('n3', 1, 3), goesOn)).toEqual([]);
    expect(await after(...applied, installs(1, 1, entry(1, 11)))).toEqual(['AppliedMonotonic']);
  });

  it('CommittedLogAppendOnly: leaves what is known as committed behind it', async () => {
    const installed = [...holding(stray), commits('n3', 1, 3), installs(2, 1, stray)];
    const later: Line[] = [['n3', { name: 'UpdateTerm', term: 2 }], receive('n3', 'n2', appendEntries(2))];
    expect(await after(...installed, ...later, append('n3', 2, 3, entry(2, 0)))).toEqual(['CommittedLogAppendOnly']);
    expect(await after(...installed, append('n3', 1, 4, entry(1, 13)))).toEqual([]);
    // What it covers is known as committed.
    expect(await after(installs(2, 1), ['n3', { name: 'Apply', from: 3, entries: [] }])).toEqual([]);
  });

  it('AckImpliesDurable: a log that was durable and is replaced does not make the snapshot durable', async () => {
    const old = Array.from({ length: 6 }, (_, place) => entry(0, 41 + place));
    const replaced = [append('n3', 1, 1, ...old), durable('n3', 1, null, 6), installs(4, 1)];
    const answers = send('n3', 'n1', {
      type: 'InstallSnapshotResponse',
      term: 1,
      installed: true,
      lastIncludedIndex: 4,
    });
    expect(await after(...replaced, answers)).toEqual(['AckImpliesDurable']);
    expect(await after(...replaced, durable('n3', 1, null, 4), answers)).toEqual([]);
  });

  it('AckImpliesDurable: what was durable behind it in a log that contains it still is', async () => {
    expect(await after(...holding(stray), installs(2, 1, stray), send('n3', 'n1', accepted(1, 3)))).toEqual([]);
  });

  it('LogSurvivesRestart: leaves what was durable before it, until it is durable itself', async () => {
    const longer = [append('n1', 1, 3, stray, entry(1, 13)), ...holding(), installs(4, 1)];
    const restarts = (...log: { term: number; digest: number }[]) => init('n3', { term: 1, log });
    expect(await after(...longer, restarts(...BOTH))).toEqual([]);
    expect(await after(...longer, init('n3', { term: 1, snapshotIndex: 4, snapshotTerm: 1 }))).toEqual([]);
    expect(await after(...longer, restarts(entry(1, 0)))).toEqual(['LogSurvivesRestart']);
  });
});
