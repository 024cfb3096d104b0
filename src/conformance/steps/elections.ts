import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import type { Coverage } from '../reach/coverage.js';
import type { StepContext } from './context.js';
import type { StepNode } from './node.js';
import { RULES } from './rules.js';

/** Candidacies of one life that requests may still speak of; a slow disk holds a few back. */
const CANDIDACIES_KEPT = 64;

/** §5.1: a later term is entered because a message speaks of it. */
export function updateTerm(context: StepContext, node: StepNode, term: number, timeUs: Micros): void {
  const { divergences, coverage, majority } = context;
  const { demand } = node;
  if (term <= node.term || term !== demand.mayEnter) {
    divergences.add(node, {
      rule: RULES.updateTerm,
      timeUs,
      allowed:
        demand.mayEnter > node.term
          ? `to enter term ${demand.mayEnter}, of which ${demand.from} told it`
          : `to stay in term ${node.term}, for no message told it of a later one`,
      did: `entered term ${term}`,
    });
  }
  if (node.role === 'leader') coverage.times.leaderDeposed++;
  else if (node.role === 'candidate') coverage.endsCandidacy(node, 'electionLostToTerm', majority);
  coverage.leadsNoMore(node, timeUs);
  enter(coverage, node, term);
  demand.entered = true;
}

/** Whatever a node does, it does in its term; a node that claims another is taken at its word from there on. */
export function inTerm({ divergences, coverage }: StepContext, node: StepNode, term: number, timeUs: Micros): void {
  if (term === node.term) return;
  divergences.add(node, {
    rule: RULES.updateTerm,
    timeUs,
    allowed: `to act in term ${node.term}, which it had not left`,
    did: `acted in term ${term}`,
  });
  coverage.leadsNoMore(node, timeUs);
  enter(coverage, node, term);
}

function enter(coverage: Coverage, node: StepNode, term: number): void {
  node.enter(term);
  coverage.terms.enters(node.place, term);
}

export function becomeFollower(
  { divergences, coverage, majority }: StepContext,
  node: StepNode,
  leader: NodeId | null,
  timeUs: Micros,
): void {
  const { demand, role } = node;
  const told = (demand.entered || (demand.leader !== null && role !== 'leader')) && leader === demand.leader;
  // CheckQuorum: that nobody answered is not observable, for it is a matter of time.
  const steppedDown = role === 'leader' && leader === null;
  if (!told && !steppedDown) {
    const hears = demand.leader === null ? 'heard from no leader' : `heard from ${demand.leader}`;
    divergences.add(node, {
      rule: RULES.becomeFollower,
      timeUs,
      allowed: `to stay ${role}, or to follow whom it hears from; it ${hears}`,
      did: `became a follower of ${leader ?? 'nobody'}`,
    });
  }
  if (role === 'leader') coverage.times.leaderStepsDown++;
  else if (role === 'candidate') coverage.endsCandidacy(node, 'electionLostToLeader', majority);
  coverage.leadsNoMore(node, timeUs);
  node.role = 'follower';
  node.follows = leader !== null;
  if (node.follows) coverage.terms.led(node.term);
  demand.mustFollow = false;
}

export function becomePreCandidate(
  { divergences, preVote, coverage, majority }: StepContext,
  node: StepNode,
  timeUs: Micros,
): void {
  if (node.role === 'leader' || !preVote) {
    divergences.add(node, {
      rule: RULES.preVote,
      timeUs,
      allowed: preVote ? 'a leader to stay leader' : 'to campaign without asking before',
      did: `asked for pre-votes as ${node.role}`,
    });
    coverage.leadsNoMore(node, timeUs);
  }
  if (node.role === 'candidate') coverage.endsCandidacy(node, 'electionTimedOut', majority);
  else if (node.role === 'pre-candidate') coverage.times.preElectionTimedOut++;
  node.role = 'pre-candidate';
  node.follows = false;
  node.granted.fill(false);
}

