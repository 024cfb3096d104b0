import { raftSafety } from '../../../src/conformance/raft-safety.js';
import type { RaftStep, TraceEvent } from '../../../src/history/trace.js';
import type { CheckResult } from '../../../src/plugin/checker.js';

/** One node's step; times are given by place. */
export type Line = readonly [node: string, step: RaftStep];

export const NODES = ['n1', 'n2', 'n3'];

export const entry = (term: number, digest: number) => ({ term, digest });

export const init = (node: string, over: Partial<RaftStep & { name: 'InitState' }> = {}): Line => [
  node,
  { name: 'InitState', term: 0, votedFor: null, snapshotIndex: 0, snapshotTerm: 0, log: [], ...over },
];

export const durable = (node: string, term: number, votedFor: string | null, lastIndex: number): Line => [
  node,
  { name: 'Durable', term, votedFor, lastIndex },
];

export const append = (
  node: string,
  term: number,
  from: number,
  ...entries: { term: number; digest: number }[]
): Line => [node, { name: 'Append', term, from, entries }];

export const send = (node: string, to: string, message: object): Line => [node, { name: 'Send', to, message }];
export const receive = (node: string, from: string, message: object): Line => [
  node,
  { name: 'Receive', from, message },
];

export const granted = (term: number) => ({ type: 'RequestVoteResponse', term, preVote: false, granted: true });
export const accepted = (term: number, matchIndex: number) => ({
  type: 'AppendEntriesResponse',
  term,
  success: true,
  matchIndex,
});
export const appendEntries = (term: number) => ({ type: 'AppendEntries', term, prevLogIndex: 0, entries: [] });

export const requestVote = (term: number, lastLogIndex: number, lastLogTerm: number) => ({
  type: 'RequestVote',
  term,
  preVote: false,
  lastLogIndex,
  lastLogTerm,
});

/** `candidate` wins `term` with the vote of `voter`; all as the paper has it. */
export function elect(candidate: string, term: number, voter: string, logs: Record<string, number> = {}): Line[] {
  return [
    [candidate, { name: 'BecomeCandidate', term }],
    [candidate, { name: 'Vote', term, candidate }],
    durable(candidate, term, candidate, logs[candidate] ?? 0),
    [voter, { name: 'UpdateTerm', term }],
    [voter, { name: 'Vote', term, candidate }],
    durable(voter, term, candidate, logs[voter] ?? 0),
    send(voter, candidate, granted(term)),
    receive(candidate, voter, granted(term)),
    [candidate, { name: 'BecomeLeader', term, voters: [candidate, voter] }],
  ];
}

/** `leader` appends these at `from`, `follower` takes them, both sync, the leader commits and applies. */
export function replicate(
  leader: string,
  follower: string,
  term: number,
  from: number,
  ...entries: { term: number; digest: number }[]
): Line[] {
  const last = from + entries.length - 1;
  return [
    append(leader, term, from, ...entries),
    durable(leader, term, leader, last),
    ...follow(leader, follower, term, from, ...entries),
    [leader, { name: 'AdvanceCommit', term, commitIndex: last, leader: true }],
    [leader, { name: 'Apply', from, entries }],
  ];
}

/** The follower's part, up to the acknowledgement's arrival. In term 1, n3 has not voted. */
export function follow(
  leader: string,
  follower: string,
  term: number,
  from: number,
  ...entries: { term: number; digest: number }[]
): Line[] {
  const last = from + entries.length - 1;
  return [
    receive(follower, leader, appendEntries(term)),
    append(follower, term, from, ...entries),
    durable(follower, term, term === 1 && follower === 'n3' ? null : leader, last),
    send(follower, leader, accepted(term, last)),
    receive(leader, follower, accepted(term, last)),
  ];
}

/** A cluster of three, with n1 leading term 1 and entries 1 and 2 committed with n2. */
export const PROLOGUE: readonly Line[] = [
  ...NODES.map((node) => init(node)),
  ...elect('n1', 1, 'n2'),
  ...replicate('n1', 'n2', 1, 1, entry(1, 0), entry(1, 11)),
];

export async function judge(
  lines: readonly Line[],
  nodes: readonly string[] = NODES,
  stickToLeaderUs?: number,
): Promise<CheckResult> {
  const checker = raftSafety({ nodes, stickToLeaderUs });
  lines.forEach(([node, step], index) => {
    checker.observe({ ...step, kind: 'trace', timeUs: index * 1000, node } as TraceEvent);
  });
  return checker.conclude(1000);
}

/** The rules broken, each once. */
export async function broken(lines: readonly Line[]): Promise<string[]> {
  const { anomalies } = await judge(lines);
  return [...new Set(anomalies.map((anomaly) => anomaly.kind))];
}

/** The rules that are broken, each once, when this comes after the {@link PROLOGUE}. */
export const after = (...lines: readonly Line[]): Promise<string[]> => broken([...PROLOGUE, ...lines]);
