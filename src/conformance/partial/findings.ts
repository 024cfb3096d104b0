import type { PartialTraceEvent } from '../../history/traces/schema.js';
import type { Anomaly } from '../../plugin/checker.js';
import { type Candidate, describeAll } from './candidate.js';
import type { PartialNode } from './node.js';
import { PARTIAL_RULES, type PartialRule } from './rules.js';

/** Divergences of one rule that are told in full. */
const TOLD = 2;

export interface Finding {
  readonly rule: PartialRule;
  /** What the specification allows there. */
  readonly allowed: string;
  /** What the node did: a clause with the node as its subject. */
  readonly did: string;
  /** Where it was, and the node's states before it, if that is not the present event. */
  readonly at?: {
    readonly event: PartialTraceEvent;
    readonly number: number;
    readonly states: readonly Candidate[];
  };
}

/** How often each rule was checked, and where the trace left it. */
export class Findings {
  readonly anomalies: Anomaly[] = [];
  private readonly counts = new Map<PartialRule, number>();
  private readonly checks = new Map<PartialRule, number>();

  /** A rule had something to say about a step. */
  checked(rule: PartialRule): void {
    this.checks.set(rule, (this.checks.get(rule) ?? 0) + 1);
  }

  add(node: PartialNode, event: PartialTraceEvent, { rule, allowed, did, at }: Finding): void {
    const count = (this.counts.get(rule) ?? 0) + 1;
    this.counts.set(rule, count);
    if (count > TOLD) return;
    const { file, line, timeUs } = at?.event ?? event;
    const number = at?.number ?? node.eventNumber;
    const time = timeUs === undefined ? '' : `, at ${(timeUs / 1_000_000).toFixed(3)} s by its clock`;
    this.anomalies.push({
      kind: rule.name,
      title: `${node.id} ${did} (its event ${number})`,
      story: [
        `Before event ${number} of ${node.id} (${file}, line ${line}${time}), ${describeAll(at?.states ?? node.before)}.`,
        `The specification allows there: ${allowed}.`,
        `What happened: ${node.id} ${did}.`,
        `${rule.name} (${rule.section}): ${rule.statement}`,
      ],
      operations: [],
      nodes: [node.id],
      ...(timeUs !== undefined && { fromUs: timeUs, toUs: timeUs }),
    });
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  get rules(): string[] {
    return [...this.counts.keys()].map(({ name }) => name);
  }

  get checksInAll(): number {
    return [...this.checks.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Rules that nothing in the trace could be held against. */
  unchecked(): PartialRule[] {
    return Object.values(PARTIAL_RULES).filter((rule) => !this.checks.has(rule));
  }

  /** How often each was checked, and broken. */
  facts(): Record<string, number> {
    const facts: Record<string, number> = {};
    for (const [{ name }, times] of this.checks) facts[`checked ${name}`] = times;
    for (const [{ name }, times] of this.counts) facts[name] = times;
    return facts;
  }
}
