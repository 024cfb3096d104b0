import { describe, expect, it } from 'vitest';
import {
  accepted,
  append,
  appendEntries,
  broken,
  durable,
  elect,
  entry,
  follow,
  granted,
  init,
  judge,
  type Line,
  PROLOGUE,
  receive,
  replicate,
  requestVote,
  send,
} from './trace.js';

/** What follows the prologue keeps every rule, or breaks exactly this one. */
const holds = async (...lines: Line[]) => expect(await broken([...PROLOGUE, ...lines])).toEqual([]);
const breaks = async (rule: string, ...lines: Line[]) => expect(await broken([...PROLOGUE, ...lines])).toContain(rule);

const followerCommits = (node: string, term: number, commitIndex: number): Line => [
  node,
  { name: 'AdvanceCommit', term, commitIndex, leader: false },
];
const leaderCommits = (node: string, term: number, commitIndex: number): Line => [
  node,
  { name: 'AdvanceCommit', term, commitIndex, leader: true },
];

describe('raftSafety', () => {
  it('accepts a legal trace and says how much of it was consumed', async () => {
    const result = await judge(PROLOGUE);
    expect(result.verdict).toBe('valid');
    expect(result.facts.traceEvents).toBe(PROLOGUE.length);
    expect(result.facts.committed).toBe(2);
    expect(result.facts.messages).toBe(5);
  });

  it('does not know what an empty trace is worth', async () => {
    expect((await judge([])).verdict).toBe('unknown');
  });

  it('does not know what a trace is worth in which nothing was committed, or a node is silent', async () => {
    expect((await judge(['n1', 'n2', 'n3'].map((node) => init(node)))).verdict).toBe('unknown');
    expect((await judge(PROLOGUE.filter(([node]) => node !== 'n3'))).verdict).toBe('unknown');
  });

  it('accepts the same trace with each node read as a whole, in whatever order', async () => {
    const legal = [...PROLOGUE, ...elect('n2', 2, 'n3', { n2: 2 }), ...replicate('n2', 'n3', 2, 3, entry(2, 0))];
    // n3 takes everything from index 1 on, and n2 applies it.
    const mended = legal.map((line): Line => {
      const [node, { name }] = line;
      const entries = [entry(1, 0), entry(1, 11), entry(2, 0)];
      if (node === 'n3' && name === 'Append') return append('n3', 2, 1, ...entries);
      return node === 'n2' && name === 'Apply' ? ['n2', { name, from: 1, entries }] : line;
    });
    for (const order of [
      ['n1', 'n2', 'n3'],
      ['n3', 'n2', 'n1'],
      ['n2', 'n3', 'n1'],
    ]) {
      const lines = order.flatMap((node) => mended.filter(([of]) => of === node));
      expect(await broken(lines), order.join()).toEqual([]);
    }
  });
});

