import type { OperationEvent, RunEvent, Value } from '../history/events.js';
import { type PairedOperation, Pairing } from '../history/pairing.js';
import { count } from '../kernel/count.js';
import {
  type CheckResult as Checked,
  check,
  type Operation,
  type PartitionResult,
  type Scalar,
} from '../linearizability-checker/index.js';
import type { Anomaly, Checker, CheckResult } from '../plugin/checker.js';
import { type Answer, type Judged, judgeAs, type ObjectName } from './interpret/models.js';
import { describeMisfit } from './misfit-story.js';
import { describeViolation, type Recorded as Told } from './violation-story.js';

export interface LinearizabilityOptions {
  readonly model: ObjectName;
  /** What the object holds at first; default: nothing. */
  readonly initial?: Value;
  /**
   * Whether a history in which nothing was acknowledged leaves the verdict `unknown`, as it must for a run that was to
   * show something; default true. Otherwise it is linearizable, for what it is worth.
   */
  readonly needsEvidence?: boolean;
}

/** Everything that was found out, for programs. */
export interface LinearizabilityDetails {
  readonly model: string;
  readonly verdict: Checked['verdict'];
  readonly effort: Checked['effort'];
  /** One for each key. */
  readonly partitions: readonly PartitionDetails[];
}

type PartitionDetails = Omit<PartitionResult, 'order' | 'violation'> & {
  readonly violation?: {
    readonly minimal: boolean;
    /** They cannot all have happened as recorded. */
    readonly operations: readonly OperationDetails[];
    /** Where the values came from that they found, if not from one another. */
    readonly origins: readonly OperationDetails[];
    /** The one whose return made the history illegal. */
    readonly failedAt?: OperationDetails;
    /** So many operations had returned before that; together they are linearizable. */
    readonly linearizablePrefix?: number;
  };
};

interface OperationDetails {
  readonly process: number;
  readonly text: string;
  readonly callUs: number;
  readonly returnUs?: number;
  readonly outcome: Told['end'];
}

/** One operation as the checker keeps it. */
interface Recorded<Input, Output> extends Operation<Input, Output> {
  readonly process: number;
  /** How it ended for the client. */
  readonly end: Told['end'];
}

/** How many keys' violations are told in full. */
const TOLD = 3;

/**
 * Every key behaves like one object in one place: each operation seems to take effect at one moment between its
 * invocation and its completion. An operation of unknown outcome may take effect at any later time, or never; one that
 * failed did not, save that a compare-and-set which failed with `cas-mismatch` tells what the register did not hold.
 */
export function linearizability(options: LinearizabilityOptions): LinearizabilityChecker {
  const { model, initial, needsEvidence = true } = options;
  return judgeAs(model, initial, (judged) => new ObjectChecker(judged, needsEvidence));
}

export interface LinearizabilityChecker extends Checker {
  /** Once concluded. */
  details(): LinearizabilityDetails | undefined;
}

