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

/**
 * The switches of one process, and how often a bug that is on took effect: did what the correct protocol, in that
 * state, would not have done. A bug that is on and takes no effect leaves a run like any other.
 */
export class BugSwitches {
  /** How often a bug took effect in this process. */
  effects = 0;
  private readonly anyOn: boolean;

  constructor(readonly on: Bugs) {
    this.anyOn = on !== NO_BUGS;
  }

  /** Whether `bug` is on. Asked only where the answer decides what happens next, so that a yes is an effect. */
  strikes(bug: BugName): boolean {
    if (!this.anyOn || !this.on[bug]) return false;
    this.effects++;
    return true;
  }

  /** For a bug whose place in the code and whose effect are not the same. */
  tookEffect(): void {
    this.effects++;
  }
}
