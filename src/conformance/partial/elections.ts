import type { PartialTraceEvent } from '../../history/traces/schema.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Role } from '../steps/node.js';
import { ANYTHING, type Candidate, ROLES } from './candidate.js';
import { contradict, type PartialContext, take } from './context.js';
import type { PartialNode } from './node.js';
import { atLeast, exactly, includes, inWords } from './range.js';
import { PARTIAL_RULES } from './rules.js';

const known = (state: Candidate) => state.term.from === state.term.to;

/** In a new term, as a follower that has not voted (§5.1). */
function entered(state: Candidate, term: number): Candidate {
  return { ...state, roles: ['follower'], term: exactly(term), vote: null };
}

/** The node is in `term`: it was, or it entered it since (§5.1). */
export function inTerm(context: PartialContext, node: PartialNode, event: PartialTraceEvent, term: number): void {
  const { states, observed } = node;
  const fell = states.every((state) => term < state.term.from);
  const rose = states.every((state) => term > state.term.to);
  const strict = node.receives && observed.has('roles') && context.observations.allMessages;
  const told = !strict || node.heard.has(term);
  if (states.some(({ term: { from } }) => from > 0)) context.findings.checked(PARTIAL_RULES.termMonotonic);
  take(context, node, event, {
    rule: fell ? PARTIAL_RULES.termMonotonic : PARTIAL_RULES.updateTerm,
    binds: rose && strict,
    did: `was in term ${term}`,
    to: (state) => {
      if (term < state.term.from) return `no term before ${state.term.from}`;
      if (includes(state.term, term)) return pinned(state, term);
      // It says so before it says that it campaigns.
      if (!told && term === state.term.to + 1) return campaigning(node, entered(state, term));
      if (!told) return `to stay in term ${inWords(state.term)}, for no message told it of term ${term}`;
      // It may have campaigned as well.
      if (!observed.has('roles')) return { ...entered(state, term), roles: ROLES, vote: undefined };
      return entered(state, term);
    },
    claim: (state) => (observed.has('starts') ? entered(state, term) : { ...ANYTHING, term: exactly(term) }),
  });
  if (rose) node.entered = term;
}

/** It was in this term already, as far as is known, or enters it now. */
function pinned(state: Candidate, term: number): Candidate {
  if (known(state)) return state;
  const enters = term > state.term.from;
  const roles = ROLES.filter((role) => state.roles.includes(role) || (enters && role === 'follower'));
  return { ...state, roles, term: exactly(term), vote: undefined };
}

/** A node speaks of itself without its term: it may have entered a later one unseen. */
export function termIsOpen(node: PartialNode): void {
  const roles = node.observed.has('roles') ? undefined : { roles: ROLES };
  node.become(
    node.states.map((state) => ({
      ...state,
      ...roles,
      term: atLeast(state.term.from),
      vote: undefined,
    })),
  );
}

/** §5.2: a candidacy in the next term, with its own vote. */
export function campaign(context: PartialContext, node: PartialNode, event: PartialTraceEvent, term?: number): void {
  if (term === undefined) {
    node.become(node.states.map((state) => campaigning(node, { ...state, term: atLeast(state.term.from + 1) })));
    return;
  }
  const strict = node.receives && context.observations.allMessages;
  take(context, node, event, {
    rule: PARTIAL_RULES.requestVote,
    binds: node.states.some(known),
    did: `campaigned in term ${term}`,
    to: (state) => {
      const campaigns = campaigning(node, { ...state, term: exactly(term) });
      // A message may have told it of a later term just before.
      const before = term - 1;
      if (isEntering(context, node, state) && state.term.from === term && (state.vote ?? node.id) === node.id)
        return campaigns;
      if (before < state.term.from) return `to campaign in term ${state.term.from + 1} at least`;
      if (before > state.term.to) {
        if (strict && !node.heard.has(before)) return `to campaign in term ${state.term.to + 1}`;
      } else if (known(state) && state.roles.every((role) => role === 'leader')) return 'a leader to stay leader';
      return campaigns;
    },
    claim: (state) => campaigning(node, { ...state, term: exactly(term) }),
  });
  node.campaigned.add(term);
}

