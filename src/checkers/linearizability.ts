import type { OperationEvent, RunEvent, Value } from '../history/events.js';
import { type PairedOperation, Pairing } from '../history/pairing.js';
import { count } from '../kernel/count.js';
import {
  type CheckResult as Checked,
  type CheckOptions,
  check,
  type Model,
  type Operation,
  type Scalar,
  type WeakerModelResult,
  weakerModels,
} from '../linearizability-checker/index.js';
import type { Anomaly, Checker, CheckResult } from '../plugin/checker.js';
import { type Answer, type Judged, judgeAs, type ObjectName } from './interpret/models.js';
import { ContinuousJudging, type JudgedViolation, type Judgement, judgementOf } from './judgement.js';
import { describeMisfit } from './misfit-story.js';
import { describeViolation, type Recorded as Told } from './violation-story.js';
import { whatStillHolds } from './weaker-story.js';
import { showTime } from './wording.js';

export interface LinearizabilityOptions {
  readonly model: ObjectName;
  /** What the object holds at first; default: nothing. */
  readonly initial?: Value;
  /**
   * Whether a history in which nothing was acknowledged leaves the verdict `unknown`, as it must for a run that was to
   * show something; default true. Otherwise it is linearizable, for what it is worth.
   */
  readonly needsEvidence?: boolean;
  /** So many operations are judged together, at the end; more are judged as they come. Default 200,000. */
  readonly kept?: number;
  /** Decides a history that is kept whole. Default: `check`, here and now. */
  readonly judge?: Judge;
}

/** `check`, or what does the same elsewhere. */
export type Judge = <State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: CheckOptions,
) => Checked | Promise<Checked>;

/** Everything that was found out, for programs. */
export interface LinearizabilityDetails {
  readonly model: string;
  readonly verdict: Judgement<unknown>['verdict'];
  readonly effort: Judgement<unknown>['effort'];
  /** One for each key. */
  readonly partitions: readonly PartitionDetails[];
  /** Where it is not linearizable: what still holds. */
  readonly weakerModels?: readonly WeakerModelResult[];
}

