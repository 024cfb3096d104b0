import { nodeName, type StepInvariant } from '../specification.js';
import type { PbftMessage } from './messages.js';
import { quorumsOf } from './quorums.js';
import type { Node, Replica, SignedViewChange } from './replica.js';
import { type InvariantRuleName, invariantRule } from './rules.js';
import type { Setting } from './setting.js';
import { newViewProblem } from './view-change.js';

type PbftStepInvariant = StepInvariant<Node, PbftMessage>;

/** What holds for every step of a correct replica. */
export function pbftStepInvariants({ bounds }: Setting): PbftStepInvariant[] {
  const quorums = quorumsOf(bounds.replicas);

  const newViewRecomputable = ofSteps('NewViewRecomputable', (_, after, sent) => {
    for (const message of sent) {
      if (message.type !== 'NewView') continue;
      const problem = newViewProblem(message, quorums, bounds.window);
      if (problem !== undefined) return `sent a NEW-VIEW for view ${after.view}: ${problem}`;
    }
    return undefined;
  });

  const viewMonotonic = ofSteps('ViewMonotonic', (before, after) =>
    after.view >= before.view ? undefined : `went from view ${before.view} back to ${after.view}`,
  );

  const noVoteAfterViewChange = ofSteps('NoVoteAfterViewChange', (before, after, sent) => {
    for (const message of sent) {
      // Of no view.
      if (message.type === 'Checkpoint' || message.type === 'Decided') continue;
      if (message.type === 'ViewChange') {
        const omitted = omittedBy(message.content, before);
        if (omitted !== undefined) return `omits ${omitted} in its VIEW-CHANGE`;
        continue;
      }
      if (message.view !== after.view)
        return `sent a ${message.type} in view ${message.view} when in view ${after.view}`;
      if (!after.active) return `sent a ${message.type} in view ${message.view} before it has entered that`;
    }
    return undefined;
  });

  const watermarksHold = ofSteps('WatermarksHold', (before, after) => {
    if (after.low < before.low) return `went from checkpoint ${before.low} back to ${after.low}`;
    const kept = after.view === before.view ? before.slots.map(({ sequence }) => sequence) : [];
    for (const { sequence } of after.slots) {
      const isBetween = after.low < sequence && sequence <= after.low + bounds.window;
      if (!isBetween && !kept.includes(sequence)) {
        return `accepted request ${sequence}, which is not between ${after.low} and ${after.low + bounds.window}`;
      }
    }
    const lost = before.prepared.find(
      ({ sequence }) => sequence > after.low && !after.prepared.some((each) => each.sequence === sequence),
    );
    return lost && `discarded request ${lost.sequence}, which prepared, with checkpoint ${after.low} stable`;
  });

  return [newViewRecomputable, viewMonotonic, noVoteAfterViewChange, watermarksHold];
}

function omittedBy({ stable, prepared }: SignedViewChange, before: Replica): string | undefined {
  if (stable !== before.low) return `checkpoint ${before.low}`;
  const omitted = before.prepared.find(
    ({ sequence, view, digest }) =>
      !prepared.some((each) => each.sequence === sequence && each.view === view && each.digest === digest),
  );
  return omitted && `request ${omitted.sequence}, which prepared in view ${omitted.view}`;
}

function ofSteps(
  name: InvariantRuleName,
  violation: (before: Replica, after: Replica, sent: readonly PbftMessage[]) => string | undefined,
): PbftStepInvariant {
  return {
    ...invariantRule(name),
    violation(before, after, self, sent) {
      if (before === null || after === null) return undefined;
      const what = violation(before, after, sent);
      return what && `${nodeName(self)} ${what}`;
    },
  };
}
