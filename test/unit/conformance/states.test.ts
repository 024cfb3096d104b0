import { describe, expect, it } from 'vitest';
import type { EntryRef, RaftStep } from '../../../src/history/trace.js';
import { breaks, entriesAfter, holds, judgeSteps, LEGAL, n2Leads } from './steps.js';
import {
  append,
  appendEntries,
  durable,
  entry,
  follow,
  init,
  judge,
  type Line,
  NODES,
  PROLOGUE,
  receive,
} from './trace.js';

const BOTH = [entry(1, 0), entry(1, 11)];

/** The prologue as a node records it that hashes its state: 0 when empty, 0xaa after entry 2. */
const HASHED: readonly Line[] = PROLOGUE.map(([node, step]): Line => {
  if (step.name === 'InitState') return [node, { ...step, stateHash: 0 }];
  return step.name === 'Apply' ? [node, { ...step, stateHash: 0xaa }] : [node, step];
});

const broken = async (lines: readonly Line[]) => [
  ...new Set((await judge([...HASHED, ...lines])).anomalies.map(({ kind }) => kind)),
];

const commits = (node: string, commitIndex: number): Line => [
  node,
  { name: 'AdvanceCommit', term: 1, commitIndex, leader: false },
];
const applies = (node: string, from: number, entries: readonly EntryRef[], stateHash?: number): Line => [
  node,
  { name: 'Apply', from, entries, stateHash },
];
const took = (node: string, index: number, stateHash?: number, term = 1): Line => [
  node,
  { name: 'TakeSnapshot', index, term, stateHash },
];
const installed = (node: string, index: number, stateHash: number): Line => [
  node,
  { name: 'InstallSnapshot', index, term: 1, log: [], stateHash },
];

/** n3 takes both entries, and applies them to a state of that hash. */
const n3Applies = (stateHash: number): Line[] => [
  ...follow('n1', 'n3', 1, 1, ...BOTH),
  commits('n3', 2),
  applies('n3', 1, BOTH, stateHash),
];

describe('StateHash', () => {
  it('equal applied indexes have equal states on all nodes, however the entries were grouped', async () => {
    expect(await broken(n3Applies(0xaa))).toEqual([]);
    expect(await broken(n3Applies(0xbb))).toEqual(['StateHash']);
    const oneByOne = [
      ...follow('n1', 'n3', 1, 1, ...BOTH),
      commits('n3', 2),
      applies('n3', 1, BOTH.slice(0, 1), 0x11),
      applies('n3', 2, BOTH.slice(1), 0xaa),
    ];
    expect(await broken(oneByOne)).toEqual([]);
  });

  it('also in another life of the same node', async () => {
    const again = (stateHash: number): Line[] => [
      init('n1', { term: 1, votedFor: 'n1', log: BOTH, stateHash: 0 }),
      commits('n1', 2),
      applies('n1', 1, BOTH, stateHash),
    ];
    expect(await broken(again(0xaa))).toEqual([]);
    expect(await broken(again(0xab))).toEqual(['StateHash']);
  });

  it('is told with both nodes, both times and both states', async () => {
    const { anomalies, verdict } = await judge([...HASHED, ...n3Applies(0xbb)]);
    expect(verdict).toBe('invalid');
    expect(anomalies[0]?.title).toBe('n3 has another state after index 2 than n1');
    expect(anomalies[0]?.nodes).toEqual(['n1', 'n3']);
    expect(anomalies[0]?.story).toEqual([
      '0.020 s: n1 applied everything up to index 2; the state was aa.',
      '0.027 s: n3 applied everything up to index 2; the state was bb.',
      'The same entries give the same state on every node (§5.4.3): what is applied must not depend on the node.',
    ]);
  });
});

