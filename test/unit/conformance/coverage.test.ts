import { describe, expect, it } from 'vitest';
import { FEATURES, type Feature } from '../../../spec/raft/features.js';
import { raft } from '../../../spec/raft/raft.js';
import { ACTIONS } from '../../../src/conformance/reach/actions.js';
import { CLASSES, type CoverageKey } from '../../../src/conformance/reach/coverage.js';
import type { OUTCOMES } from '../../../src/conformance/reach/outcomes.js';
import type { STATES } from '../../../src/conformance/reach/states.js';
import { Terms } from '../../../src/conformance/reach/terms.js';
import {
  type Assumed,
  accepts,
  answersVote,
  applies,
  asksVote,
  become,
  commits,
  E1,
  E2,
  enters,
  entriesAfter,
  eventsOf,
  installed,
  judgeEvents,
  LEGAL,
  rejects,
  snapshot,
  votes,
} from './steps.js';
import { append, durable, entry, init, type Line, NODES, receive, send } from './trace.js';

const E3 = entry(1, 12);
const E4 = entry(1, 13);
const OF_TERM_2 = entry(2, 0);

/** n2 campaigns in term 2, and asks n3. */
const campaigns: readonly Line[] = [
  become.candidate('n2', 2),
  votes('n2', 2, 'n2'),
  durable('n2', 2, 'n2', 2),
  send('n2', 'n3', asksVote(2, 2, 1)),
];
/** n3 votes for it. */
const n3Votes: readonly Line[] = [
  receive('n3', 'n2', asksVote(2, 2, 1)),
  enters('n3', 2),
  votes('n3', 2, 'n2'),
  durable('n3', 2, 'n2', 0),
  send('n3', 'n2', answersVote(2, true)),
];
const wins: readonly Line[] = [
  ...campaigns,
  ...n3Votes,
  receive('n2', 'n3', answersVote(2, true)),
  become.leader('n2', 2, 'n2', 'n3'),
  append('n2', 2, 3, OF_TERM_2),
];
/** n2 wins, and hears that n3 has all but its own entry. */
const former: readonly Line[] = [...wins, durable('n2', 2, 'n2', 3), receive('n2', 'n3', accepts(2, 2))];
/** n2 learns that all it has is committed. */
const learns: readonly Line[] = [receive('n2', 'n1', entriesAfter(1, 2, 1, [], 2)), commits('n2', 1, 2)];
const compacts = (node: string, index: number): Line => [node, { name: 'Compact', index, term: 1 }];
const installs = (index: number, ...log: { term: number; digest: number }[]): Line => [
  'n2',
  { name: 'InstallSnapshot', index, term: 1, log },
];
/** n2 is asked by n3, enters the term, and answers. */
const asked = (request: ReturnType<typeof asksVote>, granted: boolean): Line[] => [
  receive('n2', 'n3', request),
  enters('n2', request.term),
  ...(granted ? [votes('n2', request.term, 'n3'), durable('n2', request.term, 'n3', 2)] : []),
  send('n2', 'n3', answersVote(request.term, granted)),
];
/** n1 has these entries behind those that are committed, then hears from n2, which leads term 2. */
const overwritten = (...behind: { term: number; digest: number }[]): Line[] => [
  ...wins,
  ...(behind.length > 0 ? [append('n1', 1, 3, ...behind)] : []),
  receive('n1', 'n2', entriesAfter(2, 2, 1, [OF_TERM_2])),
  enters('n1', 2),
  become.follower('n1', 2, 'n2'),
  append('n1', 2, 3, OF_TERM_2),
];
const restart = (over: object): Line => init('n2', { term: 1, votedFor: 'n1', log: [E1, E2], ...over });
const stepsDown = become.follower('n1', 1, null);
const voteOf = (term: number, node: string): Line[] => [become.candidate(node, term), votes(node, term, node)];

