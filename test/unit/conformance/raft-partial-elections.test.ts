import { describe, it } from 'vitest';
import {
  at,
  begins,
  brings,
  election,
  expectPair,
  type Pair,
  passed,
  puts,
  receive,
  recorded,
  replicated,
  roles,
  send,
  silent,
  starts,
  state,
  type Terms,
} from './partial-steps.js';

/** Terms and roles, and no messages. */
const campaigns = (node: string, term: number) => at(node, 'BecomeCandidate', { term });
const wins = (node: string, term: number) => [campaigns(node, term), at(node, 'BecomeLeader', { term })];
const toldOf = (term: number) => [
  ...replicated,
  ...passed('c', 'b', 'RequestVote', { term, lastLogIndex: 0, lastLogTerm: 0 }),
  at('b', 'UpdateTerm', { term }),
];
/** c asks b, which has three entries of term 1, and gets its vote. */
const asked = (lastLogIndex: number) => [
  recorded('starts', 'roles', 'appends', 'receives'),
  begins('b', [1, 1, 1], 1),
  receive('b', 'c', 'RequestVote', { term: 2, lastLogTerm: 1, lastLogIndex }),
  at('b', 'UpdateTerm', { term: 2 }),
  at('b', 'Vote', { term: 2, candidate: 'c' }),
];
const won = (...voters: readonly string[]) => [...election.slice(0, -1), at('a', 'BecomeLeader', { term: 1, voters })];
const votes = (...receivers: readonly string[]) => [
  ...replicated,
  ...receivers.map((receiver) => receive(receiver, 'c', 'RequestVoteResponse', { term: 7, granted: true })),
];

const logs = [
  recorded('starts', 'appends', 'receives'),
  ...starts,
  receive('c', 'b', 'AppendEntries', { term: 2, entries: [] }),
];
const commits = (node: string, commitIndex: number, leader: boolean) =>
  at(node, 'AdvanceCommit', { commitIndex, leader });
/** a commits two entries in term 1. */
const longest = [recorded('starts', 'roles', 'receives'), ...starts, ...wins('a', 1), commits('a', 2, true)];
const heard = [recorded('starts', 'roles', 'receives'), ...starts];

/** Logs, and no messages. */
const lengths = [recorded('starts', 'roles', 'appends'), ...starts];
/** b entered a term, and asks for votes before it has its own. */
const voting = [
  recorded('starts', 'sends'),
  ...starts,
  state('b', { term: 1, votedFor: null }),
  send('b', 'a', 'RequestVote', { term: 1 }),
];
/** a leads, and commits another entry than b has. */
const unstarted = [
  recorded('appends', 'commits'),
  state('a', { term: 2, role: 'leader' }),
  puts('a', 1, [2]),
  commits('a', 1, true),
  state('b', { role: 'follower' }),
  puts('b', 1, [1]),
];
const openTerm = [...roles, ...wins('a', 2), at('b', 'UpdateTerm', { term: 2 }), state('b', { commitIndex: 0 })];

const follows = state('b', { role: 'follower' });
/** b asks for votes in term 2, with a log of these terms. */
const asking = (terms: Terms) => [recorded('starts', 'roles', 'appends'), begins('b', terms, 1), campaigns('b', 2)];
const askingUnknown = [recorded('starts', 'roles', 'appends'), at('b', 'InitState', { term: 1 }), campaigns('b', 2)];
const asks = (lastLogIndex: number | undefined, lastLogTerm: number | undefined) =>
  send('b', 'a', 'RequestVote', { term: 2, lastLogIndex, lastLogTerm });
const unasked = [recorded('starts', 'appends', 'receives'), begins('b', [1, 1], 1)];
/** The same, and it has asked one node. */
const askedOne = [recorded('starts', 'appends', 'receives'), begins('b', [1], 1), asks(1, 1)];
const committing = [recorded('starts', 'roles'), begins('b', [1, 1], 1), state('b', { term: 1, commitIndex: 2 })];

