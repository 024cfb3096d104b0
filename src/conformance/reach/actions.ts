import type { Rule } from '../../../spec/specification.js';
import type { CoverageClass } from '../../plugin/coverage.js';
import { RULES, specified } from '../steps/rules.js';

/** By an option of the system, or only once it was seen: which way reads take is not known beforehand. */
export type When = 'preVote' | 'stickToLeader' | 'seen';
type Action = CoverageClass & { readonly kind: 'action'; readonly when?: When };

function action({ name, section, statement }: Rule, when?: When): Action {
  return { kind: 'action', name, statement, source: section, ...(when && { when }) };
}

/**
 * The actions and handlers of `spec/raft`, but for two that no trace tells (`ClientRetry` looks like another request,
 * `Tick` is time), and what the paper says besides.
 */
export const ACTIONS = {
  restart: action(specified('Restart')),
  requestVote: action(RULES.requestVote),
  becomeLeader: action(RULES.becomeLeader),
  clientRequest: action(RULES.clientRequest),
  advanceCommitIndex: action(RULES.advanceCommitIndex),
  appendEntries: action(RULES.appendEntries),
  updateTerm: action(RULES.updateTerm),
  becomeFollower: action(RULES.becomeFollower),
  handleRequestVoteRequest: action(RULES.handleRequestVote),
  handleRequestVoteResponse: action(specified('HandleRequestVoteResponse')),
  ignoreVoteRequest: action(specified('IgnoreVoteRequest'), 'stickToLeader'),
  preVote: action(RULES.preVote, 'preVote'),
  handlePreVoteRequest: action(specified('HandlePreVoteRequest'), 'preVote'),
  handlePreVoteResponse: action(specified('HandlePreVoteResponse'), 'preVote'),
  rejectAppendEntriesRequest: action(RULES.reject),
  acceptAppendEntriesRequest: action(RULES.accept),
  handleAppendEntriesResponse: action(specified('HandleAppendEntriesResponse')),
  followerCommit: action(RULES.followerCommit),
  apply: action(RULES.apply),
  durable: action(RULES.durable),
  takeSnapshot: action(RULES.takeSnapshot),
  compact: action(RULES.compact),
  sendSnapshot: action(specified('SendSnapshot')),
  installSnapshot: action(RULES.installSnapshot),
  rejectSnapshot: action(specified('RejectSnapshot')),
  handleInstallSnapshotResponse: action(specified('HandleInstallSnapshotResponse')),
  readRequest: action(specified('ReadRequest'), 'seen'),
  readIndex: action(RULES.readIndex, 'seen'),
  leaseRead: action(RULES.leaseRead, 'seen'),
  followerRead: action(RULES.followerRead, 'seen'),
} as const satisfies Record<string, Action>;
