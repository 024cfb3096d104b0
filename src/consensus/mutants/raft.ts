import { type BugName, type Bugs, NO_BUGS } from '../raft/index.js';
import { type JudgedHint, type Mutant, switchesOf } from './mutant.js';

export type RaftMutant = Mutant<BugName, JudgedHint>;

const raft = (name: string, bug: BugName, summary: string, origin: string, kill: JudgedHint): RaftMutant => ({
  name,
  protocol: 'raft',
  summary,
  origin,
  bug,
  kill,
});

export const RAFT_MUTANTS: readonly RaftMutant[] = [
  // Election
  raft(
    'elect-strict-term-never-reset-vote',
    'voteNeverReset',
    'votedFor is never cleared when the term rises: after one election nobody can win another',
    'analog: vesoft-inc/nebula PR #2419',
    { nemesis: 'kill:target=leader', noticedBy: 'availability', steps: { rule: 'HandleRequestVoteRequest' } },
  ),
  raft(
    'elect-quorum-from-peers-half',
    'electionQuorumOfPeers',
    'a candidate needs half of its peers, rounded down, and itself: two of four',
    'analog: hashicorp/raft commit 163a55f',
    { nemesis: 'partition:shape=halves', nodes: 4, noticedBy: 'trace', steps: { rule: 'BecomeLeader' } },
  ),
  raft(
    'elect-double-vote',
    'doubleVote',
    'votedFor is not consulted: every up-to-date candidate of a term gets the vote',
    'Raft thesis ch. 3; ktoso/akka-raft issue #45',
    {
      nemesis: 'partition,kill',
      options: { preVote: false },
      noticedBy: 'trace',
      steps: { rule: 'HandleRequestVoteRequest' },
    },
  ),
  raft(
    'elect-vote-forgotten-on-leader-discovery',
    'voteForgottenOnLeaderDiscovery',
    "following a leader of one's own term clears votedFor",
    'ktoso/akka-raft issue #56; willemt/raft commit bdabd1d; camunda/camunda PR #5368',
    {
      nemesis:
        'packet:kind=reorder,probability=0.5,delay=200ms,links=all,duration=10s,interval=100ms,kill:target=leader,duration=300ms,interval=500ms',
      options: { preVote: false, checkQuorum: false, electionTimeoutMs: 100, heartbeatMs: 30 },
      seeds: 10,
      noticedBy: 'trace',
      steps: { rule: 'Durable' },
    },
  ),
  raft(
    'elect-no-uptodate-check',
    'noUpToDateCheck',
    'votes are granted without comparing logs',
    'databendlabs/openraft issue #1220; Raft thesis §3.6.1',
    {
      nemesis: 'partition,kill',
      options: { preVote: false, checkQuorum: false },
      noticedBy: 'trace',
      steps: { rule: 'HandleRequestVoteRequest' },
    },
  ),
  raft(
    'elect-log-check-index-only',
    'logCheckIndexOnly',
    'logs are compared by length alone, not by last term first',
    "Students' Guide to Raft; Raft thesis §3.6.1",
    {
      nemesis: 'kill:target=leader,duration=300ms,interval=500ms,partition:duration=300ms,interval=500ms',
      nodes: 3,
      options: { preVote: false, checkQuorum: false, retries: false, electionTimeoutMs: 100, heartbeatMs: 30 },
      load: { rate: 500, concurrency: 50 },
      seeds: 10,
      noticedBy: 'trace',
      steps: { rule: 'HandleRequestVoteRequest' },
    },
  ),
  raft(
    'elect-log-check-vector-order',
    'logCheckVectorOrder',
    'a candidate must be ahead in last term and in length: nobody may be electable',
    'hashicorp/raft commit 441bd09; openraft change-log a48a3282',
    {
      nemesis: 'kill:target=leader,duration=300ms,interval=500ms,partition:duration=300ms,interval=500ms',
      nodes: 3,
      options: { preVote: false, checkQuorum: false, retries: false, electionTimeoutMs: 100, heartbeatMs: 30 },
      load: { rate: 500, concurrency: 50 },
      seeds: 10,
      noticedBy: 'trace',
      steps: { rule: 'HandleRequestVoteRequest' },
    },
  ),
  raft(
    'elect-duplicate-vote-response',
    'countsDuplicateVotes',
    'granted responses are counted, not distinct voters',
    'xnnyygn/xraft issue #27; ktoso/akka-raft issue #45',
    {
      nemesis: 'packet:kind=duplicate,kill',
      options: { preVote: false, checkQuorum: false },
      noticedBy: 'trace',
      steps: { rule: 'BecomeLeader' },
    },
  ),
  raft(
    'elect-stale-vote-response',
    'countsStaleVotes',
    'a vote that was granted for an earlier term counts in this one',
    'andreev-io/little-raft issue #44; willemt/raft commits b754309, 72e8f24',
    {
      nemesis: 'packet:kind=delay,delay=150ms,links=all,kill:target=leader,duration=500ms,interval=1s',
      options: { preVote: false, checkQuorum: false, electionTimeoutMs: 150, heartbeatMs: 50 },
      noticedBy: 'trace',
      steps: { rule: 'BecomeLeader' },
    },
  ),
  raft(
    'elect-ignore-higher-term-in-response',
    'ignoresHigherTermInResponse',
    'a higher term in a response is ignored: a deposed leader goes on, a candidate never catches up',
    'willemt/raft commits 0baa4b0, 8b444aa',
    { nemesis: 'partition,kill', options: { preVote: false }, noticedBy: 'trace', steps: { rule: 'UpdateTerm' } },
  ),
  raft(
    'elect-prevote-lower-term-ignored',
    'dropsLowerTermPreVote',
    'pre-votes for a term not above the own are dropped: the one who asks never learns the term',
    'etcd-io/etcd issues #8243, #8501; canonical/raft issue #279',
    {
      nemesis: 'partition:shape=one-way,kill:target=leader',
      seeds: 10,
      noticedBy: 'trace',
      steps: { rule: 'PreVote' },
    },
  ),
  raft(
    'elect-no-prevote-partial-partition',
    'noPreVoteNorStickiness',
    'neither pre-vote nor stickiness: a node cut off from the leader alone deposes it again and again',
    'Raft thesis §9.6; Cloudflare incident of 2020-11-02; openmessaging/dledger PR #25',
    { nemesis: 'partition:shape=bridge', noticedBy: 'trace', steps: { rule: 'PreVote' } },
  ),
  raft(
    'elect-identical-timeouts',
    'identicalTimeouts',
    'every node has the same election timeout: votes split again and again',
    'hashicorp/raft commit cda1ee8, issue #50; Raft §5.2',
    {
      nemesis: 'kill:target=all',
      options: { preVote: false },
      noticedBy: 'availability',
      steps: { blind: 'how long a timeout lasts is free (§5.2); only that somebody leads in the end is lost' },
    },
  ),
  raft(
    'elect-term-reverts-on-truncate',
    'termRevertsOnTruncate',
    "cutting a conflicting suffix sets currentTerm back to the last entry's term",
    'nats-io/nats-server PR #5975; RedisLabs/raft commit 699e87d',
    { nemesis: 'partition:shape=isolate-leader', noticedBy: 'trace', steps: { rule: 'UpdateTerm' } },
  ),
  // Persistence
  raft(
    'persist-nothing',
    'persistsNothing',
    'term, vote and log live in memory alone',
    'Raft figure 2; KanishJebaMathewM/Truxify issue #11254',
    { nemesis: 'kill:target=majority', noticedBy: 'trace', steps: { rule: 'PersistentBeforeAnswer' } },
  ),
  raft(
    'persist-vote-not-durable',
    'voteNotPersisted',
    'currentTerm and votedFor are never written: a restarted node votes again in the same term',
    'hashicorp/raft issues #661, #507; willemt/raft PR #47; tendermint/tendermint issue #10108',
    { nemesis: 'kill:target=all', noticedBy: 'trace', steps: { rule: 'PersistentBeforeAnswer' } },
  ),
  raft(
    'persist-ack-before-fsync',
    'acknowledgesBeforeSync',
    'a follower acknowledges entries before its disk has them',
    'nats-io/nats-server issues #7564, #7567; camunda/camunda issue #4160; lni/dragonboat issue #201',
    { nemesis: 'power:target=majority', noticedBy: 'trace', steps: { rule: 'PersistentBeforeAnswer' } },
  ),
  raft(
    'persist-leader-counts-unsynced-self',
    'countsUnsyncedSelf',
    'the leader counts its own entry toward the majority before its disk has it',
    'etcd-io/etcd issue #14370; Raft thesis §10.2.1',
    {
      nemesis: 'pause:target=leader,duration=300ms,interval=500ms',
      load: { rate: 1000, concurrency: 50, timeLimitMs: 10_000 },
      noticedBy: 'trace',
      steps: { rule: 'AdvanceCommitIndex' },
    },
  ),
  // Replication
  raft(
    'repl-failed-write-keeps-entry',
    'failsWhatMayCommit',
    'a write that lost its leader is answered "failed", though its entry may yet commit',
    'Redis-Raft Jepsen report (aborted reads)',
    {
      nemesis: 'partition,kill,pause',
      options: { retries: false },
      noticedBy: 'history',
      steps: { blind: 'the answer to a client is in no trace' },
    },
  ),
  raft(
    'repl-heartbeat-leader-prevlog',
    'heartbeatFromLeaderEnd',
    "heartbeats carry the leader's own last index for every follower",
    'databendlabs/openraft issues #1500, #1501',
    {
      nemesis: 'packet:kind=loss,partition',
      noticedBy: 'availability',
      steps: { blind: 'where a leader probes its follower is free, as long as it tells what its log has there' },
      notYet:
        'benign here: the follower still counts the rejected heartbeat as a sign of life, and its rejection sets nextIndex back, so it is repaired',
    },
  ),
  raft(
    'repl-truncate-on-match',
    'truncatesOnMatch',
    'a follower cuts everything after prevLogIndex, even what matches',
    'willemt/raft commit 77fb611; microsoft/CCF PR #5991; databendlabs/openraft issue #509',
    { nemesis: 'packet:kind=reorder,kill', noticedBy: 'trace', steps: { rule: 'AcceptAppendEntriesRequest' } },
  ),
  raft(
    'repl-no-truncate-tail',
    'keepsStaleTail',
    'conflicting entries are overwritten in place, the stale tail behind them stays',
    'mofa-org/mofa issue #1150',
    { nemesis: 'partition:shape=isolate-leader', noticedBy: 'trace', steps: { rule: 'AcceptAppendEntriesRequest' } },
  ),
  raft(
    'repl-skip-prevterm-check',
    'skipsPrevTermCheck',
    'only the existence of prevLogIndex is checked, not its term',
    'willemt/raft commit 3fc7f32; Raft §5.3',
    {
      nemesis: 'partition:shape=isolate-leader,duration=6s,interval=1s,kill:target=leader,duration=1s,interval=1s',
      load: { concurrency: 30, timeLimitMs: 15_000 },
      noticedBy: 'trace',
      steps: { rule: 'AcceptAppendEntriesRequest' },
    },
  ),
  raft(
    'repl-ack-own-last-index',
    'acknowledgesOwnLastIndex',
    'a follower acknowledges its own last index instead of the last one that it was sent',
    'microsoft/CCF PR #6001',
    {
      nemesis: 'partition:shape=isolate-leader,kill',
      noticedBy: 'trace',
      steps: { rule: 'AcceptAppendEntriesRequest' },
    },
  ),
  raft(
    'repl-reply-from-old-leadership-counted',
    'countsRepliesToOldLeadership',
    'answers to an earlier leadership of the same node count in this one',
    'openraft change-log a80579ef; willemt/raft commit 8b444aa',
    {
      nemesis: 'packet:kind=delay,partition',
      noticedBy: 'trace',
      steps: { rule: 'AdvanceCommitIndex' },
      notYet:
        'needs a reply delayed across two leader changes, and its entries cut off in between: directed scheduling',
    },
  ),
  raft(
    'repl-accept-stale-term-append',
    'acceptsStaleTerm',
    "a follower accepts a deposed leader's entries",
    'MongoDB SERVER-22136; ajdavis/mongo-repl-tla',
    { nemesis: 'partition:shape=bridge,pause', noticedBy: 'trace', steps: { rule: 'BecomeFollower' } },
  ),
  raft(
    'repl-optimistic-next-never-retried',
    'neverResends',
    'nextIndex runs ahead of what is sent and is never taken back: what was lost stays lost',
    'microsoft/CCF issue #5341; openraft change-log f449b64a',
    {
      nemesis: 'packet:kind=loss',
      noticedBy: 'availability',
      steps: {
        blind:
          'messages may be lost, so that none is sent is no wrong step; only that the follower catches up in the end is lost',
      },
    },
  ),
  raft(
    'repl-rollback-on-stepdown',
    'rollsBackOnStepDown',
    'on a new term a node cuts its log back to its own commitIndex, acknowledged entries included',
    'microsoft/CCF issue #5674; vesoft-inc/nebula PR #1303',
    { nemesis: 'kill:target=leader', noticedBy: 'trace', steps: { rule: 'AcceptAppendEntriesRequest' } },
  ),
  // Commit
  raft(
    'repl-follower-commit-unverified-suffix',
    'followerCommitsUnverifiedSuffix',
    "a follower commits up to its own last index, beyond what it verified against the leader's log",
    'scylladb/scylladb issue #9965; atomix/copycat issue #265; rabbitmq/ra PR #508',
    { nemesis: 'partition:shape=isolate-leader', noticedBy: 'trace', steps: { rule: 'FollowerCommit' } },
  ),
  raft(
    'commit-old-term-by-counting',
    'commitsOldTermByCounting',
    'an entry of an earlier term is committed once a majority has it (figure 8)',
    'logcabin issue #44; canonical/raft commit 524f735; nats-io/nats-server PR #6944',
    { nemesis: 'partition,kill', seeds: 15, noticedBy: 'trace', steps: { rule: 'AdvanceCommitIndex' } },
  ),
  raft(
    'commit-self-majority-odd',
    'commitsWithMinority',
    'one copy less than a majority is enough to commit',
    'willemt/raft commit 05608a3',
    { nemesis: 'partition:shape=isolate-leader', noticedBy: 'trace', steps: { rule: 'AdvanceCommitIndex' } },
  ),
  // Snapshots
  raft(
    'snap-install-older-rolls-back',
    'installsOlderSnapshot',
    'a snapshot older than the state is installed: the state machine goes back',
    'databendlabs/openraft PR #560; etcd-io/etcd PR #1763',
    {
      nemesis: 'packet,partition',
      options: { snapshotEntries: 50, trailingEntries: 0 },
      seeds: 15,
      noticedBy: 'trace',
      steps: { rule: 'InstallSnapshot' },
    },
  ),
  raft(
    'snap-discards-valid-suffix',
    'snapshotDiscardsSuffix',
    'installing a snapshot drops the entries after it, though they match',
    'camunda/camunda issue #6092; Raft figure 13',
    {
      nemesis: 'packet,partition',
      options: { snapshotEntries: 50, trailingEntries: 0 },
      seeds: 15,
      noticedBy: 'trace',
      steps: { rule: 'InstallSnapshot' },
    },
  ),
  raft(
    'snap-last-term-zero-after-full-compaction',
    'lastTermZeroAfterCompaction',
    'with the whole log in the snapshot its last term reads as 0',
    'RedisLabs/raft commit fab583d; logcabin commit e333046; etcd-io/raft commit 76f1249',
    {
      nemesis: 'partition,kill',
      options: { snapshotEntries: 1, trailingEntries: 0, preVote: false, checkQuorum: false },
      noticedBy: 'trace',
      steps: { rule: 'RequestVote' },
    },
  ),
  raft(
    'snap-omits-session-table',
    'snapshotOmitsSessions',
    'snapshots leave the sessions out: a restored replica executes a retry again',
    'logcabin commits 31588db, 445f383',
    {
      nemesis: 'partition,kill,packet',
      options: { snapshotEntries: 20, trailingEntries: 0 },
      workload: 'append',
      noticedBy: 'history',
      steps: {
        blind:
          'what a state is the specification leaves to the state machine; that a snapshot holds another than was applied is compared',
        safety: 'SnapshotContent',
      },
    },
  ),
  raft(
    'snap-label-content-mismatch',
    'snapshotLabelledLater',
    'a snapshot is of the state before the latest entries were applied, but says that it covers them',
    'OpenAtomFoundation/pikiwidb-raft issue #385; openraft change-log eed681d5; hashicorp/raft commit fe8cdcd',
    {
      nemesis: 'kill,packet',
      options: { snapshotEntries: 20, trailingEntries: 0 },
      noticedBy: 'trace',
      steps: {
        blind: 'index and term of the snapshot are those of an entry that was applied; what it holds no step shows',
        safety: 'SnapshotContent',
      },
    },
  ),
  // Clients
  raft(
    'client-ack-by-index-only',
    'answersByIndexOnly',
    "a client is answered when its index commits, whoever's entry stands there",
    'willemt/raft PR #130; openraft change-log 43dd8b6f',
    {
      nemesis: 'partition:shape=isolate-leader,duration=1s,interval=1s',
      options: { checkQuorum: false },
      load: { concurrency: 30, operationTimeoutMs: 16_000 },
      noticedBy: 'history',
      steps: { blind: 'the answer to a client is in no trace' },
    },
  ),
  raft(
    'session-no-dedup',
    'noDeduplication',
    'a command that is sent again is executed again',
    'Raft thesis §6.3; etcd-io/etcd issue #14890; yugabyte/yugabyte-db issue #399',
    {
      nemesis: 'partition,kill,packet',
      workload: 'append',
      noticedBy: 'history',
      steps: {
        blind:
          "all nodes execute the command again, so their states agree; what a state should be is the clients' to say",
      },
    },
  ),
  raft(
    'session-dedup-only-on-leader',
    'deduplicatesOnLeaderAlone',
    'only the leader knows a command that is sent again: its followers execute it once more',
    'CurvineIO/curvine issue #676',
    {
      nemesis: 'partition,kill,packet',
      workload: 'append',
      noticedBy: 'trace',
      steps: {
        blind: 'every node applies the same entries; that their states differ shows where these are compared',
        safety: 'StateHash',
      },
    },
  ),
  // Reads
  raft(
    'read-leader-local',
    'readsLeaderLocally',
    'a leader answers reads without asking whether it still leads',
    'etcd-io/etcd issue #741; hashicorp/consul issue #54',
    {
      nemesis: 'partition:shape=isolate-leader,duration=2s,interval=2s',
      options: { checkQuorum: false },
      workload: 'register:reads=0.9',
      load: { concurrency: 30 },
      noticedBy: 'history',
      steps: { rule: 'ReadIndex' },
    },
  ),
  raft(
    'read-index-before-term-commit',
    'readsBeforeTermCommit',
    'a new leader serves reads before it committed an entry of its term',
    'etcd-io/etcd issue #7331; tikv/tikv PR #6340; Raft thesis §6.4',
    {
      nemesis: 'kill:target=leader,duration=1s,interval=1s,packet:kind=loss,links=all',
      workload: 'register:reads=0.5,keys=1,uses=100',
      load: { concurrency: 50, rate: 500 },
      noticedBy: 'history',
      steps: { rule: 'ReadIndex' },
    },
  ),
  raft(
    'read-index-no-wait-for-apply',
    'servesBeforeApplied',
    'a read whose leader was confirmed does not wait until its index is applied',
    'Raft thesis §6.4 step 4; etcd-io/etcd issue #13464; openraft change-log 89bb48f8',
    {
      nemesis: 'kill:target=leader,duration=1s,interval=1s,packet:kind=loss,links=all',
      workload: 'register:reads=0.5,keys=1,uses=100',
      load: { concurrency: 50, rate: 500 },
      noticedBy: 'trace',
      steps: { rule: 'ReadIndex' },
    },
  ),
  raft(
    'read-index-old-heartbeat-acks',
    'acceptsOldRounds',
    'answers to messages from before the read arrived confirm it',
    'etcd-io/etcd issue #20418; etcd-io/raft PR #397',
    {
      nemesis: 'packet:kind=delay,delay=1s,links=one-node,duration=3s,interval=1s',
      nodes: 3,
      options: { checkQuorum: false },
      workload: 'register:reads=0.8',
      load: { concurrency: 30, operationTimeoutMs: 8000 },
      noticedBy: 'history',
      steps: { rule: 'ReadIndex' },
    },
  ),
  raft(
    'read-index-former-round-echoed',
    'echoesFormerRounds',
    "who refuses a former term's message echoes its round: a leader that was restarted counts rounds from 1 again, and takes it for its own",
    'this core, found by reading it',
    {
      nemesis: 'pause:target=leader',
      options: { checkQuorum: false },
      noticedBy: 'steps',
      steps: { rule: 'RejectAppendEntriesRequest' },
    },
  ),
  raft(
    'lease-no-drift-bound',
    'leaseWithoutDriftBound',
    'a lease lasts longer than the others will wait',
    'Raft thesis §6.4.1; tikv/tikv issue #964',
    {
      nemesis: 'partition:shape=isolate-leader,duration=2s,interval=2s',
      options: { reads: 'lease', heartbeatMs: 400 },
      workload: 'register:reads=0.9',
      load: { concurrency: 30 },
      seeds: 15,
      noticedBy: 'history',
      steps: {
        blind:
          'steps know no durations: that a lease had run out shows where another leader was elected (LeaseDisjoint), or where a read is stale',
      },
    },
  ),
  raft(
    'lease-without-vote-stickiness',
    'leaseWithoutStickiness',
    'lease reads, though voters do not wait for the lease to end',
    'tikv/raft-rs PR #141; Raft thesis §4.2.3, §6.4.1',
    {
      nemesis: 'partition:shape=bridge',
      options: { reads: 'lease', preVote: false },
      noticedBy: 'trace',
      steps: {
        blind: 'steps know no durations: that a voter had just heard from its leader does',
        safety: 'LeaderStickiness',
      },
    },
  ),
  raft(
    'lease-stickiness-to-later-terms-only',
    'sticksOnlyAgainstLaterTerms',
    'who hears from a leader, and was led into a later term by a response, votes in that term at once',
    'this core, found by its specification',
    {
      nemesis: 'partition:shape=bridge',
      options: { reads: 'lease', preVote: false },
      noticedBy: 'trace',
      notYet:
        'a voter has to be led into a term by a refusal and be asked for its vote there before an election timeout has passed, while its former leader is cut off from the others: test/unit/consensus/reads.test.ts does it by hand',
      steps: { blind: 'steps know no durations: that a voter had just heard from its leader does not show' },
    },
  ),
];

/** The core's switches with that mutant's on; all off without one. */
export function raftBugs(name: string | undefined): Bugs {
  return switchesOf(RAFT_MUTANTS, NO_BUGS, name);
}