const PAIRS: Readonly<Record<string, Pair>> = {
  'a campaign in a term that no message told of': [
    [...toldOf(4), campaigns('b', 5)],
    'RequestVote',
    [...toldOf(4), campaigns('b', 4)],
  ],
  'a vote that a node tells before its candidacy': [
    [...roles, at('b', 'UpdateTerm', { term: 2 }), at('b', 'Vote', { term: 2, candidate: 'b' }), campaigns('b', 2)],
    'RequestVote',
    [...roles, at('b', 'UpdateTerm', { term: 2 }), at('b', 'Vote', { term: 2, candidate: 'c' }), campaigns('b', 2)],
  ],
  'a leader, which may have entered a later term where that is not told': [
    [...roles, ...wins('b', 1), state('b', { commitIndex: 0 }), campaigns('b', 3)],
    'RequestVote',
    [...roles, ...wins('b', 1), state('b', { term: 1, commitIndex: 0 }), campaigns('b', 2)],
  ],
  'a leader, which may lead no more where neither roles nor its term are told': [
    [...silent, state('b', { term: 1, role: 'leader' }), puts('b', 1, [1]), puts('b', 1, [2])],
    'ClientRequest',
    [
      ...silent,
      state('b', { term: 1, role: 'leader' }),
      puts('b', 1, [1]),
      at('b', 'Append', { term: 1, from: 1, entries: [{ term: 2 }] }),
    ],
  ],
  'a leader, which may lead no more where it commits, and neither roles nor its term are told': [
    [
      ...silent,
      puts('b', 1, [1]),
      state('b', { term: 2, role: 'leader' }),
      at('b', 'AdvanceCommit', { commitIndex: 1 }),
    ],
    'AdvanceCommitIndex',
    [
      ...silent,
      puts('b', 1, [1]),
      state('b', { term: 2, role: 'leader' }),
      at('b', 'AdvanceCommit', { term: 2, commitIndex: 1 }),
    ],
  ],
  'a request for votes that leaves in a later candidacy': [
    [...roles, campaigns('b', 1), campaigns('b', 2), send('b', 'a', 'RequestVote', { term: 1 })],
    'RequestVote',
    [...roles, at('b', 'UpdateTerm', { term: 1 }), campaigns('b', 2), send('b', 'a', 'RequestVote', { term: 1 })],
  ],
  'the votes by which a leader says that it leads': [won('a', 'b'), 'BecomeLeader', won('a', 'b', 'c')],
  'a vote for a log that is as long': [asked(3), 'HandleRequestVoteRequest', asked(2)],
  'a vote that arrives twice': [votes('b', 'b'), 'VoteOnce', votes('b', 'a')],
  'a term that a node enters as a follower, where roles are recorded': [
    [
      ...roles,
      campaigns('b', 1),
      at('b', 'UpdateTerm', { term: 2 }),
      campaigns('b', 3),
      at('b', 'BecomeLeader', { term: 3 }),
    ],
    'BecomeLeader',
    [...roles, campaigns('b', 1), at('b', 'UpdateTerm', { term: 2 }), at('b', 'BecomeLeader', { term: 2 })],
  ],
  'a candidate that follows': [
    [...roles, campaigns('b', 1), at('b', 'BecomeFollower', { term: 1, leader: null }), ...wins('b', 2)],
    'BecomeLeader',
    [
      ...roles,
      campaigns('b', 1),
      at('b', 'BecomeFollower', { term: 1, leader: null }),
      at('b', 'BecomeLeader', { term: 1 }),
    ],
  ],
  'the leader that a follower names': [
    [...roles, ...wins('a', 1), at('b', 'BecomeFollower', { term: 1, leader: 'a' })],
    'ElectionSafety',
    [...roles, ...wins('a', 1), at('b', 'BecomeFollower', { term: 1, leader: 'c' })],
  ],
  'a term of which it was told, for a vote': [
    [...roles, at('b', 'Vote', { candidate: 'c' }), at('b', 'Vote', { candidate: 'a' })],
    'VoteOnce',
    [...roles, at('b', 'Vote', { term: 1, candidate: 'c' }), at('b', 'Vote', { term: 1, candidate: 'a' })],
  ],
  'a term that a node tells before its candidacy': [
    [...roles, at('b', 'UpdateTerm', { term: 2 }), campaigns('b', 2)],
    'RequestVote',
    [recorded('starts', 'roles'), begins('b', [], 2), state('b', { term: 2 }), campaigns('b', 2)],
  ],
  'a leader that is known by what it appends, where roles are not recorded': [
    [...logs, state('b', { term: 2 }), puts('b', 1, [2])],
    'AcceptAppendEntriesRequest',
    [...logs, state('b', { term: 2, role: 'follower' }), puts('b', 1, [2])],
  ],
  'a node that says that it leads no more, by how it commits': [
    [...silent, puts('b', 1, [1]), state('b', { term: 2, role: 'leader' }), commits('b', 1, false)],
    'AdvanceCommitIndex',
    [...silent, puts('b', 1, [1]), state('b', { term: 2, role: 'leader' }), commits('b', 1, true)],
  ],
  'the terms of leaders, which may not be told': [
    [...roles, ...['a', 'b'].flatMap((node) => [at(node, 'BecomeCandidate'), at(node, 'BecomeLeader')])],
    'ElectionSafety',
    [...roles, ...['a', 'b'].flatMap((node) => wins(node, 1))],
  ],
  'the longest log that a leader may have': [
    [...longest, brings(1, 0, 0, [1, 1]), ...wins('b', 2)],
    'LeaderCompleteness',
    [...longest, brings(1, 0, 0, [1]), ...wins('b', 2)],
  ],
  'a vote where no requests are recorded that come': [
    [...heard, at('b', 'UpdateTerm', { term: 1 }), at('b', 'Vote', { term: 1, candidate: 'c' })],
    'HandleRequestVoteRequest',
    [
      ...heard,
      receive('a', 'c', 'RequestVote', { term: 1 }),
      at('b', 'UpdateTerm', { term: 1 }),
      at('b', 'Vote', { term: 1, candidate: 'c' }),
    ],
  ],
  'a vote of a node for itself, which is a candidate': [
    [...roles, campaigns('b', 1), at('b', 'Vote', { term: 1, candidate: 'b' })],
    'HandleRequestVoteRequest',
    [...roles, campaigns('b', 1), at('c', 'Vote', { term: 0, candidate: 'c' })],
  ],
  'a second leader of a term, whose log is not looked at': [
    [...lengths, ...wins('a', 1), puts('a', 1, [1]), commits('a', 1, true), ...wins('b', 1).slice(0, 1)],
    'ElectionSafety',
    [
      ...lengths,
      ...wins('a', 1),
      puts('a', 1, [1]),
      commits('a', 1, true),
      puts('b', 1, [1]),
      ...wins('b', 2),
      ...wins('c', 2),
    ],
  ],
  'a vote for itself after its requests for others, where roles are not recorded': [
    [...voting, state('b', { term: 1, role: 'leader', votedFor: 'b' })],
    'VoteOnce',
    [...voting, state('b', { term: 1, votedFor: 'b' }), state('b', { term: 1, role: 'leader', votedFor: 'c' })],
  ],
  'a process of which nothing is known, where its start is not recorded': [
    [...unstarted, state('b', { term: 3 }), state('b', { term: 2 }), state('b', { commitIndex: 1 })],
    'StateMachineSafety',
    [...unstarted, state('b', { term: 2 }), state('b', { term: 3 }), state('b', { commitIndex: 1 })],
  ],
  'the term of a candidacy that was told before, and may be a later one': [
    [...openTerm, campaigns('b', 3), at('b', 'BecomeLeader')],
    'ElectionSafety',
    [...openTerm, campaigns('b', 2), at('b', 'BecomeLeader')],
  ],
  'a request for votes that leaves in a later candidacy, with the log that was': [
    [...asking([1, 1]), at('b', 'UpdateTerm', { term: 3 }), puts('b', 1, [3]), asks(2, 1)],
    'RequestVote',
    [...asking([1, 1]), puts('b', 1, [undefined]), asks(2, 1)],
  ],
  'a request for votes that may leave in a later term, with the log that was': [
    [...unasked, state('b', { term: 2 }), state('b', { commitIndex: 0 }), puts('b', 1, [undefined]), asks(2, 1)],
    'RequestVote',
    [...unasked, state('b', { term: 2 }), puts('b', 1, [undefined]), asks(2, 1)],
  ],
  'where the log of a candidate ends': [
    [...asking([1, 1]), asks(2, 1)],
    'RequestVote',
    [...asking([1, 1]), asks(1, 1)],
  ],
  'the term with which the log of a candidate ends': [
    [...asking([1]), asks(1, 1)],
    'RequestVote',
    [...asking([1]), asks(1, 2)],
  ],
  'a request for votes that does not tell where the log ends': [
    [...askingUnknown, asks(undefined, undefined), asks(1, 1), asks(1, 1)],
    'RequestVote',
    [...askingUnknown, asks(undefined, undefined), asks(1, 1), asks(2, 1)],
  ],
  'a request for votes that does not tell with which term the log ends': [
    [...asking([1, undefined]), asks(2, undefined), asks(2, 1), asks(2, 1)],
    'RequestVote',
    [...asking([1, undefined]), asks(2, undefined), asks(2, 1), asks(2, 2)],
  ],
  'a request for votes without what is committed, where changes of the log are not recorded': [
    [...committing, campaigns('b', 2), asks(2, 1)],
    'RequestVote',
    [...committing, campaigns('b', 2), asks(1, 1)],
  ],
  'a follower of a term that it may enter only now': [
    [...roles, campaigns('b', 1), state('b', { commitIndex: 0 }), at('b', 'UpdateTerm', { term: 2 }), follows],
    'BecomeFollower',
    [...roles, campaigns('b', 1), state('b', { commitIndex: 0 }), at('b', 'UpdateTerm', { term: 1 }), follows],
  ],
  'a request for votes that leaves when its sender follows a leader of that term, where roles are not recorded': [
    [...askedOne, brings(2, 1, 1, [2]), puts('b', 2, [2]), asks(1, 1)],
    'RequestVote',
    [...askedOne, brings(1, 1, 1, [1]), puts('b', 2, [1]), asks(1, 1)],
  ],
};

describe('raftPartial and elections', () => {
  it.for(Object.entries(PAIRS))('looks at %s', ([, pair]) => expectPair(pair));
});
