import { expect } from 'vitest';
import { raftSteps } from '../../../src/conformance/raft-steps.js';
import type { EntryRef, TraceEvent } from '../../../src/history/trace.js';
import type { CheckResult } from '../../../src/plugin/checker.js';
import { append, durable, entry, init, type Line, NODES, receive, send } from './trace.js';

const STAMP = { round: 1, sentAtUs: 5_000_000_000 };

export const asksVote = (term: number, lastLogIndex: number, lastLogTerm: number, preVote = false) => ({
  type: 'RequestVote',
  term,
  preVote,
  lastLogIndex,
  lastLogTerm,
});
export const answersVote = (term: number, granted: boolean, preVote = false) => ({
  type: 'RequestVoteResponse',
  term,
  preVote,
  granted,
});
export const entriesAfter = (
  term: number,
  prevLogIndex: number,
  prevLogTerm: number,
  entries: readonly EntryRef[],
  leaderCommit = 0,
) => ({ type: 'AppendEntries', term, prevLogIndex, prevLogTerm, entries, leaderCommit, ...STAMP });
export const accepts = (term: number, matchIndex: number) => ({
  type: 'AppendEntriesResponse',
  term,
  success: true,
  matchIndex,
  ...STAMP,
});
export const rejects = (term: number, prevLogIndex: number, conflictTerm: number, conflictIndex: number) => ({
  type: 'AppendEntriesResponse',
  term,
  success: false,
  prevLogIndex,
  conflictTerm,
  conflictIndex,
  ...STAMP,
});
export const snapshot = (term: number, index: number, ofTerm: number, over: object = {}) => ({
  type: 'InstallSnapshot',
  term,
  lastIncludedIndex: index,
  lastIncludedTerm: ofTerm,
  offset: 0,
  data: 'state',
  done: true,
  ...STAMP,
  ...over,
});
export const installed = (term: number, lastIncludedIndex: number, nextOffset = 5, whole = true) => ({
  type: 'InstallSnapshotResponse',
  term,
  lastIncludedIndex,
  nextOffset,
  installed: whole,
  ...STAMP,
});

export const become = {
  follower: (node: string, term: number, leader: string | null): Line => [
    node,
    { name: 'BecomeFollower', term, leader },
  ],
  preCandidate: (node: string, term: number): Line => [node, { name: 'BecomePreCandidate', term }],
  candidate: (node: string, term: number): Line => [node, { name: 'BecomeCandidate', term }],
  leader: (node: string, term: number, ...voters: string[]): Line => [node, { name: 'BecomeLeader', term, voters }],
};
export const enters = (node: string, term: number): Line => [node, { name: 'UpdateTerm', term }];
export const votes = (node: string, term: number, candidate: string): Line => [node, { name: 'Vote', term, candidate }];
export const commits = (node: string, term: number, commitIndex: number, leader = false): Line => [
  node,
  { name: 'AdvanceCommit', term, commitIndex, leader },
];
export const applies = (node: string, from: number, ...entries: EntryRef[]): Line => [
  node,
  { name: 'Apply', from, entries },
];

export const E1: EntryRef = { term: 1, digest: 0 };
export const E2: EntryRef = { term: 1, digest: 11 };