class ObjectChecker<State, Input extends { readonly f: string; readonly key?: string }, Output extends Answer>
  implements LinearizabilityChecker
{
  readonly name = 'linearizability';
  readonly reads = 'history';
  private readonly pairing = new Pairing();
  /** Small records of the operations: the event objects themselves are not kept. */
  private readonly recorded: Recorded<Input, Output>[] = [];
  /** Updates that surely did not happen: should someone read their value, the story can say whose it was. */
  private readonly refused: Recorded<Input, Output>[] = [];
  private acknowledged = 0;
  private unknownOutcomes = 0;
  private checked: Checked | undefined;

  constructor(
    private readonly judged: Judged<State, Input, Output>,
    private readonly needsEvidence: boolean,
  ) {}

  observe(event: RunEvent): void {
    if (!isOperation(event)) return;
    const pair = this.pairing.observe(event);
    if (pair) this.recordAll(pair);
  }

  conclude(budgetMs: number): CheckResult {
    for (const pair of this.pairing.pending()) this.recordAll(pair);
    const checked = check(this.judged.model, this.recorded, { timeoutMs: budgetMs, explain: TOLD });
    this.checked = checked;
    const anomalies = checked.partitions.flatMap((partition) => this.anomaly(partition));
    return {
      checker: this.name,
      verdict: checked.verdict === 'legal' && this.shownNothing() ? 'unknown' : VERDICTS[checked.verdict],
      summary: [this.summary(checked, anomalies), ...(this.judged.remarks?.() ?? [])].join(' '),
      anomalies,
      facts: {
        model: this.judged.model.name,
        operations: checked.effort.operations,
        acknowledged: this.acknowledged,
        unknownOutcomes: this.unknownOutcomes,
        keys: checked.partitions.length,
        statesVisited: checked.effort.states,
        ...Object.fromEntries(
          Object.entries(checked.effort.algorithms).map(([algorithm, keys]) => [`keys by ${algorithm}`, keys]),
        ),
      },
    };
  }

  details(): LinearizabilityDetails | undefined {
    if (this.checked === undefined) return undefined;
    const { verdict, effort, partitions } = this.checked;
    return {
      model: this.judged.model.name,
      verdict,
      effort,
      partitions: partitions.map(({ order: _, violation, ...partition }) => ({
        ...partition,
        ...(violation && {
          violation: {
            minimal: violation.minimal,
            operations: violation.operations.map((index) => this.detailsOf(index)),
            origins: violation.origins.map((index) => this.detailsOf(index)),
            ...(violation.failedAt !== undefined && { failedAt: this.detailsOf(violation.failedAt) }),
            ...(violation.prefix && { linearizablePrefix: violation.prefix.length }),
          },
        }),
      })),
    };
  }

  private detailsOf(index: number): OperationDetails {
    const operation = this.recorded[index] as Recorded<Input, Output>;
    return {
      process: operation.process,
      text: this.textOf(operation),
      callUs: operation.call,
      ...(operation.return !== undefined && { returnUs: operation.return }),
      outcome: operation.end,
    };
  }

  private textOf({ input, output }: Recorded<Input, Output>): string {
    return this.judged.model.describe?.(input, output) ?? input.f;
  }

  private recordAll(pair: PairedOperation): void {
    if (this.judged.expand) for (const each of this.judged.expand(pair)) this.record(each);
    else this.record(pair);
  }

  private record(pair: PairedOperation): void {
    const { process } = pair.invoke;
    const end: Told['end'] = pair.completion?.kind ?? 'pending';
    const { input, output, call, return: returned } = this.judged.interpret(pair);
    // Field by field: a spread makes objects three times as large, and these are kept to the end.
    const operation =
      returned === undefined
        ? { input, call, process, end }
        : output === undefined
          ? { input, call, return: returned, process, end }
          : { input, output, call, return: returned, process, end };
    if (end === 'ok') this.acknowledged++;
    else if (end !== 'fail') this.unknownOutcomes++;
    if (end !== 'fail' || output === false) this.recorded.push(operation);
    else if (!this.judged.model.readOnly?.(input, undefined)) this.refused.push(operation);
  }

  private shownNothing(): boolean {
    return this.needsEvidence && this.acknowledged === 0;
  }

  private anomaly({ key, violation }: PartitionResult): Anomaly[] {
    if (violation === undefined) return [];
    const { name } = this.judged.model;
    const forced = violation.operations.flatMap((index) => this.recorded[index] ?? []);
    if (name !== 'cas-register' && name !== 'append-list') {
      const origins = violation.origins.flatMap((index) => this.recorded[index] ?? []);
      const told = [...new Set([...origins, ...forced])].sort((left, right) => left.call - right.call);
      return [
        describeMisfit({
          key,
          minimal: violation.minimal,
          told: told.map((operation) => ({
            process: operation.process,
            text: this.textOf(operation),
            call: operation.call,
            ...(operation.return !== undefined && { return: operation.return }),
          })),
        }),
      ];
    }
    const ofKey = ({ input }: Recorded<Input, Output>) => (input.key ?? '') === key;
    // Registers and lists have a story of their own, which knows their inputs.
    const tellable = (operations: readonly Recorded<Input, Output>[]) => operations as readonly unknown[] as Told[];
    return [
      describeViolation({
        key,
        initial: (this.judged.model.init ?? null) as Scalar,
        forced: tellable(forced),
        minimal: violation.minimal,
        all: tellable(this.recorded.filter(ofKey)),
        refused: tellable(this.refused.filter(ofKey)),
      }),
    ];
  }

  private summary(checked: Checked, anomalies: readonly Anomaly[]): string {
    const { operations } = checked.effort;
    const keys = checked.partitions.length;
    const scope = `${count(operations, 'operation')} over ${count(keys, 'key')}`;
    const wrong = checked.partitions.filter((partition) => partition.verdict === 'illegal').length;
    if (wrong > 0) {
      const others = wrong > 1 ? ` (and ${wrong - 1} more of ${keys} keys are wrong)` : '';
      return `Not linearizable: ${anomalies[0]?.title ?? 'no order of the operations explains the answers'}${others}.`;
    }
    const undecided = checked.partitions.filter((partition) => partition.verdict === 'unknown').length;
    if (this.shownNothing()) return 'No operation was acknowledged, so there is nothing to judge.';
    if (undecided > 0) return `Undecided within the time allowed: ${undecided} of ${keys} keys (${scope}).`;
    if (this.acknowledged === 0) return `${scope}: linearizable, but no operation was acknowledged.`;
    return `${scope} are linearizable.`;
  }
}

const VERDICTS = { legal: 'valid', illegal: 'invalid', unknown: 'unknown' } as const;

function isOperation(event: RunEvent): event is OperationEvent {
  return event.kind === 'invoke' || event.kind === 'ok' || event.kind === 'fail' || event.kind === 'info';
}
