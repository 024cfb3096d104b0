import type { Feature } from './features.js';

interface DefectOfRaft {
  readonly statement: string;
  /** Of which feature a guard is left out; absent for plain Raft. */
  readonly of?: Feature;
  /** A feature that has to be on besides. */
  readonly with?: Feature;
}

/** Guards that can be left out of the specification, to see that its invariants notice. */
export const DEFECTS = {
  'double-vote': { statement: 'a server votes for whoever asks, also when it has voted in this term (against §5.2)' },
  'no-up-to-date-check': { statement: 'a vote is granted whatever the log of the candidate (against §5.4.1)' },
  'vote-lost-on-restart': { statement: 'votedFor is not persistent (against Figure 2)' },
  'half-is-a-quorum': {
    statement: 'half of the servers rounded down elect a leader and commit (against §5.2)',
  },
  'commits-old-terms': { statement: 'a leader commits entries of former terms by counting (against §5.4.2)' },
  'no-previous-term-check': {
    statement: 'entries are accepted whatever precedes them, if the log is long enough (against §5.3)',
  },
  'keeps-conflicting-entries': {
    statement: 'an entry that conflicts with a new one is kept, and the new one left out (against §5.3)',
  },
  'leader-overwrites': {
    statement: 'a new leader drops entries of former terms that it does not know as committed (against §5.3)',
  },
  'pre-vote-raises-terms': {
    statement: 'who is asked for a pre-vote enters the term that it is for (against thesis §9.6)',
    of: 'pre-vote',
  },
  'pre-votes-count-as-votes': {
    statement: 'a candidate has the votes of those who would have voted for it (against thesis §9.6)',
    of: 'pre-vote',
  },
  'campaigns-without-pre-votes': {
    statement: 'a server campaigns without the pre-votes of a quorum (against thesis §9.6)',
    of: 'pre-vote',
  },
  'compacts-uncommitted': {
    statement: 'a snapshot holds entries that are not committed (against §7)',
    of: 'snapshots',
  },
  'snapshot-discards-suffix': {
    statement: 'what follows a snapshot in the log is discarded although it belongs there (against Figure 13)',
    of: 'snapshots',
  },
  'snapshot-keeps-conflicting-suffix': {
    statement: 'what follows a snapshot in the log is retained although the log differs (against Figure 13)',
    of: 'snapshots',
  },
  'installs-older-snapshot': {
    statement: 'a snapshot is installed that is older than what is here (against §7)',
    of: 'snapshots',
  },
  'no-deduplication': {
    statement: 'the state machine executes whatever is in the log (against thesis §6.3)',
    of: 'sessions',
  },
  'deduplicates-on-append': {
    statement:
      'a leader refuses what it has executed, and the state machine executes whatever is in the log (against thesis §6.3)',
    of: 'sessions',
  },
  'snapshot-omits-sessions': {
    statement: 'a snapshot forgets which requests were executed (against thesis §6.3)',
    of: 'sessions',
    with: 'snapshots',
  },
  'reads-leader-locally': {
    statement: 'a leader answers reads without a round of messages (against thesis §6.4)',
    of: 'reads',
  },
  'reads-before-term-commit': {
    statement: 'a leader reads before it has committed an entry of its term (against thesis §6.4)',
    of: 'reads',
  },
  'counts-old-rounds': {
    statement: 'an answer to a message that was sent before a read began counts for it (against thesis §6.4)',
    of: 'reads',
  },
  'lease-without-drift-bound': {
    statement: 'a lease is as long as an election timeout (against thesis §6.4.1)',
    of: 'leases',
  },
  'lease-from-answer': {
    statement: 'a lease begins when the answer comes, not when the message was sent (against thesis §6.4.1)',
    of: 'leases',
  },
  'no-stickiness': {
    statement: 'a server that hears from a leader votes for another (against thesis §4.2.3)',
    of: 'leases',
  },
  'sticks-to-leader-of-its-term-only': {
    statement:
      'a server that hears from a leader votes for another once it is in the term of that (against thesis §4.2.3)',
    of: 'leases',
  },
  'restart-forgets-leader': {
    statement: 'a server that heard from a leader before it restarted votes at once (against thesis §6.4.1)',
    of: 'leases',
  },
  'votes-before-sync': { statement: 'a vote leaves before it is on disk (against Figure 2)', of: 'durability' },
  'acknowledges-before-sync': {
    statement: 'a follower acknowledges entries that are not on disk (against Figure 2)',
    of: 'durability',
  },
  'counts-unsynced-self': {
    statement: 'a leader counts itself for entries that are not on its disk (against thesis §10.2.1)',
    of: 'durability',
  },
} as const satisfies Record<string, DefectOfRaft>;

export type Defect = keyof typeof DEFECTS;