type PartitionDetails = Omit<Judgement<unknown>['partitions'][number], 'violation' | 'order'> & {
  /** Linearizable, and not too long to print: an order of the operations that explains every answer. */
  readonly order?: readonly OperationDetails[];
  readonly violation?: {
    readonly minimal: boolean;
    /** If given, they contradict one another whatever the object held at this time. */
    readonly sinceUs?: number;
    /** They cannot all have happened as recorded. */
    readonly operations: readonly OperationDetails[];
    /** Where the values came from that they found, if not from one another. */
    readonly origins: readonly OperationDetails[];
    /** The one whose return made the history illegal. */
    readonly failedAt?: OperationDetails;
    /** So many operations had returned before that; together they are linearizable. */
    readonly linearizablePrefix?: number;
    /** What the object held then, in one linearization. */
    readonly stateBefore?: unknown;
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
/** Operations that are kept to be judged together at the end. Of more, what was judged is forgotten. */
const KEPT = 200_000;
/** Longer linearizations are not printed. */
const PRINTED = 10_000;
/** The share of the time that is left which the question may take what still holds of weaker models. */
const WEAKER_SHARE = 0.25;
/** And no more than this: it is of interest, but nobody should wait for it. */
const WEAKER_MS = 3000;

/**
 * Every key behaves like one object in one place: each operation seems to take effect at one moment between its
 * invocation and its completion. An operation of unknown outcome may take effect at any later time, or never; one that
 * failed did not, save that a compare-and-set which failed with `cas-mismatch` tells what the register did not hold, and
 * a refused transfer that an account was not there, or held too little.
 */
export function linearizability(options: LinearizabilityOptions): LinearizabilityChecker {
  const { model, initial, needsEvidence = true, kept = KEPT, judge = check } = options;
  return judgeAs(model, initial, (judged) => new ObjectChecker(judged, needsEvidence, kept, judge));
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
  private recorded: Recorded<Input, Output>[] = [];
  /** Once there are too many to keep. */
  private judging: ContinuousJudging<State, Input, Output, Recorded<Input, Output>> | undefined;
  /** Updates that surely did not happen: should someone read their value, the story can say whose it was. */
  private readonly refused: Recorded<Input, Output>[] = [];
  private acknowledged = 0;
  private unknownOutcomes = 0;
  private judgement: Judgement<Recorded<Input, Output>> | undefined;
  private weaker: readonly WeakerModelResult[] | undefined;

  constructor(
    private readonly judged: Judged<State, Input, Output>,
    private readonly needsEvidence: boolean,
    private readonly kept: number,
    private readonly judge: Judge,
  ) {}

  observe(event: RunEvent): void {
    if (!isOperation(event)) return;
    const pair = this.pairing.observe(event);
    if (pair) this.recordAll(pair);
  }

  conclude(budgetMs: number): CheckResult | Promise<CheckResult> {
    for (const pair of this.pairing.pending()) this.recordAll(pair);
    if (this.judging) return this.concluded(this.judging.conclude(budgetMs), budgetMs);
    const { model } = this.judged;
    const checked = this.judge(model, this.recorded, { timeoutMs: budgetMs, explain: TOLD });
    const concluded = (result: Checked) => this.concluded(judgementOf(model, this.recorded, result), budgetMs);
    return checked instanceof Promise ? checked.then(concluded) : concluded(checked);
  }

  private concluded(judgement: Judgement<Recorded<Input, Output>>, budgetMs: number): CheckResult {
    this.judgement = judgement;
    if (judgement.verdict === 'illegal' && !this.judging) {
      const timeoutMs = Math.min(WEAKER_MS, WEAKER_SHARE * Math.max(0, budgetMs - judgement.effort.elapsedMs));
      this.weaker = weakerModels(this.judged.model, this.recorded, { timeoutMs });
    }
    // What still holds is said of the whole history, so once.
    const stillHolds = this.weaker ? whatStillHolds(this.weaker) : [];
    const anomalies = judgement.partitions
      .flatMap((partition) => this.anomaly(partition))
      .map((anomaly, index) => (index === 0 ? { ...anomaly, story: [...anomaly.story, ...stillHolds] } : anomaly));
    return {
      checker: this.name,
      verdict: judgement.verdict === 'legal' && this.shownNothing() ? 'unknown' : VERDICTS[judgement.verdict],
      summary: [this.summary(judgement, anomalies), ...(this.judged.remarks?.() ?? [])].join(' '),
      anomalies,
      facts: {
        model: this.judged.model.name,
        operations: judgement.effort.operations,
        acknowledged: this.acknowledged,
        unknownOutcomes: this.unknownOutcomes,
        keys: judgement.partitions.length,
        statesVisited: judgement.effort.states,
        ...Object.fromEntries(
          Object.entries(judgement.effort.algorithms).map(([algorithm, keys]) => [`keys by ${algorithm}`, keys]),
        ),
      },
    };
  }

  details(): LinearizabilityDetails | undefined {
    if (this.judgement === undefined) return undefined;
    const { verdict, effort, partitions } = this.judgement;
    const told = (operation: Recorded<Input, Output>) => this.detailsOf(operation);
    return {
      model: this.judged.model.name,
      verdict,
      effort,
      partitions: partitions.map(({ violation, order, ...partition }) => ({
        ...partition,
        ...(order && order.length <= PRINTED && { order: order.map(told) }),
        ...(violation && {
          violation: {
            minimal: violation.minimal,
            ...(violation.since !== undefined && { sinceUs: violation.since }),
            operations: violation.forced.map(told),
            origins: violation.origins.map(told),
            ...(violation.failedAt && { failedAt: told(violation.failedAt) }),
            ...(violation.prefix && {
              linearizablePrefix: violation.prefix.operations,
              stateBefore: violation.prefix.state,
            }),
          },
        }),
      })),
      ...(this.weaker && { weakerModels: this.weaker }),
    };
  }

  private detailsOf(operation: Recorded<Input, Output>): OperationDetails {
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
    if (end !== 'fail' || output !== undefined) this.keep(operation);
    else if (!this.judging && !this.judged.model.readOnly?.(input, undefined)) this.refused.push(operation);
  }

  private keep(operation: Recorded<Input, Output>): void {
    if (this.judging) {
      this.judging.add(operation, this.pairing.earliestOutstandingUs);
      return;
    }
    this.recorded.push(operation);
    if (this.recorded.length < this.kept) return;
    this.judging = new ContinuousJudging(this.judged.model);
    for (const each of this.recorded) this.judging.add(each, Number.NEGATIVE_INFINITY);
    this.recorded = [];
  }

  private shownNothing(): boolean {
    return this.needsEvidence && this.acknowledged === 0;
  }

  private anomaly({ key, violation }: Judgement<Recorded<Input, Output>>['partitions'][number]): Anomaly[] {
    if (violation === undefined) return [];
    const { name } = this.judged.model;
    const { forced, origins, minimal, all } = violation;
    const closing = this.closing(key, violation);
    if (name !== 'cas-register' && name !== 'append-list') {
      const told = [...new Set([...origins, ...forced])].sort((left, right) => left.call - right.call);
      const anomaly = describeMisfit({
        key,
        minimal,
        told: told.map((operation) => ({
          process: operation.process,
          text: this.textOf(operation),
          call: operation.call,
          ...(operation.return !== undefined && { return: operation.return }),
        })),
      });
      return [{ ...anomaly, story: [...anomaly.story, ...closing] }];
    }
    // Registers and lists have a story of their own, which knows their inputs.
    const tellable = (operations: readonly Recorded<Input, Output>[]) => operations as readonly unknown[] as Told[];
    const anomaly = describeViolation({
      key: nameOf(key),
      initial: (this.judged.model.init ?? null) as Scalar,
      forced: tellable(forced),
      minimal,
      all: tellable(all),
      refused: tellable(this.refused.filter(({ input }) => (input.key ?? '') === key)),
    });
    return [{ ...anomaly, story: [...anomaly.story, ...closing] }];
  }

  /** What was right until then. */
  private closing(key: string, violation: JudgedViolation<Recorded<Input, Output>>): string[] {
    const { since, failedAt, prefix } = violation;
    const object = nameOf(key);
    const lines: string[] = [];
    if (since !== undefined) lines.push(`That is so whatever ${object} held at ${showTime(since)}.`);
    if (failedAt && prefix) {
      const state = JSON.stringify(prefix.state);
      const held = state !== undefined && state.length <= 80 ? `; ${object} can then have held ${state}` : '';
      const until = showTime(failedAt.return ?? failedAt.call);
      lines.push(`Until ${until}, all is linearizable: ${count(prefix.operations, 'operation')} had returned${held}.`);
    }
    return lines;
  }

  private summary({ effort, partitions }: Judgement<Recorded<Input, Output>>, anomalies: readonly Anomaly[]): string {
    const { operations } = effort;
    const keys = partitions.length;
    const scope = `${count(operations, 'operation')} over ${count(keys, 'key')}`;
    const wrong = partitions.filter((partition) => partition.verdict === 'illegal').length;
    if (wrong > 0) {
      const others = wrong > 1 ? ` (and ${wrong - 1} more of ${keys} keys are wrong)` : '';
      return `Not linearizable: ${anomalies[0]?.title ?? 'no order of the operations explains the answers'}${others}.`;
    }
    const undecided = partitions.filter((partition) => partition.verdict === 'unknown').length;
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

/** The only object of a history may have no name. */
function nameOf(key: string): string {
  return key === '' ? 'the object' : key;
}
