import type { Rule } from '../../../spec/specification.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import type { Anomaly } from '../../plugin/checker.js';
import { Told } from '../told.js';
import { seconds } from '../words.js';

export interface Divergence {
  readonly rule: Rule;
  readonly timeUs: Micros;
  /** What the specification allows there: "only to enter term 4". */
  readonly allowed: string;
  /** What the node did: a clause with the node as its subject. */
  readonly did: string;
  /** Of another event than the node's present one: that which asked for what did not happen. */
  readonly eventNumber?: number;
  /** What the node was then, where it is something else by now. */
  readonly before?: string;
}

/** Whose steps these are. */
interface Stepping {
  readonly id: NodeId;
  /** Of its present event, from 1. */
  readonly eventNumber: number;
  describe(): string;
}

/** Where a trace left the specification: each is counted, the first of each rule are told, in the order of the trace. */
export class Divergences {
  private readonly told = new Told<Rule>();

  /** Called before the node's state is changed to what it claims. */
  add(node: Stepping, { rule, timeUs, allowed, did, eventNumber = node.eventNumber, before }: Divergence): void {
    this.told.add(rule, () => ({
      kind: rule.name,
      title: `${node.id} ${did} (its event ${eventNumber})`,
      story: [
        `Before event ${eventNumber} of ${node.id}, at ${seconds(timeUs)}, it was ${before ?? node.describe()}.`,
        `The specification allows there: ${allowed}.`,
        `What happened: ${node.id} ${did}.`,
        `${rule.name} (${rule.section}): ${rule.statement}`,
      ],
      operations: [],
      nodes: [node.id],
      fromUs: timeUs,
      toUs: timeUs,
    }));
  }

  get anomalies(): Anomaly[] {
    return this.told.anomalies.map(({ anomaly }) => anomaly);
  }

  get total(): number {
    return this.told.total;
  }

  /** How many of each rule. */
  byRule(): [rule: string, count: number][] {
    return this.told.byRule().map(([rule, count]) => [rule.name, count]);
  }
}
