import { describe, expect, it } from 'vitest';
import { raftSafety } from '../../../../src/conformance/raft-safety.js';
import type { RunEvent } from '../../../../src/history/events.js';
import type { RaftStep } from '../../../../src/history/trace.js';
import {
  accepted,
  after,
  append,
  appendEntries,
  durable,
  entry,
  judge,
  type Line,
  NODES,
  PROLOGUE,
  receive,
  requestVote,
  send,
} from '../trace.js';

describe('the term of a step', () => {
  const enters = (term: number): RaftStep => ({ name: 'UpdateTerm', term });
  const steps: readonly ((term: number) => RaftStep)[] = [
    enters,
    (term) => ({ name: 'BecomeFollower', term, leader: null }),
    (term) => ({ name: 'BecomePreCandidate', term }),
    (term) => ({ name: 'BecomeCandidate', term }),
    (term) => ({ name: 'Vote', term, candidate: 'n1' }),
    (term) => ({ name: 'BecomeLeader', term, voters: ['n1', 'n2'] }),
    (term) => ({ name: 'Append', term, from: 3, entries: [] }),
    (term) => ({ name: 'AdvanceCommit', term, commitIndex: 2, leader: false }),
    (term) => ({ name: 'ReadRequest', term, read: 1, readIndex: 2, round: 1 }),
    (term) => ({ name: 'ServeRead', term, how: 'follower', reads: [1], index: 2 }),
  ];

  it('TermMonotonic: whichever step tells a term tells none before that of another', async () => {
    for (const step of steps) {
      const { name } = step(2);
      for (const former of steps) {
        expect(await after(['n1', former(3)], ['n1', step(2)]), `${former(3).name}, then ${name}`).toContain(
          'TermMonotonic',
        );
      }
      const later = await after(['n1', enters(2)], ['n1', step(2)], ['n1', step(3)]);
      expect(later, name).not.toContain('TermMonotonic');
    }
  });
});

describe('a leader', () => {
  it('that steps down in its term follows candidates again', async () => {
    const asked: Line[] = [
      receive('n1', 'n3', requestVote(2, 2, 1)),
      ['n1', { name: 'UpdateTerm', term: 2 }],
      ['n1', { name: 'Vote', term: 2, candidate: 'n3' }],
    ];
    const sticky = async (...lines: Line[]) =>
      (await judge([...PROLOGUE, ...lines, ...asked], NODES, 500_000)).anomalies.map(({ kind }) => kind);
    expect(await sticky()).toEqual(['LeaderStickiness']);
    expect(await sticky(['n1', { name: 'BecomeFollower', term: 1, leader: null }])).toEqual([]);
    expect(await sticky(['n1', { name: 'BecomePreCandidate', term: 1 }])).toEqual([]);
    // Nor is it bound where voters do not stick to leaders.
    expect(await after(...asked)).toEqual([]);
  });
});

describe('a snapshot that is taken', () => {
  it('AckImpliesDurable: does not make the log durable', async () => {
    const taken: Line[] = [
      receive('n3', 'n1', appendEntries(1)),
      append('n3', 1, 1, entry(1, 0), entry(1, 11)),
      ['n3', { name: 'AdvanceCommit', term: 1, commitIndex: 2, leader: false }],
      ['n3', { name: 'TakeSnapshot', index: 2, term: 1 }],
    ];
    const answers = send('n3', 'n1', accepted(1, 2));
    expect(await after(...taken, answers)).toEqual(['AckImpliesDurable']);
    expect(await after(...taken, durable('n3', 1, null, 2), answers)).toEqual([]);
  });

  it('may be compacted up to an index that the log does not hold, which changes nothing', async () => {
    expect(await after(['n3', { name: 'Compact', index: 5, term: 1 }], append('n3', 1, 1, entry(1, 0)))).toEqual([]);
  });
});

describe('what is no step of the cluster', () => {
  it('is not looked at: events of other kinds, and nodes that are not of the cluster', async () => {
    const checker = raftSafety({ nodes: NODES });
    const strange: Line[] = [
      ['n9', { name: 'BecomeLeader', term: 1, voters: ['n9'] }],
      ['n9', { name: 'AdvanceCommit', term: 1, commitIndex: 9, leader: true }],
    ];
    [...PROLOGUE, ...strange].forEach(([node, step], index) => {
      checker.observe({ ...step, kind: 'trace', timeUs: index * 1000, node } as RunEvent);
      checker.observe({ kind: 'invoke', timeUs: index * 1000, process: 1, f: 'read' } as unknown as RunEvent);
    });
    const { verdict, facts } = await checker.conclude(1000);
    expect(verdict).toBe('valid');
    expect(facts.traceEvents).toBe(PROLOGUE.length);
  });

  it('and an empty trace is said to be empty', async () => {
    expect((await judge([])).summary).toBe('The trace is empty, so nothing is known of the nodes.');
    expect((await judge(PROLOGUE.slice(0, 12))).summary).toMatch(
      /^Nothing was committed in the trace \(12 trace events/,
    );
  });
});

describe('reads', () => {
  it('are not held against other nodes where nobody says that their events are in order', async () => {
    const { facts } = await judge([
      ...PROLOGUE,
      ['n1', { name: 'ServeRead', term: 1, how: 'lease', reads: [1], index: 2 }],
    ]);
    expect(facts['reads held against the rest of the cluster']).toMatch(/not judged/);
  });
});
