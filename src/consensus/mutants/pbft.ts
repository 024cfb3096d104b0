import { type BugName, type Bugs, NO_BUGS } from '../pbft/index.js';
import { type KillHint, type Mutant, switchesOf } from './mutant.js';

const pbft = (name: string, bug: BugName, summary: string, origin: string, kill: KillHint): Mutant<BugName> => ({
  name,
  protocol: 'pbft',
  summary,
  origin,
  bug,
  kill,
});

/** Long enough for several rounds of faults. */
const SHORT = { timeLimitMs: 12_000 } as const;
/** With more under way at a time. */
const BUSY = { timeLimitMs: 12_000, rate: 400, concurrency: 20 } as const;

export const PBFT_MUTANTS: readonly Mutant<BugName>[] = [
  // Normal case
  pbft(
    'pbft-prepare-digest-view-ignored',
    'countsPreparesOfOtherDigests',
    'prepares count for a sequence number, whatever digest and view they are for',
    'consensus guide, item S8; analog: hyperledger-archives/sawtooth-pbft commit beb1bc2 (votes grouped by view only, not block)',
    { nemesis: 'byzantine:behaviour=equivocate,nodes=n1', load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-commit-rebroadcast-per-prepare',
    'commitsPerPrepare',
    'every prepare after the quorum sends the commit again',
    'consensus guide, item S8; bft-smart/library commit 3d9803f6 (re-sent ACCEPT after more WRITEs)',
    { nemesis: 'packet:kind=duplicate', nodes: 7, load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-self-commit-counted-unprepared',
    'countsOwnCommitUnprepared',
    'a replica counts a commit of its own that it has not given, for it is not prepared',
    'consensus guide, item S9',
    { nemesis: 'packet:kind=loss', load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-duplicate-votes-counted',
    'countsDuplicateVotes',
    'votes are counted, not the replicas that vote',
    'raijin issue #7 (VIEW-CHANGE pushed without dedup); analog xnnyygn/xraft #27',
    { nemesis: 'packet:kind=duplicate', load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-accept-conflicting-preprepare',
    'acceptsConflictingPrePrepare',
    'a second pre-prepare for a sequence number of a view is accepted, and prepared',
    "FISCO-BCOS PR #5249 list: ''Proposal hash equivocation'' (FIB-142 group, title only)",
    { nemesis: 'byzantine:behaviour=twin+equivocate,nodes=n1', load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-digest-not-checked',
    'trustsDigest',
    'a batch is not held against the digest that is voted on',
    'FISCO-BCOS PR #5168 (FIB-130: outer index trusted without cross-check)',
    { nemesis: 'byzantine:behaviour=wrong-digest,nodes=n1', load: SHORT, noticedBy: 'trace' },
  ),
  pbft(
    'pbft-client-request-not-verified',
    'trustsRequests',
    'requests are ordered whoever made them',
    'bft-smart commits 582141cf (unsigned requests), 61484c19 (stop accepting values which had not been proposed)',
    { nemesis: 'byzantine:behaviour=tamper-request,nodes=n1', load: SHORT, noticedBy: 'history' },
  ),
  pbft(
    'pbft-request-replay',
    'executesReplays',
    'a request that was executed is executed again when it is ordered again',
    'bft-smart commits 7e4de7f6, 067ee920 (malicious leader replay)',
    { nemesis: 'byzantine:behaviour=replay-old-view,nodes=n1', load: SHORT, noticedBy: 'trace' },
  ),
  pbft(
    'pbft-client-accepts-first-reply',
    'clientAcceptsFirstReply',
    'a client takes the first reply for the result',
    'sawtooth-rfcs PR #19 discussion of the f+1 reply rule',
    { nemesis: 'byzantine:behaviour=collude', load: SHORT, noticedBy: 'history' },
  ),
  pbft(
    'pbft-readonly-small-quorum',
    'clientReadsWithWeakQuorum',
    'a client takes f+1 equal answers for the result of a read that is not ordered',
    "context: Berger et al. ''Making Reads in BFT SMR Fast, Linearizable, and Live'' (abstract)",
    { nemesis: 'partition:shape=halves', nodes: 6, options: { reads: 'read-only' }, load: SHORT, noticedBy: 'history' },
  ),
  pbft(
    'pbft-readonly-starves-ordered-ops',
    'tellsNoDecisions',
    'a replica that waits alone for a later view is not told what the others executed: no quorum answers a client to which a traitor lies',
    "Berger et al. SRDS'21, arXiv 2107.11144 abstract (20-year-old liveness flaw in PBFT's read-only optimization)",
    {
      nemesis:
        'byzantine:behaviour=forged-sender,nodes=n5,stay=true,duration=20s,interval=200ms,partition:shape=isolate-one,duration=7s,interval=4s',
      nodes: 5,
      options: { reads: 'read-only', checkpointInterval: 1000, logWindow: 2000 },
      load: SHORT,
      noticedBy: 'availability',
    },
  ),
  pbft(
    'pbft-execute-out-of-order',
    'executesOutOfOrder',
    'a committed batch is executed while an earlier one is missing',
    'FISCO-BCOS PR #5167 (FIB-128)',
    { nemesis: 'packet:kind=loss', options: { batchesInFlight: 4 }, load: SHORT, noticedBy: 'trace' },
  ),
  pbft(
    'pbft-no-high-watermark',
    'noHighWatermark',
    'any sequence number is accepted, however far ahead',
    "bluzelle/swarmDB PR #358 (''upper bound ... has been removed'')",
    { nemesis: 'byzantine:behaviour=lying-checkpoint,nodes=n1', load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-early-votes-dropped',
    'dropsEarlyVotes',
    'votes that come before their pre-prepare are dropped, and never sent again',
    'bft-smart commit 7326d316 (replica stuck if accepts precede propose); hyperledger-labs/SmartBFT PR #558 (node left with useless prepare/commit)',
    { nemesis: 'packet:kind=reorder,kill', load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-no-client-broadcast-fallback',
    'noTimerForRelayedRequests',
    'no replica waits for what a client asked it to relay: a primary can ignore clients',
    'related timer bugs: bft-smart commits 9d484851, 435333bb',
    { nemesis: 'byzantine:behaviour=silent,nodes=n1,stay=true', load: SHORT, noticedBy: 'availability' },
  ),
  pbft(
    'pbft-amnesia-after-restart',
    'persistsNoVotes',
    'what was accepted and voted for is not on disk: a restarted replica votes anew',
    'ArkEcosystem/mainsail PR #1449; bnb-chain/bsc #2598; onflow/flow-go PR #105; neo-project/neo-modules #780 (recovery after crash, view changed despite commits)',
    { nemesis: 'byzantine:behaviour=equivocate,kill', load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-quorum-2f1-when-n-not-3f1',
    'quorumOfTwoFaultyAndOne',
    'a quorum is 2f+1 also where n is more than 3f+1',
    'celo-org/celo-blockchain issue #117 and arXiv 1901.07160 (IBFT 5.2.1: n=5 needs 4, not 3)',
    { nemesis: 'byzantine:behaviour=equivocate', nodes: 5, load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-simple-majority-quorum',
    'quorumOfMajority',
    'a quorum is a majority',
    'celo #117 discussion (overlap must be f+1, not 1)',
    { nemesis: 'byzantine:behaviour=collude', nodes: 7, load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-execute-on-prepared',
    'executesPrepared',
    'what is prepared is executed, without a commit',
    'neo-project/neo PR #320/#422 (commit phase added to dBFT after fork analysis)',
    { nemesis: 'partition', load: SHORT, noticedBy: 'steps' },
  ),
  // Authentication
  pbft(
    'pbft-unauthenticated-sender',
    'trustsSenders',
    'a message is of whom it names, whoever made it',
    "consensus guide, item S8; johnhenry/raijin issues #5, #6 (small project); sawtooth-pbft commit eabb82b (''any node not in the network'')",
    { nemesis: 'byzantine:behaviour=forged-sender', load: SHORT, noticedBy: 'trace' },
  ),
  pbft(
    'pbft-signer-differs-from-body-id',
    'trustsBodies',
    'a vote is signed by who sent it, and counts for whom it names',
    "sawtooth-pbft PR #115 (commit e7b4ba2, ''serious security issue'')",
    { nemesis: 'byzantine:behaviour=forged-sender', load: SHORT, noticedBy: 'trace' },
  ),
  pbft(
    'pbft-vote-type-not-signed',
    'signsNoType',
    'prepares and commits are signed alike: one can be told as the other',
    "raijin issue #17 (measured); FISCO-BCOS PR #5249: FIB-134 ''Bind packetType into PBFT digest - protocol hardfork''",
    { nemesis: 'byzantine:behaviour=forged-sender', load: SHORT, noticedBy: 'trace' },
  ),
  pbft(
    'pbft-certificate-duplicate-signers',
    'countsSignaturesOfOne',
    'a certificate may hold the same signer more than once',
    'sawtooth-pbft commit 58dca88 (implicit vote unverified); raijin issue #7',
    {
      nemesis:
        'byzantine:behaviour=bad-new-view,nodes=n2,duration=4s,interval=500ms,kill:target=leader,duration=400ms,interval=600ms',
      options: { viewChangeTimeoutMs: 100, batchesInFlight: 4 },
      load: SHORT,
      noticedBy: 'steps',
    },
  ),
  pbft(
    'pbft-mac-attack',
    'neverBelievesOthers',
    'who cannot authenticate a request never takes the word of f+1 others for it',
    "Clement et al. NSDI'09 (Aardvark) abstract: one faulty client makes PBFT unusable",
    {
      nemesis: 'packet:kind=loss',
      options: { authentication: 'macs' },
      load: SHORT,
      noticedBy: 'availability',
      notYet:
        'it takes a faulty client, whose MACs convince some replicas and not others, and no nemesis corrupts clients; a unit test of the core shows both the rule and what its absence does',
    },
  ),
  pbft(
    'pbft-type-confusion-crash',
    'crashesOnMalformed',
    'what is no message ends the process that receives it',
    'sawtooth-pbft commit d7e7fca; bft-smart commit 8282b45f (unexpected REPLY breaks reply loop)',
    { nemesis: 'byzantine:behaviour=forged-sender', load: SHORT, noticedBy: 'availability' },
  ),
  // View changes
  pbft(
    'pbft-no-view-change',
    'noViewChange',
    'nobody replaces a primary',
    "consensus guide, item S10; bluzelle/swarmDB PR #188 (''view changes not yet implemented'' removed there)",
    { nemesis: 'byzantine:behaviour=silent,nodes=n1,stay=true', load: SHORT, noticedBy: 'availability' },
  ),
  pbft(
    'pbft-vc-drops-prepared',
    'dropsPrepared',
    'a VIEW-CHANGE tells nothing of what was prepared',
    'raijin issue #8 (small project)',
    { nemesis: 'kill:target=leader', load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-newview-unverified',
    'trustsNewView',
    'a NEW-VIEW is obeyed, whatever it rests on',
    'FISCO-BCOS PR #5168 (FIB-124), PR #2447; raijin issue #7; sawtooth-pbft commits e576ac7, 014efac',
    {
      nemesis: 'byzantine:behaviour=bad-new-view,nodes=n2,kill:target=leader,duration=600ms,interval=1s',
      options: { viewChangeTimeoutMs: 100 },
      load: SHORT,
      noticedBy: 'steps',
    },
  ),
  pbft(
    'pbft-view-goes-backwards',
    'viewGoesBack',
    'a NEW-VIEW of a former view is obeyed',
    "raijin issue #18 (measured); sawtooth-pbft commit 014efac (''prevent re-use of an old NewView'')",
    {
      nemesis: 'byzantine:behaviour=replay-old-view,duration=20s,kill:target=leader,duration=600ms,interval=1s',
      options: { viewChangeTimeoutMs: 100 },
      load: SHORT,
      noticedBy: 'steps',
    },
  ),
  pbft(
    'pbft-vc-not-highest-view-certificate',
    'takesLowestView',
    'a new view proposes what was prepared in the lowest view',
    "celo-org/celo-blockchain PR #366 (''PREPARED block with the highest round number'')",
    {
      nemesis:
        'byzantine:behaviour=bad-new-view+equivocate+selectively-silent,duration=2s,interval=300ms,partition:duration=300ms,interval=400ms,packet:kind=loss,links=all,probability=0.3,duration=2s,interval=300ms',
      options: { viewChangeTimeoutMs: 100, batchesInFlight: 4 },
      load: BUSY,
      noticedBy: 'steps',
      notYet:
        'it takes two batches prepared at one sequence number in two views, the first by a replica that the quorum of the second view change missed, and both in the quorum of a third: it took no effect in the runs that were tried; test/unit/consensus/pbft/selection.test.ts does it by hand',
    },
  ),
  pbft(
    'pbft-vc-keeps-voting-in-old-view',
    'votesInOldView',
    'a replica votes on in the view that its VIEW-CHANGE left',
    'sawtooth-pbft commit 5af51a2; neo PR #320 discussion (vote after change view / change view after commit)',
    {
      nemesis: 'packet:kind=delay,links=all,delay=60ms',
      options: { viewChangeTimeoutMs: 150 },
      load: SHORT,
      noticedBy: 'steps',
    },
  ),
  pbft(
    'pbft-vc-quorum-counted-on-wrong-set',
    'countsWatermarksOfSome',
    'what a quorum has to say of a sequence number is counted among those with the latest checkpoint alone',
    'hyperledger-archives/fabric PR #1111',
    {
      nemesis: 'packet:kind=loss,links=all,kill:target=leader,duration=300ms,interval=600ms',
      options: {
        authentication: 'macs',
        viewChangeTimeoutMs: 100,
        batchesInFlight: 4,
        checkpointInterval: 2,
        logWindow: 8,
      },
      load: SHORT,
      noticedBy: 'availability',
      notYet:
        'replicas tell others of stable checkpoints also while the view changes, and say in their next VIEW-CHANGE what they learned: when faults stop they soon have the same, so that it costs a few more view changes and no more',
    },
  ),
  pbft(
    'pbft-vc-no-timeout-backoff',
    'noBackOff',
    'the timeout of a view change never grows',
    'symptom: hyperledger-archives/fabric issues #917, #1741',
    {
      nemesis: 'packet:kind=delay',
      options: { viewChangeTimeoutMs: 10 },
      load: { timeLimitMs: 3000, recoveryMs: 3000 },
      noticedBy: 'availability',
    },
  ),
  pbft(
    'pbft-vc-no-join-on-f1',
    'noJoin',
    'f+1 others that ask for a later view are not joined',
    'celo PR #366 (f+1 round change rule), sawtooth-pbft commit 0c3cfb4 context',
    { nemesis: 'packet:kind=loss', options: { viewChangeTimeoutMs: 150 }, load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-vc-messages-not-retransmitted',
    'resendsNoViewChange',
    'what a replica missed of a view change is never sent again',
    'vmware/concord-bft PRs #704, #1282',
    {
      nemesis:
        'byzantine:behaviour=silent,nodes=n4,stay=true,packet:kind=loss,links=all,probability=0.4,kill:target=leader',
      options: { viewChangeTimeoutMs: 150 },
      load: SHORT,
      noticedBy: 'availability',
    },
  ),
  pbft(
    'pbft-decision-of-one',
    'believesOneDecision',
    'what one replica says that it executed is executed: it takes f+1, of whom one is correct',
    "the rule of f+1 left out, as in 'pbft-client-accepts-first-reply'; for what the message is for: Berger et al. SRDS'21, arXiv 2107.11144",
    {
      nemesis:
        'byzantine:behaviour=wrong-digest,nodes=n7,stay=true,interval=500ms,partition:shape=isolate-one,duration=3s,interval=1s',
      nodes: 7,
      load: SHORT,
      noticedBy: 'steps',
    },
  ),
  pbft(
    'pbft-vc-missing-request-body',
    'fetchesNoBatches',
    'a batch that a new view speaks of and that is not there is never asked for',
    "hyperledger-archives/fabric issue #1984 (''indicates a serious bug'')",
    {
      nemesis:
        'byzantine:behaviour=silent,nodes=n4,stay=true,packet:kind=loss,links=all,probability=0.4,kill:target=leader',
      options: { viewChangeTimeoutMs: 150 },
      load: SHORT,
      noticedBy: 'availability',
      notYet:
        'the core has a second way: a replica says in its STATUS for which sequence numbers it lacks the batch, and whoever has it sends the proposal again, with its requests',
    },
  ),
  pbft(
    'pbft-vc-gap-without-null-request',
    'leavesGaps',
    'a new view leaves out sequence numbers for which nothing was prepared',
    'bluzelle/swarmDB PR #358 (null pre-prepares signed by each node -> invalid NEWVIEW -> stall)',
    {
      nemesis:
        'packet:kind=loss,links=all,probability=0.4,duration=2s,interval=500ms,kill:target=leader,duration=300ms,interval=600ms',
      options: { viewChangeTimeoutMs: 100, batchesInFlight: 4 },
      load: BUSY,
      noticedBy: 'steps',
    },
  ),
  pbft(
    'pbft-vc-reexecutes-requests',
    'reexecutes',
    'what a new view orders again is executed again',
    'context: fabric PR #1877',
    { nemesis: 'kill:target=leader', load: SHORT, noticedBy: 'trace' },
  ),
  pbft(
    'pbft-vc-commit-lock-livelock',
    'committedNeverLeaves',
    'who has sent a commit starts no view change',
    'nspcc-dev/dbft formal-models/README.md (liveness locks of dBFT 2.0); neo-project/neo-modules #792 as referenced there',
    {
      nemesis: 'byzantine:behaviour=silent,nodes=n1,stay=true,packet:kind=loss,links=all,probability=0.4',
      options: { viewChangeTimeoutMs: 150 },
      load: SHORT,
      noticedBy: 'availability',
    },
  ),
  pbft(
    'pbft-vc-lock-without-unlock',
    'locksForEver',
    'what was prepared once is never given up for what a new view proposes',
    'Consensys quorum issue #305; celo issue #116, PR #200; 0xPolygon/pbft-consensus PRs #19, #82 (test cases); linera-protocol PR #891',
    {
      nemesis:
        'byzantine:behaviour=bad-new-view+equivocate+selectively-silent,duration=2s,interval=300ms,partition:duration=300ms,interval=400ms,packet:kind=loss,links=all,probability=0.3,duration=2s,interval=300ms',
      options: { viewChangeTimeoutMs: 100, batchesInFlight: 4 },
      load: BUSY,
      noticedBy: 'steps',
      notYet:
        'it takes a batch prepared by a replica that the quorum of the next view change missed, and another proposed at its place: it took no effect in the runs that were tried; test/unit/consensus/pbft/locks.test.ts does it by hand',
    },
  ),
  pbft(
    'pbft-vc-reproposal-time-check',
    'rejectsOldProposals',
    'a batch that a new view proposes again is refused for its age',
    'hyperledger-indy/indy-plenum issue #1488 (pause 2 of 4 nodes for 30 min -> perpetual view change)',
    { nemesis: 'pause', load: SHORT, noticedBy: 'steps' },
  ),
  // Checkpoints
  pbft(
    'pbft-ckpt-stable-without-certificate',
    'stableAlone',
    "a replica's own checkpoint is stable at once",
    "Castro & Liskov 4.3; brief: ''checkpoint certificate missing''",
    { nemesis: 'partition', load: SHORT, noticedBy: 'steps' },
  ),
  pbft(
    'pbft-ckpt-gc-during-view-change',
    'forgetsDuringViewChange',
    'a checkpoint that becomes stable during a view change takes what was prepared after it away',
    'hyperledger-indy/indy-plenum PR #854',
    {
      nemesis: 'kill:target=leader,duration=300ms,interval=500ms,packet:kind=delay,links=all',
      options: { viewChangeTimeoutMs: 150, batchesInFlight: 4, checkpointInterval: 2, logWindow: 20 },
      load: SHORT,
      noticedBy: 'steps',
      notYet:
        'what it forgets was told in the VIEW-CHANGE that left before: it is missed only if that view fails as well, before the replica has entered it; it took effect in the runs that were tried, and none of them came to that; test/unit/consensus/pbft/locks.test.ts does it by hand, and agreement breaks',
    },
  ),
  pbft(
    'pbft-ckpt-state-transfer-unverified',
    'trustsState',
    'a state that one replica sends is taken without proof',
    'FISCO-BCOS PR #5168 (FIB-127); bft-smart commit b63112bf (hasValidProof did not compare values); bft-smart issue #62',
    {
      nemesis:
        'byzantine:behaviour=lying-checkpoint,nodes=n1,duration=20s,interval=200ms,partition:shape=isolate-one,duration=2s,interval=1s',
      options: { checkpointInterval: 10, logWindow: 20 },
      load: SHORT,
      noticedBy: 'trace',
    },
  ),
  pbft(
    'pbft-ckpt-laggard-never-recovers',
    'ignoresLaggards',
    'nobody tells a replica that fell behind what is stable',
    'vmware/concord-bft PR #912; hyperledger-labs/SmartBFT issue #350; fabric issue #1857',
    {
      nemesis:
        'byzantine:behaviour=silent,nodes=n4,stay=true,interval=30s,partition:shape=isolate-one,duration=30s,interval=500ms',
      options: { checkpointInterval: 2, logWindow: 4 },
      load: SHORT,
      noticedBy: 'availability',
    },
  ),
  pbft(
    'pbft-ckpt-reply-cache-not-included',
    'omitsReplies',
    'a checkpoint lacks what was replied to clients',
    'bft-smart commit 7c8c0837 (saving replies in DefaultRecoverable)',
    {
      nemesis: 'partition:shape=isolate-one,duration=2s,interval=1s',
      options: { checkpointInterval: 10, logWindow: 20 },
      load: SHORT,
      noticedBy: 'trace',
    },
  ),
];

/** The core's switches with that mutant's on; all off without one. */
export function pbftBugs(name: string | undefined): Bugs {
  return switchesOf(PBFT_MUTANTS, NO_BUGS, name);
}