describe('Raft, Figure 3', () => {
  it('ElectionSafety: one leader in a term, over the whole history and not only at one time', async () => {
    await holds(...elect('n2', 2, 'n3', { n2: 2 }));
    await breaks('ElectionSafety', ['n3', { name: 'BecomeLeader', term: 1, voters: ['n3', 'n2'] }]);
    await breaks(
      'ElectionSafety',
      ...elect('n2', 2, 'n3', { n2: 2 }),
      ['n3', { name: 'BecomeFollower', term: 2, leader: 'n2' }],
      ['n3', { name: 'BecomeLeader', term: 2, voters: ['n3', 'n1'] }],
    );
  });

  it('LeaderAppendOnly: a leader never removes entries of its own log', async () => {
    await holds(append('n1', 1, 3, entry(1, 12)));
    await breaks('LeaderAppendOnly', append('n1', 1, 3, entry(1, 12)), append('n1', 1, 3, entry(1, 13)));
  });

  it('LogMatching: an index and a term name one entry and all before it', async () => {
    await holds(...follow('n1', 'n3', 1, 1, entry(1, 0), entry(1, 11)));
    await breaks('LogMatching', append('n3', 1, 1, entry(1, 0), entry(1, 99)));
    await breaks('LogMatching', append('n3', 1, 1, entry(1, 98), entry(1, 11)));
  });

  it('LogMatching: a log has no gaps', async () => {
    await breaks('LogMatching', append('n3', 1, 2, entry(1, 11)));
  });

  it('LeaderCompleteness: a later leader has what an earlier one committed', async () => {
    await holds(...elect('n2', 2, 'n3', { n2: 2 }));
    await breaks('LeaderCompleteness', ...elect('n3', 2, 'n2', { n2: 2 }));
  });

  it('LeaderCompleteness: even if the commit is read after the election', async () => {
    const late = PROLOGUE.filter(([, step]) => step.name === 'AdvanceCommit' || step.name === 'Apply');
    const rest = PROLOGUE.filter((line) => !late.includes(line));
    const deposed: Line[] = elect('n3', 2, 'n2', { n2: 2 });
    expect(await broken([...rest, ...late, ...deposed])).toContain('LeaderCompleteness');
    expect(await broken([...rest, ...deposed, ...late])).toContain('LeaderCompleteness');
  });

  it('StateMachineSafety: two nodes never take different entries at an index for committed', async () => {
    await holds(
      receive('n3', 'n1', appendEntries(1)),
      append('n3', 1, 1, entry(1, 0), entry(1, 11)),
      followerCommits('n3', 1, 2),
    );
    await breaks('StateMachineSafety', append('n3', 2, 1, entry(2, 7), entry(2, 8)), followerCommits('n3', 2, 2));
  });

  it('StateMachineSafety: nor apply different ones, or uncommitted ones', async () => {
    const follows = [...follow('n1', 'n3', 1, 1, entry(1, 0), entry(1, 11)), followerCommits('n3', 1, 2)];
    await holds(...follows, ['n3', { name: 'Apply', from: 1, entries: [entry(1, 0), entry(1, 11)] }]);
    await breaks('StateMachineSafety', ...follows, [
      'n3',
      { name: 'Apply', from: 1, entries: [entry(1, 0), entry(1, 9)] },
    ]);
    await breaks('StateMachineSafety', append('n1', 1, 3, entry(1, 12)), [
      'n1',
      { name: 'Apply', from: 3, entries: [entry(1, 12)] },
    ]);
  });
});

