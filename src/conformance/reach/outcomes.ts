import type { CoverageClass } from '../../plugin/coverage.js';

type Outcome = CoverageClass & { readonly kind: 'outcome'; readonly when?: 'preVote' | 'stickToLeader' };

interface Extra extends Pick<CoverageClass, 'rarity' | 'by'> {
  readonly when?: 'preVote' | 'stickToLeader';
}

function outcome(name: string, source: string, statement: string, extra: Extra = {}): Outcome {
  return { kind: 'outcome', name, statement, source, ...extra };
}

const PRE_VOTE = { when: 'preVote' } as const;
const STICKY = { when: 'stickToLeader' } as const;

/** Who asks for a vote, and what comes of it. */
const OF_VOTES = {
  voteGranted: outcome('vote granted', '§5.2', 'A server votes for a candidate other than itself.'),
  voteGrantedAgain: outcome(
    'vote granted again',
    '§5.2',
    'The candidate that has its vote asks again, and is told so.',
  ),
  voteGrantedShorter: outcome(
    'vote granted to a shorter log',
    '§5.4.1',
    "The candidate's log is shorter and its last term later: terms decide before lengths.",
  ),
  voteLowerTerm: outcome(
    'vote refused (lower term)',
    '§5.1',
    'The candidate asks for a term that the server has left.',
  ),
  voteTaken: outcome('vote refused (already given)', '§5.2', 'The server voted for another candidate of the term.'),
  voteOlderLog: outcome(
    'vote refused (older log)',
    '§5.4.1',
    "The candidate's last term is earlier than the server's.",
  ),
  voteLongerOlderLog: outcome(
    'vote refused (longer, older log)',
    '§5.4.1',
    "The candidate's log is longer and its last term earlier: terms decide before lengths.",
  ),
  voteShorterLog: outcome(
    'vote refused (shorter log)',
    '§5.4.1',
    "The candidate's log is shorter than the server's and ends with the same term.",
  ),
  voteIgnored: outcome(
    'vote refused (leader is heard)',
    'thesis §4.2.3',
    'A server that hears from a leader neither votes nor enters the term.',
    STICKY,
  ),
  preVoteGranted: outcome('pre-vote granted', 'thesis §9.6', 'A server would vote for the one that asks.', PRE_VOTE),
  preVoteLowerTerm: outcome(
    'pre-vote refused (lower term)',
    'thesis §9.6',
    'The term that is asked about is not later than the one that the server is in.',
    PRE_VOTE,
  ),
  preVoteStaleLog: outcome(
    'pre-vote refused (stale log)',
    'thesis §9.6',
    'The log of the one that asks is not as up-to-date as that of the server.',
    PRE_VOTE,
  ),
  preVoteIgnored: outcome(
    'pre-vote refused (leader is heard)',
    'thesis §9.6',
    'The server would vote for the one that asks, were it not that it hears from a leader.',
    PRE_VOTE,
  ),
  grantCounted: outcome('grant counted', '§5.2', 'A candidate is told of a vote that it did not know of.'),
  grantRepeated: outcome('grant repeated', '§5.2', 'A candidate is told again of a vote that it has counted.'),
  grantLate: outcome('grant too late', '§5.2', 'A vote arrives when its candidacy is over, won or lost.'),
  refusalHeard: outcome('refusal heard', '§5.2', 'A server is told that it does not get a vote of its term.'),
  electionTimedOut: outcome('election timed out', '§5.2', 'A candidate has neither won nor lost when its time is up.'),
  electionLostToTerm: outcome('election lost to a later term', '§5.1', 'A candidate learns of a later term.'),
  electionLostToLeader: outcome(
    'election lost to a leader',
    '§5.2',
    'A candidate hears from a leader of its own term.',
  ),
  preElectionTimedOut: outcome(
    'pre-election timed out',
    'thesis §9.6',
    'A pre-candidate has too few pre-votes when its time is up.',
    PRE_VOTE,
  ),
  leaderDeposed: outcome('leader deposed by a later term', '§5.1', 'A leader learns of a later term.'),
  leaderStepsDown: outcome(
    'leader steps down by itself',
    'thesis §6.2',
    'A leader has not heard from a majority for an election timeout.',
    STICKY,
  ),
} as const satisfies Record<string, Outcome>;

