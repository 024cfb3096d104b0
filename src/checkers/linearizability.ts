import type { OperationEvent, RunEvent } from '../history/events.js';
import { type PairedOperation, Pairing } from '../history/pairing.js';
import { count } from '../kernel/count.js';
import {
  appendList,
  type CheckResult as Checked,
  casRegister,
  check,
  type ListInput,
  type ListOutput,
  type Model,
  type Operation,
  type PartitionResult,
  type RegisterInput,
  type RegisterOutput,
  type Scalar,
} from '../linearizability-checker/index.js';
import type { Anomaly, Checker, CheckResult } from '../plugin/checker.js';
import { listOperation, registerOperation } from './interpret.js';
import { describeViolation, type Recorded } from './violation-story.js';

export interface LinearizabilityOptions {
  readonly model: 'cas-register' | 'append-list';
  /** A register's first value; default null. Lists begin empty. */
  readonly initial?: null | boolean | number | string;
}

/** How many keys' violations are told in full. */
const TOLD = 3;

/**
 * Every key behaves like one object in one place: each operation seems to take effect at one moment between its
 * invocation and its completion. An operation of unknown outcome may take effect at any later time, or never; one that
 * failed did not, save that a compare-and-set which failed with `cas-mismatch` tells what the register did not hold.
 */
export function linearizability(options: LinearizabilityOptions): Checker {
  return options.model === 'append-list'
    ? new LinearizabilityChecker<readonly Scalar[], ListInput, ListOutput>(appendList(), listOperation, null)
    : new LinearizabilityChecker<Scalar, RegisterInput, RegisterOutput>(
        casRegister(options.initial ?? null),
        registerOperation,
        options.initial ?? null,
      );
}

class LinearizabilityChecker<
  State,
  Input extends Recorded['input'],
  Output extends NonNullable<Recorded['output']> | null,
> implements Checker
{
  readonly name = 'linearizability';
  readonly reads = 'history';
  private readonly pairing = new Pairing();
  /** Small records of the operations: the event objects themselves are not kept. */
  private readonly recorded: (Recorded & Operation<Input, Output>)[] = [];
  /** Updates that surely did not happen: should someone read their value, the story can say whose it was. */
  private readonly refused: Recorded[] = [];
  private acknowledged = 0;
  private unknownOutcomes = 0;

  constructor(
    private readonly model: Model<State, Input, Output>,
    private readonly interpret: (pair: PairedOperation) => Operation<Input, Output>,
    private readonly initial: Scalar,
  ) {}

  observe(event: RunEvent): void {
    if (!isOperation(event)) return;
    const pair = this.pairing.observe(event);
    if (pair) this.record(pair);
  }

  conclude(budgetMs: number): CheckResult {
    for (const pair of this.pairing.pending()) this.record(pair);
    const checked = check(this.model, this.recorded, { timeoutMs: budgetMs, explain: TOLD });
    const anomalies = checked.partitions.flatMap((partition) => this.anomaly(partition));
    return {
      checker: this.name,
      verdict: checked.verdict === 'legal' && this.acknowledged === 0 ? 'unknown' : VERDICTS[checked.verdict],
      summary: this.summary(checked, anomalies),
      anomalies,
      facts: {
        model: this.model.name,
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

  private record(pair: PairedOperation): void {
    const { process } = pair.invoke;
    const end: Recorded['end'] = pair.completion?.kind ?? 'pending';
    const { input, output, call, return: returned } = this.interpret(pair);
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
    else if (input.f !== 'read') this.refused.push(operation);
  }

  private anomaly({ key, violation }: PartitionResult): Anomaly[] {
    if (violation === undefined) return [];
    const ofKey = (operation: Recorded) => (operation.input.key ?? '') === key;
    return [
      describeViolation({
        key,
        initial: this.initial,
        forced: violation.operations.flatMap((index) => this.recorded[index] ?? []),
        minimal: violation.minimal,
        all: this.recorded.filter(ofKey),
        refused: this.refused.filter(ofKey),
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
    if (this.acknowledged === 0) return 'No operation was acknowledged, so there is nothing to judge.';
    if (undecided > 0) return `Undecided within the time allowed: ${undecided} of ${keys} keys (${scope}).`;
    return `${scope} are linearizable.`;
  }
}

const VERDICTS = { legal: 'valid', illegal: 'invalid', unknown: 'unknown' } as const;

function isOperation(event: RunEvent): event is OperationEvent {
  return event.kind === 'invoke' || event.kind === 'ok' || event.kind === 'fail' || event.kind === 'info';
}