describe('the duties of one node', () => {
  it('VoteOnce: one vote in a term', async () => {
    await holds(['n3', { name: 'Vote', term: 1, candidate: 'n1' }]);
    await breaks('VoteOnce', ['n2', { name: 'Vote', term: 1, candidate: 'n3' }]);
  });

  it('VoteOnce: also across a restart, when the first vote was durable', async () => {
    await breaks(
      'VoteOnce',
      init('n2', { term: 1, votedFor: null, log: [entry(1, 0), entry(1, 11)] }),
      ['n2', { name: 'Vote', term: 1, candidate: 'n3' }],
      durable('n2', 1, 'n3', 2),
    );
  });

  it('VoteOnce: a vote that a crash took before it was durable and sent does not count', async () => {
    await holds(
      ['n3', { name: 'UpdateTerm', term: 2 }],
      ['n3', { name: 'Vote', term: 2, candidate: 'n1' }],
      init('n3', { term: 0 }),
      ['n3', { name: 'UpdateTerm', term: 2 }],
      ['n3', { name: 'Vote', term: 2, candidate: 'n2' }],
      durable('n3', 2, 'n2', 0),
    );
  });

  it('VoteImpliesDurable: a vote is granted only when it is on the disk', async () => {
    const votes: Line[] = [
      ['n3', { name: 'UpdateTerm', term: 2 }],
      ['n3', { name: 'Vote', term: 2, candidate: 'n2' }],
    ];
    await holds(...votes, durable('n3', 2, 'n2', 0), send('n3', 'n2', granted(2)));
    await breaks('VoteImpliesDurable', ...votes, send('n3', 'n2', granted(2)));
  });

  it('VoteImpliesUpToDate: nobody votes for a candidate whose log is behind', async () => {
    await holds(['n2', { name: 'BecomeCandidate', term: 2 }], ['n3', { name: 'Vote', term: 2, candidate: 'n2' }]);
    const campaign: Line = ['n3', { name: 'BecomeCandidate', term: 2 }];
    const vote: Line = ['n2', { name: 'Vote', term: 2, candidate: 'n3' }];
    await breaks('VoteImpliesUpToDate', campaign, vote);
    await breaks('VoteImpliesUpToDate', vote, campaign);
  });

  it('ElectionQuorum: a leader has a majority of votes that were granted to it in its term', async () => {
    const campaign: Line[] = [
      ['n2', { name: 'BecomeCandidate', term: 2 }],
      ['n2', { name: 'Vote', term: 2, candidate: 'n2' }],
    ];
    await breaks('ElectionQuorum', ...campaign, ['n2', { name: 'BecomeLeader', term: 2, voters: ['n2'] }]);
    await breaks('ElectionQuorum', ...campaign, ['n2', { name: 'BecomeLeader', term: 2, voters: ['n2', 'n2'] }]);
    await breaks('ElectionQuorum', ...campaign, receive('n2', 'n3', granted(1)), [
      'n2',
      { name: 'BecomeLeader', term: 2, voters: ['n2', 'n3'] },
    ]);
  });

  it('QuorumDistinct: a vote that comes twice counts once', async () => {
    const five = ['n1', 'n2', 'n3', 'n4', 'n5'];
    const wins = (voters: string[], ...received: Line[]): Line[] => [
      ...five.map((node) => init(node)),
      ['n1', { name: 'BecomeCandidate', term: 1 }],
      ['n1', { name: 'Vote', term: 1, candidate: 'n1' }],
      ...received,
      ['n1', { name: 'BecomeLeader', term: 1, voters }],
    ];
    const grant = (voter: string) => receive('n1', voter, granted(1));
    const rules = async (lines: Line[]) => (await judge(lines, five)).anomalies.map(({ kind }) => kind);
    expect(await rules(wins(['n1', 'n2', 'n3'], grant('n2'), grant('n2'), grant('n3')))).toEqual([]);
    expect(await rules(wins(['n1', 'n2'], grant('n2'), grant('n2')))).toContain('QuorumDistinct');
    expect(await rules(wins(['n1', 'n2', 'n2'], grant('n2')))).toContain('QuorumDistinct');
    // Too few, but none of them twice.
    expect(await rules(wins(['n1', 'n2'], grant('n2')))).toEqual(['ElectionQuorum']);
  });

  it('VoteRefused: who has not voted in a term votes for whoever asks with a log as up-to-date', async () => {
    const campaign: Line = ['n2', { name: 'BecomeCandidate', term: 2 }];
    const enters: Line = ['n3', { name: 'UpdateTerm', term: 2 }];
    const refusal = send('n3', 'n2', { type: 'RequestVoteResponse', term: 2, preVote: false, granted: false });
    const asks = receive('n3', 'n2', requestVote(2, 2, 1));
    await holds(campaign, asks, enters, ['n3', { name: 'Vote', term: 2, candidate: 'n2' }]);
    await holds(campaign, asks, init('n3'), enters, refusal);
    await holds(asks, send('n3', 'n2', { type: 'RequestVoteResponse', term: 1, preVote: false, granted: false }));
    await breaks('VoteRefused', campaign, asks, enters, refusal);
    // n1 has voted, for itself; and n2 knows better than an empty log.
    const refuses = (node: string, to: string, term: number) =>
      send(node, to, { type: 'RequestVoteResponse', term, preVote: false, granted: false });
    await holds(receive('n1', 'n2', requestVote(1, 2, 1)), refuses('n1', 'n2', 1));
    await holds(
      receive('n2', 'n3', requestVote(2, 0, 0)),
      ['n2', { name: 'UpdateTerm', term: 2 }],
      refuses('n2', 'n3', 2),
    );
  });

  it('PreVoteAnswered: whoever asks for a pre-vote gets an answer before it asks again', async () => {
    const asks = receive('n3', 'n2', { ...requestVote(2, 2, 1), preVote: true });
    const answer = send('n3', 'n2', { type: 'RequestVoteResponse', term: 1, preVote: true, granted: false });
    await holds(asks, answer, asks, init('n3'), asks);
    await breaks('PreVoteAnswered', asks, asks);
  });

  it('CandidateLog: a candidate asks for votes with its own log', async () => {
    const campaign: Line = ['n2', { name: 'BecomeCandidate', term: 2 }];
    const preVote = { ...requestVote(2, 2, 1), preVote: true };
    await holds(send('n2', 'n3', preVote), campaign, send('n2', 'n3', requestVote(2, 2, 1)));
    // The request waited for the disk while the log went on.
    await holds(
      campaign,
      receive('n2', 'n1', appendEntries(2)),
      append('n2', 2, 3, entry(2, 0)),
      send('n2', 'n3', requestVote(2, 2, 1)),
    );
    await breaks('CandidateLog', campaign, send('n2', 'n3', requestVote(2, 2, 0)));
    await breaks('CandidateLog', send('n2', 'n3', { ...preVote, lastLogIndex: 3 }));
  });

  it('HigherTermEntered: a message of a later term takes its receiver there, unless it was killed', async () => {
    const rejection = { type: 'AppendEntriesResponse', term: 2, success: false };
    await holds(receive('n1', 'n3', rejection), ['n1', { name: 'UpdateTerm', term: 2 }]);
    await holds(
      receive('n1', 'n3', rejection),
      init('n1', { term: 1, votedFor: 'n1', log: [entry(1, 0), entry(1, 11)] }),
    );
    await breaks('HigherTermEntered', receive('n1', 'n3', rejection), send('n1', 'n2', appendEntries(1)));
    // Nobody is in the term of a granted pre-vote yet.
    await holds(receive('n2', 'n3', { type: 'RequestVoteResponse', term: 2, preVote: true, granted: true }), [
      'n2',
      { name: 'BecomeCandidate', term: 2 },
    ]);
  });

  it('LeaderStickiness: who surely hears from a leader is not moved by a candidate', async () => {
    const asks = receive('n2', 'n3', requestVote(2, 2, 1));
    const enters: Line = ['n2', { name: 'UpdateTerm', term: 2 }];
    const hears = receive('n2', 'n1', appendEntries(1));
    const stays = send('n2', 'n3', { type: 'RequestVoteResponse', term: 1, preVote: false, granted: false });
    // Lines are a millisecond apart; a clock may run a hundred times as fast.
    const sticky = async (...lines: Line[]) => {
      const { anomalies } = await judge([...PROLOGUE, ...lines], undefined, 500_000);
      return anomalies.map(({ kind }) => kind);
    };
    expect(await sticky(hears, asks, enters)).toEqual(['LeaderStickiness']);
    expect(await sticky(hears, asks, stays)).toEqual([]);
    expect(await sticky(receive('n1', 'n3', requestVote(2, 2, 1)), ['n1', { name: 'UpdateTerm', term: 2 }])).toEqual([
      'LeaderStickiness',
    ]);
    expect(
      await sticky(hears, stays, stays, stays, stays, stays, asks, enters, [
        'n2',
        { name: 'Vote', term: 2, candidate: 'n3' },
      ]),
    ).toEqual([]);
    await holds(hears, asks, enters, ['n2', { name: 'Vote', term: 2, candidate: 'n3' }]);
  });

  it('TermMonotonic: a term never falls, within a life or across a restart', async () => {
    await holds(['n3', { name: 'UpdateTerm', term: 2 }]);
    await breaks('TermMonotonic', ['n3', { name: 'UpdateTerm', term: 2 }], ['n3', { name: 'UpdateTerm', term: 1 }]);
    await breaks('TermMonotonic', init('n2', { term: 0, log: [entry(1, 0), entry(1, 11)] }));
  });

  it('TermMonotonic: a term that was not durable may be lost in a crash', async () => {
    await holds(['n3', { name: 'UpdateTerm', term: 5 }], init('n3', { term: 0 }));
  });

  it('VoteSurvivesRestart: a durable vote is back after a restart', async () => {
    const log = [entry(1, 0), entry(1, 11)];
    await holds(init('n2', { term: 1, votedFor: 'n1', log }));
    await breaks('VoteSurvivesRestart', init('n2', { term: 1, votedFor: null, log }));
  });

  it('LogSurvivesRestart: durable entries are back after a restart, others may be lost', async () => {
    const state = { term: 1, votedFor: 'n1' };
    await holds(append('n2', 1, 3, entry(1, 12)), init('n2', { ...state, log: [entry(1, 0), entry(1, 11)] }));
    await breaks('LogSurvivesRestart', init('n2', { ...state, log: [entry(1, 0)] }));
    await breaks('LogSurvivesRestart', init('n2', { ...state, log: [] }));
  });

  it('LogSurvivesRestart: an unseen truncation, which put other entries in their place, is no loss', async () => {
    await holds(
      ...follow('n1', 'n3', 1, 1, entry(1, 0), entry(1, 11), entry(1, 12)),
      init('n3', { term: 2, log: [entry(1, 0), entry(1, 11), entry(2, 0)] }),
    );
    await holds(
      append('n1', 1, 3, entry(1, 12), entry(1, 13)),
      ...follow('n1', 'n3', 1, 1, entry(1, 0), entry(1, 11), entry(1, 12), entry(1, 13)),
      init('n3', { term: 2, log: [entry(1, 0), entry(1, 11), entry(2, 0)] }),
    );
  });

  it('AckImpliesDurable: entries are acknowledged only when they are on the disk', async () => {
    const taken: Line[] = [receive('n3', 'n1', appendEntries(1)), append('n3', 1, 1, entry(1, 0), entry(1, 11))];
    await holds(...taken, durable('n3', 1, null, 2), send('n3', 'n1', accepted(1, 2)));
    await breaks('AckImpliesDurable', ...taken, send('n3', 'n1', accepted(1, 2)));
    await breaks('AckImpliesDurable', ...taken, durable('n3', 1, null, 1), send('n3', 'n1', accepted(1, 2)));
  });

  it('AckImpliesDurable: compaction past the last sync point does not make entries undurable', async () => {
    await holds(
      append('n2', 1, 3, entry(1, 12)),
      ['n2', { name: 'Compact', index: 3, term: 1 }],
      durable('n2', 1, 'n1', 2),
      send('n2', 'n1', accepted(1, 2)),
    );
  });

  it('AckMatchesLeader: an acknowledged log is the leader’s', async () => {
    const elected = elect('n2', 2, 'n3', { n2: 2 });
    const stray = [append('n1', 1, 3, entry(1, 12)), durable('n1', 1, 'n1', 3)];
    const leads = append('n2', 2, 3, entry(2, 0));
    const learns: Line = ['n1', { name: 'UpdateTerm', term: 2 }];
    await holds(
      ...stray,
      ...elected,
      leads,
      learns,
      receive('n1', 'n2', appendEntries(2)),
      append('n1', 2, 3, entry(2, 0)),
      durable('n1', 2, null, 3),
      send('n1', 'n2', accepted(2, 3)),
    );
    await breaks('AckMatchesLeader', ...stray, ...elected, leads, learns, send('n1', 'n2', accepted(2, 3)));
  });

  it('CommitRule: a leader commits by counting only what is of its own term (Figure 8)', async () => {
    const elected: Line[] = [
      append('n2', 1, 3, entry(1, 12)),
      durable('n2', 1, 'n1', 3),
      ...elect('n2', 2, 'n3', { n2: 3 }),
    ];
    const caughtUp = [
      receive('n3', 'n2', appendEntries(2)),
      append('n3', 2, 1, entry(1, 0), entry(1, 11), entry(1, 12)),
      durable('n3', 2, 'n2', 3),
      send('n3', 'n2', accepted(2, 3)),
      receive('n2', 'n3', accepted(2, 3)),
    ];
    await holds(
      ...elected,
      ...caughtUp,
      ...replicate('n2', 'n3', 2, 4, entry(2, 0)).filter(([, { name }]) => name !== 'Apply'),
    );
    await breaks('CommitRule', ...elected, ...caughtUp, leaderCommits('n2', 2, 3));
  });

  it('CommitQuorum: a leader commits only what a majority, by acknowledgements of its term, holds durably', async () => {
    const appended = append('n1', 1, 3, entry(1, 12));
    const synced = durable('n1', 1, 'n1', 3);
    const acknowledged = receive('n1', 'n2', accepted(1, 3));
    await holds(appended, synced, acknowledged, leaderCommits('n1', 1, 3));
    await holds(appended, acknowledged, receive('n1', 'n3', accepted(1, 3)), leaderCommits('n1', 1, 3));
    await breaks('CommitQuorum', appended, synced, leaderCommits('n1', 1, 3));
    await breaks('CommitQuorum', appended, acknowledged, leaderCommits('n1', 1, 3));
    await breaks('CommitQuorum', appended, synced, receive('n1', 'n2', accepted(0, 3)), leaderCommits('n1', 1, 3));
  });

  it('TruncateOnlyOnConflict: entries go only where others of another term take their place', async () => {
    const stray = append('n2', 1, 3, entry(1, 12));
    const later: Line = ['n2', { name: 'UpdateTerm', term: 2 }];
    await holds(stray, later, receive('n2', 'n3', appendEntries(2)), append('n2', 2, 3, entry(2, 0)));
    await breaks('TruncateOnlyOnConflict', stray, later, append('n2', 2, 3));
    await breaks('TruncateOnlyOnConflict', stray, append('n2', 1, 3, entry(1, 12)));
  });

  it('CommittedLogAppendOnly: what is known as committed stays', async () => {
    await breaks('CommittedLogAppendOnly', ['n1', { name: 'UpdateTerm', term: 2 }], append('n1', 2, 2, entry(2, 0)));
  });

  it('AckedEntryNotTruncated: what a node told its leader that it holds, it keeps while the term lasts', async () => {
    const acknowledged = follow('n1', 'n3', 1, 1, entry(1, 0), entry(1, 11), entry(1, 12));
    await breaks('AckedEntryNotTruncated', ...acknowledged, append('n3', 1, 3, entry(0, 9)));
    // What it did not tell yet may go, and everything uncommitted once there is another leader.
    await holds(...acknowledged, append('n3', 1, 4, entry(0, 9)), append('n3', 1, 4, entry(1, 13)));
    await holds(
      ...acknowledged,
      ...elect('n2', 2, 'n1', { n1: 2, n2: 2 }),
      ['n3', { name: 'UpdateTerm', term: 2 }],
      receive('n3', 'n2', appendEntries(2)),
      append('n3', 2, 3, entry(2, 0)),
    );
  });

  it('StaleTerm: a deposed leader’s entries are not taken', async () => {
    const learns: Line = ['n3', { name: 'UpdateTerm', term: 2 }];
    await holds(receive('n3', 'n1', appendEntries(1)), append('n3', 1, 1, entry(1, 0)));
    await breaks('StaleTerm', learns, receive('n3', 'n1', appendEntries(1)), append('n3', 2, 1, entry(1, 0)));
  });

  it('AppliedContiguous, AppliedMonotonic: entries are applied in order, without gaps, once, and from the snapshot after a restart', async () => {
    const follows = [...follow('n1', 'n3', 1, 1, entry(1, 0), entry(1, 11)), followerCommits('n3', 1, 2)];
    const whole: Line = ['n3', { name: 'Apply', from: 1, entries: [entry(1, 0), entry(1, 11)] }];
    await holds(
      ...follows,
      whole,
      init('n3', { term: 1, snapshotIndex: 1, snapshotTerm: 1, log: [entry(1, 11)] }),
      followerCommits('n3', 1, 2),
      ['n3', { name: 'Apply', from: 2, entries: [entry(1, 11)] }],
    );
    await breaks('AppliedContiguous', ...follows, ['n3', { name: 'Apply', from: 2, entries: [entry(1, 11)] }]);
    await breaks('AppliedMonotonic', ...follows, whole, whole);
  });
});

