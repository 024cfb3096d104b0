import { nodeName } from '../specification.js';
import { type Extension, extend, type RaftAction, type RaftHandler, type Setting } from './extend.js';
import type { Envelope } from './messages.js';
import type { RaftSpecification } from './raft.js';
import { isQuorum, isUpToDate, lastTerm } from './server.js';

export interface PreVoteVariables {
  /** Of a pre-candidate: who would vote for it, in ascending order. */
  readonly preVotesGranted: readonly number[];
}

export interface PreVoteRequest extends Envelope {
  readonly type: 'PreVoteRequest';
  /** In which the sender would campaign, not the one that it is in. */
  readonly term: number;
  readonly lastLogTerm: number;
  readonly lastLogIndex: number;
}

export interface PreVoteResponse extends Envelope {
  readonly type: 'PreVoteResponse';
  /** Of one that is granted, the term that was asked about; else the voter's own. */
  readonly term: number;
  readonly voteGranted: boolean;
}

/**
 * PreVote (thesis §9.6): a server campaigns only once a quorum told it that it would vote for it. With it comes that
 * whoever hears from a leader takes no notice of candidates (thesis §4.2.3): here it may at any time, for there are no
 * clocks.
 */
export function preVote(base: RaftSpecification, { bounds, defect }: Setting): RaftSpecification {
  const { servers } = bounds;
  const all = [...Array(servers).keys()];

  const askPreVotes: RaftAction = {
    name: 'PreVote',
    section: 'thesis §9.6',
    statement:
      'A server that is no leader asks, before it campaigns, whether a quorum would vote for it; whoever is asked answers, and changes nothing.',
    steps(node, self, shared) {
      if (node.state === 'Leader' || shared.elections >= bounds.elections) return [];
      return [
        {
          node: { ...node, state: 'PreCandidate', preVotesGranted: [self] },
          sends: all
            .filter((peer) => peer !== self)
            .map((to) => ({
              type: 'PreVoteRequest',
              from: self,
              to,
              term: node.currentTerm + 1,
              lastLogTerm: lastTerm(node.log),
              lastLogIndex: node.log.length,
            })),
        },
      ];
    },
  };

  const handlePreVoteRequest: RaftHandler = {
    name: 'HandlePreVoteRequest',
    section: 'thesis §9.6',
    statement:
      'A server grants a pre-vote for a later term to whoever has a log at least as up-to-date as its own, and stays as it is.',
    consumes: true,
    handle(node, message) {
      if (message.type !== 'PreVoteRequest') return undefined;
      const voteGranted = message.term > node.currentTerm && isUpToDate(message, node.log);
      const term = voteGranted ? message.term : node.currentTerm;
      return { node, reply: { type: 'PreVoteResponse', from: message.to, to: message.from, term, voteGranted } };
    },
  };

  const handlePreVoteResponse: RaftHandler = {
    name: 'HandlePreVoteResponse',
    section: 'thesis §9.6',
    statement: 'A pre-candidate counts who would vote for it in the next term.',
    consumes: true,
    handle(node, message) {
      if (message.type !== 'PreVoteResponse' || !message.voteGranted) return undefined;
      const { state, currentTerm, preVotesGranted = [] } = node;
      if (state !== 'PreCandidate' || message.term !== currentTerm + 1) return undefined;
      if (preVotesGranted.includes(message.from)) return { node };
      return { node: { ...node, preVotesGranted: ascending([...preVotesGranted, message.from]) } };
    },
  };

  const ignoreVoteRequest: RaftHandler = {
    name: 'IgnoreVoteRequest',
    section: 'thesis §4.2.3',
    statement: 'A server that hears from a leader, or is one, may refuse its vote, and does not enter the later term.',
    consumes: true,
    handle(node, message) {
      const asks = message.type === 'RequestVoteRequest' || message.type === 'PreVoteRequest';
      const hears = node.state === 'Follower' || node.state === 'Leader';
      if (!asks || !hears || message.term < node.currentTerm) return undefined;
      const answer = { from: message.to, to: message.from, term: node.currentTerm, voteGranted: false };
      return message.type === 'PreVoteRequest'
        ? { node, reply: { type: 'PreVoteResponse', ...answer } }
        : { node, reply: { type: 'RequestVoteResponse', ...answer } };
    },
  };

  const extension: Extension = {
    restarted: () => ({ preVotesGranted: [] }),
    actions: [askPreVotes],
    handlers: [handlePreVoteRequest, handlePreVoteResponse, ignoreVoteRequest],
    changedActions: {
      RequestVote: (steps) => (node, self, shared) => {
        const { state, preVotesGranted = [] } = node;
        const may = state === 'PreCandidate' && isQuorum(preVotesGranted.length, servers);
        if (!may && defect !== 'campaigns-without-pre-votes') return [];
        return steps(node, self, shared).map((step) => {
          const votesGranted = defect === 'pre-votes-count-as-votes' ? preVotesGranted : step.node.votesGranted;
          return { ...step, node: { ...step.node, votesGranted, preVotesGranted: [] } };
        });
      },
    },
    changedHandlers: {
      // The term of a request, and that of a vote that is granted, is one that nobody may be in yet.
      UpdateTerm: (handle) => (node, message) => {
        const wouldBe =
          message.type === 'PreVoteRequest' || (message.type === 'PreVoteResponse' && message.voteGranted);
        return wouldBe && defect !== 'pre-vote-raises-terms' ? undefined : forgets(handle(node, message));
      },
      // Towards a leader of its term, a pre-candidate is still a follower.
      RejectAppendEntriesRequest: (handle) => (node, message) => {
        if (node.state !== 'PreCandidate') return handle(node, message);
        return forgets(handle({ ...node, state: 'Follower' }, message));
      },
      AcceptAppendEntriesRequest: (handle) => (node, message) => forgets(handle(node, message)),
    },
    sentOnce: ({ type }) => type === 'PreVoteRequest',
    invariants: [
      {
        name: 'PreVoteRaisesNoTerm',
        section: 'thesis §9.6',
        statement: 'No server is in a term in which nobody campaigned, so who asks for pre-votes disturbs nobody.',
        violation({ nodes, shared }) {
          const term = Math.max(...nodes.map(({ currentTerm }) => currentTerm));
          if (term <= 1 + shared.elections) return undefined;
          return `a server is in term ${term}, but there were only ${shared.elections} campaigns since term 1`;
        },
      },
    ],
    stepInvariants: [
      ...base.stepInvariants,
      {
        name: 'PreVoteQuorum',
        section: 'thesis §9.6',
        statement: 'A server campaigns only once a quorum would vote for it.',
        violation(before, after, self) {
          const campaigns = after.state === 'Candidate' && after.currentTerm > before.currentTerm;
          const { state, preVotesGranted = [] } = before;
          if (!campaigns || (state === 'PreCandidate' && isQuorum(preVotesGranted.length, servers))) return undefined;
          return `${nodeName(self)} campaigns in term ${after.currentTerm} with the pre-votes of ${names(preVotesGranted)}`;
        },
      },
    ],
    renamed: {
      node: ({ preVotesGranted = [] }, to) => ({
        preVotesGranted: ascending(preVotesGranted.map((server) => to[server] as number)),
      }),
    },
    words: { node: ({ preVotesGranted = [] }) => ({ preVotesGranted: names(preVotesGranted) }) },
  };
  return extend(base, extension);
}

/** Only a pre-candidate remembers who would vote for it. */
function forgets(handled: ReturnType<RaftHandler['handle']>): ReturnType<RaftHandler['handle']> {
  if (handled === undefined || handled.node.state === 'PreCandidate') return handled;
  return { ...handled, node: { ...handled.node, preVotesGranted: [] } };
}

function names(servers: readonly number[]): string {
  return servers.map(nodeName).join(', ') || 'none';
}

function ascending(servers: readonly number[]): number[] {
  return [...servers].sort((left, right) => left - right);
}
