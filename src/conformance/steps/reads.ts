import { NO_ROUND } from '../../consensus/raft/messages.js';
import type { TraceEvent } from '../../history/trace.js';
import type { StepContext } from './context.js';
import { describeStep } from './describe-step.js';
import type { StepNode } from './node.js';
import { RULES, type StepRule } from './rules.js';

type Step<Name extends TraceEvent['name']> = TraceEvent & { readonly name: Name };

/** §6.4, steps 1 to 3: what the read has to wait for, as the leader takes it. */
export function readRequest({ divergences }: StepContext, node: StepNode, event: Step<'ReadRequest'>): void {
  const { reads } = node;
  const { read, readIndex, round, timeUs } = event;
  const current = Math.max(node.commitIndex, reads.firstIndex);
  const allowed =
    node.role !== 'leader'
      ? `to redirect a read, for it is ${node.role}`
      : readIndex < current
        ? `to take a read for index ${current} at least, the larger of its commit index and of the first index of its term`
        : round <= reads.sentRound
          ? `to take a read for a round after ${reads.sentRound}, whose messages were sent before the read arrived`
          : undefined;
  if (allowed !== undefined)
    divergences.add(node, { rule: RULES.readIndex, timeUs, allowed, did: describeStep(event) });
  reads.waiting.set(read, { round, readIndex });
}

export function serveRead(context: StepContext, node: StepNode, event: Step<'ServeRead'>): void {
  const { how, timeUs } = event;
  const allowed = refusal(context, node, event);
  if (how === 'read-index') for (const read of event.reads) node.reads.waiting.delete(read);
  if (allowed !== undefined) {
    context.divergences.add(node, { rule: ruleOf(how), timeUs, allowed, did: describeStep(event) });
  }
}

function ruleOf(how: Step<'ServeRead'>['how']): StepRule {
  return how === 'read-index' ? RULES.readIndex : how === 'lease' ? RULES.leaseRead : RULES.followerRead;
}

/** What is allowed instead; `undefined` where this is. */
function refusal(
  { majority }: StepContext,
  { applied, role, reads }: StepNode,
  { how, reads: served, index }: Step<'ServeRead'>,
): string | undefined {
  if (index !== applied) return `to serve from the state after index ${applied}, which is all that it has applied`;
  if (how === 'follower') return undefined;
  if (role !== 'leader') return `to redirect a read, for it is ${role}`;
  if (how === 'lease') {
    if (applied < reads.firstIndex)
      return `no read before index ${reads.firstIndex}, the first of its term, is applied`;
    const answered = reads.answeredBy(NO_ROUND + 1);
    return answered >= majority ? undefined : `no lease from ${answered} of the ${majority} that must have answered it`;
  }
  for (const read of served) {
    const waiting = reads.waiting.get(read);
    if (waiting === undefined) return `no read but those that wait for a round of messages; read ${read} does not`;
    const { round, readIndex } = waiting;
    if (readIndex > applied) return `read ${read} to wait until index ${readIndex} is applied`;
    const answered = reads.answeredBy(round);
    if (answered < majority) {
      return `read ${read} to wait until ${majority} have answered round ${round} or a later one; ${answered} had, itself included`;
    }
  }
  return undefined;
}
