import { describe, it } from 'vitest';
import { expectPair, heartbeat, type Pair, passed, receive, replicated, send } from './partial-steps.js';

const { term } = heartbeat;
const whole = { term, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 1 };
/** a hears from b, and so its trace goes on. */
const later = passed('b', 'a', 'RequestVoteResponse', { term, granted: false });
/** a sends b one message, as far as it tells, and b receives another, as far as that tells. */
const crossed = (sent: object, received: object) => [
  ...replicated,
  send('a', 'b', 'AppendEntries', sent),
  receive('b', 'a', 'AppendEntries', received),
  ...later,
];

const at1 = { term, prevLogIndex: 1, prevLogTerm: 1 };
const sends = (fields: object) => send('a', 'b', 'AppendEntries', { ...at1, entries: [], ...fields });
const gets = (fields: object) => receive('b', 'a', 'AppendEntries', { ...at1, ...fields });

const PAIRS: Readonly<Record<string, Pair>> = {
  'a message of which the receiver tells less': [
    crossed(heartbeat, { term, prevLogIndex: 1, entries: [] }),
    'ReceivedWasSent',
    crossed(heartbeat, { term, prevLogIndex: 0, entries: [] }),
  ],
  'a message of which the receiver does not tell where it stands': [
    crossed(heartbeat, { term, entries: [], leaderCommit: 1 }),
    'ReceivedWasSent',
    crossed(heartbeat, { term, entries: [], leaderCommit: 9 }),
  ],
  'a message of which the sender does not tell where it stands': [
    crossed({ term, entries: [], leaderCommit: 1 }, heartbeat),
    'ReceivedWasSent',
    crossed({ term, entries: [], leaderCommit: 0 }, heartbeat),
  ],
  'the number of entries that were sent': [
    crossed({ ...whole, entries: [{}] }, { ...whole, entries: [{ term }] }),
    'ReceivedWasSent',
    crossed({ ...whole, entries: [{}] }, { ...whole, entries: [{ term }, { term }] }),
  ],
  'the terms of entries that were sent': [
    crossed({ ...whole, entries: [{ term }] }, { ...whole, entries: [{}] }),
    'ReceivedWasSent',
    crossed({ ...whole, entries: [{ term }] }, { ...whole, entries: [{ term: 0 }] }),
  ],
  'whether the trace of the sender goes on': [
    [...replicated, receive('b', 'a', 'AppendEntries', heartbeat)],
    'ReceivedWasSent',
    [...replicated, receive('b', 'a', 'AppendEntries', heartbeat), ...later],
  ],
  'what reached the sender after the receipt, not before': [
    [...replicated, ...later, receive('b', 'a', 'AppendEntries', heartbeat), ...later.slice(1)],
    'ReceivedWasSent',
    [...replicated, receive('b', 'a', 'AppendEntries', heartbeat), ...later, ...later],
  ],
  'what reached the sender when it was sent first': [
    [...replicated, ...later, receive('b', 'a', 'AppendEntries', heartbeat), ...later],
    'ReceivedWasSent',
    [
      ...replicated,
      receive('b', 'a', 'AppendEntries', heartbeat),
      ...later,
      receive('b', 'a', 'AppendEntries', heartbeat),
    ],
  ],
  'each of several messages that stand at one place': [
    [...replicated, ...[0, 1].map((leaderCommit) => sends({ leaderCommit })), gets({ leaderCommit: 0 }), ...later],
    'ReceivedWasSent',
    [...replicated, ...[0, 1].map((leaderCommit) => sends({ leaderCommit })), gets({ leaderCommit: 2 }), ...later],
  ],
  'a message of a term in which nothing was sent': [
    [...replicated, sends({ term: 1 }), gets({ term: 1 }), ...later],
    'ReceivedWasSent',
    [...replicated, sends({ term: 1 }), gets({ term: 0 }), ...later],
  ],
};

describe('raftPartial and what was sent', () => {
  it.for(Object.entries(PAIRS))('looks at %s', ([, pair]) => expectPair(pair));
});
