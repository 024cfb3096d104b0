import { describe, it } from 'vitest';
import {
  at,
  begins,
  brings,
  expectPair,
  NODES,
  type Pair,
  puts,
  receive,
  recorded,
  send,
  state,
  told,
} from './partial-steps.js';

const acks = (matchIndex: number) => send('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex });
const rejects = send('b', 'a', 'AppendEntriesResponse', { term: 1, success: false });
const heartbeat = (node: string) => receive(node, 'a', 'AppendEntries', { term: 1, entries: [] });
const request = receive('b', 'c', 'RequestVote', { term: 1 });
const enters = (term: number) => at('b', 'UpdateTerm', { term });
const syncs = (fields: object) => at('b', 'Durable', fields);
/** b votes for c in term 1, and says so. */
const grants = [
  at('b', 'Vote', { term: 1, candidate: 'c' }),
  send('b', 'c', 'RequestVoteResponse', { term: 1, granted: true }),
];
const logs = [recorded('starts', 'roles', 'appends'), begins('b', [1, 1], 1)];
const uncommitted = [begins('b', [1], 1), state('b', { term: 1, commitIndex: 0 })];
const dropped = puts('b', 1, [undefined]);
const durable = recorded('starts', 'roles', 'durability');
const durableLogs = recorded('starts', 'roles', 'appends', 'durability');
/** b leads term 1, and has committed its entry with a. */
const counted = [
  ...NODES.map((node) => begins(node, [], 0)),
  state('b', { term: 1, role: 'leader' }),
  puts('b', 1, [1]),
  syncs({ lastIndex: 0 }),
  receive('b', 'a', 'AppendEntriesResponse', { term: 1, success: true, matchIndex: 1 }),
  at('b', 'AdvanceCommit', { term: 1, commitIndex: 1, leader: true }),
];
const incomplete = recorded('starts', 'roles');

const PAIRS: Readonly<Record<string, Pair>> = {
  'an acknowledgement that leaves in a later term, of what was dropped since': [
    [...logs, enters(2), dropped, acks(2)],
    'AcceptAppendEntriesRequest',
    [...logs, dropped, acks(2)],
  ],
  'an acknowledgement that may leave in a later term, of what was dropped since': [
    [...logs, state('b', { commitIndex: 0 }), dropped, acks(2)],
    'AcceptAppendEntriesRequest',
    [...logs, state('b', { term: 1, commitIndex: 0 }), dropped, acks(2)],
  ],
  'an acknowledgement by a node that does not record what it receives': [
    [incomplete, ...uncommitted, heartbeat('c'), acks(1)],
    'AcceptAppendEntriesRequest',
    [recorded('starts', 'roles', 'receives'), ...uncommitted, heartbeat('c'), acks(1)],
  ],
  'an acknowledgement where no entries are recorded that come': [
    [recorded('starts', 'roles', 'receives'), ...uncommitted, request, acks(1)],
    'AcceptAppendEntriesRequest',
    [recorded('starts', 'roles', 'receives'), ...uncommitted, request, heartbeat('c'), acks(1)],
  ],
  'a log of which it is not told how far it is durable': [
    [durable, at('b', 'InitState', { term: 1 }), acks(1)],
    'PersistentBeforeAnswer',
    [durable, begins('b', [], 1), acks(1)],
  ],
  'syncs of a log, of which not all are recorded': [
    [incomplete, begins('b', [], 1), syncs({ lastIndex: 0 }), acks(1)],
    'PersistentBeforeAnswer',
    [durable, begins('b', [], 1), syncs({ lastIndex: 0 }), acks(1)],
  ],
  'an acknowledgement of what a snapshot covers, which is durable with it': [
    [durable, begins('b', [], 1), at('b', 'InstallSnapshot', { index: 2 }), acks(2)],
    'PersistentBeforeAnswer',
    [durable, begins('b', [], 1), at('b', 'InstallSnapshot', { index: 2 }), acks(3)],
  ],
  'entries that stay durable before others that are replaced': [
    [durableLogs, begins('b', [1, 1], 1), puts('b', 2, [undefined]), acks(1)],
    'PersistentBeforeAnswer',
    [durableLogs, begins('b', [1, 1], 1), puts('b', 2, [undefined]), acks(2)],
  ],
  'syncs of the log of a leader, of which not all are recorded': [
    [recorded('starts', 'receives'), ...counted],
    'AdvanceCommitIndex',
    [recorded('starts', 'receives', 'durability'), ...counted],
  ],
  'syncs of votes, of which not all are recorded': [
    [incomplete, begins('b', [], 0), syncs({ term: 0 }), enters(1), ...grants],
    'PersistentBeforeAnswer',
    [durable, begins('b', [], 0), syncs({ term: 0 }), enters(1), ...grants],
  ],
  'a term of which it is not told that it is durable': [
    [durable, at('b', 'InitState'), enters(1), ...grants],
    'PersistentBeforeAnswer',
    [durable, begins('b', [], 0), enters(1), ...grants],
  ],
  'the vote that is durable': [
    [durable, begins('b', [], 0), enters(1), syncs({ term: 1, votedFor: 'c' }), ...grants],
    'PersistentBeforeAnswer',
    [durable, begins('b', [], 0), enters(1), syncs({ term: 1, votedFor: null }), ...grants],
  ],
  'a sync that does not tell which vote is durable': [
    [durable, begins('b', [], 0), enters(1), syncs({ term: 1 }), ...grants],
    'PersistentBeforeAnswer',
    [durable, begins('b', [], 0), enters(1), syncs({ votedFor: 'c' }), ...grants],
  ],
  'a rejection of entries that follow one of which the term is not told': [
    [...told([undefined, 1], 1), brings(1, 1, 1, []), rejects],
    'RejectAppendEntriesRequest',
    [...told([1, 1], 1), brings(1, 1, 1, []), rejects],
  ],
};

describe('raftPartial and answers', () => {
  it.for(Object.entries(PAIRS))('looks at %s', ([, pair]) => expectPair(pair));
});
