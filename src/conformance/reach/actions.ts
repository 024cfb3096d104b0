import type { Rule } from '../../../spec/specification.js';
import type { CoverageClass } from '../../plugin/coverage.js';
import { RULES, specified } from '../steps/rules.js';

type Action = CoverageClass & { readonly kind: 'action'; readonly when?: 'preVote' | 'seen' };

function action({ name, section, statement }: Rule, when?: Action['when']): Action {
  return { kind: 'action', name, statement, source: section, ...(when && { when }) };
}

/** The actions and handlers of `spec/raft`, and those of the paper that the bounded model leaves out. */
export const ACTIONS = {
  restart: action(specified('Restart')),
  requestVote: action(RULES.requestVote),
  becomeLeader: action(RULES.becomeLeader),
  clientRequest: action(RULES.clientRequest),
  advanceCommitIndex: action(RULES.advanceCommitIndex),
  appendEntries: action(RULES.appendEntries),
  updateTerm: action(RULES.updateTerm),
  handleRequestVoteRequest: action(RULES.handleRequestVote),
  handleRequestVoteResponse: action(specified('HandleRequestVoteResponse')),
  rejectAppendEntriesRequest: action(RULES.reject),
  acceptAppendEntriesRequest: action(RULES.accept),
  handleAppendEntriesResponse: action(specified('HandleAppendEntriesResponse')),
  preVote: action(RULES.preVote, 'preVote'),
  becomeFollower: action(RULES.becomeFollower),
  followerCommit: action(RULES.followerCommit),
  apply: action(RULES.apply),
  durable: action(RULES.durable),
  takeSnapshot: action({
    name: 'TakeSnapshot',
    section: '§7',
    statement: 'A server writes down its state after an entry that it applied.',
  }),
  compact: action(RULES.compact),
  installSnapshot: action(RULES.installSnapshot),
  readRequest: action(
    {
      name: 'ReadRequest',
      section: 'thesis §6.4',
      statement: 'A leader takes a read that bypasses the log, and waits until a majority has answered.',
    },
    'seen',
  ),
  serveRead: action(
    {
      name: 'ServeRead',
      section: 'thesis §6.4',
      statement: 'A server answers reads from its state, not through the log.',
    },
    'seen',
  ),
} as const satisfies Record<string, Action>;
