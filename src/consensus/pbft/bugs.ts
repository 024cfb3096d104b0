/**
 * Known bugs as switches, all off. Each stands at the one place in the core where the real defect stood;
 * `src/consensus/mutants` names them, says who shipped them, and what should notice.
 */
export const NO_BUGS = {
  // Normal case
  countsPreparesOfOtherDigests: false,
  commitsPerPrepare: false,
  countsOwnCommitUnprepared: false,
  countsDuplicateVotes: false,
  acceptsConflictingPrePrepare: false,
  trustsDigest: false,
  trustsRequests: false,
  executesReplays: false,
  executesOutOfOrder: false,
  noHighWatermark: false,
  dropsEarlyVotes: false,
  noTimerForRelayedRequests: false,
  persistsNoVotes: false,
  quorumOfTwoFaultyAndOne: false,
  quorumOfMajority: false,
  executesPrepared: false,
  // Clients
  clientAcceptsFirstReply: false,
  clientReadsWithWeakQuorum: false,
  // Authentication
  trustsSenders: false,
  trustsBodies: false,
  signsNoType: false,
  countsSignaturesOfOne: false,
  neverBelievesOthers: false,
  crashesOnMalformed: false,
  // View change
  noViewChange: false,
  dropsPrepared: false,
  trustsNewView: false,
  viewGoesBack: false,
  takesLowestView: false,
  votesInOldView: false,
  noBackOff: false,
  noJoin: false,
  resendsNoViewChange: false,
  tellsNoDecisions: false,
  believesOneDecision: false,
  fetchesNoBatches: false,
  leavesGaps: false,
  reexecutes: false,
  committedNeverLeaves: false,
  locksForEver: false,
  rejectsOldProposals: false,
  countsWatermarksOfSome: false,
  // Checkpoints
  stableAlone: false,
  forgetsDuringViewChange: false,
  trustsState: false,
  ignoresLaggards: false,
  omitsReplies: false,
};

export type BugName = keyof typeof NO_BUGS;
export type Bugs = Readonly<Record<BugName, boolean>>;