interface Case {
  /** After the legal beginning: reaches the class once more than the beginning did. */
  readonly reaches: readonly Line[];
  /** Comes near, and does not. */
  readonly misses: readonly Line[];
  readonly assumed?: Assumed;
}

const PRE_VOTE = { assumed: { preVote: true } };

/** By hand; a class without a case does not compile. */
const CASES: Record<keyof typeof OUTCOMES | keyof typeof STATES, Case> = {
  voteGranted: {
    reaches: [...campaigns, ...n3Votes],
    misses: [...campaigns, receive('n3', 'n2', asksVote(2, 2, 1)), send('n3', 'n2', answersVote(0, false))],
  },
  voteGrantedAgain: {
    reaches: [...campaigns, ...n3Votes, receive('n3', 'n2', asksVote(2, 2, 1)), send('n3', 'n2', answersVote(2, true))],
    misses: [...campaigns, ...n3Votes],
  },
  voteGrantedShorter: { reaches: asked(asksVote(3, 1, 2), true), misses: asked(asksVote(3, 2, 2), true) },
  voteLowerTerm: {
    reaches: [receive('n2', 'n3', asksVote(0, 2, 0)), send('n2', 'n3', answersVote(1, false))],
    misses: [receive('n2', 'n3', asksVote(1, 2, 1)), send('n2', 'n3', answersVote(1, false))],
  },
  voteTaken: {
    reaches: [receive('n2', 'n3', asksVote(1, 2, 1)), send('n2', 'n3', answersVote(1, false))],
    misses: [receive('n2', 'n1', asksVote(1, 2, 1)), send('n2', 'n1', answersVote(1, true))],
  },
  voteOlderLog: { reaches: asked(asksVote(2, 2, 0), false), misses: asked(asksVote(2, 1, 1), false) },
  voteLongerOlderLog: { reaches: asked(asksVote(2, 3, 0), false), misses: asked(asksVote(2, 2, 0), false) },
  voteShorterLog: { reaches: asked(asksVote(2, 1, 1), false), misses: asked(asksVote(2, 2, 1), true) },
  voteIgnored: {
    reaches: [receive('n2', 'n3', asksVote(2, 2, 1)), send('n2', 'n3', answersVote(1, false))],
    misses: asked(asksVote(2, 1, 1), false),
  },
  preVoteGranted: {
    reaches: [receive('n2', 'n3', asksVote(2, 2, 1, true)), send('n2', 'n3', answersVote(2, true, true))],
    misses: [receive('n2', 'n3', asksVote(2, 2, 1, true)), send('n2', 'n3', answersVote(1, false, true))],
    ...PRE_VOTE,
  },
  preVoteLowerTerm: {
    reaches: [receive('n2', 'n3', asksVote(1, 2, 1, true)), send('n2', 'n3', answersVote(1, false, true))],
    misses: [receive('n2', 'n3', asksVote(2, 2, 1, true)), send('n2', 'n3', answersVote(1, false, true))],
    ...PRE_VOTE,
  },
  preVoteStaleLog: {
    reaches: [receive('n2', 'n3', asksVote(2, 1, 1, true)), send('n2', 'n3', answersVote(1, false, true))],
    misses: [receive('n2', 'n3', asksVote(2, 2, 1, true)), send('n2', 'n3', answersVote(1, false, true))],
    ...PRE_VOTE,
  },
  preVoteIgnored: {
    reaches: [receive('n2', 'n3', asksVote(2, 2, 1, true)), send('n2', 'n3', answersVote(1, false, true))],
    misses: [receive('n2', 'n3', asksVote(2, 1, 1, true)), send('n2', 'n3', answersVote(1, false, true))],
    ...PRE_VOTE,
  },
  grantCounted: {
    reaches: [...campaigns, receive('n2', 'n3', answersVote(2, true))],
    misses: [...campaigns, receive('n2', 'n3', answersVote(1, true))],
  },
  grantRepeated: {
    reaches: [...campaigns, receive('n2', 'n3', answersVote(2, true)), receive('n2', 'n3', answersVote(2, true))],
    misses: [...campaigns, receive('n2', 'n3', answersVote(2, true)), receive('n2', 'n1', answersVote(2, true))],
  },
  grantLate: {
    reaches: [...wins, receive('n2', 'n1', answersVote(2, true))],
    misses: [...wins, receive('n2', 'n1', answersVote(2, false))],
  },
  refusalHeard: {
    reaches: [...campaigns, receive('n2', 'n1', answersVote(2, false))],
    misses: [...campaigns, receive('n2', 'n1', answersVote(1, false))],
  },
  electionTimedOut: { reaches: [...campaigns, become.candidate('n2', 3)], misses: wins },
  electionLostToTerm: {
    reaches: [...campaigns, receive('n2', 'n1', answersVote(3, false)), enters('n2', 3)],
    misses: [receive('n2', 'n1', answersVote(3, false)), enters('n2', 3)],
  },
  electionLostToLeader: {
    reaches: [...campaigns, receive('n2', 'n3', entriesAfter(2, 0, 0, [])), become.follower('n2', 2, 'n3')],
    misses: [
      ...campaigns,
      receive('n2', 'n3', entriesAfter(3, 0, 0, [])),
      enters('n2', 3),
      become.follower('n2', 3, 'n3'),
    ],
  },
  preElectionTimedOut: {
    reaches: [become.preCandidate('n2', 1), become.preCandidate('n2', 1)],
    misses: [become.preCandidate('n2', 1), receive('n2', 'n3', answersVote(2, true, true)), become.candidate('n2', 2)],
    ...PRE_VOTE,
  },
  leaderDeposed: { reaches: [receive('n1', 'n2', answersVote(2, false)), enters('n1', 2)], misses: [stepsDown] },
  leaderStepsDown: {
    reaches: [stepsDown],
    misses: [receive('n1', 'n2', answersVote(2, false)), enters('n1', 2), become.follower('n1', 2, null)],
  },
  appended: {
    reaches: [receive('n2', 'n1', entriesAfter(1, 2, 1, [E3])), append('n2', 1, 3, E3)],
    misses: [receive('n2', 'n1', entriesAfter(1, 1, 1, [E2, E3])), append('n2', 1, 3, E3)],
  },
  overlapped: {
    reaches: [receive('n2', 'n1', entriesAfter(1, 1, 1, [E2, E3])), append('n2', 1, 3, E3)],
    misses: [receive('n2', 'n1', entriesAfter(1, 2, 1, [E3])), append('n2', 1, 3, E3)],
  },
  repeated: {
    reaches: [receive('n2', 'n1', entriesAfter(1, 1, 1, [E2]))],
    misses: [receive('n2', 'n1', entriesAfter(1, 0, 0, [E1]))],
  },
  outrun: {
    reaches: [receive('n2', 'n1', entriesAfter(1, 0, 0, [E1]))],
    misses: [receive('n2', 'n1', entriesAfter(1, 1, 1, [E2]))],
  },
  truncated: { reaches: overwritten(E3), misses: overwritten() },
  shortened: { reaches: overwritten(E3, E4), misses: overwritten(E3) },
  heartbeat: {
    reaches: [receive('n2', 'n1', entriesAfter(1, 2, 1, []))],
    misses: [receive('n2', 'n1', entriesAfter(1, 1, 1, []))],
  },
  heartbeatBefore: {
    reaches: [receive('n2', 'n1', entriesAfter(1, 1, 1, []))],
    misses: [receive('n2', 'n1', entriesAfter(1, 2, 1, []))],
  },
  behindSnapshot: {
    reaches: [compacts('n2', 1), receive('n2', 'n1', entriesAfter(1, 0, 0, [E1, E2]))],
    misses: [compacts('n2', 1), receive('n2', 'n1', entriesAfter(1, 1, 1, [E2]))],
  },
  rejectedLowerTerm: {
    reaches: [...wins, receive('n2', 'n1', entriesAfter(1, 2, 1, []))],
    misses: [...wins, receive('n3', 'n2', entriesAfter(2, 3, 2, []))],
  },
  rejectedShortLog: {
    reaches: [receive('n2', 'n1', entriesAfter(1, 3, 1, []))],
    misses: [receive('n2', 'n1', entriesAfter(1, 2, 1, []))],
  },
  rejectedOtherTerm: {
    reaches: [receive('n2', 'n3', entriesAfter(2, 2, 2, [])), enters('n2', 2)],
    misses: [receive('n2', 'n3', entriesAfter(2, 3, 2, [])), enters('n2', 2)],
  },
  commitFollowed: {
    reaches: [receive('n2', 'n1', entriesAfter(1, 2, 1, [], 2)), commits('n2', 1, 2)],
    misses: [receive('n2', 'n1', entriesAfter(1, 2, 1, [], 1))],
  },
  commitLimited: {
    reaches: [receive('n2', 'n1', entriesAfter(1, 2, 1, [], 3)), commits('n2', 1, 2)],
    misses: [receive('n2', 'n1', entriesAfter(1, 2, 1, [], 2)), commits('n2', 1, 2)],
  },
  ackAdvanced: { reaches: [receive('n1', 'n3', accepts(1, 1))], misses: [receive('n1', 'n2', accepts(1, 1))] },
  ackRepeated: { reaches: [receive('n1', 'n2', accepts(1, 1))], misses: [receive('n1', 'n3', accepts(1, 1))] },
  ackRejected: { reaches: [receive('n1', 'n3', rejects(1, 2, 0, 1))], misses: [receive('n1', 'n3', accepts(1, 1))] },
  ackFormerTerm: {
    reaches: [...wins, receive('n2', 'n1', accepts(1, 2))],
    misses: [receive('n1', 'n2', accepts(1, 2))],
  },
  committedOwn: {
    reaches: [
      append('n1', 1, 3, E3),
      durable('n1', 1, 'n1', 3),
      receive('n1', 'n2', accepts(1, 3)),
      commits('n1', 1, 3, true),
    ],
    misses: [...wins, durable('n2', 2, 'n2', 3), receive('n2', 'n3', accepts(2, 3)), commits('n2', 2, 3, true)],
  },
  committedFormer: {
    reaches: [...wins, durable('n2', 2, 'n2', 3), receive('n2', 'n3', accepts(2, 3)), commits('n2', 2, 3, true)],
    misses: [
      append('n1', 1, 3, E3),
      durable('n1', 1, 'n1', 3),
      receive('n1', 'n2', accepts(1, 3)),
      commits('n1', 1, 3, true),
    ],
  },
  snapshotKeepsSuffix: {
    reaches: [
      receive('n2', 'n1', entriesAfter(1, 2, 1, [E3])),
      append('n2', 1, 3, E3),
      receive('n2', 'n1', snapshot(1, 2, 1)),
      installs(2, E3),
    ],
    misses: [receive('n2', 'n1', snapshot(1, 2, 1)), installs(2)],
  },
  snapshotDropsLog: {
    reaches: [receive('n2', 'n1', snapshot(1, 9, 1)), installs(9)],
    misses: [
      receive('n2', 'n1', entriesAfter(1, 2, 1, [E3])),
      append('n2', 1, 3, E3),
      receive('n2', 'n1', snapshot(1, 2, 1)),
      installs(2, E3),
    ],
  },
  snapshotOld: { reaches: [receive('n2', 'n1', snapshot(1, 1, 1))], misses: [receive('n2', 'n1', snapshot(1, 2, 1))] },
  snapshotPiece: {
    reaches: [receive('n2', 'n1', snapshot(1, 2, 1, { done: false }))],
    misses: [receive('n2', 'n1', snapshot(1, 2, 1))],
  },
  snapshotPieceUnfit: {
    reaches: [receive('n2', 'n1', snapshot(1, 2, 1, { offset: 3 }))],
    misses: [receive('n2', 'n1', snapshot(1, 2, 1))],
  },
  snapshotRejected: {
    reaches: [...wins, receive('n2', 'n1', snapshot(1, 2, 1))],
    misses: [...wins, receive('n3', 'n2', snapshot(2, 2, 1))],
  },
  restartWhole: { reaches: [restart({})], misses: [restart({ log: [E1] })] },
  restartShort: { reaches: [restart({ log: [E1] })], misses: [restart({})] },
  restartForgets: { reaches: [restart({ votedFor: null })], misses: [restart({})] },
  restartVoted: { reaches: [restart({})], misses: [restart({ votedFor: null })] },
  restartFromSnapshot: {
    reaches: [restart({ snapshotIndex: 1, snapshotTerm: 1, log: [E2] })],
    misses: [restart({})],
  },
  leaderChange: { reaches: wins, misses: campaigns },
  splitVote: {
    reaches: [...voteOf(2, 'n2'), ...voteOf(2, 'n3'), ...voteOf(3, 'n2')],
    misses: [...voteOf(2, 'n3'), ...campaigns, votes('n1', 2, 'n2'), ...voteOf(3, 'n3')],
  },
  twoLeaders: {
    reaches: [...wins, send('n1', 'n2', entriesAfter(1, 2, 1, [], 2))],
    misses: [...wins, init('n1', { term: 1, votedFor: 'n1', log: [E1, E2] })],
  },
  oneShort: {
    reaches: [...campaigns, become.candidate('n2', 3)],
    misses: [...campaigns, receive('n2', 'n3', answersVote(2, true)), become.candidate('n2', 3)],
  },
  staleCandidate: { reaches: voteOf(2, 'n3'), misses: voteOf(2, 'n2') },
  askedInLedTerm: {
    reaches: [receive('n2', 'n3', asksVote(1, 2, 1))],
    misses: [receive('n2', 'n3', asksVote(2, 2, 1))],
  },
  uncommittedSuffix: { reaches: [append('n1', 1, 3, E3), stepsDown], misses: [stepsDown] },
  commitUntold: {
    reaches: [stepsDown],
    misses: [send('n1', 'n2', entriesAfter(1, 2, 1, [], 2)), stepsDown],
  },
  formerOnMajority: {
    reaches: [...wins, durable('n2', 2, 'n2', 3), receive('n2', 'n3', accepts(2, 2))],
    misses: [...wins, durable('n2', 2, 'n2', 3), receive('n2', 'n3', accepts(2, 3))],
  },
  commitBeyondVerified: {
    reaches: [receive('n2', 'n1', entriesAfter(1, 1, 1, [], 2))],
    misses: [receive('n2', 'n1', entriesAfter(1, 1, 1, [], 1))],
  },
  leaderUnsynced: {
    reaches: [append('n1', 1, 3, E3), receive('n1', 'n2', accepts(1, 3))],
    misses: [append('n1', 1, 3, E3), durable('n1', 1, 'n1', 3), receive('n1', 'n2', accepts(1, 3))],
  },
  followerBehindSnapshot: {
    reaches: [send('n1', 'n3', snapshot(1, 1, 1, { done: false }))],
    misses: [send('n1', 'n3', snapshot(1, 1, 1, { offset: 5 }))],
  },
  compactedVoter: {
    reaches: [
      receive('n2', 'n1', entriesAfter(1, 2, 1, [], 2)),
      commits('n2', 1, 2),
      applies('n2', 2, E2),
      compacts('n2', 2),
      receive('n2', 'n3', asksVote(2, 2, 1)),
    ],
    misses: [compacts('n2', 1), receive('n2', 'n3', asksVote(2, 2, 1))],
  },
};

