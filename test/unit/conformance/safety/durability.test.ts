import { describe, expect, it } from 'vitest';
import {
  accepted,
  after,
  append,
  appendEntries,
  durable,
  elect,
  entry,
  follow,
  init,
  type Line,
  receive,
  send,
} from '../trace.js';

const enters = (node: string, term: number): Line => [node, { name: 'UpdateTerm', term }];
const installs = (index: number, term: number, ...log: { term: number; digest: number }[]): Line => [
  'n3',
  { name: 'InstallSnapshot', index, term, log },
];
const compacts = (node: string, index: number): Line => [node, { name: 'Compact', index, term: 1 }];
const acknowledges = (term: number, index: number) => send('n3', 'n1', accepted(term, index));
const BOTH = [entry(1, 0), entry(1, 11)];
const stray = entry(1, 12);

describe('what was durable and is replaced', () => {
  const replaced = [
    ...follow('n1', 'n3', 1, 1, ...BOTH, stray).slice(0, 3),
    enters('n3', 2),
    receive('n3', 'n2', appendEntries(2)),
    append('n3', 2, 3, entry(2, 0)),
  ];

  it('AckImpliesDurable: what takes the place of durable entries is not durable yet', async () => {
    const answers = send('n3', 'n2', accepted(2, 3));
    expect(await after(...replaced, answers)).toEqual(['AckImpliesDurable']);
    expect(await after(...replaced, durable('n3', 2, null, 3), answers)).toEqual([]);
    expect(await after(...replaced, send('n3', 'n2', accepted(2, 2)))).toEqual([]);
  });

  it('AckImpliesDurable: an acknowledgement may leave when its term is over and its entries are gone', async () => {
    expect(await after(...replaced, acknowledges(1, 3))).toEqual([]);
  });

  it('LogSurvivesRestart: what is left of it is durable, and no more', async () => {
    const restarts = (...log: { term: number; digest: number }[]) => init('n3', { term: 2, log });
    expect(await after(...replaced, restarts(...BOTH))).toEqual([]);
    expect(await after(...replaced, restarts(entry(1, 0)))).toEqual(['LogSurvivesRestart']);
  });
});

describe('what was durable and is in a snapshot', () => {
  it('LogSurvivesRestart: a sync up to somewhere before the snapshot counts', async () => {
    const goesOn = [append('n2', 1, 3, stray, entry(1, 13)), compacts('n2', 4), durable('n2', 1, 'n1', 3)];
    const restarts = (...log: { term: number; digest: number }[]) => init('n2', { term: 1, votedFor: 'n1', log });
    expect(await after(...goesOn, restarts(...BOTH))).toEqual(['LogSurvivesRestart']);
    expect(await after(...goesOn, restarts(...BOTH, stray))).toEqual([]);
  });

  it('LogSurvivesRestart: until a snapshot is durable, the log that it took the place of is', async () => {
    const installed = [...follow('n1', 'n3', 1, 1, ...BOTH), installs(4, 1)];
    const restarts = (...log: { term: number; digest: number }[]) => init('n3', { term: 1, log });
    expect(await after(...installed, restarts(entry(1, 0)))).toEqual(['LogSurvivesRestart']);
    expect(await after(...installed, restarts(...BOTH))).toEqual([]);
    expect(await after(...installed, init('n3', { term: 1, snapshotIndex: 4, snapshotTerm: 1 }))).toEqual([]);
  });

  it('AckImpliesDurable: a snapshot is acknowledged only when it is on the disk', async () => {
    const answers = send('n3', 'n1', {
      type: 'InstallSnapshotResponse',
      term: 0,
      installed: true,
      lastIncludedIndex: 2,
    });
    expect(await after(installs(2, 1), answers)).toEqual(['AckImpliesDurable']);
    expect(await after(installs(2, 1), send('n3', 'n1', accepted(0, 2)))).toEqual(['AckImpliesDurable']);
    expect(await after(installs(2, 1), send('n3', 'n1', accepted(0, 1)))).toEqual([]);
    expect(await after(installs(2, 1), durable('n3', 0, null, 2), answers)).toEqual([]);
  });
});

describe('what a node told its leader', () => {
  const acknowledged = follow('n1', 'n3', 1, 1, ...BOTH, stray);
  const replaces = append('n3', 1, 3, entry(0, 9));

  it('AckedEntryNotTruncated: a second, lower acknowledgement takes nothing back', async () => {
    expect(await after(...acknowledged, acknowledges(1, 2), replaces)).toEqual(['AckedEntryNotTruncated']);
  });

  it('AckedEntryNotTruncated: what it told in a former term does not bind it, also when it has told less since', async () => {
    const later = [enters('n3', 2), receive('n3', 'n2', appendEntries(2)), send('n3', 'n2', accepted(2, 2))];
    expect(await after(...acknowledged, ...later, append('n3', 2, 3, entry(2, 0)))).toEqual([]);
  });

  it('AckMatchesLeader: a node that leads no more, or in a later term, may have other entries by now', async () => {
    const taken = [append('n1', 1, 3, stray), append('n2', 1, 3, stray), durable('n2', 1, 'n1', 3)];
    const late = send('n2', 'n1', accepted(1, 3));
    const lost = init('n1', { term: 1, votedFor: 'n1', log: BOTH });
    const follows = [enters('n1', 2), receive('n1', 'n3', appendEntries(2)), append('n1', 2, 3, entry(2, 0))];
    expect(await after(...taken, lost, ...follows, late)).toEqual([]);
    const leads = [...elect('n1', 2, 'n3', { n1: 2 }), append('n1', 2, 3, entry(2, 0))];
    expect(await after(...taken, lost, ...leads, late)).toEqual([]);
  });

  it('AckMatchesLeader: a snapshot whose entries nobody recorded is given the benefit', async () => {
    const synced = [enters('n3', 1), installs(3, 1), durable('n3', 1, null, 3)];
    expect(await after(...synced, append('n1', 1, 3, stray), acknowledges(1, 3))).toEqual([]);
  });
});