describe('SnapshotContent', () => {
  it("a node's own snapshot holds what it had applied", async () => {
    expect(await broken([took('n1', 2, 0xaa)])).toEqual([]);
    expect(await broken([took('n1', 2, 0xa0)])).toEqual(['SnapshotContent']);
  });

  it('a snapshot that is installed holds what applying the entries gave', async () => {
    expect(await broken([installed('n3', 2, 0xaa)])).toEqual([]);
    expect(await broken([installed('n3', 2, 0xa0)])).toEqual(['SnapshotContent']);
  });

  it('whoever applies the same entries later is held against it', async () => {
    const first = PROLOGUE.filter(([, { name }]) => name !== 'Apply');
    const late: Line = applies('n1', 1, BOTH, 0xaa);
    const kinds = async (hash: number) =>
      (await judge([...first, installed('n3', 2, hash), late])).anomalies.map(({ kind }) => kind);
    expect(await kinds(0xaa)).toEqual([]);
    expect(await kinds(0xa0)).toEqual(['SnapshotContent']);
    const { anomalies } = await judge([...first, installed('n3', 2, 0xa0), late]);
    expect(anomalies[0]?.title).toBe('the snapshot that n3 installed does not hold the state after index 2');
  });

  it('what a restart finds on the disk is what the snapshot held, and an empty state where there is none', async () => {
    const restarts = (snapshotIndex: number, stateHash: number) =>
      init('n1', { term: 1, votedFor: 'n1', snapshotIndex, snapshotTerm: 1, stateHash });
    expect(await broken([took('n1', 2, 0xaa), restarts(2, 0xaa)])).toEqual([]);
    expect(await broken([took('n1', 2, 0xaa), restarts(2, 0xa0)])).toEqual(['SnapshotContent']);
    const empty = (stateHash: number) => init('n1', { term: 1, votedFor: 'n1', log: BOTH, stateHash });
    expect(await broken([empty(0)])).toEqual([]);
    expect(await broken([empty(1)])).toEqual(['SnapshotContent']);
  });

  it('a snapshot of a node whose state was never told is held against no other state of its own', async () => {
    expect((await judge([...PROLOGUE, took('n1', 1, 0xaa)])).anomalies).toEqual([]);
    expect((await judge([...PROLOGUE, installed('n3', 2, 0xaa), took('n1', 2, 0xa0)])).anomalies).toHaveLength(1);
  });

  const times = async (rule: string, lines: readonly Line[]) => (await judge([...HASHED, ...lines])).facts[rule] ?? 0;

  it('a snapshot is held against the state of its own node first, whose fault it is not to differ from others', async () => {
    const differs = n3Applies(0xbb);
    expect(await times('StateHash', [...differs, took('n3', 2, 0xbb)])).toBe(1);
    expect(await times('SnapshotContent', [...differs, took('n3', 2, 0xbb)])).toBe(0);
    expect(await times('SnapshotContent', [...differs, took('n3', 2, 0xaa)])).toBe(1);
  });

  it('a snapshot that is wrong is told once, and not again when it comes back from the disk', async () => {
    const wrong = took('n1', 2, 0xa0);
    const restarts = (stateHash: number) =>
      init('n1', { term: 1, votedFor: 'n1', snapshotIndex: 2, snapshotTerm: 1, stateHash });
    expect(await times('SnapshotContent', [wrong, restarts(0xa0)])).toBe(1);
    expect(await times('SnapshotContent', [wrong, restarts(0xaa)])).toBe(2);
    // What was applied is as it was.
    expect(await times('SnapshotContent', [wrong, took('n1', 2, 0xaa)])).toBe(1);
    expect(await times('SnapshotContent', [wrong, wrong])).toBe(2);
  });

  it('what was installed, or came back from the disk, is the state from there on', async () => {
    const wrong = installed('n3', 2, 0xa0);
    expect(await times('SnapshotContent', [wrong, took('n3', 2, 0xa0)])).toBe(1);
    expect(await times('SnapshotContent', [wrong, took('n3', 2, 0xaa)])).toBe(2);
    expect(await times('states compared', [wrong, took('n3', 2, 0xa0)])).toBe(4);
  });

  it('is told with what was applied', async () => {
    const { anomalies } = await judge([...HASHED, took('n1', 2, 0xa0)]);
    expect(anomalies[0]?.title).toBe('the snapshot that n1 took does not hold the state after index 2');
    expect(anomalies[0]?.story[1]).toBe('0.021 s: n1 took a snapshot to index 2; the state was a0.');
  });
});