/** n1 wins term 1 by the vote of n2, and has two entries committed with it; n3 has heard nothing, not even of the term. */
export const LEGAL: readonly Line[] = [
  ...NODES.map((node) => init(node)),
  become.candidate('n1', 1),
  votes('n1', 1, 'n1'),
  durable('n1', 1, 'n1', 0),
  send('n1', 'n2', asksVote(1, 0, 0)),
  receive('n2', 'n1', asksVote(1, 0, 0)),
  enters('n2', 1),
  votes('n2', 1, 'n1'),
  durable('n2', 1, 'n1', 0),
  send('n2', 'n1', answersVote(1, true)),
  receive('n1', 'n2', answersVote(1, true)),
  become.leader('n1', 1, 'n1', 'n2'),
  append('n1', 1, 1, E1),
  send('n1', 'n2', entriesAfter(1, 0, 0, [E1])),
  durable('n1', 1, 'n1', 1),
  receive('n2', 'n1', entriesAfter(1, 0, 0, [E1])),
  become.follower('n2', 1, 'n1'),
  append('n2', 1, 1, E1),
  durable('n2', 1, 'n1', 1),
  send('n2', 'n1', accepts(1, 1)),
  receive('n1', 'n2', accepts(1, 1)),
  commits('n1', 1, 1, true),
  applies('n1', 1, E1),
  append('n1', 1, 2, E2),
  send('n1', 'n2', entriesAfter(1, 1, 1, [E2], 1)),
  durable('n1', 1, 'n1', 2),
  receive('n2', 'n1', entriesAfter(1, 1, 1, [E2], 1)),
  append('n2', 1, 2, E2),
  commits('n2', 1, 1),
  applies('n2', 1, E1),
  durable('n2', 1, 'n1', 2),
  send('n2', 'n1', accepts(1, 2)),
  receive('n1', 'n2', accepts(1, 2)),
  commits('n1', 1, 2, true),
  applies('n1', 2, E2),
];

/** n2 wins term 2 by the vote of n3, which had nothing before, and begins its term; n1 knows nothing of it. */
export const n2Leads: readonly Line[] = [
  become.candidate('n2', 2),
  votes('n2', 2, 'n2'),
  durable('n2', 2, 'n2', 2),
  send('n2', 'n3', asksVote(2, 2, 1)),
  receive('n3', 'n2', asksVote(2, 2, 1)),
  enters('n3', 2),
  votes('n3', 2, 'n2'),
  durable('n3', 2, 'n2', 0),
  send('n3', 'n2', answersVote(2, true)),
  receive('n2', 'n3', answersVote(2, true)),
  become.leader('n2', 2, 'n2', 'n3'),
  append('n2', 2, 3, entry(2, 0)),
];

export interface Assumed {
  readonly preVote?: boolean;
  readonly stickToLeader?: boolean;
  readonly oneClock?: boolean;
}

/** One event a line, each so much later than the one before. */
export function eventsOf(lines: readonly Line[], stepUs: number): TraceEvent[] {
  return lines.map(([node, step], index) => ({ ...step, kind: 'trace', timeUs: index * stepUs, node }));
}

export async function judgeEvents(
  events: readonly TraceEvent[],
  assumed: Assumed = {},
  nodes: readonly string[] = NODES,
): Promise<CheckResult> {
  const checker = raftSteps({ nodes, preVote: false, stickToLeader: true, ...assumed });
  for (const event of events) checker.observe(event);
  return checker.conclude(1000);
}

export function judgeSteps(lines: readonly Line[], assumed?: Assumed): Promise<CheckResult> {
  return judgeEvents(eventsOf(lines, 1000), assumed);
}

/*
 * For the edges of each rule: a step that is one short of legal stands next to one that is just legal. A check that is
 * weakened lets the first through, one that is strengthened is a false alarm on the second.
 */

/** What follows the legal beginning are steps as well. */
export const holds = async (lines: readonly Line[], assumed?: Assumed) => {
  const { anomalies, verdict } = await judgeSteps([...LEGAL, ...lines], assumed);
  expect(anomalies.map(({ title }) => title)).toEqual([]);
  expect(verdict).toBe('valid');
};

/** It is not: by this rule and no other. */
export const breaks = async (rule: string, lines: readonly Line[], assumed?: Assumed) => {
  const { anomalies, verdict } = await judgeSteps([...LEGAL, ...lines], assumed);
  expect([...new Set(anomalies.map(({ kind }) => kind))], anomalies[0]?.title).toEqual([rule]);
  expect(verdict).toBe('invalid');
};
