import type { PartialTraceEvent } from '../../history/traces/schema.js';
import type { Anomaly } from '../../plugin/checker.js';
import { Told } from '../told.js';
import { seconds } from '../words.js';
import { type Candidate, describeAll } from './candidate.js';
import type { PartialNode } from './node.js';
import { PARTIAL_RULES, type PartialRule } from './rules.js';

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
  private readonly told = new Told<PartialRule>();
  private readonly checks = new Map<PartialRule, number>();

  /** A rule had something to say about a step. */
  checked(rule: PartialRule): void {
    this.checks.set(rule, (this.checks.get(rule) ?? 0) + 1);
  }

  add(node: PartialNode, event: PartialTraceEvent, { rule, allowed, did, at }: Finding): void {
    const number = at?.number ?? node.eventNumber;
    const { file, line, timeUs } = at?.event ?? event;
    const time = timeUs === undefined ? '' : `, at ${seconds(timeUs)} by its clock`;
    const before = at?.states ?? node.before;
    this.told.add(rule, () => ({
      kind: rule.name,
      title: `${node.id} ${did} (its event ${number})`,
      story: [
        `Before event ${number} of ${node.id} (${file}, line ${line}${time}), ${describeAll(before)}.`,
        `The specification allows there: ${allowed}.`,
        `What happened: ${node.id} ${did}.`,
        `${rule.name} (${rule.section}): ${rule.statement}`,
      ],
      operations: [],
      nodes: [node.id],
      ...(timeUs !== undefined && { fromUs: timeUs, toUs: timeUs }),
    }));
  }

  get anomalies(): Anomaly[] {
    return this.told.anomalies.map(({ anomaly }) => anomaly);
  }

  get total(): number {
    return this.told.total;
  }

  /** Those that were broken, in the order in which they were first. */
  get rules(): string[] {
    return this.told.byRule().map(([{ name }]) => name);
  }

  /** Whether any rule had something to say. */
  get checkedAny(): boolean {
    return this.checks.size > 0;
  }

  /** Rules that nothing in the trace could be held against. */
  unchecked(): PartialRule[] {
    return Object.values(PARTIAL_RULES).filter((rule) => !this.checks.has(rule));
  }

  /** How often each was checked, and broken. */
  facts(): Record<string, number> {
    const facts: Record<string, number> = {};
    for (const [{ name }, times] of this.checks) facts[`checked ${name}`] = times;
    for (const [{ name }, times] of this.told.byRule()) facts[name] = times;
    return facts;
  }
}