describe('how much of the state was seen', () => {
  it('a trace of before there were hashes is judged all the same, and the facts say what was not observable', async () => {
    const { verdict, facts } = await judge([...PROLOGUE, took('n1', 2)]);
    expect(verdict).toBe('valid');
    expect(facts['states compared']).toMatch(/not observable/);
    const once = await judge([init('n1')]);
    expect(once.facts['states compared']).toMatch(/not observable/);
    expect((await judge([])).facts['states compared']).toBe(0);
  });

  it('steps that do not tell the state are counted beside those that do', async () => {
    const { facts } = await judge([...HASHED, ...n3Applies(0xaa), took('n1', 2)]);
    expect(facts['states compared']).toBe(3);
    expect(facts['states not told']).toBe(1);
    const { facts: all } = await judge([...HASHED, ...n3Applies(0xaa)]);
    expect(Object.keys(all).filter((fact) => fact.startsWith('states'))).toEqual(['states compared']);
    const untold = await judge([...HASHED, ...n3Applies(0xaa).slice(0, -1), applies('n3', 1, BOTH)]);
    expect(untold.facts['states not told']).toBe(1);
  });

  it('what is long past is forgotten: memory is bounded, and the facts say how often', async () => {
    const many: Line[] = [receive('n2', 'n1', appendEntries(1))];
    const entries = Array.from({ length: 17_000 }, (_, index) => entry(1, index + 20));
    many.push(append('n1', 1, 3, ...entries), append('n2', 1, 3, ...entries));
    const appliesAll = (node: string, hash: (index: number) => number): Line[] => [
      commits(node, 17_002),
      ...entries.map((each, place) => applies(node, place + 3, [each], hash(place + 3))),
    ];
    const far = appliesAll('n1', (index) => index);
    const second = [commits('n2', 2), applies('n2', 1, BOTH, 0xbb), ...appliesAll('n2', (index) => index)];
    const { anomalies, facts } = await judge([...HASHED, ...many, ...far, ...second]);
    // The state after index 2 differed, but is forgotten; what is remembered is equal.
    expect(anomalies.filter(({ kind }) => kind === 'StateHash')).toEqual([]);
    expect(facts['states too old to compare']).toBe(617);
    expect(facts['states compared']).toBe(16_386);
  });

  it('but a snapshot on the disk is remembered, however old', async () => {
    const entries = Array.from({ length: 16_384 }, (_, index) => entry(1, index + 20));
    const goesOn = [took('n1', 2, 0xaa), append('n1', 1, 3, ...entries), commits('n1', 16_386)];
    for (const [place, each] of entries.entries()) goesOn.push(applies('n1', place + 3, [each], place));
    const log = [durable('n1', 1, 'n1', 16_386)];
    const restarts = (stateHash: number) =>
      init('n1', { term: 1, votedFor: 'n1', snapshotIndex: 2, snapshotTerm: 1, log: entries, stateHash });
    const kinds = async (stateHash: number) =>
      (await judge([...HASHED, ...goesOn, ...log, restarts(stateHash)])).anomalies.map(({ kind }) => kind);
    expect(await kinds(0xaa)).toEqual([]);
    expect(await kinds(0xa0)).toEqual(['SnapshotContent']);
  });
});

describe('TakeSnapshot', () => {
  const kinds = async (step: RaftStep & { name: 'TakeSnapshot' }) =>
    (await judgeSteps([...LEGAL, ['n1', step]])).anomalies.map(({ kind }) => kind);

  it('is of what was applied, with the term of its last entry', async () => {
    expect(NODES[0]).toBe('n1');
    expect(await kinds({ name: 'TakeSnapshot', index: 2, term: 1 })).toEqual([]);
    expect(await kinds({ name: 'TakeSnapshot', index: 1, term: 1 })).toEqual([]);
    expect(await kinds({ name: 'TakeSnapshot', index: 3, term: 1 })).toEqual(['TakeSnapshot']);
    expect(await kinds({ name: 'TakeSnapshot', index: 2, term: 2 })).toEqual(['TakeSnapshot']);
  });

  it('may be of a former term, and is no input: what a message asked for may come after it', async () => {
    const heard = receive('n2', 'n1', entriesAfter(1, 2, 1, [], 2));
    const commit: Line = ['n2', { name: 'AdvanceCommit', term: 1, commitIndex: 2, leader: false }];
    await holds([heard, took('n2', 1), commit]);
    await holds([...n2Leads, took('n2', 1)]);
    await breaks('TakeSnapshot', [...n2Leads, took('n2', 1, undefined, 2)]);
  });
});