/** What a follower makes of entries, and a leader of the answers. */
const OF_ENTRIES = {
  appended: outcome('entries appended', '§5.3', "The entries follow the end of a follower's log."),
  overlapped: outcome('entries partly known', '§5.3', 'A follower has the first of the entries, and appends the rest.'),
  repeated: outcome('entries all known', '§5.3', 'A follower has all of the entries, and nothing behind them.'),
  outrun: outcome(
    'entries old',
    '§5.3',
    'A follower has all of the entries and more behind them, which it must keep: the message was overtaken, or came twice.',
  ),
  truncated: outcome(
    'conflicting suffix dropped',
    '§5.3',
    'An entry conflicts: a follower drops it and what follows.',
    { rarity: 'uncommon', by: 'pause:target=leader' },
  ),
  shortened: outcome(
    'log becomes shorter',
    '§5.3',
    'A follower drops more conflicting entries than it is sent new ones: nothing of the rest may stay.',
    { rarity: 'rare', by: 'pause:target=leader' },
  ),
  heartbeat: outcome('heartbeat', '§5.2', "A message without entries ends where a follower's log ends."),
  heartbeatBefore: outcome(
    'heartbeat with entries behind it',
    '§5.3',
    "A message without entries ends before a follower's log does: what is behind it may differ from the leader's.",
  ),
  behindSnapshot: outcome(
    "entries from within the follower's snapshot",
    '§7',
    'The entries begin before what a snapshot has taken the place of.',
  ),
  rejectedLowerTerm: outcome('entries rejected (lower term)', '§5.1', 'The sender was deposed, and is told so.', {
    rarity: 'uncommon',
    by: 'pause:target=leader',
  }),
  rejectedShortLog: outcome(
    'entries rejected (log too short)',
    '§5.3',
    'A follower has no entry where the one before the new ones should be.',
    { rarity: 'uncommon', by: 'kill' },
  ),
  rejectedOtherTerm: outcome(
    'entries rejected (other term)',
    '§5.3',
    'A follower has an entry of another term where the one before the new ones should be.',
    { rarity: 'rare', by: 'partition:shape=isolate-leader,kill:target=leader' },
  ),
  commitFollowed: outcome(
    'follower commits what the leader did',
    'Figure 2',
    "A follower's commit index becomes the leader's.",
  ),
  commitLimited: outcome(
    'follower commits less than the leader did',
    'Figure 2',
    "The leader's commit index is beyond the last new entry, and that is as far as a follower commits.",
  ),
  ackAdvanced: outcome('acknowledgement counted', '§5.3', 'A leader learns that a follower has more of its log.'),
  ackRepeated: outcome('acknowledgement repeated', '§5.3', 'A leader is told of no more than it knows.'),
  ackRejected: outcome('rejection heard', '§5.3', "A leader learns that a follower's log does not fit, and goes back."),
  ackFormerTerm: outcome(
    'answer to a former leadership',
    '§5.1',
    'A leader is answered what it, or who knows who, asked in an earlier term: it must not count.',
  ),
  committedOwn: outcome('leader commits entries of its term', '§5.3', 'All that is committed is of the present term.'),
  committedFormer: outcome(
    'leader commits former entries with its own',
    '§5.4.2',
    'Entries of former terms are committed because one of the present term behind them is.',
    { rarity: 'uncommon', by: 'kill' },
  ),
} as const satisfies Record<string, Outcome>;

/** Snapshots, and what a process finds when it begins again. */
const OF_STORAGE = {
  snapshotKeepsSuffix: outcome(
    'snapshot installed, suffix retained',
    '§7, Figure 13',
    "The log holds the snapshot's last entry and more behind it, which stays.",
  ),
  snapshotDropsLog: outcome(
    'snapshot installed, log dropped',
    '§7, Figure 13',
    'The log holds nothing that goes on from the snapshot.',
    { rarity: 'rare', by: 'kill' },
  ),
  snapshotOld: outcome(
    'snapshot ignored (not newer)',
    '§7',
    'What the snapshot holds is committed here: nothing goes back.',
  ),
  snapshotPiece: outcome('snapshot in pieces', 'Figure 13', 'A piece arrives after which there is more to come.'),
  snapshotPieceUnfit: outcome(
    'piece of a snapshot unfit',
    'Figure 13',
    'A piece arrives that was here before, or that comes too early.',
  ),
  snapshotRejected: outcome('snapshot rejected (lower term)', '§5.1', 'A deposed leader sends its snapshot.'),
  restartWhole: outcome('restart with the whole log', 'Figure 2', 'A process finds all entries that its node had.'),
  restartShort: outcome(
    'restart without an unsynced suffix',
    'Figure 2',
    'A process finds fewer entries than its node had: none that is missing may have been acknowledged.',
  ),
  restartForgets: outcome(
    'restart without an unsynced term or vote',
    'Figure 2',
    'A process finds an earlier term, or no vote, where its node had a later one: nobody may have been told.',
  ),
  restartVoted: outcome(
    'restart in a term in which it voted',
    'Figure 2',
    'A process finds the vote of its term: it must not give another.',
    { rarity: 'uncommon', by: 'kill' },
  ),
  restartFromSnapshot: outcome('restart from a snapshot', '§7', 'A process finds a log that begins behind a snapshot.'),
} as const satisfies Record<string, Outcome>;

/** What the guards of the specification, and of the paper where the bounded model stops, said; each with its reason. */
export const OUTCOMES = { ...OF_VOTES, ...OF_ENTRIES, ...OF_STORAGE } as const;
