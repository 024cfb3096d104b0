import type { CoverageClass } from '../../plugin/coverage.js';

type State = CoverageClass & { readonly kind: 'state' };

function state(name: string, source: string, statement: string, extra: Pick<State, 'rarity' | 'by'> = {}): State {
  return { kind: 'state', name, statement, source, ...extra };
}

/**
 * States in which the known bugs of implementations show: the cluster was in them by what its nodes recorded, in
 * whatever order their traces are read. Where one rests on time, nodes' clocks may differ by `leaderships.ts`'s bound.
 */
export const STATES = {
  leaderChange: state('leader change', '§5.2', 'A term has a leader after another term had one.', {
    rarity: 'common',
    by: 'kill',
  }),
  splitVote: state(
    'split vote',
    '§5.2',
    'A term ends without a leader: two candidates at least shared its votes, and none had a majority.',
    { rarity: 'rare', by: 'kill:target=leader,packet:kind=delay' },
  ),
  twoLeaders: state(
    'two leaders at one time',
    '§5.2',
    'A leader goes on in its term while another already leads a later one.',
    { rarity: 'uncommon', by: 'pause:target=leader' },
  ),
  oneShort: state('one vote short', '§5.2', 'A candidacy ends with one vote less than a majority.'),
  staleCandidate: state(
    'candidate lacks a committed entry',
    '§5.4.1',
    'A server campaigns without an entry that was committed in an earlier term: it must not win.',
  ),
  askedInLedTerm: state(
    'vote asked of a follower',
    '§5.2',
    'A candidate asks a server that follows a leader of that very term: it must remember whom it voted for.',
  ),
  uncommittedSuffix: state(
    'leader ends with uncommitted entries',
    '§5.3',
    'A leader is deposed, steps down or crashes while its log goes beyond its commit index.',
    { rarity: 'uncommon', by: 'kill' },
  ),
  commitUntold: state(
    'leader ends before it tells of its last commit',
    '§5.3',
    'A leader committed, and sent nobody the commit index before it was deposed, stepped down or crashed.',
    { rarity: 'rare', by: 'kill:target=leader' },
  ),
  formerOnMajority: state(
    'former entry on a majority',
    '§5.4.2, Figure 8',
    'A majority holds an entry of a former term that its leader may not count as committed yet.',
    { rarity: 'rare', by: 'kill:target=leader,packet:kind=loss' },
  ),
  commitBeyondVerified: state(
    'commit index beyond what was compared',
    'Figure 2',
    "The leader's commit index reaches into entries of a follower that the message does not speak of.",
  ),
  leaderUnsynced: state(
    "leader's own disk is the last",
    'Figure 2',
    'Followers have acknowledged what the leader has not synced: its own copy decides, and must not count yet.',
  ),
  followerBehindSnapshot: state(
    "follower behind the leader's snapshot",
    '§7',
    'A leader has dropped what a follower lacks, and sends its snapshot.',
    { rarity: 'uncommon', by: 'kill' },
  ),
  compactedVoter: state(
    'vote asked of a log that is all snapshot',
    '§5.4.1, §7',
    "A server whose log holds nothing behind its snapshot is asked for a vote: the snapshot's last entry counts.",
  ),
} as const satisfies Record<string, State>;
