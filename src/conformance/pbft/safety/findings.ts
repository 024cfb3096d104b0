import type { NodeId } from '../../../kernel/ids.js';
import type { Micros } from '../../../kernel/units.js';
import type { Anomaly } from '../../../plugin/checker.js';
import { Told } from '../../told.js';
import { withShortDigests } from '../digest-words.js';
import type { Replica } from './replica.js';
import { SAFETY_RULES, type SafetyRule } from './rules.js';

export interface Finding {
  readonly rule: SafetyRule;
  /** A clause with a node as its subject. */
  readonly title: string;
  readonly nodes: readonly NodeId[];
  readonly timeUs: Micros;
  readonly story: readonly string[];
  readonly clients?: readonly string[];
}

/** What is wrong if `of` is correct and its trace whole, which only the end of the trace decides. */
export interface Suspicion extends Finding {
  readonly of: Replica;
}

/** Suspicions that wait for the end, at most. */
const HELD = 1024;

/** The breaches found, and those that are none if a replica turns out to be a traitor. */
export class Findings {
  private readonly told = new Told<SafetyRule>();
  private readonly held: Suspicion[] = [];
  /** What was not there to be seen in the trace of a process that was killed, or that ends early. */
  unobserved = 0;

  report(finding: Finding): void {
    this.told.add(finding.rule, () => anomalyOf(finding));
  }

  hold(suspicion: Suspicion): void {
    if (this.held.length < HELD) this.held.push(suspicion);
    else this.unobserved++;
  }

  /** At the end of the trace. */
  settle(): void {
    for (const suspicion of this.held) {
      const { of, timeUs } = suspicion;
      if (of.turned) continue;
      if (of.mayHaveDoneUnseen(timeUs)) this.unobserved++;
      else this.report(suspicion);
    }
  }

  get total(): number {
    return this.told.total;
  }

  byRule(): readonly [rule: SafetyRule, count: number][] {
    return this.told.byRule();
  }

  /** Worst first. */
  rules(): SafetyRule[] {
    return ORDER.filter((rule) => this.told.has(rule));
  }

  anomalies(): Anomaly[] {
    return this.told.anomalies
      .toSorted((left, right) => ORDER.indexOf(left.rule) - ORDER.indexOf(right.rule))
      .map(({ anomaly }) => anomaly);
  }
}

const ORDER = Object.keys(SAFETY_RULES) as SafetyRule[];

function anomalyOf({ rule, title, nodes, timeUs, story, clients = [] }: Finding): Anomaly {
  const { section, statement } = SAFETY_RULES[rule];
  return {
    kind: rule,
    title: withShortDigests(title),
    story: [...story.map(withShortDigests), `${rule} (${section}): ${statement}`],
    operations: [],
    nodes: [...new Set(nodes)],
    ...(clients.length > 0 && { clients: [...new Set(clients)] }),
    fromUs: timeUs,
    toUs: timeUs,
  };
}