describe('snapshots', () => {
  const install = (index: number, term: number, ...log: { term: number; digest: number }[]): Line => [
    'n3',
    { name: 'InstallSnapshot', index, term, log },
  ];

  it('a snapshot stands for the entries that it covers', async () => {
    await holds(
      install(2, 1),
      durable('n3', 1, null, 2),
      send('n3', 'n1', { type: 'InstallSnapshotResponse', term: 0, installed: true, lastIncludedIndex: 2 }),
      append('n3', 1, 3, entry(1, 12)),
    );
    await breaks('LogMatching', append('n1', 1, 3, entry(1, 12)), install(2, 1), append('n3', 1, 3, entry(1, 13)));
  });

  it('a snapshot of something else than what is committed breaks StateMachineSafety', async () => {
    await breaks('StateMachineSafety', install(2, 3));
  });

  it('a state machine never goes back to an older snapshot', async () => {
    await breaks(
      'AppliedMonotonic',
      ...follow('n1', 'n3', 1, 1, entry(1, 0), entry(1, 11)),
      followerCommits('n3', 1, 2),
      ['n3', { name: 'Apply', from: 1, entries: [entry(1, 0), entry(1, 11)] }],
      install(1, 1, entry(1, 11)),
    );
  });

  it('what follows a snapshot in a log that contains it is kept (Figure 13)', async () => {
    const held = follow('n1', 'n3', 1, 1, entry(1, 0), entry(1, 11));
    await holds(...held, install(1, 1, entry(1, 11)));
    await breaks('TruncateOnlyOnConflict', ...held, install(1, 1));
  });

  it('a snapshot whose entries nobody ever recorded raises no alarm', async () => {
    // n1 was killed before the end of its trace reached the disk: entry 3 was never seen.
    await holds(
      install(3, 1),
      durable('n3', 1, null, 3),
      append('n3', 1, 4, entry(1, 13)),
      followerCommits('n3', 1, 4),
    );
  });
});

describe('the story of a violation', () => {
  it('names the nodes, the term and the times', async () => {
    const { anomalies } = await judge([
      ...PROLOGUE,
      ...elect('n2', 2, 'n3', { n2: 2 }),
      ['n1', { name: 'BecomeLeader', term: 2, voters: ['n1', 'n3'] }],
    ]);
    const election = anomalies.find((anomaly) => anomaly.kind === 'ElectionSafety');
    expect(election?.title).toBe('n2 and n1 were both leaders of term 2');
    expect(election?.nodes).toEqual(['n2', 'n1']);
    expect(election?.story).toEqual([
      '0.029 s: n2 became leader of term 2.',
      '0.030 s: n1 became leader of term 2, by the votes of n1, n3.',
    ]);
  });
});