/** The term that it campaigns in, and its vote, may be told before its candidacy, where no message told of that term. */
function isEntering({ observations }: PartialContext, node: PartialNode, { term: { from } }: Candidate): boolean {
  const told = node.receives && observations.allMessages && node.heard.has(from);
  return node.entered === from && !told && !node.campaigned.has(from);
}

function campaigning(node: PartialNode, state: Candidate): Candidate {
  return { ...state, roles: ['candidate'], vote: node.id };
}

/** §5.2, thesis §6.2: a follower of whom it hears from, or of nobody; a leader may step down of its own accord. */
export function follow(node: PartialNode): void {
  node.states = node.states.map((state) => ({ ...state, roles: ['follower'] }));
}

/** What it says is said by nodes that do not lead. */
export function isNoLeader(node: PartialNode): void {
  node.become(node.states.map((state) => ({ ...state, roles: ROLES.filter((role) => role !== 'leader') })));
}

/** §5.2: votes of a majority, with one leader in a term, whose log has what was committed before (§5.4). */
export function lead(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  voters?: readonly NodeId[],
): void {
  const { observed } = node;
  take(context, node, event, {
    rule: PARTIAL_RULES.becomeLeader,
    binds: observed.has('roles'),
    did: 'became leader',
    to: (state) =>
      observed.has('roles') && !state.roles.includes('candidate')
        ? `a candidate to become leader; it was ${state.roles.join(' or ')}`
        : { ...state, roles: ['leader'] },
    claim: (state) => ({ ...state, roles: ['leader'] }),
  });
  const term = termOf(node);
  if (term === undefined) return;
  node.led.add(term);
  isElected(context, node, event, term, voters);
  leads(context, node, event, term, node.id);
  const { findings, cluster } = context;
  const election = cluster.leaders.get(term);
  const lastIndex = Math.max(...node.states.map(({ log }) => log.lastIndex.to));
  if (election?.node !== node.id || lastIndex === Number.POSITIVE_INFINITY) return;
  election.lastIndex = lastIndex;
  if (cluster.commits.size > 0) findings.checked(PARTIAL_RULES.leaderCompleteness);
  const lacked = cluster.lackedBy(term, lastIndex);
  if (lacked === undefined) return;
  contradict(context, node, event, {
    rule: PARTIAL_RULES.leaderCompleteness,
    allowed: `leaders whose log reaches index ${lacked.index}, which ${lacked.node} committed in term ${lacked.term}`,
    did: `became leader of term ${term} with a log to index ${lastIndex}`,
  });
}

/** A majority's votes came, its own with them, where votes that come are recorded. */
export function isElected(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  term: number,
  voters?: readonly NodeId[],
): void {
  const { observations, findings } = context;
  if (!node.receives || !observations.messagesTell('granted')) return;
  findings.checked(PARTIAL_RULES.becomeLeader);
  const grants = node.grants.get(term) ?? new Set<NodeId>();
  const counts = (peer: NodeId) => peer === node.id || grants.has(peer);
  if (node.isQuorum(counts) && (voters ?? []).every(counts)) return;
  contradict(context, node, event, {
    rule: PARTIAL_RULES.becomeLeader,
    allowed: `a candidate to lead term ${term} by the votes of a majority; it had those of ${[...grants].join(', ') || 'no peer'} and its own`,
    did: `became leader of term ${term}${voters === undefined ? '' : ` by the votes of ${voters.join(', ')}`}`,
  });
}

/** That `leader` leads `term`, as this node claims or was told. */
export function leads(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  term: number,
  leader: NodeId,
): void {
  context.findings.checked(PARTIAL_RULES.electionSafety);
  const other = context.cluster.leads(term, leader);
  if (other === undefined) return;
  contradict(context, node, event, {
    rule: PARTIAL_RULES.electionSafety,
    allowed: `no leader of term ${term} but ${other}`,
    did:
      leader === node.id
        ? `led term ${term}, as ${other} did`
        : `heard from ${leader} as leader of term ${term}, as ${other} was`,
  });
}

