import type { PartialTraceEvent } from '../../history/traces/schema.js';
import { type Candidate, reduced } from './candidate.js';
import type { Cluster } from './cluster.js';
import type { Findings } from './findings.js';
import type { PartialNode } from './node.js';
import type { Observations } from './observed.js';
import type { PartialRule } from './rules.js';

/** What the rules know besides one node and its step. */
export interface PartialContext {
  readonly observations: Observations;
  readonly cluster: Cluster;
  readonly findings: Findings;
}

export interface Step {
  readonly rule: PartialRule;
  /** Whether the rule had something to hold the step against: it counts as checked. */
  readonly binds: boolean;
  /** What the node did: a clause with the node as its subject. */
  readonly did: string;
  /** The states after the step, from one before it; or what the specification allows instead. */
  readonly to: (state: Candidate) => Candidate | readonly Candidate[] | string;
  /** The state after the step where it is not allowed: the node is taken at its word. */
  readonly claim: (state: Candidate) => Candidate;
}

/** Takes a step from each state that the node may be in. Where it is allowed from none the trace diverges. */
export function take(context: PartialContext, node: PartialNode, event: PartialTraceEvent, step: Step): boolean {
  const { rule, binds, did, to, claim } = step;
  if (binds) context.findings.checked(rule);
  const next: Candidate[] = [];
  const instead = new Set<string>();
  for (const state of node.states) {
    const after = to(state);
    if (typeof after === 'string') instead.add(after);
    else if (Array.isArray(after)) next.push(...(after as readonly Candidate[]));
    else next.push(after as Candidate);
  }
  if (next.length > 0) {
    node.states = reduced(next);
    return true;
  }
  // A process may have ended and begun anew between any two events, where starts are not recorded.
  if (node.observed.has('starts')) {
    // What was broken was checked, though little was known.
    if (!binds) context.findings.checked(rule);
    context.findings.add(node, event, { rule, did, allowed: [...instead].join(', or ') });
  } else node.begin();
  node.states = reduced(node.states.map(claim));
  return false;
}

/** A fact about the cluster was broken: the node's states stay as they are. */
export function contradict(
  { findings }: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  finding: { readonly rule: PartialRule; readonly allowed: string; readonly did: string },
): void {
  findings.add(node, event, finding);
}
