/** Guards that can be left out of the specification, to see that its invariants notice. */
export const DEFECTS = {
  'double-vote': 'a server votes for whoever asks, also when it has voted in this term (against §5.2)',
  'no-up-to-date-check': 'a vote is granted whatever the log of the candidate (against §5.4.1)',
  'vote-lost-on-restart': 'votedFor is not persistent (against Figure 2)',
  'half-is-a-quorum': 'half of the servers rounded down elect a leader and commit (against §5.2)',
  'commits-old-terms': 'a leader commits entries of former terms by counting (against §5.4.2)',
  'no-previous-term-check': 'entries are accepted whatever precedes them, if the log is long enough (against §5.3)',
  'keeps-conflicting-entries':
    'an entry that conflicts with a new one is kept, and the new one left out (against §5.3)',
  'leader-overwrites': 'a new leader drops entries of former terms that it does not know as committed (against §5.3)',
} as const;

export type Defect = keyof typeof DEFECTS;
