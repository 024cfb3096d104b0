import { describe, expect, it } from 'vitest';
import { raftSafety } from '../../../src/conformance/raft-safety.js';
import type { RaftStep, TraceEvent } from '../../../src/history/trace.js';
import {
  append,
  appendEntries,
  durable,
  elect,
  entry,
  follow,
  init,
  type Line,
  NODES,
  receive,
  replicate,
} from './trace.js';

const compact = (node: string, index: number, term = 1): Line => [node, { name: 'Compact', index, term }];

/**
 * The rules that are broken where only so many entries are remembered of those that all nodes compacted, and where
 * everything is.
 */
async function broken(lines: readonly Line[], kept = 0): Promise<{ forgetful: string[]; exact: string[] }> {
  const [forgetful, exact] = await Promise.all(
    [kept, Number.POSITIVE_INFINITY].map(async (keptEntries) => {
      const checker = raftSafety({ nodes: NODES, keptEntries });
      lines.forEach(([node, step]: readonly [string, RaftStep], index) => {
        checker.observe({ ...step, kind: 'trace', timeUs: index * 1000, node } as TraceEvent);
      });
      const { anomalies } = await checker.conclude(1000);
      return anomalies.map(({ kind }) => kind);
    }),
  );
  return { forgetful: forgetful ?? [], exact: exact ?? [] };
}

/** n1 leads term 1; each entry is on all three nodes, committed and applied; each node compacts twice, up to `last - 1`. */
function compacted(last: number): Line[] {
  const lines: Line[] = [...NODES.map((node) => init(node)), ...elect('n1', 1, 'n2')];
  for (let index = 1; index <= last; index++) {
    const added = entry(1, 100 + index);
    lines.push(...replicate('n1', 'n2', 1, index, added), ...follow('n1', 'n3', 1, index, added));
    for (const node of ['n2', 'n3']) {
      lines.push([node, { name: 'AdvanceCommit', term: 1, commitIndex: index, leader: false }]);
      lines.push([node, { name: 'Apply', from: index, entries: [added] }]);
    }
  }
  for (const node of NODES) lines.push(compact(node, last - 2), compact(node, last - 1));
  return lines;
}

