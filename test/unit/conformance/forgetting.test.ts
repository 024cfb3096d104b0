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

/** The rules that are broken where nothing is remembered that all nodes compacted, and where everything is. */
async function broken(lines: readonly Line[]): Promise<{ forgetful: string[]; exact: string[] }> {
  const [forgetful, exact] = await Promise.all(
    [0, Number.POSITIVE_INFINITY].map(async (keptEntries) => {
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
