import { expect } from 'vitest';
import { brokenRules, judgePartial, type TraceLine } from '../../support/partial-traces.js';

/** Lines that are legal, and others that differ in one thing and break a rule. */
export type Pair = readonly [legal: readonly TraceLine[], rule: string, wrong: readonly TraceLine[]];

export function expectPair([legal, rule, wrong]: Pair): void {
  expect(judgePartial(legal).anomalies.map(({ story }) => story)).toEqual([]);
  const found = judgePartial(wrong);
  expect(brokenRules(found)).toEqual([rule]);
  // What was broken counts as checked, and the answer says what is allowed instead.
  expect(found.facts[`checked ${rule}`]).toBeGreaterThan(0);
  for (const { story } of found.anomalies) expect(story[1]).toMatch(/^The specification allows there: [^.]/);
}

export const recorded = (...kinds: readonly string[]): TraceLine => ({
  kind: 'header',
  format: 'assay-trace/1',
  recorded: kinds,
});
export const at = (node: string, name: string, fields: object = {}): TraceLine => ({
  kind: 'trace',
  node,
  name,
  ...fields,
});
export const state = (node: string, fields: object) => at(node, 'State', fields);
export const send = (node: string, to: string, type: string, fields: object) =>
  at(node, 'Send', { to, message: { type, ...fields } });
export const receive = (node: string, from: string, type: string, fields: object) =>
  at(node, 'Receive', { from, message: { type, ...fields } });
/** One message of each kind comes from a to c, for a rule counts as checked only where such messages are recorded. */
export const receiveEach = (fields: object) =>
  ['RequestVote', 'RequestVoteResponse', 'AppendEntries', 'AppendEntriesResponse'].map((type) =>
    receive('c', 'a', type, fields),
  );
export const passed = (from: string, to: string, type: string, fields: object) => [
  send(from, to, type, fields),
  receive(to, from, type, fields),
];

export const NODES = ['a', 'b', 'c'];
export const starts = NODES.map((node) =>
  at(node, 'InitState', { term: 0, votedFor: null, snapshotIndex: 0, snapshotTerm: 0, log: [] }),
);
/** Changes of roles, and nothing else that happens after the starts. */
export const roles = [recorded('starts', 'roles'), ...starts];
/** No messages at all, and roles not either: terms, logs and commit indexes. */
export const silent = [recorded('starts', 'appends', 'commits'), ...starts];
export const entries = (term: number, ...digests: number[]) => digests.map((digest) => ({ term, digest }));

/** Node a wins term 1 by the vote of b. */
export const election = [
  ...starts,
  at('a', 'BecomeCandidate', { term: 1 }),
  ...passed('a', 'b', 'RequestVote', { term: 1, lastLogIndex: 0, lastLogTerm: 0 }),
  at('b', 'UpdateTerm', { term: 1 }),
  at('b', 'Vote', { term: 1, candidate: 'a' }),
  ...passed('b', 'a', 'RequestVoteResponse', { term: 1, granted: true }),
  at('a', 'BecomeLeader', { term: 1, voters: ['a', 'b'] }),
];
export const first = { term: 1, prevLogIndex: 0, prevLogTerm: 0, entries: entries(1, 7), leaderCommit: 0 };
/** It has an entry committed with b. */
export const replicated = [
  ...election,
  at('a', 'Append', { term: 1, from: 1, entries: entries(1, 7) }),
  ...passed('a', 'b', 'AppendEntries', first),
  at('b', 'BecomeFollower', { term: 1, leader: 'a' }),
  at('b', 'Append', { term: 1, from: 1, entries: entries(1, 7) }),
  ...passed('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 1 }),
  at('a', 'AdvanceCommit', { term: 1, commitIndex: 1, leader: true }),
  at('a', 'Apply', { from: 1, entries: entries(1, 7) }),
];
/** The same, with the syncs of b. */
export const synced = replicated.flatMap((line) => [
  line,
  ...(line.node === 'b' && line.name === 'Vote' ? [at('b', 'Durable', { term: 1, votedFor: 'a', lastIndex: 0 })] : []),
  ...(line.node === 'b' && line.name === 'Append' ? [at('b', 'Durable', { lastIndex: 1 })] : []),
]);
export const heartbeat = { term: 1, prevLogIndex: 1, prevLogTerm: 1, entries: [], leaderCommit: 1 };

/** Undefined: not told. */
export type Terms = readonly (number | undefined)[];

export const ofTerms = (terms: Terms) => terms.map((term) => ({ term }));
export const begins = (node: string, terms: Terms, term: number) =>
  at(node, 'InitState', { term, votedFor: null, snapshotIndex: 0, snapshotTerm: 0, log: ofTerms(terms) });
/** b begins with a log of these terms. What changes it is not recorded: only what comes to it. */
export const unseen = (terms: Terms, term: number) => [
  recorded('starts', 'roles', 'receives'),
  begins('b', terms, term),
];
/** The same as `unseen`, but changes of the log are recorded. */
export const told = (terms: Terms, term: number) => [
  recorded('starts', 'roles', 'appends', 'receives'),
  begins('b', terms, term),
];
/** Its leader a sends it entries of these terms. */
export const brings = (term: number, prevLogIndex: number, prevLogTerm: number | undefined, terms: Terms) =>
  receive('b', 'a', 'AppendEntries', { term, prevLogIndex, prevLogTerm, entries: ofTerms(terms), leaderCommit: 0 });
export const ends = (term: number, lastIndex: number, lastTerm?: number) => state('b', { term, lastIndex, lastTerm });
export const puts = (node: string, from: number, terms: Terms) => at(node, 'Append', { from, entries: ofTerms(terms) });
