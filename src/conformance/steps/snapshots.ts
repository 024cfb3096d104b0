import type { TraceEvent } from '../../history/trace.js';
import type { StepContext } from './context.js';
import { describeStep } from './describe-step.js';
import type { StepNode } from './node.js';
import { RULES } from './rules.js';

/** §7: a snapshot is of what was applied, and says the term of its last entry. What it holds `raft-safety` checks. */
export function takeSnapshot(
  { divergences }: StepContext,
  node: StepNode,
  event: TraceEvent & { readonly name: 'TakeSnapshot' },
): void {
  const { index, term, timeUs } = event;
  const { applied, log } = node;
  const own = log.termAt(index);
  if (index <= applied && (own === undefined || own === term)) return;
  divergences.add(node, {
    rule: RULES.takeSnapshot,
    timeUs,
    allowed:
      index > applied
        ? `a snapshot to index ${applied} at most, for that is what it applied`
        : `a snapshot to index ${index} of term ${own}`,
    did: describeStep(event),
  });
}