export function becomeCandidate(context: StepContext, node: StepNode, term: number, timeUs: Micros): void {
  const { divergences, majority, preVote, coverage } = context;
  const { role } = node;
  const next = node.term + 1;
  if (role === 'leader' || term !== next) {
    divergences.add(node, {
      rule: RULES.requestVote,
      timeUs,
      allowed: role === 'leader' ? 'a leader to stay leader' : `to campaign in term ${next}`,
      did: `campaigned in term ${term}`,
    });
    coverage.leadsNoMore(node, timeUs);
  } else if (preVote) {
    const granted = 1 + node.grants();
    if (role !== 'pre-candidate' || granted < majority) {
      divergences.add(node, {
        rule: RULES.preVote,
        timeUs,
        allowed: `to campaign once ${majority} pre-votes for term ${term} are granted`,
        did:
          role === 'pre-candidate'
            ? `campaigned in term ${term} with ${granted} pre-votes, its own included`
            : `campaigned in term ${term} without asking for pre-votes`,
      });
    }
  }
  if (role === 'candidate') coverage.endsCandidacy(node, 'electionTimedOut', majority);
  enter(coverage, node, term);
  node.role = 'candidate';
  node.granted.fill(false);
  if (node.candidacies.length === CANDIDACIES_KEPT) node.candidacies.shift();
  node.candidacies.push({ term, lastIndex: node.log.lastIndex, lastTerm: node.log.lastTerm });
  coverage.campaigns(node);
}

export function vote({ divergences, coverage }: StepContext, node: StepNode, candidate: NodeId, timeUs: Micros): void {
  const { demand, term, votedFor } = node;
  const forItself = candidate === node.id && node.role === 'candidate' && votedFor === null;
  const asked = demand.candidate === candidate && demand.voteTerm === term && votedFor === null;
  if (!forItself && !asked) {
    const allowed =
      votedFor !== null
        ? `no vote in term ${term} but the one for ${votedFor}`
        : demand.candidate !== null
          ? `a vote for ${demand.candidate} in term ${demand.voteTerm}`
          : `no vote, for nobody whose log is at least as up-to-date asked for one in term ${term}`;
    divergences.add(node, {
      rule: RULES.handleRequestVote,
      timeUs,
      allowed,
      did: `voted for ${candidate} in term ${term}`,
    });
  }
  node.votedFor = candidate;
  coverage.terms.vote(term, node.id, candidate);
  demand.candidate = null;
}

export function becomeLeader(context: StepContext, node: StepNode, voters: readonly NodeId[], timeUs: Micros): void {
  const { divergences, nodes, majority, coverage } = context;
  const { term } = node;
  const counted = new Set(voters);
  const missing = [...counted].filter((voter) => !mayCount(node, voter, nodes.get(voter)));
  if (node.role !== 'candidate' || missing.length > 0 || counted.size < majority) {
    const granted = [...nodes.values()].filter((peer) => peer !== node && node.granted[peer.place]).map(({ id }) => id);
    const own = ownVoteIsDurable(node) ? 'its own' : 'not its own, which is not durable';
    divergences.add(node, {
      rule: RULES.becomeLeader,
      timeUs,
      allowed:
        node.role === 'candidate'
          ? `a candidate to lead term ${term} by ${majority} votes of ${granted.join(', ') || 'no peer'} and ${own}`
          : `a candidate to become leader; it was ${node.role}`,
      did: `became leader of term ${term} by the votes of ${voters.join(', ') || 'nobody'}`,
    });
  }
  node.role = 'leader';
  node.acknowledged.fill(0);
  coverage.leads(node, timeUs);
}

function mayCount(node: StepNode, voter: NodeId, peer: StepNode | undefined): boolean {
  return voter === node.id ? ownVoteIsDurable(node) : peer !== undefined && node.granted[peer.place] === true;
}

/** A candidate's own vote counts when a crash can no longer take it (Figure 2), as anybody's. */
function ownVoteIsDurable({ id, term, durableTerm, durableVote }: StepNode): boolean {
  return durableTerm === term && durableVote === id;
}