/** The term that the node is in, where that is known. Its states differ in what they took, not in their terms. */
export function termOf({ states: [state] }: PartialNode): number | undefined {
  return state !== undefined && known(state) ? state.term.from : undefined;
}

/** A node says what it is. Who records every change of it changes it by those steps alone, but for pre-candidacies. */
export function inRole(context: PartialContext, node: PartialNode, event: PartialTraceEvent, role: Role): void {
  const strict = node.observed.has('roles');
  const rules = {
    leader: 'becomeLeader',
    candidate: 'requestVote',
    follower: 'becomeFollower',
    'pre-candidate': 'becomeFollower',
  } as const;
  take(context, node, event, {
    rule: PARTIAL_RULES[rules[role]],
    binds: strict,
    did: `was ${role}`,
    to: (state) => {
      const may =
        !strict ||
        state.roles.includes(role) ||
        (role === 'pre-candidate' && !state.roles.every((is) => is === 'leader'));
      return may ? { ...state, roles: [role] } : `to stay ${state.roles.join(' or ')}`;
    },
    claim: (state) => ({ ...state, roles: [role] }),
  });
  const term = termOf(node);
  if (role === 'leader' && term !== undefined) leads(context, node, event, term, node.id);
}

/** §5.2, §5.4.1: one vote in a term, for who asked and whose log is at least as up-to-date. Null: no vote. */
export function hasVoted(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  vote: NodeId | null,
): void {
  const { observed, id } = node;
  const strict = node.receives && context.observations.messagesTell('RequestVote');
  const settled = node.states.every((state) => state.vote != null);
  take(context, node, event, {
    rule: settled ? PARTIAL_RULES.voteOnce : PARTIAL_RULES.handleRequestVote,
    binds: settled || (strict && vote !== null && vote !== id),
    did: vote === null ? 'had not voted' : `voted for ${vote}`,
    to: (state) => {
      if (state.vote === vote) return state;
      if (state.vote !== undefined && state.vote !== null) {
        return `no vote in term ${inWords(state.term)} but the one for ${state.vote}`;
      }
      // A vote that was there when the trace, or the process, began may be anybody's.
      if (vote === null || state.vote === undefined) return { ...state, vote };
      if (vote === id) {
        return state.roles.includes('candidate') || !observed.has('roles') || isEntering(context, node, state)
          ? { ...state, vote }
          : 'no vote for itself, for it is no candidate';
      }
      const refusal = strict ? refusedVote(node, state, vote) : undefined;
      return refusal ?? { ...state, vote };
    },
    claim: (state) => ({ ...state, vote }),
  });
}

/** Why nobody may vote so in this state, as far as request and log are known. */
function refusedVote(node: PartialNode, state: Candidate, candidate: NodeId): string | undefined {
  const request = node.asked.get(state.term.from)?.get(candidate);
  if (request === undefined) return `no vote for ${candidate}, which did not ask for one in term ${state.term.from}`;
  const { lastLogTerm, lastLogIndex } = request;
  if (lastLogTerm === undefined) return undefined;
  const own = state.log.lastTerm(state.term.to).from;
  const shorter = lastLogTerm === own && lastLogIndex !== undefined && lastLogIndex < state.log.lastIndex.from;
  return lastLogTerm < own || shorter
    ? `no vote for ${candidate}, whose log ends at index ${lastLogIndex ?? 'unknown'} of term ${lastLogTerm}, before its own at index ${inWords(state.log.lastIndex)} of term ${own} or later`
    : undefined;
}

/** A vote that arrived was given (§5.2): whoever else got one of that voter in that term was not entitled to it. */
export function voteArrived(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  voter: NodeId,
  term: number,
): void {
  const { cluster, findings } = context;
  const key = `${voter} ${term}`;
  const earlier = cluster.votes.get(key);
  findings.checked(PARTIAL_RULES.voteOnce);
  if (earlier === undefined) cluster.votes.set(key, node.id);
  else if (earlier !== node.id) {
    contradict(context, node, event, {
      rule: PARTIAL_RULES.voteOnce,
      allowed: `no vote of ${voter} in term ${term} but the one for ${earlier}`,
      did: `received the vote of ${voter} in term ${term}, which ${earlier} had received as well`,
    });
  }
}