/** Far enough apart for times of different nodes to be compared. */
const STEP_US = 20_000;

async function timesOf(key: CoverageKey, lines: readonly Line[], assumed?: Assumed): Promise<number> {
  const { kind, name } = CLASSES[key];
  const { coverage } = await judgeEvents(eventsOf(lines, STEP_US), assumed);
  const found = coverage?.find((reached) => reached.kind === kind && reached.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found.times;
}

describe('the coverage of a trace', () => {
  it.for(Object.entries(CASES) as [keyof typeof CASES, Case][])(
    'counts %s where it is reached, and not where it is nearly',
    async ([key, { reaches, misses, assumed }]) => {
      const before = await timesOf(key, LEGAL, assumed);
      expect((await timesOf(key, [...LEGAL, ...reaches], assumed)) - before).toBe(1);
      expect((await timesOf(key, [...LEGAL, ...misses], assumed)) - before).toBe(0);
    },
  );

  it.each<[which: string, key: CoverageKey, times: number, lines: readonly Line[], assumed?: Assumed]>([
    ...(
      [
        ['learns of a later term', [receive('n1', 'n2', answersVote(2, false)), enters('n1', 2)]],
        ['acts in a later term', [votes('n1', 2, 'n3')]],
        ['campaigns', [become.candidate('n1', 2)]],
        ['asks for pre-votes', [become.preCandidate('n1', 1)]],
        ['is another process', [init('n1', { term: 1, votedFor: 'n1', log: [E1, E2, E3] })]],
      ] as const
    ).flatMap(([how, lines]): [string, CoverageKey, number, readonly Line[]][] => [
      [`a leadership that ends as the node ${how}`, 'uncommittedSuffix', 1, [append('n1', 1, 3, E3), ...lines]],
      [
        `a leadership, though the node ${how} after it`,
        'uncommittedSuffix',
        1,
        [append('n1', 1, 3, E3), stepsDown, ...lines],
      ],
    ]),
    [
      'a log that is whole with its snapshot',
      'restartWhole',
      1,
      [restart({ snapshotIndex: 1, snapshotTerm: 1, log: [E2] })],
    ],
    [
      'a log that is short with its snapshot',
      'restartShort',
      1,
      [restart({ snapshotIndex: 1, snapshotTerm: 1, log: [] })],
    ],
    ['a term that a restart forgets', 'restartForgets', 1, [restart({ term: 0, votedFor: 'n3' })]],
    ['no vote that a restart forgets in a later term', 'restartForgets', 0, [restart({ term: 2, votedFor: null })]],
    ['no vote that a restart forgets where none was given', 'restartForgets', 0, [init('n3', { votedFor: null })]],
    ['a former entry on a majority once', 'formerOnMajority', 1, [...former, receive('n2', 'n1', accepts(2, 2))]],
    ['no former entry on a majority that is committed', 'formerOnMajority', 0, [...learns, ...former]],
    [
      'no former entry on a majority where only committed ones are',
      'formerOnMajority',
      0,
      [...wins, durable('n2', 2, 'n2', 3), receive('n2', 'n3', accepts(2, 1))],
    ],
    ['no leader change where nobody led', 'leaderChange', 0, []],
    [
      'no commitment that is untold where nothing is committed',
      'commitUntold',
      0,
      [...wins, become.follower('n2', 2, null)],
    ],
    ['no snapshot that is taken where one is installed', 'takeSnapshot', 0, CASES.snapshotDropsLog.reaches],
    [
      'a candidacy that ends in a pre-candidacy',
      'electionTimedOut',
      1,
      [...campaigns, become.preCandidate('n2', 2)],
      { preVote: true },
    ],
    [
      'no follower that has entered a later term since',
      'askedInLedTerm',
      0,
      [receive('n2', 'n3', asksVote(2, 1, 1)), enters('n2', 2), receive('n2', 'n3', asksVote(2, 1, 1))],
    ],
    [
      'no follower that has asked for pre-votes since',
      'askedInLedTerm',
      0,
      [become.preCandidate('n2', 1), receive('n2', 'n3', asksVote(1, 2, 1))],
      { preVote: true },
    ],
    [
      'no split vote in a term of which a follower has heard a leader',
      'splitVote',
      0,
      [
        ...voteOf(2, 'n2'),
        ...voteOf(2, 'n3'),
        receive('n3', 'n1', entriesAfter(2, 0, 0, [])),
        become.follower('n3', 2, 'n1'),
        ...voteOf(3, 'n2'),
      ],
    ],
    [
      'a split vote in a term that a process found over when it began',
      'splitVote',
      1,
      [...voteOf(2, 'n2'), ...voteOf(2, 'n3'), init('n1', { term: 3, log: [E1, E2] })],
    ],
    [
      'a split vote in a term in which a candidate gave up',
      'splitVote',
      1,
      [...voteOf(2, 'n2'), ...voteOf(2, 'n3'), become.follower('n3', 2, null), ...voteOf(3, 'n2')],
    ],
  ])('counts %s', async (_, key, times, lines, assumed) => {
    expect((await timesOf(key, [...LEGAL, ...lines], assumed)) - (await timesOf(key, LEGAL, assumed))).toBe(times);
  });

  it('lists every action and handler of the specification by its name, but for two that no trace tells', () => {
    const features = Object.keys(FEATURES) as Feature[];
    const { actions, handlers } = raft({ servers: 1, elections: 0, values: 0, restarts: 0, features });
    const listed = new Set<string>(Object.values(ACTIONS).map(({ name }) => name));
    const unlisted = [...actions, ...handlers].map(({ name }) => name).filter((name) => !listed.has(name));
    expect(unlisted).toEqual(['ClientRetry', 'Tick']);
  });

  it('counts the actions', async () => {
    const { coverage } = await judgeEvents(
      eventsOf([...overwritten(E3), restart({})].toSpliced(0, 0, ...LEGAL), STEP_US),
    );
    const counts = Object.fromEntries(
      (coverage ?? []).filter(({ kind }) => kind === 'action').map(({ name, times }) => [name, times]),
    );
    expect(counts).toEqual({
      Restart: 1,
      RequestVote: 2,
      BecomeLeader: 2,
      ClientRequest: 4,
      AdvanceCommitIndex: 2,
      AppendEntries: 2,
      UpdateTerm: 3,
      HandleRequestVoteRequest: 2,
      HandleRequestVoteResponse: 2,
      RejectAppendEntriesRequest: 0,
      AcceptAppendEntriesRequest: 3,
      HandleAppendEntriesResponse: 2,
      BecomeFollower: 2,
      FollowerCommit: 1,
      Apply: 3,
      Durable: 8,
      TakeSnapshot: 0,
      Compact: 0,
      InstallSnapshot: 0,
      IgnoreVoteRequest: 0,
      SendSnapshot: 0,
      RejectSnapshot: 0,
      HandleInstallSnapshotResponse: 0,
    });
  });

  it.each<[name: string, lines: readonly Line[], assumed?: Assumed]>([
    ['IgnoreVoteRequest', CASES.voteIgnored.reaches],
    ['HandlePreVoteRequest', CASES.preVoteGranted.reaches, { preVote: true }],
    ['HandlePreVoteResponse', CASES.preElectionTimedOut.misses, { preVote: true }],
    ['Compact', [compacts('n2', 1)]],
    ['TakeSnapshot', [['n2', { name: 'TakeSnapshot', index: 1, term: 1 }]]],
    ['SendSnapshot', [send('n1', 'n3', snapshot(1, 1, 1))]],
    ['InstallSnapshot', CASES.snapshotDropsLog.reaches],
    ['RejectSnapshot', CASES.snapshotRejected.reaches],
    ['HandleInstallSnapshotResponse', [receive('n1', 'n3', installed(1, 1))]],
    ['RejectAppendEntriesRequest', CASES.rejectedShortLog.reaches],
    ['ReadRequest', [['n1', { name: 'ReadRequest', term: 1, read: 1, readIndex: 2, round: 2 }]]],
    ['LeaseRead', [['n1', { name: 'ServeRead', term: 1, how: 'lease', reads: [1], index: 2 }]]],
    ['ReadIndex', [['n1', { name: 'ServeRead', term: 1, how: 'read-index', reads: [], index: 2 }]]],
    ['FollowerRead', [['n2', { name: 'ServeRead', term: 1, how: 'follower', reads: [1], index: 1 }]]],
    ['PreVote', [become.preCandidate('n2', 1)], { preVote: true }],
  ])('counts %s once', async (name, lines, assumed) => {
    const { coverage } = await judgeEvents(eventsOf([...LEGAL, ...lines], STEP_US), assumed);
    expect(coverage?.find((reached) => reached.kind === 'action' && reached.name === name)?.times).toBe(1);
  });

  it('tells no class twice, and leaves out what the options of the system exclude', async () => {
    const names = Object.values(CLASSES).map(({ kind, name }) => `${kind} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    const listed = async (assumed: Assumed) =>
      (await judgeEvents(eventsOf(LEGAL, STEP_US), assumed)).coverage?.map(({ name }) => name);
    expect(await listed({ preVote: true })).toContain('pre-vote granted');
    expect(await listed({ preVote: false })).not.toContain('pre-vote granted');
    expect(await listed({})).not.toContain('ReadIndex');
    expect(await listed({ stickToLeader: false })).not.toContain('vote refused: leader is heard');
  });

  it('is the same in whatever order the traces of the nodes are read', async () => {
    const all = [...LEGAL, ...overwritten(E3, E4), ...voteOf(3, 'n1'), ...voteOf(3, 'n3'), ...voteOf(4, 'n1')];
    const events = eventsOf(all, STEP_US);
    const together = (await judgeEvents(events)).coverage;
    for (const key of ['splitVote', 'twoLeaders', 'staleCandidate', 'leaderChange'] as const) {
      expect(together?.find(({ name }) => name === CLASSES[key].name)?.times, key).toBeGreaterThan(0);
    }
    for (const order of [NODES, NODES.toReversed(), ['n2', 'n3', 'n1']]) {
      const apart = order.flatMap((node) => events.filter((event) => event.node === node));
      expect((await judgeEvents(apart)).coverage, order.join()).toEqual(together);
    }
  });

  it('rests nothing on a cluster of two, which cannot lose a node', async () => {
    const lone = NODES.slice(0, 2);
    const { coverage } = await judgeEvents(
      eventsOf(
        LEGAL.filter(([node]) => lone.includes(node)),
        STEP_US,
      ),
      {},
      lone,
    );
    expect(coverage?.filter(({ rarity }) => rarity !== undefined)).toEqual([]);
  });
});

describe('the terms that are remembered', () => {
  const split = (terms: Terms, term: number) => {
    terms.vote(term, 'n1', 'n1');
    terms.vote(term, 'n2', 'n2');
  };

  it('are few, and those forgotten count when all nodes have left them', () => {
    const terms = new Terms(3);
    for (let term = 1; term <= 5000; term++) {
      for (const place of [0, 1, 2]) terms.enters(place, term);
      split(terms, term);
    }
    terms.conclude();
    expect(terms.splitVotes).toBe(4999);
  });

  it('do not count when they are forgotten before a node has left them, for it may have led one', () => {
    const terms = new Terms(3);
    for (let term = 1; term <= 1500; term++) {
      for (const place of [0, 1]) terms.enters(place, term);
      split(terms, term);
    }
    terms.led(3);
    terms.conclude();
    expect(terms.splitVotes).toBe(1500 - 512 - 1);
  });

  it('are not split while votes may be on their way, nor when a candidate had a majority', () => {
    const terms = new Terms(3);
    terms.enters(0, 1);
    split(terms, 1);
    terms.vote(1, 'n3', 'n2');
    terms.enters(0, 2);
    split(terms, 2);
    terms.conclude();
    expect(terms.splitVotes).toBe(0);
  });
});
