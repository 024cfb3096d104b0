/**
 * Known bugs as switches, all off. Each stands at the one place in the core where the real defect stood;
 * `src/consensus/mutants` names them, says who shipped them, and what should notice.
 */
export const NO_BUGS = {
  // Election
  voteNeverReset: false,
  electionQuorumOfPeers: false,
  doubleVote: false,
  voteForgottenOnLeaderDiscovery: false,
  noUpToDateCheck: false,
  logCheckIndexOnly: false,
  logCheckVectorOrder: false,
  countsDuplicateVotes: false,
  countsStaleVotes: false,
  ignoresHigherTermInResponse: false,
  dropsLowerTermPreVote: false,
  noPreVoteNorStickiness: false,
  identicalTimeouts: false,
  termRevertsOnTruncate: false,
  // Persistence
  persistsNothing: false,
  voteNotPersisted: false,
  acknowledgesBeforeSync: false,
  countsUnsyncedSelf: false,
  // Replication
  failsWhatMayCommit: false,
  heartbeatFromLeaderEnd: false,
  truncatesOnMatch: false,
  keepsStaleTail: false,
  skipsPrevTermCheck: false,
  acknowledgesOwnLastIndex: false,
  countsRepliesToOldLeadership: false,
  acceptsStaleTerm: false,
  neverResends: false,
  rollsBackOnStepDown: false,
  // Commit
  followerCommitsUnverifiedSuffix: false,
  commitsOldTermByCounting: false,
  commitsWithMinority: false,
  // Snapshots
  installsOlderSnapshot: false,
  snapshotDiscardsSuffix: false,
  lastTermZeroAfterCompaction: false,
  snapshotOmitsSessions: false,
  snapshotLabelledLater: false,
  // Clients
  answersByIndexOnly: false,
  noDeduplication: false,
  deduplicatesOnLeaderAlone: false,
  // Reads
  readsLeaderLocally: false,
  readsBeforeTermCommit: false,
  servesBeforeApplied: false,
  acceptsOldRounds: false,
  echoesFormerRounds: false,
  leaseWithoutDriftBound: false,
  leaseWithoutStickiness: false,
  sticksOnlyAgainstLaterTerms: false,
};

export type BugName = keyof typeof NO_BUGS;
export type Bugs = Readonly<Record<BugName, boolean>>;