describe('raftSafety, where the beginning of all logs is forgotten', () => {
  it('goes on with what follows', async () => {
    const goesOn = [
      ...compacted(10),
      ...elect('n2', 2, 'n3', { n2: 10, n3: 10 }),
      ...replicate('n2', 'n3', 2, 11, entry(2, 0)),
    ];
    expect(await broken(goesOn)).toEqual({ forgetful: [], exact: [] });
  });

  it('accepts a restart from a snapshot that was compacted since: a crash may undo that', async () => {
    const log = [6, 7, 8, 9, 10].map((index) => entry(1, 100 + index));
    const restart = init('n3', { term: 1, snapshotIndex: 5, snapshotTerm: 1, log });
    const applies: Line[] = [
      ['n3', { name: 'AdvanceCommit', term: 1, commitIndex: 10, leader: false }],
      ['n3', { name: 'Apply', from: 6, entries: log }],
    ];
    expect(await broken([...compacted(10), restart, ...applies])).toEqual({ forgetful: [], exact: [] });
  });

  it('still knows that a log that was durable is lost', async () => {
    const lost = ['LogSurvivesRestart'];
    expect(await broken([...compacted(10), init('n3', { term: 1 })])).toEqual({ forgetful: lost, exact: lost });
    const short = init('n3', { term: 1, snapshotIndex: 5, snapshotTerm: 1, log: [entry(1, 106)] });
    expect(await broken([...compacted(10), short])).toEqual({ forgetful: lost, exact: lost });
    // Not so short that all of it is forgotten.
    const nearly = init('n3', { term: 1, snapshotIndex: 8, snapshotTerm: 1, log: [entry(1, 109)] });
    expect(await broken([...compacted(10), nearly])).toEqual({ forgetful: lost, exact: lost });
  });

  it('has judged leaders before it forgets what their logs lacked', async () => {
    const lines = compacted(10);
    // n3 comes to lead term 2 with nothing, at a time when entry 1 was committed; n1 and n2 do not notice.
    const place = lines.findIndex(([node, { name }]) => node === 'n1' && name === 'AdvanceCommit') + 1;
    const usurps: Line[] = [
      ['n3', { name: 'BecomeCandidate', term: 2 }],
      ['n3', { name: 'BecomeLeader', term: 2, voters: ['n3', 'n2'] }],
      ['n3', { name: 'BecomeFollower', term: 2, leader: null }],
    ];
    const { forgetful, exact } = await broken([...lines.slice(0, place), ...usurps, ...lines.slice(place)]);
    expect(forgetful.filter((kind) => kind === 'LeaderCompleteness')).toEqual(['LeaderCompleteness']);
    expect(exact.filter((kind) => kind === 'LeaderCompleteness')).toEqual(['LeaderCompleteness']);
  });

  it('judges leaders by what they lack, not by how long their log is, before it forgets that', async () => {
    const first = compacted(10).filter(([, { name }]) => name !== 'Compact');
    const others = [entry(2, 210), entry(2, 211)];
    // n3 comes to lead term 3 with a longer log, of which entry 10 is not the committed one.
    const usurps: Line[] = [
      ['n3', { name: 'UpdateTerm', term: 2 }],
      append('n3', 2, 10, ...others),
      ['n3', { name: 'BecomeCandidate', term: 3 }],
      ['n3', { name: 'BecomeLeader', term: 3, voters: ['n3', 'n2'] }],
      ['n3', { name: 'BecomeFollower', term: 3, leader: null }],
    ];
    const mended = Array.from({ length: 11 }, (_, place) => entry(place === 0 ? 1 : 4, 110 + place));
    const goesOn: Line[] = [
      ...elect('n1', 4, 'n2', { n1: 10, n2: 10 }),
      ['n3', { name: 'UpdateTerm', term: 4 }],
      ...replicate('n1', 'n2', 4, 11, ...mended.slice(1)),
      ...follow('n1', 'n3', 4, 10, ...mended),
      ...NODES.flatMap((node) => [compact(node, 18), compact(node, 19)]),
    ];
    const { forgetful, exact } = await broken([...first, ...usurps, ...goesOn]);
    expect(forgetful.filter((kind) => kind === 'LeaderCompleteness')).toEqual(['LeaderCompleteness']);
    expect(exact.filter((kind) => kind === 'LeaderCompleteness')).toEqual(['LeaderCompleteness']);
  });

  it('forgets what every node has compacted but for its latest compaction, and is more than is to be kept', async () => {
    const installs = (index: number): Line => ['n3', { name: 'InstallSnapshot', index, term: 7, log: [] }];
    const rest = ['AppliedMonotonic'];
    const all = ['StateMachineSafety', ...rest];
    const at = (index: number, kept?: number) => broken([...compacted(10), installs(index)], kept);
    expect(await at(3)).toEqual({ forgetful: rest, exact: all });
    expect(await at(7)).toEqual({ forgetful: rest, exact: all });
    expect(await at(8)).toEqual({ forgetful: all, exact: all });
    expect(await at(5, 4)).toEqual({ forgetful: rest, exact: all });
    expect(await at(6, 4)).toEqual({ forgetful: all, exact: all });
    expect(await at(3, 20)).toEqual({ forgetful: all, exact: all });
    // It may go on entry by entry.
    const further = NODES.map((node) => compact(node, 10));
    expect(await broken([...compacted(10), ...further, installs(8)])).toEqual({ forgetful: rest, exact: all });
  });

  it('forgets nothing that one node has not compacted', async () => {
    const lines = compacted(10).filter(([node, { name }]) => node !== 'n2' || name !== 'Compact');
    const installs: Line = ['n3', { name: 'InstallSnapshot', index: 3, term: 7, log: [] }];
    const all = ['StateMachineSafety', 'AppliedMonotonic'];
    expect(await broken([...lines, installs])).toEqual({ forgetful: all, exact: all });
  });

  it('does not count a snapshot that was just installed as compacted: a crash may undo it', async () => {
    const lines = compacted(10).filter(([node, { name }]) => node !== 'n3' || name !== 'Compact');
    const other = compacted(10).filter(([node, { name }]) => node === 'n1' && name === 'Compact');
    const installs = (index: number, term: number): Line => ['n3', { name: 'InstallSnapshot', index, term, log: [] }];
    const all = ['StateMachineSafety', 'AppliedMonotonic'];
    const goesOn = [installs(10, 1), ...other, installs(3, 7)];
    expect(await broken([...lines, ...goesOn])).toEqual({ forgetful: all, exact: all });
    // What was compacted before is settled by it.
    expect(await broken([...lines, compact('n3', 9), ...goesOn])).toEqual({ forgetful: all.slice(1), exact: all });
  });

  it('forgets the votes of terms that all nodes left long ago', async () => {
    const later = (term: number, ...nodes: string[]): Line[] => [
      ...nodes.map((node): Line => [node, { name: 'UpdateTerm', term }]),
      ...NODES.map((node) => compact(node, 10)),
    ];
    // n2 voted for n1 in term 1.
    const again = durable('n2', 1, 'n3', 10);
    const seen = { forgetful: ['VoteOnce'], exact: ['VoteOnce'] };
    expect(await broken([...compacted(10), ...later(65, ...NODES), again])).toEqual(seen);
    expect(await broken([...compacted(10), ...later(66, ...NODES), again])).toEqual({ ...seen, forgetful: [] });
    expect(await broken([...compacted(10), ...later(66, 'n1', 'n2'), again])).toEqual(seen);
  });

  it('still sees that logs differ where they go on', async () => {
    const differ: Line[] = [
      append('n1', 1, 11, entry(1, 111)),
      receive('n3', 'n1', appendEntries(1)),
      append('n3', 1, 11, entry(1, 112)),
      durable('n3', 1, null, 11),
    ];
    expect(await broken([...compacted(10), ...differ])).toEqual({ forgetful: ['LogMatching'], exact: ['LogMatching'] });
  });
});
