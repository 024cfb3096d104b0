import type { TraceEvent } from '../../history/trace.js';
import type { StepContext } from './context.js';
import { describeStep, entriesOf } from './describe-step.js';
import type { StepNode } from './node.js';
import { RULES, type StepRule } from './rules.js';

/**
 * The node takes its next input, `next`: what the last message demanded has happened by now, or never will. What is
 * still open is a divergence.
 */
export function settle(context: StepContext, node: StepNode, next: TraceEvent): void {
  const { demand } = node;
  if (node.role === 'candidate' && node.votedFor !== node.id) {
    context.divergences.add(node, {
      rule: RULES.requestVote,
      timeUs: next.timeUs,
      allowed: `only to vote for itself in term ${node.term}`,
      did: `did not vote for itself in term ${node.term}, and next ${describeStep(next)}`,
    });
    node.votedFor = node.id;
  }
  if (demand.type === '') return;
  if (demand.mustEnter > node.term) {
    open(context, node, RULES.updateTerm, `enter term ${demand.mustEnter} as a follower`, next);
  } else {
    if (demand.mustFollow) open(context, node, RULES.becomeFollower, `become a follower of ${demand.leader}`, next);
    if (demand.answers !== null) open(context, node, RULES.preVote, `answer ${demand.answers}'s pre-vote`, next);
    if (demand.candidate !== null && demand.mustVote && demand.voteTerm === node.term) {
      const vote = `vote for ${demand.candidate} in term ${demand.voteTerm}`;
      open(context, node, RULES.handleRequestVote, vote, next);
    }
    if (demand.appendFrom > 0) {
      const added = entriesOf(demand.entries.length - demand.known);
      open(context, node, RULES.accept, `append ${added} from index ${demand.appendFrom} on`, next);
    }
    if (demand.snapshotIndex > 0) {
      open(context, node, RULES.installSnapshot, `install the snapshot to index ${demand.snapshotIndex}`, next);
    }
    if (demand.commit > 0) {
      open(context, node, RULES.followerCommit, `advance its commit index to ${demand.commit}`, next);
    }
  }
  demand.clear();
}

function open({ divergences }: StepContext, node: StepNode, rule: StepRule, verb: string, next: TraceEvent): void {
  const { timeUs, eventNumber, type, from } = node.demand;
  divergences.add(node, {
    rule,
    timeUs,
    eventNumber,
    allowed: `only to ${verb}`,
    did: `did not ${verb} after ${type} from ${from}, and next ${describeStep(next)}`,
  });
}
